// Text search dictionaries: a template and options for it, [{name, value}] in the order in which the server keeps and
// pg_dump prints them. Values are kept as SQL spells them, since the server remembers which of them are numbers.
#include <algorithm>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "commands/defrem.h"
}

namespace xc {

namespace {

// --- reading ---

std::string template_name(Oid oid) {
  const auto row = pg::row_of(TSTemplateRelationId, oid);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_ts_template>();
  return pg::schema_name(form.tmplnamespace) + "." + pg::quoted(NameStr(form.tmplname));
}

Json options_of(const pg::Row& row) {
  Json options = Json::array();
  const auto text = row.maybe(Anum_pg_ts_dict_dictinitoption);
  if (!text) return options;
  const List* definitions = pg::call([&] { return deserialize_deflist(*text); });
  for (int i = 0; i < list_length(definitions); ++i) {
    const auto* element = static_cast<const DefElem*>(list_nth(definitions, i));
    const std::string value = pg::call([&] { return defGetString(const_cast<DefElem*>(element)); });
    const bool is_number = IsA(element->arg, Integer) || IsA(element->arg, Float);
    Json option = Json::object();
    option.set("name", pg::quoted(element->defname));
    option.set("value", is_number ? value : sql::literal(value));
    options.push(std::move(option));
  }
  return options;
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(TSDictionaryRelationId, oid).value();
  object.body.set("template", template_name(row.form<FormData_pg_ts_dict>().dicttemplate));
  object.body.set("options", options_of(row));
}

// --- writing ---

std::string target(const Json& body) { return "TEXT SEARCH DICTIONARY " + qualified_name(body); }

std::string setting(const Json& option) { return option["name"].str() + " = " + option["value"].str(); }

void create(const Object& to, Script& script) {
  std::string properties = "    TEMPLATE = " + to.body["template"].str();
  for (const Json& option : to.body["options"].items()) properties += ",\n    " + setting(option);
  write_creation(fmt::format("CREATE {} (\n{}\n)", target(to.body), properties), script);
}

// ALTER puts what it names at the end, and takes away what it names without a value.
std::string option_changes(const Json& from, const Json& to) {
  const Json::Array& old_options = from.items();
  const Json::Array& options = to.items();
  std::size_t kept = 0;
  while (kept < options.size() && kept < old_options.size() && old_options[kept] == options[kept]) ++kept;
  std::vector<std::string> changes;
  for (std::size_t i = kept; i < old_options.size(); ++i) {
    const auto named_alike = [&](const Json& option) { return option["name"] == old_options[i]["name"]; };
    if (std::none_of(options.begin(), options.end(), named_alike)) changes.push_back(old_options[i]["name"].str());
  }
  for (std::size_t i = kept; i < options.size(); ++i) changes.push_back(setting(options[i]));
  return sql::join(changes, ", ");
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"options"})) return Change::replace;
  const std::string changes = option_changes(from.body["options"], to.body["options"]);
  if (!changes.empty()) {
    script.add(Stage::change, fmt::format("ALTER {} ({})", target(to.body), changes)).locks(Lock::none).because("its options");
  }
  return Change::in_place;
}

}  // namespace

extern const Kind text_search_dictionary_kind;
constinit const Kind text_search_dictionary_kind = {
    .name = "text search dictionary",
    .catalog = TSDictionaryRelationId,
    .rank = Rank::text_search,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
