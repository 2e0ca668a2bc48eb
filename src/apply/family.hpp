// Columns of tables that inherit from each other, partitions included.
#pragma once

#include <string>

#include "pg/catalog.hpp"

namespace xc {

std::vector<Oid> parents_of(Oid relation);
std::vector<Oid> children_of(Oid relation);
bool is_partition(Oid relation);
// Makes a column that a table has from its parents none of its own.
void inherit_alone(Oid relation, const std::string& column);
// Gives those that inherit from the relation the columns of it that they lack.
void complete_children(Oid relation);
// A column that is there again becomes its parents', as far as they have it, and its children's theirs.
void link_to_tree(Oid relation, const std::string& column);
// What a column of that type and collation depends on.
void depend_on_type(Oid relation, AttrNumber number, Oid type, Oid collation);

}  // namespace xc
