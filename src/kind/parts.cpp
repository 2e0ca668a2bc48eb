// Whose row is it? Follows a catalog row to the object it is part of, then says whether that object is under version
// control: pg_dump's own rules, by schema and by extension membership.
#include "kind/parts.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "pg/catalog.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_amop.h"
#include "catalog/pg_amproc.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_opfamily.h"
#include "commands/extension.h"
}

namespace xc {

namespace {

constexpr std::string_view our_name = "xconnect";  // of the extension and of its schema
constexpr int most_hops = 8;                       // TOAST index, TOAST table, table; clone, trigger, constraint, table

// --- from a row to the one it is part of ---

std::optional<Address> part_of_relation(Oid relation) { return Address{RelationRelationId, relation}; }

std::optional<pg::Row> row_by_oid(Oid catalog, Oid index, int oid_attribute, Oid object) {
  const std::vector<pg::Row> rows = pg::scan(catalog, index, {pg::oid_key(oid_attribute, object)});
  if (rows.empty()) return {};
  return rows.front();
}

// What a row is an internal part of, in the given catalog.
std::optional<Address> internal_part_of(Address address, Oid whole_catalog = InvalidOid) {
  for (const Dependency& dependency : dependencies_of(address)) {
    if (dependency.type == DEPENDENCY_INTERNAL && (!OidIsValid(whole_catalog) || dependency.on.catalog == whole_catalog)) {
      return dependency.on;
    }
  }
  return {};
}

std::optional<Address> whole_of_index(Oid index, bool of_toast) {
  const Oid constraint = of_toast ? InvalidOid : pg::call([&] { return get_index_constraint(index); });
  if (OidIsValid(constraint)) return Address{ConstraintRelationId, constraint};
  const auto row = pg::find(INDEXRELID, index);
  if (!row) return {};
  return part_of_relation(row->form<FormData_pg_index>().indrelid);
}

std::optional<Address> whole_of_relation(Oid relation) {
  const auto row = pg::find(RELOID, relation);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_class>();
  switch (form.relkind) {
    case RELKIND_COMPOSITE_TYPE: return Address{TypeRelationId, form.reltype};
    case RELKIND_TOASTVALUE: return internal_part_of({RelationRelationId, relation}, RelationRelationId);
    case RELKIND_INDEX:
    case RELKIND_PARTITIONED_INDEX: return whole_of_index(relation, form.relnamespace == PG_TOAST_NAMESPACE);
    default: return {};
  }
}

std::optional<Address> whole_of_type(Oid type) {
  const auto row = pg::find(TYPEOID, type);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_type>();
  if (form.typtype == TYPTYPE_COMPOSITE) return part_of_relation(form.typrelid);
  if (form.typtype == TYPTYPE_MULTIRANGE) {
    const Oid range = pg::call([&] { return get_multirange_range(type); });
    if (OidIsValid(range)) return Address{TypeRelationId, range};
  }
  if (OidIsValid(form.typelem) && pg::call([&] { return get_array_type(form.typelem); }) == type) {
    return Address{TypeRelationId, form.typelem};
  }
  return {};
}

bool is_inseparable_relation(Oid relation) {
  const auto row = pg::find(RELOID, relation);
  if (!row) return false;
  const auto& form = row->form<FormData_pg_class>();
  return form.relnamespace == PG_TOAST_NAMESPACE || form.relkind == RELKIND_COMPOSITE_TYPE;
}

bool is_inseparable_type(Oid type) {
  const std::optional<Address> whole = whole_of_type(type);
  if (!whole) return false;
  if (whole->catalog != RelationRelationId) return true;
  // A composite type is the other way round: its relation goes with it, and before it.
  const char kind = pg::call([&] { return get_rel_relkind(whole->object); });
  return kind != '\0' && kind != RELKIND_COMPOSITE_TYPE;
}

std::optional<Address> whole_of_constraint(Oid constraint) {
  const auto row = pg::find(CONSTROID, constraint);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_constraint>();
  if (OidIsValid(form.contypid)) return Address{TypeRelationId, form.contypid};
  if (OidIsValid(form.conparentid)) return Address{ConstraintRelationId, form.conparentid};
  if (form.contype == CONSTRAINT_TRIGGER) {
    return internal_part_of({ConstraintRelationId, constraint}, TriggerRelationId);
  }
  return part_of_relation(form.conrelid);
}

std::optional<pg::Row> trigger_row(Oid trigger) {
  return row_by_oid(TriggerRelationId, TriggerOidIndexId, Anum_pg_trigger_oid, trigger);
}

std::optional<Address> whole_of_trigger(Oid trigger) {
  const auto row = trigger_row(trigger);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_trigger>();
  if (form.tgisinternal && OidIsValid(form.tgconstraint)) return Address{ConstraintRelationId, form.tgconstraint};
  if (OidIsValid(form.tgparentid)) return Address{TriggerRelationId, form.tgparentid};
  return part_of_relation(form.tgrelid);
}

std::optional<pg::Row> rule_row(Oid rule) {
  return row_by_oid(RewriteRelationId, RewriteOidIndexId, Anum_pg_rewrite_oid, rule);
}

std::optional<Address> whole_of_rule(Oid rule) {
  const auto row = rule_row(rule);
  if (!row) return {};
  return part_of_relation(row->form<FormData_pg_rewrite>().ev_class);
}

std::optional<Address> whole_of_default(Oid column_default) {
  const auto row =
      row_by_oid(AttrDefaultRelationId, AttrDefaultOidIndexId, Anum_pg_attrdef_oid, column_default);
  if (!row) return {};
  return part_of_relation(row->form<FormData_pg_attrdef>().adrelid);
}

std::optional<Address> whole_of_enum_label(Oid label) {
  const auto row = row_by_oid(EnumRelationId, EnumOidIndexId, Anum_pg_enum_oid, label);
  if (!row) return {};
  return Address{TypeRelationId, row->form<FormData_pg_enum>().enumtypid};
}

// The operator class or the family that pg_dump prints an operator or support function with.
std::optional<Address> whole_of_member(Address member) {
  for (const Dependency& dependency : dependencies_of(member)) {
    if (dependency.on.catalog == OperatorClassRelationId) return dependency.on;
  }
  const auto row = pg::row_of(member.catalog, member.object);
  if (!row) return {};
  if (member.catalog == AccessMethodOperatorRelationId) {
    return Address{OperatorFamilyRelationId, row->form<FormData_pg_amop>().amopfamily};
  }
  return Address{OperatorFamilyRelationId, row->form<FormData_pg_amproc>().amprocfamily};
}

std::optional<Address> whole_of_published_relation(Oid member) {
  const auto row =
      row_by_oid(PublicationRelRelationId, PublicationRelObjectIndexId, Anum_pg_publication_rel_oid, member);
  if (!row) return {};
  return Address{PublicationRelationId, row->form<FormData_pg_publication_rel>().prpubid};
}

std::optional<Address> whole_of_published_schema(Oid member) {
  const auto row = row_by_oid(PublicationNamespaceRelationId, PublicationNamespaceObjectIndexId,
                              Anum_pg_publication_namespace_oid, member);
  if (!row) return {};
  return Address{PublicationRelationId, row->form<FormData_pg_publication_namespace>().pnpubid};
}

// The next bigger thing that a row without a kind belongs to. Object access hooks name rows of some catalogs by the OID
// of the relation they describe.
std::optional<Address> whole_of(Address address) {
  switch (address.catalog) {
    case RelationRelationId: return whole_of_relation(address.object);
    case TypeRelationId: return whole_of_type(address.object);
    case ConstraintRelationId: return whole_of_constraint(address.object);
    case TriggerRelationId: return whole_of_trigger(address.object);
    case RewriteRelationId: return whole_of_rule(address.object);
    case AttrDefaultRelationId: return whole_of_default(address.object);
    case EnumRelationId: return whole_of_enum_label(address.object);
    case ProcedureRelationId: return internal_part_of(address, TypeRelationId);  // constructor of a range
    case AccessMethodOperatorRelationId:
    case AccessMethodProcedureRelationId: return whole_of_member(address);
    case PublicationRelRelationId: return whole_of_published_relation(address.object);
    case PublicationNamespaceRelationId: return whole_of_published_schema(address.object);
    case InheritsRelationId:
    case IndexRelationId:
    case AttributeRelationId:
    case SequenceRelationId:
    case PartitionedRelationId:
    case ForeignTableRelationId: return part_of_relation(address.object);
    default: return internal_part_of(address);  // a range's cast to its multirange
  }
}

// --- where an object stands ---

struct Place {
  Oid schema = InvalidOid;          // InvalidOid: in no schema
  Address member;                   // whose membership in an extension decides
};

std::optional<Place> place_of_relation(Oid relation) {
  const auto row = pg::find(RELOID, relation);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_class>();
  Place place{form.relnamespace, {RelationRelationId, relation}};
  if (form.relkind == RELKIND_INDEX || form.relkind == RELKIND_PARTITIONED_INDEX) {
    const auto index = pg::find(INDEXRELID, relation);
    if (index) place.member.object = index->form<FormData_pg_index>().indrelid;
  }
  return place;
}

std::optional<Place> place_of_policy(Address policy) {
  const auto row = row_by_oid(PolicyRelationId, PolicyOidIndexId, Anum_pg_policy_oid, policy.object);
  if (!row) return {};
  auto place = place_of_relation(row->form<FormData_pg_policy>().polrelid);
  if (place) place->member = policy;  // pg_dump prints the policies of an extension's tables, too
  return place;
}

// pg_dump prints a server's user mappings with the server.
std::optional<Place> place_of_user_mapping(Oid mapping) {
  const auto row = pg::row_of(UserMappingRelationId, mapping);
  if (!row) return {};
  return Place{InvalidOid, {ForeignServerRelationId, row->form<FormData_pg_user_mapping>().umserver}};
}

std::optional<Place> place_of(Address address) {
  const Oid object = address.object;
  switch (address.catalog) {
    case RelationRelationId: return place_of_relation(object);
    case NamespaceRelationId: return Place{object, address};
    case PolicyRelationId: return place_of_policy(address);
    case UserMappingRelationId: return place_of_user_mapping(object);
    case ConstraintRelationId:
      if (const auto row = pg::find(CONSTROID, object)) return place_of_relation(row->form<FormData_pg_constraint>().conrelid);
      return {};
    case TriggerRelationId:
      if (const auto row = trigger_row(object)) return place_of_relation(row->form<FormData_pg_trigger>().tgrelid);
      return {};
    case RewriteRelationId:
      if (const auto row = rule_row(object)) return place_of_relation(row->form<FormData_pg_rewrite>().ev_class);
      return {};
    default: break;
  }
  const auto row = pg::row_of(address.catalog, object);
  if (!row) return {};
  const AttrNumber schema = pg::call([&] { return get_object_attnum_namespace(address.catalog); });
  if (schema == InvalidAttrNumber || row->null(schema)) return Place{InvalidOid, address};
  return Place{DatumGetObjectId(row->datum(schema)), address};
}

// --- what is not ours to track ---

struct Verdict {
  std::optional<Address> owner;
  Untracked reason = Untracked::gone;
};

// Rows made by initdb. Schemas are judged by name: "public" is one of them, and ordinary.
bool made_by_initdb(Address address) {
  return address.object < FirstNormalObjectId && address.catalog != NamespaceRelationId;
}

std::optional<Untracked> bad_schema(Oid schema) {
  if (pg::call([&] { return isAnyTempNamespace(schema); })) return Untracked::temporary;
  const char* name = pg::call([&] { return get_namespace_name(schema); });
  if (name == nullptr) return Untracked::gone;
  const std::string_view view(name);
  if (view.starts_with("pg_") || view == "information_schema") return Untracked::system;
  if (view == our_name) return Untracked::ours;
  return {};
}

}  // namespace

struct OwnersRemembered::Memory {
  std::map<Address, Verdict> verdicts;
  std::map<Address, std::vector<Dependency>> dependencies;
  KindsRemembered kinds;
};

namespace {

constinit OwnersRemembered::Memory* memory = nullptr;  // null: nothing is remembered

std::vector<Dependency> read_dependencies(Address address) {
  std::vector<Dependency> found;
  for (const pg::Row& row : pg::scan(DependRelationId, DependDependerIndexId,
                                     {pg::oid_key(Anum_pg_depend_classid, address.catalog),
                                      pg::oid_key(Anum_pg_depend_objid, address.object)})) {
    const auto& form = row.form<FormData_pg_depend>();
    found.push_back({{form.refclassid, form.refobjid}, form.deptype});
  }
  return found;
}

Oid extension_with(Address member) {
  for (const Dependency& dependency : dependencies_of(member)) {
    if (dependency.type == DEPENDENCY_EXTENSION && dependency.on.catalog == ExtensionRelationId) return dependency.on.object;
  }
  return InvalidOid;
}

Verdict judge_extension(Oid extension) {
  const char* name = pg::call([&] { return get_extension_name(extension); });
  if (name == nullptr) return {{}, Untracked::gone};
  if (our_name == name) return {{}, Untracked::ours};
  if (extension < FirstNormalObjectId) return {{}, Untracked::system};
  return {Address{ExtensionRelationId, extension}};
}

Verdict judge(Address object) {
  if (object.catalog == ExtensionRelationId) return judge_extension(object.object);
  const std::optional<Place> place = place_of(object);
  if (!place) return {{}, Untracked::gone};
  if (OidIsValid(place->schema)) {
    if (const auto reason = bad_schema(place->schema)) return {{}, *reason};
  }
  const Oid extension = extension_with(place->member);
  if (OidIsValid(extension)) return judge_extension(extension);
  return {object};
}

// No kind covers it: why?
Verdict judge_uncovered(Address address) {
  const bool known = pg::call([&] { return is_objectclass_supported(address.catalog); });
  if (!known) return {{}, Untracked::unsupported};
  const Verdict verdict = judge(address);
  if (verdict.owner && *verdict.owner == address) return {{}, Untracked::unsupported};
  return verdict;
}

Verdict resolve(Address address, int hops);

Verdict resolve_now(Address address, int hops) {
  if (!is_inseparable(address) && kind_of(address) != nullptr) return judge(address);
  const std::optional<Address> whole = whole_of(address);
  if (!whole || *whole == address) return judge_uncovered(address);
  return resolve(*whole, hops + 1);
}

Verdict resolve(Address address, int hops) {
  if (hops == most_hops) return {{}, Untracked::unsupported};
  if (made_by_initdb(address)) return {{}, Untracked::system};
  if (memory == nullptr) return resolve_now(address, hops);
  if (const auto known = memory->verdicts.find(address); known != memory->verdicts.end()) return known->second;
  const Verdict verdict = resolve_now(address, hops);
  memory->verdicts.emplace(address, verdict);
  return verdict;
}

}  // namespace

std::optional<Address> owner_of(Address address) { return resolve(address, 0).owner; }

Untracked why_untracked(Address address) { return resolve(address, 0).reason; }

// Asked of a table for itself and for each of its columns' defaults, constraints, indexes and triggers.
std::vector<Dependency> dependencies_of(Address address) {
  if (memory == nullptr) return read_dependencies(address);
  const auto known = memory->dependencies.find(address);
  if (known != memory->dependencies.end()) return known->second;
  return memory->dependencies.emplace(address, read_dependencies(address)).first->second;
}

OwnersRemembered::OwnersRemembered() : memory_(std::make_unique<Memory>()), outer_(memory) { memory = memory_.get(); }
OwnersRemembered::~OwnersRemembered() { memory = outer_; }

bool is_inseparable(Address address) {
  switch (address.catalog) {
    case RelationRelationId: return is_inseparable_relation(address.object);
    case TypeRelationId: return is_inseparable_type(address.object);
    default: return false;
  }
}

bool is_temporary(Address address) {
  Oid schema = InvalidOid;
  switch (address.catalog) {
    case RelationRelationId:
      if (const auto row = pg::find(RELOID, address.object)) {
        return row->form<FormData_pg_class>().relpersistence == RELPERSISTENCE_TEMP;
      }
      return false;
    case TypeRelationId:
      if (const auto row = pg::find(TYPEOID, address.object)) schema = row->form<FormData_pg_type>().typnamespace;
      break;
    case ConstraintRelationId:
      if (const auto row = pg::find(CONSTROID, address.object)) schema = row->form<FormData_pg_constraint>().connamespace;
      break;
    default: break;
  }
  return OidIsValid(schema) && pg::call([&] { return isAnyTempNamespace(schema); });
}

bool is_internal_part(Address address) { return internal_part_of(address).has_value(); }

std::optional<Address> extension_of(Address address) {
  const Oid extension = extension_with(address);
  if (!OidIsValid(extension)) return {};
  return Address{ExtensionRelationId, extension};
}

}  // namespace xc
