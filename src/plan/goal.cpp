// Which object becomes which: a key at HEAD and a key at the target belong together when the ledger knows that it is
// the same object, renamed or not; failing that, when they are equal. See goal.hpp.
#include "plan/goal.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "plan/live.hpp"
#include "vault/proof.hpp"
#include "vault/vault.hpp"
#include "pg/server.hpp"

namespace xc::plan {

namespace {

struct Wanted {
  Digest blob;
  std::int64_t seq = 0;    // a commit at which the object reads so
  std::string key_now;     // the same object's key at HEAD, when it still exists
  std::int64_t truncated_by = 0;
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

// The rows that a TRUNCATE took, if they wait for this very table.
bool take_from_truncated(const std::string& key, const Wanted& wanted, Pair& pair) {
  const auto then = ledger::recorded(key, wanted.seq);
  const auto commit = store::commit(wanted.truncated_by);
  if (!then || !commit || !pair.from || vault::lives_as(then->address) != pair.from->address) return false;
  pair.to->kept = vault::find_truncated(then->address, commit->committed_at, wanted.blob);
  return pair.to->kept.has_value();
}

// Rows that come back can hold the OIDs of types that come back with them, and so can values of dropped columns.
void keep_oids(const Sides& sides, Goal& goal) {
  const auto returns_rows = [](const Pair& pair) { return pair.to && pair.to->kept && pair.to->kept->store != 0; };
  const bool any_rows = std::any_of(goal.pairs.begin(), goal.pairs.end(), returns_rows);
  for (Pair& pair : goal.pairs) {
    if (pair.from || !pair.to) continue;
    const auto then = ledger::recorded(pair.to->key(), sides.wanted.at(pair.to->key()).seq);
    if (!then || then->address.catalog != TypeRelationId) continue;
    if (!any_rows && (pair.to->body.has("attributes") || !vault::waits_in_columns(then->address.object))) continue;
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
    pair.seq = wanted.seq;
    if (!wanted.key_now.empty()) {
      pair.from = live_object(wanted.key_now, sides.now.at(wanted.key_now));
    } else if (const auto successor = left.extract(key)) {
      pair.from = live_object(key, successor.mapped());
    }
    const bool lives_on = !wanted.key_now.empty() && number_parts(past, wanted, key, *pair.from, *pair.to);
    if (!lives_on && !came_back(key, wanted.seq, pair) && !take_from_vault(key, wanted.seq, pair)) {
      note_lost_rows(past, key, wanted.seq, goal);
    }
    if (wanted.truncated_by != 0 && !take_from_truncated(key, wanted, pair)) {
      goal.losses.push_back(fmt::format("{}: the rows that {} took do not come back", key, past.change(wanted.truncated_by).change_id));
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
               if (then) sides.wanted[key] = {*then, target.seq, {}, 0};
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
  std::vector<std::int64_t> left_rows;
  for (const ledger::ObjectChange& object : entry.objects) {
    State& left = state(object.key);
    left_rows.push_back(object.after ? left.truncated_by : 0);
    keys_now.push_back(object.after ? left.key_now : std::string());
    if (object.after) left = {std::nullopt, {}, entry.seq - 1};
  }
  for (std::size_t i = 0; i < entry.objects.size(); ++i) {
    const ledger::ObjectChange& object = entry.objects[i];
    if (!object.before) continue;
    const std::string& key = object.renamed_from.empty() ? object.key : object.renamed_from;
    State& back = state(key);
    if (back.blob) return key;
    const std::int64_t truncated_by = object.action == "TRUNCATE" ? entry.seq : left_rows[i];
    back = {object.before, keys_now[i], entry.seq - 1, truncated_by};
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
    if (state.blob) sides.wanted[key] = {*state.blob, state.seq, state.key_now, state.truncated_by};
  }
  // What ends up as it is.
  for (auto wanted = sides.wanted.begin(); wanted != sides.wanted.end();) {
    const auto now = sides.now.find(wanted->first);
    const bool same = now != sides.now.end() && now->second == wanted->second.blob && wanted->second.key_now == wanted->first &&
                      wanted->second.truncated_by == 0 && !has_other_parts(wanted->first, states_.at(wanted->first));
    if (same) sides.now.erase(now);
    wanted = same ? sides.wanted.erase(wanted) : std::next(wanted);
  }
  Goal goal = goal_of(past_, head_, sides);
  if (const auto before = store::commit(first_ - 1)) goal.origin = before->tree;
  return goal;
}

}  // namespace xc::plan
