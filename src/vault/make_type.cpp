// xconnect.make_type(): a type that comes back together with rows that hold its OIDs. Values of enums are OIDs of
// labels; arrays, composite values and ranges name the type they are of. So the type gets the OIDs that it had, by the
// same switch with which pg_upgrade does this.
#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "capture/touched.hpp"
#include "core/refusal.hpp"
#include "kind/kind.hpp"
#include "ledger/reading.hpp"
#include "pg/catalog.hpp"
#include "pg/entry.hpp"
#include "pg/query.hpp"
#include "pg/scope.hpp"
#include "vault/proof.hpp"
#include "vault/records.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/binary_upgrade.h"
#include "catalog/catalog.h"

// Not in every minor release: null where the server has no row-type versions.
__attribute__((weak)) XLogRecPtr GetNextAttributeVersion(void);
extern __attribute__((weak)) struct BinaryUpgradeAttributeVersions* binary_upgrade_next_attribute_versions;
}

namespace xc::vault {

namespace {

Oid unused(Oid catalog, Oid index, AttrNumber column) {
  return pg::call([&] {
    Relation relation = table_open(catalog, AccessShareLock);
    const Oid oid = GetNewOidWithIndex(relation, index, column);
    table_close(relation, AccessShareLock);
    return oid;
  });
}

Oid unused_type() { return unused(TypeRelationId, TypeOidIndexId, Anum_pg_type_oid); }

// Whatever the statement did not ask for must not be found by the next one.
void clear() {
  binary_upgrade_next_pg_type_oid = binary_upgrade_next_array_pg_type_oid = InvalidOid;
  binary_upgrade_next_mrng_pg_type_oid = binary_upgrade_next_mrng_array_pg_type_oid = InvalidOid;
  binary_upgrade_next_heap_pg_class_oid = InvalidOid;
}

XLogRecPtr location(const std::string& text) {
  XLogRecPtr result = InvalidXLogRecPtr;
  (void)std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

// A composite type's attributes must be as many, and as old, as when the values were written.
void set_versions(Oid type, int attributes) {
  if (attributes == 0) return;
  const auto record = record_of(type);
  if (!record || record->layout.items().size() != static_cast<std::size_t>(attributes)) {
    throw Refusal(code::unsupported, "the attributes of a composite type are not those that values in the vault have")
        .hint("SELECT xc_purge_vault(); lets go of them.");
  }
  if (GetNextAttributeVersion == nullptr || &binary_upgrade_next_attribute_versions == nullptr) return;
  std::vector<XLogRecPtr> versions;
  for (const Json& version : record->layout.items()) versions.push_back(location(version.str()));
  pg::call([&] {
    const std::size_t count = versions.size();
    struct Versions {
      int natts;
      XLogRecPtr versions[1];
    };
    auto* given = static_cast<Versions*>(palloc0(offsetof(Versions, versions) + count * sizeof(XLogRecPtr)));
    given->natts = attributes;
    for (std::size_t i = 0; i < count; ++i) given->versions[i] = versions[i];
    binary_upgrade_next_attribute_versions = reinterpret_cast<BinaryUpgradeAttributeVersions*>(given);
  });
}

void create(const std::string& definition, Oid type, int attributes) {
  set_versions(type, attributes);
  binary_upgrade_next_pg_type_oid = type;
  binary_upgrade_next_array_pg_type_oid = unused_type();
  binary_upgrade_next_mrng_pg_type_oid = unused_type();
  binary_upgrade_next_mrng_array_pg_type_oid = unused_type();
  binary_upgrade_next_heap_pg_class_oid = unused(RelationRelationId, ClassOidIndexId, Anum_pg_class_oid);
  const pg::Restored<bool> as_in_upgrade(IsBinaryUpgrade, true);
  try {
    pg::run(definition);
  } catch (...) {
    clear();
    throw;
  }
  clear();
}

// Sorted as they sort.
std::vector<pg::Row> labels_of(Oid type) {
  std::vector<pg::Row> rows = pg::scan(EnumRelationId, EnumTypIdLabelIndexId, {pg::oid_key(Anum_pg_enum_enumtypid, type)});
  std::sort(rows.begin(), rows.end(), [](const pg::Row& a, const pg::Row& b) {
    return a.form<FormData_pg_enum>().enumsortorder < b.form<FormData_pg_enum>().enumsortorder;
  });
  return rows;
}

void set_labels(Oid type, const std::vector<Oid>& oids) {
  const std::vector<pg::Row> labels = labels_of(type);
  if (labels.size() != oids.size()) throw Refusal(code::internal, "the type has another number of labels");
  for (std::size_t i = 0; i < labels.size(); ++i) {
    HeapTuple tuple = labels[i].tuple();
    reinterpret_cast<Form_pg_enum>(GETSTRUCT(tuple))->oid = oids[i];
    pg::update(EnumRelationId, tuple);
  }
}

}  // namespace

}  // namespace xc::vault

XC_FUNCTION(xc_make_type) {
  const std::string definition = xc::ledger::required_text(fcinfo, 0, "definition");
  const Oid type = PG_GETARG_OID(1);
  if (pg::find(TYPEOID, type)) {
    throw xc::Refusal(xc::code::unsupported, fmt::format("another type has the OID {} now", type))
        .detail("Rows in the vault hold it: they cannot come back.")
        .hint("SELECT xc_purge_vault(); lets go of them.");
  }
  xc::vault::create(definition, type, PG_ARGISNULL(3) ? 0 : PG_GETARG_INT32(3));
  if (!PG_ARGISNULL(2)) xc::vault::set_labels(type, pg::oid_array(PG_GETARG_DATUM(2)));
  xc::vault::made_again(type);
  // The ledger must not take it for what had the OID last and was replaced since.
  xc::capture::touched().made({TypeRelationId, type});
  PG_RETURN_VOID();
}
