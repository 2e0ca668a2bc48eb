// Transforms: how a language sees the values of a type. CREATE OR REPLACE changes the functions.
#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_transform.h"
}

namespace xc {

namespace {

std::string language_name(Oid language) {
  const auto row = pg::find(LANGOID, language);
  return row ? pg::quoted(NameStr(row->form<FormData_pg_language>().lanname)) : std::string();
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(TransformRelationId, oid).value();
  const auto& form = row.form<FormData_pg_transform>();
  object.body.set("of", pg::type_name(form.trftype));
  object.body.set("language", language_name(form.trflang));
  if (OidIsValid(form.trffromsql)) object.body.set("from_sql", pg::function_signature(form.trffromsql));
  if (OidIsValid(form.trftosql)) object.body.set("to_sql", pg::function_signature(form.trftosql));
}

std::string target(const Json& body) {
  return fmt::format("TRANSFORM FOR {} LANGUAGE {}", body["of"].str(), body["language"].str());
}

std::string definition(const Json& body, const char* verb) {
  std::vector<std::string> functions;
  if (body.has("from_sql")) functions.push_back("FROM SQL WITH FUNCTION " + body["from_sql"].str());
  if (body.has("to_sql")) functions.push_back("TO SQL WITH FUNCTION " + body["to_sql"].str());
  return fmt::format("{} {} ({})", verb, target(body), sql::join(functions, ", "));
}

void create(const Object& to, Script& script) { write_creation(definition(to.body, "CREATE"), script); }

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"from_sql", "to_sql"})) return Change::replace;
  if (same_apart_from(from.body, to.body, {})) return Change::in_place;
  script.add(Stage::change, definition(to.body, "CREATE OR REPLACE")).locks(Lock::none).because("its functions differ");
  return Change::in_place;
}

}  // namespace

extern const Kind transform_kind;
constinit const Kind transform_kind = {
    .name = "transform",
    .catalog = TransformRelationId,
    .rank = Rank::transform,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
