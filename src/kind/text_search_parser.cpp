// Text search parsers: five functions and nothing that could be altered. They have no owner.
#include <array>

#include <fmt/format.h>

#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

struct Method {
  const char* member;
  Oid FormData_pg_ts_parser::* function;
};
constexpr std::array<Method, 5> methods = {{
    {"start", &FormData_pg_ts_parser::prsstart},
    {"gettoken", &FormData_pg_ts_parser::prstoken},
    {"end", &FormData_pg_ts_parser::prsend},
    {"headline", &FormData_pg_ts_parser::prsheadline},
    {"lextypes", &FormData_pg_ts_parser::prslextype},
}};

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(TSParserRelationId, oid).value();
  const auto& form = row.form<FormData_pg_ts_parser>();
  for (const Method& method : methods) {
    if (const Oid function = form.*method.function; OidIsValid(function)) {
      object.body.set(method.member, pg::function_name(function));
    }
  }
}

std::string target(const Json& body) { return "TEXT SEARCH PARSER " + qualified_name(body); }

void create(const Object& to, Script& script) {
  std::string properties;
  for (const Method& method : methods) {
    if (!to.body.has(method.member)) continue;
    properties += fmt::format("{}    {} = {}", properties.empty() ? "" : ",\n", method.member, to.body[method.member].str());
  }
  write_creation(fmt::format("CREATE {} (\n{}\n)", target(to.body), properties), script);
}

}  // namespace

extern const Kind text_search_parser_kind;
constinit const Kind text_search_parser_kind = {
    .name = "text search parser",
    .catalog = TSParserRelationId,
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
