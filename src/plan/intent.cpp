// What may be taken back, and what has to go along; see intent.hpp.
#include "plan/intent.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "plan/in_vain.hpp"
#include "pg/server.hpp"

namespace xc::plan {

namespace {

const ledger::Entry& require_reversible(Past& past, std::string_view change_id) {
  const ledger::Entry& entry = past.change(change_id);
  if (entry.kind == "baseline") {
    throw Refusal(code::unsupported, fmt::format("{} is the baseline and cannot be rolled back", change_id))
        .detail("It records what was there before xconnect was; there is nothing to go back to.")
        .hint("SELECT * FROM xc_log();");
  }
  if (const auto rollback = past.undone_by(entry.change_id)) {
    throw Refusal(code::already_rolled_back, fmt::format("{} is rolled back already", change_id))
        .detail(fmt::format("That was {}.", past.line(past.change(*rollback).seq)))
        .hint(fmt::format("SELECT xc_rollback({}); takes that back.", sql::literal(*rollback)));
  }
  return entry;
}

std::vector<std::string> ids_of(Past& past, const std::set<std::int64_t>& changes) {
  std::vector<std::string> ids;
  for (auto seq = changes.rbegin(); seq != changes.rend(); ++seq) ids.push_back(past.change(*seq).change_id);
  return ids;
}

[[noreturn]] void refuse_later_changes(Past& past, const ledger::Entry& entry, const std::set<std::int64_t>& changes) {
  std::string lines;
  for (auto seq = changes.rbegin(); seq != changes.rend(); ++seq) {
    if (*seq != entry.seq) lines += (lines.empty() ? "" : "\n") + past.line(*seq);
  }
  throw Refusal(code::dependent_changes, fmt::format("later changes depend on {}", entry.change_id))
      .detail(lines)
      .hint(fmt::format("SELECT xc_rollback({}, cascade => true); takes them back as well, newest first.",
                        sql::literal(entry.change_id)));
}

bool nothing_to_do(const Goal& goal) {
  return std::all_of(goal.pairs.begin(), goal.pairs.end(),
                     [](const Pair& pair) { return pair.from && pair.to && same(*pair.from, *pair.to); });
}

// Only looks.
std::set<std::string> blockers_of(const Goal& goal, const Run& run) {
  std::set<std::string> found;
  in_vain([&] { found = blockers(goal, run); });
  return found;
}

// The change, and all that has to go along.
Goal goal_of(Undo& undo, const Run& run) {
  for (;;) {
    undo.take_along_what_builds_on_it();
    Goal goal = undo.goal();
    if (undo.take_along_what_the_goal_asks(goal)) continue;
    std::size_t taken = 0;
    for (const std::string& key : blockers_of(goal, run)) taken += undo.take_along_dependent(key) ? 1 : 0;
    if (taken == 0) return goal;
  }
}

}  // namespace

Intended intend_rollback(const store::Commit& head, std::string_view change_id, bool cascade, const Run& run, bool direct) {
  Past past;
  const ledger::Entry entry = require_reversible(past, change_id);
  Undo undo(past, head, entry.seq);
  Intended intended;
  intended.goal = goal_of(undo, run);
  if (undo.changes().size() > 1 && !cascade) refuse_later_changes(past, entry, undo.changes());
  if (nothing_to_do(intended.goal)) {
    throw Refusal(code::already_rolled_back, fmt::format("there is nothing to roll back: all objects of {} are as before it", change_id))
        .hint("SELECT * FROM xc_log();");
  }
  intended.undone = ids_of(past, undo.changes());
  if (!undo.changes().contains(intended.goal.by_way_of)) intended.goal.by_way_of = 0;
  if (!direct && intended.goal.by_way_of != 0 && intended.undone.size() > 1) return intended;
  intended.plan = make(intended.goal, run);
  return intended;
}

Intended intend_checkout(const store::Commit& head, const store::Commit& target, const Run& run, bool direct) {
  Past past;
  Intended intended;
  intended.goal = goal_of_commit(past, head, target);
  if (intended.goal.by_way_of == target.seq + 1) intended.goal.by_way_of = 0;
  if (!direct && intended.goal.by_way_of != 0) return intended;
  intended.plan = make(intended.goal, run);
  return intended;
}

}  // namespace xc::plan
