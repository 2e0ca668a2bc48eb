// Functions and procedures; see routine.hpp.
//
// A parameter is {name, type, mode, default}; a missing mode means IN, columns of RETURNS TABLE have the mode "table".
// "returns" is the plain result type, "record" below OUT parameters and TABLE columns alike, absent for procedures.
#include "kind/routine.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/parts.hpp"
#include "kind/source_text.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "utils/guc.h"
#include "utils/varlena.h"
}

namespace xc {

namespace {

// --- reading ---

// Constructors of range types are part of their type; pg_dump's own test for them.
bool is_internal(Oid routine) { return is_internal_part({ProcedureRelationId, routine}); }

const char* mode_name(char mode) {
  switch (mode) {
    case PROARGMODE_OUT: return "out";
    case PROARGMODE_INOUT: return "inout";
    case PROARGMODE_VARIADIC: return "variadic";
    case PROARGMODE_TABLE: return "table";
    default: return "";
  }
}

std::string default_of(Oid routine, int parameter) {
  return pg::call([&] {
    return TextDatumGetCString(DirectFunctionCall2(pg_get_function_arg_default, ObjectIdGetDatum(routine), Int32GetDatum(parameter)));
  });
}

Json parameters_of(Oid routine, const pg::Row& row) {
  const auto& form = row.form<FormData_pg_proc>();
  const auto all_types = row.maybe(Anum_pg_proc_proallargtypes);
  const std::vector<Oid> types = pg::oid_array(all_types ? *all_types : row.datum(Anum_pg_proc_proargtypes));
  const auto mode_array = row.maybe(Anum_pg_proc_proargmodes);
  const std::vector<char> modes = mode_array ? pg::char_array(*mode_array) : std::vector<char>(types.size(), PROARGMODE_IN);
  const auto name_array = row.maybe(Anum_pg_proc_proargnames);
  const std::vector<std::string> names = name_array ? pg::text_array(*name_array) : std::vector<std::string>(types.size());

  // Only the last input parameters have defaults.
  int inputs_without_default = form.pronargs - form.pronargdefaults;
  Json parameters = Json::array();
  for (std::size_t i = 0; i < types.size(); ++i) {
    Json parameter = Json::object();
    if (!names[i].empty()) parameter.set("name", pg::quoted(names[i]));
    parameter.set("type", pg::type_name(types[i]));
    parameter.set("mode", mode_name(modes[i]));
    const bool is_input = modes[i] != PROARGMODE_OUT && modes[i] != PROARGMODE_TABLE;
    if (is_input && --inputs_without_default < 0) parameter.set("default", default_of(routine, static_cast<int>(i) + 1));
    parameters.push(std::move(parameter));
  }
  return parameters;
}

std::string language_of(const FormData_pg_proc& form) {
  const auto row = pg::find(LANGOID, form.prolang);
  return row ? pg::quoted(NameStr(row->form<FormData_pg_language>().lanname)) : std::string();
}

// The server fills these in when the statement is silent, and pg_dump leaves them out again.
float4 default_cost(const FormData_pg_proc& form) {
  return form.prolang == INTERNALlanguageId || form.prolang == ClanguageId ? 1 : 100;
}
float4 default_rows(const FormData_pg_proc& form) { return form.proretset ? 1000 : 0; }

const char* volatility_of(const FormData_pg_proc& form) {
  switch (form.provolatile) {
    case PROVOLATILE_IMMUTABLE: return "immutable";
    case PROVOLATILE_STABLE: return "stable";
    default: return "";
  }
}

const char* parallel_of(const FormData_pg_proc& form) {
  switch (form.proparallel) {
    case PROPARALLEL_SAFE: return "safe";
    case PROPARALLEL_RESTRICTED: return "restricted";
    default: return "";
  }
}

// The value as SET takes it. Settings that are lists of names are stored as one string with the names quoted inside;
// as one literal they would come back as a single name.
std::string setting_value(const std::string& name, const std::string& value) {
  const List* names = pg::call([&] {
    List* elements = NIL;
    if ((GetConfigOptionFlags(name.c_str(), true) & GUC_LIST_QUOTE) != 0 && !SplitGUCList(pstrdup(value.c_str()), ',', &elements)) {
      elements = NIL;
    }
    return elements;
  });
  if (names == nullptr) return sql::literal(value);
  std::vector<std::string> literals;
  for (int i = 0; i < list_length(names); ++i) literals.push_back(sql::literal(static_cast<const char*>(list_nth(names, i))));
  return sql::join(literals, ", ");
}

Json settings_of(const pg::Row& row) {
  Json settings = Json::array();
  if (const auto array = row.maybe(Anum_pg_proc_proconfig)) {
    for (const std::string& entry : pg::text_array(*array)) {
      const std::size_t equals = entry.find('=');
      if (equals == std::string::npos) continue;
      const std::string name = entry.substr(0, equals);
      settings.push(pg::quoted(name) + " TO " + setting_value(name, entry.substr(equals + 1)));
    }
  }
  return settings;
}

Json transforms_of(const pg::Row& row) {
  Json transforms = Json::array();
  if (const auto array = row.maybe(Anum_pg_proc_protrftypes)) {
    for (const Oid type : pg::oid_array(*array)) transforms.push(pg::type_name(type));
  }
  return transforms;
}

// --- writing ---

bool is_procedure(const Json& body) { return body["type"].str() == "procedure"; }

bool is_input(const Json& parameter) { return parameter["mode"].str() != "out" && parameter["mode"].str() != "table"; }
bool is_output(const Json& parameter) { return !parameter["mode"].str().empty() && parameter["mode"].str() != "variadic"; }

const char* mode_keyword(const std::string& mode, bool procedure) {
  if (mode == "out") return "OUT ";
  if (mode == "inout") return "INOUT ";
  if (mode == "variadic") return "VARIADIC ";
  return procedure ? "IN " : "";
}

// What tells a routine from others of its name. For procedures OUT parameters count as well.
std::string signature(const Json& body) {
  const bool procedure = is_procedure(body);
  std::vector<std::string> types;
  for (const Json& parameter : body["parameters"].items()) {
    if (procedure) {
      types.push_back(mode_keyword(parameter["mode"].str(), true) + parameter["type"].str());
    } else if (is_input(parameter)) {
      types.push_back(parameter["type"].str());
    }
  }
  return sql::join(types, ", ");
}

std::string named_type(const Json& parameter) {
  const std::string& name = parameter["name"].str();
  return (name.empty() ? "" : name + " ") + parameter["type"].str();
}

std::string parameter_list(const Json& body) {
  std::vector<std::string> list;
  for (const Json& parameter : body["parameters"].items()) {
    const std::string& mode = parameter["mode"].str();
    if (mode == "table") continue;
    std::string one = mode_keyword(mode, is_procedure(body)) + named_type(parameter);
    if (parameter.has("default")) one += " DEFAULT " + parameter["default"].str();
    list.push_back(std::move(one));
  }
  return sql::join(list, ", ");
}

std::string returns_clause(const Json& body) {
  if (is_procedure(body)) return {};
  std::vector<std::string> columns;
  for (const Json& parameter : body["parameters"].items()) {
    if (parameter["mode"].str() == "table") columns.push_back(named_type(parameter));
  }
  if (!columns.empty()) return fmt::format(" RETURNS TABLE({})", sql::join(columns, ", "));
  return fmt::format(" RETURNS {}{}", body["returns_set"].truth() ? "SETOF " : "", body["returns"].str());
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string attributes(const Json& body) {
  std::string text;
  if (const auto& transforms = body["transforms"].items(); !transforms.empty()) {
    std::vector<std::string> list;
    for (const Json& type : transforms) list.push_back("FOR TYPE " + type.str());
    text += " TRANSFORM " + sql::join(list, ", ");
  }
  if (body["window"].truth()) text += " WINDOW";
  if (body.has("volatility")) text += " " + upper(body["volatility"].str());
  if (body["leakproof"].truth()) text += " LEAKPROOF";
  if (body["strict"].truth()) text += " STRICT";
  if (body["security_definer"].truth()) text += " SECURITY DEFINER";
  if (body.has("parallel")) text += " PARALLEL " + upper(body["parallel"].str());
  if (body.has("cost")) text += " COST " + body["cost"].str();
  if (body.has("rows")) text += " ROWS " + body["rows"].str();
  if (body.has("support")) text += " SUPPORT " + body["support"].str();
  for (const Json& setting : body["settings"].items()) text += "\n    SET " + setting.str();
  return text;
}

std::string dollar_quoted(const std::string& text) {
  std::string tag = "$function";
  while (text.find(tag) != std::string::npos) tag += 'x';
  tag += '$';
  return tag + text + tag;
}

std::string source(const Json& body) {
  if (body.has("sql_body")) return source_text(body["sql_body"].str());
  const std::string quoted = dollar_quoted(body["source"].str());
  return body.has("library") ? fmt::format("AS {}, {}", sql::literal(body["library"].str()), quoted) : "AS " + quoted;
}

std::string definition(const Json& body, std::string_view verb) {
  return fmt::format("{} {} {}({}){}\n    LANGUAGE {}{}\n    {}", verb, is_procedure(body) ? "PROCEDURE" : "FUNCTION",
                     qualified_name(body), parameter_list(body), returns_clause(body), body["language"].str(),
                     attributes(body), source(body));
}

// --- what CREATE OR REPLACE refuses ---

std::vector<const Json*> chosen(const Json& body, bool (*wanted)(const Json&)) {
  std::vector<const Json*> result;
  for (const Json& parameter : body["parameters"].items()) {
    if (wanted(parameter)) result.push_back(&parameter);
  }
  return result;
}

bool is_polymorphic(const Json& parameter) {
  // User types are qualified: only pg_catalog's pseudo-types begin like this.
  return parameter["type"].str().starts_with("any");
}

// A named input keeps its name, a default can't go; a default's type can't change, which shows in no text when the
// parameter is polymorphic.
bool inputs_allow_replace(const Json& from, const Json& to) {
  const auto before = chosen(from, is_input);
  const auto after = chosen(to, is_input);
  if (before.size() != after.size()) return false;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Json& was = *before[i];
    const Json& is = *after[i];
    if (was["type"].str() != is["type"].str()) return false;
    if (was.has("name") && was["name"].str() != is["name"].str()) return false;
    if (!was.has("default")) continue;
    if (!is.has("default")) return false;
    if (is_polymorphic(was) && was["default"].str() != is["default"].str()) return false;
  }
  return true;
}

// The columns of a result of type record, from OUT parameters or TABLE. The server names nameless ones itself.
bool outputs_allow_replace(const Json& from, const Json& to) {
  if (!is_procedure(from) && from["returns"].str() != "record") return true;
  const auto before = chosen(from, is_output);
  const auto after = chosen(to, is_output);
  if (before.size() != after.size()) return false;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Json& was = *before[i];
    const Json& is = *after[i];
    if (was["type"].str() != is["type"].str() || was["name"].str() != is["name"].str()) return false;
  }
  return true;
}

bool can_replace(const Json& from, const Json& to) {
  return from["returns"].str() == to["returns"].str() && from["returns_set"].truth() == to["returns_set"].truth() &&
         from["window"].truth() == to["window"].truth() && inputs_allow_replace(from, to) && outputs_allow_replace(from, to);
}

// CREATE OR REPLACE forgets on which extensions the routine depends. The difference is the satellites' business; what
// both have is put back here.
void restore_extension_dependencies(const Json& from, const Json& to, Script& script) {
  for (const Json& extension : to["depends_on_extensions"].items()) {
    const auto& earlier = from["depends_on_extensions"].items();
    if (std::find(earlier.begin(), earlier.end(), extension) == earlier.end()) continue;
    script.add(Stage::decorate, fmt::format("ALTER {} DEPENDS ON EXTENSION {}", routine_target(to), extension.str()))
        .locks(Lock::none)
        .because("replacing the definition takes the dependency away");
  }
}

}  // namespace

bool is_routine(const pg::Row& row, std::string_view kinds) {
  const auto& form = row.form<FormData_pg_proc>();
  return kinds.find(form.prokind) != std::string_view::npos && !is_internal(form.oid);
}

std::vector<std::uint32_t> list_routines(std::string_view kinds) {
  std::vector<std::uint32_t> list;
  for (const pg::Row& row : pg::scan(ProcedureRelationId, InvalidOid, {})) {
    const auto& form = row.form<FormData_pg_proc>();
    if (kinds.find(form.prokind) != std::string_view::npos && !is_internal(form.oid)) list.push_back(form.oid);
  }
  return list;
}

void describe_routine(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::find(PROCOID, oid).value();
  const auto& form = row.form<FormData_pg_proc>();
  Json& body = object.body;

  body.set("parameters", parameters_of(oid, row));
  if (form.prokind != PROKIND_PROCEDURE) {
    body.set("returns", pg::type_name(form.prorettype));
    body.set("returns_set", form.proretset);
  }
  body.set("language", language_of(form));
  body.set("transforms", transforms_of(row));
  body.set("window", form.prokind == PROKIND_WINDOW);
  body.set("volatility", volatility_of(form));
  body.set("leakproof", form.proleakproof);
  body.set("strict", form.proisstrict);
  body.set("security_definer", form.prosecdef);
  body.set("parallel", parallel_of(form));
  if (form.procost != default_cost(form)) body.set("cost", pg::text_output(FLOAT4OID, Float4GetDatum(form.procost)));
  if (form.prorows != default_rows(form)) body.set("rows", pg::text_output(FLOAT4OID, Float4GetDatum(form.prorows)));
  if (OidIsValid(form.prosupport)) body.set("support", pg::function_name(form.prosupport));
  body.set("settings", settings_of(row));

  if (!row.null(Anum_pg_proc_prosqlbody)) {
    body.set("sql_body", pg::function_sql_body(oid).value_or(""));
  } else {
    body.set("source", row.text(Anum_pg_proc_prosrc));
    body.set("library", row.text(Anum_pg_proc_probin));
  }
}

std::string routine_target(const Json& body) {
  return fmt::format("{} {}({})", is_procedure(body) ? "PROCEDURE" : "FUNCTION", qualified_name(body), signature(body));
}

void create_routine(const Object& to, Script& script) {
  write_creation(definition(to.body, "CREATE"), script);
}

Change alter_routine(const Object& from, const Object& to, Script& script) {
  if (same_apart_from(from.body, to.body, {})) return Change::in_place;
  if (!can_replace(from.body, to.body)) return Change::replace;
  if (!same_apart_from(from.body, to.body,
                       {"parameters", "returns", "returns_set", "language", "transforms", "window", "volatility", "leakproof",
                        "strict", "security_definer", "parallel", "cost", "rows", "support", "settings", "sql_body", "source",
                        "library"})) {
    return Change::replace;
  }
  script.add(Stage::change, definition(to.body, "CREATE OR REPLACE")).locks(Lock::none).because("its definition differs");
  restore_extension_dependencies(from.body, to.body, script);
  return Change::in_place;
}

void drop_routine(const Object& from, Script& script) {
  script.add(Stage::drop, "DROP " + routine_target(from.body)).because("it does not exist in the target");
}

}  // namespace xc
