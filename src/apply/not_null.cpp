// NOT NULL constraints of tables, in the catalogs; see not_null.hpp.
#include "apply/not_null.hpp"

#include <string>

#include <fmt/format.h>

#include "apply/family.hpp"
#include "core/refusal.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/objectaccess.h"
#include "commands/comment.h"
}

namespace xc {

#if PG_VERSION_NUM >= 180000

namespace {

// A copy; null when there is none.
HeapTuple constraint_of(Oid relation, AttrNumber column) {
  return pg::call([&] { return findNotNullConstraintAttnum(relation, column); });
}

HeapTuple constraint_of(Oid relation, const char* column) {
  return pg::call([&] { return findNotNullConstraint(relation, column); });
}

FormData_pg_constraint& form_of(HeapTuple tuple) { return *reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple)); }

std::int16_t parents_with(Oid relation, const char* column) {
  std::int16_t count = 0;
  for (const Oid parent : parents_of(relation)) {
    HeapTuple theirs = constraint_of(parent, column);
    if (theirs != nullptr && !form_of(theirs).connoinherit) ++count;
  }
  return count;
}

void count_in_children(Oid relation, const char* column, int more) {
  for (const Oid child : children_of(relation)) {
    HeapTuple theirs = constraint_of(child, column);
    if (theirs == nullptr) continue;
    FormData_pg_constraint& form = form_of(theirs);
    form.coninhcount = static_cast<int16>(form.coninhcount + more);
    if (form.coninhcount <= 0) form.conislocal = true;
    else if (is_partition(child)) form.conislocal = false;
    pg::update(ConstraintRelationId, theirs);
  }
}

}  // namespace

void make_not_null_constraint(const AlteredTable& table, const FormData_pg_attribute& column) {
  if (constraint_of(table.oid(), column.attnum) != nullptr) return;
  const char* name = NameStr(column.attname);
  const std::int16_t parents = parents_with(table.oid(), name);
  const bool local = parents == 0 || !table.is_partition();
  pg::call([&] {
    Relation relation = table.relation();
    const Oid schema = RelationGetNamespace(relation);
    const char* constraint = ChooseConstraintName(RelationGetRelationName(relation), name, "not_null", schema, NIL);
    (void)CreateConstraintEntry(constraint, schema, CONSTRAINT_NOTNULL, false, false, true, true, InvalidOid,
                                RelationGetRelid(relation), &column.attnum, 1, 1, InvalidOid, InvalidOid, InvalidOid,
                                nullptr, nullptr, nullptr, nullptr, 0, ' ', ' ', nullptr, 0, ' ', nullptr, nullptr,
                                nullptr, local, parents, false, false, false);
    CommandCounterIncrement();
  });
  count_in_children(table.oid(), name, 1);
}

void drop_not_null_constraint(Oid relation, AttrNumber column) {
  HeapTuple constraint = constraint_of(relation, column);
  if (constraint == nullptr) return;
  const bool inherited = !form_of(constraint).connoinherit;
  const char* name = pg::call([&] {
    const Oid oid = form_of(constraint).oid;
    (void)deleteDependencyRecordsFor(ConstraintRelationId, oid, false);
    DeleteComments(oid, ConstraintRelationId, 0);
    RemoveConstraintById(oid);
    CommandCounterIncrement();
    return get_attname(relation, column, false);
  });
  if (inherited) count_in_children(relation, name, -1);
}

namespace {

// A constraint of this table that has the name makes way: it gets its own later.
void make_way(Oid relation, const std::string& name) {
  for (const pg::Row& row : pg::scan(ConstraintRelationId, ConstraintRelidTypidNameIndexId,
                                     {pg::oid_key(Anum_pg_constraint_conrelid, relation)})) {
    const auto& form = row.form<FormData_pg_constraint>();
    if (form.contype != CONSTRAINT_NOTNULL || pg::name_of(form.conname) != name) continue;
    pg::call([&] {
      RenameConstraintById(form.oid, ChooseConstraintName(name.c_str(), nullptr, "other", form.connamespace, NIL));
      CommandCounterIncrement();
    });
  }
}

void rename(Oid relation, const FormData_pg_constraint& constraint, const std::string& name) {
  if (name.empty() || pg::name_of(constraint.conname) == name) return;
  make_way(relation, name);
  pg::call([&] {
    RenameConstraintById(constraint.oid, name.c_str());
    CommandCounterIncrement();
  });
}

}  // namespace

void set_not_null_constraint(Oid relation, const std::string& column, const std::string& name, bool local) {
  const AlteredTable table(relation);
  const pg::Row row = live_column(relation, column);
  const AttrNumber number = row.form<FormData_pg_attribute>().attnum;
  HeapTuple constraint = constraint_of(relation, number);
  if (constraint == nullptr || (!local && form_of(constraint).coninhcount == 0)) {
    throw Refusal(code::unsupported, fmt::format("column {} of {} has no {} NOT NULL", column, pg::relation_name(relation),
                                                 constraint == nullptr ? "constraint" : "inherited"));
  }
  rename(relation, form_of(constraint), name);
  constraint = constraint_of(relation, number);
  form_of(constraint).conislocal = table.is_partition() ? form_of(constraint).coninhcount == 0 : local;
  pg::update(ConstraintRelationId, constraint);
  pg::call([&] { InvokeObjectPostAlterHook(RelationRelationId, relation, number); });
}

#else

void set_not_null_constraint(Oid relation, const std::string& column, const std::string&, bool) {
  throw Refusal(code::unsupported, fmt::format("NOT NULL of column {} of {} is no constraint before PostgreSQL 18", column,
                                               pg::relation_name(relation)));
}

void make_not_null_constraint(const AlteredTable&, const FormData_pg_attribute&) {}
void drop_not_null_constraint(Oid, AttrNumber) {}

#endif

}  // namespace xc
