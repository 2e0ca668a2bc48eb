// What plans are made of. A goal is a list of pairs: each object as it is and as it shall be. A plan is the steps that
// turn the one into the other, in the order in which they can run.
//
// Planning has two phases. Renames come first, and really run: every other object's text follows them by itself, so what
// is left to do can only be seen afterwards. Then the rest is planned from the bodies as they read then. To show a plan
// without changing anything, the first phase runs in a subtransaction that is rolled back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/tree.hpp"
#include "kind/kind.hpp"
#include "store/store.hpp"

namespace xc::plan {

struct Pair {
  std::optional<Object> from;  // as it reads now; nothing: it is to be created
  std::optional<Object> to;    // as it shall read; nothing: it is to be dropped

  std::int64_t seq = 0;        // a commit at which it read as it shall
  bool lives_on = false;       // known to be the same object, perhaps made again since, and not only of the same name
  std::optional<Digest> recorded = {};  // by an older server, as it shall read: texts can come out otherwise once they are said
  bool anew = false;           // not the same table, though of the same name: its own rows come back from the vault

  const Object& any() const { return from ? *from : *to; }
  const Kind& kind() const { return *any().kind; }
};

struct Goal {
  store::Commit head;
  std::vector<Pair> pairs;
  std::vector<tree::Edit> edits;    // what turns HEAD's tree into the target's
  std::map<std::string, Digest> rewritten;  // what reads otherwise there than an older server recorded it, and what it recorded
  std::optional<tree::Ref> origin;     // the tree of the past that the target is taken from
  std::vector<std::string> losses;  // what is gone already and will not come back, one line each
  std::int64_t by_way_of = 0;       // a change that took rows which only the state before it can take back; 0: none
};

struct PlannedStep {
  Step step;
  std::string object;               // key of the object it is for
  std::size_t item = 0;             // see work.hpp; meaningless for steps of the first phase
  std::string data_effect;          // what it does to rows; "" when nothing
  bool loses = false;               // rows or values are gone for good afterwards
  std::string owner;                // quoted: of that object
  std::string part_of;              // or of the relation that it is a part of, for an object that has none
};

PlannedStep planned(const Step& step, const Object& object, std::size_t item = 0);

// Runs a step of the first phase.
using Run = std::function<void(const PlannedStep&)>;

struct Plan {
  std::vector<PlannedStep> steps;
  std::size_t already_run = 0;      // as many steps at the front
  std::map<std::string, Digest> followers;  // objects in no pair that read differently after the renames, by key
  std::vector<tree::Edit> follower_edits;   // what that means for the tree
  std::map<std::string, Object> rebuilt;    // objects in no pair that are dropped and made again, by key
};

// Keys, at HEAD, of objects that depend on what is to be dropped, and are not to be dropped themselves: with any there is
// no plan. Runs the first phase, too.
std::set<std::string> blockers(Goal goal, const Run& run);
// Refusal: drifted, unsupported.
Plan make(Goal& goal, const Run& run);

// "rows of public.t are lost", one line for every loss of the plan and the goal.
std::vector<std::string> losses(const Goal& goal, const Plan& plan);
// Does a step set a value that has to be filled in?
bool has_secrets(const Plan& plan);
// "ACCESS EXCLUSIVE"; "" for none.
const char* lock_name(Lock lock);
bool same_text(const Object& a, const Object& b);
// The same text, and of the same parts: a column can have gone and another one come under its name.
bool same(const Object& from, const Object& to);

}  // namespace xc::plan
