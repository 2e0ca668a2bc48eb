// Indexes that back no constraint, of tables and materialized views, plain and partitioned. The index of a constraint
// is part of the constraint (constraint.cpp). Invalid ones, left behind by a failed CREATE INDEX CONCURRENTLY, are not
// objects: pg_dump does not print them either.
#include <fmt/format.h>

#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/relation_parts.hpp"
#include "kind/source_text.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

bool backs_constraint(const pg::Row& index) {
  const auto& form = index.form<FormData_pg_index>();
  if (!form.indisunique && !form.indisexclusion) return false;
  return OidIsValid(pg::call([&] { return get_index_constraint(form.indexrelid); }));
}

bool is_ours(const pg::Row& index) {
  return index_is_dumped(index.form<FormData_pg_index>().indexrelid) && !backs_constraint(index);
}

bool covers(const pg::Row& row) {
  const auto& form = row.form<FormData_pg_class>();
  if (form.relkind != RELKIND_INDEX && form.relkind != RELKIND_PARTITIONED_INDEX) return false;
  const auto index = pg::find(INDEXRELID, form.oid);
  return index && is_ours(*index);
}

std::vector<std::uint32_t> list() {
  std::vector<std::uint32_t> result;
  for (const pg::Row& row : pg::scan(IndexRelationId, InvalidOid, {})) {
    if (is_ours(row)) result.push_back(row.form<FormData_pg_index>().indexrelid);
  }
  return result;
}

// "CREATE INDEX i ON public.t": the definition's beginning, which is not stored but made from the other members.
std::string head(const Json& body, const char* condition = "") {
  return fmt::format("CREATE {}INDEX {}{} ON {}{}", body["unique"].truth() ? "UNIQUE " : "", condition,
                     body["name"].str(), body["partitioned"].truth() ? "ONLY " : "", body["table"].str());
}

void describe(std::uint32_t oid, Object& object) {
  const auto index = pg::find(INDEXRELID, oid);
  if (!index) return;
  const auto& form = index->form<FormData_pg_index>();
  Json& body = object.body;
  Json properties = read_index(oid);
  body.set("table", pg::relation_name(form.indrelid));
  body.set("unique", form.indisunique);
  body.set("partitioned", properties["partitioned"]);

  std::string definition = pg::index_definition(oid);
  if (!take_prefix(definition, head(body))) {
    throw Refusal(code::internal,
                  fmt::format("unexpected definition of index {}: {}", qualified_name(body), definition));
  }
  body.set("predicate", take_index_tail(oid, definition, properties, false));
  body.set("definition", std::move(definition));
  for (const auto& [name, value] : properties.members()) body.set(name, value);
}

std::string target(const Json& body) { return "INDEX " + qualified_name(body); }

IndexNames names(const Json& body) { return {qualified_name(body), body["name"].str(), body["table"].str()}; }

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  // ATTACH PARTITION makes what the partitioned table's index wants and the partition lacks, so it may be there.
  const char* condition = body.has("attached_to") ? "IF NOT EXISTS " : "";
  script
      .add(Stage::create, head(body, condition) + source_text(body["definition"].str()) +
                              index_tail(body, body["predicate"], " TABLESPACE "))
      .locks(Lock::share)
      .naming_tablespace(body["tablespace"].str())
      .scans(body["table"].str());
  write_new_index_steps(body, names(body), script);
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body,
                       {"options", "tablespace", "clustered", "replica_identity", "statistics", "attached_to",
                        "depends_on_extensions"})) {
    return Change::replace;
  }
  return write_index_steps(from.body, to.body, names(to.body), script);
}

void drop(const Object& from, Script& script) {
  if (from.body.has("attached_to")) write_index_detachment(qualified_name(from.body), Stage::drop, script);
  script.add(Stage::drop, "DROP " + target(from.body));
}

}  // namespace

extern const Kind index_kind;
constinit const Kind index_kind{
    .name = "index",
    .catalog = RelationRelationId,
    .rank = Rank::index,
    .list = list,
    .covers = covers,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = nullptr,
};

}  // namespace xc
