// Rewrite rules, but for the _RETURN rule of a view, which is the view.
#include <string_view>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/relation_parts.hpp"
#include "kind/source_text.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "rewrite/rewriteDefine.h"
}

namespace xc {

namespace {

constexpr std::string_view view_rule = "_RETURN";

// --- reading ---

const char* event_name(char event) {
  switch (event) {
    case '1':
      return "SELECT";
    case '2':
      return "UPDATE";
    case '3':
      return "INSERT";
    default:
      return "DELETE";
  }
}

// When it fires, under which replication role; absent is ENABLE.
const char* state_name(char state) {
  switch (state) {
    case RULE_FIRES_ALWAYS:
      return "ENABLE ALWAYS";
    case RULE_FIRES_ON_REPLICA:
      return "ENABLE REPLICA";
    case RULE_DISABLED:
      return "DISABLE";
    default:
      return "";
  }
}

bool is_ours(const pg::Row& row) { return row.text(Anum_pg_rewrite_rulename) != view_rule; }

std::vector<std::uint32_t> list() {
  std::vector<std::uint32_t> result;
  for (const pg::Row& row : pg::scan(RewriteRelationId, InvalidOid, {})) {
    if (is_ours(row)) result.push_back(row.form<FormData_pg_rewrite>().oid);
  }
  return result;
}

// As pg_get_ruledef() begins.
std::string head(const Json& body) {
  return fmt::format("RULE {} AS\n    ON {} TO {}", body["name"].str(), body["event"].str(), body["table"].str());
}

void describe(std::uint32_t oid, Object& object) {
  const auto row = pg::row_of(RewriteRelationId, oid);
  if (!row) return;
  const auto& form = row->form<FormData_pg_rewrite>();
  Json& body = object.body;
  body.set("table", pg::relation_name(form.ev_class));
  body.set("event", event_name(form.ev_type));
  body.set("state", state_name(form.ev_enabled));
  std::string definition = pg::rule_definition(oid);
  if (!take_prefix(definition, "CREATE " + head(body))) {
    throw Refusal(code::internal,
                  fmt::format("unexpected definition of rule {}: {}", body["identity"].str(), definition));
  }
  take_suffix(definition, ";");
  body.set("definition", std::move(definition));
}

// --- writing ---

std::string target(const Json& body) { return fmt::format("RULE {} ON {}", body["name"].str(), body["table"].str()); }

std::string definition_of(const Json& body) { return head(body) + source_text(body["definition"].str()); }

void write_state(const Json& body, Stage stage, Script& script) {
  script.add(stage, fmt::format("ALTER TABLE {} {} RULE {}", body["table"].str(),
                                body.has("state") ? body["state"].str() : "ENABLE", body["name"].str()));
}

void create(const Object& to, Script& script) {
  script.add(Stage::create, "CREATE " + definition_of(to.body));
  if (to.body.has("state")) write_state(to.body, Stage::create, script);
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"event", "definition", "state", "depends_on_extensions"}))
    return Change::replace;
  const bool same_rule = from.body["event"] == to.body["event"] && from.body["definition"] == to.body["definition"];
  if (!same_rule) script.add(Stage::change, "CREATE OR REPLACE " + definition_of(to.body));
  if (!(from.body["state"] == to.body["state"])) write_state(to.body, Stage::change, script);
  return Change::in_place;
}

void drop(const Object& from, Script& script) { script.add(Stage::drop, "DROP " + target(from.body)); }

}  // namespace

extern const Kind rule_kind;
constinit const Kind rule_kind{
    .name = "rule",
    .catalog = RewriteRelationId,
    .rank = Rank::rule,
    .list = list,
    .covers = is_ours,
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
