// Rows that are not objects of their own, and the objects they belong to: column defaults, row types, array types, the
// index of a constraint, internal triggers, a view's _RETURN rule, TOAST, members of extensions.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kind/kind.hpp"

namespace xc {

// The object under version control that a catalog row belongs to (itself when it is one). Nothing: it is temporary, the
// system's, ours, gone, or of a kind that no file covers.
std::optional<Address> owner_of(Address address);

// The reason why owner_of() found nothing.
enum class Untracked { temporary, system, ours, gone, unsupported };
Untracked why_untracked(Address address);

// While one exists, these answers are worked out once for each address: for a time in which nobody changes the catalogs.
class OwnersRemembered {
 public:
  OwnersRemembered();
  ~OwnersRemembered();
  OwnersRemembered(const OwnersRemembered&) = delete;
  OwnersRemembered& operator=(const OwnersRemembered&) = delete;

  struct Memory;

 private:
  std::unique_ptr<Memory> memory_;
  Memory* outer_;
};

// Does the row come and go with another one only (TOAST, a row type, an array type)? Cheap, and known while it goes.
bool is_inseparable(Address address);

// Is it in a temporary schema, as far as the row itself tells? Cheap, like the one above.
bool is_temporary(Address address);

// What a row depends on, as pg_depend has it.
struct Dependency {
  Address on;
  char type;  // a DependencyType
};
std::vector<Dependency> dependencies_of(Address address);

// Was the row made as an internal part of another object (a range's constructors, its cast to the multirange)?
bool is_internal_part(Address address);

// Is the object a member of an extension (then the extension's address)?
std::optional<Address> extension_of(Address address);

}  // namespace xc
