// User mappings: options for a role on a foreign server. They have no name and no owner, and nothing can be said about
// them in a comment.
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

std::string server_name(Oid server) {
  const auto row = pg::row_of(ForeignServerRelationId, server);
  return row ? pg::quoted(NameStr(row->form<FormData_pg_foreign_server>().srvname)) : std::string();
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(UserMappingRelationId, oid).value();
  const auto& form = row.form<FormData_pg_user_mapping>();
  object.body.set("role", OidIsValid(form.umuser) ? pg::role_name(form.umuser) : "PUBLIC");
  object.body.set("server", server_name(form.umserver));
  object.body.set("options", read_generic_options(row.maybe(Anum_pg_user_mapping_umoptions)));
}

// --- writing ---

std::string target(const Json& body) {
  return fmt::format("USER MAPPING FOR {} SERVER {}", body["role"].str(), body["server"].str());
}

void create(const Object& to, Script& script) {
  const Json& options = to.body["options"];
  write_creation("CREATE " + target(to.body) + options_clause(options), script)
      .naming_role(to.body["role"].str())
      .with_secrets(secrets_in(options));
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"options"})) return Change::replace;
  const std::string change = options_change(from.body["options"], to.body["options"]);
  if (!change.empty()) {
    script.add(Stage::change, fmt::format("ALTER {}{}", target(to.body), change))
        .locks(Lock::none)
        .with_secrets(secrets_in_change(from.body["options"], to.body["options"]));
  }
  return Change::in_place;
}

}  // namespace

extern const Kind user_mapping_kind;
constinit const Kind user_mapping_kind = {
    .name = "user mapping",
    .catalog = UserMappingRelationId,
    .rank = Rank::user_mapping,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
