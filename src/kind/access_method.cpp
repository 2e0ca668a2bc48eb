// Access methods, of indexes and of tables.
#include <fmt/format.h>

#include "kind/kind.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::find(AMOID, oid).value();
  const auto& form = row.form<FormData_pg_am>();
  object.body.set("of", form.amtype == AMTYPE_TABLE ? "TABLE" : "INDEX");
  object.body.set("handler", pg::function_name(form.amhandler));
}

std::string target(const Json& body) { return "ACCESS METHOD " + body["name"].str(); }

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  write_creation(fmt::format("CREATE {} TYPE {} HANDLER {}", target(body), body["of"].str(), body["handler"].str()), script);
}

}  // namespace

extern const Kind access_method_kind;
constinit const Kind access_method_kind = {
    .name = "access method",
    .catalog = AccessMethodRelationId,
    .rank = Rank::access_method,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter_nothing,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
