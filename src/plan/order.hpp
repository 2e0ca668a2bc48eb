// The order of all steps, from what depends on what: before the change by the catalogs, after it by the descriptions.
#pragma once

#include <vector>

#include "plan/work.hpp"

namespace xc::plan {

struct Ordered {
  std::vector<PlannedStep> steps;
  std::vector<Work::InCycle> cycle;  // when there is one, there are no steps
};

Ordered order(const Work& work);

}  // namespace xc::plan
