// What depends on an object, by pg_depend: seen from objects, not from catalog rows.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "kind/kind.hpp"

namespace xc::plan {

// A table that has a column from its parent.
struct Heir {
  Address table, parent;
  bool has_more;  // it is its own as well, or another parent's
};

struct Dependent {
  Address object;
  std::string by_default_of;  // quoted column whose default (or generated expression) it is that depends, or constraint of
                              // a domain, which can be let go as well; "" when the object itself does
  bool untracked = false;     // no kind covers it: then `object` is the catalog row
  std::vector<Heir> through;  // it depends on the column that these have it from, the last one of them
  std::string of_row_type;    // quoted column that it has of the row type of the object, or of what is made of that
};

// Of the object with all that is part of it.
std::vector<Dependent> dependents_of(Address object);
// Of one column (quoted name) of a table or attribute of a type, and in the tables that inherit it.
std::vector<Dependent> dependents_of_column(Address object, const std::string& column);

// Does a body, with its columns' defaults, need one of the objects of these keys?
bool needs(const Json& body, const std::set<std::string>& keys);

// Of two constraints of tables: does the one's table inherit from the other's?
bool is_on_heir_of(Address constraint, Address other);

// "cast (…)": what an untracked row is, for messages.
std::string name_of_row(Address row);

}  // namespace xc::plan
