// Text search templates: one or two functions and nothing that could be altered. They have no owner.
#include <fmt/format.h>

#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

std::vector<std::uint32_t> list() {
  std::vector<std::uint32_t> result;
  for (const pg::Row& row : pg::scan(TSTemplateRelationId, InvalidOid, {})) {
    result.push_back(row.form<FormData_pg_ts_template>().oid);
  }
  return result;
}

bool covers(std::uint32_t oid) { return pg::row_of(TSTemplateRelationId, oid).has_value(); }

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(TSTemplateRelationId, oid).value();
  const auto& form = row.form<FormData_pg_ts_template>();
  if (OidIsValid(form.tmplinit)) object.body.set("init", pg::function_name(form.tmplinit));
  object.body.set("lexize", pg::function_name(form.tmpllexize));
}

std::string target(const Json& body) { return "TEXT SEARCH TEMPLATE " + qualified_name(body); }

void create(const Object& to, Script& script) {
  const std::string init = to.body.has("init") ? fmt::format("    init = {},\n", to.body["init"].str()) : std::string();
  script.add(Stage::create, fmt::format("CREATE {} (\n{}    lexize = {}\n)", target(to.body), init, to.body["lexize"].str()))
      .locks(Lock::none)
      .because("it exists in the target");
}

Change alter(const Object& from, const Object& to, Script&) {
  return same_apart_from(from.body, to.body, {}) ? Change::in_place : Change::replace;
}

void drop(const Object& from, Script& script) {
  script.add(Stage::drop, "DROP " + target(from.body)).locks(Lock::none).because("it does not exist in the target");
}

}  // namespace

extern const Kind text_search_template_kind;
constinit const Kind text_search_template_kind = {
    .name = "text search template",
    .catalog = TSTemplateRelationId,
    .rank = Rank::text_search,
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
