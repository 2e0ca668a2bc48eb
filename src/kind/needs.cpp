// From pg_depend to keys of objects; see needs.hpp. A row depends through its own rows and through those of its internal
// parts: a view through its _RETURN rule, a unique constraint through its index, a composite type through its relation,
// a domain through its constraints, which can be added later, as the default of a column can; an operator class or
// family through its members, a publication through its tables and schemas.
#include "kind/needs.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kind/parts.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_amop.h"
#include "catalog/pg_amproc.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_transform.h"
}

namespace xc {

namespace {

std::vector<Address> constraints_of_domain(Oid domain) {
  std::vector<Address> parts;
  for (const pg::Row& row : pg::scan(ConstraintRelationId, ConstraintTypidIndexId,
                                     {pg::oid_key(Anum_pg_constraint_contypid, domain)})) {
    parts.push_back({ConstraintRelationId, row.form<FormData_pg_constraint>().oid});
  }
  return parts;
}

std::vector<Address> parts_of_type(Oid type) {
  const auto row = pg::find(TYPEOID, type);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_type>();
  if (form.typtype == TYPTYPE_COMPOSITE) return {{RelationRelationId, form.typrelid}};
  return {};
}

std::vector<Address> parts_of_constraint(Oid constraint) {
  const auto row = pg::find(CONSTROID, constraint);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_constraint>();
  // A foreign key names the index of the other table here: it needs it, but it is not a part.
  if (!OidIsValid(form.conindid) || form.contype == CONSTRAINT_FOREIGN) return {};
  return {{RelationRelationId, form.conindid}};
}

std::vector<Address> parts_of_view(Oid view) {
  std::vector<Address> parts;
  const Datum name = pg::call([] { return DirectFunctionCall1(namein, CStringGetDatum("_RETURN")); });
  for (const pg::Row& row : pg::scan(RewriteRelationId, RewriteRelRulenameIndexId,
                                     {pg::oid_key(Anum_pg_rewrite_ev_class, view),
                                      {Anum_pg_rewrite_rulename, pg::Key::Type::name, name}})) {
    parts.push_back({RewriteRelationId, row.form<FormData_pg_rewrite>().oid});
  }
  return parts;
}

std::vector<Address> members_of(Address object) {
  std::vector<Address> parts;
  for (const pg::Row& row : pg::scan(DependRelationId, DependReferenceIndexId,
                                     {pg::oid_key(Anum_pg_depend_refclassid, object.catalog),
                                      pg::oid_key(Anum_pg_depend_refobjid, object.object)})) {
    const auto& depend = row.form<FormData_pg_depend>();
    const Address member{depend.classid, depend.objid};
    const bool is_member = member.catalog == AccessMethodOperatorRelationId || member.catalog == AccessMethodProcedureRelationId;
    if (is_member && owner_of(member) == object) parts.push_back(member);
  }
  return parts;
}

std::vector<Address> parts_of_publication(Oid publication) {
  std::vector<Address> parts;
  for (const pg::Row& row : pg::scan(PublicationRelRelationId, PublicationRelPrpubidIndexId,
                                     {pg::oid_key(Anum_pg_publication_rel_prpubid, publication)})) {
    parts.push_back({PublicationRelRelationId, row.form<FormData_pg_publication_rel>().oid});
  }
  for (const pg::Row& row : pg::scan(PublicationNamespaceRelationId, InvalidOid,
                                     {pg::oid_key(Anum_pg_publication_namespace_pnpubid, publication)})) {
    parts.push_back({PublicationNamespaceRelationId, row.form<FormData_pg_publication_namespace>().oid});
  }
  return parts;
}

char relkind_of(Oid relation) {
  return pg::call([&] { return get_rel_relkind(relation); });
}

std::vector<Address> parts_of(Address object) {
  switch (object.catalog) {
    case TypeRelationId: return parts_of_type(object.object);
    case ConstraintRelationId: return parts_of_constraint(object.object);
    case OperatorClassRelationId:
    case OperatorFamilyRelationId: return members_of(object);
    case PublicationRelationId: return parts_of_publication(object.object);
    case RelationRelationId: {
      const char kind = relkind_of(object.object);
      if (kind == RELKIND_VIEW || kind == RELKIND_MATVIEW) return parts_of_view(object.object);
      return {};
    }
    default: return {};
  }
}

// The types whose transforms a routine asks for.
std::set<Oid> transformed_types(Oid routine) {
  const auto row = pg::find(PROCOID, routine);
  const auto types = row ? row->maybe(Anum_pg_proc_protrftypes) : std::nullopt;
  if (!types) return {};
  const std::vector<Oid> list = pg::oid_array(*types);
  return {list.begin(), list.end()};
}

class Needs {
 public:
  explicit Needs(Address self) : self_(self) {
    // A sequence's dependency on its column is OWNED BY; that of an identity sequence is internal, and needed.
    if (self.catalog == ProcedureRelationId) transformed_ = transformed_types(self.object);
    skips_auto_ = self.catalog == RelationRelationId && relkind_of(self.object) == RELKIND_SEQUENCE;
  }

  void add_row(Address row) {
    for (const Dependency& dependency : dependencies_of(row)) add(dependency);
  }

  void leave_out(const std::set<Address>& owners) { left_out_.insert(owners.begin(), owners.end()); }

  Json keys() const {
    std::set<Address> owners;
    for (const Address& address : referenced_) {
      const auto owner = owner_of(address);
      if (owner && *owner != self_ && !left_out_.contains(*owner)) owners.insert(*owner);
    }
    std::set<std::string> names;
    for (const Address& owner : owners) {
      const Kind* kind = kind_of(owner);
      if (kind != nullptr) names.insert(std::string(kind->name) + " " + pg::object_identity(owner.catalog, owner.object));
    }
    return list(names);
  }

  Json extensions() const {
    std::set<std::string> names;
    for (const Oid extension : extensions_) names.insert(pg::object_identity(ExtensionRelationId, extension));
    return list(names);
  }

 private:
  static Json list(const std::set<std::string>& names) {
    Json result = Json::array();
    for (const std::string& name : names) result.push(name);
    return result;
  }

  void add(const Dependency& dependency) {
    const Address other = dependency.on;
    if (other.catalog == TransformRelationId && !asks_for(other.object)) return;
    switch (dependency.type) {
      case DEPENDENCY_AUTO_EXTENSION: extensions_.insert(other.object); return;
      case DEPENDENCY_EXTENSION: return;
      case DEPENDENCY_AUTO:
        if (skips_auto_ && other.catalog == RelationRelationId) return;
        break;
      default: break;
    }
    if (other != self_) referenced_.insert(other);
  }

  // A routine is made to depend on the transforms that its types and language happen to have when it is made.
  bool asks_for(Oid transform) const {
    const auto row = pg::row_of(TransformRelationId, transform);
    return row && transformed_.contains(row->form<FormData_pg_transform>().trftype);
  }

  Address self_;
  std::set<Oid> transformed_;
  bool skips_auto_ = false;
  std::set<Address> referenced_;
  std::set<Address> left_out_;
  std::set<Oid> extensions_;
};

std::optional<Address> base_of(Address type) {
  const auto row = pg::find(TYPEOID, type.object);
  const Oid base = row ? row->form<FormData_pg_type>().typbasetype : InvalidOid;
  return OidIsValid(base) ? owner_of({TypeRelationId, base}) : std::nullopt;
}

// What a domain needs for its base to be there. A default that it got from its base is converted to the base's base, and
// that is not written in it: given by a statement of its own, it reads the same and is not.
std::set<Address> types_below_base(Address domain) {
  std::set<Address> types;
  const auto base = base_of(domain);
  for (auto type = base ? base_of(*base) : std::nullopt; type; type = base_of(*type)) types.insert(*type);
  return types;
}

bool is_generated(Oid relation, int column) {
  const auto row = pg::attribute(relation, column);
  return row && row->form<FormData_pg_attribute>().attgenerated != '\0';
}

// Generated columns cannot exist without what their expressions need; plain defaults can be set later.
void add_column_defaults(Oid relation, Needs& needs, Needs& default_needs) {
  for (const pg::Row& row : pg::scan(AttrDefaultRelationId, AttrDefaultIndexId,
                                     {pg::oid_key(Anum_pg_attrdef_adrelid, relation)})) {
    const auto& form = row.form<FormData_pg_attrdef>();
    (is_generated(relation, form.adnum) ? needs : default_needs).add_row({AttrDefaultRelationId, form.oid});
  }
}

}  // namespace

void add_needs(Object& object) {
  Needs needs(object.address);
  Needs default_needs(object.address);
  needs.add_row(object.address);
  for (const Address& part : parts_of(object.address)) needs.add_row(part);
  if (object.address.catalog == RelationRelationId) add_column_defaults(object.address.object, needs, default_needs);
  if (object.address.catalog == TypeRelationId) {
    for (const Address& constraint : constraints_of_domain(object.address.object)) default_needs.add_row(constraint);
    needs.leave_out(types_below_base(object.address));
  }
  object.body.set("depends", needs.keys());
  object.body.set("default_depends", default_needs.keys());
  object.body.set("depends_on_extensions", needs.extensions());
}

}  // namespace xc
