// Which object becomes which: a key at HEAD and a key at the target belong together when the ledger knows that it is
// the same object, renamed or not; failing that, when they are equal. See goal.hpp.
#include "plan/goal.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "pg/catalog.hpp"
#include "plan/live.hpp"
#include "plan/names.hpp"
#include "vault/vault.hpp"
#include "pg/server.hpp"

namespace xc::plan {

namespace {

struct Wanted {
  Digest blob;
  std::int64_t seq = 0;    // a commit at which the object reads so
  std::string key_now;     // the same object's key at HEAD, when it still exists
};

struct Sides {
  std::map<std::string, Digest> now;     // what differs, as it is at HEAD
  std::map<std::string, Wanted> wanted;  // and at the target
};

// Numbers of parts can be compared when both were recorded, and what was recorded last is the object at hand.
// False when it was dropped and created again in between.
bool number_parts(Past& past, const Wanted& wanted, const std::string& key, const Object& from, Object& to) {
  const auto then = ledger::recorded(key, wanted.seq);
  const auto now = ledger::recorded(from.key());
  if (!then || !now) return false;
  const bool lives_on = then->address == now->address;
  if (now->address != from.address || now->parts != from.parts) return lives_on;  // restored into another database since
  to.address = from.address;
  to.parts = lives_on ? then->parts : past.numbers_at(from.address, *then);
  return lives_on;
}

// The rows that went with an object that comes back.
void note_lost_rows(Past& past, const std::string& key, std::int64_t since, Goal& goal) {
  for (const std::int64_t seq : ledger::later_changes(key, since)) {
    for (const ledger::ObjectChange& object : past.change(seq).objects) {
      if (object.key != key || object.rows_lost == 0) continue;
      goal.losses.push_back(fmt::format("{}: about {} row(s) went with {} and do not come back", key, object.rows_lost,
                                        past.change(seq).change_id));
      return;
    }
  }
}

// What is there now and was not at the target, and what was there and is no more, can be the same thing: dropped in
// between and made again by us.
void pair_other_lives(Past& past, std::int64_t seq, Sides& sides) {
  std::set<std::string> paired;
  std::size_t missing = 0;
  for (const auto& [key, wanted] : sides.wanted) {
    if (wanted.key_now.empty()) ++missing;
    else paired.insert(wanted.key_now);
  }
  for (const auto& [key, blob] : sides.now) {
    if (missing == 0) return;
    const auto known = paired.contains(key) ? std::nullopt : ledger::recorded(key);
    if (!known) continue;
    for (const std::string& key_then : past.keys_in_other_lives(known->address, seq)) {
      const auto wanted = sides.wanted.find(key_then);
      if (wanted == sides.wanted.end() || !wanted->second.key_now.empty()) continue;
      wanted->second.key_now = key;
      --missing;
      break;
    }
  }
}

// Is it the table of then, with its rows, brought back from the vault since?
bool came_back(const std::string& key, std::int64_t seq, const Pair& pair) {
  if (!pair.from) return false;
  const auto then = ledger::recorded(key, seq);
  const auto now = ledger::recorded(pair.from->key());
  return then && now && vault::lives_as(then->address) == now->address;
}

// False when nothing waits there for the object.
bool take_from_vault(const std::string& key, std::int64_t seq, Pair& pair) {
  const auto then = ledger::recorded(key, seq);
  if (!then || !then->blob) return false;
  pair.to->kept = vault::find(then->address, *then->blob);
  if (!pair.to->kept) return false;
  pair.anew = pair.from.has_value() && pair.to->kept->store != 0;
  return true;
}

// Rows that come back can hold the OIDs of types that come back with them.
void keep_oids(const Sides& sides, Goal& goal) {
  const auto returns_rows = [](const Pair& pair) { return pair.to && pair.to->kept && pair.to->kept->store != 0; };
  if (std::none_of(goal.pairs.begin(), goal.pairs.end(), returns_rows)) return;
  for (Pair& pair : goal.pairs) {
    if (pair.from || !pair.to) continue;
    const auto then = ledger::recorded(pair.to->key(), sides.wanted.at(pair.to->key()).seq);
    if (!then || then->address.catalog != TypeRelationId) continue;
    pair.to->parts = then->parts;
    pair.to->kept = Kept{};
    pair.to->kept->type = then->address.object;
  }
}

Goal goal_of(Past& past, const store::Commit& head, const Sides& sides) {
  Goal goal;
  goal.head = head;
  std::map<std::string, Digest> left = sides.now;
  for (const auto& [key, wanted] : sides.wanted) left.erase(wanted.key_now);
  for (const auto& [key, blob] : sides.now) {
    if (!sides.wanted.contains(key)) goal.edits.push_back({key, std::nullopt});
  }
  for (const auto& [key, wanted] : sides.wanted) {
    goal.edits.push_back({key, wanted.blob});
    Pair pair;
    pair.to = store::object(wanted.blob);
    if (!wanted.key_now.empty()) {
      pair.from = live_object(wanted.key_now, sides.now.at(wanted.key_now));
    } else if (const auto successor = left.extract(key)) {
      pair.from = live_object(key, successor.mapped());
    }
    const bool lives_on = !wanted.key_now.empty() && number_parts(past, wanted, key, *pair.from, *pair.to);
    if (!lives_on && !came_back(key, wanted.seq, pair) && !take_from_vault(key, wanted.seq, pair)) {
      note_lost_rows(past, key, wanted.seq, goal);
    }
    goal.pairs.push_back(std::move(pair));
  }
  for (const auto& [key, blob] : left) goal.pairs.push_back({live_object(key, blob), std::nullopt});
  keep_oids(sides, goal);
  return goal;
}

}  // namespace

// --- a commit ---

Goal goal_of_commit(Past& past, const store::Commit& head, const store::Commit& target) {
  Sides sides;
  store::Nodes nodes;
  tree::diff(nodes, head.tree, target.tree,
             [&](const std::string& key, const std::optional<Digest>& now, const std::optional<Digest>& then) {
               if (now) sides.now.emplace(key, *now);
               if (then) sides.wanted[key] = {*then, target.seq, {}};
             });
  for (const auto& [key, blob] : sides.now) {
    const auto key_then = past.key_at(key, target.seq);
    const auto wanted = key_then ? sides.wanted.find(*key_then) : sides.wanted.end();
    if (wanted != sides.wanted.end()) wanted->second.key_now = key;
  }
  pair_other_lives(past, target.seq, sides);
  Goal goal = goal_of(past, head, sides);
  goal.origin = target.tree;
  return goal;
}

// --- changes ---

Undo::Undo(Past& past, const store::Commit& head, std::int64_t change)
    : past_(past), head_(head), first_(change), changes_{change} {}

Undo::State& Undo::state(const std::string& key) {
  const auto found = states_.find(key);
  if (found != states_.end()) return found->second;
  State state;
  state.blob = tree::find(nodes_, head_.tree, key);
  state.seq = head_.seq;
  if (state.blob) state.key_now = key;
  return states_.emplace(key, std::move(state)).first->second;
}

// Takes the change back in states_. Gives the key that does not mean what the change left behind, if there is one.
// In one transaction objects can swap names, so all leave their new names before any takes its old one.
std::optional<std::string> Undo::undo(const ledger::Entry& entry) {
  std::set<std::string> taken;  // also the names of objects that it dropped and gave to others
  for (const ledger::ObjectChange& object : entry.objects) {
    if (object.after) taken.insert(object.key);
  }
  for (const ledger::ObjectChange& object : entry.objects) {
    if (!object.after && taken.contains(object.key)) continue;
    if (state(object.key).blob != object.after) return object.key;
  }
  std::vector<std::string> keys_now;
  for (const ledger::ObjectChange& object : entry.objects) {
    State& left = state(object.key);
    keys_now.push_back(object.after ? left.key_now : std::string());
    if (object.after) left = {std::nullopt, {}, entry.seq - 1};
  }
  for (std::size_t i = 0; i < entry.objects.size(); ++i) {
    const ledger::ObjectChange& object = entry.objects[i];
    if (!object.before) continue;
    const std::string& key = object.renamed_from.empty() ? object.key : object.renamed_from;
    State& back = state(key);
    if (back.blob) return key;
    back = {object.before, keys_now[i], entry.seq - 1};
  }
  return {};
}

// Newest first. Gives the key that stands in the way and the change that found it so.
std::optional<std::pair<std::string, std::int64_t>> Undo::undo_all() {
  states_.clear();
  for (auto seq = changes_.rbegin(); seq != changes_.rend(); ++seq) {
    if (const auto key = undo(past_.change(*seq))) return std::pair{*key, *seq};
  }
  return {};
}

void Undo::take_along_what_builds_on_it() {
  while (const auto conflict = undo_all()) {
    const auto& [key, seq] = *conflict;
    const auto touching = past_.touching(key, seq);
    const auto newest = std::find_if(touching.begin(), touching.end(), [&](std::int64_t one) { return !changes_.contains(one); });
    if (newest == touching.end()) {
      throw Refusal(code::data_corrupted, fmt::format("{} is not as {} left it, and no later change says why", key,
                                                      past_.change(seq).change_id))
          .hint("SELECT * FROM xc_verify();");
    }
    changes_.insert(*newest);
  }
}

bool Undo::take_along_dependent(const std::string& key) {
  std::int64_t found = 0;
  for (const std::int64_t seq : past_.touching(key, first_)) {
    if (changes_.contains(seq)) continue;
    found = seq;
    const auto& objects = past_.change(seq).objects;
    if (std::any_of(objects.begin(), objects.end(), [&](const auto& one) { return one.key == key && !one.before; })) break;
  }
  return found != 0 && changes_.insert(found).second;
}

bool Undo::is_in_the_end(const std::string& key) {
  const auto found = states_.find(key);
  return found != states_.end() ? found->second.blob.has_value() : tree::find(nodes_, head_.tree, key).has_value();
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

}  // namespace

bool Undo::take_along_columns(const Goal& goal) {
  bool any = false;
  for (const Pair& pair : goal.pairs) {
    if (!pair.to || (pair.from && same_text(*pair.from, *pair.to))) continue;
    const std::int64_t since = state(pair.to->key()).seq;
    const Digest then = store::commit(since)->tree;
    for (const Json& needed : pair.to->body["depends"].items()) {
      const std::string& key = needed.str();
      const auto found = states_.find(key);
      const auto before = tree::find(nodes_, then, key);
      const auto after = found != states_.end() ? found->second.blob : tree::find(nodes_, head_.tree, key);
      if (!before || !after || before == after) continue;
      for (const std::string& column : columns_lost(store::object(*before), store::object(*after))) {
        if (!mentions(pair.to->body, column)) continue;
        for (const std::int64_t seq : past_.touching(key, since)) {
          if (changes_.contains(seq)) continue;
          const auto& objects = past_.change(seq).objects;
          const bool took = std::any_of(objects.begin(), objects.end(), [&](const ledger::ObjectChange& one) {
            return one.key == key && one.before && one.after &&
                   columns_lost(store::object(*one.before), store::object(*one.after)).contains(column);
          });
          if (took) any |= changes_.insert(seq).second;
        }
      }
    }
  }
  return any;
}

// What was there before the change, and is not there now, a later change has taken away; what never was without the
// change takes along the changes that built on it, even if that is gone in the meantime.
bool Undo::take_along_what_lacks(const Goal& goal) {
  bool any = false;
  const Digest before = store::commit(first_ - 1)->tree;
  for (const Pair& pair : goal.pairs) {
    if (!pair.to) continue;
    for (const Json& needed : pair.to->body["depends"].items()) {
      if (is_in_the_end(needed.str())) continue;
      if (!tree::find(nodes_, before, needed.str())) {
        any |= take_along_dependent(pair.to->key());
        continue;
      }
      const auto touching = past_.touching(needed.str(), first_);
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
    if (pair.kind().catalog != RelationRelationId || !pair.from->body.has("columns") ||
        same_for_heirs(*pair.from, *pair.to))
      return {};
    return pair.from->key();
  }
  if (!is_bequeathed(pair.kind())) return {};
  const std::string& table = pair.any().body["table"].str();
  return table.empty() ? std::optional<std::string>() : "table " + table;
}

bool has_parents(const Json& body) { return body.has("partition_of") || !body["inherits"].items().empty(); }

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

// A table that was a child then has its own part in the change.
bool Undo::take_along_heirs(const Goal& goal) {
  bool any = false;
  const Digest before = store::commit(first_ - 1)->tree;
  for (const Pair& pair : goal.pairs) {
    const auto relation = bequeathed_by(pair);
    const auto recorded = relation ? ledger::recorded(*relation) : std::nullopt;
    if (!recorded || !recorded->blob) continue;
    for (const Oid child : children_of(recorded->address.object)) {
      const std::string key = live_object({RelationRelationId, child}).key();
      if (!is_in_the_end(key)) continue;
      const auto key_then = past_.key_at(key, first_ - 1);
      const auto blob = key_then ? tree::find(nodes_, before, *key_then) : std::nullopt;
      if (!blob || !has_parents(store::object(*blob).body)) any |= take_along_joining(key);
    }
  }
  return any;
}

// Those since a commit that made the relation bequeath something else than it did then.
bool Undo::take_along_changes_for_heirs(const std::string& relation, std::int64_t since) {
  bool any = false;
  const Digest then = store::commit(since)->tree;
  const auto in_the_end = [&](const std::string& key) {
    const auto found = states_.find(key);
    return found != states_.end() ? found->second.blob : tree::find(nodes_, head_.tree, key);
  };
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
    if (to.has("partition_of")) any |= take_along_changes_for_heirs(to["partition_of"].str(), since);
    for (const Json& parent : to["inherits"].items()) any |= take_along_changes_for_heirs(parent.str(), since);
  }
  return any;
}

// Whatever shares a name space with the object has an identity that is written like its own.
std::set<std::string> Undo::holders_of_wanted_names(const Goal& goal) {
  std::set<std::string> holders;
  for (const Pair& pair : goal.pairs) {
    if (!pair.to || (pair.from && pair.from->identity() == pair.to->identity())) continue;
    const std::vector<std::string> wanted = names_held(*pair.to);
    for (const Kind* kind : kinds()) {
      const std::string key = std::string(kind->name) + " " + pair.to->identity();
      const auto blob = states_.contains(key) ? std::nullopt : tree::find(nodes_, head_.tree, key);
      if (!blob) continue;
      const std::vector<std::string> held = names_held(store::object(*blob));
      if (std::find_first_of(held.begin(), held.end(), wanted.begin(), wanted.end()) != held.end()) holders.insert(key);
    }
  }
  return holders;
}

// In one life; of a thing that was made anew it is enough that it reads the same.
bool Undo::has_other_parts(const std::string& key, const State& state) {
  const auto then = ledger::recorded(key, state.seq);
  const auto now = ledger::recorded(key);
  return then && now && then->address == now->address && then->parts != now->parts;
}

Goal Undo::goal() {
  Sides sides;
  for (const auto& [key, state] : states_) {
    const auto now = tree::find(nodes_, head_.tree, key);
    if (now) sides.now.emplace(key, *now);
    if (state.blob) sides.wanted[key] = {*state.blob, state.seq, state.key_now};
  }
  // What ends up as it is.
  for (auto wanted = sides.wanted.begin(); wanted != sides.wanted.end();) {
    const auto now = sides.now.find(wanted->first);
    const bool same = now != sides.now.end() && now->second == wanted->second.blob && wanted->second.key_now == wanted->first &&
                      !has_other_parts(wanted->first, states_.at(wanted->first));
    if (same) sides.now.erase(now);
    wanted = same ? sides.wanted.erase(wanted) : std::next(wanted);
  }
  Goal goal = goal_of(past_, head_, sides);
  if (const auto before = store::commit(first_ - 1)) goal.origin = before->tree;
  return goal;
}

}  // namespace xc::plan
