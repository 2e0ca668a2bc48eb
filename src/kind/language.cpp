// Procedural languages. CREATE OR REPLACE changes all of one but its name and owner.
#include <fmt/format.h>

#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

bool covers(const pg::Row& row) {
  return row.form<FormData_pg_language>().lanispl;
}

struct Handler {
  const char* member;
  const char* keyword;
};
constexpr Handler handlers[] = {{"handler", "HANDLER"}, {"inline", "INLINE"}, {"validator", "VALIDATOR"}};

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::find(LANGOID, oid).value();
  const auto& form = row.form<FormData_pg_language>();
  object.body.set("trusted", form.lanpltrusted);
  object.body.set("handler", pg::function_name(form.lanplcallfoid));
  if (OidIsValid(form.laninline)) object.body.set("inline", pg::function_name(form.laninline));
  if (OidIsValid(form.lanvalidator)) object.body.set("validator", pg::function_name(form.lanvalidator));
}

std::string target(const Json& body) { return "LANGUAGE " + body["name"].str(); }

std::string definition(const Json& body, const char* verb) {
  std::string text = fmt::format("{} {}PROCEDURAL {}", verb, body["trusted"].truth() ? "TRUSTED " : "", target(body));
  for (const Handler& one : handlers) {
    if (body.has(one.member)) text += fmt::format(" {} {}", one.keyword, body[one.member].str());
  }
  return text;
}

void create(const Object& to, Script& script) { write_creation(definition(to.body, "CREATE"), script); }

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"trusted", "handler", "inline", "validator"})) return Change::replace;
  if (same_apart_from(from.body, to.body, {})) return Change::in_place;
  script.add(Stage::change, definition(to.body, "CREATE OR REPLACE")).locks(Lock::none).because("its definition differs");
  return Change::in_place;
}

}  // namespace

extern const Kind language_kind;
constinit const Kind language_kind = {
    .name = "language",
    .catalog = LanguageRelationId,
    .rank = Rank::language,
    .covers = covers,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
