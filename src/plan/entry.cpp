// xc_plan_rollback() and xc_plan_checkout(): the steps that would run.
#include "apply/apply.hpp"
#include "capture/capture.hpp"
#include "ledger/reading.hpp"
#include "ledger/rev.hpp"
#include "pg/entry.hpp"
#include "pg/query.hpp"
#include "plan/effects.hpp"
#include "plan/in_vain.hpp"
#include "plan/intent.hpp"
#include "pg/server.hpp"

namespace xc::plan {

namespace {

pg::Field text_or_null(const std::string& text) { return text.empty() ? pg::Field() : pg::Field(text); }

void give(FunctionCallInfo fcinfo, const std::vector<PlannedStep>& steps) {
  pg::Result result(fcinfo);
  int ordinal = 0;
  for (const PlannedStep& step : steps) {
    result.row_text({std::to_string(++ordinal), step.step.sql, step.object, text_or_null(lock_name(step.step.lock)),
                     std::string(step.step.rewrites ? "t" : "f"), text_or_null(step.data_effect),
                     text_or_null(step.step.why)});
  }
}

// What this transaction changed so far counts as a change of its own, here as well as when the plan is run.
std::vector<PlannedStep> plan_only(const std::function<apply::Way()>& way) {
  std::vector<PlannedStep> steps;
  in_vain([&] {
    (void)apply::begin();
    const apply::Settings settings;
    const pg::Restored<bool> counting(counts_all, true);
    const Intended intended = apply::set_out(way(), &steps);
    steps.insert(steps.end(), intended.plan.steps.begin(), intended.plan.steps.end());
  });
  return steps;
}

}  // namespace

}  // namespace xc::plan

XC_FUNCTION(xc_plan_rollback) {
  const std::string change = xc::ledger::required_text(fcinfo, 0, "change");
  const bool cascade = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
  xc::plan::give(fcinfo, xc::plan::plan_only([&] { return xc::apply::way_of_rollback(change, cascade, {}); }));
  return 0;
}

XC_FUNCTION(xc_plan_checkout) {
  const xc::store::Commit target = xc::ledger::resolve_rev(xc::ledger::required_text(fcinfo, 0, "rev"));
  xc::plan::give(fcinfo, xc::plan::plan_only([&] { return xc::apply::way_of_checkout(target, {}); }));
  return 0;
}
