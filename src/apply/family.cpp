// See family.hpp.
//
//   xconnect.complete_children(regclass)   tables that inherit from it get the columns that they lack, at their end: they
//                                          were made anew since the column was dropped, so it could not be revived there
#include "apply/family.hpp"

#include <fmt/format.h>

#include "apply/surgery.hpp"
#include "core/refusal.hpp"
#include "pg/deparse.hpp"
#include "pg/entry.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/heap.h"
#include "catalog/objectaccess.h"
#include "storage/lmgr.h"
}

namespace xc {

namespace {

void require_same_type(Oid parent, Oid child, const FormData_pg_attribute& theirs, const FormData_pg_attribute& ours) {
  if (theirs.atttypid == ours.atttypid && theirs.atttypmod == ours.atttypmod && theirs.attcollation == ours.attcollation) return;
  throw Refusal(code::unsupported, fmt::format("column {} of {} has another type than in {}", NameStr(ours.attname),
                                               pg::relation_name(child), pg::relation_name(parent)));
}

// As ADD COLUMN does when the child has the column already.
void add_parent(Oid child, Oid parent, const std::string& name) {
  const auto above = find_column(parent, name);
  const auto below = find_column(child, name);
  if (!above || !below) return;
  HeapTuple tuple = below->tuple();
  auto& form = *reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  require_same_type(parent, child, above->form<FormData_pg_attribute>(), form);
  form.attinhcount = static_cast<decltype(form.attinhcount)>(form.attinhcount + 1);
  if (is_partition(child)) form.attislocal = false;
  update_column(tuple);
}

void depend(Oid relation, AttrNumber number, Oid catalog, Oid object) {
  pg::call([&] {
    const ObjectAddress column = {RelationRelationId, relation, number};
    const ObjectAddress referenced = {catalog, object, 0};
    recordDependencyOn(&column, &referenced, DEPENDENCY_NORMAL);
  });
}

// Versions of attributes never decrease (see revive.cpp): a new one has that of the last.
std::optional<Datum> version_of_last(Oid relation) {
  const auto table = pg::find(RELOID, relation);
  const int last = table ? table->form<FormData_pg_class>().relnatts : 0;
  const auto column = last > 0 ? pg::attribute(relation, last) : std::nullopt;
  return column ? pg::attribute_version_options(*column) : std::nullopt;
}

// In pg::call().
void insert_attribute(Relation attributes, TupleDesc one, Oid relation, const std::optional<Datum>& options) {
#if PG_VERSION_NUM >= 170000
  FormExtraData_pg_attribute extra = {};
  extra.attstattarget.isnull = true;
  extra.attoptions = {options.value_or(0), !options.has_value()};
  InsertPgAttributeTuples(attributes, one, relation, &extra, nullptr);
#else
  Datum given = options.value_or(0);
  InsertPgAttributeTuples(attributes, one, relation, options ? &given : nullptr, nullptr);
#endif
}

// As ADD COLUMN does for a column without a default; that statement is refused on a partition.
void add_column(Oid relation, const FormData_pg_attribute& model) {
  const AlteredTable table(relation);
  const std::optional<Datum> options = version_of_last(relation);
  const AttrNumber number = pg::call([&] {
    Relation classes = table_open(RelationRelationId, RowExclusiveLock);
    HeapTuple row = SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(relation));
    auto* form = reinterpret_cast<Form_pg_class>(GETSTRUCT(row));
    if (form->relnatts >= MaxHeapAttributeNumber) {
      ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS), errmsg("tables can have at most %d columns", MaxHeapAttributeNumber)));
    }
    const auto last = static_cast<AttrNumber>(form->relnatts + 1);

    TupleDesc one = CreateTemplateTupleDesc(1);
    TupleDescInitEntry(one, 1, NameStr(model.attname), model.atttypid, model.atttypmod, model.attndims);
    TupleDescInitEntryCollation(one, 1, model.attcollation);
    TupleDescAttr(one, 0)->attnum = last;
    TupleDescAttr(one, 0)->attislocal = false;
    Relation attributes = table_open(AttributeRelationId, RowExclusiveLock);
    insert_attribute(attributes, one, relation, options);
    table_close(attributes, RowExclusiveLock);

    form->relnatts = last;
    CatalogTupleUpdate(classes, &row->t_self, row);
    table_close(classes, RowExclusiveLock);
    InvokeObjectPostCreateHook(RelationRelationId, relation, last);
    CommandCounterIncrement();
    return last;
  });
  depend_on_type(relation, number, model.atttypid, model.attcollation);
  table.renew_versions(number);
}

}  // namespace

std::vector<Oid> parents_of(Oid relation) {
  std::vector<Oid> parents;
  for (const pg::Row& row : pg::scan(InheritsRelationId, InheritsRelidSeqnoIndexId, {pg::oid_key(Anum_pg_inherits_inhrelid, relation)})) {
    parents.push_back(row.form<FormData_pg_inherits>().inhparent);
  }
  return parents;
}

bool is_partition(Oid relation) {
  const auto row = pg::find(RELOID, relation);
  return row && row->form<FormData_pg_class>().relispartition;
}

std::vector<Oid> children_of(Oid relation) {
  std::vector<Oid> children;
  for (const pg::Row& row : pg::scan(InheritsRelationId, InheritsParentIndexId, {pg::oid_key(Anum_pg_inherits_inhparent, relation)})) {
    children.push_back(row.form<FormData_pg_inherits>().inhrelid);
  }
  return children;
}

void link_to_tree(Oid relation, const std::string& column) {
  for (const Oid parent : parents_of(relation)) add_parent(relation, parent, column);
  for (const Oid child : children_of(relation)) {
    pg::call([&] { LockRelationOid(child, AccessExclusiveLock); });
    add_parent(child, relation, column);
  }
}

void inherit_alone(Oid relation, const std::string& column) {
  HeapTuple tuple = live_column(relation, column).tuple();
  auto& form = *reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  if (form.attinhcount == 0 || !form.attislocal) return;
  form.attislocal = false;
  update_column(tuple);
}

void complete_children(Oid relation) {
  for (const Oid child : children_of(relation)) {
    for (const pg::Row& row : pg::scan(AttributeRelationId, AttributeRelidNumIndexId, {pg::oid_key(Anum_pg_attribute_attrelid, relation)})) {
      const auto& form = row.form<FormData_pg_attribute>();
      if (form.attnum <= 0 || form.attisdropped) continue;
      if (const auto below = find_column(child, NameStr(form.attname))) {
        require_same_type(relation, child, form, below->form<FormData_pg_attribute>());
        continue;
      }
      add_column(child, form);
      link_to_tree(child, NameStr(form.attname));
    }
    complete_children(child);
  }
}

void depend_on_type(Oid relation, AttrNumber number, Oid type, Oid collation) {
  depend(relation, number, TypeRelationId, type);
  if (OidIsValid(collation) && collation != DEFAULT_COLLATION_OID) depend(relation, number, CollationRelationId, collation);
}

}  // namespace xc

XC_FUNCTION(xc_complete_children) {
  xc::complete_children(PG_GETARG_OID(0));
  PG_RETURN_VOID();
}
