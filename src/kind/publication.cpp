// Publications. What they publish is part of them: tables with row filters and column lists, and whole schemas, sorted by
// name, since pg_dump does not show their order.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/source_text.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

// --- reading ---

constexpr const char* all_operations = "insert, update, delete, truncate";

std::string operations_of(const FormData_pg_publication& form) {
  std::vector<std::string> names;
  if (form.pubinsert) names.emplace_back("insert");
  if (form.pubupdate) names.emplace_back("update");
  if (form.pubdelete) names.emplace_back("delete");
  if (form.pubtruncate) names.emplace_back("truncate");
  return sql::join(names, ", ");
}

Json member_of(const pg::Row& row) {
  const auto& form = row.form<FormData_pg_publication_rel>();
  Json member = Json::object();
  member.set("relation", pg::relation_name(form.prrelid));
  if (const auto numbers = row.maybe(Anum_pg_publication_rel_prattrs)) {
    Json columns = Json::array();
    for (const int number : pg::int2_array(*numbers)) columns.push(pg::column_name(form.prrelid, number));
    member.set("columns", std::move(columns));
  }
  if (const auto tree = row.maybe(Anum_pg_publication_rel_prqual)) {
    member.set("where", pg::expression(*tree, form.prrelid, ObjectAddress{PublicationRelRelationId, form.oid, 0}));
  }
  return member;
}

Json relations_of(Oid publication) {
  std::map<std::string, Json> sorted;
  for (const pg::Row& row : pg::scan(PublicationRelRelationId, PublicationRelPrpubidIndexId,
                                     {pg::oid_key(Anum_pg_publication_rel_prpubid, publication)})) {
    Json member = member_of(row);
    std::string name = member["relation"].str();
    sorted.emplace(std::move(name), std::move(member));
  }
  Json relations = Json::array();
  for (auto& [name, member] : sorted) relations.push(std::move(member));
  return relations;
}

Json schemas_of(Oid publication) {
  std::set<std::string> sorted;
  for (const pg::Row& row : pg::scan(PublicationNamespaceRelationId, InvalidOid,
                                     {pg::oid_key(Anum_pg_publication_namespace_pnpubid, publication)})) {
    sorted.insert(pg::schema_name(row.form<FormData_pg_publication_namespace>().pnnspid));
  }
  Json schemas = Json::array();
  for (const std::string& schema : sorted) schemas.push(schema);
  return schemas;
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(PublicationRelationId, oid).value();
  const auto& form = row.form<FormData_pg_publication>();
  Json& body = object.body;
  body.set("all_tables", form.puballtables);
  if (const std::string operations = operations_of(form); operations != all_operations) body.put("publish", operations);
  body.set("via_root", form.pubviaroot);
#if PG_VERSION_NUM >= 180000
  if (form.pubgencols == PUBLISH_GENCOLS_STORED) body.set("generated_columns", "stored");
#endif
  body.set("relations", relations_of(oid));
  body.set("schemas", schemas_of(oid));
}

// --- writing ---

std::string target(const Json& body) { return "PUBLICATION " + body["name"].str(); }

std::string operations(const Json& body) { return body.has("publish") ? body["publish"].str() : all_operations; }

std::string parameters(const Json& body) {
  std::string list = fmt::format("publish = {}, publish_via_partition_root = {}", sql::literal(operations(body)),
                                 body["via_root"].truth());
#if PG_VERSION_NUM >= 180000
  list += ", publish_generated_columns = " + (body.has("generated_columns") ? body["generated_columns"].str() : "none");
#endif
  return list;
}

void add_relation(const Json& body, const Json& member, Stage stage, Script& script) {
  std::vector<std::string> columns;
  for (const Json& column : member["columns"].items()) columns.push_back(column.str());
  std::string sql = fmt::format("ALTER {} ADD TABLE ONLY {}", target(body), member["relation"].str());
  if (!columns.empty()) sql += fmt::format(" ({})", sql::join(columns, ", "));
  if (member.has("where")) sql += fmt::format(" WHERE ({})", source_text(member["where"].str()));
  script.add(stage, std::move(sql)).locks(Lock::share_update_exclusive);
}

void add_schema(const Json& body, const Json& schema, Stage stage, Script& script) {
  script.add(stage, fmt::format("ALTER {} ADD TABLES IN SCHEMA {}", target(body), schema.str())).locks(Lock::none);
}

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  write_creation(fmt::format("CREATE {}{} WITH ({})", target(body), body["all_tables"].truth() ? " FOR ALL TABLES" : "",
                             parameters(body)),
                 script);
  for (const Json& member : body["relations"].items()) add_relation(body, member, Stage::create, script);
  for (const Json& schema : body["schemas"].items()) add_schema(body, schema, Stage::create, script);
}

bool contains(const Json& list, const Json& item) {
  const auto& items = list.items();
  return std::find(items.begin(), items.end(), item) != items.end();
}

// What goes goes first: not every new owner may own every publication, and a schema bars column lists.
Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"publish", "via_root", "generated_columns", "relations", "schemas"})) return Change::replace;
  const Json& old_body = from.body;
  const Json& body = to.body;
  for (const Json& schema : old_body["schemas"].items()) {
    if (contains(body["schemas"], schema)) continue;
    script.add(Stage::release, fmt::format("ALTER {} DROP TABLES IN SCHEMA {}", target(body), schema.str())).locks(Lock::none);
  }
  for (const Json& member : old_body["relations"].items()) {
    if (contains(body["relations"], member)) continue;
    script.add(Stage::release, fmt::format("ALTER {} DROP TABLE ONLY {}", target(body), member["relation"].str()))
        .locks(Lock::share_update_exclusive);
  }
  if (parameters(old_body) != parameters(body)) {
    script.add(Stage::change, fmt::format("ALTER {} SET ({})", target(body), parameters(body))).locks(Lock::none);
  }
  for (const Json& member : body["relations"].items()) {
    if (!contains(old_body["relations"], member)) add_relation(body, member, Stage::change, script);
  }
  for (const Json& schema : body["schemas"].items()) {
    if (!contains(old_body["schemas"], schema)) add_schema(body, schema, Stage::change, script);
  }
  return Change::in_place;
}

}  // namespace

extern const Kind publication_kind;
constinit const Kind publication_kind = {
    .name = "publication",
    .catalog = PublicationRelationId,
    .rank = Rank::publication,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
