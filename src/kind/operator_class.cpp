// Operator classes with the members that cannot be without them; all others are loose in the family.
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
#include "catalog/pg_opclass.h"
}

namespace xc {

namespace {

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(OperatorClassRelationId, oid).value();
  const auto& form = row.form<FormData_pg_opclass>();
  Json& body = object.body;
  body.set("access_method", pg::access_method_name(form.opcmethod));
  body.set("default", form.opcdefault);
  body.set("of", pg::type_name(form.opcintype));
  body.set("family", family_name(form.opcfamily));
  if (OidIsValid(form.opckeytype)) body.set("storage", pg::type_name(form.opckeytype));
  describe_members({OperatorClassRelationId, oid}, form.opcfamily, body);
}

std::string target(const Json& body) {
  return fmt::format("OPERATOR CLASS {} USING {}", qualified_name(body), body["access_method"].str());
}

// Without members it has to say something all the same: its own type is no other storage.
std::vector<std::string> items(const Json& body) {
  std::vector<std::string> clauses;
  if (body.has("storage")) clauses.push_back("STORAGE " + body["storage"].str());
  for (std::string& member : member_definitions(body)) clauses.push_back(std::move(member));
  if (clauses.empty()) clauses.push_back("STORAGE " + body["of"].str());
  return clauses;
}

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  write_creation(fmt::format("CREATE OPERATOR CLASS {}\n    {}FOR TYPE {} USING {} FAMILY {} AS\n    {}", qualified_name(body),
                             body["default"].truth() ? "DEFAULT " : "", body["of"].str(), body["access_method"].str(),
                             body["family"].str(), sql::join(items(body), ",\n    ")),
                 script);
}

}  // namespace

extern const Kind operator_class_kind;
constinit const Kind operator_class_kind = {
    .name = "operator class",
    .catalog = OperatorClassRelationId,
    .rank = Rank::operator_class,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter_nothing,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
