// Comparing bodies and ordering renames; see difference.hpp.
#include "kind/difference.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace xc {

namespace {

constexpr std::array<std::string_view, 13> not_the_kinds = {
    "format", "type",    "identity", "schema",  "name",            "owner",
    "acl",    "comment", "labels",   "depends", "default_depends", "depends_on_extensions",
    "system_columns"};

template <class List, class Value>
bool contains(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

std::string qualified_name(const Json& body) { return body["schema"].str() + "." + body["name"].str(); }

bool same_apart_from(const Json& from, const Json& to, std::initializer_list<std::string_view> handled) {
  const auto others = [&](const Json& body) {
    Json rest = body;
    for (const std::string_view member : not_the_kinds) rest.set(member, Json());
    for (const std::string_view member : handled) rest.set(member, Json());
    return rest;
  };
  return others(from) == others(to);
}

Match match_parts(std::size_t before, std::size_t after,
                  std::initializer_list<std::function<bool(std::size_t, std::size_t)>> same) {
  Match result(before);
  std::vector<bool> used(after);
  for (const auto& is_same : same) {
    for (std::size_t i = 0; i < before; ++i) {
      for (std::size_t j = 0; j < after && !result[i]; ++j) {
        if (used[j] || !is_same(i, j)) continue;
        result[i] = j;
        used[j] = true;
      }
    }
  }
  return result;
}

std::string free_name(const std::vector<std::string>& taken) {
  for (int number = 1;; ++number) {
    std::string name = "xc_renamed_" + std::to_string(number);
    if (!contains(taken, name)) return name;
  }
}

std::vector<Renaming> rename_order(std::vector<Renaming> wanted, std::vector<std::string> taken) {
  std::vector<Renaming> steps;
  const auto rename = [&](const std::string& from, const std::string& to) {
    steps.push_back({from, to});
    std::replace(taken.begin(), taken.end(), from, to);
  };
  while (!wanted.empty()) {
    const auto free = std::find_if(wanted.begin(), wanted.end(), [&](const Renaming& one) { return !contains(taken, one.to); });
    if (free != wanted.end()) {
      rename(free->from, free->to);
      wanted.erase(free);
    } else {
      Renaming& first = wanted.front();
      const std::string aside = free_name(taken);
      rename(first.from, aside);
      first.from = aside;
    }
  }
  return steps;
}

std::vector<Renaming> rename_parts(const Json::Array& before, const Json::Array& after, const Match& matched) {
  std::vector<Renaming> wanted;
  std::vector<std::string> taken;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!matched[i]) continue;
    const std::string& is = before[i]["name"].str();
    const std::string& becomes = after[*matched[i]]["name"].str();
    taken.push_back(is);
    if (is != becomes) wanted.push_back({is, becomes});
  }
  return rename_order(std::move(wanted), std::move(taken));
}

PartNames give_names(const std::vector<std::string>& before, const std::vector<std::string>& after, const Match& matched,
                     bool meets_new_ones) {
  std::vector<std::string> reserved = before;
  reserved.insert(reserved.end(), after.begin(), after.end());
  PartNames result{before, {}};
  std::vector<Renaming> wanted;
  for (std::size_t i = 0; i < before.size(); ++i) {
    std::string& name = result.names[i];
    const auto takes_it = [&](const std::optional<std::size_t>& other) { return other && after[*other] == before[i]; };
    if (matched[i]) {
      name = after[*matched[i]];
    } else if (meets_new_ones ? contains(after, name) : std::any_of(matched.begin(), matched.end(), takes_it)) {
      name = free_name(reserved);
      reserved.push_back(name);
    }
    if (name != before[i]) wanted.push_back({before[i], name});
  }
  result.renamings = rename_order(std::move(wanted), before);
  return result;
}

}  // namespace xc
