// Text search configurations: a parser, and for its token types the dictionaries in the order in which they are asked,
// "mappings": [{token, dictionaries}] by the parser's numbers of the token types.
#include <map>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "tsearch/ts_cache.h"
#include "tsearch/ts_public.h"
}

namespace xc {

namespace {

// --- reading ---

std::string parser_name(Oid oid) {
  const auto row = pg::row_of(TSParserRelationId, oid);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_ts_parser>();
  return pg::schema_name(form.prsnamespace) + "." + pg::quoted(NameStr(form.prsname));
}

std::string dictionary_name(Oid oid) {
  const auto row = pg::row_of(TSDictionaryRelationId, oid);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_ts_dict>();
  return pg::schema_name(form.dictnamespace) + "." + pg::quoted(NameStr(form.dictname));
}

using TokenNames = std::map<int, std::string>;

// Only the parser knows the names of its token types.
TokenNames token_names(Oid parser) {
  const LexDescr* types = pg::call([&]() -> const LexDescr* {
    const Oid function = lookup_ts_parser_cache(parser)->lextypeOid;
    if (!OidIsValid(function)) return nullptr;
    return reinterpret_cast<const LexDescr*>(DatumGetPointer(OidFunctionCall1(function, 0)));
  });
  TokenNames names;
  for (; types != nullptr && types->lexid != 0; ++types) names.emplace(types->lexid, pg::quoted(types->alias));
  return names;
}

Json mappings_of(Oid configuration, Oid parser) {
  std::map<int, Json> dictionaries;  // of a token type
  for (const pg::Row& row : pg::scan(TSConfigMapRelationId, TSConfigMapIndexId,
                                     {pg::oid_key(Anum_pg_ts_config_map_mapcfg, configuration)})) {
    const auto& form = row.form<FormData_pg_ts_config_map>();
    const auto entry = dictionaries.emplace(form.maptokentype, Json::array()).first;
    entry->second.push(dictionary_name(form.mapdict));
  }
  Json mappings = Json::array();
  if (dictionaries.empty()) return mappings;
  const TokenNames names = token_names(parser);
  for (auto& [token, list_of_token] : dictionaries) {
    const auto name = names.find(token);
    if (name == names.end()) continue;
    Json mapping = Json::object();
    mapping.set("token", name->second);
    mapping.set("dictionaries", std::move(list_of_token));
    mappings.push(std::move(mapping));
  }
  return mappings;
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(TSConfigRelationId, oid).value();
  const Oid parser = row.form<FormData_pg_ts_config>().cfgparser;
  object.body.set("parser", parser_name(parser));
  object.body.set("mappings", mappings_of(oid, parser));
}

// --- writing ---

std::string target(const Json& body) { return "TEXT SEARCH CONFIGURATION " + qualified_name(body); }

const Json* mapping_of(const Json& mappings, const Json& token) {
  for (const Json& mapping : mappings.items()) {
    if (mapping["token"] == token) return &mapping;
  }
  return nullptr;
}

void write_mapping(const Json& body, const char* verb, const Json& mapping, Stage stage, Script& script) {
  std::vector<std::string> dictionaries;
  for (const Json& dictionary : mapping["dictionaries"].items()) dictionaries.push_back(dictionary.str());
  script.add(stage, fmt::format("ALTER {} {} MAPPING FOR {} WITH {}", target(body), verb, mapping["token"].str(),
                                sql::join(dictionaries, ", ")))
      .locks(Lock::none);
}

void create(const Object& to, Script& script) {
  write_creation(fmt::format("CREATE {} (\n    PARSER = {}\n)", target(to.body), to.body["parser"].str()), script);
  for (const Json& mapping : to.body["mappings"].items()) write_mapping(to.body, "ADD", mapping, Stage::create, script);
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"mappings"})) return Change::replace;
  const Json& old_mappings = from.body["mappings"];
  const Json& mappings = to.body["mappings"];
  for (const Json& mapping : old_mappings.items()) {
    if (mapping_of(mappings, mapping["token"]) != nullptr) continue;
    script.add(Stage::change, fmt::format("ALTER {} DROP MAPPING FOR {}", target(to.body), mapping["token"].str()))
        .locks(Lock::none);
  }
  for (const Json& mapping : mappings.items()) {
    const Json* old_mapping = mapping_of(old_mappings, mapping["token"]);
    if (old_mapping != nullptr && *old_mapping == mapping) continue;
    write_mapping(to.body, old_mapping == nullptr ? "ADD" : "ALTER", mapping, Stage::change, script);
  }
  return Change::in_place;
}

}  // namespace

extern const Kind text_search_configuration_kind;
constinit const Kind text_search_configuration_kind = {
    .name = "text search configuration",
    .catalog = TSConfigRelationId,
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
