// Extensions: name, version, schema, and what pg_dump prints of their members: grants beyond those their script made.
// All else about members is the extension's own business: it comes and goes with the version. The names of member
// tables are kept because their rows go with the extension.
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/acl.hpp"
#include "kind/describe.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/query.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_init_privs.h"
}

namespace xc {

namespace {

std::vector<std::uint32_t> list() { return pg::oids_of(ExtensionRelationId); }

std::optional<pg::Row> row_of(Oid oid) { return pg::row_of(ExtensionRelationId, oid); }

bool covers(std::uint32_t oid) { return row_of(oid).has_value(); }

// --- members ---

struct Member {
  Oid catalog;
  Oid object;
};

std::vector<Member> members_of(Oid extension) {
  std::vector<Member> members;
  for (const pg::Row& row : pg::scan(DependRelationId, DependReferenceIndexId,
                                     {pg::oid_key(Anum_pg_depend_refclassid, ExtensionRelationId),
                                      pg::oid_key(Anum_pg_depend_refobjid, extension)})) {
    const auto& depend = row.form<FormData_pg_depend>();
    if (depend.deptype == DEPENDENCY_EXTENSION) members.push_back({depend.classid, depend.objid});
  }
  return members;
}

bool holds_rows(char relkind) { return relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE; }

// What follows GRANT … ON; "" when nothing can be granted on it.
std::string grant_target_of(const Member& member, const pg::Row& row) {
  switch (member.catalog) {
    case RelationRelationId: {
      const bool sequence = row.form<FormData_pg_class>().relkind == RELKIND_SEQUENCE;
      return (sequence ? "SEQUENCE " : "TABLE ") + pg::relation_name(member.object);
    }
    case ProcedureRelationId: return "ROUTINE " + pg::function_signature(member.object);
    case TypeRelationId: return "TYPE " + pg::type_name(member.object);
    case NamespaceRelationId: return "SCHEMA " + pg::schema_name(member.object);
    case LanguageRelationId: return "LANGUAGE " + pg::object_identity(member.catalog, member.object);
    case ForeignDataWrapperRelationId:
      return "FOREIGN DATA WRAPPER " + pg::object_identity(member.catalog, member.object);
    case ForeignServerRelationId: return "FOREIGN SERVER " + pg::object_identity(member.catalog, member.object);
    default: return {};
  }
}

// The privileges that the extension's script left, as a full list.
std::optional<Json> initial_privileges(const Member& member, Oid owner) {
  for (const pg::Row& row : pg::scan(InitPrivsRelationId, InitPrivsObjIndexId,
                                     {pg::oid_key(Anum_pg_init_privs_objoid, member.object),
                                      pg::oid_key(Anum_pg_init_privs_classoid, member.catalog)})) {
    if (row.form<FormData_pg_init_privs>().objsubid == 0) {
      return read_acl('c', owner, row.maybe(Anum_pg_init_privs_initprivs));
    }
  }
  return {};
}

// {"acl": difference from the base list, "base": the base list, "owner": …}; null when there is no difference.
Json member_privileges(const Member& member, const pg::Row& row, const std::string& grant_target) {
  const AttrNumber acl_at = pg::call([&] { return get_object_attnum_acl(member.catalog); });
  const AttrNumber owner_at = pg::call([&] { return get_object_attnum_owner(member.catalog); });
  if (acl_at == InvalidAttrNumber || owner_at == InvalidAttrNumber) return {};
  const auto privileges = row.maybe(acl_at);
  if (!privileges) return {};

  const Oid owner = DatumGetObjectId(row.datum(owner_at));
  const std::string owner_name = pg::role_name(owner);
  const auto initial = initial_privileges(member, owner);
  const acl::Entries base =
      initial ? acl::entries_of(*initial, {}) : acl::built_in(acl::what_of(grant_target), owner_name);
  const acl::Entries now = acl::entries_of(read_acl('c', owner, privileges), {});
  Json difference = acl::value_of(now, base, owner_name);
  if (difference.is_null()) return {};
  Json result = Json::object();
  result.set("acl", std::move(difference)).set("base", acl::value_of(base, {}, owner_name)).set("owner", owner_name);
  return result;
}

void describe_members(Oid extension, Json& body) {
  std::set<std::string> tables;
  Json grants = Json::object();
  for (const Member& member : members_of(extension)) {
    const bool known = pg::call([&] { return is_objectclass_supported(member.catalog); });
    const auto row = known ? pg::row_of(member.catalog, member.object) : std::nullopt;
    if (!row) continue;
    if (member.catalog == RelationRelationId && holds_rows(row->form<FormData_pg_class>().relkind)) {
      tables.insert(pg::relation_name(member.object));
    }
    const AttrNumber acl_at = pg::call([&] { return get_object_attnum_acl(member.catalog); });
    if (acl_at == InvalidAttrNumber || row->null(acl_at)) continue;
    const std::string target = grant_target_of(member, *row);
    if (!target.empty()) grants.set(target, member_privileges(member, *row, target));
  }
  Json names = Json::array();
  for (const std::string& table : tables) names.push(table);
  body.set("tables", std::move(names));
  body.set("member_grants", std::move(grants));
}

void describe(std::uint32_t oid, Object& object) {
  const auto row = row_of(oid);
  const auto& form = row->form<FormData_pg_extension>();
  object.body.set("schema", pg::schema_name(form.extnamespace));
  object.body.set("version", row->text(Anum_pg_extension_extversion));
  describe_members(oid, object.body);
}

// --- writing ---

std::string target(const Json& body) { return "EXTENSION " + body["name"].str(); }

acl::Subject member_subject(const std::string& grant_target, const Json& member) {
  acl::Subject subject;
  subject.on = grant_target;
  subject.what = acl::what_of(grant_target);
  subject.owner = member["owner"].str();
  subject.base = acl::entries_of(member["base"], {});
  return subject;
}

void write_member_grants(const Json& from, const Json& to, Script& script) {
  for (const auto& [name, member] : from.members()) {
    if (!to.has(name)) acl::write_steps(member["acl"], Json(), member_subject(name, member), script);
  }
  for (const auto& [name, member] : to.members()) {
    acl::write_steps(from[name]["acl"], member["acl"], member_subject(name, member), script);
  }
}

void create(const Object& to, Script& script) {
  script.add(Stage::create, fmt::format("CREATE {} WITH SCHEMA {} VERSION {}", target(to.body), to.body["schema"].str(),
                                        sql::literal(to.body["version"].str())))
      .because("it exists in the target");
  // Its control file gives it a comment.
  if (!to.body.has("comment")) {
    script.add(Stage::decorate, "COMMENT ON " + target(to.body) + " IS NULL").locks(Lock::none);
  }
  write_member_grants(Json(), to.body["member_grants"], script);
}

bool has_item(const Json& list, const Json& item) {
  for (const Json& other : list.items()) {
    if (other == item) return true;
  }
  return false;
}

// With the version the same, a table became or ceased to be a member by ALTER EXTENSION … ADD and DROP.
void write_member_tables(const Json& from, const Json& to, Script& script) {
  const Json& had = from["tables"];
  const Json& wants = to["tables"];
  for (const Json& table : had.items()) {
    if (!has_item(wants, table)) script.add(Stage::change, fmt::format("ALTER {} DROP TABLE {}", target(to), table.str()));
  }
  for (const Json& table : wants.items()) {
    if (!has_item(had, table)) script.add(Stage::change, fmt::format("ALTER {} ADD TABLE {}", target(to), table.str()));
  }
}

// Downwards there is seldom one. The installation knows, not the catalogs or the bodies.
bool has_update_path(const Json& from, const Json& to) {
  return !pg::query("SELECT FROM pg_catalog.pg_extension_update_paths((pg_catalog.parse_ident($1))[1]::pg_catalog.name)"
                    " WHERE source = $2 AND target = $3 AND path IS NOT NULL",
                    {pg::arg(to["name"].str()), pg::arg(from["version"].str()), pg::arg(to["version"].str())})
              .empty();
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (from.body["version"] != to.body["version"] && !has_update_path(from.body, to.body)) return Change::replace;
  if (!same_apart_from(from.body, to.body, {"version", "tables", "member_grants", "depends_on_extensions"})) {
    return Change::replace;
  }
  if (from.body["schema"] != to.body["schema"]) {
    script.add(Stage::change, fmt::format("ALTER {} SET SCHEMA {}", target(to.body), to.body["schema"].str()));
  }
  if (from.body["version"] != to.body["version"]) {
    script.add(Stage::change, fmt::format("ALTER {} UPDATE TO {}", target(to.body),
                                          sql::literal(to.body["version"].str())))
        .because("the target has another version");
  } else {
    write_member_tables(from.body, to.body, script);
  }
  write_member_grants(from.body["member_grants"], to.body["member_grants"], script);
  return Change::in_place;
}

// Never CASCADE. The locks are those that the drop takes anyway; each says that a table's rows go.
void drop(const Object& from, Script& script) {
  for (const Json& table : from.body["tables"].items()) {
    script.add(Stage::drop, fmt::format("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", table.str()))
        .drops_rows(table.str())
        .because("its rows go with the extension");
  }
  script.add(Stage::drop, "DROP " + target(from.body))
      .because("it does not exist in the target; all its objects and their data go with it");
}

}  // namespace

extern const Kind extension_kind;
constinit const Kind extension_kind = {
    .name = "extension",
    .catalog = ExtensionRelationId,
    .rank = Rank::extension,
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
