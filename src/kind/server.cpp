// Foreign servers. The type and the wrapper of one cannot be altered.
#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/options.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

// --- reading ---

std::string wrapper_name(Oid wrapper) {
  const auto row = pg::row_of(ForeignDataWrapperRelationId, wrapper);
  return row ? pg::quoted(NameStr(row->form<FormData_pg_foreign_data_wrapper>().fdwname)) : std::string();
}

// pg_dump does not tell an empty type or version from none.
void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(ForeignServerRelationId, oid).value();
  Json& body = object.body;
  body.set("wrapper", wrapper_name(row.form<FormData_pg_foreign_server>().srvfdw));
  body.set("server_type", row.text(Anum_pg_foreign_server_srvtype));
  body.set("version", row.text(Anum_pg_foreign_server_srvversion));
  body.set("options", read_generic_options(row.maybe(Anum_pg_foreign_server_srvoptions)));
}

// --- writing ---

std::string target(const Json& body) { return "SERVER " + body["name"].str(); }
std::string grant_target(const Json& body) { return "FOREIGN SERVER " + body["name"].str(); }

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  std::string sql = "CREATE " + target(body);
  if (body.has("server_type")) sql += " TYPE " + sql::literal(body["server_type"].str());
  if (body.has("version")) sql += " VERSION " + sql::literal(body["version"].str());
  sql += " FOREIGN DATA WRAPPER " + body["wrapper"].str();
  write_creation(sql + options_clause(body["options"]), script).with_secrets(secrets_in(body["options"]));
}

Change alter(const Object& from, const Object& to, Script& script) {
  const Json& old_body = from.body;
  const Json& body = to.body;
  if (!same_apart_from(old_body, body, {"version", "options"})) return Change::replace;
  std::string clauses;
  if (old_body["version"] != body["version"]) {
    clauses = " VERSION " + (body.has("version") ? sql::literal(body["version"].str()) : std::string("NULL"));
  }
  clauses += options_change(old_body["options"], body["options"]);
  if (!clauses.empty()) {
    script.add(Stage::change, fmt::format("ALTER {}{}", target(body), clauses))
        .locks(Lock::none)
        .with_secrets(secrets_in_change(old_body["options"], body["options"]));
  }
  return Change::in_place;
}

}  // namespace

extern const Kind server_kind;
constinit const Kind server_kind = {
    .name = "server",
    .catalog = ForeignServerRelationId,
    .rank = Rank::server,
    .describe = describe,
    .target = target,
    .grant_target = grant_target,
    .create = create,
    .alter = alter,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
