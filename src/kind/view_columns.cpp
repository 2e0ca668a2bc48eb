// Columns of views; see view_columns.hpp.
#include "kind/view_columns.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "kind/difference.hpp"

namespace xc {

const Json& item_or_null(const Json& array, std::size_t position) {
  static const Json nothing;
  return position < array.items().size() ? array.items()[position] : nothing;
}

bool columns_begin(const Json& from, const Json& to) {
  const Json::Array& before = from.items();
  const Json::Array& after = to.items();
  return before.size() <= after.size() &&
         std::equal(before.begin(), before.end(), after.begin(), [](const Json& one, const Json& other) {
           return one["type"] == other["type"] && one["collation"] == other["collation"];
         });
}

namespace {

// Takes " AS name" out of a select list as the server lays it out.
void erase_alias(std::string& definition, const std::string& name) {
  const std::string alias = " AS " + name;
  for (std::size_t at = definition.find(alias); at != std::string::npos; at = definition.find(alias, at)) {
    const std::size_t end = at + alias.size();
    if (end == definition.size() || definition[end] == ',' || definition[end] == '\n') {
      definition.erase(at, alias.size());
    } else {
      at = end;
    }
  }
}

}  // namespace

bool same_query(const Json& from, const Json& to) {
  std::string before = from["definition"].str();
  std::string after = to["definition"].str();
  const Json::Array& columns = from["columns"].items();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& old_name = columns[i]["name"].str();
    const std::string& new_name = item_or_null(to["columns"], i)["name"].str();
    if (old_name == new_name) continue;
    for (std::string* definition : {&before, &after}) {
      erase_alias(*definition, old_name);
      erase_alias(*definition, new_name);
    }
  }
  return before == after;
}

void write_column_renames(const Object& from, const Object& to, Script& script) {
  const Json::Array& before = from.body["columns"].items();
  std::vector<std::string> taken;
  std::vector<Renaming> wanted;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::string& old_name = before[i]["name"].str();
    const std::string& new_name = item_or_null(to.body["columns"], i)["name"].str();
    taken.push_back(old_name);
    if (old_name != new_name) wanted.push_back({old_name, new_name});
  }
  for (const Renaming& step : rename_order(std::move(wanted), std::move(taken))) {
    script.add(Stage::rename,
               fmt::format("ALTER {} RENAME COLUMN {} TO {}", to.kind->target(to.body), step.from, step.to));
  }
}

}  // namespace xc
