// By pg_depend: arrays, domains, ranges, multiranges depend on their base as types; composites and tables by their columns.
#include "apply/reach.hpp"

#include <vector>

#include "pg/catalog.hpp"
#include "pg/server.hpp"

extern "C" {
#include "storage/lmgr.h"
}

namespace xc {

namespace {

bool may_hold_values(char relkind) {
  return relkind == RELKIND_RELATION || relkind == RELKIND_MATVIEW || relkind == RELKIND_PARTITIONED_TABLE ||
         relkind == RELKIND_FOREIGN_TABLE;
}

Reach reach_of(Oid contained) {
  Reach reach;
  std::vector<Oid> todo = {contained};
  reach.types.insert(contained);
  const auto visit = [&](Oid type) {
    if (OidIsValid(type) && reach.types.insert(type).second) todo.push_back(type);
  };
  while (!todo.empty()) {
    const Oid type = todo.back();
    todo.pop_back();
    for (const pg::Row& row : pg::scan(DependRelationId, DependReferenceIndexId,
                                       {pg::oid_key(Anum_pg_depend_refclassid, TypeRelationId),
                                        pg::oid_key(Anum_pg_depend_refobjid, type)})) {
      const auto& form = row.form<FormData_pg_depend>();
      reach.dependents.insert({form.classid, form.objid, form.objsubid});
      if (form.classid == TypeRelationId) visit(form.objid);
      if (form.classid != RelationRelationId || form.objsubid == 0) continue;
      const auto relation = pg::find(RELOID, form.objid);
      if (!relation) continue;
      const auto& relation_form = relation->form<FormData_pg_class>();
      visit(relation_form.reltype);
      if (may_hold_values(relation_form.relkind)) reach.tables[form.objid].insert(static_cast<AttrNumber>(form.objsubid));
    }
  }
  return reach;
}

}  // namespace

std::set<Oid> types_that_contain(Oid type) { return reach_of(type).types; }

// Waiting may let new tables appear.
Reach lock_reach(Oid type, LOCKMODE mode) {
  std::set<Oid> locked;
  while (true) {
    Reach reach = reach_of(type);
    bool complete = true;
    for (const auto& [relation, columns] : reach.tables) {
      if (!locked.insert(relation).second) continue;
      complete = false;
      const Oid oid = relation;
      pg::call([&] { LockRelationOid(oid, mode); });
    }
    if (complete) return reach;
  }
}

bool stores_rows(Oid relation) {
  const char relkind = pg::call([&] { return get_rel_relkind(relation); });
  return relkind == RELKIND_RELATION || relkind == RELKIND_MATVIEW;
}

bool is_other_sessions_temporary(Oid relation) {
  const auto row = pg::find(RELOID, relation);
  if (!row) return false;
  const Oid schema = row->form<FormData_pg_class>().relnamespace;
  return pg::call([&] { return isOtherTempNamespace(schema); });
}

}  // namespace xc
