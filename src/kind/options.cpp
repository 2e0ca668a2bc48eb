// Options of foreign objects; see options.hpp.
#include "kind/options.hpp"

#include <algorithm>
#include <utility>

#include "core/sql.hpp"
#include "kind/secret.hpp"
#include "pg/catalog.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

const Json* option_named(const Json& options, const Json& name) {
  for (const Json& option : options.items()) {
    if (option["name"] == name) return &option;
  }
  return nullptr;
}

// Those of `to` that are not in `from` or have another value there.
std::vector<const Json*> set_by_change(const Json& from, const Json& to) {
  std::vector<const Json*> result;
  for (const Json& option : to.items()) {
    const Json* old_option = option_named(from, option["name"]);
    if (old_option == nullptr || *old_option != option) result.push_back(&option);
  }
  return result;
}

std::string setting(const Json& option) { return option["name"].str() + " " + sql::literal(option["value"].str()); }

void add_secret(const Json& option, std::vector<Step::Secret>& secrets) {
  if (is_mark(option["value"].str())) secrets.push_back({option["value"].str(), option["name"].str()});
}

}  // namespace

Json read_generic_options(std::optional<std::uintptr_t> array) {
  Json options = Json::array();
  if (!array) return options;
  std::vector<std::pair<std::string, std::string>> sorted;
  for (const std::string& option : pg::text_array(*array)) {
    const std::size_t equals = std::min(option.find('='), option.size());
    sorted.emplace_back(option.substr(0, equals), option.substr(std::min(equals + 1, option.size())));
  }
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [name, value] : sorted) {
    const bool is_secret = names_a_secret(name) || is_mark(value);
    Json option = Json::object();
    option.set("name", pg::quoted(name));
    option.put("value", is_secret ? mark_of(value) : value);
    options.push(std::move(option));
  }
  return options;
}

std::string options_clause(const Json& options) {
  std::vector<std::string> list;
  for (const Json& option : options.items()) list.push_back(setting(option));
  return list.empty() ? std::string() : " OPTIONS (\n    " + sql::join(list, ",\n    ") + "\n)";
}

std::string options_change(const Json& from, const Json& to) {
  std::vector<std::string> list;
  for (const Json& option : from.items()) {
    if (option_named(to, option["name"]) == nullptr) list.push_back("DROP " + option["name"].str());
  }
  for (const Json* option : set_by_change(from, to)) {
    const bool is_there = option_named(from, (*option)["name"]) != nullptr;
    list.push_back((is_there ? "SET " : "ADD ") + setting(*option));
  }
  return list.empty() ? std::string() : " OPTIONS (" + sql::join(list, ", ") + ")";
}

std::vector<Step::Secret> secrets_in(const Json& options) {
  std::vector<Step::Secret> secrets;
  for (const Json& option : options.items()) add_secret(option, secrets);
  return secrets;
}

std::vector<Step::Secret> secrets_in_change(const Json& from, const Json& to) {
  std::vector<Step::Secret> secrets;
  for (const Json* option : set_by_change(from, to)) add_secret(*option, secrets);
  return secrets;
}

}  // namespace xc
