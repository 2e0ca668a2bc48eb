// DDL from bodies: the steps that the kinds write for a new object. A whole state is the same for all its objects: what
// creates them in the order of their dependencies, then what may refer back, then grants and comments.
#include "diff/render.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/graph.hpp"
#include "kind/describe.hpp"
#include "kind/script.hpp"
#include "pg/server.hpp"

extern "C" {
#include "mb/pg_wchar.h"
}

namespace xc::diff {
namespace {

constexpr std::string_view settings = R"(
SET statement_timeout = 0;
SET lock_timeout = 0;
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
)";

std::vector<Step> sorted(Script script) {
  std::vector<Step> steps = std::move(script.steps());
  std::erase_if(steps, [](const Step& step) { return step.unprinted; });
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.stage < b.stage; });
  return steps;
}

std::vector<Step> steps_of(const Object& object) {
  Script script;
  object.kind->create(object, script);
  decorate_new(object, script);
  return sorted(std::move(script));
}

// The schema public is in every new database: it is changed from what initdb makes it, not created.
constexpr const char* born_key = "schema public";

Object born(const Object& object) {
  Object result = object;
  result.body.set("owner", "pg_database_owner").set("comment", "standard public schema").set("acl", Json()).set("labels", Json());
  return result;
}

std::vector<Step> steps_into_new_database(const Object& object) {
  if (object.key() != born_key) return steps_of(object);
  Script script;
  decorate_changed(born(object), object, script);
  return sorted(std::move(script));
}

void append(std::string& text, const Step& step) { text += step.sql + ";\n"; }

// An object, or the declaration of its name.
struct Item {
  std::string key;
  Rank rank;
  std::vector<std::string> depends;
  std::vector<Step> steps;
  bool declaration = false;
};

std::vector<Item> items_of(const State& state) {
  std::vector<Item> items;
  tree::walk(state.nodes(), state.root(), [&](const std::string& key, const Digest& blob) {
    Object object = state.object(key, blob);
    Item item{key, object.kind->rank, {}, steps_into_new_database(object)};
    for (const Json& needed : object.body["depends"].items()) item.depends.push_back(needed.str());
    Item declaration{key, item.rank, item.depends, {}, true};
    const auto rest = std::stable_partition(item.steps.begin(), item.steps.end(), [](const Step& step) { return step.stage == Stage::declare; });
    std::move(item.steps.begin(), rest, std::back_inserter(declaration.steps));
    item.steps.erase(item.steps.begin(), rest);
    if (!declaration.steps.empty()) items.push_back(std::move(declaration));
    items.push_back(std::move(item));
  });
  return items;
}

bool needs(const Item& item, const std::string& key) {
  return std::find(item.depends.begin(), item.depends.end(), key) != item.depends.end();
}

// What needs what: a declared name needs its schema alone, and is enough for those that its object needs itself.
std::vector<std::pair<std::size_t, std::size_t>> edges_of(const std::vector<Item>& items) {
  std::unordered_map<std::string_view, std::size_t> objects;
  std::unordered_map<std::string_view, std::size_t> declarations;
  for (std::size_t i = 0; i < items.size(); ++i) (items[i].declaration ? declarations : objects).emplace(items[i].key, i);
  std::vector<std::pair<std::size_t, std::size_t>> edges;
  for (const auto& [key, declaration] : declarations) edges.emplace_back(declaration, objects.at(key));
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const std::string& key : items[i].depends) {
      const auto needed = objects.find(key);
      if (needed == objects.end() || (items[i].declaration && items[needed->second].rank != Rank::schema)) continue;
      const auto declared = declarations.find(key);
      const bool name_is_enough = declared != declarations.end() && needs(items[declared->second], items[i].key);
      edges.emplace_back(name_is_enough ? declared->second : needed->second, i);
    }
  }
  return edges;
}

// Dependencies first, else by rank and key. Should objects depend on each other in a ring, the ring is opened at the
// object of the lowest rank: the reader sees all of it, and the server will say what it cannot load.
std::vector<std::size_t> ordered(const std::vector<Item>& items) {
  std::vector<std::string> priorities;
  for (const Item& item : items) {
    priorities.push_back(fmt::format("{:03} {} {}", static_cast<int>(item.rank), item.key, item.declaration ? 0 : 1));
  }
  std::vector<std::pair<std::size_t, std::size_t>> edges = edges_of(items);
  for (;;) {
    graph::Order order = graph::sort(priorities, edges);
    if (order.cycle.empty()) return std::move(order.nodes);
    const std::size_t opened = *std::min_element(order.cycle.begin(), order.cycle.end(), [&](std::size_t a, std::size_t b) {
      return priorities[a] < priorities[b];
    });
    std::erase_if(edges, [&](const auto& edge) {
      return edge.second == opened && std::find(order.cycle.begin(), order.cycle.end(), edge.first) != order.cycle.end();
    });
  }
}

// A key can hold any character; a comment ends at a line's end.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), '\r', ' ');
  return text;
}

}  // namespace

std::string ddl(const Object& object) {
  std::string text;
  for (const Step& step : steps_of(object)) append(text, step);
  return text;
}

std::string script(const State& state) {
  const std::vector<Item> items = items_of(state);
  const std::vector<std::size_t> order = ordered(items);
  const bool needs_us = std::any_of(items.begin(), items.end(), [](const Item& item) {
    return std::any_of(item.steps.begin(), item.steps.end(),
                       [](const Step& step) { return step.sql.starts_with("SELECT xconnect."); });
  });
  std::string text = fmt::format("-- {}: {} objects\n\nSET client_encoding = '{}';{}", state.name(), items.size(),
                                 pg_get_client_encoding_name(), settings);
  if (needs_us) text += "\n-- for what no statement of PostgreSQL can do\nCREATE EXTENSION IF NOT EXISTS xconnect SCHEMA public;\n";
  for (const std::size_t i : order) {
    if (std::none_of(items[i].steps.begin(), items[i].steps.end(), [](const Step& step) { return step.stage <= Stage::create; }))
      continue;
    text += fmt::format("\n-- {}\n", one_line(items[i].key));
    for (const Step& step : items[i].steps)
      if (step.stage <= Stage::create) append(text, step);
  }
  for (const Stage stage : {Stage::finish, Stage::decorate}) {
    bool first = true;
    for (const std::size_t i : order) {
      for (const Step& step : items[i].steps) {
        if (step.stage != stage) continue;
        if (first) text += stage == Stage::finish ? "\n-- references among them\n" : "\n-- grants, comments, labels\n";
        first = false;
        append(text, step);
      }
    }
  }
  return text;
}

}  // namespace xc::diff
