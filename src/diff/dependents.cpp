// A breadth-first walk over pg_depend. Rows that are parts of an object (a row type, a constraint's index, a view's
// rule) stand for it: they are walked at its depth and never shown. See dependents.hpp.
#include "diff/dependents.hpp"

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "capture/capture.hpp"
#include "diff/compare.hpp"
#include "kind/parts.hpp"
#include "ledger/ledger.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc::diff {
namespace {

std::string key_of(Address address) {
  const Kind* kind = kind_of(address);
  const std::string type = kind != nullptr ? kind->name : pg::object_type(address.catalog, address.object);
  return type + " " + pg::object_identity(address.catalog, address.object);
}

// After a restore or pg_upgrade the recorded address is that of another cluster: then the catalogs are searched.
std::optional<Address> address_of(const std::string& key) {
  const std::optional<ledger::Recorded> recorded = ledger::recorded(key);
  if (recorded && kind_of(recorded->address) != nullptr && key_of(recorded->address) == key) return recorded->address;
  for (const Kind* kind : kinds()) {
    if (!key.starts_with(std::string(kind->name) + " ")) continue;
    for (const std::uint32_t oid : rows_of(*kind))
      if (key_of({kind->catalog, oid}) == key) return Address{kind->catalog, oid};
  }
  return std::nullopt;
}

class Walk {
 public:
  std::vector<Dependent> run(Address start) {
    reach(start, {0, key_of(start)}, start);
    while (!queue_.empty()) {
      const auto [row, object] = queue_.front();
      queue_.pop_front();
      follow(row, object);
    }
    return std::move(dependents_);
  }

 private:
  struct Place {
    int depth;
    std::string path;
  };

  // Rows that are still to be walked: the object's own, and the part through which it was reached.
  void reach(Address object, Place place, Address row) {
    places_.try_emplace(object, std::move(place));
    for (const Address& one : {object, row})
      if (seen_.insert(one).second) queue_.emplace_back(one, object);
  }

  void follow(Address row, Address object) {
    const Place here = places_.at(object);
    for (const pg::Row& found : pg::scan(DependRelationId, DependReferenceIndexId,
                                         {pg::oid_key(Anum_pg_depend_refclassid, row.catalog),
                                          pg::oid_key(Anum_pg_depend_refobjid, row.object)})) {
      const auto& edge = found.form<FormData_pg_depend>();
      const Address dependent{edge.classid, edge.objid};
      const std::optional<Address> owner = owner_of(dependent);
      if (!owner && why_untracked(dependent) != Untracked::unsupported) continue;
      const Address other = owner.value_or(dependent);
      if (places_.contains(other)) {
        reach(other, here, dependent);
        continue;
      }
      const std::string key = key_of(other);
      Place place{here.depth + 1, here.path + " -> " + key};
      dependents_.push_back({place.depth, key, place.path, why(edge)});
      reach(other, std::move(place), dependent);
    }
  }

  static std::string why(const FormData_pg_depend& edge) {
    std::string use = "uses it";
    if (edge.refobjsubid > 0 && edge.refclassid == RelationRelationId)
      use = "uses column " + pg::column_name(edge.refobjid, edge.refobjsubid);
    switch (edge.deptype) {
      case DEPENDENCY_NORMAL: return use + "; stops DROP without CASCADE";
      case DEPENDENCY_EXTENSION: return "a member of it; goes with it";
      default: return use + "; goes with it";
    }
  }

  std::deque<std::pair<Address, Address>> queue_;  // catalog row, and the object that it is or belongs to
  std::set<Address> seen_;                         // rows that are or were in the queue
  std::map<Address, Place> places_;                // objects reached
  std::vector<Dependent> dependents_;
};

}  // namespace

Address live_address(const ledger::ObjectName& name) {
  const State head = State::at(store::head().value());
  std::optional<std::string> key = ledger::find_object(ledger::names_in(head.nodes(), head.root(), "at HEAD"), name);
  if (key) {
    if (const auto address = address_of(*key)) return *address;
  }
  // Made or renamed in this transaction, or behind our back.
  const State now = State::working();
  ledger::Names names = ledger::names_in(now.nodes(), now.root(), "now");
  names.unrecorded = now.drifted_keys();
  key = ledger::require_object(names, name);
  if (const auto address = address_of(*key)) return *address;
  throw Refusal(code::unknown_object, fmt::format("{} does not exist now", *key));
}

std::vector<Dependent> dependents(Address object) { return Walk().run(object); }

}  // namespace xc::diff
