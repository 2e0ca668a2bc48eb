// The first phase of a plan: everything that only bears another name, or stands in another schema, gets there.
#pragma once

#include "plan/plan.hpp"

namespace xc::plan {

// Runs the steps, and reads the objects again. Afterwards the names of `from` and `to` of every pair are equal: a pair
// for which no statement could do that is split in one that drops and one that creates.
void run_renames(std::vector<Pair>& pairs, const Run& run);

}  // namespace xc::plan
