// xc_export_changelog(): the history as files that people and other tools keep beside their code: the ledger, every version of
// every object, and what can be and was rolled back. A row is a file, so that any client can write them.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "core/hash.hpp"
#include "diff/render.hpp"
#include "ledger/reading.hpp"
#include "ledger/rev.hpp"
#include "pg/entry.hpp"
#include "pg/query.hpp"
#include "pg/table.hpp"
#include "store/store.hpp"
#include "pg/server.hpp"

namespace {

using namespace xc;

// Names that every file system takes, and two names never the same one.
std::string file_name_of(const std::string& key) {
  std::string name;
  for (const char c : key) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (plain) name += c;
    else if (c == ' ') name += '+';
    else name += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  constexpr std::size_t longest = 180;
  return name.size() <= longest ? name : name.substr(0, longest) + "~" + sha256(key).hex().substr(0, 16);
}

void export_lines(pg::Result& result, const char* file, const std::string& sql, const std::vector<pg::Arg>& args) {
  std::string content;
  for (const pg::Fields& row : pg::query(sql, args)) content += row[0].value_or("") + "\n";
  result.row_text({std::string(file), content});
}

void export_versions(pg::Result& result, std::int64_t since) {
  std::int64_t after = since - 1;
  for (;;) {
    pg::Arena arena("xconnect changelog");
    // Several pages of one change would need its ordinals as well: one change is a page at least.
    const auto changes = pg::query("SELECT seq, change_id, reason, author, (extract(epoch FROM committed_at) * 1000000)::bigint,"
                                   " to_char(committed_at, 'YYYY-MM-DD HH24:MI:SS\"Z\"')"
                                   " FROM xconnect.change WHERE seq > $1 ORDER BY seq LIMIT 1", {pg::arg(after)});
    if (changes.empty()) return;
    const pg::Fields& change = changes.front();
    after = std::stoll(*change[0]);
    for (const pg::Fields& row : pg::query("SELECT object, encode(after, 'hex') FROM xconnect.change_object WHERE seq = $1 AND after IS NOT NULL ORDER BY ordinal",
                                           {pg::arg(after)})) {
      std::string title = fmt::format("-- {} as {} left it, {} by {}", *row[0], *change[1], *change[5], *change[3]);
      std::replace(title.begin(), title.end(), '\n', ' ');
      const std::string ddl = diff::ddl(store::object(Digest::from_hex(*row[1])));
      result.row_text({fmt::format("snapshots/{}.{}.sql", file_name_of(*row[0]), *change[4]), fmt::format("{}\n{}\n", title, ddl)});
    }
  }
}

}  // namespace

XC_FUNCTION(xc_export_changelog) {
  const auto time = ledger::time_argument(fcinfo, 0);
  const std::int64_t since = time ? ledger::first_seq_since(*time) : 0;
  pg::Result result(fcinfo);
  ledger::Reading reading;
  export_lines(result, "ledger.jsonl",
               "SELECT '{\"commit\":\"' || encode(c.commit_hash, 'hex') || '\",\"hash\":\"' || encode(c.hash, 'hex') || '\",' || substr(c.content, 2)"
               " FROM xconnect.change c WHERE c.seq >= $1 ORDER BY c.seq", {pg::arg(since)});
  export_lines(result, "rollback_targets.jsonl", "SELECT to_jsonb(t) FROM xconnect.rollback_targets t WHERE t.seq >= $1 ORDER BY t.seq DESC", {pg::arg(since)});
  export_lines(result, "rollback_history.jsonl", "SELECT to_jsonb(t) FROM xconnect.rollback_history t WHERE t.seq >= $1 ORDER BY t.seq DESC", {pg::arg(since)});
  export_lines(result, "compliance_log.jsonl", "SELECT to_jsonb(l) FROM xconnect.compliance_log l JOIN xconnect.change c USING (change_id) WHERE c.seq >= $1"
               " ORDER BY l.verified_at, l.change_id", {pg::arg(since)});
  export_versions(result, since);
  return 0;
}
