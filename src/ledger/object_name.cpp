// A name is turned into the keys that it can mean, best readings first; the first reading under which something exists
// wins. See object_name.hpp.
#include "ledger/object_name.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/closest.hpp"
#include "core/sql.hpp"
#include "core/refusal.hpp"
#include "ledger/ledger.hpp"
#include "ledger/reading.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc::ledger {
namespace {

using Keys = std::vector<std::string>;

// --- spelling ---

// What people write for a type, and how identities spell it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> type_aliases = {{
    {"bool", "boolean"}, {"char", "character"}, {"decimal", "numeric"}, {"float", "double precision"},
    {"float4", "real"}, {"float8", "double precision"}, {"int", "integer"}, {"int2", "smallint"}, {"int4", "integer"},
    {"int8", "bigint"}, {"timestamp", "timestamp without time zone"}, {"timestamptz", "timestamp with time zone"},
    {"time", "time without time zone"}, {"varchar", "character varying"},
}};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string normal_type(std::string_view type) {
  type = trimmed(type);
  std::string brackets;
  while (type.ends_with("[]")) {
    brackets += "[]";
    type = trimmed(type.substr(0, type.size() - 2));
  }
  constexpr std::string_view catalog = "pg_catalog.";
  if (type.starts_with(catalog)) type.remove_prefix(catalog.size());
  for (const auto& [alias, name] : type_aliases)
    if (type == alias) type = name;
  return std::string(type) + brackets;
}

// "(integer, text)" and "(integer,pg_catalog.text)" come out equal.
std::string normal_arguments(std::string_view arguments) {
  std::string result;
  std::string_view rest = trimmed(arguments);
  if (rest.starts_with('(')) rest.remove_prefix(1);
  if (rest.ends_with(')')) rest.remove_suffix(1);
  while (!rest.empty()) {
    const std::size_t comma = std::min(sql::find_unquoted(rest, ","), rest.size());
    result += (result.empty() ? "" : ",") + normal_type(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return result;
}

std::string folded(std::string_view text) {
  std::string result(text);
  bool quoted = false;
  for (char& c : result) {
    if (c == '"') quoted = !quoted;
    if (!quoted && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// An identity as people write it, taken apart: "audit on public.orders", "public.f(integer)", "public.orders".
struct Spelling {
  std::string name;                      // without arguments and without "on …"
  std::optional<std::string> arguments;  // normalised
  std::string table;                     // what follows " on "
};

Spelling spelling_of(std::string_view text) {
  Spelling spelling;
  constexpr std::string_view on = " on ";
  const std::size_t at = sql::find_unquoted(text, on);
  if (at != std::string_view::npos) {
    spelling.table = trimmed(text.substr(at + on.size()));
    text = trimmed(text.substr(0, at));
  }
  const std::size_t open = sql::find_unquoted(text, "(");
  if (open != std::string_view::npos) {
    spelling.arguments = normal_arguments(text.substr(open));
    text = trimmed(text.substr(0, open));
  }
  spelling.name = text;
  return spelling;
}

// --- from a name to keys ---

// The types of object that the text can begin with, and what it leaves as identity: all types when it names none.
std::vector<std::pair<const Kind*, std::string_view>> typed(std::string_view text) {
  std::vector<std::pair<const Kind*, std::string_view>> named;
  std::vector<std::pair<const Kind*, std::string_view>> any;
  for (const Kind* kind : kinds()) {
    const std::string_view type = kind->name;
    any.emplace_back(kind, text);
    if (text.size() > type.size() + 1 && text.starts_with(type) && text[type.size()] == ' ')
      named.emplace_back(kind, trimmed(text.substr(type.size())));
  }
  return named.empty() ? any : named;
}

// Keys that one reading of a name can mean: these, and those that begin with the prefixes and have these arguments.
struct Meaning {
  std::set<std::string> keys;
  std::set<std::string> prefixes;
  std::optional<std::string> arguments;
};

void add(Meaning& meaning, const Kind& kind, const Spelling& spelling, const std::string& schema) {
  const std::string dot = schema.empty() ? "" : schema + ".";
  const std::string start = std::string(kind.name) + " ";
  if (!spelling.table.empty()) {
    meaning.keys.insert(start + spelling.name + " on " + dot + spelling.table);
    return;
  }
  if (!spelling.arguments) meaning.keys.insert(start + dot + spelling.name);
  if (spelling.arguments) {
    meaning.prefixes.insert(start + dot + spelling.name + "(");
    meaning.arguments = spelling.arguments;
  }
}

// Functions named without arguments, operator classes without the access method, triggers and constraints without their
// table.
void add_shortened(Meaning& meaning, const Kind& kind, const Spelling& spelling, const std::string& schema) {
  if (spelling.arguments || !spelling.table.empty()) return;
  const std::string dot = schema.empty() ? "" : schema + ".";
  meaning.prefixes.insert(std::string(kind.name) + " " + dot + spelling.name + "(");
  meaning.prefixes.insert(std::string(kind.name) + " " + dot + spelling.name + " USING ");
  if (schema.empty()) meaning.prefixes.insert(std::string(kind.name) + " " + spelling.name + " on ");
}

// A reading of the name as it stands, and with each schema of the search_path before it.
struct Level {
  Meaning as_it_stands;
  std::vector<Meaning> along_path;
};

// The readings of a text, best first: it is a key; it is an identity; it is shortened.
std::vector<Level> levels(std::string_view text, const std::vector<std::string>& search_path) {
  Level whole;
  whole.as_it_stands.keys.insert(std::string(text));
  std::vector<Level> result = {whole};
  const auto parts = typed(text);
  for (auto* const add_to : {&add, &add_shortened}) {
    Level level;
    for (const auto& [kind, identity] : parts) add_to(level.as_it_stands, *kind, spelling_of(identity), "");
    for (const std::string& schema : search_path) {
      Meaning meaning;
      for (const auto& [kind, identity] : parts) add_to(meaning, *kind, spelling_of(identity), schema);
      level.along_path.push_back(std::move(meaning));
    }
    result.push_back(std::move(level));
  }
  return result;
}

// --- asking the ledger ---

bool has_arguments(const std::string& key, const std::optional<std::string>& arguments) {
  if (!arguments) return true;
  const std::size_t open = sql::find_unquoted(key, "(");
  return open != std::string_view::npos && normal_arguments(std::string_view(key).substr(open)) == *arguments;
}

// Keys of the ledger that begin with one of the prefixes: a loose scan of its index, one probe a key, since an object can
// have any number of rows.
constexpr const char* prefix_sql = R"(
WITH RECURSIVE found(prefix, object) AS (
  SELECT p.prefix, (SELECT o.object FROM xconnect.change_object o WHERE o.object >= p.prefix COLLATE "C" ORDER BY o.object LIMIT 1)
    FROM unnest($1) p(prefix)
  UNION ALL
  SELECT f.prefix, (SELECT o.object FROM xconnect.change_object o WHERE o.object > f.object ORDER BY o.object LIMIT 1)
    FROM found f WHERE starts_with(f.object, f.prefix))
SELECT object FROM found WHERE starts_with(object, prefix))";

// The objects that one reading means.
void add_matching(const Names& names, const Meaning& meaning, std::set<std::string>& found) {
  for (const std::string& key : meaning.keys)
    if (names.exists(key)) found.insert(key);
  if (!meaning.prefixes.empty()) {
    const auto consider = [&](const std::string& key) {
      if (has_arguments(key, meaning.arguments) && names.exists(key)) found.insert(key);
    };
    for (const pg::Fields& row : pg::query(prefix_sql, {text_array({meaning.prefixes.begin(), meaning.prefixes.end()})}))
      consider(*row[0]);
    for (const std::string& key : names.unrecorded) {
      const bool meant = std::any_of(meaning.prefixes.begin(), meaning.prefixes.end(),
                                     [&](const std::string& prefix) { return key.starts_with(prefix); });
      if (meant) consider(key);
    }
  }
}

// Those of the name as it stands and those in the first schema of the search_path that has any: a schema and a table of
// one name are ambiguous, and not silently the schema.
Keys matching(const Names& names, const Level& level) {
  std::set<std::string> found;
  for (const Meaning& meaning : level.along_path) {
    add_matching(names, meaning, found);
    if (!found.empty()) break;
  }
  add_matching(names, level.as_it_stands, found);
  return {found.begin(), found.end()};
}

std::string list(const Keys& keys) {
  constexpr std::size_t shown = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(keys.size(), shown); ++i) text += (i == 0 ? "" : "\n") + keys[i];
  if (keys.size() > shown) text += fmt::format("\nand {} more", keys.size() - shown);
  return text;
}

std::string quoted_text(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

// The part of an identity that people remember: without the type, the schema and the arguments.
std::string bare(const std::string& identity) {
  const Spelling spelling = spelling_of(identity);
  const std::size_t dot = sql::find_unquoted(spelling.name, ".");
  return dot == std::string::npos ? spelling.name : spelling.name.substr(dot + 1);
}

Keys nearest(const Names& names, const std::string& wanted) {
  constexpr std::size_t most = 5;
  std::vector<std::string> spellings;
  std::vector<std::pair<std::string, std::string>> keys;  // spelling, key
  const bool has_schema = sql::find_unquoted(wanted, ".") != std::string::npos || sql::find_unquoted(wanted, " ") != std::string::npos;
  names.all([&](const std::string& key) {
    for (const auto& [kind, identity] : typed(key)) {
      const std::string spelling = has_schema ? std::string(identity) : bare(std::string(identity));
      spellings.push_back(spelling);
      keys.emplace_back(spelling, key);
      break;
    }
  });
  std::string name = wanted;
  if (has_schema) name = std::string(typed(wanted).front().second);
  Keys result;
  for (const std::string& spelling : closest(name, spellings, most))
    for (const auto& [have, key] : keys)
      if (have == spelling && result.size() < most && std::find(result.begin(), result.end(), key) == result.end())
        result.push_back(key);
  return result;
}

}  // namespace

ObjectName::ObjectName(std::string name) : text(trimmed(name)) {
  const List* path = pg::call([]() -> const List* { return fetch_search_path(false); });
  for (int i = 0; i < list_length(path); ++i) {
    const std::string schema = pg::schema_name(list_nth_oid(path, i));
    if (!schema.empty()) search_path.push_back(schema);
  }
}

Names names_in(store::Nodes& nodes, const tree::Ref& root, std::string where) {
  Names names;
  names.where = std::move(where);
  names.exists = [&nodes, root](const std::string& key) { return tree::find(nodes, root, key).has_value(); };
  names.all = [&nodes, root](const std::function<void(const std::string&)>& visit) {
    tree::walk(nodes, root, [&](const std::string& key, const Digest&) { visit(key); });
  };
  return names;
}

Names names_ever() {
  Names names;
  names.where = "in the history";
  names.exists = [](const std::string& key) { return recorded(key).has_value(); };
  names.all = [](const std::function<void(const std::string&)>& visit) {
    for (const pg::Fields& row : pg::query("SELECT DISTINCT object FROM xconnect.change_object")) visit(*row[0]);
  };
  return names;
}

std::optional<std::string> find_object(const Names& names, const ObjectName& name) {
  if (name.text.empty()) return std::nullopt;
  for (const std::string& text : {name.text, folded(name.text)}) {
    for (const Level& level : levels(text, name.search_path)) {
      const Keys matches = matching(names, level);
      if (matches.size() == 1) return matches.front();
      if (matches.size() > 1)
        throw Refusal(code::invalid_parameter, fmt::format("\"{}\" is ambiguous", name.text))
            .detail(fmt::format("It can be one of:\n{}", list(matches)))
            .hint(fmt::format("Give the whole of it, for example {}.", quoted_text(matches.front())));
    }
  }
  return std::nullopt;
}

std::string require_object(const Names& names, const ObjectName& name) {
  if (const std::optional<std::string> key = find_object(names, name)) return *key;
  const std::string message = fmt::format("object \"{}\" does not exist {}", name.text, names.where);
  if (const std::optional<std::string> other = find_object(names_ever(), name))
    throw Refusal(code::unknown_object, message)
        .detail(fmt::format("{} is in the history, but not there.", *other))
        .hint(fmt::format("SELECT version, change_id, committed_at, action, object FROM xc_history({});", quoted_text(*other)));
  const Keys near = nearest(names, name.text);
  throw Refusal(code::unknown_object, message)
      .detail(near.empty() ? std::string("Nothing has a name like it.") : fmt::format("The nearest:\n{}", list(near)))
      .hint("SELECT change_id, committed_at, summary FROM xc_log(max_count => 20);");
}

std::string find_in_history(const ObjectName& name) {
  store::Nodes nodes;
  if (const std::optional<store::Commit> head = store::head()) {
    if (const auto key = find_object(names_in(nodes, head->tree, "at HEAD"), name)) return *key;
  }
  return require_object(names_ever(), name);
}

}  // namespace xc::ledger
