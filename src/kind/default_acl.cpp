// Default privileges (ALTER DEFAULT PRIVILEGES): one row for a role, a kind of object and perhaps a schema. A row for
// the whole database is printed as its difference from the built-in list, one for a schema as it is. The server removes
// a row that says nothing, so dropping is altering to nothing. Their order in the array is the server's own.
#include <optional>

#include "kind/acl.hpp"
#include "kind/describe.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

struct Objects {
  char type;               // pg_default_acl.defaclobjtype
  const char* keyword;
  char what;               // as in acl.hpp
};

constexpr Objects object_types[] = {
    {DEFACLOBJ_RELATION, "TABLES", 'r'},
    {DEFACLOBJ_SEQUENCE, "SEQUENCES", 's'},
    {DEFACLOBJ_FUNCTION, "FUNCTIONS", 'f'},
    {DEFACLOBJ_TYPE, "TYPES", 'T'},
    {DEFACLOBJ_NAMESPACE, "SCHEMAS", 'n'},
#if PG_VERSION_NUM >= 180000
    {DEFACLOBJ_LARGEOBJECT, "LARGE OBJECTS", 'L'},
#endif
};

const Objects* objects_of_type(char type) {
  for (const Objects& entry : object_types) {
    if (entry.type == type) return &entry;
  }
  return nullptr;
}

char what_of_keyword(const std::string& keyword) {
  for (const Objects& entry : object_types) {
    if (keyword == entry.keyword) return entry.what;
  }
  return 'r';
}

std::optional<pg::Row> row_of(std::uint32_t oid) { return pg::row_of(DefaultAclRelationId, oid); }

bool covers(const pg::Row& row) {
  return objects_of_type(row.form<FormData_pg_default_acl>().defaclobjtype) != nullptr;
}

void describe(std::uint32_t oid, Object& object) {
  const auto row = row_of(oid);
  const auto& form = row->form<FormData_pg_default_acl>();
  const Objects* objects = objects_of_type(form.defaclobjtype);
  const bool global = !OidIsValid(form.defaclnamespace);
  object.body.set("role", pg::role_name(form.defaclrole));
  if (!global) object.body.set("in_schema", pg::schema_name(form.defaclnamespace));
  object.body.set("objects", objects->keyword);
  // 'c' stands for an empty built-in list.
  object.body.set("privileges",
                  read_acl(global ? objects->what : 'c', form.defaclrole, row->maybe(Anum_pg_default_acl_defaclacl)));
}

acl::Subject subject_of(const Json& body) {
  acl::Subject subject;
  subject.on = body["objects"].str();
  subject.what = what_of_keyword(subject.on);
  subject.owner = body["role"].str();
  subject.prefix = "ALTER DEFAULT PRIVILEGES FOR ROLE " + subject.owner + " ";
  if (body.has("in_schema")) {
    subject.prefix += "IN SCHEMA " + body["in_schema"].str() + " ";
  } else {
    subject.base = acl::built_in(subject.what, subject.owner);
  }
  subject.ordered = false;
  return subject;
}

std::string target(const Json& body) {
  const std::string place = body.has("in_schema") ? " IN SCHEMA " + body["in_schema"].str() : std::string();
  return "DEFAULT PRIVILEGES FOR ROLE " + body["role"].str() + place + " ON " + body["objects"].str();
}

// The new default has to wait until everything else is made, so that it does not apply to that: stage decorate.
void create(const Object& to, Script& script) {
  acl::write_steps(Json(), to.body["privileges"], subject_of(to.body), script);
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"privileges"})) return Change::replace;
  acl::write_steps(from.body["privileges"], to.body["privileges"], subject_of(to.body), script);
  return Change::in_place;
}

void drop(const Object& from, Script& script) {
  Script steps;
  acl::write_steps(from.body["privileges"], Json(), subject_of(from.body), steps);
  for (Step& step : steps.steps()) {
    step.stage = Stage::drop;  // while its schema is still there
    script.steps().push_back(std::move(step));
  }
}

}  // namespace

extern const Kind default_acl_kind;
constinit const Kind default_acl_kind = {
    .name = "default acl",
    .catalog = DefaultAclRelationId,
    .rank = Rank::default_acl,
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
