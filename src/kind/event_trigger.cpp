// Event triggers. Only their state can be altered. The statements about them call no event trigger themselves.
#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "commands/trigger.h"
}

namespace xc {

namespace {

// --- reading ---

const char* state_name(char state) {
  switch (state) {
    case TRIGGER_DISABLED: return "disabled";
    case TRIGGER_FIRES_ALWAYS: return "always";
    case TRIGGER_FIRES_ON_REPLICA: return "replica";
    default: return "";
  }
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(EventTriggerRelationId, oid).value();
  const auto& form = row.form<FormData_pg_event_trigger>();
  Json tags = Json::array();
  if (const auto array = row.maybe(Anum_pg_event_trigger_evttags)) {
    for (std::string& tag : pg::text_array(*array)) tags.push(std::move(tag));
  }
  object.body.set("event", pg::name_of(form.evtevent));
  object.body.set("tags", std::move(tags));
  object.body.set("function", pg::function_name(form.evtfoid));
  object.body.set("enabled", state_name(form.evtenabled));
}

// --- writing ---

std::string target(const Json& body) { return "EVENT TRIGGER " + body["name"].str(); }

void write_state(const Json& body, Stage stage, Script& script) {
  const std::string& state = body["enabled"].str();
  const char* clause = state == "disabled"  ? "DISABLE"
                       : state == "always"  ? "ENABLE ALWAYS"
                       : state == "replica" ? "ENABLE REPLICA"
                                            : "ENABLE";
  script.add(stage, fmt::format("ALTER {} {}", target(body), clause)).locks(Lock::none);
}

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  std::vector<std::string> tags;
  for (const Json& tag : body["tags"].items()) tags.push_back(sql::literal(tag.str()));
  const std::string when = tags.empty() ? std::string() : fmt::format("\n    WHEN TAG IN ({})", sql::join(tags, ", "));
  write_creation(fmt::format("CREATE {} ON {}{}\n    EXECUTE FUNCTION {}()", target(body), body["event"].str(), when,
                             body["function"].str()),
                 script);
  if (body.has("enabled")) write_state(body, Stage::create, script);
}

// One that is off in the target is off for the other steps already.
Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"enabled"})) return Change::replace;
  const bool goes_off = to.body["enabled"].str() == "disabled";
  if (from.body["enabled"] != to.body["enabled"]) write_state(to.body, goes_off ? Stage::release : Stage::change, script);
  return Change::in_place;
}

}  // namespace

extern const Kind event_trigger_kind;
constinit const Kind event_trigger_kind = {
    .name = "event trigger",
    .catalog = EventTriggerRelationId,
    .rank = Rank::event_trigger,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
