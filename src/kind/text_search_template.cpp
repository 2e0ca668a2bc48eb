// Text search templates: one or two functions and nothing that could be altered. They have no owner.
#include <fmt/format.h>

#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(TSTemplateRelationId, oid).value();
  const auto& form = row.form<FormData_pg_ts_template>();
  if (OidIsValid(form.tmplinit)) object.body.set("init", pg::function_name(form.tmplinit));
  object.body.set("lexize", pg::function_name(form.tmpllexize));
}

std::string target(const Json& body) { return "TEXT SEARCH TEMPLATE " + qualified_name(body); }

void create(const Object& to, Script& script) {
  const std::string init = to.body.has("init") ? fmt::format("    init = {},\n", to.body["init"].str()) : std::string();
  write_creation(fmt::format("CREATE {} (\n{}    lexize = {}\n)", target(to.body), init, to.body["lexize"].str()), script);
}

}  // namespace

extern const Kind text_search_template_kind;
constinit const Kind text_search_template_kind = {
    .name = "text search template",
    .catalog = TSTemplateRelationId,
    .rank = Rank::text_search,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter_nothing,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
