// Name spaces, as the server has them: relations share one in each schema with the indexes of constraints, and have one
// of their row types besides; what stands on a relation has one there; routines are told apart by their arguments, too.
#include "plan/names.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "pg/server.hpp"

namespace xc::plan {

namespace {

std::string schema_of_relation(const std::string& relation) {
  // The dot after the schema: quoted identifiers may hold dots themselves.
  bool quoted = false;
  for (std::size_t i = 0; i < relation.size(); ++i) {
    if (relation[i] == '"') quoted = !quoted;
    if (relation[i] == '.' && !quoted) return relation.substr(0, i);
  }
  return {};
}

// What follows the name in the identity: a routine's arguments.
std::string signature_of(const Json& body) {
  const std::string name = body["schema"].str() + "." + body["name"].str();
  const std::string& identity = body["identity"].str();
  return identity.starts_with(name) ? identity.substr(name.size()) : std::string();
}

bool is_relation(const Object& object) { return object.kind->catalog == RelationRelationId; }

// Its row type is a relation, too.
bool has_attributes(const Json& body) { return body.has("attributes"); }

}  // namespace

// What is named by a schema of its own (statistics) can leave the relation's; an index cannot.
bool stands_on_relation(const Json& body) {
  if (!body.has("table")) return false;
  const bool own_schema = body["identity"].str() == body["schema"].str() + "." + body["name"].str();
  const Kind* kind = own_schema ? kind_named(body["type"].str()) : nullptr;
  return kind == nullptr || kind->catalog == RelationRelationId;
}

Place place_of(const Json& body) {
  return {stands_on_relation(body) ? body["table"].str() : body["schema"].str(), body["name"].str()};
}

std::string relation_name(const Object& object) {
  return is_relation(object) ? object.body["schema"].str() + "." + object.body["name"].str() : std::string();
}

const Json* find_column(const Json& body, const std::string& name) {
  const Json::Array& columns = body["columns"].items();
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Json& one) { return one["name"].str() == name; });
  return found == columns.end() ? nullptr : &*found;
}

std::vector<std::string> parents_of(const Json& body) {
  std::vector<std::string> parents;
  if (body.has("partition_of")) parents.push_back(body["partition_of"].str());
  for (const Json& parent : body["inherits"].items()) parents.push_back(parent.str());
  return parents;
}

std::vector<std::string> names_held(const Object& object) { return names_held(object, place_of(object.body)); }

std::vector<std::string> all_names_held(const Object& object) {
  std::vector<std::string> names = names_held(object);
  const Json& body = object.body;
  if (body.has("multirange")) {
    names.push_back(fmt::format("type {}.{}", body["multirange_schema"].str(), body["multirange"].str()));
  }
  return names;
}

std::vector<std::string> names_held(const Object& object, const Place& place) {
  const Json& body = object.body;
  if (place.name.empty()) return {object.key()};
  const bool on_relation = stands_on_relation(body);
  const std::string in_schema = (on_relation ? schema_of_relation(place.scope) : place.scope) + "." + place.name;
  const std::string relation = "relation " + in_schema;
  const std::string type = "type " + in_schema;

  if (is_relation(object)) {
    if (on_relation) return {relation};  // an index has no row type
    return {relation, type};
  }
  if (object.kind->catalog == TypeRelationId) {
    if (has_attributes(body)) return {relation, type};
    return {type};
  }
  std::vector<std::string> names = {fmt::format("{} {}.{}{}", object.kind->catalog, place.scope, place.name, signature_of(body))};
  if (body.has("index")) names.push_back(relation);  // the constraint's
  return names;
}

bool mentions(const Json& value, const std::string& name) {
  if (value.is_string()) {
    const std::string& text = value.str();
    const auto in_word = [](char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; };
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      if ((at == 0 || !in_word(text[at - 1])) && (end == text.size() || !in_word(text[end]))) return true;
    }
    return false;
  }
  if (value.is_array()) {
    return std::any_of(value.items().begin(), value.items().end(),
                       [&](const Json& one) { return mentions(one, name); });
  }
  const auto& members = value.members();
  return std::any_of(members.begin(), members.end(), [&](const Json::Member& one) {
    static constexpr std::array no_code = {"depends", "default_depends", "identity", "name", "schema",
                                           "owner",   "comment",         "labels",   "acl"};
    return std::find(no_code.begin(), no_code.end(), one.first) == no_code.end() && mentions(one.second, name);
  });
}

}  // namespace xc::plan
