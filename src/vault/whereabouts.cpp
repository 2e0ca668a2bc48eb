// Whose rows are whose: by identity, not by name. A record of the vault says which relation held the rows, when they
// left it and which one took them back; so rows are followed from the relation that held them at a commit.
#include <algorithm>
#include <set>

#include "ledger/reading.hpp"
#include "pg/encoding.hpp"
#include "pg/query.hpp"
#include "pg/table.hpp"
#include "vault/layout.hpp"
#include "vault/records.hpp"
#include "vault/vault.hpp"
#include "pg/server.hpp"

namespace xc::vault {

constinit const PassedOver* passed_over = nullptr;
constinit Oid taking_back = InvalidOid;

bool has_contents() { return oldest_waits_since().has_value(); }

namespace {

// The change of the transaction that put it there. In the ledger the object is dropped, truncated, or what else happened
// to it in that transaction: under its address, or under its name when another one has taken that.
std::int64_t change_of(const Record& record) {
  const ledger::Reading scope;
  const auto found = pg::query(
      "SELECT o.seq FROM xconnect.change_object o JOIN xconnect.change c USING (seq)"
      " WHERE (o.catalog = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.oid_in_catalog = $1::oid OR o.object = $2)"
      " AND c.started_at <= $3 AND c.committed_at >= $3 ORDER BY o.seq LIMIT 1",
      {pg::arg(std::int64_t{record.relation}), pg::arg(record.object), pg::arg_time(record.kept_at)});
  return found.empty() ? INT64_MAX : std::stoll(*found[0][0]);
}

// Values of sequences that a truncated table owns come back with its rows.
bool is_of_rows(const Record& record) { return record.by == By::drop || (record.by == By::truncate && !record.last_value); }

Kept kept_in(const Record& record) {
  Kept kept;
  kept.relation = record.relation;
  kept.store = record.store;
  kept.truncated = record.by == By::truncate;
  if (OidIsValid(record.store)) kept.gaps = gaps_of(record.layout, record.store);
  if (kept.truncated && !OidIsValid(record.store)) kept.empty_since = pg::iso_time(record.kept_at);
  kept.rows = record.rows;
  kept.last_value = record.last_value;
  return kept;
}

}  // namespace

Whereabouts rows_of(Address address, std::int64_t seq) {
  Whereabouts where;
  where.lives_as = address;
  if (address.catalog != RelationRelationId) return where;
  std::int64_t since = 0;  // the time at which they came to where they are
  for (;;) {
    const auto records = records_of(where.lives_as.object);
    const auto left = std::find_if(records.begin(), records.end(), [&](const Record& one) {
      return is_of_rows(one) && (since != 0 ? one.kept_at >= since : change_of(one) > seq);
    });
    if (left == records.end()) return where;
    where.taken_by = change_of(*left);
    where.truncated = left->by == By::truncate;
    where.definition = left->definition;
    if (!left->ended) {
      if (passed_over != nullptr && passed_over->has(left->store)) where.gone = true;
      else where.kept = kept_in(*left);
      return where;
    }
    if (!OidIsValid(left->restored_as)) {
      where.gone = true;
      return where;
    }
    since = left->ended_at;
    where.lives_as.object = left->restored_as;
    where.taken_by = 0;
    where.truncated = false;
    where.definition.reset();
  }
}

bool was_truncated_by(Address address, std::int64_t seq) {
  if (address.catalog != RelationRelationId) return false;
  const auto records = records_of(address.object);
  return std::any_of(records.begin(), records.end(), [&](const Record& one) {
    return one.by == By::truncate && is_of_rows(one) && change_of(one) == seq;
  });
}

std::vector<Address> waiting_relations() {
  if (passed_over != nullptr && passed_over->all) return {};
  const History history = read_history();
  std::set<Oid> found;
  std::vector<Oid> todo(history.open.begin(), history.open.end());
  while (!todo.empty()) {
    const Oid relation = todo.back();
    todo.pop_back();
    if (!found.insert(relation).second) continue;
    for (auto [one, end] = history.before.equal_range(relation); one != end; ++one) todo.push_back(one->second);
  }
  std::vector<Address> addresses;
  for (const Oid relation : found) addresses.push_back({RelationRelationId, relation});
  return addresses;
}

}  // namespace xc::vault
