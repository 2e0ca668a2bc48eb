// Operators. One that another names as its commutator or negator before it exists is a shell, which pg_dump does not
// print, and which becomes the operator when that is created. A shell is an object here all the same: others' text names
// it, and it keeps its schema from being dropped. The names of operators are never quoted.
#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/scope.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_operator.h"
}

namespace xc {

namespace {

std::optional<pg::Row> row_of(Oid oid) { return pg::row_of(OperatorRelationId, oid); }

// --- reading ---

std::string name_of(Oid oid) {
  const auto row = row_of(oid);
  if (!row) return {};  // dropped: what named it keeps the number
  const auto& form = row->form<FormData_pg_operator>();
  return fmt::format("{}.{}", pg::schema_name(form.oprnamespace), NameStr(form.oprname));
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = row_of(oid).value();
  const auto& form = row.form<FormData_pg_operator>();
  Json& body = object.body;
  body.set("name", NameStr(form.oprname));
  body.set("shell", !RegProcedureIsValid(form.oprcode));
  if (OidIsValid(form.oprcode)) body.set("function", pg::function_name(form.oprcode));
  if (OidIsValid(form.oprleft)) body.set("left", pg::type_name(form.oprleft));
  if (OidIsValid(form.oprright)) body.set("right", pg::type_name(form.oprright));
  if (OidIsValid(form.oprcom)) body.set("commutator", name_of(form.oprcom));
  if (OidIsValid(form.oprnegate)) body.set("negator", name_of(form.oprnegate));
  body.set("merges", form.oprcanmerge);
  body.set("hashes", form.oprcanhash);
  if (OidIsValid(form.oprrest)) body.set("restrict", pg::function_name(form.oprrest));
  if (OidIsValid(form.oprjoin)) body.set("join", pg::function_name(form.oprjoin));
}

std::vector<Address> entangled(std::uint32_t oid) {
  const pg::Arena arena("xconnect operators");  // there is no index for this
  std::vector<Address> others;
  const auto add = [&](Oid other) {
    if (OidIsValid(other) && other != oid) others.push_back({OperatorRelationId, other});
  };
  for (const pg::Row& row : pg::scan(OperatorRelationId, InvalidOid, {})) {
    const auto& form = row.form<FormData_pg_operator>();
    if (form.oid == oid) {
      add(form.oprcom);
      add(form.oprnegate);
    } else if (form.oprcom == oid || form.oprnegate == oid) {
      add(form.oid);
    }
  }
  return others;
}

// --- writing ---

std::string operand(const Json& body, const char* member) { return body.has(member) ? body[member].str() : "NONE"; }

std::string signature(const Json& body, const std::string& name, const char* left, const char* right) {
  return fmt::format("{}({}, {})", name, operand(body, left), operand(body, right));
}

std::string own_signature(const Json& body) { return signature(body, qualified_name(body), "left", "right"); }

std::string target(const Json& body) {
  return fmt::format("OPERATOR {} ({}, {})", qualified_name(body), operand(body, "left"), operand(body, "right"));
}

std::string definition(const Json& body) {
  std::vector<std::string> clauses = {"FUNCTION = " + body["function"].str()};
  const auto add = [&](const char* member, const char* format) {
    if (body.has(member)) clauses.push_back(fmt::format(fmt::runtime(format), body[member].str()));
  };
  add("left", "LEFTARG = {}");
  add("right", "RIGHTARG = {}");
  add("commutator", "COMMUTATOR = OPERATOR({})");
  add("negator", "NEGATOR = OPERATOR({})");
  add("merges", "MERGES");
  add("hashes", "HASHES");
  add("restrict", "RESTRICT = {}");
  add("join", "JOIN = {}");
  return fmt::format("CREATE OPERATOR {} (\n    {}\n)", qualified_name(body), sql::join(clauses, ",\n    "));
}

void alter_estimators(const Json& from, const Json& to, Script& script) {
  if (from["restrict"] == to["restrict"] && from["join"] == to["join"]) return;
  const auto value = [&](const char* member) { return to.has(member) ? to[member].str() : std::string("NONE"); };
  script.add(Stage::change, fmt::format("ALTER {} SET (RESTRICT = {}, JOIN = {})", target(to), value("restrict"), value("join")))
      .locks(Lock::none)
      .because("its estimators differ");
}

void link(const Json& body, Stage stage, Script& script) {
  const auto other = [&](const char* member, const char* left, const char* right) {
    return body.has(member) ? sql::literal(signature(body, body[member].str(), left, right)) : std::string("NULL");
  };
  script
      .add(stage, fmt::format("SELECT xconnect.link_operator({}, {}, {})", sql::literal(own_signature(body)),
                              other("commutator", "right", "left"), other("negator", "left", "right")))
      .locks(Lock::none)
      .because("its commutator or negator differs");
}

// Mostly CREATE and DROP of the other operator bring the link about or take it away; but CREATE refuses to name an
// operator that is linked to another one.
void alter_links(const Json& from, const Json& to, Script& script) {
  Json kept = from;
  bool lets_go = false;
  bool differs = false;
  for (const char* member : {"commutator", "negator"}) {
    if (from[member] == to[member]) continue;
    differs = true;
    lets_go |= from.has(member);
    kept.set(member, Json());
  }
  if (lets_go) link(kept, Stage::release, script);
  if (differs) link(to, Stage::finish, script);
}

void create(const Object& to, Script& script) {
  if (!to.body["shell"].truth()) {
    write_creation(definition(to.body), script);
    return;
  }
  script.add(Stage::create, fmt::format("SELECT xconnect.declare_operator({})", sql::literal(own_signature(to.body))))
      .locks(Lock::none)
      .because("another operator names it, and it does not exist yet in the target");
  alter_links(Json::object(), to.body, script);
}

Change alter(const Object& from, const Object& to, Script& script) {
  const bool was_shell = from.body["shell"].truth();
  const bool is_shell = to.body["shell"].truth();
  if (was_shell && !is_shell) {
    script.add(Stage::change, definition(to.body)).locks(Lock::none).because("only its name is known yet");
    script.add(Stage::change, fmt::format("ALTER {} OWNER TO {}", target(to.body), to.body["owner"].str()))
        .locks(Lock::none)
        .naming_role(to.body["owner"].str())
        .because("its owner is who made it of the shell");
    return Change::in_place;
  }
  if (is_shell && !was_shell) {
    script.add(Stage::change, fmt::format("SELECT xconnect.undefine_operator({})", sql::literal(own_signature(to.body))))
        .locks(Lock::none)
        .because("only its name is known in the target");
    script.rebuild_dependents();
  } else if (!same_apart_from(from.body, to.body, {"restrict", "join", "commutator", "negator"})) {
    return Change::replace;
  } else {
    alter_estimators(from.body, to.body, script);
  }
  alter_links(from.body, to.body, script);
  return Change::in_place;
}

}  // namespace

extern const Kind operator_kind;
constinit const Kind operator_kind = {
    .name = "operator",
    .catalog = OperatorRelationId,
    .rank = Rank::operators,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop_target,
    .rename = nullptr,
    .entangled = entangled,
};

}  // namespace xc
