// Extensions: name, version, schema, and what pg_dump prints of their members: grants beyond those their script made, on
// columns too, security labels, row security (policies are objects of their own). All else about members is the
// extension's own business: it comes and goes with the version. The names of member tables are kept because their rows
// go with the extension.
#include <map>
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

std::optional<pg::Row> row_of(Oid oid) { return pg::row_of(ExtensionRelationId, oid); }

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

bool is_relation(const Member& member) { return member.catalog == RelationRelationId; }

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

// What follows SECURITY LABEL … ON; "" when it can have none.
std::string label_target_of(const Member& member, const pg::Row& row) {
  if (member.catalog == EventTriggerRelationId) return "EVENT TRIGGER " + pg::object_identity(member.catalog, member.object);
  if (!is_relation(member)) return grant_target_of(member, row);
  const std::string name = pg::relation_name(member.object);
  switch (row.form<FormData_pg_class>().relkind) {
    case RELKIND_RELATION:
    case RELKIND_PARTITIONED_TABLE: return "TABLE " + name;
    case RELKIND_VIEW: return "VIEW " + name;
    case RELKIND_MATVIEW: return "MATERIALIZED VIEW " + name;
    case RELKIND_FOREIGN_TABLE: return "FOREIGN TABLE " + name;
    case RELKIND_SEQUENCE: return "SEQUENCE " + name;
    default: return {};
  }
}

// The privileges that the extension's script left, as a full list; of a column when part is its number.
std::optional<Json> initial_privileges(const Member& member, Oid owner, int part = 0) {
  for (const pg::Row& row : pg::scan(InitPrivsRelationId, InitPrivsObjIndexId,
                                     {pg::oid_key(Anum_pg_init_privs_objoid, member.object),
                                      pg::oid_key(Anum_pg_init_privs_classoid, member.catalog)})) {
    if (row.form<FormData_pg_init_privs>().objsubid == part) {
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

std::vector<pg::Row> columns_of(Oid relation) {
  std::vector<pg::Row> columns = pg::scan(AttributeRelationId, AttributeRelidNumIndexId,
                                          {pg::oid_key(Anum_pg_attribute_attrelid, relation)});
  std::erase_if(columns, [](const pg::Row& row) { return row.form<FormData_pg_attribute>().attisdropped; });
  return columns;
}

std::string column_name(const pg::Row& column) { return pg::quoted(NameStr(column.form<FormData_pg_attribute>().attname)); }

// As those of a member, with "on" and "column". The grants of columns whose script made some are compared with those.
void describe_column_grants(const Member& member, const pg::Row& row, Json& grants) {
  const Oid owner = row.form<FormData_pg_class>().relowner;
  const std::string relation = pg::relation_name(member.object);
  for (const pg::Row& column : columns_of(member.object)) {
    const auto initial = initial_privileges(member, owner, column.form<FormData_pg_attribute>().attnum);
    const auto privileges = column.maybe(Anum_pg_attribute_attacl);
    if (!privileges && !initial) continue;
    const acl::Entries base = initial ? acl::entries_of(*initial, {}) : acl::Entries();
    const std::string owner_name = pg::role_name(owner);
    Json difference = acl::value_of(acl::entries_of(read_acl('c', owner, privileges), {}), base, owner_name);
    if (difference.is_null()) continue;
    Json grant = Json::object();
    grant.set("acl", std::move(difference)).set("base", acl::value_of(base, {}, owner_name)).set("owner", owner_name);
    grant.set("on", "TABLE " + relation).set("column", column_name(column));
    grants.set(fmt::format("COLUMN {}.{}", relation, column_name(column)), std::move(grant));
  }
}

void describe_labels(const Member& member, const pg::Row& row, Json& labels) {
  const std::string target = label_target_of(member, row);
  if (target.empty()) return;
  labels.set(target, read_labels(member.catalog, member.object));
  if (!is_relation(member)) return;
  for (const pg::Row& column : columns_of(member.object)) {
    Json of_column = read_labels(member.catalog, member.object, column.form<FormData_pg_attribute>().attnum);
    if (of_column.is_null()) continue;
    labels.set(fmt::format("COLUMN {}.{}", pg::relation_name(member.object), column_name(column)), std::move(of_column));
  }
}

void describe_members(Oid extension, Json& body) {
  std::set<std::string> tables, secured;
  Json grants = Json::object();
  Json labels = Json::object();
  for (const Member& member : members_of(extension)) {
    const bool known = pg::call([&] { return is_objectclass_supported(member.catalog); });
    const auto row = known ? pg::row_of(member.catalog, member.object) : std::nullopt;
    if (!row) continue;
    if (is_relation(member)) {
      const auto& form = row->form<FormData_pg_class>();
      if (holds_rows(form.relkind)) tables.insert(pg::relation_name(member.object));
      if (form.relrowsecurity) secured.insert(pg::relation_name(member.object));
      describe_column_grants(member, *row, grants);
    }
    describe_labels(member, *row, labels);
    const AttrNumber acl_at = pg::call([&] { return get_object_attnum_acl(member.catalog); });
    if (acl_at == InvalidAttrNumber || row->null(acl_at)) continue;
    const std::string target = grant_target_of(member, *row);
    if (!target.empty()) grants.set(target, member_privileges(member, *row, target));
  }
  const auto list_of = [](const std::set<std::string>& names) {
    Json list = Json::array();
    for (const std::string& name : names) list.push(name);
    return list;
  };
  body.set("tables", list_of(tables));
  body.set("member_grants", std::move(grants));
  if (!labels.members().empty()) body.set("member_labels", std::move(labels));
  if (!secured.empty()) body.set("member_row_security", list_of(secured));
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

bool is_column(const Json& member) { return member.has("column"); }

acl::Subject member_subject(const std::string& grant_target, const Json& member) {
  acl::Subject subject;
  subject.on = is_column(member) ? member["on"].str() : grant_target;
  subject.column = member["column"].str();
  subject.what = is_column(member) ? 'c' : acl::what_of(grant_target);
  subject.owner = member["owner"].str();
  subject.base = acl::entries_of(member["base"], {});
  return subject;
}

using Losers = std::map<std::string, std::vector<std::string>>;

void write_grants_of(const std::string& name, const Json& from, const Json& to, Losers& losers, Script& script) {
  const Json& known = to.is_null() ? from : to;
  const acl::Subject subject = member_subject(name, known);
  const auto lost = losers.find(subject.on);
  if (is_column(known) && lost != losers.end()) {
    acl::write_removal_steps(from["acl"], subject, script);
    acl::write_reset_steps(to["acl"], lost->second, subject, script);
    return;
  }
  std::vector<std::string> from_whom = acl::write_steps(from["acl"], to["acl"], subject, script);
  if (!is_column(known) && !from_whom.empty()) losers.emplace(subject.on, std::move(from_whom));
}

// Columns after their table: a REVOKE on a table takes the rights from its columns, too.
void write_member_grants(const Json& from, const Json& to, Script& script) {
  Losers losers;
  for (const bool columns : {false, true}) {
    for (const auto& [name, member] : from.members()) {
      if (is_column(member) == columns && !to.has(name)) write_grants_of(name, member, Json(), losers, script);
    }
    for (const auto& [name, member] : to.members()) {
      if (is_column(member) == columns) write_grants_of(name, from[name], member, losers, script);
    }
  }
}

Json only_labels(const Json& labels) {
  Json body = Json::object();
  if (!labels.is_null()) body.set("labels", labels);
  return body;
}

void write_member_labels(const Json& from, const Json& to, Script& script) {
  for (const auto& [member, labels] : from.members()) {
    if (!to.has(member)) write_note_steps(only_labels(labels), Json(), member, script);
  }
  for (const auto& [member, labels] : to.members()) {
    write_note_steps(only_labels(from[member]), only_labels(labels), member, script);
  }
}

bool has_item(const Json& list, const Json& item) {
  for (const Json& other : list.items()) {
    if (other == item) return true;
  }
  return false;
}

void write_member_row_security(const Json& from, const Json& to, Script& script) {
  const Json& had = from["member_row_security"];
  const Json& wants = to["member_row_security"];
  for (const Json& table : had.items()) {
    if (has_item(wants, table) || !has_item(to["tables"], table)) continue;
    script.add(Stage::change, fmt::format("ALTER TABLE {} DISABLE ROW LEVEL SECURITY", table.str()));
  }
  for (const Json& table : wants.items()) {
    if (!has_item(had, table)) script.add(Stage::change, fmt::format("ALTER TABLE {} ENABLE ROW LEVEL SECURITY", table.str()));
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
  write_member_labels(Json(), to.body["member_labels"], script);
  for (const Json& table : to.body["member_row_security"].items()) {
    script.add(Stage::create, fmt::format("ALTER TABLE {} ENABLE ROW LEVEL SECURITY", table.str()));
  }
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

// Whether its objects can be moved is its control file's decision.
bool is_relocatable(const Json& extension) {
  return !pg::query("SELECT FROM pg_catalog.pg_available_extension_versions"
                    " WHERE name = (pg_catalog.parse_ident($1))[1]::pg_catalog.name AND version = $2 AND relocatable",
                    {pg::arg(extension["name"].str()), pg::arg(extension["version"].str())})
              .empty();
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (from.body["version"] != to.body["version"] && !has_update_path(from.body, to.body)) return Change::replace;
  if (!same_apart_from(from.body, to.body, {"version", "tables", "member_grants", "member_labels", "member_row_security", "depends_on_extensions"})) {
    return Change::replace;
  }
  if (from.body["version"] != to.body["version"]) {
    script.add(Stage::change, fmt::format("ALTER {} UPDATE TO {}", target(to.body),
                                          sql::literal(to.body["version"].str())))
        .because("the target has another version");
  } else {
    write_member_tables(from.body, to.body, script);
  }
  write_member_grants(from.body["member_grants"], to.body["member_grants"], script);
  write_member_labels(from.body["member_labels"], to.body["member_labels"], script);
  write_member_row_security(from.body, to.body, script);
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
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = nullptr,
    .moves = is_relocatable,
};

}  // namespace xc
