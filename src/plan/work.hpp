// What has to be done to each object, and to which objects: a change to one can make others go and come again.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plan/dependents.hpp"
#include "plan/plan.hpp"

namespace xc::plan {

enum class How : std::uint8_t { create, drop, change, replace };

struct Item {
  Pair pair;
  How how = How::change;
  // Columns that give up their default before everything else, because of what it needs, and get one again at the end;
  // constraints of a domain likewise.
  std::set<std::string> released;
  // Gives up the column that owns it, likewise.
  bool disowned = false;
  // Leaves the partitioned table that it is a partition of, before it is dropped.
  bool leaves = false;
  // Drops what stands on it step by step, instead of letting it fall along.
  bool drops_one_by_one = false;
  // In no pair: it shall read as it does, and is here because of what it depends on.
  bool unasked = false;
  Script script;

  bool drops() const { return how == How::drop || how == How::replace; }
  bool creates() const { return how == How::create || how == How::replace; }
  bool lets_go() const { return !released.empty() || disowned || leaves; }
  bool has(Stage stage) const;
  // Can it be dropped and made again without a loss, as far as the schema goes?
  bool rebuildable() const;
};

class Work {
 public:
  // `at_head`: does an object that is in no pair read as it should (as at HEAD, apart from what renames did to it)?
  Work(std::vector<Pair> pairs, std::function<bool(const Object&)> at_head);

  // Adds all that has to be rebuilt or let go because of the rest. Refusal(unsupported) when something is in the way
  // that cannot be rebuilt.
  void complete();
  // The steps cannot be ordered: of the items given, in the order of a cycle, one is cut in smaller steps. False when
  // there is nothing to cut.
  struct InCycle {
    std::size_t item;
    Stage stage;
    std::string default_of;  // it comes before the next in the cycle because of the default of that column
  };
  bool cut(const std::vector<InCycle>& cycle);

  const std::vector<Item>& items() const { return items_; }
  // The item that an object at this address, of this key at the target, is; npos when there is none.
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
  std::size_t at(Address address) const;
  std::size_t with_key(const std::string& key) const;
  std::size_t relation_before(const std::string& name) const;  // by their names before and after
  std::size_t relation_after(const std::string& name) const;
  // Are there both in the other's "depends" at the target?
  bool need_each_other(std::size_t one, std::size_t other) const;
  // The item whose DROP takes this one along; npos when it has one of its own.
  std::size_t falls_with(std::size_t item) const;

  const std::vector<Dependent>& dependents(const Item& item) const;
  // Of a column whose type changes, or that goes: also in the tables in which it does so, too.
  std::vector<Dependent> dependents_of_changed(const Item& item, const std::string& column) const;
  std::vector<Dependent> dependents_of_destroyed(const Item& item, const std::string& column) const;

  // What depends on something that goes for good, and is in no pair, by the key that it has now.
  const std::map<Address, std::string>& blockers() const { return blockers_; }

 private:
  // What happens to what an object depends on: it goes for good, it is changed, it goes and something like it comes.
  enum class Fate : std::uint8_t { gone, changed, succeeded };

  const std::vector<Dependent>& dependents(const Item& item, const std::string& column) const;
  bool leaves(const Heir& heir) const;
  void add(Pair pair, How how);
  std::size_t falls_with_ring(const Object& object) const;
  void write(Item& item);
  Object before(const Item& item) const;
  bool leaves_parent(const Json& body) const;
  bool complete_once();
  bool meet_users_of_lost_columns(std::size_t replaced);
  bool part_from_references(std::size_t index);
  bool part_over(std::size_t index, const std::string& column);
  bool part(std::size_t index, const std::string& parent);
  bool meet(std::size_t destroyed, const Dependent& dependent, Fate fate);
  bool changes_parent(const Item& parent, const Dependent& dependent);
  bool let_go(std::size_t item, const Dependent& dependent, const Item& because_of);
  std::size_t partition_it_need_not(const Item& item, const Dependent& dependent) const;
  bool replace(std::size_t item, const Item& because_of);

  std::vector<Item> items_;
  std::function<bool(const Object&)> at_head_;
  std::map<Address, std::size_t> by_address_;
  std::map<std::string, std::size_t> by_key_, by_key_before_, relations_before_, relations_after_;
  std::map<Address, std::string> blockers_;
  mutable std::map<std::pair<Address, std::string>, std::vector<Dependent>> dependents_;
};

}  // namespace xc::plan
