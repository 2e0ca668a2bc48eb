// What ALTER COLUMN TYPE does to the values of a column, known from the two types' names alone.
#pragma once

#include <string_view>

#include "kind/kind.hpp"

namespace xc {

// The statement that makes a type, such that it gets the OIDs it had when rows come back that hold them.
// The parts are the OIDs of its labels, or the numbers of its attributes, or neither.
enum class Parts { none, labels, attributes };
std::string with_its_oids(const Object& to, const std::string& create, Parts parts = Parts::none);

struct TypeChange {
  bool keeps_values = false; // every value comes out unchanged, or the statement fails
  bool needs_using = true;   // no assignment cast: an explicit one has to be asked for
  bool rewrites = true;      // the table's storage is rewritten
};

// Types as format_type() prints them, with type modifiers.
TypeChange type_change(std::string_view from, std::string_view to);

}  // namespace xc
