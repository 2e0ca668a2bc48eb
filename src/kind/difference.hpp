// What the alter() of several kinds needs to compare two bodies: is there a difference that no statement was written
// for, and in which order parts can be renamed when one's new name is still another's old one.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"

namespace xc {

// "schema.name" of a body.
std::string qualified_name(const Json& body);

// Are the bodies equal apart from the members that alter() has dealt with and those that are not a kind's own business
// (names, satellites, dependencies)?
bool same_apart_from(const Json& from, const Json& to, std::initializer_list<std::string_view> handled);

// Which part of an object is which in another state of it: by index in the one, the index in the other.
using Match = std::vector<std::optional<std::size_t>>;

// Pairs the parts that a test calls the same; each test is tried on what those before it left over.
Match match_parts(std::size_t before, std::size_t after,
                  std::initializer_list<std::function<bool(std::size_t, std::size_t)>> same);

struct Renaming {
  std::string from;
  std::string to;
};

// The renamings as single steps that never meet a name in use, over a temporary name where they form a ring. `taken`:
// the names of all parts now. Works on quoted identifiers as well as on plain text.
std::vector<Renaming> rename_order(std::vector<Renaming> wanted, std::vector<std::string> taken);

// The same for paired parts that have a "name".
std::vector<Renaming> rename_parts(const Json::Array& before, const Json::Array& after, const Match& matched);

// The names that all parts have once those that are paired have theirs of the target: one that goes makes way for another.
// meets_new_ones: also for one that is added.
struct PartNames {
  std::vector<std::string> names;
  std::vector<Renaming> renamings;
};
PartNames give_names(const std::vector<std::string>& before, const std::vector<std::string>& after, const Match& matched,
                     bool meets_new_ones);

// A name that is not in use.
std::string free_name(const std::vector<std::string>& taken);

}  // namespace xc
