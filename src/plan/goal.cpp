// Which object becomes which: a key at HEAD and a key at the target belong together when the ledger knows that it is
// the same object, renamed or not; failing that, when they are equal. See goal.hpp.
#include "plan/goal.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "kind/older.hpp"
#include "pg/catalog.hpp"
#include "plan/live.hpp"
#include "vault/keep.hpp"
#include "vault/proof.hpp"
#include "vault/vault.hpp"
#include "pg/rows.hpp"
#include "pg/server.hpp"

namespace xc::plan {

namespace {

struct Wanted {
  Digest blob;             // as this server writes it, as far as that is known
  std::int64_t seq = 0;    // a commit at which the object reads so
  std::string key_now;     // the same object's key at HEAD, when it still exists
  std::int64_t rows_of = 0;  // the commit whose rows it gets; 0: those that it has
  Digest recorded;         // as it was recorded at that commit
};

struct Sides {
  std::map<std::string, Digest> now;     // what differs, as it is at HEAD
  std::map<std::string, Wanted> wanted;  // and at the target
};

// A table without rows of its own that was made again has dropped columns at the places of those that it had.
void find_places(Oid relation, const std::vector<std::int64_t>& then, std::vector<std::int64_t>& parts) {
  const auto row = pg::find(RELOID, relation);
  if (!row || row->form<FormData_pg_class>().relkind != RELKIND_PARTITIONED_TABLE || parts.size() != then.size()) return;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] != 0 && parts[i] != then[i]) return;
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto column = parts[i] == 0 ? pg::attribute(relation, static_cast<int>(then[i])) : std::nullopt;
    if (column && column->form<FormData_pg_attribute>().attisdropped) parts[i] = then[i];
  }
}

// Numbers of parts can be compared when both were recorded, and what was recorded last is the object at hand.
// False when it was dropped and created again in between.
bool number_parts(Past& past, const Wanted& wanted, const std::string& key, const Object& from, Object& to) {
  const auto then = ledger::recorded(key, wanted.seq);
  const auto now = ledger::recorded(from.key());
  if (!then || !now) return false;
  const bool lives_on = ledger::is_of(now->address, *then);
  if (now->address != from.address || now->parts != from.parts) return lives_on;  // restored into another database since
  to.address = from.address;
  // Brought back with its rows it has the columns that these have.
  const bool came_back = !lives_on && vault::rows_of(then->address, wanted.seq).lives_as == from.address;
  to.parts = lives_on || came_back ? then->parts : past.numbers_at(from.address, *then);
  if (!lives_on && !came_back && from.address.catalog == RelationRelationId) find_places(from.address.object, then->parts, to.parts);
  return lives_on;
}

// A column can have had another type when it was dropped than the one that it comes back with.
void note_types_of_values(Pair& pair) {
  if (!pair.from || pair.from->address != pair.to->address || pair.from->address.catalog != RelationRelationId) return;
  const Json::Array& columns = pair.to->body["columns"].items();
  if (columns.size() != pair.to->parts.size()) return;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::int64_t number = pair.to->parts[i];
    const auto& live = pair.from->parts;
    if (number == 0 || columns[i].has("generated") || std::find(live.begin(), live.end(), number) != live.end()) continue;
    if (auto type = vault::written_as(pair.from->address.object, static_cast<int>(number), columns[i]["type"].str())) {
      pair.to->written_as.emplace(number, std::move(*type));
    }
  }
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

// Has another table that name, with rows that the vault takes, and was the one that it shall be dropped with none? Then those
// of the other do not become its rows.
bool is_of_empty(const ledger::Recorded& then, const vault::Whereabouts& where, const Pair& pair) {
  if (!pair.from || pair.kind().rank != Rank::table || !vault::keeps_tables()) return false;
  if (pair.from->body.has("partition_key") || pair.to->body.has("partition_key")) return false;
  if (where.kept || where.lives_as != then.address || kind_of(ledger::address_now(then)) != nullptr) return false;
  return pg::rows_in(pair.from->address.object) > 0;
}

// The rows that it had at a commit: they are its own still, or come back from the vault with it, or are lost. Those that
// were kept of a table of another shape come back by way of that one.
void bring_rows(Past& past, const std::string& key, const Wanted& wanted, bool lives_on, Pair& pair, Goal& goal) {
  const auto then = ledger::recorded(key, wanted.seq);
  if (!then || !then->blob) {
    if (!lives_on) note_lost_rows(past, key, wanted.seq, goal);
    return;
  }
  const std::int64_t seq = wanted.rows_of != 0 ? wanted.rows_of : wanted.seq;
  const vault::Whereabouts where = lives_on && wanted.rows_of == 0 ? vault::Whereabouts() : vault::rows_of(then->address, seq);
  if (where.kept) {
    if (!where.definition || *where.definition == wanted.blob || *where.definition == wanted.recorded) {
      pair.to->kept = where.kept;
      pair.anew = pair.from.has_value() && where.kept->store != 0 && pair.from->address != where.lives_as;
      return;
    }
    goal.by_way_of = std::max(goal.by_way_of, where.taken_by);
  }
  if (where.truncated && (where.kept || where.gone)) {
    goal.losses.push_back(fmt::format("{}: the rows that {} took do not come back", key, past.change(where.taken_by).change_id));
  } else if (!lives_on && !(pair.from && pair.from->address == where.lives_as)) {
    const std::size_t known = goal.losses.size();
    note_lost_rows(past, key, wanted.seq, goal);
    pair.anew = goal.losses.size() == known && !where.gone && is_of_empty(*then, where, pair);
  }
}

// Rows that come back can hold the OIDs of types that come back with them; so can rows that still wait, and values of
// dropped columns, which a type that comes back is of use to as long as its OID is free.
class Oids {
 public:
  explicit Oids(const Goal& goal) {
    const auto returns_rows = [](const Pair& pair) { return pair.to && pair.to->kept && pair.to->kept->store != 0; };
    any_rows_ = std::any_of(goal.pairs.begin(), goal.pairs.end(), returns_rows);
  }

  bool matter(const ledger::Recorded& then, const Object& to) {
    const Oid type = then.address.object;
    if (!in_vault_) in_vault_ = vault::passed_over != nullptr && vault::passed_over->all ? std::set<Oid>() : vault::types_in_vault();
    const bool held = in_vault_->contains(type);
    if (pg::find(TYPEOID, type)) return held && any_rows_;
    if (held) return true;
    if (to.body.has("attributes") || !superuser()) return false;  // others can revive no column either
    if (!in_columns_) in_columns_ = vault::types_of_dropped_columns();
    return in_columns_->contains(type);
  }

 private:
  bool any_rows_ = false;
  std::optional<std::set<Oid>> in_vault_, in_columns_;
};

void keep_oids(const Sides& sides, Goal& goal) {
  Oids oids(goal);
  for (Pair& pair : goal.pairs) {
    if (pair.from || !pair.to) continue;
    const auto then = ledger::recorded(pair.to->key(), sides.wanted.at(pair.to->key()).seq);
    if (!then || then->address.catalog != TypeRelationId || !oids.matter(*then, *pair.to)) continue;
    pair.to->parts = then->parts;
    pair.to->kept = Kept{};
    pair.to->kept->type = then->address.object;
  }
}

// The bodies of others at the target: those that are not asked for stay as they are.
class Target {
 public:
  explicit Target(const Goal& goal) : head_(goal.head) {
    for (const Pair& pair : goal.pairs) {
      if (pair.to) bodies_.emplace(pair.to->key(), pair.to->body);
      if (pair.from) bodies_.emplace(pair.from->key(), std::nullopt);
    }
  }

  const Json* body(const std::string& key) {
    auto found = bodies_.find(key);
    if (found == bodies_.end()) {
      const auto blob = tree::find(nodes_, head_.tree, key);
      found = bodies_.emplace(key, blob ? std::optional(store::object(*blob).body) : std::nullopt).first;
    }
    return found->second ? &*found->second : nullptr;
  }

  std::set<std::string> names_in(const std::string& relation) const {
    std::set<std::string> names;
    for (const auto& [key, body] : bodies_) {
      if (body && body->has("table") && (*body)["table"].str() == relation) names.insert((*body)["name"].str());
    }
    return names;
  }

 private:
  store::Commit head_;
  store::Nodes nodes_;
  std::map<std::string, std::optional<Json>> bodies_;
};

// What was recorded before the history came to this server, as this one has it.
void complete(Past& past, const Sides& sides, Goal& goal) {
  std::optional<Target> target;
  std::map<std::string, std::set<std::string>> names;  // by schema
  for (Pair& pair : goal.pairs) {
    if (!pair.to) continue;
    const std::string key = pair.to->key();
    const Digest& recorded = sides.wanted.at(key).recorded;
    if (ledger::was_upgraded_since(pair.seq)) pair.recorded = recorded;
    if (pair.to->kind->complete == nullptr || ledger::arrivals_since(pair.seq).empty()) continue;
    if (!target) target.emplace(goal);
    Beside beside;
    if (pair.from) beside.live = pair.from->address;
    if (pair.from && pair.lives_on) beside.readings = past.readings_since(pair.from->key(), pair.seq);
    beside.body = [&](const std::string& other) { return target->body(other); };
    std::set<std::string>& in_schema = names[pair.to->body["schema"].str()];
    beside.names = target->names_in(pair.to->identity());
    beside.names.merge(std::set<std::string>(in_schema));
    const Json before = pair.to->body;
    pair.to->kind->complete(*pair.to, beside);
    in_schema = std::move(beside.names);
    if (pair.to->body == before) continue;
    const Digest blob = store::blob_hash(pair.to->body.dump());
    goal.rewritten.emplace(key, recorded);
    for (tree::Edit& edit : goal.edits) {
      if (edit.key == key && edit.value) edit.value = blob;
    }
  }
  std::erase_if(goal.pairs, [&](const Pair& pair) {
    return pair.from && pair.to && !pair.anew && goal.rewritten.contains(pair.to->key()) && same(*pair.from, *pair.to);
  });
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
    if (wanted.blob != wanted.recorded) goal.rewritten.emplace(key, wanted.recorded);
    pair.to = store::object(wanted.blob);
    pair.seq = wanted.seq;
    if (!wanted.key_now.empty()) {
      pair.from = live_object(wanted.key_now, sides.now.at(wanted.key_now));
    } else if (const auto successor = left.extract(key)) {
      pair.from = live_object(key, successor.mapped());
    }
    if (!pair.from && pair.to->address.object == 0) {
      if (const auto then = ledger::recorded(key, wanted.seq); then && then->address.catalog == RelationRelationId) pair.to->parts = then->parts;
    }
    pair.lives_on = !wanted.key_now.empty();
    const bool one_life = pair.lives_on && number_parts(past, wanted, key, *pair.from, *pair.to);
    note_types_of_values(pair);
    bring_rows(past, key, wanted, one_life, pair, goal);
    goal.pairs.push_back(std::move(pair));
  }
  for (const auto& [key, blob] : left) goal.pairs.push_back({live_object(key, blob), std::nullopt});
  keep_oids(sides, goal);
  complete(past, sides, goal);
  return goal;
}

}  // namespace

// --- a commit ---

namespace {

// Tables that read at the target as they do at HEAD, and hold other rows: truncated in between, or dropped and made again.
void add_tables_with_other_rows(Past& past, store::Nodes& nodes, const store::Commit& head, const store::Commit& target, Sides& sides) {
  for (const Address address : vault::waiting_relations()) {
    const auto key = past.key_of(address, target.seq);
    if (!key || sides.wanted.contains(*key)) continue;
    const auto blob = tree::find(nodes, head.tree, *key);
    const auto where = vault::rows_of(address, target.seq);
    if (!blob || !where.kept || (where.kept->store == 0 && !where.kept->truncated)) continue;
    sides.now.emplace(*key, *blob);
    sides.wanted[*key] = {*blob, target.seq, {}, target.seq, *blob};
  }
}

}  // namespace

Goal goal_of_commit(Past& past, const store::Commit& head, const store::Commit& target) {
  Sides sides;
  store::Nodes nodes;
  tree::diff(nodes, head.tree, target.tree,
             [&](const std::string& key, const std::optional<Digest>& now, const std::optional<Digest>& then) {
               const Digest written = then ? past.written_now(key, *then, target.seq) : Digest();
               if (now && then && *now == written) return;
               if (now) sides.now.emplace(key, *now);
               if (then) sides.wanted[key] = {written, target.seq, {}, target.seq, *then};
             });
  add_tables_with_other_rows(past, nodes, head, target, sides);
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
    const std::optional<Digest>& is = state(object.key).blob;
    const bool as_left = object.after ? past_.is_now(object.key, *object.after, entry.seq, is) : !is;
    if (!as_left) return object.key;
  }
  std::vector<std::string> keys_now;
  std::vector<std::int64_t> left_rows;
  for (const ledger::ObjectChange& object : entry.objects) {
    State& left = state(object.key);
    left_rows.push_back(object.after ? left.rows_of : 0);
    keys_now.push_back(object.after ? left.key_now : std::string());
    if (object.after) left = {std::nullopt, {}, entry.seq - 1};
  }
  for (std::size_t i = 0; i < entry.objects.size(); ++i) {
    const ledger::ObjectChange& object = entry.objects[i];
    if (!object.before) continue;
    const std::string& key = object.renamed_from.empty() ? object.key : object.renamed_from;
    State& back = state(key);
    if (back.blob) return key;
    const bool took_rows = !object.after || vault::was_truncated_by(object.address, entry.seq);
    back = {object.before, keys_now[i], entry.seq - 1, took_rows ? entry.seq - 1 : left_rows[i]};
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
    if (state.blob) sides.wanted[key] = {past_.written_now(key, *state.blob, state.seq), state.seq, state.key_now, state.rows_of, *state.blob};
  }
  // What ends up as it is.
  for (auto wanted = sides.wanted.begin(); wanted != sides.wanted.end();) {
    const auto now = sides.now.find(wanted->first);
    const bool same = now != sides.now.end() && now->second == wanted->second.blob && wanted->second.key_now == wanted->first &&
                      wanted->second.rows_of == 0 && !has_other_parts(wanted->first, states_.at(wanted->first));
    if (same) sides.now.erase(now);
    wanted = same ? sides.wanted.erase(wanted) : std::next(wanted);
  }
  pair_other_lives(past_, first_ - 1, sides);
  Goal goal = goal_of(past_, head_, sides);
  if (const auto before = store::commit(first_ - 1)) goal.origin = before->tree;
  return goal;
}

}  // namespace xc::plan
