// Collations. The version that the provider had when one was made is no part of a schema: pg_dump leaves it out.
#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

const char* provider_name(char provider) {
  switch (provider) {
    case COLLPROVIDER_ICU: return "icu";
    case COLLPROVIDER_LIBC: return "libc";
#if PG_VERSION_NUM >= 170000
    case COLLPROVIDER_BUILTIN: return "builtin";
#endif
    default: return "default";
  }
}

// One name for both categories is LOCALE, whatever it was made with.
void describe_locale(const pg::Row& row, Json& body) {
#if PG_VERSION_NUM >= 170000
  constexpr int locale_at = Anum_pg_collation_colllocale;
#else
  constexpr int locale_at = Anum_pg_collation_colliculocale;
#endif
  const std::string collate = row.text(Anum_pg_collation_collcollate);
  const std::string ctype = row.text(Anum_pg_collation_collctype);
  // An empty locale is one: that of the root.
  if (!row.null(locale_at)) {
    body.put("locale", row.text(locale_at));
    return;
  }
  if (collate == ctype && !collate.empty()) {
    body.put("locale", collate);
    return;
  }
  body.put("lc_collate", collate);
  body.put("lc_ctype", ctype);
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::find(COLLOID, oid).value();
  const auto& form = row.form<FormData_pg_collation>();
  object.body.set("provider", provider_name(form.collprovider));
  object.body.set("nondeterministic", !form.collisdeterministic);
  describe_locale(row, object.body);
#if PG_VERSION_NUM >= 160000
  object.body.set("rules", row.text(Anum_pg_collation_collicurules));
#endif
}

std::string target(const Json& body) { return "COLLATION " + qualified_name(body); }

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  std::string text = fmt::format("CREATE {} (provider = {}", target(body), body["provider"].str());
  if (body["nondeterministic"].truth()) text += ", deterministic = false";
  for (const char* member : {"locale", "lc_collate", "lc_ctype", "rules"}) {
    if (body.has(member)) text += fmt::format(", {} = {}", member, sql::literal(body[member].str()));
  }
  write_creation(text + ")", script);
}

}  // namespace

extern const Kind collation_kind;
constinit const Kind collation_kind = {
    .name = "collation",
    .catalog = CollationRelationId,
    .rank = Rank::collation,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter_nothing,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
