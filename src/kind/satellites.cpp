// Reads what all kinds share: owner, ACL, comment, security labels, through the server's own table of object
// properties. Dependencies are in needs.cpp, the statements in decorate.cpp.
#include <set>
#include <string_view>

#include "core/sql.hpp"
#include "kind/acl.hpp"
#include "kind/column.hpp"
#include "kind/describe.hpp"
#include "kind/needs.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/catalog.h"
#include "catalog/pg_shseclabel.h"
}

namespace xc {

namespace {

std::string role(Oid oid) {
  if (!OidIsValid(oid)) return "PUBLIC";
  std::string name = pg::role_name(oid);
  return name.empty() ? std::to_string(oid) : name;  // a role dropped behind the server's back, as aclitemout shows it
}

acl::Entries entries_in(const Acl* list, Oid owner) {
  acl::Entries result;
  const int count = ARR_NDIM(list) == 0 ? 0 : ACL_NUM(list);
  const AclItem* items = ACL_DAT(list);
  for (int i = 0; i < count; ++i) {
    acl::Entry entry;
    entry.grantee = role(items[i].ai_grantee);
    if (items[i].ai_grantor != owner) entry.grantor = role(items[i].ai_grantor);
    entry.grantable = static_cast<acl::Rights>(ACLITEM_GET_GOPTIONS(items[i]));
    entry.plain = static_cast<acl::Rights>(ACLITEM_GET_PRIVS(items[i])) & ~entry.grantable;
    result.push_back(std::move(entry));
  }
  return result;
}

// The ACL of a whole object; a null one is the built-in list, which the schema public's base list differs from.
Json acl_of(const std::optional<Datum>& list, Oid owner, std::string_view grant_target) {
  const char what = acl::what_of(grant_target);
  if (!list && grant_target != "SCHEMA public") return {};
  const std::string name = role(owner);
  const acl::Entries entries =
      list ? entries_in(reinterpret_cast<const Acl*>(DatumGetPointer(*list)), owner) : acl::built_in(what, name);
  return acl::value_of(entries, acl::base_of(what, name, grant_target), name);
}

// An index and an extension have an owner in the catalogs that pg_dump does not print.
bool has_owner_of_its_own(const pg::Row& row, Oid catalog) {
  if (catalog == ExtensionRelationId || catalog == DefaultAclRelationId) return false;
  if (catalog != RelationRelationId) return true;
  const char kind = row.form<FormData_pg_class>().relkind;
  return kind != RELKIND_INDEX && kind != RELKIND_PARTITIONED_INDEX;
}

// Privileges on tableoid, ctid and the like, of a relation whose columns its kind does not read (a sequence).
Json system_columns_of(Oid relation, Oid owner) {
  Json columns = Json::array();
  for (const pg::Row& row : pg::scan(AttributeRelationId, AttributeRelidNumIndexId,
                                     {pg::oid_key(Anum_pg_attribute_attrelid, relation)})) {
    if (row.form<FormData_pg_attribute>().attnum >= 0) break;  // in the index's order
    if (Json column = system_column(row, owner); !column.is_null()) columns.push(std::move(column));
  }
  return columns;
}

void add_owner_and_acl(Object& object) {
  const Oid catalog = object.address.catalog;
  const AttrNumber owner_at = pg::call([&] { return get_object_attnum_owner(catalog); });
  if (owner_at == InvalidAttrNumber) return;
  const auto row = pg::row_of(catalog, object.address.object);
  if (!row || !has_owner_of_its_own(*row, catalog)) return;
  const Oid owner = DatumGetObjectId(row->datum(owner_at));
  object.body.set("owner", role(owner));

  const AttrNumber acl_at = pg::call([&] { return get_object_attnum_acl(catalog); });
  if (acl_at == InvalidAttrNumber) return;
  object.body.set("acl", acl_of(row->maybe(acl_at), owner, acl::grant_target_of(*object.kind, object.body)));
  if (catalog == RelationRelationId && !object.body.has("columns")) {
    object.body.set("system_columns", system_columns_of(object.address.object, owner));
  }
}

std::vector<pg::Row> comment_rows(Oid catalog, Oid object) {
  return pg::scan(DescriptionRelationId, DescriptionObjIndexId,
                  {pg::oid_key(Anum_pg_description_objoid, object), pg::oid_key(Anum_pg_description_classoid, catalog)});
}

// In index order, so by provider within a part.
std::vector<pg::Row> label_rows(Oid catalog, Oid object) {
  if (!pg::has_pages(SecLabelRelationId)) return {};  // the usual case
  return pg::scan(SecLabelRelationId, SecLabelObjectIndexId,
                  {pg::oid_key(Anum_pg_seclabel_objoid, object), pg::oid_key(Anum_pg_seclabel_classoid, catalog)});
}

}  // namespace

std::string read_comment(std::uint32_t catalog, std::uint32_t object, std::int32_t part) {
  for (const pg::Row& row : comment_rows(catalog, object)) {
    if (row.form<FormData_pg_description>().objsubid == part) return row.text(Anum_pg_description_description);
  }
  return {};
}

Json read_labels(std::uint32_t catalog, std::uint32_t object, std::int32_t part) {
  Json labels;
  const auto add = [&](const std::string& provider, std::string text) {
    if (labels.is_null()) labels = Json::array();
    Json label = Json::object();
    label.set("provider", pg::quoted(provider));
    label.put("label", std::move(text));
    labels.push(std::move(label));
  };
  // Subscriptions are of one database, and in a catalog of all.
  if (IsSharedRelation(catalog)) {
    for (const pg::Row& row : pg::scan(SharedSecLabelRelationId, SharedSecLabelObjectIndexId,
                                       {pg::oid_key(Anum_pg_shseclabel_objoid, object),
                                        pg::oid_key(Anum_pg_shseclabel_classoid, catalog)})) {
      add(row.text(Anum_pg_shseclabel_provider), row.text(Anum_pg_shseclabel_label));
    }
    return labels;
  }
  for (const pg::Row& row : label_rows(catalog, object)) {
    if (row.form<FormData_pg_seclabel>().objsubid != part) continue;
    add(row.text(Anum_pg_seclabel_provider), row.text(Anum_pg_seclabel_label));
  }
  return labels;
}

std::map<std::int32_t, Notes> read_notes(std::uint32_t catalog, std::uint32_t object) {
  std::map<std::int32_t, Notes> notes;
  for (const pg::Row& row : comment_rows(catalog, object)) {
    notes[row.form<FormData_pg_description>().objsubid].comment = row.text(Anum_pg_description_description);
  }
  std::set<std::int32_t> labelled;
  for (const pg::Row& row : label_rows(catalog, object)) labelled.insert(row.form<FormData_pg_seclabel>().objsubid);
  for (const std::int32_t part : labelled) notes[part].labels = read_labels(catalog, object, part);
  return notes;
}

Json read_acl(char what, std::uint32_t owner, std::optional<std::uintptr_t> list) {
  if (!list) return {};
  const std::string name = role(owner);
  return acl::value_of(entries_in(reinterpret_cast<const Acl*>(DatumGetPointer(*list)), owner),
                       acl::built_in(what, name), name);
}

void add_satellites(Object& object) {
  const Oid catalog = object.address.catalog;
  const Oid oid = object.address.object;
  add_owner_and_acl(object);
  object.body.set("comment", read_comment(catalog, oid));
  object.body.set("labels", read_labels(catalog, oid));
  add_needs(object);
}

namespace {

// Those that ALTER DEFAULT PRIVILEGES knows.
std::optional<ObjectType> object_type_of(char what) {
  switch (what) {
    case 'r': return OBJECT_TABLE;
    case 's': return OBJECT_SEQUENCE;
    case 'f': return OBJECT_FUNCTION;
    case 'n': return OBJECT_SCHEMA;
    case 'T': return OBJECT_TYPE;
    default: return {};
  }
}

}  // namespace

Json acl_at_birth(const Object& to, std::uint32_t creator) {
  const std::string& owner = to.body["owner"].str();
  if (owner.empty()) return {};
  const acl::Subject subject = acl::subject_of(to);
  const std::optional<ObjectType> type = object_type_of(subject.what);
  if (!type) return {};
  const std::string schema = sql::unquoted(to.body["schema"].str());
  const Acl* list = pg::call([&] {
    const Oid place = schema.empty() ? InvalidOid : get_namespace_oid(schema.c_str(), true);
    return get_user_default_acl(*type, creator, place);
  });
  if (list == nullptr) return {};
  acl::Entries entries = acl::with_new_owner(entries_in(list, creator), role(creator), owner);
  return acl::value_of(entries, subject.base, owner);
}

}  // namespace xc
