// Schemas. "public" is an ordinary one here: that pg_dump neither creates it nor prints the ACL and the comment that
// initdb gave it is a matter of the base list in acl.cpp and of plain comparison.
#include "kind/kind.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

void describe(std::uint32_t, Object&) {}  // a name and satellites are all there is

std::string target(const Json& body) { return "SCHEMA " + body["name"].str(); }

void create(const Object& to, Script& script) {
  Step& step = write_creation("CREATE " + target(to.body), script);
  // Of what initdb made, and has another name now, pg_dump leaves out what pg_init_privs says that initdb granted.
  const bool is_public = to.body["name"].str() == "public";
  if (to.body["owner"].str() == "pg_database_owner" && !is_public) step.because("pg_dump prints all grants on it, initdb's too if it was public");
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
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter_nothing,
    .drop = drop,
    .rename = nullptr,
};

}  // namespace xc
