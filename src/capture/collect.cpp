// From touched addresses to what differs from HEAD: describes each touched object once, follows the dependents whose
// text or identity changes with it, and compares with what the ledger has.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "capture/capture.hpp"
#include "capture/touched.hpp"
#include "kind/describe.hpp"
#include "kind/parts.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/kept_open.hpp"
#include "pg/progress.hpp"
#include "pg/scope.hpp"
#include "pg/snapshot.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

namespace xc::capture {

namespace {

// What other objects' texts can repeat of an object: its identity and the names in it. While that stays, no dependent
// reads differently.
std::vector<std::string> surface(const Json& body) {
  std::vector<std::string> names = {body["identity"].str()};
  for (const auto& [key, value] : body.members()) {
    if (!value.is_array() || key == "depends" || key == "default_depends") continue;
    for (const Json& item : value.items()) {
      if (item.has("name")) names.push_back(item["name"].str() + " " + item["type"].str());
      else if (key == "values") names.push_back(item.str());
    }
  }
  for (const char* name : {"multirange_schema", "multirange"}) names.push_back(body[name].str());
  return names;
}

bool has_all_of(const std::vector<std::string>& names, const std::vector<std::string>& earlier) {
  auto next = earlier.begin();
  for (const std::string& name : names) {
    if (next != earlier.end() && *next == name) ++next;
  }
  return next == earlier.end();
}

// Of the dependents of an object, who may read differently: all; or those who do where it only has more columns than before.
enum class Readers { all, of_more_columns };

struct Dependent {
  Address address;
  bool internal;
};

std::vector<Dependent> dependents(Address address) {
  std::vector<Dependent> found;
  for (const pg::Row& row : pg::scan(DependRelationId, DependReferenceIndexId,
                                     {pg::oid_key(Anum_pg_depend_refclassid, address.catalog),
                                      pg::oid_key(Anum_pg_depend_refobjid, address.object)})) {
    const auto& edge = row.form<FormData_pg_depend>();
    if (edge.deptype == DEPENDENCY_EXTENSION) continue;
    found.push_back({{edge.classid, edge.objid}, edge.deptype == DEPENDENCY_INTERNAL});
  }
  return found;
}

class Collector {
 public:
  Delta run(const std::set<Address>& addresses) {
    delta_.head = store::head();
    for (const Address& address : addresses) visit(address);
    while (!waiting_.empty()) {
      const Address address = waiting_.back();
      waiting_.pop_back();
      const pg::Arena arena("xconnect object");
      visit_now(address);
    }
    settle_moved();
    std::sort(delta_.differences.begin(), delta_.differences.end(),
              [](const Difference& a, const Difference& b) { return a.key < b.key; });
    return std::move(delta_);
  }

 private:
  void visit(Address address) {
    if (visited_.insert(address).second) waiting_.push_back(address);
  }

  void visit_now(Address row) {
    const std::optional<Address> owner = owner_of(row);
    if (!owner) {
      const Untracked reason = why_untracked(row);
      if (reason == Untracked::gone) compare_gone(row);
      // We cannot compare its name with an earlier one, so its dependents are read again.
      else if (reason == Untracked::unsupported) follow(row, Readers::all);
      return;
    }
    if (*owner != row) {
      // What was an object of its own may have become a part: ALTER EXTENSION … ADD.
      const bool joins_extension = owner->catalog == ExtensionRelationId && ledger::recorded(*owner);
      if (joins_extension || (may_have_been_object(row) && !touched().is_made(row))) compare_gone(row);
      if (joins_extension) follow(row, Readers::all);
      // A table that leaves its parent keeps as its own what it had inherited, and no row of that is announced.
      if (row.catalog == InheritsRelationId) follow(*owner, Readers::all);
      visit(*owner);
      return;
    }
    compare(row);
  }

  // An index that a constraint took over, a foreign key that ATTACH PARTITION made its parent's.
  static bool may_have_been_object(Address row) {
    if (row.catalog == ConstraintRelationId) return true;
    return row.catalog == RelationRelationId && pg::find(INDEXRELID, row.object);
  }

  // ADD CONSTRAINT … USING INDEX under the index's own name: no hook is called for the index.
  void visit_taken_over(Address address) {
    if (address.catalog != ConstraintRelationId) return;
    for (const Dependent& dependent : dependents(address)) {
      if (dependent.internal) visit(dependent.address);
    }
  }

  void compare(Address address) {
    try {
      compare_now(address);
    } catch (const pg::Busy&) {
      delta_.busy.push_back(address);
    }
  }

  void compare_now(Address address) {
    if (address.catalog == RelationRelationId) {
      pg::keep_relation(address.object);
      visit_constraints_of_whole(address);
    }
    std::optional<Object> now = describe(address);
    if (!now) {
      compare_gone(address);
      return;
    }
    Difference difference;
    difference.key = now->key();
    difference.before = before_of(address, difference.key, difference.unheard_of);
    difference.exists = true;
    difference.address = address;
    difference.parts = std::move(now->parts);
    difference.text = now->body.dump();
    difference.blob = store::blob_hash(difference.text);
    if (!difference.before || difference.before->address != address) visit_taken_over(address);
    if (!difference.before) visit_entangled(*now, address);
    if (difference.before) {
      const ledger::Recorded& before = *difference.before;
      if (before.blob == difference.blob && before.key == difference.key && before.parts == difference.parts) {
        if (before.address != address) moved_.emplace(difference.key, std::move(difference));
        return;
      }
      if (before.blob != difference.blob) {
        follow_children(address);
        visit_entangled(*now, address);
        const auto was = surface(Json::parse(store::blob(*before.blob))), is = surface(now->body);
        if (was != is) follow(address, has_all_of(is, was) ? Readers::of_more_columns : Readers::all);
      }
    }
    delta_.differences.push_back(std::move(difference));
  }

  // What HEAD has for this object: by its address; else by its key, when the row that stood for it is gone (dropped and
  // created again, REINDEX CONCURRENTLY).
  std::optional<ledger::Recorded> before_of(Address address, const std::string& key, bool& unheard_of) {
    auto before = touched().is_made(address) ? std::nullopt : ledger::recorded(address);
    if (before && before->blob && (before->key == key || is_current(*before, address))) return before;
    before = ledger::recorded(key);
    unheard_of = !before;
    if (!before) return by_earlier_name(address);
    if (!before->blob || kind_of(ledger::address_now(*before)) != nullptr) return std::nullopt;
    return tree::find(nodes_, delta_.head->tree, key) ? before : std::nullopt;
  }

  // An index that got its address unseen: only the name that it had before this transaction tells which one it is. Not
  // when the row of that name went in this transaction: then others just had its name for a while.
  std::optional<ledger::Recorded> by_earlier_name(Address address) {
    const std::string name = touched().earlier_name(address);
    if (name.empty() || !delta_.head) return std::nullopt;
    auto before = ledger::recorded(name);
    if (!before || !before->blob) return std::nullopt;
    const Address recorded = ledger::address_now(*before);
    if (kind_of(recorded) != nullptr || touched().addresses().contains(recorded)) return std::nullopt;
    return tree::find(nodes_, delta_.head->tree, name) ? before : std::nullopt;
  }

  // Does the key still stand for this object at HEAD? Another one may have taken it over since.
  static bool is_current(const ledger::Recorded& record, Address address) {
    const auto newest = ledger::recorded(record.key);
    return newest && newest->seq == record.seq && ledger::address_now(*newest) == address;
  }

  void compare_gone(Address address) {
    std::optional<ledger::Recorded> before = ledger::recorded(address);
    if (!before) before = by_earlier_name(address);
    else if (!before->blob || !is_current(*before, address)) return;
    if (!before) return;
    Difference difference;
    difference.key = before->key;
    difference.address = address;
    difference.rows_lost = touched().rows_lost(address);
    difference.before = std::move(before);
    delta_.differences.push_back(std::move(difference));
  }

  // Dropped and created again just as it was (an index under ALTER COLUMN TYPE, REINDEX CONCURRENTLY): the drop of the
  // old row is no drop of the object. Where rows went with it, it is a change all the same.
  void settle_moved() {
    std::erase_if(delta_.differences, [this](const Difference& gone) {
      const auto moved = gone.exists ? moved_.end() : moved_.find(gone.key);
      if (moved == moved_.end()) return false;
      moved->second.rows_lost = gone.rows_lost;
      return true;
    });
    for (auto& [key, difference] : moved_) {
      if (difference.rows_lost > 0) delta_.differences.push_back(std::move(difference));
      else delta_.moved.push_back({key, difference.address});
    }
  }

  void visit_entangled(const Object& object, Address address) {
    if (object.kind->entangled == nullptr) return;
    for (const Address& other : object.kind->entangled(address.object)) visit(other);
  }

  // One more column changes the aliases of joins in queries, and what refers to the row type: ROW(1, 2)::t is written with
  // a NULL for it. Parts read as their whole does.
  static bool reads_it(const Dependent& dependent, Address address, Readers readers) {
    if (readers == Readers::all) return true;
    return !dependent.internal && (address.catalog == TypeRelationId || holds_queries(dependent.address.catalog));
  }

  void follow(Address address, Readers readers) {
    for (const Dependent& dependent : dependents(address)) {
      if (reads_it(dependent, address, readers)) visit(dependent.address);
      // A row type, an array type, a constraint's index: others refer to them instead of to the object itself.
      if (dependent.internal && followed_.insert({dependent.address, readers}).second) follow(dependent.address, readers);
    }
  }

  // ALTER TABLE of a parent recurses to its children, whichever of its catalog rows changes.
  void follow_children(Address address) {
    if (address.catalog != RelationRelationId) return;
    const auto relation = pg::find(RELOID, address.object);
    if (relation && relation->form<FormData_pg_class>().relispartition) follow_constraints(address.object);
    if (!relation || !relation->form<FormData_pg_class>().relhassubclass) return;
    for (const pg::Row& row : pg::scan(InheritsRelationId, InheritsParentIndexId,
                                       {pg::oid_key(Anum_pg_inherits_inhparent, address.object)})) {
      visit({RelationRelationId, row.form<FormData_pg_inherits>().inhrelid});
    }
  }

  // A partitioned table's constraints, and those that refer to it, have parts on its partitions, which come and go.
  void visit_constraints_of_whole(Address address) {
    const auto relation = pg::find(RELOID, address.object);
    if (!relation || relation->form<FormData_pg_class>().relkind != RELKIND_PARTITIONED_TABLE) return;
    for (const Dependent& dependent : dependents(address)) {
      if (dependent.address.catalog == ConstraintRelationId) visit(dependent.address);
    }
  }

  // No hook tells of those that ATTACH PARTITION merges with its parent's.
  void follow_constraints(Oid relation) {
    for (const pg::Row& row : pg::scan(ConstraintRelationId, ConstraintRelidTypidNameIndexId,
                                       {pg::oid_key(Anum_pg_constraint_conrelid, relation)})) {
      visit({ConstraintRelationId, row.form<FormData_pg_constraint>().oid});
    }
  }

  Delta delta_;
  store::Nodes nodes_;
  std::vector<Address> waiting_;
  std::set<Address> visited_;
  std::set<std::pair<Address, Readers>> followed_;
  std::map<std::string, Difference> moved_;
};

}  // namespace

Object Difference::after() const {
  Object object = store::object_from_text(text);
  object.address = address;
  object.parts = parts;
  return object;
}

Delta collect() {
  pg::LatestSnapshot snapshot;
  pg::Pinned pinned;
  pg::KeptOpen kept_open;
  OwnersRemembered owners_remembered;
  return Collector().run(touched().addresses());
}

Delta collect_everything(std::vector<Standing>* standing) {
  pg::LatestSnapshot snapshot;
  pg::Pinned pinned;
  pg::KeptOpen kept_open;
  Delta delta;
  delta.head = store::head();
  store::Nodes nodes;
  std::unordered_map<std::string, Digest> missing;  // what HEAD has and the catalogs were not yet seen to have
  if (delta.head) {
    tree::walk(nodes, delta.head->tree, [&](const std::string& key, const Digest& blob) { missing.emplace(key, blob); });
  }
  const auto at_head = [](const std::string& key) -> std::optional<ledger::Recorded> { return ledger::recorded(key); };
  std::vector<std::pair<const Kind*, std::vector<std::uint32_t>>> rows;
  std::size_t total = 0;
  for (const Kind* kind : kinds()) total += rows.emplace_back(kind, rows_of(*kind)).second.size();
  pg::Progress progress(delta.head ? pg::Progress::Work::comparison : pg::Progress::Work::baseline, pg::Progress::Unit::objects_read, static_cast<std::int64_t>(total));
  std::int64_t done = 0;
  for (const auto& [kind, oids] : rows) {
    for (const std::uint32_t oid : oids) {
      progress.at(done++);
      pg::Arena arena("xconnect describe");
      const Address address{kind->catalog, oid};
      if (owner_of(address) != address) continue;
      std::optional<Object> object = describe(address);
      if (!object || object->kind != kind) continue;
      Difference difference;
      difference.key = object->key();
      difference.text = object->body.dump();
      difference.blob = store::blob_hash(difference.text);
      const auto known = missing.find(difference.key);
      const bool same = known != missing.end() && known->second == difference.blob;
      if (known != missing.end()) {
        if (!same) difference.before = at_head(difference.key);
        if (standing != nullptr) {
          standing->push_back({difference.key, address, object->parts,
                               same || surface(Json::parse(store::blob(known->second))) == surface(object->body)});
        }
        missing.erase(known);
      }
      if (same) continue;
      difference.unheard_of = !delta.head;
      difference.exists = true;
      difference.address = address;
      difference.parts = std::move(object->parts);
      delta.differences.push_back(std::move(difference));
    }
  }
  for (const auto& [key, blob] : missing) {
    Difference difference;
    difference.key = key;
    difference.before = at_head(key);
    difference.address = difference.before ? difference.before->address : Address{};
    delta.differences.push_back(std::move(difference));
  }
  std::sort(delta.differences.begin(), delta.differences.end(),
            [](const Difference& a, const Difference& b) { return a.key < b.key; });
  return delta;
}

tree::Ref working_root(store::Nodes& nodes, const Delta& delta) {
  std::vector<tree::Edit> edits;
  // Removals first: a key that another object gave up may be taken by a new one.
  for (const Difference& difference : delta.differences) {
    if (difference.before && (!difference.exists || difference.before->key != difference.key)) {
      edits.push_back({difference.before->key, std::nullopt});
    }
  }
  for (const Difference& difference : delta.differences) {
    if (difference.exists) edits.push_back({difference.key, difference.blob});
  }
  return tree::apply(nodes, delta.head ? delta.head->tree : tree::empty(nodes), std::move(edits));
}

}  // namespace xc::capture
