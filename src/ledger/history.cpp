// Walks change_object by its index on (object, seq): back through the names that an object had, and forward first when
// it has another name today. See history.hpp.
#include "ledger/history.hpp"

#include <algorithm>
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

struct Renaming {
  std::int64_t seq;
  std::string from;
};

// The last time that an object was given the name, up to a commit.
std::optional<Renaming> renaming_to(const std::string& key, std::int64_t up_to) {
  const auto rows = pg::query("SELECT seq, renamed_from FROM xconnect.change_object WHERE object = $1 AND seq <= $2"
                              " AND renamed_from IS NOT NULL ORDER BY seq DESC, ordinal DESC LIMIT 1", {pg::arg(key), pg::arg(up_to)});
  if (rows.empty()) return std::nullopt;
  return Renaming{std::stoll(*rows[0][0]), *rows[0][1]};
}

// The versions under one name, back to the rename that gave it.
void append_versions(const std::string& key, std::int64_t up_to, const std::optional<Renaming>& renamed, const Span& span,
                     std::vector<Version>& versions) {
  const std::int64_t from = std::max(span.first_seq, renamed ? renamed->seq : 0);
  for (const pg::Fields& row :
       pg::query("SELECT seq, action, encode(after, 'hex') FROM xconnect.change_object"
                 " WHERE object = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq DESC, ordinal DESC LIMIT $4",
                 {pg::arg(key), pg::arg(from), pg::arg(up_to),
                  pg::arg(span.most - static_cast<std::int64_t>(versions.size()))}))
    versions.push_back({std::stoll(*row[0]), *row[1], key, digest_of(row[2])});
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
        " ORDER BY r.seq DESC, r.ordinal DESC LIMIT 1",
        {pg::arg(name)});
    if (rows.empty() || !seen.insert(*rows[0][0]).second) return name;
    name = *rows[0][0];
  }
}

}  // namespace

std::vector<Version> history(const std::string& key, const Span& span) {
  std::vector<Version> versions;
  std::string name = exists_at_head(key) ? key : name_today(key);
  std::int64_t up_to = INT64_MAX;
  // The names are followed from today back; what is after the span is left out only then.
  while (!name.empty() && static_cast<std::int64_t>(versions.size()) < span.most) {
    const auto renamed = renaming_to(name, up_to);
    append_versions(name, std::min(up_to, span.last_seq), renamed, span, versions);
    if (!renamed || renamed->seq <= span.first_seq) break;
    name = renamed->from;
    up_to = renamed->seq - 1;
  }
  return versions;
}

}  // namespace xc::ledger
