// Range types with their multirange type, whose name is part of the definition. Nothing but that name can be altered.
#include <fmt/format.h>

#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/type_change.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_opclass.h"
}

namespace xc {

namespace {

std::vector<std::uint32_t> list() {
  std::vector<std::uint32_t> result;
  for (const pg::Row& range : pg::scan(RangeRelationId, InvalidOid, {})) {
    result.push_back(range.form<FormData_pg_range>().rngtypid);
  }
  return result;
}

bool covers(const pg::Row& row) {
  return row.form<FormData_pg_type>().typtype == TYPTYPE_RANGE;
}

bool is_default(Oid opclass) {
  const auto row = pg::row_of(OperatorClassRelationId, opclass);
  return row && row->form<FormData_pg_opclass>().opcdefault;
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row range = pg::find(RANGETYPE, oid).value();
  const auto& form = range.form<FormData_pg_range>();
  Json& body = object.body;
  body.set("subtype", pg::type_name(form.rngsubtype));
  if (!is_default(form.rngsubopc)) body.set("opclass", pg::opclass_name(form.rngsubopc));
  const auto subtype = pg::find(TYPEOID, form.rngsubtype);
  if (OidIsValid(form.rngcollation) && subtype && form.rngcollation != subtype->form<FormData_pg_type>().typcollation) {
    body.set("collation", pg::collation_name(form.rngcollation));
  }
  if (OidIsValid(form.rngcanonical)) body.set("canonical", pg::function_name(form.rngcanonical));
  if (OidIsValid(form.rngsubdiff)) body.set("subtype_diff", pg::function_name(form.rngsubdiff));
  if (const auto multirange = pg::find(TYPEOID, form.rngmultitypid)) {
    const auto& type = multirange->form<FormData_pg_type>();
    body.set("multirange", pg::quoted(NameStr(type.typname)));
    body.set("multirange_schema", pg::schema_name(type.typnamespace));
  }
}

std::string target(const Json& body) { return "TYPE " + qualified_name(body); }

std::string multirange(const Json& body) { return body["multirange_schema"].str() + "." + body["multirange"].str(); }

struct Option {
  const char* member;
  const char* name;
};
constexpr Option options[] = {
    {"opclass", "subtype_opclass"},
    {"collation", "collation"},
    {"canonical", "canonical"},
    {"subtype_diff", "subtype_diff"},
};

// A canonical function takes the type it is made for: the type's name comes first, as a shell, and the definition when
// the function exists.
void create(const Object& to, Script& script) {
  const Json& body = to.body;
  if (body.has("canonical")) {
    script.add(Stage::declare, "CREATE " + target(body)).locks(Lock::none).because("its canonical function needs the name");
  }
  std::string text = fmt::format("CREATE {} AS RANGE (\n    subtype = {}", target(body), body["subtype"].str());
  if (body.has("multirange")) text += ",\n    multirange_type_name = " + multirange(body);
  for (const Option& option : options) {
    if (body.has(option.member)) text += fmt::format(",\n    {} = {}", option.name, body[option.member].str());
  }
  // One that was declared first has its OID already.
  write_creation(body.has("canonical") ? text + "\n)" : with_its_oids(to, text + "\n)"), script);
}

void drop(const Object& from, Script& script) {
  const bool has_canonical = from.body.has("canonical");
  script.add(Stage::drop, fmt::format("DROP {}{}", target(from.body), has_canonical ? " CASCADE" : ""))
      .because("it does not exist in the target");
  if (has_canonical) script.drop_takes_ring();
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"multirange", "multirange_schema"})) return Change::replace;
  const std::string& schema = to.body["multirange_schema"].str();
  const std::string& name = to.body["multirange"].str();
  if (from.body["multirange_schema"].str() != schema) {
    script.add(Stage::rename, fmt::format("ALTER TYPE {} SET SCHEMA {}", multirange(from.body), schema))
        .locks(Lock::none)
        .because("the multirange type is in another schema in the target");
  }
  if (from.body["multirange"].str() != name) {
    script.add(Stage::rename, fmt::format("ALTER TYPE {}.{} RENAME TO {}", schema, from.body["multirange"].str(), name))
        .locks(Lock::none)
        .because("the multirange type has another name in the target");
  }
  return Change::in_place;
}

}  // namespace

extern const Kind range_kind;
constinit const Kind range_kind = {
    .name = "range",
    .catalog = TypeRelationId,
    .rank = Rank::type,
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
