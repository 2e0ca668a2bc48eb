// What a step does to rows: counted when the plan is made, so that nobody loses data without having been told.
#pragma once

#include "plan/plan.hpp"

namespace xc::plan {

// What nobody loses is counted for people who look at a plan, and not again when it runs.
extern bool counts_all;

// Fills data_effect and loses. The pair that the step is for tells the types of columns.
void count_effect(const Pair& pair, PlannedStep& step);
// Of a step that removes a label of an enum: what has it out of sight, as data_effect tells it; "" for nothing.
std::string uses_of_label(const Step::Effect& effect);

}  // namespace xc::plan
