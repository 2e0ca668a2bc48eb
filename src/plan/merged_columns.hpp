// A table's own column that a table it inherits from has as well is one column there: what is done to the parent's is
// done to it, and nothing else can be.
#pragma once

#include "plan/work.hpp"

namespace xc::plan {

// Sets Object::merged of what inherits, where the parent is in the plan.
void note_merged_columns(std::vector<Item>& items, const Work& work);

}  // namespace xc::plan
