// xc_checkout(): the whole schema to a commit, back or forward.
#include <string>

#include <fmt/format.h>

#include "apply/apply.hpp"
#include "core/sql.hpp"
#include "ledger/reading.hpp"
#include "ledger/rev.hpp"
#include "pg/entry.hpp"
#include "vault/vault.hpp"
#include "pg/server.hpp"

namespace xc::apply {

namespace {

struct Request {
  std::string rev;
  std::string reason;
  bool allow_data_loss = false;

  // The same call, with the loss allowed.
  std::string call_with_loss() const {
    return fmt::format("SELECT xc_checkout({}{}, allow_data_loss => true)", sql::literal(rev),
                       reason.empty() ? "" : ", reason => " + sql::literal(reason));
  }
};

void note_already_there(const store::Commit& head, const store::Commit& target) {
  const std::string text = fmt::format("the schema is as at {} already", target.change_id);
  const std::string detail = fmt::format("HEAD is {}; no change was made.", head.change_id);
  pg::call([&] { ereport(NOTICE, (errmsg("%s", text.c_str()), errdetail("%s", detail.c_str()))); });
}

std::string protocol(const plan::Intended& intended, const store::Commit& target, const tree::Ref& root) {
  Json details = Json::object();
  details.set("identify", target.change_id);
  details.set("snapshot", fmt::format("{} {}", intended.goal.head.change_id, intended.goal.head.hash.hex()));
  details.set("restore", fmt::format("{} step(s)", intended.plan.steps.size()));
  details.set("verify", "tree " + root.hash.hex());
  details.set("log", "this row");
  details.set("notify", "channel xconnect");
  note_loss(intended, details);
  note_rewritten(intended, details);
  return details.dump();
}

// Seals what was run.
store::Commit arrive(plan::Intended& intended, const store::Commit& target, const std::string& reason) {
  capture::Intent intent;
  intent.kind = "checkout";
  intent.reason = reason;
  intent.target = target.change_id;
  store::Nodes nodes;
  intent.expected_root = expected_root_at(target, intended, nodes);
  intent.expected_nodes = &nodes;
  intent.details = protocol(intended, target, *intent.expected_root);
  return finish(intended, std::move(intent));
}

std::string checkout(const Request& request) {
  // What this transaction has changed already is HEAD, and HEAD~1 is counted from there.
  const store::Commit head = begin();
  const store::Commit target = ledger::resolve_rev(request.rev);
  const bool same_schema = target.tree == head.tree;
  if (same_schema && vault::waiting_relations().empty()) {
    note_already_there(head, target);
    return head.change_id;
  }
  at_step("validate");
  plan::Intended intended;
  {
    const Settings settings;
    intended = set_out_and_run(way_of_checkout(target, request.reason), request.allow_data_loss, request.call_with_loss());
  }
  if (intended.plan.steps.empty() && intended.goal.pairs.empty() && intended.goal.head.seq == head.seq) {
    note_already_there(head, target);
    return head.change_id;
  }
  const store::Commit commit = arrive(intended, target, request.reason);
  notify(commit, "checkout", target.change_id);
  return commit.change_id;
}

}  // namespace

Way way_of_checkout(const store::Commit& target, const std::string& reason) {
  Way way;
  way.intend = [target](bool direct) { return plan::intend_checkout(store::head().value(), target, run_step, direct); };
  way.leg = [reason](std::int64_t change) {
    const store::Commit before = store::commit(change - 1).value();
    std::vector<plan::PlannedStep> steps;
    plan::Intended intended;
    {
      const Settings settings;
      intended = set_out(way_of_checkout(before, reason), &steps);
      run(intended, false, {});
    }
    steps.insert(steps.end(), intended.plan.steps.begin(), intended.plan.steps.end());
    (void)arrive(intended, before, reason);
    return steps;
  };
  return way;
}

}  // namespace xc::apply

XC_FUNCTION(xc_checkout) {
  xc::ledger::has_to_write("xc_checkout()");
  xc::apply::Request request;
  request.rev = xc::ledger::required_text(fcinfo, 0, "rev");
  request.reason = xc::ledger::text_argument(fcinfo, 1).value_or("");
  request.allow_data_loss = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
  return xc::ledger::text_result(
      xc::apply::protected_run("checkout", request.rev, request.reason, [&] { return xc::apply::checkout(request); }));
}
