// Subscriptions, as pg_dump prints them: made without a connection, so neither enabled nor with a slot made for them.
// Whether one is enabled, and what it has copied so far, is not part of the schema. The slot at the publisher stays when
// a subscription is dropped: the statement that takes it along connects, and cannot run in a transaction.
#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/secret.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

// --- reading ---

bool is_here(const pg::Row& row) { return row.form<FormData_pg_subscription>().subdbid == MyDatabaseId; }

std::vector<std::uint32_t> list() {
  std::vector<std::uint32_t> result;
  for (const pg::Row& row : pg::scan(SubscriptionRelationId, InvalidOid, {})) {
    if (is_here(row)) result.push_back(row.form<FormData_pg_subscription>().oid);
  }
  return result;
}

#if PG_VERSION_NUM >= 160000
const char* streaming_of(const FormData_pg_subscription& form) {
  switch (form.substream) {
    case LOGICALREP_STREAM_ON: return "on";
    case LOGICALREP_STREAM_PARALLEL: return "parallel";
    default: return "";
  }
}
#else
const char* streaming_of(const FormData_pg_subscription& form) { return form.substream ? "on" : ""; }
#endif

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(SubscriptionRelationId, oid).value();
  const auto& form = row.form<FormData_pg_subscription>();
  Json& body = object.body;
  const std::string connection = row.text(Anum_pg_subscription_subconninfo);
  const bool is_secret = holds_a_secret(connection) || is_mark(connection);
  body.set("connection", is_secret ? mark_of(connection) : connection);
  Json publications = Json::array();
  for (const std::string& name : pg::text_array(row.datum(Anum_pg_subscription_subpublications))) {
    publications.push(pg::quoted(name));
  }
  body.set("publications", std::move(publications));
  body.set("slot", row.text(Anum_pg_subscription_subslotname));
  body.set("binary", form.subbinary);
  body.set("streaming", streaming_of(form));
  body.set("two_phase", form.subtwophasestate != LOGICALREP_TWOPHASE_STATE_DISABLED);
  body.set("disable_on_error", form.subdisableonerr);
  const std::string commit = row.text(Anum_pg_subscription_subsynccommit);
  if (commit != "off") body.set("synchronous_commit", commit);
#if PG_VERSION_NUM >= 160000
  body.set("without_password", !form.subpasswordrequired);
  body.set("run_as_owner", form.subrunasowner);
  const std::string origin = row.text(Anum_pg_subscription_suborigin);
  if (origin != LOGICALREP_ORIGIN_ANY) body.set("origin", origin);
#endif
#if PG_VERSION_NUM >= 170000
  body.set("failover", form.subfailover);
#endif
}

// --- writing ---

std::string target(const Json& body) { return "SUBSCRIPTION " + body["name"].str(); }

struct Parameter {
  const char* member;
  std::string (*setting)(const Json& value);
};

std::string on_or_off(const char* name, const Json& value) { return fmt::format("{} = {}", name, value.truth()); }

// What ALTER can set.
constexpr Parameter parameters[] = {
    {"slot", [](const Json& value) { return "slot_name = " + (value.is_null() ? std::string("NONE") : sql::literal(value.str())); }},
    {"binary", [](const Json& value) { return on_or_off("binary", value); }},
    {"streaming", [](const Json& value) { return "streaming = " + (value.is_null() ? std::string("off") : value.str()); }},
    {"disable_on_error", [](const Json& value) { return on_or_off("disable_on_error", value); }},
    {"synchronous_commit",
     [](const Json& value) { return "synchronous_commit = " + sql::literal(value.is_null() ? "off" : value.str()); }},
#if PG_VERSION_NUM >= 160000
    {"without_password", [](const Json& value) { return fmt::format("password_required = {}", !value.truth()); }},
    {"run_as_owner", [](const Json& value) { return on_or_off("run_as_owner", value); }},
    {"origin", [](const Json& value) { return "origin = " + (value.is_null() ? std::string("any") : value.str()); }},
#endif
};

std::string publications(const Json& body) {
  std::vector<std::string> names;
  for (const Json& name : body["publications"].items()) names.push_back(name.str());
  return sql::join(names, ", ");
}

std::vector<Step::Secret> secrets_in_connection(const Json& body) {
  const std::string& connection = body["connection"].str();
  if (!is_mark(connection)) return {};
  return {{connection, "connection string"}};
}

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  std::string with = "connect = false";
  for (const Parameter& parameter : parameters) with += ", " + parameter.setting(body[parameter.member]);
  if (body["two_phase"].truth()) with += ", two_phase = true";
  if (body["failover"].truth()) with += ", failover = true";
  write_creation(fmt::format("CREATE {} CONNECTION {} PUBLICATION {} WITH ({})", target(body),
                             sql::literal(body["connection"].str()), publications(body), with),
                 script)
      .with_secrets(secrets_in_connection(body))
      .because("it exists in the target; it has to be enabled by hand");
}

// Without a slot it cannot be enabled.
void give_up_slot(const Json& body, Stage stage, Script& script) {
  script.add(stage, fmt::format("ALTER {} DISABLE", target(body))).locks(Lock::none);
  script.add(stage, fmt::format("ALTER {} SET (slot_name = NONE)", target(body)))
      .locks(Lock::none)
      .because("its slot stays at the publisher");
}

Change alter(const Object& from, const Object& to, Script& script) {
  const Json& old_body = from.body;
  const Json& body = to.body;
  if (!same_apart_from(old_body, body, {"connection", "publications", "slot", "binary", "streaming", "disable_on_error",
                                        "synchronous_commit", "without_password", "run_as_owner", "origin"})) {
    return Change::replace;
  }
  if (old_body["connection"] != body["connection"]) {
    script.add(Stage::change, fmt::format("ALTER {} CONNECTION {}", target(body), sql::literal(body["connection"].str())))
        .locks(Lock::none)
        .with_secrets(secrets_in_connection(body));
  }
  if (old_body["publications"] != body["publications"]) {
    script.add(Stage::change, fmt::format("ALTER {} SET PUBLICATION {} WITH (refresh = false)", target(body), publications(body)))
        .locks(Lock::none)
        .because("ALTER SUBSCRIPTION ... REFRESH PUBLICATION is left to do by hand");
  }
  if (old_body.has("slot") && !body.has("slot")) give_up_slot(body, Stage::change, script);
  std::vector<std::string> changes;
  for (const Parameter& parameter : parameters) {
    const bool given_up = std::string_view(parameter.member) == "slot" && !body.has("slot");
    if (old_body[parameter.member] != body[parameter.member] && !given_up) changes.push_back(parameter.setting(body[parameter.member]));
  }
  if (!changes.empty()) {
    script.add(Stage::change, fmt::format("ALTER {} SET ({})", target(body), sql::join(changes, ", "))).locks(Lock::none);
  }
  return Change::in_place;
}

void drop(const Object& from, Script& script) {
  if (from.body.has("slot")) give_up_slot(from.body, Stage::drop, script);
  drop_target(from, script);
}

}  // namespace

extern const Kind subscription_kind;
constinit const Kind subscription_kind = {
    .name = "subscription",
    .catalog = SubscriptionRelationId,
    .rank = Rank::subscription,
    .list = list,
    .covers = is_here,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = nullptr,
};

}  // namespace xc
