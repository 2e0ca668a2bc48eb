// Which later changes go along when a change is undone, beyond those that its objects show by themselves: the goal has to
// be a schema that can be. Nothing in it may lack what it needs, name a column that is another now, take a name that is
// not free, or inherit something else than its parents have.
#include "plan/goal.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "pg/catalog.hpp"
#include "plan/dependents.hpp"
#include "plan/live.hpp"
#include "plan/names.hpp"
#include "pg/server.hpp"

namespace xc::plan {

std::optional<Digest> Undo::in_the_end(const std::string& key) {
  const auto found = states_.find(key);
  return found != states_.end() ? found->second.blob : tree::find(nodes_, head_.tree, key);
}

namespace {

// Columns or attributes that the one has and the other has not, or not of that type.
std::set<std::string> columns_lost(const Object& from, const Object& to) {
  std::set<std::string> lost;
  for (const char* member : {"columns", "attributes"}) {
    const Json::Array& left = to.body[member].items();
    for (const Json& column : from.body[member].items()) {
      const auto same = [&](const Json& one) { return one["name"] == column["name"] && one["type"] == column["type"]; };
      if (std::none_of(left.begin(), left.end(), same)) lost.insert(column["name"].str());
    }
  }
  return lost;
}

// Keys of all that it needs, its columns' defaults included.
std::vector<std::string> needed_by(const Json& body) {
  std::vector<std::string> keys;
  for (const char* member : {"depends", "default_depends"}) {
    for (const Json& key : body[member].items()) keys.push_back(key.str());
  }
  return keys;
}

// And labels of an enum, as texts of code have them.
std::set<std::string> names_lost(const Object& from, const Object& to) {
  std::set<std::string> lost = columns_lost(from, to);
  const Json::Array& left = to.body["values"].items();
  for (const Json& label : from.body["values"].items()) {
    if (std::find(left.begin(), left.end(), label) == left.end()) lost.insert(sql::literal(label.str()));
  }
  return lost;
}

}  // namespace

bool Undo::take_along_columns(const Goal& goal) {
  bool any = false;
  for (const Pair& pair : goal.pairs) {
    if (!pair.to) continue;
    // What stays as it is lacks only what goes now.
    const bool stays = pair.from && same_text(*pair.from, *pair.to);
    const std::int64_t since = state(pair.to->key()).seq;
    const tree::Ref then = stays ? head_.tree : store::commit(since)->tree;
    for (const std::string& key : needed_by(pair.to->body)) {
      const auto before = tree::find(nodes_, then, key);
      const auto after = in_the_end(key);
      if (!before || !after || before == after) continue;
      for (const std::string& name : names_lost(store::object(*before), store::object(*after))) {
        if (!mentions(pair.to->body, name)) continue;
        const std::size_t known = changes_.size();
        for (const std::int64_t seq : past_.touching(key, since)) {
          if (changes_.contains(seq)) continue;
          const auto& objects = past_.change(seq).objects;
          const bool took = std::any_of(objects.begin(), objects.end(), [&](const ledger::ObjectChange& one) {
            return one.key == key && one.before && one.after &&
                   names_lost(store::object(*one.before), store::object(*one.after)).contains(name);
          });
          if (took) changes_.insert(seq);
        }
        // What is undone took it: then what was built on it goes.
        if (changes_.size() == known && since >= first_) take_along_dependent(pair.to->key());
        any |= changes_.size() > known;
      }
    }
  }
  return any;
}

namespace {

// Is that of the name another object now, while the one of then has another name?
bool is_renamed_since(const std::string& key, std::int64_t since, const std::string& key_now) {
  const auto then = ledger::recorded(key, since);
  const auto now = key_now.empty() ? std::nullopt : ledger::recorded(key_now);
  if (!then || !then->blob || !now || now->address == then->address) return false;
  const auto lives = ledger::recorded(then->address);
  return lives && lives->blob && lives->key != key;
}

}  // namespace

// What was there before the change, and is not there now, a later change has taken away, or given its name to another;
// what never was without the change takes along the changes that built on it, even if that is gone in the meantime.
bool Undo::take_along_what_lacks(const Goal& goal) {
  bool any = false;
  const tree::Ref before = store::commit(first_ - 1)->tree;
  for (const Pair& pair : goal.pairs) {
    if (!pair.to) continue;
    const bool same = pair.from && same_text(*pair.from, *pair.to);
    const std::int64_t since = state(pair.to->key()).seq;
    for (const std::string& key : needed_by(pair.to->body)) {
      const auto left = states_.find(key);
      const bool renamed = !same && is_renamed_since(key, since, left == states_.end() ? key : left->second.key_now);
      if (in_the_end(key) && !renamed) continue;
      if (!tree::find(nodes_, before, key)) {
        any |= take_along_dependent(pair.to->key());
        continue;
      }
      const auto touching = past_.touching(key, first_);
      const auto newest =
          std::find_if(touching.begin(), touching.end(), [&](std::int64_t one) { return !changes_.contains(one); });
      if (newest != touching.end()) any |= changes_.insert(*newest).second;
    }
  }
  return any;
}

namespace {

// What a child of a relation has from it, of its columns: their numbers say which is which when they are known.
bool same_for_heirs(const Object& from, const Object& to) {
  const auto columns = [](const Object& object, const Object& other) {
    const Json::Array& all = object.body["columns"].items();
    const bool numbered = object.address == other.address && object.parts.size() == all.size();
    std::set<std::string> result;
    for (std::size_t i = 0; i < all.size(); ++i) {
      result.insert(fmt::format("{} {} {} {} {}", numbered ? std::to_string(object.parts[i]) : all[i]["name"].str(),
                                all[i]["type"].str(), all[i]["collation"].str(), all[i].has("generated"),
                                all[i]["not_null"].truth()));
    }
    return result;
  };
  return columns(from, to) == columns(to, from);
}

// Of a relation that has it, its children have one each.
bool is_bequeathed(const Kind& kind) {
  switch (kind.rank) {
    case Rank::constraint:
    case Rank::foreign_key:
    case Rank::index:
    case Rank::trigger:
      return true;
    default:
      return false;
  }
}

// The relation whose children get or lose something by the pair: itself, or what a thing of theirs too stands on.
std::optional<std::string> bequeathed_by(const Pair& pair) {
  if (pair.from && pair.to) {
    const bool has_columns = pair.from->body.has("columns") || pair.to->body.has("columns");
    if (pair.kind().catalog != RelationRelationId || !has_columns || same_for_heirs(*pair.from, *pair.to)) return {};
    return pair.from->key();
  }
  if (!is_bequeathed(pair.kind())) return {};
  const std::string& table = pair.any().body["table"].str();
  return table.empty() ? std::optional<std::string>() : "table " + table;
}

bool has_parents(const Json& body) { return !parents_of(body).empty(); }

std::vector<Oid> children_of(Oid relation) {
  std::vector<Oid> children;
  for (const pg::Row& row :
       pg::scan(InheritsRelationId, InheritsParentIndexId, {pg::oid_key(Anum_pg_inherits_inhparent, relation)})) {
    children.push_back(row.form<FormData_pg_inherits>().inhrelid);
  }
  return children;
}

}  // namespace

// The change that gave it its parents.
bool Undo::take_along_joining(const std::string& key) {
  for (const std::int64_t seq : past_.touching(key, first_)) {
    if (changes_.contains(seq)) continue;
    for (const ledger::ObjectChange& object : past_.change(seq).objects) {
      if (object.key != key || !object.after) continue;
      const Json before = object.before ? store::object(*object.before).body : Json::object();
      const Json after = store::object(*object.after).body;
      if (before["partition_of"] != after["partition_of"] || before["inherits"] != after["inherits"])
        return changes_.insert(seq).second;
    }
  }
  return false;
}

// A child that had the column as its own as well has no part in the change, and can have lost its own since.
bool Undo::take_along_losses_of_heir(const std::string& heir, const Pair& pair) {
  const auto blob = in_the_end(heir);
  if (!pair.from || !pair.to || !blob) return false;
  const Object now = store::object(*blob);
  bool any = false;
  for (const std::string& column : columns_lost(*pair.to, *pair.from)) {
    if (find_column(now.body, column) != nullptr) continue;
    for (const std::int64_t seq : past_.touching(heir, first_)) {
      const auto& objects = past_.change(seq).objects;
      const bool took = std::any_of(objects.begin(), objects.end(), [&](const ledger::ObjectChange& one) {
        return one.key == heir && one.before && one.after &&
               columns_lost(store::object(*one.before), store::object(*one.after)).contains(column);
      });
      if (took) any |= changes_.insert(seq).second;
    }
  }
  return any;
}

// A table that was a child then has its own part in the change, also when it was made again since.
bool Undo::take_along_heirs(const Goal& goal) {
  bool any = false;
  const tree::Ref before = store::commit(first_ - 1)->tree;
  for (const Pair& pair : goal.pairs) {
    const auto relation = bequeathed_by(pair);
    const auto recorded = relation ? ledger::recorded(*relation) : std::nullopt;
    if (!recorded || !recorded->blob) continue;
    for (const Oid child : children_of(recorded->address.object)) {
      const std::string key = live_object({RelationRelationId, child}).key();
      const auto has_its_part = [&](const Pair& one) { return one.from && one.to && one.from->key() == key && has_parents(one.to->body); };
      if (!in_the_end(key) || std::any_of(goal.pairs.begin(), goal.pairs.end(), has_its_part)) continue;
      any |= take_along_losses_of_heir(key, pair);
      const auto key_then = past_.key_at(key, first_ - 1);
      const auto blob = tree::find(nodes_, before, key_then.value_or(key));
      const bool was_there = key_then ? blob.has_value() : blob && blob == in_the_end(key);
      if (!was_there || !has_parents(store::object(*blob).body)) any |= take_along_joining(key);
    }
  }
  return any;
}

// Those since a commit that made the relation bequeath something else than it did then.
bool Undo::take_along_changes_for_heirs(const std::string& relation, std::int64_t since) {
  bool any = false;
  const tree::Ref then = store::commit(since)->tree;
  for (std::int64_t seq = head_.seq; seq > since; --seq) {
    if (changes_.contains(seq)) continue;
    for (const ledger::ObjectChange& object : past_.change(seq).objects) {
      const auto before = tree::find(nodes_, then, object.key);
      const auto after = in_the_end(object.key);
      if (before == after) continue;
      if (object.key == "table " + relation) {
        if (before && after && same_for_heirs(store::object(*before), store::object(*after))) continue;
      } else {
        if (before && after) continue;
        const Object changed = store::object(before ? *before : *after);
        if (!is_bequeathed(*changed.kind) || changed.body["table"].str() != relation) continue;
      }
      any |= changes_.insert(seq).second;
    }
  }
  return any;
}

bool Undo::take_along_heritage(const Goal& goal) {
  bool any = false;
  for (const Pair& pair : goal.pairs) {
    if (!pair.to || !has_parents(pair.to->body)) continue;
    const Json& to = pair.to->body;
    if (pair.from && pair.from->body["partition_of"] == to["partition_of"] &&
        pair.from->body["inherits"] == to["inherits"])
      continue;
    const std::int64_t since = state(pair.to->key()).seq;
    for (const std::string& parent : parents_of(to)) any |= take_along_changes_for_heirs(parent, since);
  }
  return any;
}

// A child that would lack columns which its parent has more than at the time that the child is taken from, or has of
// another type since the goal gives it them, or that would have from it what the parent has no more: it joined a parent of
// other columns, and that goes, too.
bool Undo::take_along_heirs_of_other_columns(const Goal& goal) {
  bool any = false;
  const auto has_name = [](const Object& relation, const Json& column) { return find_column(relation.body, column["name"].str()) != nullptr; };
  for (const Pair& pair : goal.pairs) {
    if (!pair.to || !has_parents(pair.to->body)) continue;
    const tree::Ref then = store::commit(state(pair.to->key()).seq)->tree;
    for (const std::string& parent : parents_of(pair.to->body)) {
      const std::string key = "table " + parent;
      const auto before = tree::find(nodes_, then, key);
      const auto after = in_the_end(key);
      if (!before || !after || before == after) continue;
      const Object had = store::object(*before);
      const Object has = store::object(*after);
      const Json::Array& columns = has.body["columns"].items();
      const bool has_more = columns.size() > had.body["columns"].items().size();
      bool differs = has_more && !std::all_of(columns.begin(), columns.end(), [&](const Json& one) { return has_name(*pair.to, one); });
      for (const Json& column : pair.to->body["columns"].items()) {
        const bool is_parents = pair.to->body.has("partition_of") || column["inherited"].truth();
        differs = differs || (is_parents && has_name(had, column) && !has_name(has, column));
      }
      for (const Pair& of_parent : goal.pairs) {
        if (!of_parent.from || !of_parent.to || of_parent.to->key() != key) continue;
        const std::set<std::string> given = columns_lost(*of_parent.to, *of_parent.from);
        const std::set<std::string> lacked = columns_lost(*of_parent.to, *pair.to);
        differs = differs || std::find_first_of(given.begin(), given.end(), lacked.begin(), lacked.end()) != given.end();
      }
      if (differs) any |= take_along_joining(pair.to->key());
    }
  }
  return any;
}

// A table takes the sequences of its columns along to its owner, also those that it has got since.
bool Undo::take_along_sequences_of_other_owner(const Goal& goal) {
  bool any = false;
  for (const Pair& pair : goal.pairs) {
    if (!pair.from || !pair.to || pair.from->body["owner"] == pair.to->body["owner"]) continue;
    const std::string relation = relation_name(*pair.from);
    if (relation.empty()) continue;
    for (const Dependent& dependent : dependents_of(pair.from->address)) {
      if (dependent.untracked || dependent.object.catalog != RelationRelationId) continue;
      const Object sequence = live_object(dependent.object);
      if (sequence.body["owned_by"]["table"].str() != relation) continue;
      const auto blob = in_the_end(sequence.key());
      if (blob && store::object(*blob).body["owner"] != pair.to->body["owner"]) any |= take_along_dependent(sequence.key());
    }
  }
  return any;
}

// A table that leaves its parent keeps as its own what constraints it has got from it since.
bool Undo::take_along_constraints_of_left_parents(const Goal& goal) {
  bool any = false;
  for (const Pair& pair : goal.pairs) {
    if (!pair.from || !pair.to) continue;
    const std::vector<std::string> parents = parents_of(pair.to->body);
    const std::vector<std::string> parents_now = parents_of(pair.from->body);
    const bool leaves = std::any_of(parents_now.begin(), parents_now.end(), [&](const std::string& one) {
      return std::find(parents.begin(), parents.end(), one) == parents.end();
    });
    if (!leaves) continue;
    for (const Dependent& dependent : dependents_of(pair.from->address)) {
      if (dependent.untracked || dependent.object.catalog != ConstraintRelationId) continue;
      const Object constraint = live_object(dependent.object);
      const auto blob = in_the_end(constraint.key());
      if (constraint.body["table"].str() != relation_name(*pair.from) || !blob || !store::object(*blob).body["inherited"].truth()) continue;
      const bool has_it_still = std::any_of(parents.begin(), parents.end(), [&](const std::string& parent) {
        return in_the_end(fmt::format("table constraint {} on {}", constraint.body["name"].str(), parent)).has_value();
      });
      if (!has_it_still) any |= take_along_dependent(constraint.key());
    }
  }
  return any;
}

namespace {

// Can objects of both kinds hold one name? Relations and their row types, and the indexes of constraints, can.
bool share_names(const Kind& a, const Kind& b) {
  const auto in_relations = [](const Kind& kind) {
    return kind.catalog == RelationRelationId || kind.catalog == TypeRelationId || kind.catalog == ConstraintRelationId;
  };
  return a.catalog == b.catalog || (in_relations(a) && in_relations(b));
}

}  // namespace

// Whatever shares a name space with the object has an identity that is written like its own.
bool Undo::take_along_holders_of_names(const Goal& goal) {
  bool any = false;
  for (const Pair& pair : goal.pairs) {
    if (!pair.to || (pair.from && pair.from->identity() == pair.to->identity())) continue;
    const std::vector<std::string> wanted = names_held(*pair.to);
    for (const Kind* kind : kinds()) {
      if (!share_names(*kind, *pair.to->kind)) continue;
      const std::string key = std::string(kind->name) + " " + pair.to->identity();
      const auto state = states_.find(key);
      const bool is_itself = kind == pair.to->kind && state != states_.end();
      const auto blob = state == states_.end() ? tree::find(nodes_, head_.tree, key) : state->second.blob;
      if (!blob || is_itself) continue;
      const std::vector<std::string> held = names_held(store::object(*blob));
      const bool meets = std::find_first_of(held.begin(), held.end(), wanted.begin(), wanted.end()) != held.end();
      any |= meets && take_along_dependent(key);
    }
  }
  return any;
}

// Columns could change over from a type to the one that gets its name; of another kind it is not what they were made with.
bool Undo::take_along_users_of_other_kind(const Goal& goal) {
  bool any = false;
  for (const Pair& pair : goal.pairs) {
    if (pair.to || pair.kind().rank != Rank::type) continue;
    const bool is_followed = std::any_of(goal.pairs.begin(), goal.pairs.end(), [&](const Pair& other) {
      return !other.from && other.kind().rank == Rank::type && other.to->identity() == pair.from->identity();
    });
    if (!is_followed) continue;
    for (const Dependent& dependent : dependents_of(pair.from->address)) {
      if (dependent.untracked) continue;
      const std::string key = live_object(dependent.object).key();
      const auto blob = in_the_end(key);
      if (blob && needs(store::object(*blob).body, {pair.from->key()})) any |= take_along_dependent(key);
    }
  }
  return any;
}

bool Undo::take_along_what_the_goal_asks(const Goal& goal) {
  return take_along_holders_of_names(goal) || take_along_users_of_other_kind(goal) || take_along_what_lacks(goal) || take_along_columns(goal) || take_along_heirs(goal) ||
         take_along_heritage(goal) || take_along_heirs_of_other_columns(goal) || take_along_sequences_of_other_owner(goal) ||
         take_along_constraints_of_left_parents(goal);
}

}  // namespace xc::plan
