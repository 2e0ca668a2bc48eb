// One graph, no phases. A node is a stage of an object; its edges are the rules below, each in a function of its own.
#include "plan/order.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/graph.hpp"
#include "kind/acl.hpp"
#include "plan/live.hpp"
#include "plan/names.hpp"
#include "plan/partition_indexes.hpp"

namespace xc::plan {

namespace {

constexpr std::array stages = {Stage::release, Stage::drop,   Stage::restore, Stage::change,  Stage::declare,
                              Stage::create,  Stage::finish, Stage::retire,  Stage::decorate};

// Renames that are left (there should be none) are changes.
Stage stage_of(const Step& step) { return step.stage == Stage::rename ? Stage::change : step.stage; }

// Among what is free to go: what lets go, then drops from the outside in, then changes and creations from the inside
// out. Default privileges change last, so that they are for all creations what they are while we plan. Event triggers see
// nothing of a plan that drops or makes them.
std::string priority(const Item& item, Stage stage) {
  const int rank = static_cast<int>(item.pair.kind().rank);
  const int step = stage == Stage::release ? 0 : stage == Stage::drop ? 1 : stage == Stage::finish || stage == Stage::retire ? 3 : stage == Stage::decorate ? 4 : 2;
  if (item.pair.kind().rank == Rank::default_acl) return fmt::format("5{}{}", step, item.pair.any().key());
  if (item.pair.kind().rank == Rank::event_trigger) {
    return fmt::format("{}{}{}", stage == Stage::release || stage == Stage::drop ? 0 : 6, step, item.pair.any().key());
  }
  return fmt::format("{}{:02}{}", step, stage == Stage::drop ? 99 - rank : rank, item.pair.any().key());
}

struct Node {
  std::size_t item;
  Stage stage;
  std::vector<const Step*> steps;
};

class Graph {
 public:
  explicit Graph(const Work& work) : work_(work), items_(work.items()) {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      add_nodes(i);
      if (items_[i].pair.to) note_index_part(i);
      if (items_[i].pair.to) partitions_.emplace(items_[i].pair.to->body["partition_of"].str(), i);
    }
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].pair.from) dependents_let_go(i);
      if (items_[i].pair.to) needs_come_first(i);
      if (items_[i].pair.to) joins_parents(i);
      if (items_[i].pair.to) refers_to_whole_index(i);
      if (items_[i].pair.to) partitions_have_joined(i);
      parts_of_relation(i);
      comes_back_before_rewrites(i, i);
    }
    parents_constraints_go_first();
    names_become_free();
    while_there_are_rights();
  }

  Ordered sort() const {
    std::vector<std::string> priorities;
    for (const Node& node : nodes_) priorities.push_back(priority(items_[node.item], node.stage));
    std::vector<std::pair<std::size_t, std::size_t>> edges;
    for (const auto& [edge, column] : edges_) edges.push_back(edge);
    const graph::Order order = graph::sort(priorities, edges);

    Ordered result;
    for (std::size_t i = 0; i < order.cycle.size(); ++i) {
      const std::size_t here = order.cycle[i];
      const auto edge = edges_.find({here, order.cycle[(i + 1) % order.cycle.size()]});
      result.cycle.push_back({nodes_[here].item, nodes_[here].stage, edge == edges_.end() ? std::string() : edge->second});
    }
    if (!result.cycle.empty()) return result;
    for (const std::size_t index : order.nodes) {
      const Node& node = nodes_[index];
      for (const Step* step : node.steps) result.steps.push_back(planned(*step, items_[node.item].pair.any(), node.item));
    }
    return result;
  }

 private:
  using Place = std::optional<std::size_t>;  // a node, if there is one

  // --- nodes ---

  void add_nodes(std::size_t item) {
    std::optional<std::size_t> previous;
    for (const Stage stage : stages) {
      Node node{item, stage, {}};
      for (const Step& step : items_[item].script.steps()) {
        if (stage_of(step) == stage) node.steps.push_back(&step);
      }
      // What falls with another object has no step of its own; see drop_of().
      const bool falls = stage == Stage::drop && work_.falls_with(item) != Work::npos;
      if (node.steps.empty() || falls) continue;
      const std::size_t index = nodes_.size();
      places_[{item, stage}] = index;
      nodes_.push_back(std::move(node));
      if (previous) edge(*previous, index);
      previous = index;
    }
  }

  Place at(std::size_t item, Stage stage) const {
    const auto found = places_.find({item, stage});
    return found == places_.end() ? Place() : found->second;
  }

  Place drop_of(std::size_t item) const {
    const std::size_t whole = work_.falls_with(item);
    return whole == Work::npos ? at(item, Stage::drop) : drop_of(whole);
  }

  void edge(Place before, Place after, const std::string& by_default_of = {}) {
    if (!before || !after || *before == *after) return;
    const auto added = edges_.emplace(std::pair{*before, *after}, by_default_of);
    if (!added.second && by_default_of.empty()) added.first->second.clear();
  }

  // --- before the change: who depends on an object lets go before it is dropped ---

  void dependents_let_go(std::size_t index) {
    const Item& item = items_[index];
    for (const Dependent& dependent : work_.dependents(item)) {
      const std::size_t other = work_.at(dependent.object);
      if (other == Work::npos || other == index) continue;
      if (item.drops()) {
        let_go(other, dependent.by_default_of, drop_of(index));
      } else {
        // It comes and goes around a change only when it is part of the object, or in its way.
        edge(at(other, Stage::release), at(index, Stage::change));
        edge(at(other, Stage::restore), at(index, Stage::change));
        if (item.script.rebuilds_all() || belongs_to(items_[other], item)) edge(drop_of(other), at(index, Stage::change));
        if (item.script.rebuilds_all()) edge(at(index, Stage::change), at(other, Stage::create));
        edge(drop_of(other), at(index, Stage::retire));
        for (const Stage stage : {Stage::change, Stage::create, Stage::finish}) edge(at(other, stage), at(index, Stage::retire));
      }
    }
    if (item.drops()) return;
    for (const std::string& column : item.script.rebuild_columns()) around_column_change(index, work_.dependents_of_changed(item, column));
    for (const std::string& column : item.script.destroyed_columns()) around_column_change(index, work_.dependents_of_destroyed(item, column));
  }

  void let_go(std::size_t dependent, const std::string& by_default_of, Place before) {
    const Item& item = items_[dependent];
    if (!by_default_of.empty() && (!item.drops() || item.released.contains(by_default_of))) {
      edge(at(dependent, Stage::release), before);
    } else if (item.drops()) {
      edge(drop_of(dependent), before, by_default_of);
    } else {
      edge(at(dependent, Stage::release), before);
      edge(at(dependent, Stage::change), before);
    }
  }

  void around_column_change(std::size_t index, const std::vector<Dependent>& dependents) {
    const Place change = at(index, Stage::change);
    for (const Dependent& dependent : dependents) {
      const std::size_t other = work_.at(dependent.object);
      if (other == Work::npos || other == index) continue;
      let_go(other, dependent.by_default_of, change);
      edge(change, at(other, Stage::create));
    }
  }

  // Does it stand on the relation, refer to it or inherit from it?
  static bool belongs_to(const Item& item, const Item& relation) {
    const std::string name = relation_name(*relation.pair.from);
    const Json& body = item.pair.from->body;
    if (name.empty()) return false;
    for (const Json* other : {&body["table"], &body["references"], &body["owned_by"]["table"], &body["partition_of"]}) {
      if (other->str() == name) return true;
    }
    for (const Json& parent : body["inherits"].items()) {
      if (parent.str() == name) return true;
    }
    return false;
  }

  // --- after the change: what an object needs comes first ---

  void needs_come_first(std::size_t index) {
    const Json& body = items_[index].pair.to->body;
    const std::size_t owner = work_.relation_after(body["owned_by"]["table"].str());
    for (const Json& key : body["depends"].items()) {
      const std::size_t needed = work_.with_key(key.str());
      if (needed != Work::npos && name_comes_first(needed, index)) continue;
      comes_before(needed, index, {Stage::create, Stage::finish});
      if (needed != Work::npos) edge(at(needed, Stage::finish), at(index, Stage::finish));
      if (needed == Work::npos || joins_at_end(index, needed)) continue;
      edge(at(needed, Stage::create), at(index, Stage::restore));
      // A column's sequence changes before the column does: around_column_change().
      if (needed != owner) comes_before(needed, index, {Stage::change});
    }
    for (const Json& key : body["default_depends"].items()) comes_before(work_.with_key(key.str()), index, {Stage::finish});
    comes_before(owner, index, {Stage::finish});
    if (owner != Work::npos) edge(at(index, Stage::create), at(owner, Stage::finish));
    if (body.has("identity_kind")) partitions_change_first(body["owned_by"]["table"].str(), at(index, Stage::create));
  }

  // A parent that a table gets is needed for nothing but that.
  bool joins_at_end(std::size_t index, std::size_t parent) const {
    const Item& item = items_[index];
    const std::string name = relation_name(*items_[parent].pair.to);
    if (item.how != How::change || name.empty()) return false;
    if (item.pair.to->body["partition_of"].str() == name) return becomes_partition(item);
    const auto inherits = [&](const Object& table) {
      const Json::Array& parents = table.body["inherits"].items();
      return std::find(parents.begin(), parents.end(), Json(name)) != parents.end();
    };
    return inherits(*item.pair.to) && !inherits(*item.pair.from);
  }

  // A partitioned table's identity column is its partitions', which are ready for it.
  void partitions_change_first(const std::string& table, Place later) {
    const auto [first, last] = partitions_.equal_range(table);
    for (auto partition = first; partition != last; ++partition) {
      edge(at(partition->second, Stage::restore), later);
      edge(at(partition->second, Stage::change), later);
      partitions_change_first(relation_name(*items_[partition->second].pair.to), later);
    }
  }

  // A declared name needs its schema alone. Of two objects that need each other one is made when the other is only a
  // name, and then that is all it needs: true.
  bool name_comes_first(std::size_t needed, std::size_t index) {
    const Pair& other = items_[needed].pair;
    if (other.kind().rank == Rank::schema) edge(at(needed, Stage::create), at(index, Stage::declare));
    if (!work_.need_each_other(needed, index)) return false;
    edge(at(needed, Stage::declare), at(index, Stage::change));
    edge(at(needed, Stage::declare), at(index, Stage::create));
    return at(needed, Stage::declare) || (other.from && other.from->body["shell"].truth());
  }

  void comes_before(std::size_t needed, std::size_t index, std::initializer_list<Stage> later_stages) {
    if (needed == Work::npos || needed == index) return;
    for (const Stage later : later_stages) {
      edge(at(needed, Stage::restore), at(index, later));
      edge(at(needed, Stage::change), at(index, later));
      edge(at(needed, Stage::create), at(index, later));
    }
    // What a table has can come with its parent's.
    const Pair& pair = items_[needed].pair;
    if (items_[needed].how != How::change) return;
    const auto brings = [&](const std::string& name) {
      const std::size_t parent = work_.relation_after(name);
      if (parent != Work::npos && items_[parent].how == How::change) comes_before(parent, index, later_stages);
    };
    if (pair.from->body["partition_of"] == pair.to->body["partition_of"]) brings(pair.to->body["partition_of"].str());
    if (pair.from->body["inherits"] != pair.to->body["inherits"]) return;
    for (const Json& parent : pair.to->body["inherits"].items()) brings(parent.str());
  }

  // --- a relation and what stands on it ---

  // A partition leaves its parent before its own indexes can go, and its replica identity is one of its new ones; it
  // joins its parent before its indexes do.
  void parts_of_relation(std::size_t index) {
    const Pair& pair = items_[index].pair;
    if (pair.from) {
      const std::size_t relation = work_.relation_before(pair.from->body["table"].str());
      if (relation != Work::npos) edge(at(relation, Stage::release), drop_of(index));
    }
    if (pair.to) {
      const std::size_t relation = work_.relation_after(pair.to->body["table"].str());
      if (relation == Work::npos) return;
      edge(at(index, Stage::change), at(relation, Stage::finish));
      edge(at(relation, Stage::finish), at(index, Stage::finish));
      if (comes_after_table(items_[index], items_[relation])) {
        edge(at(relation, Stage::finish), at(index, Stage::create));
      } else {
        edge(at(index, Stage::create), at(relation, Stage::finish));
      }
    }
  }

  // What refers to a partitioned table's key has to wait until all partitions have joined the tree with theirs.
  static bool comes_after_table(const Item& item, const Item& table) {
    const Json& body = item.pair.to->body;
    if (body.has("references")) return table.creates() || becomes_partition(table);
    return is_own_index(body, item.pair.kind()) && becomes_partition(table);
  }

  // A partitioned index is valid, and its key can be referred to, when it has all its parts.
  void parts_come_before(const std::string& index_name, Place later) {
    const auto [first, last] = index_parts_.equal_range(index_name);
    for (auto part = first; part != last; ++part) part_comes_before(part->second, later);
  }

  void part_comes_before(std::size_t part, Place later) {
    edge(at(part, Stage::finish), later);
    const Json& body = items_[part].pair.to->body;
    parts_come_before(body["schema"].str() + "." + body["name"].str(), later);
  }

  void refers_to_whole_index(std::size_t index) {
    const Json& body = items_[index].pair.to->body;
    const Place create = at(index, Stage::create);
    if (!body.has("references") || !create) return;
    for (const Json& key : body["depends"].items()) {
      const auto [first, last] = parts_of_kept_.equal_range(key.str());
      for (auto part = first; part != last; ++part) part_comes_before(part->second, create);
      const std::size_t needed = work_.with_key(key.str());
      if (needed == Work::npos) continue;
      const Json& other = items_[needed].pair.to->body;
      parts_come_before(other["schema"].str() + "." + other["name"].str(), create);
    }
  }

  // What an object has on partitions, as a trigger its clones, is there when they and what is between have joined.
  void partitions_have_joined(std::size_t index) {
    for (const Json& clone : items_[index].pair.to->body["partitions"].items()) {
      std::size_t table = work_.relation_after(clone["table"].str());
      while (table != Work::npos && items_[table].pair.to) {
        edge(at(table, Stage::finish), at(index, Stage::finish));
        table = work_.relation_after(items_[table].pair.to->body["partition_of"].str());
      }
    }
  }

  void note_index_part(std::size_t index) {
    const Json& body = items_[index].pair.to->body;
    for (const Json* whole : {&body["attached_to"], &body["index"]["attached_to"]}) {
      if (whole->str().empty()) continue;
      index_parts_.emplace(whole->str(), index);
      note_kept_wholes(index, whole->str());
    }
  }

  // An index that stays gets the part, and so do those that it is a part of itself.
  void note_kept_wholes(std::size_t part, const std::string& whole) {
    if (!at(part, Stage::finish)) return;
    for (const Address& index : index_and_wholes(whole)) {
      const std::size_t item = work_.at(index);
      if (item == Work::npos) parts_of_kept_.emplace(live_object(index).key(), part);
      else if (items_[item].how == How::change) parts_of_kept_.emplace(items_[item].pair.to->key(), part);
    }
  }

  // An index that is no part of a parent's. Where it equals one of the parent's, the server takes it for that one's part
  // when the table becomes a partition, unless it is made afterwards.
  static bool is_own_index(const Json& body, const Kind& kind) {
    return kind.rank == Rank::index ? !body.has("attached_to") : body.has("index") && !body["index"].has("attached_to");
  }

  static bool becomes_partition(const Item& table) {
    const Pair& pair = table.pair;
    if (!pair.to || !pair.to->body.has("partition_of")) return false;
    return table.creates() || pair.from->body["partition_of"] != pair.to->body["partition_of"] ||
           pair.from->body["partition_bound"] != pair.to->body["partition_bound"];
  }

  // A column that comes back is brought back in each table of a tree, and the tree is looked at then; a table joins its
  // parent when that is as it shall be.
  void joins_parents(std::size_t index) {
    const Json& body = items_[index].pair.to->body;
    joins(index, body["partition_of"]);
    for (const Json& parent : body["inherits"].items()) joins(index, parent);
  }

  // A change of its parent's, or of the parent's parent's, can rewrite a table.
  void comes_back_before_rewrites(std::size_t index, std::size_t below) {
    const Place restore = at(index, Stage::restore);
    if (!restore) return;
    const auto rewritten_with = [&](std::size_t above) {
      if (above == Work::npos) return;
      edge(restore, at(above, Stage::change));
      comes_back_before_rewrites(index, above);
    };
    for (const std::string& parent : parents_of(items_[below].pair.any().body)) rewritten_with(work_.relation_before(parent));
  }

  void joins(std::size_t index, const Json& parent) {
    const std::size_t relation = work_.relation_after(parent.str());
    if (relation == Work::npos) return;
    edge(at(index, Stage::restore), at(relation, Stage::finish));
    edge(at(index, Stage::change), at(relation, Stage::finish));
    edge(at(relation, Stage::finish), at(index, Stage::finish));
  }

  // A constraint that is a table's own and its parent's as well cannot be dropped while the parent has it.
  void parents_constraints_go_first() {
    std::map<std::string, std::vector<std::size_t>> going;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const Pair& pair = items_[i].pair;
      if (items_[i].drops() && pair.kind().rank == Rank::constraint) going[pair.from->body["name"].str()].push_back(i);
    }
    for (const auto& [name, all] : going) {
      for (const std::size_t own : all) {
        if (work_.falls_with(own) != Work::npos) continue;  // with its table it can be
        for (const std::size_t other : all) {
          if (own != other && is_on_heir_of(items_[own].pair.from->address, items_[other].pair.from->address)) edge(drop_of(other), drop_of(own));
        }
      }
    }
  }

  // --- names ---

  void names_become_free() {
    std::map<std::string, std::vector<std::size_t>> leaving;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!items_[i].drops()) continue;
      for (const std::string& name : all_names_held(*items_[i].pair.from)) leaving[name].push_back(i);
    }
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!items_[i].creates()) continue;
      for (const std::string& name : all_names_held(*items_[i].pair.to)) {
        for (const std::size_t other : leaving[name]) edge(drop_of(other), at(i, Stage::create));
      }
    }
  }

  // --- rights ---

  // What runs as a role needs its rights on the schema: what only adds some comes before it, what only takes some after.
  void while_there_are_rights() {
    std::map<std::string, std::vector<std::size_t>> running_in;
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      const Pair& pair = items_[nodes_[node].item].pair;
      const bool runs_as = std::any_of(nodes_[node].steps.begin(), nodes_[node].steps.end(), [](const Step* step) {
        return !step->run_as.empty() || !step->run_as_owner_of.empty();
      });
      if (runs_as && pair.to) running_in[pair.to->body["schema"].str()].push_back(node);
    }
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const Pair& pair = items_[i].pair;
      if (pair.kind().rank != Rank::schema || !pair.to) continue;
      const auto had = who_may_use(pair.from);
      const auto wanted = who_may_use(pair.to);
      const bool gains = std::includes(wanted.begin(), wanted.end(), had.begin(), had.end());
      if (!gains && !std::includes(had.begin(), had.end(), wanted.begin(), wanted.end())) continue;
      const Place rights = at(i, Stage::decorate);
      for (const std::size_t node : running_in[pair.to->identity()]) gains ? edge(rights, node) : edge(node, rights);
    }
  }

  // The roles with a right on the schema that it takes to find anything in it.
  static std::set<std::string> who_may_use(const std::optional<Object>& schema) {
    std::set<std::string> names;
    if (!schema) return names;
    const acl::Subject subject = acl::subject_of(*schema);
    for (const acl::Entry& entry : acl::entries_of(schema->body["acl"], subject.base)) {
      if (acl::allows(entry, 'U')) names.insert(entry.grantee);
    }
    return names;
  }

  const Work& work_;
  const std::vector<Item>& items_;
  std::vector<Node> nodes_;
  std::map<std::pair<std::size_t, Stage>, std::size_t> places_;
  std::multimap<std::string, std::size_t> index_parts_;  // by the name of the partitioned index
  std::multimap<std::string, std::size_t> parts_of_kept_;  // by the key of one that stays
  std::multimap<std::string, std::size_t> partitions_;   // by the name of the partitioned table
  std::map<std::pair<std::size_t, std::size_t>, std::string> edges_;  // and the column whose default is the reason
};

}  // namespace

Ordered order(const Work& work) { return Graph(work).sort(); }

}  // namespace xc::plan
