// A table's own column that a table it inherits from has as well is one column there: what is done to the parent's is
// done to it, and nothing else can be. But where the parent was made anew, and is given as a new column what comes back in
// the child, the child's has to be what the parent's will be.
#pragma once

#include "plan/work.hpp"

namespace xc::plan {

// Set Object::merged and Object::before_parents of what inherits, where the parent is in the plan.
void note_merged_columns(std::vector<Item>& items, const Work& work);
void note_columns_before_parents(std::vector<Item>& items, const Work& work);

}  // namespace xc::plan
