// Taking partitions and their indexes out of partitioned ones.
//
//   xconnect.detach_partition(regclass, regclass)   DETACH PARTITION leaves the partition with foreign keys of its own that
//                                                   were its parent's before, and nothing tells them from others
//                                                   afterwards. The state to reach has its own idea of them.
//   xconnect.detach_index(regclass)                 what ALTER INDEX … ATTACH PARTITION did; no statement undoes it
#include <string>
#include <vector>

#include <fmt/format.h>

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

void detach_partition(Oid parent, Oid partition) {
  const pg::Pinned pinned(pg::Pinned::For::statements);
  AlteredTable(parent).close();
  AlteredTable(partition).close();
  const std::vector<std::string> foreign_keys = foreign_keys_of_parent(partition);
  const std::string name = pg::relation_name(partition);
  pg::run(fmt::format("ALTER TABLE {} DETACH PARTITION {}", pg::relation_name(parent), name));
  for (const std::string& foreign_key : foreign_keys) {
    pg::run(fmt::format("ALTER TABLE {} DROP CONSTRAINT {}", name, foreign_key));
  }
}

void mark_invalid(Oid index) {
  const auto row = pg::find(INDEXRELID, index);
  if (!row) return;
  reinterpret_cast<Form_pg_index>(GETSTRUCT(row->tuple()))->indisvalid = false;
  pg::update(IndexRelationId, row->tuple());
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
  for (int i = 0; i < list_length(parents); ++i) mark_invalid(list_nth_oid(parents, i));
}

}  // namespace

}  // namespace xc

XC_FUNCTION(xc_detach_index) {
  xc::detach_index(PG_GETARG_OID(0));
  PG_RETURN_VOID();
}

XC_FUNCTION(xc_detach_partition) {
  xc::detach_partition(PG_GETARG_OID(0), PG_GETARG_OID(1));
  PG_RETURN_VOID();
}
