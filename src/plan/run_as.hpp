// Code of the users (CHECK, DEFAULT, casts) never runs with more rights than its owner has: when a superuser plans or
// rolls back, it runs as the owner, in a security-restricted context.
#pragma once

#include <optional>
#include <string>

#include "kind/script.hpp"
#include "plan/plan.hpp"
#include "pg/scope.hpp"

namespace xc::plan {

class RunAs {
 public:
  explicit RunAs(const std::string& role);  // quoted; "": nobody's code can run, so nothing is changed
  explicit RunAs(const Step& step);

 private:
  std::optional<pg::AsRole> scope_;
};

// Whose object the step is about; InvalidOid: nobody's.
Oid responsible_for(const PlannedStep& step);

}  // namespace xc::plan
