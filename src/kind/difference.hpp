// What the alter() of several kinds needs to compare two bodies: is there a difference that no statement was written
// for, and in which order parts can be renamed when one's new name is still another's old one.
#pragma once

#include <initializer_list>
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

struct Renaming {
  std::string from;
  std::string to;
};

// The renamings as single steps that never meet a name in use, over a temporary name where they form a ring. `taken`:
// the names of all parts now. Works on quoted identifiers as well as on plain text.
std::vector<Renaming> rename_order(std::vector<Renaming> wanted, std::vector<std::string> taken);

// A name that is not in use.
std::string free_name(const std::vector<std::string>& taken);

}  // namespace xc
