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

[[noreturn]] void refuse_later_changes(Past& past, const ledger::Entry& entry, const std::string& detail) {
  throw Refusal(code::dependent_changes, fmt::format("later changes depend on {}", entry.change_id))
      .detail(detail)
      .hint(fmt::format("SELECT xc_rollback({}, cascade => true); takes them back as well, newest first.",
                        sql::literal(past.change(entry.seq).change_id)));
}

std::string lines(Past& past, const std::set<std::int64_t>& changes, std::int64_t without) {
  std::string text;
  for (auto seq = changes.rbegin(); seq != changes.rend(); ++seq) {
    if (*seq != without) text += (text.empty() ? "" : "\n") + past.line(*seq);
  }
  return text;
}

// Objects that depend on what the change made, each with the change that touched it last.
std::string lines_of_blockers(Past& past, const std::vector<std::string>& keys, std::int64_t since) {
  std::string text;
  for (const std::string& key : keys) {
    const auto touching = past.touching(key, since);
    text += fmt::format("{}{} depends on it", text.empty() ? "" : "\n", key);
    if (!touching.empty()) text += ": " + past.line(touching.front());
  }
  return text;
}

bool nothing_to_do(const Goal& goal) {
  return std::all_of(goal.pairs.begin(), goal.pairs.end(),
                     [](const Pair& pair) { return pair.from && pair.to && same_text(*pair.from, *pair.to); });
}

// The dependents that a plan for the goal would leave behind. Only looks.
std::vector<std::string> blockers_of(const Goal& goal, const Run& run) {
  std::vector<std::string> blockers;
  in_vain([&] {
    Goal trial = goal;
    blockers = make(trial, run).blockers;
  });
  return blockers;
}

}  // namespace

Intended intend_rollback(const store::Commit& head, std::string_view change_id, bool cascade, const Run& run) {
  Past past;
  const ledger::Entry entry = require_reversible(past, change_id);
  Undo undo(past, head, entry.seq);
  for (;;) {
    undo.take_along_what_builds_on_it();
    if (undo.changes().size() > 1 && !cascade) {
      refuse_later_changes(past, entry, lines(past, undo.changes(), entry.seq));
    }
    Intended intended;
    intended.goal = undo.goal();
    if (nothing_to_do(intended.goal)) {
      throw Refusal(code::already_rolled_back, fmt::format("there is nothing to roll back: all objects of {} are as before it", change_id))
          .hint("SELECT * FROM xc_log();");
    }
    const auto blockers = cascade ? blockers_of(intended.goal, run) : std::vector<std::string>();
    const auto taken = std::count_if(blockers.begin(), blockers.end(),
                                     [&](const std::string& key) { return undo.take_along_dependent(key); });
    if (taken > 0) continue;
    intended.undone = ids_of(past, undo.changes());
    intended.plan = make(intended.goal, run);
    if (!intended.plan.blockers.empty()) {
      refuse_later_changes(past, entry, lines_of_blockers(past, intended.plan.blockers, entry.seq));
    }
    return intended;
  }
}

Intended intend_checkout(const store::Commit& head, const store::Commit& target, const Run& run) {
  Past past;
  Intended intended;
  intended.goal = goal_of_commit(past, head, target);
  intended.plan = make(intended.goal, run);
  if (!intended.plan.blockers.empty()) {
    throw Refusal(code::drifted, fmt::format("objects that {} does not have depend on what it drops", target.change_id))
        .detail(sql::join(intended.plan.blockers, "\n"))
        .hint("SELECT * FROM xc_drift();");
  }
  return intended;
}

}  // namespace xc::plan
