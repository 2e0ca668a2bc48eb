// Columns of tables that inherit from each other, partitions included.
#pragma once

#include <string>

#include "pg/catalog.hpp"

namespace xc {

std::vector<Oid> parents_of(Oid relation);
std::vector<Oid> children_of(Oid relation);
bool is_partition(Oid relation);
// A column that is there again becomes its parents', as far as they have it, and its children's theirs.
void link_to_tree(Oid relation, const std::string& column);
// What a column of that type and collation depends on.
void depend_on_type(Oid relation, AttrNumber number, Oid type, Oid collation);

}  // namespace xc
