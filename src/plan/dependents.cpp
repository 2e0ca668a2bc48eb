// Walks pg_depend upwards from an object's own rows: what depends on a row that is part of the object depends on the
// object, and rows that are part of it themselves are walked further. See dependents.hpp.
#include "plan/dependents.hpp"

#include <algorithm>
#include <set>

#include "kind/parts.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc::plan {

namespace {

class Walk {
 public:
  explicit Walk(Address object) : object_(object) {}

  void from_row(Address row) {
    if (!walked_.insert(row).second) return;
    for (const pg::Row& found : references_to(row)) visit(found.form<FormData_pg_depend>());
  }

  void from_column(Address relation, int number) {
    for (const pg::Row& found : references_to(relation)) {
      const auto& depend = found.form<FormData_pg_depend>();
      if (depend.refobjsubid == number) visit(depend);
    }
  }

  std::vector<Dependent> take() { return std::move(found_); }

 private:
  static std::vector<pg::Row> references_to(Address row) {
    return pg::scan(DependRelationId, DependReferenceIndexId,
                    {pg::oid_key(Anum_pg_depend_refclassid, row.catalog), pg::oid_key(Anum_pg_depend_refobjid, row.object)});
  }

  void visit(const FormData_pg_depend& depend) {
    const Address row{depend.classid, depend.objid};
    if (row == object_) return;
    const auto owner = owner_of(row);
    if (owner && *owner == object_) {
      from_row(row);
    } else if (owner && !goes_with_partition(row, *owner, depend)) {
      add({*owner, name_of_part(row), false, {}, column_of_row_type(depend)});
    } else if (owner) {
      return;
    } else {
      visit_untracked(row, depend);
    }
  }

  // What a partition has of its parent's trigger or foreign key: that loses nothing when the partition goes.
  static bool goes_with_partition(Address row, Address owner, const FormData_pg_depend& depend) {
    return row != owner && (depend.deptype == DEPENDENCY_AUTO || depend.deptype == DEPENDENCY_PARTITION_SEC) && comes_from_parent(row);
  }

  // The constraint of a constraint trigger does as the trigger.
  static bool comes_from_parent(Address row) {
    const std::vector<Dependency> needed = dependencies_of(row);
    return std::any_of(needed.begin(), needed.end(), [](const Dependency& one) {
      return one.type == DEPENDENCY_PARTITION_PRI || (one.type == DEPENDENCY_INTERNAL && comes_from_parent(one.on));
    });
  }

  // Such as the cast from a range to its multirange, the operators of an operator class.
  void visit_untracked(Address row, const FormData_pg_depend& depend) {
    const Untracked why = why_untracked(row);
    if (why != Untracked::unsupported && why != Untracked::temporary) return;
    const bool of_a_part = Address{depend.refclassid, depend.refobjid} != object_;
    if (depend.deptype == DEPENDENCY_INTERNAL || (of_a_part && depend.deptype == DEPENDENCY_AUTO)) {
      from_row(row);
    } else {
      add({row, {}, true, {}, {}});
    }
  }

  std::string column_of_row_type(const FormData_pg_depend& depend) const {
    const bool is_of_relation = object_.catalog == RelationRelationId && depend.refclassid == TypeRelationId;
    if (!is_of_relation || depend.classid != RelationRelationId || depend.objsubid == 0) return {};
    return pg::column_name(depend.objid, static_cast<AttrNumber>(depend.objsubid));
  }

  static std::string name_of_part(Address row) {
    if (row.catalog == ConstraintRelationId) {
      const auto constraint = pg::find(CONSTROID, row.object);
      if (!constraint || !OidIsValid(constraint->form<FormData_pg_constraint>().contypid)) return {};
      return pg::quoted(NameStr(constraint->form<FormData_pg_constraint>().conname));
    }
    if (row.catalog != AttrDefaultRelationId) return {};
    const auto rows = pg::scan(AttrDefaultRelationId, AttrDefaultOidIndexId, {pg::oid_key(Anum_pg_attrdef_oid, row.object)});
    if (rows.empty()) return {};
    const auto& form = rows.front().form<FormData_pg_attrdef>();
    return pg::column_name(form.adrelid, form.adnum);
  }

  void add(Dependent dependent) {
    const auto same = [&](const Dependent& one) {
      return one.object == dependent.object && one.by_default_of == dependent.by_default_of &&
             one.of_row_type == dependent.of_row_type;
    };
    if (std::none_of(found_.begin(), found_.end(), same)) found_.push_back(std::move(dependent));
  }

  Address object_;
  std::set<Address> walked_;
  std::vector<Dependent> found_;
};

// The relation whose pg_attribute rows the object's columns are.
Oid relation_of(Address object) {
  if (object.catalog == RelationRelationId) return object.object;
  if (object.catalog != TypeRelationId) return InvalidOid;
  return pg::call([&] { return get_typ_typrelid(object.object); });
}

struct Column {
  int number = 0;
  bool has_more = false;
};

Column column_named(Oid relation, const std::string& name) {
  for (const pg::Row& row : pg::scan(AttributeRelationId, AttributeRelidNumIndexId,
                                     {pg::oid_key(Anum_pg_attribute_attrelid, relation)})) {
    const auto& form = row.form<FormData_pg_attribute>();
    if (form.attisdropped || pg::quoted(NameStr(form.attname)) != name) continue;
    return {form.attnum, form.attislocal || form.attinhcount > 1};
  }
  return {};
}

void add_column(Address object, const std::string& name, const std::vector<Heir>& through, std::vector<Dependent>& found) {
  const Oid relation = relation_of(object);
  const Column column = OidIsValid(relation) ? column_named(relation, name) : Column();
  if (column.number == 0) return;
  Walk walk(object);
  walk.from_column({RelationRelationId, relation}, column.number);
  for (Dependent& dependent : walk.take()) {
    dependent.through = through;
    found.push_back(std::move(dependent));
  }
  for (const pg::Row& row : pg::scan(InheritsRelationId, InheritsParentIndexId,
                                     {pg::oid_key(Anum_pg_inherits_inhparent, relation)})) {
    const Address heir{RelationRelationId, row.form<FormData_pg_inherits>().inhrelid};
    std::vector<Heir> further = through;
    further.push_back({heir, object, column_named(heir.object, name).has_more});
    add_column(heir, name, further, found);
  }
}

}  // namespace

std::vector<Dependent> dependents_of(Address object) {
  Walk walk(object);
  walk.from_row(object);
  return walk.take();
}

std::vector<Dependent> dependents_of_column(Address object, const std::string& column) {
  std::vector<Dependent> found;
  add_column(object, column, {}, found);
  return found;
}

bool needs(const Json& body, const std::set<std::string>& keys) {
  for (const char* member : {"depends", "default_depends"}) {
    const auto& needed = body[member].items();
    if (std::any_of(needed.begin(), needed.end(), [&](const Json& key) { return keys.contains(key.str()); })) return true;
  }
  return false;
}

bool is_on_heir_of(Address constraint, Address other) {
  const auto table_of = [](Address address) {
    const auto row = pg::find(CONSTROID, address.object);
    return row ? row->form<FormData_pg_constraint>().conrelid : InvalidOid;
  };
  const Oid parent = table_of(other);
  const auto links = pg::scan(InheritsRelationId, InheritsRelidSeqnoIndexId,
                              {pg::oid_key(Anum_pg_inherits_inhrelid, table_of(constraint))});
  return std::any_of(links.begin(), links.end(), [&](const pg::Row& link) {
    return link.form<FormData_pg_inherits>().inhparent == parent;
  });
}

std::string name_of_row(Address row) {
  return pg::object_type(row.catalog, row.object) + " " + pg::object_identity(row.catalog, row.object);
}

}  // namespace xc::plan
