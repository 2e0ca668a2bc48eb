// Row security policies. ENABLE and FORCE ROW LEVEL SECURITY are the table's.
#include <set>
#include <string>

#include <fmt/format.h>

#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/source_text.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

// --- reading ---

const char* command_name(char command) {
  switch (command) {
    case ACL_SELECT_CHR:
      return "SELECT";
    case ACL_INSERT_CHR:
      return "INSERT";
    case ACL_UPDATE_CHR:
      return "UPDATE";
    case ACL_DELETE_CHR:
      return "DELETE";
    default:
      return "";  // ALL
  }
}

// Sorted: pg_dump does not show their order. Absent is PUBLIC.
Json read_roles(Datum array) {
  std::set<std::string> names;
  for (const Oid role : pg::oid_array(array)) {
    if (!OidIsValid(role)) return {};
    names.insert(pg::role_name(role));
  }
  Json roles = Json::array();
  for (const std::string& name : names) roles.push(name);
  return roles;
}

void describe(std::uint32_t oid, Object& object) {
  const auto row = pg::row_of(PolicyRelationId, oid);
  if (!row) return;
  const auto& form = row->form<FormData_pg_policy>();
  Json& body = object.body;
  body.set("table", pg::relation_name(form.polrelid));
  body.set("restrictive", !form.polpermissive);
  body.set("command", command_name(form.polcmd));
  body.set("roles", read_roles(row->datum(Anum_pg_policy_polroles)));
  const ObjectAddress holder = {PolicyRelationId, oid, 0};
  if (const auto tree = row->maybe(Anum_pg_policy_polqual))
    body.set("using", pg::expression(*tree, form.polrelid, holder));
  if (const auto tree = row->maybe(Anum_pg_policy_polwithcheck))
    body.set("check", pg::expression(*tree, form.polrelid, holder));
}

// --- writing ---

std::string target(const Json& body) { return fmt::format("POLICY {} ON {}", body["name"].str(), body["table"].str()); }

std::string roles_clause(const Json& body) {
  std::string names;
  for (const Json& role : body["roles"].items()) names += (names.empty() ? "" : ", ") + role.str();
  return " TO " + (names.empty() ? "PUBLIC" : names);
}

std::string expression_clause(const char* words, const Json& expression) {
  return expression.is_null() ? std::string() : fmt::format(" {} ({})", words, source_text(expression.str()));
}

void add(Stage stage, std::string statement, const Json& body, Script& script) {
  Step& step = script.add(stage, std::move(statement));
  for (const Json& role : body["roles"].items()) step.naming_role(role.str());
}

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  add(Stage::create,
      fmt::format("CREATE {}{}{}{}{}{}", target(body), body["restrictive"].truth() ? " AS RESTRICTIVE" : "",
                  body.has("command") ? " FOR " + body["command"].str() : "", body.has("roles") ? roles_clause(body) : "",
                  expression_clause("USING", body["using"]), expression_clause("WITH CHECK", body["check"])),
      body, script);
}

// ALTER POLICY replaces an expression but cannot take it away.
Change alter(const Object& from, const Object& to, Script& script) {
  const Json& body = to.body;
  if (!same_apart_from(from.body, body, {"roles", "using", "check", "depends_on_extensions"})) return Change::replace;
  std::string clauses;
  if (!(from.body["roles"] == body["roles"])) clauses += roles_clause(body);
  for (const auto& [member, words] : {std::pair{"using", "USING"}, std::pair{"check", "WITH CHECK"}}) {
    if (from.body[member] == body[member]) continue;
    if (!body.has(member)) return Change::replace;
    clauses += expression_clause(words, body[member]);
  }
  if (!clauses.empty()) add(Stage::change, fmt::format("ALTER {}{}", target(body), clauses), body, script);
  return Change::in_place;
}

void drop(const Object& from, Script& script) { script.add(Stage::drop, "DROP " + target(from.body)); }

}  // namespace

extern const Kind policy_kind;
constinit const Kind policy_kind{
    .name = "policy",
    .catalog = PolicyRelationId,
    .rank = Rank::policy,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = nullptr,
    .holds_queries = true,
};

}  // namespace xc
