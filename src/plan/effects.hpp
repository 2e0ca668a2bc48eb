// What a step does to rows: counted when the plan is made, so that nobody loses data without having been told.
#pragma once

#include "plan/plan.hpp"

namespace xc::plan {

// What nobody loses is counted for people who look at a plan, and not again when it runs.
extern bool counts_all;

// Fills data_effect and loses. The pair that the step is for tells the types of columns.
void count_effect(const Pair& pair, PlannedStep& step);

}  // namespace xc::plan
