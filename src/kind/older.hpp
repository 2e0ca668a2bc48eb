// Bodies that a server older than this one recorded. Of some properties it knew nothing, and some texts it wrote otherwise:
// the same object reads differently here, after pg_upgrade or the restore of a dump.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kind/kind.hpp"

namespace xc {

// What stands around an object that is completed.
struct Beside {
  Address live;                  // the object that becomes it; {0,0}: it is made
  std::vector<Object> readings;  // of it, by newer servers since, the first one first; parts numbered as in it
  std::function<const Json*(const std::string& key)> body;  // of another object at the target; nullptr: there is none
  std::set<std::string> names;   // quoted: of what will be part of it; names given here are added
};

// Is what the newer server reads the very same but for properties that the older one knew nothing of, as it has them by
// itself, and for texts that servers write in their own way (texts: whatever these say)?
bool differs_in_writing_only(const Json& older, const Json& newer, bool texts);

// The name, quoted, that the server gives to NOT NULL of a column (quoted; "": of the object itself) where none is said: the
// one that was given when it was read first, if that can be one, since it depends on what else there is.
std::string default_not_null_name(const Json& body, std::string_view column, const std::string& given, Beside& beside);

}  // namespace xc
