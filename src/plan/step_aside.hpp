// Between the phases: a type that only DROP and CREATE can change, or whose name another one takes over, but that columns
// of tables are of, steps aside for its successor; and so does one that is to get what other objects of the plan use, but
// that the server lets nobody use in the transaction that adds it. It gets another name, the columns are converted from the one to the
// other, and then it goes.
#pragma once

#include "plan/plan.hpp"

namespace xc::plan {

// Runs the renames, splits the pairs, and adds pairs for the objects whose text follows the old type though no pair asks
// for it: they shall read as they did before.
void step_aside(Goal& goal, const Run& run);

}  // namespace xc::plan
