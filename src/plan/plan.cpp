// Both phases of planning; see plan.hpp.
#include "plan/plan.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "capture/capture.hpp"
#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "kind/secret.hpp"
#include "ledger/reading.hpp"
#include "pg/query.hpp"
#include "plan/effects.hpp"
#include "plan/live.hpp"
#include "plan/order.hpp"
#include "plan/renames.hpp"
#include "plan/step_aside.hpp"
#include "plan/work.hpp"

namespace xc::plan {

bool has_secrets(const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [](const PlannedStep& one) { return !one.step.secrets.empty(); });
}

namespace {

// It shall read as at HEAD, and under the name that it has there.
void ask_back(const capture::Difference& difference, Goal& goal) {
  Pair pair;
  pair.from = live_object(difference.address);
  Object wanted = store::object(*difference.before->blob);
  if (difference.before->key == difference.key) {
    wanted.address = pair.from->address;
    wanted.parts = pair.from->parts;
    pair.to = std::move(wanted);
  } else {
    const auto is_new = [&](const Pair& one) { return !one.from && one.to && one.to->key() == difference.key; };
    const auto found = std::find_if(goal.pairs.begin(), goal.pairs.end(), is_new);
    if (found != goal.pairs.end()) {
      found->from = std::exchange(pair.from, std::nullopt);
    } else {
      goal.pairs.push_back({std::exchange(pair.from, std::nullopt), std::nullopt});
    }
    pair.to = std::move(wanted);
  }
  goal.pairs.push_back(std::move(pair));
}

// Does it read at HEAD as it did in the past that the target is taken from? Then it stood there on something else that had
// the name: an index on a column that was renamed since, with a new one in its place.
bool stood_on_another(const Goal& goal, const ledger::Recorded& recorded) {
  store::Nodes nodes;
  return goal.origin && recorded.blob && tree::find(nodes, *goal.origin, recorded.key) == recorded.blob;
}

// What reads differently after the renames though nobody asked for it: the text of what refers to them.
void note_followers(Goal& goal, Plan& plan) {
  std::set<Address> asked_for;
  for (const Pair& pair : goal.pairs) {
    if (pair.from) asked_for.insert(pair.from->address);
  }
  for (const capture::Difference& difference : capture::collect().differences) {
    if (asked_for.contains(difference.address) || !difference.before || !difference.exists) continue;
    if (stood_on_another(goal, *difference.before)) {
      ask_back(difference, goal);
      continue;
    }
    plan.followers.emplace(difference.key, difference.blob);
    if (difference.before->key != difference.key) plan.follower_edits.push_back({difference.before->key, std::nullopt});
    plan.follower_edits.push_back({difference.key, difference.blob});
  }
}

[[noreturn]] void refuse_cycle(const Work& work, const std::vector<Work::InCycle>& cycle) {
  std::string names;
  for (const Work::InCycle& node : cycle) names += (names.empty() ? "" : ", ") + work.items()[node.item].pair.any().key();
  throw Refusal(code::unsupported, "the steps of the plan depend on each other in a circle")
      .detail("In the circle: " + names + ".")
      .hint(fmt::format("SELECT * FROM xc_dependents({}); what is in the circle and can go has to be dropped by hand first.",
                        sql::literal(work.items()[cycle.front().item].pair.any().key())));
}

Work work_on(Goal& goal, Plan& plan);

// Phase one, and what the rest has to do with. Refers to goal and plan.
Work begin(Goal& goal, const Run& run, Plan& plan) {
  const Run run_and_show = [&](const PlannedStep& step) {
    run(step);
    plan.steps.push_back(step);
  };
  run_renames(goal.pairs, run_and_show);
  if (!plan.steps.empty()) note_followers(goal, plan);
  step_aside(goal, run_and_show);
  plan.already_run = plan.steps.size();
  return work_on(goal, plan);
}

Work work_on(Goal& goal, Plan& plan) {
  Work work(goal.pairs, [&goal, &plan](const Object& object) {
    // A rename has been all that it needed.
    const auto is_it = [&](const Pair& pair) { return pair.from && pair.from->address == object.address; };
    const auto pair = std::find_if(goal.pairs.begin(), goal.pairs.end(), is_it);
    if (pair != goal.pairs.end()) return same_text(*pair->from, object);
    store::Nodes nodes;
    const Digest blob = store::blob_hash(object.body.dump());
    const auto follower = plan.followers.find(object.key());
    return follower != plan.followers.end() ? follower->second == blob
                                            : tree::find(nodes, goal.head.tree, object.key()) == blob;
  });
  work.complete();
  return work;
}

// The keys that they have at HEAD. Renames, those out of the way among them, have given them others.
std::map<Address, std::string> at_head(std::map<Address, std::string> objects) {
  if (objects.empty()) return objects;
  for (const capture::Difference& difference : capture::collect().differences) {
    const auto found = objects.find(difference.address);
    if (found != objects.end() && difference.before) found->second = difference.before->key;
  }
  return objects;
}

// What stands on something that goes, and reads at the target as it does at HEAD, stood then on another one of that name:
// an index on a column that was dropped and added again.
void ask_for(const std::map<Address, std::string>& objects, Goal& goal, Plan& plan) {
  store::Nodes nodes;
  for (const auto& [address, key] : at_head(objects)) {
    const auto blob = key == objects.at(address) ? tree::find(nodes, goal.head.tree, key) : std::nullopt;
    if (!blob) continue;
    Pair pair;
    pair.to = store::object(*blob);
    pair.from = live_object(address);
    pair.to->address = pair.from->address;
    pair.to->parts = pair.from->parts;
    goal.pairs.push_back(std::move(pair));
    plan.followers.erase(key);
    std::erase_if(plan.follower_edits, [&](const tree::Edit& edit) { return edit.key == key; });
  }
}

std::vector<PlannedStep> steps_of(Work& work) {
  for (;;) {
    Ordered ordered = order(work);
    if (ordered.cycle.empty()) return std::move(ordered.steps);
    if (!work.cut(ordered.cycle)) refuse_cycle(work, ordered.cycle);
    work.complete();
  }
}

// Secrets are kept nowhere: what the plan sets has to be set somewhere now, or given.
void require_secrets(const Plan& plan) {
  if (!has_secrets(plan)) return;
  const Secrets known = Secrets::known();
  std::string lines, statement;
  for (const PlannedStep& planned : plan.steps) {
    for (const std::string& name : known.missing(planned.step)) {
      lines += fmt::format("\n{} of {}", name, planned.object);
      if (statement.empty()) statement = with_blanks(planned.step);
    }
  }
  if (lines.empty()) return;
  throw Refusal(code::unsupported, "values that are secrets would have to be set again, and the history does not have them")
      .detail("It has digests of them only:" + lines)
      .hint(fmt::format("SET LOCAL xconnect.secrets = '...'; with the values, one a line; or set them by hand: {};", statement));
}

// What belongs to the cluster, so that no history of a database brings it back.
struct Elsewhere {
  std::vector<std::string> Step::*names;
  const char* what;
  const char* missing;  // those of an array that do not exist
  const char* creation;
};
constexpr std::array elsewhere = {
    Elsewhere{&Step::roles, "role",
              "SELECT name FROM pg_catalog.unnest($1::text[]) name WHERE pg_catalog.to_regrole(name) IS NULL", "CREATE ROLE {}; "},
    Elsewhere{&Step::tablespaces, "tablespace",
              "SELECT name FROM pg_catalog.unnest($1::text[]) name WHERE NOT EXISTS "
              "(SELECT FROM pg_catalog.pg_tablespace WHERE pg_catalog.quote_ident(spcname) = name)",
              "CREATE TABLESPACE {} LOCATION '...'; "},
};

void require(const Elsewhere& what, const Plan& plan) {
  std::map<std::string, const PlannedStep*> named;  // and who names it first
  for (const PlannedStep& planned : plan.steps) {
    for (const std::string& name : planned.step.*what.names) named.emplace(name, &planned);
  }
  if (named.empty()) return;
  std::vector<std::string> names;
  for (const auto& [name, step] : named) names.push_back(name);
  const auto missing = pg::query(what.missing, {ledger::text_array(names)});
  if (missing.empty()) return;
  std::string list, statements, lines;
  for (const pg::Fields& row : missing) {
    const PlannedStep& first = *named.at(*row[0]);
    list += (list.empty() ? "" : ", ") + *row[0];
    statements += fmt::format(fmt::runtime(what.creation), *row[0]);
    lines += fmt::format("\n{}: {}", first.object, first.step.sql);
  }
  const bool several = missing.size() > 1;
  throw Refusal("42704", fmt::format("the target names {}{}{} that {} not exist: {}", several ? "" : "a ", what.what, several ? "s" : "", several ? "do" : "does", list))
      .detail(fmt::format("A {} belongs to the cluster, so the history of a database does not bring it back. Named in:{}", what.what, lines))
      .hint(statements + "then try again.");
}

}  // namespace

PlannedStep planned(const Step& step, const Object& object, std::size_t item) {
  PlannedStep result;
  result.step = step;
  result.object = object.key();
  result.item = item;
  result.owner = object.body["owner"].str();
  result.part_of = object.body["table"].str();
  return result;
}

bool same_text(const Object& a, const Object& b) { return a.body == b.body; }

bool same(const Object& from, const Object& to) {
  if (to.kept && (to.kept->store != 0 || !to.kept->empty_since.empty())) return false;
  return same_text(from, to) && (from.address != to.address || from.parts == to.parts);
}

std::set<std::string> blockers(Goal goal, const Run& run) {
  Plan plan;
  std::set<std::string> keys;
  for (const auto& [address, key] : at_head(begin(goal, run, plan).blockers())) keys.insert(key);
  return keys;
}

Plan make(Goal& goal, const Run& run) {
  Plan plan;
  Work work = begin(goal, run, plan);
  if (!work.blockers().empty()) {
    ask_for(work.blockers(), goal, plan);
    work = work_on(goal, plan);
  }
  if (!work.blockers().empty()) {
    throw Refusal(code::drifted, fmt::format("{} depends on what is to be dropped", at_head(work.blockers()).begin()->second))
        .detail("Nothing in the history says that it is there.")
        .hint("SELECT * FROM xc_drift();");
  }
  for (PlannedStep& step : steps_of(work)) {
    count_effect(work.items()[step.item].pair, step);
    plan.steps.push_back(std::move(step));
  }
  for (const Elsewhere& what : elsewhere) require(what, plan);
  require_secrets(plan);
  for (const Item& item : work.items()) {
    const Pair& pair = item.pair;
    if (item.how == How::replace && same_text(*pair.from, *pair.to)) plan.rebuilt.emplace(pair.to->key(), *pair.to);
  }
  return plan;
}

std::vector<std::string> losses(const Goal& goal, const Plan& plan) {
  std::vector<std::string> lines = goal.losses;
  for (const PlannedStep& step : plan.steps) {
    if (step.loses) lines.push_back(step.data_effect);
  }
  return lines;
}

const char* lock_name(Lock lock) {
  switch (lock) {
    case Lock::none: return "";
    case Lock::share_update_exclusive: return "SHARE UPDATE EXCLUSIVE";
    case Lock::share: return "SHARE";
    case Lock::share_row_exclusive: return "SHARE ROW EXCLUSIVE";
    case Lock::access_exclusive: return "ACCESS EXCLUSIVE";
  }
  return "";
}

}  // namespace xc::plan
