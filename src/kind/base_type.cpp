// Base types, and shells: types of which only the name is known yet. A base type and its input and output functions need
// each other: the shell is declared, the functions are made, then the type; DROP … CASCADE takes the functions along.
#include <array>
#include <optional>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

// --- reading ---

bool is_array_of_another(const FormData_pg_type& form) {
  return OidIsValid(form.typelem) && pg::call([&] { return get_array_type(form.typelem); }) == form.oid;
}

bool is_covered(const FormData_pg_type& form) {
  if (form.typtype == TYPTYPE_PSEUDO) return !form.typisdefined;
  return form.typtype == TYPTYPE_BASE && !is_array_of_another(form);
}

std::vector<std::uint32_t> list() {
  std::vector<std::uint32_t> result;
  for (const char type : {TYPTYPE_BASE, TYPTYPE_PSEUDO}) {
    for (const pg::Row& row : pg::scan(TypeRelationId, InvalidOid, {pg::char_key(Anum_pg_type_typtype, type)})) {
      const auto& form = row.form<FormData_pg_type>();
      if (form.oid >= FirstNormalObjectId && is_covered(form)) result.push_back(form.oid);
    }
  }
  return result;
}

bool covers(const pg::Row& row) {
  return is_covered(row.form<FormData_pg_type>());
}

struct Function {
  const char* member;
  regproc FormData_pg_type::*function;
};
constexpr std::array<Function, 8> functions = {{
    {"input", &FormData_pg_type::typinput},
    {"output", &FormData_pg_type::typoutput},
    {"receive", &FormData_pg_type::typreceive},
    {"send", &FormData_pg_type::typsend},
    {"typmod_in", &FormData_pg_type::typmodin},
    {"typmod_out", &FormData_pg_type::typmodout},
    {"analyze", &FormData_pg_type::typanalyze},
    {"subscript", &FormData_pg_type::typsubscript},
}};

constexpr char default_delimiter = ',';

const char* alignment_name(char alignment) {
  switch (alignment) {
    case TYPALIGN_CHAR: return "char";
    case TYPALIGN_SHORT: return "int2";
    case TYPALIGN_DOUBLE: return "double";
    default: return "int4";
  }
}

const char* storage_name(char storage) {
  switch (storage) {
    case TYPSTORAGE_EXTERNAL: return "external";
    case TYPSTORAGE_EXTENDED: return "extended";
    case TYPSTORAGE_MAIN: return "main";
    default: return "plain";
  }
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::find(TYPEOID, oid).value();
  const auto& form = row.form<FormData_pg_type>();
  Json& body = object.body;
  body.set("shell", !form.typisdefined);
  if (!form.typisdefined) return;
  for (const Function& one : functions) {
    if (OidIsValid(form.*one.function)) body.set(one.member, pg::function_name(form.*one.function));
  }
  body.set("length", form.typlen == -1 ? "variable" : std::to_string(form.typlen));
  body.set("by_value", form.typbyval);
  body.set("alignment", alignment_name(form.typalign));
  body.set("storage", storage_name(form.typstorage));
  body.set("collatable", OidIsValid(form.typcollation));
  if (!row.null(Anum_pg_type_typdefault)) body.put("default", row.text(Anum_pg_type_typdefault));
  if (OidIsValid(form.typelem)) body.set("element", pg::type_name(form.typelem));
  if (form.typcategory != TYPCATEGORY_USER) body.set("category", std::string(1, form.typcategory));
  body.set("preferred", form.typispreferred);
  if (form.typdelim != default_delimiter) body.set("delimiter", std::string(1, form.typdelim));
}

// --- writing ---

std::string target(const Json& body) { return "TYPE " + qualified_name(body); }

std::string definition(const Json& body) {
  std::vector<std::string> clauses;
  const auto add = [&](const char* member, const char* keyword) {
    if (body.has(member)) clauses.push_back(fmt::format("{} = {}", keyword, body[member].str()));
  };
  const auto add_literal = [&](const char* member, const char* keyword) {
    if (body.has(member)) clauses.push_back(fmt::format("{} = {}", keyword, sql::literal(body[member].str())));
  };
  const auto add_flag = [&](const char* member, const char* keyword) {
    if (body[member].truth()) clauses.push_back(fmt::format("{} = true", keyword));
  };
  for (const Function& one : functions) add(one.member, one.member);
  add("length", "internallength");
  add_flag("by_value", "passedbyvalue");
  add("alignment", "alignment");
  add("storage", "storage");
  add_flag("collatable", "collatable");
  add_literal("default", "default");
  add("element", "element");
  add_literal("category", "category");
  add_flag("preferred", "preferred");
  add_literal("delimiter", "delimiter");
  return fmt::format("CREATE {} (\n    {}\n)", target(body), sql::join(clauses, ",\n    "));
}

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  if (body["shell"].truth()) {
    write_creation("CREATE " + target(body), script);
    return;
  }
  script.add(Stage::declare, "CREATE " + target(body)).locks(Lock::none).because("its functions need the name");
  write_creation(definition(body), script);
}

void drop(const Object& from, Script& script) {
  if (from.body["shell"].truth()) return drop_target(from, script);
  script.add(Stage::drop, fmt::format("DROP {} CASCADE", target(from.body)))
      .locks(Lock::none)
      .because("it does not exist in the target, and its functions go with it");
  script.drop_takes_ring();
}

// What ALTER TYPE can set. Storage only ever leaves "plain": values may be toasted afterwards.
constexpr std::array<const char*, 6> settable = {"receive", "send", "typmod_in", "typmod_out", "analyze", "subscript"};

Change alter_defined(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"receive", "send", "typmod_in", "typmod_out", "analyze", "subscript", "storage"})) {
    return Change::replace;
  }
  std::vector<std::string> settings;
  for (const char* member : settable) {
    if (from.body[member] == to.body[member]) continue;
    settings.push_back(fmt::format("{} = {}", member, to.body.has(member) ? to.body[member].str() : "NONE"));
  }
  if (from.body["storage"] != to.body["storage"]) {
    if (to.body["storage"].str() == "plain") return Change::replace;
    settings.push_back("storage = " + to.body["storage"].str());
  }
  if (settings.empty()) return Change::in_place;
  script.add(Stage::change, fmt::format("ALTER {} SET ({})", target(to.body), sql::join(settings, ", ")))
      .locks(Lock::none)
      .because("its properties differ");
  return Change::in_place;
}

// A shell becomes the type when whoever owns it creates that.
void fill(const Json& body, Script& script) {
  const auto add = [&](std::string statement) -> Step& {
    return script.add(Stage::change, std::move(statement)).locks(Lock::none).because("only its name is known yet");
  };
  add(fmt::format("ALTER {} OWNER TO CURRENT_USER", target(body)));
  add(definition(body));
  add(fmt::format("ALTER {} OWNER TO {}", target(body), body["owner"].str())).naming_role(body["owner"].str());
}

Change alter(const Object& from, const Object& to, Script& script) {
  const bool was_shell = from.body["shell"].truth();
  const bool is_shell = to.body["shell"].truth();
  if (!was_shell && is_shell) return Change::replace;
  if (!was_shell) return alter_defined(from, to, script);
  if (!is_shell) fill(to.body, script);
  return Change::in_place;
}

}  // namespace

extern const Kind base_type_kind;
constinit const Kind base_type_kind = {
    .name = "type",
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
