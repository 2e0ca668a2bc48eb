// Running plans: settings, roles, errors that say which step failed, and the proof at the end.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "capture/capture.hpp"
#include "pg/scope.hpp"
#include "plan/intent.hpp"

namespace xc::apply {

// Everything that could change what a statement of a plan means. The user's lock_timeout and statement_timeout stay.
struct Settings {
  pg::Pinned pinned{pg::Pinned::For::statements};
  pg::Setting quiet{"client_min_messages", "warning"};
  pg::Setting bodies{"check_function_bodies", "off"};
  pg::Setting all_rows{"row_security", "off"};
  pg::Setting tablespace{"default_tablespace", ""};
  pg::Setting access_method{"default_table_access_method", "heap"};
  pg::Setting compression{"default_toast_compression", "pglz"};
  pg::Setting xml{"xmloption", "content"};
  pg::Setting nulls{"transform_null_equals", "off"};
};

// Which of the protocol's steps is being done: identify, validate, snapshot, restore, verify, log, notify.
void at_step(const char* step);
// Runs a rollback or checkout in a subtransaction of its own. When it fails after it has begun to restore, all it did is
// undone, and then an alert raised; the error goes on as it was.
std::string protected_run(const std::string& operation, const std::string& target, const std::string& reason,
                          const std::function<std::string()>& work);
// Seals what is pending, and what this transaction has changed so far as a change of its own; gives HEAD.
store::Commit begin();
void run_step(const plan::PlannedStep& step);
// Runs what planning has not run yet. Refusal(would_lose_data) before the first step, when the plan loses data and that
// is not allowed; `call`: how to allow it.
void run(plan::Intended& intended, bool allow_data_loss, const std::string& call);
// The same for the ledger; nothing when nothing was lost.
void note_loss(const plan::Intended& intended, Json& details);
// To a goal, perhaps by way of others: rows that the vault keeps of a table of another shape come back to that one, which
// is altered then.
struct Way {
  std::function<plan::Intended(bool direct)> intend;                       // from HEAD as it is then
  std::function<std::vector<plan::PlannedStep>(std::int64_t change)> leg;  // to before that change, as a change of its own
};
Way way_of_rollback(const std::string& change, bool cascade, const std::string& reason);
Way way_of_checkout(const store::Commit& target, const std::string& reason);
// Goes as far as there is a plan to the goal itself. Where a leg cannot be gone the plan is a direct one.
// before: the steps that have run.
plan::Intended set_out(const Way& way, std::vector<plan::PlannedStep>* before = nullptr);
// Plans and runs. Where rows may be lost, rows of the vault that no longer fit (a foreign key's partner is gone) are no
// reason to fail: they stay in the vault, with a warning.
plan::Intended set_out_and_run(const Way& way, bool allow_data_loss, const std::string& call);
// The tree that HEAD's becomes by the goal and by what follows from it; its nodes are put into `nodes`.
tree::Ref expected_root(plan::Intended& intended, store::Nodes& nodes);
// The tree of a commit, as this server writes it.
tree::Ref expected_root_at(const store::Commit& target, plan::Intended& intended, store::Nodes& nodes);
// For the ledger: what reads otherwise than an older server recorded it, and what that was.
void note_rewritten(const plan::Intended& intended, Json& details);
// Reads everything again, compares with the tree, and appends the change.
store::Commit finish(const plan::Intended& intended, capture::Intent intent);
// NOTIFY xconnect, at commit.
void notify(const store::Commit& commit, const std::string& kind, const std::string& target);

}  // namespace xc::apply
