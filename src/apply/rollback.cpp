// xc_rollback(): the seven steps of the protocol. Identify, validate (no later change depends on it), snapshot (HEAD is
// the state before, broken or not), restore, verify (structure, and the change's own query), log, notify.
#include <optional>
#include <string>

#include <fmt/format.h>

#include "apply/apply.hpp"
#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "ledger/reading.hpp"
#include "pg/entry.hpp"
#include "pg/query.hpp"
#include "pg/server.hpp"

namespace xc::apply {

namespace {

struct Request {
  std::string change;
  std::string reason;
  bool cascade = false;
  bool allow_data_loss = false;

  // The same call, with the loss allowed.
  std::string call_with_loss() const {
    return fmt::format("SELECT xc_rollback({}{}{}, allow_data_loss => true)", sql::literal(change),
                       reason.empty() ? "" : ", reason => " + sql::literal(reason), cascade ? ", cascade => true" : "");
  }
};

struct Validation {
  std::string query;
  std::string role;  // whose change it is
};

std::optional<Validation> validation_of(const std::string& change) {
  const ledger::Reading scope;
  const auto rows = pg::query("SELECT validate_with, current_user_name FROM xconnect.change WHERE change_id = $1", {pg::arg(change)});
  if (rows.empty() || !rows[0][0] || rows[0][0]->empty()) return {};
  return Validation{*rows[0][0], rows[0][1].value_or("")};
}

Oid role_of(const Validation& validation) {
  const char* name = validation.role.c_str();
  const Oid role = pg::call([&] { return get_role_oid(name, true); });
  if (OidIsValid(role)) return role;
  throw Refusal(code::unsupported, fmt::format("role \"{}\" does not exist any more", validation.role))
      .detail("The change's validation query would have to run as the role that wrote it: " + validation.query);
}

// In the caller's search_path, but as the role that wrote it, and read-only: it is text out of the ledger.
std::string validate(const std::string& change) {
  const auto validation = validation_of(change);
  if (!validation) return "no query";
  const pg::AsRole role(role_of(*validation), true);
  const pg::Restored<bool> read_only(XactReadOnly, true);
  const auto rows = pg::query(validation->query);
  if (rows.size() == 1 && rows[0].size() == 1 && rows[0][0] == "t") return "query gave true";
  throw Refusal(code::not_reached, fmt::format("the validation query of {} does not give true after the rollback", change))
      .detail(validation->query)
      .hint("Nothing was changed. Run the query to see what it gives now.");
}

std::string protocol(const Request& request, const plan::Intended& intended, const tree::Ref& root, const std::string& validated) {
  Json undone = Json::array();
  for (const std::string& id : intended.undone) undone.push(id);
  Json details = Json::object();
  details.set("identify", request.change);
  details.set("validate", intended.undone.size() == 1 ? "no later change depends on it"
                                                      : fmt::format("{} later change(s) taken along", intended.undone.size() - 1));
  details.set("snapshot", fmt::format("{} {}", intended.goal.head.change_id, intended.goal.head.hash.hex()));
  details.set("restore", fmt::format("{} step(s)", intended.plan.steps.size()));
  details.set("verify", fmt::format("tree {}; {}", root.hash.hex(), validated));
  details.set("log", "this row");
  details.set("notify", "channel xconnect");
  details.set("undone", std::move(undone));
  note_loss(intended, details);
  note_rewritten(intended, details);
  return details.dump();
}

// Seals what was run.
store::Commit arrive(plan::Intended& intended, const Request& request) {
  capture::Intent intent;
  intent.kind = "rollback";
  intent.reason = request.reason;
  intent.target = request.change;
  store::Nodes nodes;
  intent.expected_root = expected_root(intended, nodes);
  intent.expected_nodes = &nodes;
  at_step("verify");
  intent.details = protocol(request, intended, *intent.expected_root, validate(request.change));
  return finish(intended, std::move(intent));
}

std::string rollback(const Request& request) {
  (void)begin();
  at_step("validate");
  plan::Intended intended;
  {
    const Settings settings;
    intended = set_out_and_run(way_of_rollback(request.change, request.cascade, request.reason), request.allow_data_loss,
                               request.call_with_loss());
  }
  const store::Commit commit = arrive(intended, request);
  notify(commit, "rollback", request.change);
  return commit.change_id;
}

}  // namespace

// A leg takes a later change back that this one takes along.
Way way_of_rollback(const std::string& change, bool cascade, const std::string& reason) {
  Way way;
  way.intend = [change, cascade](bool direct) {
    return plan::intend_rollback(store::head().value(), change, cascade, run_step, direct);
  };
  way.leg = [reason](std::int64_t later) {
    Request request;
    request.change = store::commit(later).value().change_id;
    request.reason = reason;
    request.cascade = true;
    std::vector<plan::PlannedStep> steps;
    plan::Intended intended;
    {
      const Settings settings;
      intended = set_out(way_of_rollback(request.change, true, reason), &steps);
      run(intended, false, {});
    }
    steps.insert(steps.end(), intended.plan.steps.begin(), intended.plan.steps.end());
    (void)arrive(intended, request);
    return steps;
  };
  return way;
}

}  // namespace xc::apply

XC_FUNCTION(xc_rollback) {
  xc::ledger::has_to_write("xc_rollback()");
  xc::apply::Request request;
  request.change = xc::ledger::required_text(fcinfo, 0, "change");
  request.reason = xc::ledger::text_argument(fcinfo, 1).value_or("");
  request.cascade = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
  request.allow_data_loss = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
  return xc::ledger::text_result(
      xc::apply::protected_run("rollback", request.change, request.reason, [&] { return xc::apply::rollback(request); }));
}
