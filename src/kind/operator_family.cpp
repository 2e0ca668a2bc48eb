// Operator families with their loose members, those of no operator class.
#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/operator_members.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_opfamily.h"
}

namespace xc {

namespace {

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(OperatorFamilyRelationId, oid).value();
  object.body.set("access_method", pg::access_method_name(row.form<FormData_pg_opfamily>().opfmethod));
  describe_members({OperatorFamilyRelationId, oid}, oid, object.body);
}

std::string target(const Json& body) {
  return fmt::format("OPERATOR FAMILY {} USING {}", qualified_name(body), body["access_method"].str());
}

void create(const Object& to, Script& script) {
  write_creation("CREATE " + target(to.body), script);
  const auto members = member_definitions(to.body);
  if (!members.empty()) write_creation(fmt::format("ALTER {} ADD\n    {}", target(to.body), sql::join(members, ",\n    ")), script);
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"operators", "functions"})) return Change::replace;
  write_member_steps(from.body, to.body, target(to.body), script);
  return Change::in_place;
}

}  // namespace

extern const Kind operator_family_kind;
constinit const Kind operator_family_kind = {
    .name = "operator family",
    .catalog = OperatorFamilyRelationId,
    .rank = Rank::operator_family,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
