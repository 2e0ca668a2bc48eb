// See apply.hpp. Everything happens in the caller's transaction: an error in any step, or at the end, undoes all.
#include "apply/apply.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "apply/alert.hpp"
#include "apply/surgery.hpp"
#include "apply/unfit_rows.hpp"
#include "capture/reasons.hpp"
#include "capture/settings.hpp"
#include "capture/settle.hpp"
#include "capture/touched.hpp"
#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "kind/older.hpp"
#include "kind/secret.hpp"
#include "ledger/place.hpp"
#include "pg/attempt.hpp"
#include "pg/others_code.hpp"
#include "pg/progress.hpp"
#include "pg/query.hpp"
#include "plan/effects.hpp"
#include "plan/run_as.hpp"
#include "vault/carry.hpp"
#include "vault/kept_indexes.hpp"
#include "vault/vault.hpp"
#include "pg/server.hpp"

extern "C" {
#include "commands/async.h"
#include "utils/guc.h"
}

namespace xc::apply {

namespace {

// Adds a line to the context of errors that are raised within its scope.
class ErrorContext {
 public:
  explicit ErrorContext(const std::string& line) : line_(line) {
    callback_.previous = error_context_stack;
    callback_.callback = add_line;
    callback_.arg = this;
    error_context_stack = &callback_;
  }
  ~ErrorContext() { error_context_stack = callback_.previous; }
  ErrorContext(const ErrorContext&) = delete;
  ErrorContext& operator=(const ErrorContext&) = delete;

 private:
  static void add_line(void* self) { errcontext_msg("%s", static_cast<ErrorContext*>(self)->line_.c_str()); }

  std::string line_;
  ErrorContextCallback callback_{};
};

}  // namespace

namespace {

constexpr const char* steps_of_protocol[] = {"identify", "validate", "snapshot", "restore", "verify", "log", "notify"};
constexpr std::size_t restoring = 3;
constinit std::size_t step_now = 0;

}  // namespace

void at_step(const char* step) {
  for (std::size_t i = 0; i < std::size(steps_of_protocol); ++i) {
    if (std::string_view(steps_of_protocol[i]) == step) step_now = i;
  }
}

std::string protected_run(const std::string& operation, const std::string& target, const std::string& reason,
                          const std::function<std::string()>& work) {
  step_now = 0;
  const capture::ReasonOfCall reason_of_call(reason);
  const auto alert = [&](const pg::Failure& failure) {
    // That data would be lost is a question to the caller.
    if (step_now >= restoring && failure.sqlstate != code::would_lose_data) raise_alert(operation, target, steps_of_protocol[step_now], failure);
  };
  pg::Subtransaction sub;
  try {
    try {
      std::string result = work();
      sub.release();
      return result;
    } catch (const pg::Error& error) {
      sub.carry_out(error);
    }
  } catch (const pg::Error& error) {
    sub.rollback();
    if (!error.is_interrupt()) alert(pg::failure_of(error));
    throw;
  } catch (const Refusal& refusal) {
    sub.rollback();
    alert(pg::failure_of(refusal));
    throw;
  } catch (...) {
    sub.rollback();
    throw;
  }
}

store::Commit begin() {
  if (!capture::settings.capture) {
    throw Refusal(code::capture_off, "capture is off in this session, so nothing that this call does could be proven")
        .hint("SET xconnect.capture = on;");
  }
  capture::settle_if_possible();
  capture::seal({});
  const auto head = store::head();
  if (!head) throw Refusal(code::unknown_rev, "there is no history yet").hint("SELECT * FROM xc_status();");
  return *head;
}

namespace {

// Members of an extension get what the defaults in force give when it is made, and what these were then nobody knows.
// What they shall have is granted anyway.
void run_without_default_privileges(const std::string& sql) {
  const auto in_force = pg::query("SELECT oid::text, defaclacl::text FROM pg_catalog.pg_default_acl");
  if (!in_force.empty()) {
    pg::run("UPDATE pg_catalog.pg_default_acl SET defaclacl = pg_catalog.acldefault("
            "CASE defaclobjtype WHEN 'S' THEN 's'::\"char\" ELSE defaclobjtype END, defaclrole)");
  }
  pg::run(sql);
  for (const pg::Fields& row : in_force) {
    pg::run("UPDATE pg_catalog.pg_default_acl SET defaclacl = $2::aclitem[] WHERE oid = $1::oid", {pg::arg(*row[0]), pg::arg(*row[1])});
  }
}

// Does it make objects that are part of this one?
bool makes_members(const plan::PlannedStep& step) {
  if (step.step.stage != Stage::create && step.step.stage != Stage::change) return false;
  return std::any_of(kinds().begin(), kinds().end(), [&](const Kind* kind) {
    return kind->rank == Rank::extension && step.object.starts_with(std::string(kind->name) + " ");
  });
}

void warn(const plan::PlannedStep& step, const pg::Failure& failure) {
  const std::string text = fmt::format("{} was left unpopulated: {}", step.object, failure.message);
  const std::string hint = step.step.sql + ";";
  pg::call([&] { ereport(WARNING, (errmsg("%s", text.c_str()), errhint("Once it can be filled: %s", hint.c_str()))); });
}

}  // namespace

void run_step(const plan::PlannedStep& step) {
  const ErrorContext context(fmt::format("xconnect step for {}", step.object));
  const pg::Restored<bool> with_dropped_columns(vault::takes_all_along, true);
  const auto run = [&] {
    const pg::OthersCode others(plan::responsible_for(step));
    if (superuser() && makes_members(step)) return run_without_default_privileges(step.step.sql);
    const Oid caller = GetUserId();
    const plan::RunAs role(step.step);
    if (vault::makes_kept_index(step.step.sql)) return;
    GetUserId() == caller ? pg::run(step.step.sql) : run_in_its_place(step.step.sql);
  };
  if (!step.step.only_fills) return run();
  if (const auto failure = pg::attempt(run)) warn(step, *failure);
}

namespace {

[[noreturn]] void refuse_loss(const std::vector<std::string>& lines, const std::string& call) {
  throw Refusal(code::would_lose_data, "data would be lost for good")
      .detail(sql::join(lines, "\n"))
      .hint(fmt::format("{}; goes on all the same.", call));
}

void require_no_loss(const plan::Intended& intended, const std::string& call) {
  const auto lines = plan::losses(intended.goal, intended.plan);
  if (!lines.empty()) refuse_loss(lines, call);
}

}  // namespace

namespace {

const Object* wanted(const plan::Intended& intended, const std::string& key) {
  for (const plan::Pair& pair : intended.goal.pairs) {
    if (pair.to && pair.to->key() == key) return &*pair.to;
  }
  const auto rebuilt = intended.plan.rebuilt.find(key);
  return rebuilt == intended.plan.rebuilt.end() ? nullptr : &rebuilt->second;
}

// With the server's code, and more than one key where they can be told.
[[noreturn]] void refuse_unfit(const plan::PlannedStep& step, const Object* object, const pg::Failure& failure) {
  std::string detail = failure.message + ".";
  const std::string keys = object != nullptr && failure.sqlstate == "23505" ? keys_there_twice(object->body) : std::string();
  if (!keys.empty()) detail += "\nThere more than once: " + keys + ".";
  else if (!failure.detail.empty()) detail += "\n" + failure.detail;
  throw Refusal(violation(failure.sqlstate), fmt::format("rows do not fit {}", step.object))
      .detail(detail)
      .hint("Nothing was changed. These rows have to be changed or deleted first.");
}

// A step that tests rows. Those that the target does not let in are lost, which has to be allowed like any other loss.
void run_test(plan::Intended& intended, const plan::PlannedStep& step, bool allow_data_loss, const std::string& call) {
  const Object* object = wanted(intended, step.object);
  const auto failure = pg::attempt([&] { run_step(step); });
  if (!failure) return;
  const bool unfit = failure->sqlstate == "23514" || failure->sqlstate == "23503";
  const bool can_remove = unfit && object != nullptr && can_remove_unfit_rows(*object);
  const auto lines = can_remove ? remove_unfit_rows(*object) : std::vector<std::string>();
  if (lines.empty() && violation(failure->sqlstate) != nullptr) refuse_unfit(step, object, *failure);
  if (!lines.empty() && !allow_data_loss) refuse_loss(lines, call);
  for (const std::string& line : lines) {
    pg::call([&] { ereport(WARNING, (errmsg("%s", line.c_str()))); });
    intended.lost.push_back(line);
  }
  run_step(step);
}

// To end a subtransaction costs time for every lock and every table that the transaction has, so a plan has only so many:
// where it tests more, several tests share one, and what failed in it is done again a step at a time.
class Runner {
 public:
  Runner(plan::Intended& intended, bool allow_data_loss, const std::string& call)
      : intended_(intended), steps_(intended.plan.steps), allow_data_loss_(allow_data_loss), call_(call),
        secrets_(plan::has_secrets(intended.plan) ? Secrets::known() : Secrets()) {}

  void run() {
    constexpr std::size_t most_subtransactions = 64;
    const std::size_t begin = intended_.plan.already_run;
    const auto tests = static_cast<std::size_t>(std::count_if(steps_.begin() + static_cast<std::ptrdiff_t>(begin), steps_.end(), is_test));
    const std::size_t together = tests / most_subtransactions + 1;
    pg::Progress progress(pg::Progress::Work::restoration, pg::Progress::Unit::steps_run, static_cast<std::int64_t>(steps_.size()));
    progress_ = &progress;
    for (std::size_t i = begin; i < steps_.size();) {
      std::size_t end = i + 1;
      if (together > 1 && is_test(steps_[i])) end = end_of_batch(i, together);
      if (end == i + 1 || pg::attempt([&] { run_all(i, end, &Runner::run_plainly); })) run_all(i, end, &Runner::run_testing);
      i = end;
    }
  }

 private:
  static bool is_test(const plan::PlannedStep& step) { return step.step.effect.what == Step::Effect::What::scans; }

  std::size_t end_of_batch(std::size_t i, std::size_t tests) const {
    while (i < steps_.size() && tests > 0) {
      if (is_test(steps_[i++])) --tests;
    }
    return i;
  }

  void run_all(std::size_t begin, std::size_t end, void (Runner::*how)(const plan::PlannedStep&) const) const {
    for (std::size_t i = begin; i < end; ++i) {
      progress_->at(static_cast<std::int64_t>(i));
      const ErrorContext context(fmt::format("xconnect plan, step {} of {}: {}", i + 1, steps_.size(), steps_[i].step.sql));
      (this->*how)(steps_[i]);
    }
  }

  // What the plan itself dropped before can have the label: by then it was kept, and counted so.
  void require_unused_label(const plan::PlannedStep& step) const {
    const std::string uses = plan::uses_of_label(step.step.effect);
    if (uses.empty() || uses == step.data_effect) return;
    if (!allow_data_loss_) refuse_loss({uses}, call_);
    intended_.lost.push_back(uses);
  }

  void run_plainly(const plan::PlannedStep& step) const {
    if (step.step.effect.what == Step::Effect::What::removes_label) require_unused_label(step);
    if (step.step.secrets.empty()) return run_step(step);
    plan::PlannedStep filled = step;
    filled.step.sql = secrets_.fill_in(step.step);
    run_step(filled);
  }

  void run_testing(const plan::PlannedStep& step) const {
    is_test(step) ? run_test(intended_, step, allow_data_loss_, call_) : run_plainly(step);
  }

  plan::Intended& intended_;
  const std::vector<plan::PlannedStep>& steps_;
  bool allow_data_loss_;
  const std::string& call_;
  Secrets secrets_;
  pg::Progress* progress_ = nullptr;
};

void prepare_to_rewrite(const plan::Intended& intended) {
  const auto& steps = intended.plan.steps;
  const bool rewrites = std::any_of(steps.begin(), steps.end(), [](const plan::PlannedStep& one) {
    return one.step.rewrites || one.step.effect.what == Step::Effect::What::revives_column;
  });
  if (!rewrites) return;
  for (const plan::Pair& pair : intended.goal.pairs) {
    if (pair.from && pair.from->address.catalog == RelationRelationId) vault::give_missing_values(pair.from->address.object);
  }
}

}  // namespace

void note_loss(const plan::Intended& intended, Json& details) {
  if (intended.lost.empty()) return;
  Json lost = Json::array();
  for (const std::string& line : intended.lost) lost.push(line);
  details.set("lost", std::move(lost));
}

void run(plan::Intended& intended, bool allow_data_loss, const std::string& call) {
  if (!allow_data_loss) require_no_loss(intended, call);
  intended.lost = plan::losses(intended.goal, intended.plan);
  at_step("restore");
  // Hooks see most of what the steps touch, and the proof must not depend on that.
  for (const plan::Pair& pair : intended.goal.pairs) {
    if (pair.from) capture::touch(pair.from->address);
  }
  prepare_to_rewrite(intended);
  Runner runner(intended, allow_data_loss, call);
  runner.run();
}

plan::Intended set_out(const Way& way, std::vector<plan::PlannedStep>* before) {
  std::set<std::int64_t> gone;
  for (;;) {
    plan::Intended intended = way.intend(false);
    const std::int64_t change = intended.goal.by_way_of;
    if (change == 0) return intended;
    std::vector<plan::PlannedStep> steps;
    const capture::Touched touched = capture::touched();  // sealing clears it
    const bool again = !gone.insert(change).second;
    if (again || pg::attempt([&] { steps = way.leg(change); })) {
      capture::touched() = touched;
      return way.intend(true);
    }
    if (before != nullptr) before->insert(before->end(), steps.begin(), steps.end());
  }
}

namespace {

// Our statements name everything in full. The functions that they call may not: a body of SQL finds its names by the path of
// whoever calls it. So after pg_catalog come the schemas of the plan's objects, and then what a session begins with.
std::string path_of(const plan::Intended& intended) {
  std::set<std::string> schemas;
  for (const plan::Pair& pair : intended.goal.pairs) {
    for (const auto& object : {pair.from, pair.to}) {
      if (object && object->body.has("schema")) schemas.insert(object->body["schema"].str());
    }
  }
  std::string path = "pg_catalog";
  for (const std::string& schema : schemas) path += ", " + schema;
  const char* at_start = pg::call([] { return GetConfigOptionResetString("search_path"); });
  if (at_start != nullptr && at_start[0] != '\0') path += std::string(", ") + at_start;
  return path + ", pg_temp";
}

bool misses_a_name(const pg::Failure& failure) {
  for (const char* code : {"42704", "42883", "42P01", "3F000"}) {  // type, function or operator, relation, schema
    if (failure.sqlstate == code) return true;
  }
  return false;
}

plan::Intended set_out_and_run_once(const Way& way, bool allow_data_loss, const std::string& call) {
  std::string path;
  const auto work = [&] {
    plan::Intended intended = set_out(way);
    path = path_of(intended);
    run(intended, allow_data_loss, call);
    return intended;
  };
  pg::Subtransaction sub;
  try {
    try {
      plan::Intended intended = work();
      sub.release();
      return intended;
    } catch (const pg::Error& error) {
      if (path.empty() || error.is_interrupt() || !misses_a_name(pg::failure_of(error))) sub.carry_out(error);
    }
  } catch (...) {
    sub.rollback();
    throw;
  }
  sub.rollback();
  const std::string found = std::move(path);
  const pg::Restored<const char*> with_path(pg::path_for_others, found.c_str());
  return work();
}

}  // namespace

plan::Intended set_out_and_run(const Way& way, bool allow_data_loss, const std::string& call) {
  const auto work = [&] { return set_out_and_run_once(way, allow_data_loss, call); };
  if (!allow_data_loss || !vault::has_contents()) return work();
  // What cannot come back is passed over, and what can still does; after many tries, or where it is not known what it is, all.
  constexpr std::size_t most_tries = 20;
  vault::PassedOver without;
  const pg::Restored<const vault::PassedOver*> passed_over(vault::passed_over, &without);
  std::vector<std::string> reasons;
  std::optional<plan::Intended> intended;
  while (!intended) {
    vault::taking_back = InvalidOid;
    if (without.all) {
      intended = work();
      break;
    }
    const auto failure = pg::attempt([&] { intended = work(); });
    if (!failure) break;
    reasons.push_back(failure->message);
    without.all = vault::taking_back == InvalidOid || without.has(vault::taking_back) || reasons.size() == most_tries;
    without.stores.push_back(vault::taking_back);
  }
  for (const std::string& reason : reasons) {
    pg::call([&] {
      ereport(WARNING, (errmsg("rows that wait in the vault did not come back: %s", reason.c_str()), errhint("SELECT * FROM xc_vault();")));
    });
  }
  return std::move(*intended);
}

namespace {

// Objects that no change of the rollback touched, and that were rebuilt around one that it did. They have to read as
// before, with one exception: a result column can get its type from what was changed below.
std::vector<tree::Edit> rebuilt_with_other_types(const plan::Plan& plan) {
  std::vector<tree::Edit> edits;
  if (plan.rebuilt.empty()) return edits;
  const auto comparable = [](Json body) { return body.set("columns", Json()); };
  for (const capture::Difference& difference : capture::collect().differences) {
    const auto before = plan.rebuilt.find(difference.key);
    if (before == plan.rebuilt.end() || !difference.exists) continue;
    const Json body = difference.after().body;
    if (comparable(body) == comparable(before->second.body)) edits.push_back({difference.key, difference.blob});
  }
  return edits;
}

// What an older server recorded comes out in this one's words, once it has been said; a step must have said it.
std::vector<tree::Edit> written_in_other_words(plan::Intended& intended) {
  const auto& pairs = intended.goal.pairs;
  std::vector<tree::Edit> edits;
  if (std::none_of(pairs.begin(), pairs.end(), [](const plan::Pair& pair) { return pair.to && pair.recorded; })) return edits;
  std::set<std::string> said;
  for (const plan::PlannedStep& step : intended.plan.steps) said.insert(step.object);
  std::map<std::string, capture::Difference> differences;
  for (capture::Difference& difference : capture::collect().differences) {
    if (difference.exists) differences.emplace(difference.key, std::move(difference));
  }
  store::Nodes nodes;
  for (const plan::Pair& pair : pairs) {
    if (!pair.to || !pair.recorded || !said.contains(pair.to->key())) continue;
    const std::string key = pair.to->key();
    const auto found = differences.find(key);
    const auto blob = found != differences.end() ? found->second.blob : tree::find(nodes, intended.goal.head.tree, key);
    if (!blob || *blob == store::blob_hash(pair.to->body.dump())) continue;
    const Json body = found != differences.end() ? found->second.after().body : store::object(*blob).body;
    if (!differs_in_writing_only(pair.to->body, body, true)) continue;
    edits.push_back({key, *blob});
    intended.goal.rewritten.emplace(key, *pair.recorded);
  }
  return edits;
}

}  // namespace

void note_rewritten(const plan::Intended& intended, Json& details) {
  Json objects = Json::object();
  for (const auto& [key, recorded] : intended.goal.rewritten) objects.set(key, recorded.hex());
  details.set("rewritten", std::move(objects));
}

tree::Ref expected_root(plan::Intended& intended, store::Nodes& nodes) {
  // Names are given up first: another object can have taken them.
  std::vector<tree::Edit> edits;
  for (const tree::Edit& edit : intended.plan.follower_edits) {
    if (!edit.value) edits.push_back(edit);
  }
  for (const tree::Edit& edit : intended.goal.edits) edits.push_back(edit);
  for (const tree::Edit& edit : intended.plan.follower_edits) {
    if (edit.value) edits.push_back(edit);
  }
  for (const tree::Edit& edit : rebuilt_with_other_types(intended.plan)) edits.push_back(edit);
  for (const tree::Edit& edit : written_in_other_words(intended)) edits.push_back(edit);
  return tree::apply(nodes, intended.goal.head.tree, std::move(edits));
}

tree::Ref expected_root_at(const store::Commit& target, plan::Intended& intended, store::Nodes& nodes) {
  if (ledger::arrivals_since(target.seq).empty()) return target.tree;
  std::vector<tree::Edit> edits = intended.goal.edits;
  for (const tree::Edit& edit : written_in_other_words(intended)) edits.push_back(edit);
  return tree::apply(nodes, intended.goal.head.tree, std::move(edits));
}

store::Commit finish(const plan::Intended& intended, capture::Intent intent) {
  at_step("verify");
  intent.head_must_be = intended.goal.head.seq;
  intent.even_if_empty = true;
  const auto commit = capture::seal(intent);
  if (!commit) throw Refusal(code::internal, "nothing was sealed");
  return *commit;
}

void notify(const store::Commit& commit, const std::string& kind, const std::string& target) {
  at_step("notify");
  Json payload = Json::object();
  payload.set("change_id", commit.change_id).set("kind", kind).set("target", target).set("commit", commit.hash.hex());
  const std::string text = payload.dump();
  pg::call([&] { Async_Notify("xconnect", text.c_str()); });
}

}  // namespace xc::apply
