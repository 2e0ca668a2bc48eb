// Rows that a constraint of the target does not let in cannot be there once it is reached: they are lost with it.
#pragma once

#include <string>
#include <vector>

#include "kind/kind.hpp"

namespace xc::apply {

// Is it a constraint for which that can be done: a CHECK, a foreign key?
bool can_remove_unfit_rows(const Object& constraint);
// Makes room for a CHECK that stands NOT VALID, or for a foreign key that is to be added: rows that break it go, and of a
// foreign key whose columns can be null only these values; then what referred to the rows that went, likewise. One line
// for each table, as for other losses; none when there is nothing that it can do.
std::vector<std::string> remove_unfit_rows(const Object& constraint);

// The code of a violation, as long as the program lives; nothing when it is none.
const char* violation(const std::string& sqlstate);
// "(5), (7) and 2 more": values of a foreign key that its other table does not have, as its owner sees them; "" when none.
std::string keys_without_partner(const std::string& constraint);
// The same of a primary key or UNIQUE that is to be: values that are there more than once.
std::string keys_there_twice(const Json& constraint);

}  // namespace xc::apply
