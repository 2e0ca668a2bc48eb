// Which names an object takes up. Two objects cannot hold the same name at the same time, so the one has to leave it
// before the other can take it.
#pragma once

#include <string>
#include <vector>

#include "kind/kind.hpp"

namespace xc::plan {

// Where an object stands by its name: both quoted.
struct Place {
  std::string scope;  // its schema, or the relation that it stands on; "" when it lives in the database itself
  std::string name;
  auto operator<=>(const Place&) const = default;
};

Place place_of(const Json& body);
bool stands_on_relation(const Json& body);
// "public.t" of a relation, "" of anything else.
std::string relation_name(const Object& object);
// The column of that quoted name; nullptr when there is none.
const Json* find_column(const Json& body, const std::string& name);
// Those that the body says it is a partition of or inherits from, named so.
std::vector<std::string> parents_of(const Json& body);

// The names that the object holds, or would hold at another place.
std::vector<std::string> names_held(const Object& object);
std::vector<std::string> names_held(const Object& object, const Place& place);
// The same with the names that do not follow the object's own: a range's multirange type has one.
std::vector<std::string> all_names_held(const Object& object);

// Does a string in the body have the name as a word of its own? Where objects are named does not count.
bool mentions(const Json& value, const std::string& name);

}  // namespace xc::plan
