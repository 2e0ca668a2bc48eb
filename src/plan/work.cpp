// From pairs to items, and from what they destroy to what depends on it; see work.hpp.
//
// Whatever can be changed in place is. An object is rebuilt only when it depends on something that is: then it is
// dropped before and made again after, from its own description. A column's default is not rebuilt with its table: it is
// taken away before and set again after. So is the owner of a sequence, which keeps its value then.
#include "plan/work.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "kind/describe.hpp"
#include "plan/chosen_index.hpp"
#include "plan/live.hpp"
#include "plan/merged_columns.hpp"
#include "plan/names.hpp"
#include "plan/partition_indexes.hpp"
#include "pg/server.hpp"

namespace xc::plan {

namespace {

// These keep rows, values or other objects in themselves.
bool is_rebuildable(const Kind& kind) {
  switch (kind.rank) {
    case Rank::schema:
    case Rank::extension:
    case Rank::sequence:
    case Rank::table:
    case Rank::identity:
    case Rank::partition: return false;
    case Rank::language:
    case Rank::collation:
    case Rank::transform:
    case Rank::type:
    case Rank::cast:
    case Rank::function:
    case Rank::aggregate:
    case Rank::access_method:
    case Rank::operators:
    case Rank::operator_family:
    case Rank::operator_class:
    case Rank::conversion:
    case Rank::text_search:
    case Rank::wrapper:
    case Rank::server:
    case Rank::user_mapping:
    case Rank::foreign_table:
    case Rank::view:
    case Rank::constraint:
    case Rank::index:
    case Rank::statistics:
    case Rank::foreign_key:
    case Rank::rule:
    case Rank::trigger:
    case Rank::policy:
    case Rank::publication:
    case Rank::subscription:
    case Rank::default_acl:
    case Rank::event_trigger: return true;
  }
  return false;
}

// Does ALTER COLUMN TYPE take it along by itself?
bool follows_column_type(const Object& object) {
  switch (object.kind->rank) {
    case Rank::constraint:
    case Rank::index:
    case Rank::statistics:
    case Rank::sequence: return true;
    case Rank::foreign_key: return !stands_on_one_of_several(object.address);
    default: return false;
  }
}

// Who is owned by a column falls with it.
bool is_owned_by(const Object& object, const Object& relation) {
  const std::string name = relation_name(relation);
  return !name.empty() && object.body["owned_by"]["table"].str() == name;
}

bool needs(const Object& object, const std::string& key) {
  const Json::Array& keys = object.body["depends"].items();
  return std::find(keys.begin(), keys.end(), Json(key)) != keys.end();
}

// It cannot be without the column for a while: the sequence of an identity column.
bool is_part_of(const Object& object, const Object& relation) {
  return is_owned_by(object, relation) && needs(object, relation.key());
}

// The server makes a function depend on the transforms that there are for its arguments, whether it uses them or not.
bool can_be_without(const Object& object, const std::string& key) {
  return object.kind->rank == Rank::function && !needs(object, key);
}

bool needs_in_target(const Item& item, const std::string& key) {
  return item.pair.to && needs(*item.pair.to, key);
}

bool has_column(const Json& body, const std::string& name) {
  for (const char* member : {"columns", "attributes"}) {
    const Json::Array& columns = body[member].items();
    if (std::any_of(columns.begin(), columns.end(), [&](const Json& one) { return one["name"].str() == name; })) return true;
  }
  return false;
}

bool keeps_column(const Item& item, const std::string& name) {
  const auto& destroyed = item.script.destroyed_columns();
  if (name.empty() || std::find(destroyed.begin(), destroyed.end(), name) != destroyed.end()) return false;
  const Json* const before = find_column(item.pair.from->body, name);
  const Json* const after = find_column(item.pair.to->body, name);
  return before != nullptr && after != nullptr && (*before)["type"] == (*after)["type"];
}

// The body as it reads once the columns have given up their defaults, and the domain its constraints.
Json without_defaults(const Json& body, const std::set<std::string>& released) {
  Json result = body;
  Json columns = Json::array();
  for (Json column : body["columns"].items()) {
    if (released.contains(column["name"].str())) column.set("default", Json()).set("generated", Json());
    columns.push(std::move(column));
  }
  Json constraints = Json::array();
  for (const Json& constraint : body["constraints"].items()) {
    if (!released.contains(constraint["name"].str())) constraints.push(constraint);
  }
  result.set("columns", std::move(columns));
  result.set("constraints", std::move(constraints));
  return result;
}

}  // namespace

bool Item::has(Stage stage) const {
  return std::any_of(script.steps().begin(), script.steps().end(), [&](const Step& step) { return step.stage == stage; });
}

bool Item::rebuildable() const { return is_rebuildable(pair.kind()); }

// --- items ---

Work::Work(std::vector<Pair> pairs, std::function<bool(const Object&)> at_head) : at_head_(std::move(at_head)) {
  for (Pair& pair : pairs) {
    if (pair.from && pair.to && !pair.anew && same(*pair.from, *pair.to)) continue;
    const How how = !pair.from ? How::create : !pair.to ? How::drop : pair.anew ? How::replace : How::change;
    add(std::move(pair), how);
  }
  note_merged_columns(items_, *this);
  note_columns_before_parents(items_, *this);
  for (Item& item : items_) write(item);
}

void Work::add(Pair pair, How how) {
  const std::size_t index = items_.size();
  if (pair.from) {
    by_address_.emplace(pair.from->address, index);
    by_key_before_.emplace(pair.from->key(), index);
    if (const std::string name = relation_name(*pair.from); !name.empty()) relations_before_.emplace(name, index);
    if (const Json& body = pair.from->body; body.has("index")) {
      relations_before_.emplace(body["schema"].str() + "." + body["name"].str(), index);
    }
  }
  if (pair.to) {
    by_key_.emplace(pair.to->key(), index);
    if (const std::string name = relation_name(*pair.to); !name.empty()) relations_after_.emplace(name, index);
  }
  Item item;
  item.pair = std::move(pair);
  item.how = how;
  items_.push_back(std::move(item));
}

// The object once its defaults and its owner are released, and its table has left its parent.
Object Work::before(const Item& item) const {
  Object from = *item.pair.from;
  if (!item.released.empty()) from.body = without_defaults(from.body, item.released);
  if (item.disowned) from.body.set("owned_by", Json());
  if (item.leaves) from.body.set("partition_of", Json()).set("partition_bound", Json());
  if (leaves_parent(from.body)) {
    from.body.set("attached_to", Json());
    Json index = from.body["index"];
    if (!index.is_null()) from.body.put("index", index.set("attached_to", Json()));
  }
  return from;
}

bool Work::leaves_parent(const Json& body) const {
  const std::size_t table = relation_before(body["table"].str());
  if (table == npos || items_[table].how != How::change) return false;
  const Pair& pair = items_[table].pair;
  return pair.from->body["partition_of"] != pair.to->body["partition_of"] ||
         pair.from->body["partition_bound"] != pair.to->body["partition_bound"];
}

void Work::write(Item& item) {
  const Kind& kind = item.pair.kind();
  Script script;
  Object from;
  if (item.pair.from) {
    from = before(item);
    if (item.lets_go()) {
      kind.alter(*item.pair.from, from, script);
      for (Step& step : script.steps()) step.stage = Stage::release;
    }
  }
  if (item.how == How::change) {
    Script change;
    if (kind.alter(from, *item.pair.to, change) == Change::in_place) {
      decorate_changed(from, *item.pair.to, change);
      change.steps().insert(change.steps().begin(), script.steps().begin(), script.steps().end());
      item.script = std::move(change);
      return;
    }
    item.how = How::replace;
  }
  if (item.drops()) kind.drop(from, script);
  if (item.creates()) {
    Script creation;
    kind.create(*item.pair.to, creation);
    decorate_new(*item.pair.to, creation, acl_at_birth(*item.pair.to, GetUserId()));
    script.steps().insert(script.steps().end(), creation.steps().begin(), creation.steps().end());
  }
  item.script = std::move(script);
}

// --- finding ---

namespace {

template <class Map, class Key>
std::size_t find(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? Work::npos : found->second;
}

}  // namespace

std::size_t Work::at(Address address) const { return find(by_address_, address); }
std::size_t Work::with_key(const std::string& key) const { return find(by_key_, key); }
std::size_t Work::relation_before(const std::string& name) const { return find(relations_before_, name); }
std::size_t Work::relation_after(const std::string& name) const { return find(relations_after_, name); }

bool Work::need_each_other(std::size_t one, std::size_t other) const {
  const auto& a = items_[one].pair.to;
  const auto& b = items_[other].pair.to;
  return a && b && needs(*a, b->key()) && needs(*b, a->key());
}

// What it needs and needs it, where the DROP of that goes round the ring.
std::size_t Work::falls_with_ring(const Object& object) const {
  for (const Json& key : object.body["depends"].items()) {
    const std::size_t found = find(by_key_before_, key.str());
    if (found == npos || !items_[found].drops() || !items_[found].script.takes_ring()) continue;
    if (needs(*items_[found].pair.from, object.key())) return found;
  }
  return npos;
}

std::size_t Work::falls_with(std::size_t index) const {
  const Item& item = items_[index];
  // Foreign keys go first: two tables can refer to each other.
  if (!item.drops() || item.pair.kind().rank == Rank::foreign_key) return npos;
  const Json& body = item.pair.from->body;
  if (const std::size_t ring = falls_with_ring(*item.pair.from); ring != npos) return ring;
  for (const Json* whole : {&body["table"], &body["owned_by"]["table"], &body["attached_to"], &body["index"]["attached_to"]}) {
    const std::size_t found = relation_before(whole->str());
    if (whole != &body["table"] && leaves_parent(body)) continue;
    if (found != npos && found != index && items_[found].drops() && !items_[found].drops_one_by_one) return found;
  }
  return npos;
}

const std::vector<Dependent>& Work::dependents(const Item& item) const { return dependents(item, {}); }

const std::vector<Dependent>& Work::dependents(const Item& item, const std::string& column) const {
  const Address address = item.pair.from->address;
  const auto found = dependents_.find({address, column});
  if (found != dependents_.end()) return found->second;
  auto list = column.empty() ? dependents_of(address) : dependents_of_column(address, column);
  return dependents_.emplace(std::pair{address, column}, std::move(list)).first->second;
}

// Does it leave the parent that it has the column from, which it does before anything happens to that?
bool Work::leaves(const Heir& heir) const {
  const std::size_t index = at(heir.table);
  if (index == npos || items_[index].how != How::change) return false;
  const Json& from = items_[index].pair.from->body;
  const Json& to = items_[index].pair.to->body;
  const std::size_t above = at(heir.parent);
  const Json parent(relation_name(above == npos ? live_object(heir.parent) : *items_[above].pair.from));
  if (from["partition_of"] == parent) return to["partition_of"] != parent || from["partition_bound"] != to["partition_bound"];
  const auto inherits = [&](const Json& body) {
    const Json::Array& parents = body["inherits"].items();
    return std::find(parents.begin(), parents.end(), parent) != parents.end();
  };
  return !inherits(from) || !inherits(to);
}

std::vector<Dependent> Work::dependents_of_changed(const Item& item, const std::string& column) const {
  std::vector<Dependent> found = dependents(item, column);
  std::erase_if(found, [&](const Dependent& one) {
    return std::any_of(one.through.begin(), one.through.end(), [&](const Heir& heir) { return leaves(heir); });
  });
  return found;
}

std::vector<Dependent> Work::dependents_of_destroyed(const Item& item, const std::string& column) const {
  const auto stays = [&](const Heir& heir) {
    const std::size_t index = at(heir.table);
    if (index == npos || items_[index].how != How::change) return heir.has_more;
    const auto& destroyed = items_[index].script.destroyed_columns();
    return leaves(heir) || std::find(destroyed.begin(), destroyed.end(), column) == destroyed.end();
  };
  std::vector<Dependent> found = dependents(item, column);
  std::erase_if(found, [&](const Dependent& one) { return std::any_of(one.through.begin(), one.through.end(), stays); });
  return found;
}

// --- completing ---

void Work::complete() {
  while (complete_once()) {
  }
  // Now it is known which indexes there will be.
  for (Item& item : items_) {
    if (note_passed_over_indexes(item, items_, *this)) write(item);
    if (note_chosen_index(item, *this)) write(item);
  }
}

bool Work::complete_once() {
  bool more = false;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!items_[i].pair.from) continue;
    // Copies: meeting a dependent can add items.
    const Script script = items_[i].script;
    const bool drops = items_[i].drops();
    if (drops || script.rebuilds_all()) {
      const Fate fate = items_[i].how == How::drop ? Fate::gone : Fate::succeeded;
      if (items_[i].how == How::replace) more |= meet_users_of_lost_columns(i);
      for (const Dependent& one : dependents(items_[i])) more |= meet(i, one, fate);
    }
    if (drops) continue;
    if (script.rebuilds_references()) more |= part_from_references(i);
    for (const std::string& column : script.exchanged_columns()) more |= part_over(i, column);
    for (const std::string& column : script.rebuild_columns()) {
      for (const Dependent& one : dependents_of_changed(items_[i], column)) more |= meet(i, one, Fate::changed);
    }
    for (const std::string& column : script.destroyed_columns()) {
      const Fate fate = has_column(items_[i].pair.to->body, column) ? Fate::succeeded : Fate::gone;
      for (const Dependent& one : dependents_of_destroyed(items_[i], column)) more |= meet(i, one, fate);
    }
  }
  return more;
}

// What comes in its place does not have all of its columns.
bool Work::meet_users_of_lost_columns(std::size_t replaced) {
  bool more = false;
  const Pair pair = items_[replaced].pair;
  for (const char* member : {"columns", "attributes"}) {
    for (const Json& column : pair.from->body[member].items()) {
      const std::string& name = column["name"].str();
      if (has_column(pair.to->body, name)) continue;
      const std::vector<Dependent> users = dependents(items_[replaced], name);
      for (const Dependent& one : users) {
        if (one.through.empty() && !one.untracked) more |= meet(replaced, one, Fate::gone);
      }
    }
  }
  return more;
}

namespace {

bool exchanges(const Item& item, const std::string& column) {
  const auto& columns = item.script.exchanged_columns();
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

}  // namespace

// Heirs and parents that keep the column of that name that they have.
bool Work::part_over(std::size_t index, const std::string& column) {
  bool more = false;
  const std::vector<Dependent> all = dependents(items_[index]);
  for (const Dependent& one : all) {
    const std::size_t heir = at(one.object);
    if (heir == npos || !exchanges(items_[heir], column)) more |= changes_parent(items_[index], one);
  }
  for (const std::string& name : parents_of(items_[index].pair.from->body)) {
    const std::size_t parent = relation_before(name);
    if (parent == npos || !exchanges(items_[parent], column)) more |= part(index, name);
  }
  return more;
}

bool Work::part_from_references(std::size_t index) {
  const auto parts = [this](const std::string& relation) {
    const std::size_t found = relation_before(relation);
    return found != npos && items_[found].script.rebuilds_references();
  };
  bool more = false;
  for (const Dependent& one : dependents(items_[index])) {
    if (one.untracked) continue;
    const std::size_t known = at(one.object);
    const Object object = known == npos ? live_object(one.object) : *items_[known].pair.from;
    const Json& body = object.body;
    if (!body.has("references")) continue;
    if (parts(body["table"].str()) && parts(body["references"].str())) more |= meet(index, one, Fate::succeeded);
  }
  return more;
}

// A dependent of something that goes, for good or to be rebuilt: sees to it that it lets go in time. True when that is
// new.
bool Work::meet(std::size_t destroyed, const Dependent& dependent, Fate fate) {
  const Item& item = items_[destroyed];
  if (dependent.untracked) {
    const std::string name = name_of_row(dependent.object);
    throw Refusal(code::unsupported, fmt::format("{} depends on {}, which has to be {}", name, item.pair.from->key(),
                                                 item.how == How::drop ? "dropped" : "rebuilt"))
        .detail("It is of a kind that xconnect does not cover, so it cannot be made again.")
        .hint("Drop it first, and make it again afterwards.");
  }
  if (const std::size_t partition = item.drops() ? partition_it_need_not(item, dependent) : npos; partition != npos) {
    const std::size_t whole = relation_before(items_[partition].pair.from->body["partition_of"].str());
    if ((whole != npos && items_[whole].drops()) || std::exchange(items_[partition].leaves, true)) return false;
    write(items_[partition]);
    return true;
  }
  const std::size_t index = at(dependent.object);
  if (item.drops() && dependent.of_row_type.empty() && changes_parent(item, dependent)) return true;
  if (fate == Fate::gone && (index == npos || items_[index].unasked)) {
    const Object object = index == npos ? live_object(dependent.object) : *items_[index].pair.from;
    if (!can_be_without(object, item.pair.from->key())) return blockers_.emplace(object.address, object.key()).second;
  }
  if (index == npos) {
    Pair pair;
    pair.from = live_object(dependent.object);
    if (fate == Fate::changed && follows_column_type(*pair.from)) return false;
    if (!at_head_(*pair.from)) refuse_drift(pair.from->key(), "reads differently from HEAD");
    pair.to = pair.from;
    add(std::move(pair), How::change);
    items_.back().unasked = true;
    return let_go(items_.size() - 1, dependent, items_[destroyed]);
  }
  Item& other = items_[index];
  if (index == destroyed || other.drops()) return false;
  const bool falls_along = (item.drops() || fate != Fate::changed) && is_owned_by(*other.pair.from, *item.pair.from);
  if (falls_along || !dependent.by_default_of.empty()) return let_go(index, dependent, item);
  if (fate != Fate::gone && !item.drops()) {
    // The column's type changes under it: its own change comes too early or too late.
    return !(fate == Fate::changed && follows_column_type(*other.pair.from)) && replace(index, item);
  }
  // What it does by itself frees it only when it does without the object from then on.
  // A column that it has from its parent goes with the parent's.
  const bool changes = other.has(Stage::release) || other.has(Stage::change) || !other.script.destroyed_columns().empty();
  const bool needs_it = needs_in_target(other, item.pair.from->key());
  if (changes && !(needs_it && (other.rebuildable() || keeps_column(other, dependent.of_row_type)))) return false;
  return replace(index, item);
}

namespace {

// To those who compare names it is as if the parent that goes had been no more than one like it.
bool part_from(const std::string& parent, Json& from, const Json& to) {
  const Json name(parent);
  if (from["partition_of"] == name && to["partition_of"] == name && from["partition_bound"] == to["partition_bound"]) {
    from.set("partition_bound", Json());
    return true;
  }
  const Json::Array& wanted = to["inherits"].items();
  if (std::find(wanted.begin(), wanted.end(), name) == wanted.end()) return false;
  Json parents = Json::array();
  bool parted = false;
  for (const Json& one : from["inherits"].items()) {
    parted |= one == name;
    parents.push(one == name ? Json(parent + " ") : one);
  }
  if (parted) from.set("inherits", std::move(parents));
  return parted;
}

}  // namespace

// A table stays when its parent goes and another one comes under that name: it leaves the one and joins the other. True
// when that is new.
bool Work::changes_parent(const Item& parent, const Dependent& dependent) {
  const std::string name = relation_name(*parent.pair.from);
  if (name.empty() || dependent.object.catalog != RelationRelationId || relation_after(name) == npos) return false;
  const std::size_t index = at(dependent.object);
  if (index != npos) return part(index, name);
  Pair pair;
  pair.from = live_object(dependent.object);
  pair.to = pair.from;
  if (!part_from(name, pair.from->body, pair.to->body)) return false;
  if (!at_head_(*pair.to)) refuse_drift(pair.to->key(), "reads differently from HEAD");
  add(std::move(pair), How::change);
  items_.back().unasked = true;
  write(items_.back());
  return true;
}

bool Work::part(std::size_t index, const std::string& parent) {
  Item& item = items_[index];
  if (item.how != How::change || !part_from(parent, item.pair.from->body, item.pair.to->body)) return false;
  write(item);
  // Its indexes leave the parent's with it.
  const std::string table = relation_name(*item.pair.from);
  for (Item& one : items_) {
    if (one.pair.from && one.pair.from->body["table"].str() == table) write(one);
  }
  return true;
}

// A foreign key to a partitioned table refers to its partitions and to their indexes as well, for as long as they are
// such. The partition that goes, when that is all; npos otherwise.
std::size_t Work::partition_it_need_not(const Item& item, const Dependent& dependent) const {
  const std::string relation = relation_name(*item.pair.from);
  const Json& table = item.pair.from->body["table"];
  const std::size_t partition = relation_before(table.is_null() ? relation : table.str());
  if (partition == npos || !items_[partition].drops() || !items_[partition].pair.from->body.has("partition_of")) return npos;
  const std::size_t known = at(dependent.object);
  const Object object = known == npos ? live_object(dependent.object) : *items_[known].pair.from;
  const std::string name = relation_name(*items_[partition].pair.from);
  const std::string& references = object.body["references"].str();
  return references.empty() || references == name || object.body["table"].str() == name ? npos : partition;
}

// Gives up what it can be without for a while, or is rebuilt.
bool Work::let_go(std::size_t index, const Dependent& dependent, const Item& because_of) {
  Item& item = items_[index];
  const Object& from = *item.pair.from;
  const Object& destroyed = *because_of.pair.from;
  if (!dependent.by_default_of.empty()) {
    if (!item.released.insert(dependent.by_default_of).second) return false;
  } else if (is_owned_by(from, destroyed) && !is_part_of(from, destroyed)) {
    if (std::exchange(item.disowned, true)) return false;
  } else {
    return replace(index, because_of);
  }
  write(item);
  return true;
}

bool Work::replace(std::size_t index, const Item& because_of) {
  Item& item = items_[index];
  if (!item.rebuildable() && !is_part_of(*item.pair.from, *because_of.pair.from)) {
    throw Refusal(code::unsupported, fmt::format("{} cannot be rebuilt around a change of {}", item.pair.from->key(),
                                                 because_of.pair.any().key()))
        .detail(fmt::format("{} has to be dropped and made again, and {} depends on it and cannot be without it.",
                            because_of.pair.any().key(), item.pair.from->key()))
        .hint(fmt::format("SELECT * FROM xc_dependents({}); shows what uses it.", sql::literal(because_of.pair.any().key())));
  }
  item.how = How::replace;
  write(item);
  return true;
}

bool Work::cut(const std::vector<InCycle>& cycle) {
  for (const InCycle& node : cycle) {
    Item& item = items_[node.item];
    if (node.default_of.empty() || !item.released.insert(node.default_of).second) continue;
    write(item);
    return true;
  }
  for (const InCycle& node : cycle) {
    Item& item = items_[node.item];
    if (node.stage != Stage::change || item.how != How::change || !item.rebuildable()) continue;
    item.how = How::replace;
    write(item);
    return true;
  }
  for (const InCycle& node : cycle) {
    Item& item = items_[node.item];
    if (node.stage != Stage::drop || item.drops_one_by_one || relation_name(*item.pair.from).empty()) continue;
    item.drops_one_by_one = true;
    return true;
  }
  return false;
}

}  // namespace xc::plan
