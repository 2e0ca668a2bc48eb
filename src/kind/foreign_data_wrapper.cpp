// Foreign-data wrappers: everything about one can be altered.
#include <fmt/format.h>

#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/options.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

// --- reading ---

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(ForeignDataWrapperRelationId, oid).value();
  const auto& form = row.form<FormData_pg_foreign_data_wrapper>();
  if (OidIsValid(form.fdwhandler)) object.body.set("handler", pg::function_name(form.fdwhandler));
  if (OidIsValid(form.fdwvalidator)) object.body.set("validator", pg::function_name(form.fdwvalidator));
  object.body.set("options", read_generic_options(row.maybe(Anum_pg_foreign_data_wrapper_fdwoptions)));
}

// --- writing ---

std::string target(const Json& body) { return "FOREIGN DATA WRAPPER " + body["name"].str(); }

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  std::string sql = "CREATE " + target(body);
  if (body.has("handler")) sql += " HANDLER " + body["handler"].str();
  if (body.has("validator")) sql += " VALIDATOR " + body["validator"].str();
  write_creation(sql + options_clause(body["options"]), script).with_secrets(secrets_in(body["options"]));
}

void write_validator(const Json& from, const Json& to, Script& script) {
  if (from["validator"] == to["validator"]) return;
  if (from.has("validator")) script.add(Stage::release, fmt::format("ALTER {} NO VALIDATOR", target(to))).locks(Lock::none);
  if (to.has("validator")) {
    script.add(Stage::finish, fmt::format("ALTER {} VALIDATOR {}", target(to), to["validator"].str())).locks(Lock::none);
  }
}

// Options are as they were under one validator or the other, so none is there while they change.
Change alter(const Object& from, const Object& to, Script& script) {
  const Json& old_body = from.body;
  const Json& body = to.body;
  if (!same_apart_from(old_body, body, {"handler", "validator", "options"})) return Change::replace;
  write_validator(old_body, body, script);
  std::string clauses;
  if (old_body["handler"] != body["handler"]) {
    clauses = body.has("handler") ? " HANDLER " + body["handler"].str() : std::string(" NO HANDLER");
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

extern const Kind foreign_data_wrapper_kind;
constinit const Kind foreign_data_wrapper_kind = {
    .name = "foreign-data wrapper",
    .catalog = ForeignDataWrapperRelationId,
    .rank = Rank::wrapper,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
