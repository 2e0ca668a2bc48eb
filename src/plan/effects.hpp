// What a step does to rows: counted when the plan is made, so that nobody loses data without having been told.
#pragma once

#include "plan/plan.hpp"

namespace xc::plan {

// Fills data_effect and loses. `from` and `to` of the pair that the step is for tell the types of columns.
void count_effect(PlannedStep& step);

}  // namespace xc::plan
