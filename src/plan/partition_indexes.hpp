// ATTACH PARTITION sees to it that the partition has its part of every index of the partitioned table: it takes the
// first equal index that there is, or makes one. Where the target knows better, it has to pass over the index: where
// the partition has no part of it (as CREATE INDEX ON ONLY leaves it), and where there are several to choose from.
#pragma once

#include <string>
#include <vector>

#include "plan/work.hpp"

namespace xc::plan {

// Sets Object::passed_over of what becomes a partition, of one of the items; true when it is another than before.
bool note_passed_over_indexes(Item& item, const std::vector<Item>& items, const Work& work);

// What the index of that name is, or the index of, and what those that it is part of are.
std::vector<Address> index_and_wholes(const std::string& name);

}  // namespace xc::plan
