// Walks change_object by its index on (object, seq): back through the names that an object had, and forward first when
// it has another name today. See history.hpp.
#include "ledger/history.hpp"

#include <set>
#include <utility>

#include "ledger/reading.hpp"
#include "pg/query.hpp"
#include "pg/server.hpp"

namespace xc::ledger {
namespace {

std::optional<Digest> digest_of(const pg::Field& hex) {
  if (!hex) return std::nullopt;
  return Digest::from_hex(*hex);
}

// The versions under one name up to a commit; stops after the rename that gave it. The name before, or "".
std::string append_versions(const std::string& key, std::int64_t up_to, std::vector<Version>& versions) {
  for (const pg::Fields& row :
       pg::query("SELECT seq, action, encode(after, 'hex'), renamed_from FROM xconnect.change_object"
                 " WHERE object = $1 AND seq <= $2 ORDER BY seq DESC, ordinal DESC",
                 {pg::arg(key), pg::arg(up_to)})) {
    versions.push_back({std::stoll(*row[0]), *row[1], key, digest_of(row[2])});
    if (row[3]) return *row[3];
  }
  return {};
}

bool exists_at_head(const std::string& key) {
  const std::optional<store::Commit> head = store::head();
  store::Nodes nodes;
  return head && tree::find(nodes, head->tree, key);
}

// The name that the object was given last; the key itself when it was never given another.
std::string name_today(const std::string& key) {
  std::string name = key;
  std::set<std::string> seen = {key};
  for (;;) {
    const auto rows = pg::query(
        "SELECT r.object FROM xconnect.change_object r WHERE r.renamed_from = $1 AND r.action = 'RENAME'"
        " AND NOT EXISTS (SELECT FROM xconnect.change_object o WHERE o.object = $1 AND o.seq >= r.seq)"
        " ORDER BY r.seq DESC LIMIT 1",
        {pg::arg(name)});
    if (rows.empty() || !seen.insert(*rows[0][0]).second) return name;
    name = *rows[0][0];
  }
}

}  // namespace

std::vector<Version> history(const std::string& key) {
  std::vector<Version> versions;
  std::string name = exists_at_head(key) ? key : name_today(key);
  std::int64_t up_to = INT64_MAX;
  while (!name.empty()) {
    const std::size_t before = versions.size();
    name = append_versions(name, up_to, versions);
    if (versions.size() == before) break;
    up_to = versions.back().seq - 1;
  }
  return versions;
}

}  // namespace xc::ledger
