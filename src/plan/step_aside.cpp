// See step_aside.hpp.
#include "plan/step_aside.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "capture/capture.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "plan/dependents.hpp"
#include "plan/live.hpp"
#include "plan/names.hpp"
#include "pg/server.hpp"

namespace xc::plan {

namespace {

// Is a column of a table of the type, or of an array, domain, composite type or range made of it?
bool holds_values(Oid type, std::set<Oid>& seen) {
  if (!seen.insert(type).second) return false;
  for (const pg::Row& row : pg::scan(DependRelationId, DependReferenceIndexId,
                                     {pg::oid_key(Anum_pg_depend_refclassid, TypeRelationId),
                                      pg::oid_key(Anum_pg_depend_refobjid, type)})) {
    const auto& edge = row.form<FormData_pg_depend>();
    if (edge.classid == TypeRelationId && holds_values(edge.objid, seen)) return true;
    if (edge.classid != RelationRelationId || edge.objsubid == 0) continue;
    const char kind = pg::call([&] { return get_rel_relkind(edge.objid); });
    if (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) return true;
    if (kind == RELKIND_COMPOSITE_TYPE && holds_values(pg::call([&] { return get_rel_type_id(edge.objid); }), seen)) return true;
  }
  return false;
}

// The functions that are internal parts of the type and of the types that are: a range's constructors. Renaming the type
// leaves them their names.
void add_constructors(Oid type, std::vector<Oid>& functions) {
  for (const pg::Row& row : pg::scan(DependRelationId, DependReferenceIndexId,
                                     {pg::oid_key(Anum_pg_depend_refclassid, TypeRelationId),
                                      pg::oid_key(Anum_pg_depend_refobjid, type)})) {
    const auto& edge = row.form<FormData_pg_depend>();
    if (edge.deptype != DEPENDENCY_INTERNAL) continue;
    if (edge.classid == ProcedureRelationId) functions.push_back(edge.objid);
    if (edge.classid == TypeRelationId) add_constructors(edge.objid, functions);
  }
}

class Aside {
 public:
  Aside(Goal& goal, const Run& run) : goal_(goal), run_(run) {}

  // What follows a type that stepped aside can be a type that has to step aside as well.
  void run_all() {
    while (step_aside_once()) {
      for (Pair& pair : goal_.pairs) {
        if (pair.from) pair.from = live_object(pair.from->address);
      }
      ask_for_followers();
    }
  }

 private:
  bool step_aside_once() {
    std::vector<Pair> successors;
    bool any = false;
    for (Pair& pair : goal_.pairs) {
      if (!must_step_aside(pair)) continue;
      if (temporaries_ == 0) remember();
      rename(pair);
      any = true;
      if (pair.to) successors.push_back({std::nullopt, std::exchange(pair.to, std::nullopt)});
    }
    for (Pair& pair : successors) goal_.pairs.push_back(std::move(pair));
    return any;
  }

  bool must_step_aside(const Pair& pair) const {
    if (!pair.from || pair.kind().rank != Rank::type) return false;
    if (pair.to && lacks_what_others_use(pair)) return true;
    if (pair.to ? !is_replaced(pair) : !holds_a_wanted_name(*pair.from)) return false;
    std::set<Oid> seen;
    return holds_values(pair.from->address.object, seen);
  }

  // ALTER TYPE, too, refuses to convert an attribute below a column.
  static bool is_replaced(const Pair& pair) {
    if (same_text(*pair.from, *pair.to)) return false;
    Script script;
    return pair.kind().alter(*pair.from, *pair.to, script) == Change::replace || !script.rebuild_columns().empty();
  }

  bool lacks_what_others_use(const Pair& pair) const {
    Script script;
    if (same_text(*pair.from, *pair.to) || pair.kind().alter(*pair.from, *pair.to, script) == Change::replace) return false;
    if (script.not_usable_yet().empty()) return false;
    const std::set<std::string> types = made_of(*pair.from);
    return std::any_of(goal_.pairs.begin(), goal_.pairs.end(), [&](const Pair& other) {
      if (!other.to || (other.from && same_text(*other.from, *other.to)) || !needs(other.to->body, types)) return false;
      const auto& names = script.not_usable_yet();
      return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return mentions(other.to->body, name); });
    });
  }

  // The type, and all types that are made of it, now or at the target.
  std::set<std::string> made_of(const Object& type) const {
    std::set<std::string> keys;
    add_types_on(type, keys);
    for (bool more = true; more;) {
      more = false;
      for (const Pair& pair : goal_.pairs) {
        if (pair.to && pair.kind().rank == Rank::type && needs(pair.to->body, keys)) more |= keys.insert(pair.to->key()).second;
      }
    }
    return keys;
  }

  static void add_types_on(const Object& type, std::set<std::string>& keys) {
    if (!keys.insert(type.key()).second) return;
    for (const Dependent& dependent : dependents_of(type.address)) {
      if (dependent.untracked) continue;
      const Object object = live_object(dependent.object);
      if (object.kind->rank == Rank::type) add_types_on(object, keys);
    }
  }

  bool holds_a_wanted_name(const Object& type) const {
    const auto held = all_names_held(type);
    return std::any_of(goal_.pairs.begin(), goal_.pairs.end(), [&](const Pair& pair) {
      if (pair.from) return false;
      const auto wanted = all_names_held(*pair.to);
      return std::find_first_of(held.begin(), held.end(), wanted.begin(), wanted.end()) != held.end();
    });
  }

  void rename(Pair& pair) {
    const Kind& kind = pair.kind();
    Script script;
    std::vector<Oid> constructors;
    add_constructors(pair.from->address.object, constructors);
    for (const Oid function : constructors) {
      script.add(Stage::rename, fmt::format("ALTER FUNCTION {} RENAME TO {}", pg::function_signature(function), temporary_name()));
    }
    const std::string name = temporary_name();
    if (kind.rename != nullptr) {
      kind.rename(*pair.from, name, script);
    } else {
      script.add(Stage::rename, fmt::format("ALTER {} RENAME TO {}", kind.target(pair.from->body), name));
    }
    run_steps(pair, script);
    pair.from = live_object(pair.from->address);
    if (!pair.from->body.has("multirange")) return;
    Object aside = *pair.from;
    aside.body.set("multirange", temporary_name());
    Script second;
    kind.alter(*pair.from, aside, second);
    run_steps(pair, second);
  }

  std::string temporary_name() { return fmt::format("xc_old_{}", ++temporaries_); }

  void run_steps(const Pair& pair, Script& script) {
    for (Step& step : script.steps()) {
      step.because("it makes way for the type as it is in the target, which the columns change over to");
      run_(planned(step, *pair.from));
    }
  }

  // What reads differently from HEAD because of the renames that came first.
  void remember() {
    for (const capture::Difference& difference : capture::collect().differences) {
      if (difference.exists) before_.emplace(difference.address, difference.after());
    }
  }

  void ask_for_followers() {
    std::set<Address> asked_for;
    for (const Pair& pair : goal_.pairs) {
      if (pair.from) asked_for.insert(pair.from->address);
    }
    for (const capture::Difference& difference : capture::collect().differences) {
      if (asked_for.contains(difference.address) || !difference.before || !difference.exists) continue;
      Pair pair;
      pair.from = difference.after();
      const auto before = before_.find(difference.address);
      pair.to = before != before_.end() ? before->second : store::object(*difference.before->blob);
      pair.to->address = pair.from->address;
      pair.to->parts = pair.from->parts;
      if (!same_text(*pair.from, *pair.to)) goal_.pairs.push_back(std::move(pair));
    }
  }

  Goal& goal_;
  const Run& run_;
  std::map<Address, Object> before_;
  int temporaries_ = 0;
};

}  // namespace

void step_aside(Goal& goal, const Run& run) { Aside(goal, run).run_all(); }

}  // namespace xc::plan
