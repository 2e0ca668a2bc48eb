// The two things that people ask for, as plans: take a change back, go to a commit. Both are planned in the same way
// whether they are shown or run; `run` runs the renames, which come first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/goal.hpp"
#include "plan/plan.hpp"

namespace xc::plan {

struct Intended {
  Goal goal;
  Plan plan;
  std::vector<std::string> lost;     // what was allowed to go when it ran, one line each
  std::vector<std::string> undone;   // ids of the changes that a rollback takes back, newest first
};

// direct: where Goal::by_way_of is set there is no plan otherwise, and nothing has run.
// Errors: unknown_rev, already_rolled_back, dependent_changes (with the list), drifted, unsupported.
Intended intend_rollback(const store::Commit& head, std::string_view change_id, bool cascade, const Run& run, bool direct = true);
Intended intend_checkout(const store::Commit& head, const store::Commit& target, const Run& run, bool direct = true);

}  // namespace xc::plan
