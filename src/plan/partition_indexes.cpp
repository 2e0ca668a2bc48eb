// What indexes the partitioned table and its partition have at the target: those of the plan, and from the catalogs
// those that it leaves alone. See partition_indexes.hpp.
#include "plan/partition_indexes.hpp"

#include <algorithm>
#include <utility>

#include "kind/parts.hpp"
#include "plan/names.hpp"
#include "pg/query.hpp"
#include "pg/server.hpp"

namespace xc::plan {

namespace {

struct Index {
  std::string name, part_of;
  bool partitioned = false;
  bool in_plan = false;
};

// An index, or a constraint that has one.
void add_index_of(const Item& item, const std::string& table, std::vector<Index>& indexes) {
  if (!item.pair.to) return;
  const Json& body = item.pair.to->body;
  const bool is_index = body.has("index") || !relation_name(*item.pair.to).empty();
  if (!is_index || body["table"].str() != table) return;
  const Json& properties = body.has("index") ? body["index"] : body;
  indexes.push_back({body["schema"].str() + "." + body["name"].str(), properties["attached_to"].str(),
                     properties["partitioned"].truth(), true});
}

std::vector<Index> indexes_of(const std::string& table, const std::vector<Item>& items, const Work& work) {
  std::vector<Index> indexes;
  for (const Item& item : items) add_index_of(item, table, indexes);
  for (const pg::Fields& row :
       pg::query("SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), c.relkind = 'I',"
                 " pg_catalog.quote_ident(pn.nspname) || '.' || pg_catalog.quote_ident(p.relname)"
                 " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
                 " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                 " LEFT JOIN (pg_catalog.pg_inherits h JOIN pg_catalog.pg_class p ON p.oid = h.inhparent"
                 " JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace) ON h.inhrelid = c.oid"
                 " WHERE i.indrelid = pg_catalog.to_regclass($1) ORDER BY 1",
                 {pg::arg(table)})) {
    if (work.relation_before(*row[0]) != Work::npos) continue;
    indexes.push_back({*row[0], row[2].value_or(""), *row[1] == "t", false});
  }
  return indexes;
}

bool becomes_partition(const Pair& pair) {
  if (!pair.to || !pair.to->body.has("partition_of")) return false;
  return !pair.from || pair.anew || pair.from->body["partition_of"] != pair.to->body["partition_of"] ||
         pair.from->body["partition_bound"] != pair.to->body["partition_bound"];
}

}  // namespace

bool note_passed_over_indexes(Item& item, const std::vector<Item>& items, const Work& work) {
  if (!becomes_partition(item.pair)) return false;
  Object& to = *item.pair.to;
  const std::vector<std::string> before = std::exchange(to.passed_over, {});
  const std::vector<Index> own = indexes_of(relation_name(to), items, work);
  for (const Index& index : indexes_of(to.body["partition_of"].str(), items, work)) {
    if (!index.partitioned) continue;
    const auto part = std::find_if(own.begin(), own.end(), [&](const Index& one) { return one.part_of == index.name; });
    const bool certain = part != own.end() && part->in_plan;
    // The server does not look at a part that is not valid, for a partition below it has none.
    if (part == own.end() || (certain && (own.size() > 1 || part->partitioned))) to.passed_over.push_back(index.name);
  }
  return to.passed_over != before;
}

std::vector<Address> index_and_wholes(const std::string& name) {
  std::vector<Address> indexes;
  for (const pg::Fields& row :
       pg::query("SELECT relid::oid FROM pg_catalog.pg_partition_ancestors(pg_catalog.to_regclass($1)) relid", {pg::arg(name)})) {
    const auto index = owner_of({RelationRelationId, static_cast<std::uint32_t>(std::stoul(*row[0]))});
    if (index) indexes.push_back(*index);
  }
  return indexes;
}

}  // namespace xc::plan
