// See limits.hpp.
//
// Nobody is made to wait and nothing fails because the vault is full. After a change was sealed, under the seal lock,
// what is beyond a limit is announced; what an earlier change announced is let go, if its locks are free.
#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include "vault/limits.hpp"

#include <fmt/format.h>

#include "capture/capture.hpp"
#include "capture/settings.hpp"
#include "capture/touched.hpp"
#include "pg/attempt.hpp"
#include "pg/catalog.hpp"
#include "pg/encoding.hpp"
#include "vault/carry.hpp"
#include "vault/storage.hpp"
#include "vault/vault.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_tablespace.h"
#include "commands/extension.h"
#include "datatype/timestamp.h"
#include "parser/parse_func.h"
#include "storage/lmgr.h"
}

namespace xc::vault {

namespace {

constexpr std::int64_t megabyte = 1024 * 1024;

// The part of a disk that has to stay free and is not; none when it cannot be told.
std::int64_t missing_on_disk(Oid tablespace) {
  const Oid place = OidIsValid(tablespace) ? tablespace : MyDatabaseTableSpace;
  std::error_code failed;
  const auto space = std::filesystem::space(place == DEFAULTTABLESPACE_OID ? "base" : fmt::format("pg_tblspc/{}", place), failed);
  if (failed || capture::settings.preserve_disk_free == 0) return 0;
  const auto wanted = static_cast<std::int64_t>(space.capacity / 100) * capture::settings.preserve_disk_free;
  return std::max<std::int64_t>(0, wanted - static_cast<std::int64_t>(space.available));
}

bool is_too_old(std::optional<std::int64_t> since) {
  const std::int64_t age = capture::settings.preserve_age;
  return since && age >= 0 && *since < pg::now() - age * 60 * USECS_PER_SEC;
}

std::string size(std::int64_t bytes) {
  if (bytes < 10 * megabyte) return fmt::format("{} kB", (bytes + 1023) / 1024);
  if (bytes < 10 * 1024 * megabyte) return fmt::format("{} MB", bytes / megabyte);
  return fmt::format("{} GB", bytes / (1024 * megabyte));
}

Oid tablespace_of(Oid store) {
  const auto row = pg::find(RELOID, store);
  return row ? row->form<FormData_pg_class>().reltablespace : InvalidOid;
}

Place place_of(const Due& one) { return {one.column == 0 ? one.record.store : one.record.relation, one.column}; }

bool may_look() {
  const auto extension = pg::row_of(ExtensionRelationId, pg::call([] { return get_extension_oid("xconnect", false); }));
  if (!extension) return false;
  const Oid schema = extension->form<FormData_pg_extension>().extnamespace;
  return pg::call([&] {
    char* name = get_namespace_name(schema);
    const Oid function = LookupFuncName(list_make2(makeString(name), makeString(const_cast<char*>("xc_vault"))), 0, nullptr, true);
    if (!OidIsValid(function)) return false;
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(ProcedureRelationId, function, GetSessionUserId(), ACL_EXECUTE) == ACLCHECK_OK;
#else
    return pg_proc_aclcheck(function, GetSessionUserId(), ACL_EXECUTE) == ACLCHECK_OK;
#endif
  });
}

}  // namespace

void warn(const std::string& text, const std::string& hint) {
  const int level = may_look() ? WARNING : LOG_SERVER_ONLY;
  const char* message = text.c_str();
  const char* advice = hint.c_str();
  pg::call([&] { ereport(level, (errcode(ERRCODE_WARNING), errmsg("%s", message), errhint("%s", advice))); });
}

std::string no_room(std::int64_t bytes, std::optional<Oid> tablespace) {
  const int most = capture::settings.preserve_size;
  if (most >= 0 && bytes > most * megabyte) return fmt::format("its {} are more than xconnect.preserve_size", size(bytes));
  if (tablespace && missing_on_disk(*tablespace) > 0) return "less of the disk is free than xconnect.preserve_disk_free";
  return {};
}

namespace {

std::vector<Due> columns_that_wait() {
  std::vector<Due> all;
  for (const WaitingColumn& one : waiting_columns()) {
    Record record;
    record.by = By::column;
    record.relation = one.relation;
    record.kept_at = one.column.since;
    record.object = described(one);
    record.bytes = one.column.bytes;
    all.push_back({std::move(record), one.column.column, {}});
  }
  return all;
}

// The oldest first: of tables no more than so many (0: all of them), and what is older than the last of these.
std::vector<Due> oldest_that_wait(const std::vector<Due>& columns, std::size_t tables) {
  std::vector<Due> all;
  for (Record& record : waiting(tables)) all.push_back({std::move(record), 0, {}});
  const std::int64_t until = tables == 0 || all.empty() ? INT64_MAX : all.back().record.kept_at;
  for (const Due& one : columns) {
    if (one.record.kept_at < until) all.push_back(one);
  }
  std::stable_sort(all.begin(), all.end(), [](const Due& a, const Due& b) { return a.record.kept_at < b.record.kept_at; });
  return all;
}

bool is_any_disk_short() {
  if (capture::settings.preserve_disk_free == 0) return false;
  const auto all = pg::scan(TableSpaceRelationId, InvalidOid, {});
  return std::any_of(all.begin(), all.end(), [](const pg::Row& row) {
    const Oid tablespace = row.form<FormData_pg_tablespace>().oid;
    return tablespace != GLOBALTABLESPACE_OID && missing_on_disk(tablespace) > 0;
  });
}

// How much more than the limits waits, of what is not yet due.
struct Beyond {
  std::int64_t tables, bytes;
  bool disk;

  bool size() const { return capture::settings.preserve_size >= 0 && bytes > capture::settings.preserve_size * megabyte; }
  bool count() const { return capture::settings.preserve_count >= 0 && tables > capture::settings.preserve_count; }
  bool any() const { return size() || count() || disk; }
};

// Of what waits, oldest first. Letting go of values frees no place on a disk before their rows are written again, and they
// are no tables to be counted.
std::vector<Due> due_of(std::vector<Due> all, Beyond& beyond) {
  std::map<Oid, std::int64_t> missing;  // by tablespace
  const auto is_missing = [&](const Due& one) -> std::int64_t* {
    if (!beyond.disk || one.column != 0) return nullptr;
    const Oid tablespace = tablespace_of(one.record.store);
    const auto disk = missing.contains(tablespace) ? missing.find(tablespace) : missing.emplace(tablespace, missing_on_disk(tablespace)).first;
    return disk->second > 0 ? &disk->second : nullptr;
  };
  std::vector<Due> due;
  for (Due& one : all) {
    std::int64_t* const disk = is_missing(one);
    if (is_too_old(one.record.kept_at)) one.why = "xconnect.preserve_age";
    else if (beyond.size()) one.why = "xconnect.preserve_size";
    else if (beyond.count() && one.column == 0) one.why = "xconnect.preserve_count";
    else if (disk != nullptr) one.why = "xconnect.preserve_disk_free";
    if (one.why.empty()) continue;
    beyond.bytes -= one.record.bytes;
    if (disk != nullptr) *disk -= one.record.bytes;
    beyond.tables -= one.column == 0 ? 1 : 0;
    due.push_back(std::move(one));
  }
  return due;
}

}  // namespace

std::vector<Due> all_that_waits() { return oldest_that_wait(columns_that_wait(), 0); }

// Asked whenever something more waits: so it is counted, and of all of it only the oldest are read, as far as they are due.
std::vector<Due> beyond_limits() {
  const std::vector<Due> columns = columns_that_wait();
  const Total total = total_waiting();
  Beyond all{total.tables, total.bytes, is_any_disk_short()};
  for (const Due& one : columns) all.bytes += one.record.bytes;
  // As a rule nothing is due, and the oldest one tells that nothing is too old.
  std::int64_t some = all.any() ? std::max<std::int64_t>(8, all.count() ? 2 * (all.tables - capture::settings.preserve_count) : 0) : 1;
  for (;; some *= 8) {
    const bool complete = some >= total.tables || all.disk;
    std::vector<Due> oldest = oldest_that_wait(columns, complete ? 0 : static_cast<std::size_t>(some));
    const bool last_is_too_old = !oldest.empty() && is_too_old(oldest.back().record.kept_at);
    Beyond beyond = all;
    std::vector<Due> due = due_of(std::move(oldest), beyond);
    if (complete || (!beyond.any() && !last_is_too_old)) return due;
  }
}

std::int64_t let_go(const std::vector<Due>& due) {
  if (due.empty()) return 0;
  Json purged = Json::array();
  for (const Due& one : due) {
    Json json = Json::object();
    json.set("object", one.record.object).set("kept_at", pg::iso_time(one.record.kept_at)).set("bytes", one.record.bytes).set("why", one.why);
    if (one.record.rows) json.set("rows", *one.record.rows);
    purged.push(std::move(json));
    take_back_notice(place_of(one));
    if (one.column == 0) {
      drop_store(one.record.store);
      end(one.record, "purged", InvalidOid);
    } else {
      stop_carrying(one.record.relation, one.column);
      note_purged(one.record);
    }
  }
  capture::Intent intent;
  intent.kind = "purge";
  intent.reason = due.front().why;
  intent.even_if_empty = true;
  intent.details = Json::object().set("purged", std::move(purged)).dump();
  (void)capture::seal(intent);
  return static_cast<std::int64_t>(due.size());
}

namespace {

bool lock_at_once(const Due& one) {
  const Oid relation = one.column == 0 ? one.record.store : one.record.relation;
  const auto row = pg::find(RELOID, relation);
  if (!row) return false;
  const Oid toast = one.column == 0 ? row->form<FormData_pg_class>().reltoastrelid : InvalidOid;
  return pg::call([&] {
    return ConditionalLockRelationOid(relation, AccessExclusiveLock) &&
           (!OidIsValid(toast) || ConditionalLockRelationOid(toast, AccessExclusiveLock));
  });
}

void announce(const std::vector<Due>& due) {
  constexpr std::size_t most = 10;
  std::string names;
  for (std::size_t i = 0; i < std::min(most, due.size()); ++i) {
    const Record& record = due[i].record;
    names += fmt::format("{}{} ({}; {})", i == 0 ? "" : ", ", record.object, size(record.bytes), due[i].why);
  }
  if (due.size() > most) names += fmt::format(" and {} more", due.size() - most);
  warn("what waits in the vault is beyond a limit, and one of the next changes lets it go: " + names,
       "SELECT * FROM xc_vault(); shows it. xc_rollback() brings it back, a higher limit keeps it.");
  for (const Due& one : due) note_notice(place_of(one), one.why);
}

std::optional<std::int64_t> oldest_column() {
  const auto columns = waiting_columns();
  if (columns.empty()) return {};
  return columns.front().column.since;
}

void enforce() {
  const std::vector<Place> told = noticed();
  std::vector<Due> announced, fresh;
  for (Due& one : beyond_limits()) {
    const bool known = std::find(told.begin(), told.end(), place_of(one)) != told.end();
    (known ? announced : fresh).push_back(std::move(one));
  }
  for (const Place& place : told) {
    const bool still = std::any_of(announced.begin(), announced.end(), [&](const Due& one) { return place_of(one) == place; });
    if (!still) take_back_notice(place);  // the limit is another one now, or the rows have gone back
  }
  std::erase_if(announced, [](const Due& one) { return !lock_at_once(one); });
  if (!fresh.empty()) announce(fresh);
  capture::touched().clear();  // is sealed
  (void)let_go(announced);
}

}  // namespace

// Asked after every change. Where nothing waits, nothing will be too old for a while: limits of age are minutes.
void enforce_limits(bool has_grown) {
  static std::int64_t empty_at = 0;
  constexpr std::int64_t while_ = USECS_PER_SEC;
  if (!has_grown) {
    const std::int64_t now = pg::now();
    if (now >= empty_at && now - empty_at < while_) return;
    const auto table = oldest_waits_since();
    const auto column = oldest_column();
    const bool told = !noticed().empty();
    empty_at = table || column || told ? 0 : now;
    if (!is_too_old(table) && !is_too_old(column) && !told) return;
  }
  empty_at = 0;
  const auto failure = pg::attempt(enforce);
  if (failure) warn("the limits of the vault could not be enforced: " + failure->message, "SELECT xc_purge_vault(NULL);");
}

}  // namespace xc::vault
