// Extended statistics objects. The collected statistics are data and not described.
#include <fmt/format.h>

#include "core/refusal.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/relation_parts.hpp"
#include "kind/source_text.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

std::string head(const Json& body) { return "CREATE STATISTICS " + qualified_name(body); }
std::string tail(const Json& body) { return " FROM " + body["table"].str(); }

// Negative in older versions and null in newer ones when it is the default.
std::optional<int> statistics_target(const pg::Row& row) {
  const std::optional<Datum> target = row.maybe(Anum_pg_statistic_ext_stxstattarget);
  if (!target || DatumGetInt16(*target) < 0) return {};
  return DatumGetInt16(*target);
}

void describe(std::uint32_t oid, Object& object) {
  const auto row = pg::find(STATEXTOID, oid);
  if (!row) return;
  Json& body = object.body;
  body.set("table", pg::relation_name(row->form<FormData_pg_statistic_ext>().stxrelid));
  std::string definition = pg::statistics_definition(oid);
  if (!take_prefix(definition, head(body)) || !take_suffix(definition, tail(body))) {
    throw Refusal(code::internal,
                  fmt::format("unexpected definition of statistics {}: {}", qualified_name(body), definition));
  }
  body.set("definition", std::move(definition));
  if (const auto target = statistics_target(*row)) body.set("statistics", *target);
}

std::string target(const Json& body) { return "STATISTICS " + qualified_name(body); }

void write_statistics_target(const Json& body, Stage stage, Script& script) {
  const std::int64_t target_value = body.has("statistics") ? body["statistics"].integer() : -1;
  script.add(stage, fmt::format("ALTER {} SET STATISTICS {}", target(body), target_value))
      .locks(Lock::share_update_exclusive);
}

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  script.add(Stage::create, head(body) + source_text(body["definition"].str()) + tail(body))
      .locks(Lock::share_update_exclusive);
  if (body.has("statistics")) write_statistics_target(body, Stage::create, script);
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"statistics", "depends_on_extensions"})) return Change::replace;
  if (!(from.body["statistics"] == to.body["statistics"])) write_statistics_target(to.body, Stage::change, script);
  return Change::in_place;
}

void drop(const Object& from, Script& script) {
  script.add(Stage::drop, "DROP " + target(from.body)).locks(Lock::share_update_exclusive);
}

}  // namespace

extern const Kind statistics_kind;
constinit const Kind statistics_kind{
    .name = "statistics object",
    .catalog = StatisticExtRelationId,
    .rank = Rank::statistics,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = nullptr,
};

}  // namespace xc
