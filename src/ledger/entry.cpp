// The SQL functions of the ledger, in the order of api.sql.
#include <optional>
#include <string>

#include <fmt/format.h>

#include "capture/settings.hpp"
#include "core/refusal.hpp"
#include "ledger/compliance.hpp"
#include "ledger/correlation.hpp"
#include "ledger/history.hpp"
#include "ledger/log.hpp"
#include "ledger/object_name.hpp"
#include "ledger/reading.hpp"
#include "ledger/reason.hpp"
#include "ledger/rev.hpp"
#include "ledger/tag.hpp"
#include "pg/entry.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace {

using namespace xc;
using namespace xc::ledger;

// The commits that touched an object under any of its names, as many as the log can show.
std::vector<std::int64_t> commits_of(const ObjectName& name, const LogFilter& filter) {
  const Span span{filter.first_seq, filter.last_seq, filter.author ? INT64_MAX : filter.max_count};
  std::vector<std::int64_t> seqs;
  for (const Version& version : history(find_in_history(name), span)) seqs.push_back(version.seq);
  return seqs;
}

void set_for_transaction(const char* parameter, const std::string& value) {
  pg::call([&] {
    (void)set_config_option(parameter, value.c_str(), superuser() ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION,
                            GUC_ACTION_LOCAL, true, 0, false);
  });
}

}  // namespace

XC_FUNCTION(xc_head) {
  const std::optional<store::Commit> head = store::head();
  if (!head) PG_RETURN_NULL();
  return text_result(head->hash.hex());
}

XC_FUNCTION(xc_log) {
  const std::optional<std::string> object = text_argument(fcinfo, 0);
  const std::optional<TimestampTz> since = time_argument(fcinfo, 1);
  const std::optional<TimestampTz> until = time_argument(fcinfo, 2);
  LogFilter filter;
  filter.author = text_argument(fcinfo, 3);
  filter.max_count = int_argument(fcinfo, 4).value_or(INT64_MAX);
  if (filter.max_count < 0) throw Refusal(code::invalid_parameter, "max_count must not be negative");
  if (since) filter.first_seq = first_seq_since(*since);
  if (until) filter.last_seq = last_seq_at(*until);
  std::optional<ObjectName> name;
  if (object) name.emplace(*object);

  pg::Result result(fcinfo);
  Reading reading;
  if (name) filter.seqs = commits_of(*name, filter);
  log(filter, [&](const pg::Fields& row) { result.row_text(row); });
  return 0;
}

XC_FUNCTION(xc_tag) {
  const std::string name = required_text(fcinfo, 0, "name");
  const store::Commit commit = resolve_rev(text_argument(fcinfo, 1).value_or("HEAD"));
  add_tag(name, commit, text_argument(fcinfo, 2).value_or(""));
  return text_result(commit.hash.hex());
}

XC_FUNCTION(xc_untag) {
  remove_tag(required_text(fcinfo, 0, "name"));
  return 0;
}

XC_FUNCTION(xc_begin_change) {
  const std::string reason = required_text(fcinfo, 0, "reason");
  if (reason.find_first_not_of(" \t\r\n") == std::string::npos)
    throw Refusal(code::invalid_parameter, "reason must not be empty");
  if (!IsTransactionBlock()) {
    pg::call([] {
      ereport(WARNING, (errcode(ERRCODE_NO_ACTIVE_SQL_TRANSACTION),
                        errmsg("xc_begin_change() has no effect outside of a transaction block"),
                        errhint("BEGIN; SELECT xc_begin_change('why'); ...; COMMIT;")));
    });
  }
  const std::string id = correlation_id();
  set_for_transaction("xconnect.reason", reason);
  set_for_transaction("xconnect.expected", text_argument(fcinfo, 1).value_or(""));
  set_for_transaction("xconnect.validate_with", text_argument(fcinfo, 2).value_or(""));
  set_for_transaction("xconnect.correlation_id", id);
  return text_result(id);
}

XC_FUNCTION(xc_require_reason) {
  const ObjectName name(required_text(fcinfo, 0, "object"));
  const std::string level = required_text(fcinfo, 1, "level");
  has_to_write("xc_require_reason()");
  std::string key;
  {
    const Reading scope;
    key = find_in_history(name);
  }
  set_reason_rule(key, level);
  return text_result(key);
}

XC_FUNCTION(xc_verify_change) {
  verify_change(required_text(fcinfo, 0, "change"), required_text(fcinfo, 1, "status"), text_argument(fcinfo, 2).value_or(""));
  return 0;
}

XC_FUNCTION(xc_ledger_jsonl) {
  constexpr std::int64_t page_size = 500;
  const std::optional<TimestampTz> since = time_argument(fcinfo, 0);
  std::int64_t after = since ? first_seq_since(*since) - 1 : 0;
  pg::Result result(fcinfo);
  Reading reading;
  for (;;) {
    pg::Arena arena("xconnect jsonl");
    const auto rows = pg::query(
        "SELECT c.seq, '{\"commit\":\"' || encode(c.commit_hash, 'hex') || '\",\"hash\":\"' || encode(c.hash, 'hex') || '\",' ||"
        " substr(c.content, 2) FROM xconnect.change c"
        " WHERE c.seq > $1 ORDER BY c.seq LIMIT $2",
        {pg::arg(after), pg::arg(page_size)});
    for (const pg::Fields& row : rows) result.row_text({row[1]});
    if (static_cast<std::int64_t>(rows.size()) < page_size) return 0;
    after = std::stoll(*rows.back()[0]);
  }
}
