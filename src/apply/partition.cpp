// Partitions and their indexes: taken out of partitioned ones, and put in as they shall be.
//
//   xconnect.detach_partition(regclass, regclass)   DETACH PARTITION leaves the partition with foreign keys of its own
//   that
//                                                   were its parent's before, and nothing tells them from others
//                                                   afterwards. The state to reach has its own idea of them.
//   xconnect.detach_index(regclass)                 what ALTER INDEX … ATTACH PARTITION did; no statement undoes it
//   xconnect.share_identity(regclass)               partitions of a partition have its identity columns: ATTACH
//                                                   PARTITION gives them to that alone (17), and then no statement
//                                                   takes them away
//   xconnect.pass_over_indexes(regclass, text[])    which indexes of a partitioned table ATTACH PARTITION is not to see
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apply/family.hpp"
#include "apply/surgery.hpp"
#include "core/refusal.hpp"
#include "pg/deparse.hpp"
#include "pg/entry.hpp"
#include "pg/query.hpp"
#include "pg/scope.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/index.h"
#include "catalog/objectaccess.h"
#include "catalog/partition.h"
#include "utils/inval.h"
}

namespace xc {

namespace {

Oid relation_of(Oid constraint) {
  const auto row = pg::find(CONSTROID, constraint);
  return row ? row->form<FormData_pg_constraint>().conrelid : InvalidOid;
}

// A foreign key of the partition's own can have rows of the same table below it: one for each partition it refers to.
std::vector<std::string> foreign_keys_of_parent(Oid partition) {
  std::vector<std::string> names;
  for (const pg::Row& row : pg::scan(ConstraintRelationId, ConstraintRelidTypidNameIndexId,
                                     {pg::oid_key(Anum_pg_constraint_conrelid, partition)})) {
    const auto& form = row.form<FormData_pg_constraint>();
    if (form.contype != CONSTRAINT_FOREIGN || !OidIsValid(form.conparentid)) continue;
    if (relation_of(form.conparentid) != partition) names.push_back(pg::quoted(NameStr(form.conname)));
  }
  return names;
}

void share_identity(Oid table) {
  for (const Oid partition : children_of(table)) {
    AlteredTable(partition).close();
    for (const pg::Row& row : pg::scan(AttributeRelationId, AttributeRelidNumIndexId,
                                       {pg::oid_key(Anum_pg_attribute_attrelid, table)})) {
      const auto& form = row.form<FormData_pg_attribute>();
      if (form.attnum <= 0 || form.attisdropped) continue;
      HeapTuple theirs = live_column(partition, NameStr(form.attname)).tuple();
      auto& column = *reinterpret_cast<Form_pg_attribute>(GETSTRUCT(theirs));
      if (column.attidentity == form.attidentity) continue;
      column.attidentity = form.attidentity;
      update_column(theirs);
    }
    share_identity(partition);
  }
}

// Before PostgreSQL 17 a partition has an identity of its own, or none.
constexpr bool shares_identity = PG_VERSION_NUM >= 170000;

void detach_partition(Oid parent, Oid partition) {
  const pg::Pinned pinned(pg::Pinned::For::statements);
  AlteredTable(parent).close();
  AlteredTable(partition).close();
  if (shares_identity) share_identity(partition);
  const std::vector<std::string> foreign_keys = foreign_keys_of_parent(partition);
  const std::string name = pg::relation_name(partition);
  pg::run(fmt::format("ALTER TABLE {} DETACH PARTITION {}", pg::relation_name(parent), name));
  for (const std::string& foreign_key : foreign_keys) {
    pg::run(fmt::format("ALTER TABLE {} DROP CONSTRAINT {}", name, foreign_key));
  }
}

// A partitioned index is valid while every partition has its part.
void detach_index(Oid index) {
  const auto row = pg::find(RELOID, index);
  const auto index_row = pg::find(INDEXRELID, index);
  if (!row || !index_row) throw Refusal(code::invalid_parameter, "not an index");
  if (!row->form<FormData_pg_class>().relispartition) return;
  const AlteredTable table(index_row->form<FormData_pg_index>().indrelid);
  const Oid constraint = pg::call([&] { return get_index_constraint(index); });
  const List* parents = pg::call([&] { return get_partition_ancestors(index); });
  pg::call([&] {
    Relation relation = index_open(index, AccessExclusiveLock);
    IndexSetParentIndex(relation, InvalidOid);
    if (OidIsValid(constraint)) ConstraintSetParentConstraint(constraint, InvalidOid, InvalidOid);
    index_close(relation, NoLock);
    CommandCounterIncrement();
    InvokeObjectPostAlterHook(RelationRelationId, index, 0);
    if (OidIsValid(constraint)) InvokeObjectPostAlterHook(ConstraintRelationId, constraint, 0);
  });
  for (int i = 0; i < list_length(parents); ++i)
    set_index_flag(list_nth_oid(parents, i), &FormData_pg_index::indisvalid, false);
}

// A foreign key to the table is made for the partition, too, on the partition's part of the index.
bool is_referenced(Oid table, Oid index) {
  for (const pg::Row& row :
       pg::scan(ConstraintRelationId, InvalidOid, {pg::oid_key(Anum_pg_constraint_confrelid, table)})) {
    const auto& form = row.form<FormData_pg_constraint>();
    if (form.contype == CONSTRAINT_FOREIGN && form.conindid == index) return true;
  }
  return false;
}

// The server leaves out of a table's indexes those that are being dropped concurrently, which no partitioned one ever
// is.
void pass_over_indexes(Oid table, const std::vector<std::string>& names) {
  const AlteredTable altered(table);
  for (const pg::Row& row :
       pg::scan(IndexRelationId, IndexIndrelidIndexId, {pg::oid_key(Anum_pg_index_indrelid, table)})) {
    const auto& form = row.form<FormData_pg_index>();
    const Oid index = form.indexrelid;
    if (pg::call([&] { return get_rel_relkind(index); }) != RELKIND_PARTITIONED_INDEX) continue;
    const bool named = std::find(names.begin(), names.end(), pg::relation_name(index)) != names.end();
    const bool live = !named || is_referenced(table, index);
    if (live != form.indislive) set_index_flag(index, &FormData_pg_index::indislive, live);
  }
  pg::call([&] {
    CacheInvalidateRelcache(altered.relation());
    CommandCounterIncrement();
  });
}

}  // namespace

}  // namespace xc

XC_FUNCTION(xc_pass_over_indexes) {
  const auto names = PointerGetDatum(PG_GETARG_ARRAYTYPE_P(1));
  xc::pass_over_indexes(PG_GETARG_OID(0), pg::text_array(names));
  PG_RETURN_VOID();
}

XC_FUNCTION(xc_share_identity) {
  if (xc::shares_identity) xc::share_identity(PG_GETARG_OID(0));
  PG_RETURN_VOID();
}

XC_FUNCTION(xc_detach_index) {
  xc::detach_index(PG_GETARG_OID(0));
  PG_RETURN_VOID();
}

XC_FUNCTION(xc_detach_partition) {
  xc::detach_partition(PG_GETARG_OID(0), PG_GETARG_OID(1));
  PG_RETURN_VOID();
}
