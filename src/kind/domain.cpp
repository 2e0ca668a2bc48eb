// Domains with their default and constraints, which are no objects of their own. Parts are the OIDs of the constraints
// in the body's order, by name. The base type and the collation can't be altered.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/describe.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/older.hpp"
#include "kind/type_change.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

std::vector<std::uint32_t> list() {
  return pg::oids_of(TypeRelationId, {pg::char_key(Anum_pg_type_typtype, TYPTYPE_DOMAIN)});
}

bool covers(const pg::Row& row) {
  return row.form<FormData_pg_type>().typtype == TYPTYPE_DOMAIN;
}

struct Constraint {
  std::string name;  // as it is
  Oid oid;
  bool validated;
};

// The checks. NOT NULL stays a property of the type here.
std::vector<Constraint> constraints_of(Oid domain) {
  std::vector<Constraint> result;
  for (const pg::Row& row : pg::scan(ConstraintRelationId, ConstraintTypidIndexId, {pg::oid_key(Anum_pg_constraint_contypid, domain)})) {
    const auto& form = row.form<FormData_pg_constraint>();
    if (form.contype == CONSTRAINT_CHECK) result.push_back({NameStr(form.conname), form.oid, form.convalidated});
  }
  std::sort(result.begin(), result.end(), [](const Constraint& a, const Constraint& b) { return a.name < b.name; });
  return result;
}

// NOT NULL has a row of its own since PostgreSQL 17, with a name and a comment that pg_dump prints.
void describe_not_null([[maybe_unused]] Oid domain, [[maybe_unused]] Json& body) {
#if PG_VERSION_NUM >= 170000
  for (const pg::Row& row : pg::scan(ConstraintRelationId, ConstraintTypidIndexId, {pg::oid_key(Anum_pg_constraint_contypid, domain)})) {
    const auto& form = row.form<FormData_pg_constraint>();
    if (form.contype != CONSTRAINT_NOTNULL) continue;
    Json constraint = Json::object();
    constraint.set("name", pg::quoted(NameStr(form.conname)));
    constraint.set("comment", read_comment(ConstraintRelationId, form.oid));
    body.set("not_null_constraint", std::move(constraint));
  }
#endif
}

// CHECK (…); the server adds NOT VALID, which can be altered and is kept apart.
std::string definition_of(const Constraint& constraint) {
  constexpr std::string_view suffix = " NOT VALID";
  std::string text = pg::constraint_definition(constraint.oid);
  if (!constraint.validated && text.ends_with(suffix)) text.erase(text.size() - suffix.size());
  return text;
}

std::string default_of(const pg::Row& type) {
  const auto tree = type.maybe(Anum_pg_type_typdefaultbin);
  return tree ? pg::expression(*tree, InvalidOid) : std::string();
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row type = pg::find(TYPEOID, oid).value();
  const auto& form = type.form<FormData_pg_type>();
  Json& body = object.body;
  body.set("base", pg::type_name(form.typbasetype, form.typtypmod));
  const auto base = pg::find(TYPEOID, form.typbasetype);
  if (OidIsValid(form.typcollation) && base && form.typcollation != base->form<FormData_pg_type>().typcollation) {
    body.set("collation", pg::collation_name(form.typcollation));
  }
  body.set("default", default_of(type));
  body.set("not_null", form.typnotnull);
  describe_not_null(oid, body);

  Json constraints = Json::array();
  for (const Constraint& one : constraints_of(oid)) {
    Json constraint = Json::object();
    constraint.set("name", pg::quoted(one.name));
    constraint.set("definition", definition_of(one));
    constraint.set("not_valid", !one.validated);
    constraint.set("comment", read_comment(ConstraintRelationId, one.oid));
    constraints.push(std::move(constraint));
    object.parts.push_back(one.oid);
  }
  body.set("constraints", std::move(constraints));
}

void complete([[maybe_unused]] Object& to, [[maybe_unused]] Beside& beside) {
#if PG_VERSION_NUM >= 170000
  Json& body = to.body;
  if (!body["not_null"].truth() || body.has("not_null_constraint")) return;
  for (const Json& constraint : body["constraints"].items()) beside.names.insert(constraint["name"].str());
  const auto named = std::find_if(beside.readings.begin(), beside.readings.end(),
                                  [](const Object& one) { return one.body["not_null_constraint"].has("name"); });
  const std::string given = named == beside.readings.end() ? std::string() : named->body["not_null_constraint"]["name"].str();
  body.set("not_null_constraint", Json::object().set("name", default_not_null_name(body, {}, given, beside)));
#endif
}

std::string target(const Json& body) { return "DOMAIN " + qualified_name(body); }
std::string grant_target(const Json& body) { return "TYPE " + qualified_name(body); }

std::string clause(const Json& constraint) {
  return fmt::format("CONSTRAINT {} {}", constraint["name"].str(), constraint["definition"].str());
}

void comment(const Json& body, const Json& constraint, Script& script) {
  const std::string value = constraint.has("comment") ? sql::literal(constraint["comment"].str()) : "NULL";
  script.add(Stage::decorate, fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {}", constraint["name"].str(), target(body), value))
      .locks(Lock::share_update_exclusive)
      .because("comment of a constraint");
}

void add_not_valid(const Json& body, const Json& constraint, Stage stage, Script& script) {
  script.add(stage, fmt::format("ALTER {} ADD {} NOT VALID", target(body), clause(constraint)))
      .locks(Lock::none)
      .because(constraint["not_valid"].truth() ? "the target has the constraint, unvalidated" : "it is validated next");
}

// A function of ours that checks stored values: ALTER DOMAIN refuses to where the domain stands in an array, a composite
// or a range. Tables that can hold the domain are locked in SHARE mode.
void check_values(const char* function, const Json& body, const std::string& more, Stage stage, Script& script) {
  script
      .add(stage,
           fmt::format("SELECT xconnect.{}({}::regtype{})", function, sql::literal(qualified_name(body)), more))
      .locks(Lock::share)
      .because("values of the domain are checked");
}

void validate(const Json& body, const Json& constraint, Stage stage, Script& script) {
  check_values("validate_domain_constraint", body, ", " + sql::literal(constraint["name"].str()), stage, script);
}

void add(const Json& body, const Json& constraint, Stage stage, Script& script) {
  add_not_valid(body, constraint, stage, script);
  if (!constraint["not_valid"].truth()) validate(body, constraint, stage, script);
}

// What a constraint calls may take the domain itself.
Stage constraints_come(const Json& body, Stage otherwise) {
  return body.has("default_depends") ? Stage::finish : otherwise;
}

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  std::string text = fmt::format("CREATE {} AS {}", target(body), body["base"].str());
  if (body.has("collation")) text += " COLLATE " + body["collation"].str();
  const Json& not_null = body["not_null_constraint"];
  if (not_null.has("name")) text += " CONSTRAINT " + not_null["name"].str();
  if (body["not_null"].truth()) text += " NOT NULL";
  if (body.has("default")) text += " DEFAULT " + body["default"].str();
  const bool later = constraints_come(body, Stage::create) == Stage::finish;
  for (const Json& constraint : body["constraints"].items()) {
    if (!constraint["not_valid"].truth() && !later) text += "\n    " + clause(constraint);
  }
  write_creation(with_its_oids(to, text), script);
  for (const Json& constraint : body["constraints"].items()) {
    if (later || constraint["not_valid"].truth()) add(body, constraint, constraints_come(body, Stage::create), script);
    if (constraint.has("comment")) comment(body, constraint, script);
  }
  if (not_null.has("comment")) comment(body, not_null, script);
}

void drop(const Object& from, Script& script) {
  script.add(Stage::drop, "DROP " + target(from.body)).because("it does not exist in the target");
}

// The old expression goes first, with what it refers to: that may be dropped before the new one can be made.
void alter_default(const Json& from, const Json& to, Script& script) {
  if (from["default"].str() == to["default"].str()) return;
  if (from.has("default")) {
    script.add(Stage::release, fmt::format("ALTER {} DROP DEFAULT", target(to))).locks(Lock::none).because("the default differs");
  }
  if (to.has("default")) {
    script.add(Stage::change, fmt::format("ALTER {} SET DEFAULT {}", target(to), to["default"].str()))
        .locks(Lock::none)
        .because("the default differs");
  }
}

void drop_not_null(const Json& from, const Json& to, Script& script) {
  if (!from["not_null"].truth() || to["not_null"].truth()) return;
  script.add(Stage::change, fmt::format("ALTER {} DROP NOT NULL", target(to)))
      .locks(Lock::none)
      .because("NULL is allowed in the target");
}

void set_not_null(const Json& from, const Json& to, Script& script) {
  if (from["not_null"].truth() || !to["not_null"].truth()) return;
  const Json& constraint = to["not_null_constraint"];
  check_values("set_domain_not_null", to, constraint.has("name") ? ", " + sql::literal(constraint["name"].str()) : std::string(),
               Stage::change, script);
}

// Can one be altered into the other?
bool alterable(const Json& from, const Json& to) {
  return from["definition"].str() == to["definition"].str() && (from["not_valid"].truth() || !to["not_valid"].truth());
}

// The same OID is the same constraint, whatever its name; names decide where OIDs tell nothing.
Match match_constraints(const Object& from, const Object& to) {
  const auto& before = from.body["constraints"].items();
  const auto& after = to.body["constraints"].items();
  const bool known = from.parts.size() == before.size() && to.parts.size() == after.size();
  return match_parts(before.size(), after.size(),
                     {[&](std::size_t i, std::size_t j) {
                        return known && from.parts[i] == to.parts[j] && alterable(before[i], after[j]);
                      },
                      [&](std::size_t i, std::size_t j) {
                        return before[i]["name"].str() == after[j]["name"].str() && alterable(before[i], after[j]);
                      }});
}

void drop_constraints(const Object& from, const std::string& domain, const Match& matched, Script& script) {
  const auto& before = from.body["constraints"].items();
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (matched[i]) continue;
    script.add(Stage::release, fmt::format("ALTER {} DROP CONSTRAINT {}", domain, before[i]["name"].str()))
        .locks(Lock::none)
        .because("the target does not have the constraint");
  }
}

// Of the same names NOT NULL can have one.
void rename_constraints(const Object& from, const Object& to, Match matched, Script& script) {
  Json::Array before = from.body["constraints"].items();
  Json::Array after = to.body["constraints"].items();
  if (from.body.has("not_null_constraint") && to.body.has("not_null_constraint")) {
    matched.push_back(after.size());
    before.push_back(from.body["not_null_constraint"]);
    after.push_back(to.body["not_null_constraint"]);
  }
  for (const Renaming& one : rename_parts(before, after, matched)) {
    script.add(Stage::change, fmt::format("ALTER {} RENAME CONSTRAINT {} TO {}", target(to.body), one.from, one.to))
        .locks(Lock::none)
        .because("the constraint has another name in the target");
  }
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"default", "not_null", "not_null_constraint", "constraints"})) return Change::replace;
  const std::string domain = target(to.body);
  const auto& before = from.body["constraints"].items();
  const auto& after = to.body["constraints"].items();
  const Match matched = match_constraints(from, to);
  std::vector<const Json*> earlier(after.size(), nullptr);
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (matched[i]) earlier[*matched[i]] = &before[i];
  }

  drop_constraints(from, domain, matched, script);
  alter_default(from.body, to.body, script);
  drop_not_null(from.body, to.body, script);
  rename_constraints(from, to, matched, script);
  set_not_null(from.body, to.body, script);
  // A check of values minds those not valid, too, so new ones of that sort come last.
  const Stage stage = constraints_come(to.body, Stage::change);
  for (const bool valid : {true, false}) {
    for (std::size_t j = 0; j < after.size(); ++j) {
      if (after[j]["not_valid"].truth() == valid) continue;
      if (earlier[j] == nullptr) add(to.body, after[j], stage, script);
      else if (valid && (*earlier[j])["not_valid"].truth()) validate(to.body, after[j], stage, script);
    }
  }
  for (std::size_t j = 0; j < after.size(); ++j) {
    const Json& constraint = after[j];
    const Json* was = earlier[j];
    const std::string comment_was = was == nullptr ? std::string() : (*was)["comment"].str();
    if (constraint["comment"].str() != comment_was) comment(to.body, constraint, script);
  }
  const Json& not_null = to.body["not_null_constraint"];
  if (not_null.has("name") && not_null["comment"] != from.body["not_null_constraint"]["comment"]) comment(to.body, not_null, script);
  return Change::in_place;
}

}  // namespace

extern const Kind domain_kind;
constinit const Kind domain_kind = {
    .name = "domain",
    .catalog = TypeRelationId,
    .rank = Rank::type,
    .list = list,
    .covers = covers,
    .describe = describe,
    .target = target,
    .grant_target = grant_target,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = nullptr,
    .complete = complete,
};

}  // namespace xc
