// Schemas. "public" is an ordinary one here: that pg_dump neither creates it nor prints the ACL and the comment that
// initdb gave it is a matter of the base list in acl.cpp and of plain comparison.
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "pg/catalog.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

std::vector<std::uint32_t> list() {
  std::vector<std::uint32_t> result;
  for (const pg::Row& row : pg::scan(NamespaceRelationId, InvalidOid, {})) {
    result.push_back(row.form<FormData_pg_namespace>().oid);
  }
  return result;
}

bool covers(std::uint32_t oid) { return pg::find(NAMESPACEOID, oid).has_value(); }

void describe(std::uint32_t, Object&) {}  // a name and satellites are all there is

std::string target(const Json& body) { return "SCHEMA " + body["name"].str(); }

void create(const Object& to, Script& script) {
  script.add(Stage::create, "CREATE " + target(to.body)).locks(Lock::none).because("it exists in the target");
}

Change alter(const Object& from, const Object& to, Script&) {
  return same_apart_from(from.body, to.body, {}) ? Change::in_place : Change::replace;
}

// Never CASCADE: what is still in it is a conflict to be named, not to be swept away.
void drop(const Object& from, Script& script) {
  script.add(Stage::drop, "DROP " + target(from.body)).because("it does not exist in the target");
}

}  // namespace

extern const Kind schema_kind;
constinit const Kind schema_kind = {
    .name = "schema",
    .catalog = NamespaceRelationId,
    .rank = Rank::schema,
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
