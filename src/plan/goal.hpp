// From commits and changes to pairs of objects.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "plan/past.hpp"
#include "plan/plan.hpp"

namespace xc::plan {

// The whole schema as it was at a commit.
Goal goal_of_commit(Past& past, const store::Commit& head, const store::Commit& target);

// The schema without one change, or without several: those that build on it taken along.
class Undo {
 public:
  Undo(Past& past, const store::Commit& head, std::int64_t change);

  // Adds the later changes without which the objects are not as the changes left them, newest first each time.
  void take_along_what_builds_on_it();
  // Adds the change that made the object depend on what is undone; false when none did.
  bool take_along_dependent(const std::string& key);
  // Adds the changes without which the goal would be no schema that can be (along.cpp); false when there are none.
  bool take_along_what_the_goal_asks(const Goal& goal);
  const std::set<std::int64_t>& changes() const { return changes_; }
  Goal goal();

 private:
  // What an object's key means at the point in the past that the undoing has reached.
  struct State {
    std::optional<Digest> blob;
    std::string key_now;     // the same object's key at HEAD; "" when it no longer exists
    std::int64_t seq = 0;    // the commit whose state this is
    std::int64_t rows_of = 0;  // the commit whose rows it gets, since a change that took them is undone; 0: none was
  };
  State& state(const std::string& key);
  std::optional<Digest> in_the_end(const std::string& key);
  // Each adds changes; false when there are none. Something would lack what it depends on; would name columns that were
  // taken away, renamed or retyped since; tables inherit since from what changes for all that inherit from it; the
  // parents of what comes back have something else for it; its name is taken; a type's name goes to one of another kind.
  bool take_along_what_lacks(const Goal& goal);
  bool take_along_columns(const Goal& goal);
  bool take_along_heirs(const Goal& goal);
  bool take_along_heritage(const Goal& goal);
  bool take_along_heirs_of_other_columns(const Goal& goal);
  bool take_along_sequences_of_other_owner(const Goal& goal);
  bool take_along_constraints_of_left_parents(const Goal& goal);
  bool take_along_holders_of_names(const Goal& goal);
  bool take_along_users_of_other_kind(const Goal& goal);
  bool take_along_joining(const std::string& key);
  bool take_along_losses_of_heir(const std::string& heir, const Pair& pair);
  bool take_along_changes_for_heirs(const std::string& relation, std::int64_t since);
  static bool has_other_parts(const std::string& key, const State& state);
  std::optional<std::string> undo(const ledger::Entry& entry);
  std::optional<std::pair<std::string, std::int64_t>> undo_all();

  Past& past_;
  store::Commit head_;
  store::Nodes nodes_;
  std::int64_t first_;
  std::set<std::int64_t> changes_;
  std::map<std::string, State> states_;
};

}  // namespace xc::plan
