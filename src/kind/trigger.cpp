// Triggers that people made, constraint triggers included (their pg_constraint row is part of them). The clones that a
// row trigger of a partitioned table has on the partitions belong to it; a clone that is enabled otherwise than the
// trigger it is cloned from is listed in the body.
#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/relation_parts.hpp"
#include "kind/source_text.hpp"
#include "kind/trigger_state.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "commands/trigger.h"
}

namespace xc {

namespace {

// --- reading ---

bool is_ours(const pg::Row& row) {
  const auto& form = row.form<FormData_pg_trigger>();
  return !form.tgisinternal && !OidIsValid(form.tgparentid);
}

std::vector<std::uint32_t> list() {
  std::vector<std::uint32_t> result;
  for (const pg::Row& row : pg::scan(TriggerRelationId, InvalidOid, {})) {
    if (is_ours(row)) result.push_back(row.form<FormData_pg_trigger>().oid);
  }
  return result;
}

std::vector<pg::Row> clones_of(Oid trigger) {
  std::vector<pg::Row> clones;
  for (const pg::Row& row : pg::scan(DependRelationId, DependReferenceIndexId,
                                     {pg::oid_key(Anum_pg_depend_refclassid, TriggerRelationId),
                                      pg::oid_key(Anum_pg_depend_refobjid, trigger)})) {
    const auto& depend = row.form<FormData_pg_depend>();
    if (depend.classid != TriggerRelationId || depend.deptype != DEPENDENCY_PARTITION_PRI) continue;
    if (auto clone = pg::row_of(TriggerRelationId, depend.objid)) clones.push_back(*clone);
  }
  return clones;
}

// Parents before their partitions, since ALTER TABLE … TRIGGER recurses.
void read_clone_states(Oid trigger, char state, Json& states) {
  std::vector<std::pair<std::string, pg::Row>> clones;
  for (const pg::Row& row : clones_of(trigger)) {
    clones.emplace_back(pg::relation_name(row.form<FormData_pg_trigger>().tgrelid), row);
  }
  std::sort(clones.begin(), clones.end(), [](const auto& one, const auto& other) { return one.first < other.first; });
  for (const auto& [table, row] : clones) {
    const auto& form = row.form<FormData_pg_trigger>();
    if (form.tgenabled != state) {
      Json clone = Json::object();
      clone.set("table", table);
      clone.set("state", trigger_state(form.tgenabled));
      states.push(std::move(clone));
    }
    read_clone_states(form.oid, form.tgenabled, states);
  }
}

std::string head(const Json& body) {
  return fmt::format("{}TRIGGER {} ", body["constraint"].truth() ? "CONSTRAINT " : "", body["name"].str());
}

// "CREATE TRIGGER name BEFORE INSERT ON table FOR EACH ROW …": keeps the event and what follows the table's name.
void split_definition(std::string definition, Json& body) {
  const std::string table = fmt::format(" ON {} ", body["table"].str());
  const bool expected = take_prefix(definition, "CREATE " + head(body));
  const std::size_t at = definition.find(table);
  if (!expected || at == std::string::npos) {
    throw Refusal(code::internal,
                  fmt::format("unexpected definition of trigger {}: {}", body["identity"].str(), definition));
  }
  body.set("event", definition.substr(0, at));
  body.set("definition", definition.substr(at + table.size()));
}

void describe(std::uint32_t oid, Object& object) {
  const auto row = pg::row_of(TriggerRelationId, oid);
  if (!row) return;
  const auto& form = row->form<FormData_pg_trigger>();
  Json& body = object.body;
  body.set("table", pg::relation_name(form.tgrelid));
  body.set("constraint", OidIsValid(form.tgconstraint));
  split_definition(pg::trigger_definition(oid), body);
  if (form.tgenabled != TRIGGER_FIRES_ON_ORIGIN) body.set("state", trigger_state(form.tgenabled));
  if (pg::call([&] { return get_rel_relkind(form.tgrelid); }) == RELKIND_PARTITIONED_TABLE) {
    Json states = Json::array();
    read_clone_states(oid, form.tgenabled, states);
    body.set("partitions", std::move(states));
  }
}

// --- writing ---

std::string target(const Json& body) {
  return fmt::format("TRIGGER {} ON {}", body["name"].str(), body["table"].str());
}

std::string definition_of(const Json& body) {
  return fmt::format("{}{} ON {} {}", head(body), body["event"].str(), body["table"].str(),
                     source_text(body["definition"].str()));
}

void write_state(const std::string& table, const std::string& state, const Json& body, Stage stage, Script& script) {
  script.add(stage, fmt::format("ALTER TABLE {} {} TRIGGER {}", table, state, body["name"].str()))
      .locks(Lock::share_row_exclusive);
}

// Partitions attached after the trigger's creation are the reason for the later stage.
void write_partition_states(const Json& body, Script& script) {
  for (const Json& clone : body["partitions"].items()) {
    write_state(clone["table"].str(), clone["state"].str(), body, Stage::finish, script);
  }
}

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  script.add(Stage::create, "CREATE " + definition_of(body)).locks(Lock::share_row_exclusive);
  if (body.has("state")) write_state(body["table"].str(), body["state"].str(), body, Stage::create, script);
  write_partition_states(body, script);
}

Change alter(const Object& from, const Object& to, Script& script) {
  const Json& body = to.body;
  if (!same_apart_from(from.body, body, {"event", "definition", "state", "partitions", "depends_on_extensions"})) {
    return Change::replace;
  }
  const bool same_trigger = from.body["event"] == body["event"] && from.body["definition"] == body["definition"];
  const bool same_states = from.body["state"] == body["state"] && from.body["partitions"] == body["partitions"];
  if (!same_trigger) {
    if (body["constraint"].truth()) return Change::replace;  // OR REPLACE refuses constraint triggers
    script.add(Stage::change, "CREATE OR REPLACE " + definition_of(body)).locks(Lock::share_row_exclusive);
  }
  if (same_trigger && same_states) return Change::in_place;
  // OR REPLACE enables the trigger and its clones; a state goes to all clones, too.
  const std::string state = body.has("state") ? body["state"].str() : trigger_enabled;
  if (!same_states || body.has("state")) write_state(body["table"].str(), state, body, Stage::change, script);
  write_partition_states(body, script);
  return Change::in_place;
}

void drop(const Object& from, Script& script) { script.add(Stage::drop, "DROP " + target(from.body)); }

}  // namespace

extern const Kind trigger_kind;
constinit const Kind trigger_kind{
    .name = "trigger",
    .catalog = TriggerRelationId,
    .rank = Rank::trigger,
    .list = list,
    .covers = is_ours,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = nullptr,
};

}  // namespace xc
