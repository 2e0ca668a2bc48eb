// See progress.hpp.
#include "pg/progress.hpp"

#include <array>
#include <bit>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "pg/deparse.hpp"
#include "pg/encoding.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_authid.h"
#include "utils/acl.h"
#include "utils/backend_progress.h"
#include "utils/backend_status.h"
}

namespace pg {

namespace {

// No command of the server's has this number, so none of its views shows what is ours.
constexpr auto ours = std::bit_cast<ProgressCommandType>(0x7863U);
enum Parameter { p_work, p_unit, p_done, p_total, p_started, parameters };

constexpr std::array<const char*, 4> works = {"baseline", "comparison", "verification", "restoration"};
constexpr std::array<const char*, 5> units = {"objects read", "changes verified", "trees verified", "checks made", "steps run"};

LocalPgBackendStatus* backend(int index) {
#if PG_VERSION_NUM >= 160000
  return pgstat_get_local_beentry_by_index(index);
#else
  return pgstat_fetch_stat_local_beentry(index);
#endif
}

// As pg_stat_activity decides.
bool may_see(Oid role) {
  return call([&] { return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) || has_privs_of_role(GetUserId(), role); });
}

template <std::size_t n>
Arg name_in(const std::array<const char*, n>& names, std::int64_t number) {
  return number >= 0 && number < static_cast<std::int64_t>(n) ? arg(names[static_cast<std::size_t>(number)]) : null_arg();
}

}  // namespace

Progress::Progress(Work work, Unit unit, std::int64_t total)
    : work_(work), unit_(unit), total_(total), started_at_(pg::now()), said_at_(started_at_) {
  show(0);
}

// An error ends it as well: the server does, with the transaction or the subtransaction.
Progress::~Progress() {
  if (MyBEEntry != nullptr && MyBEEntry->st_progress_command == ours) pgstat_progress_end_command();
}

// While a command of the server's runs inside, or around, it says itself how far it is.
void Progress::show(std::int64_t done) const {
  if (MyBEEntry == nullptr || !pgstat_track_activities) return;
  if (MyBEEntry->st_progress_command != ours) {
    if (MyBEEntry->st_progress_command != PROGRESS_COMMAND_INVALID) return;
    pgstat_progress_start_command(ours, InvalidOid);
  }
  constexpr int index[parameters] = {p_work, p_unit, p_done, p_total, p_started};
  const int64 value[parameters] = {static_cast<int64>(work_), static_cast<int64>(unit_), done, total_, started_at_};
  pgstat_progress_update_multi_param(parameters, index, value);
}

void Progress::at(std::int64_t done) {
  constexpr std::int64_t often = 5 * USECS_PER_SEC;
  show(done);
  const std::int64_t time = pg::now();
  if (time - said_at_ < often) return;
  said_at_ = time;
  const std::string text = fmt::format("{}: {} of {} {}", works[static_cast<std::size_t>(work_) - 1], done, total_, units[static_cast<std::size_t>(unit_)]);
  // Steps run with a client_min_messages of their own, which is not meant for this.
  const int level = work_ == Work::restoration ? INFO : NOTICE;
  call([&] { ereport(level, (errmsg("%s", text.c_str()))); });
}

std::vector<std::vector<Arg>> progress_of_backends() {
  std::vector<std::vector<Arg>> rows;
  const int count = call([] { return pgstat_fetch_stat_numbackends(); });
  for (int i = 1; i <= count; ++i) {
    const LocalPgBackendStatus* local = call([&] { return backend(i); });
    if (local == nullptr || local->backendStatus.st_progress_command != ours) continue;
    const PgBackendStatus& status = local->backendStatus;
    const auto& value = status.st_progress_param;
    std::vector<Arg> row = {arg_int(status.st_procpid), arg_oid(status.st_databaseid), arg_oid(status.st_userid)};
    if (may_see(status.st_userid)) {
      row.insert(row.end(), {name_in(works, value[p_work] - 1), name_in(units, value[p_unit]), arg(std::int64_t{value[p_done]}),
                             arg(std::int64_t{value[p_total]}), arg_time(value[p_started])});
    } else {
      row.resize(8, null_arg());
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace pg
