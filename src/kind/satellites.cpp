// What all kinds share: owner, ACL, comment, security labels, dependencies. Read through the server's own table of
// object properties, written with the kind's target().
#include <algorithm>
#include <set>
#include <string_view>

#include "core/sql.hpp"
#include "kind/acl.hpp"
#include "kind/describe.hpp"
#include "kind/needs.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

// --- reading ---

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

std::string grant_target_of(const Kind& kind, const Json& body) {
  return kind.grant_target != nullptr ? kind.grant_target(body) : kind.target(body);
}

// An index and an extension have an owner in the catalogs that pg_dump does not print.
bool has_owner_of_its_own(const pg::Row& row, Oid catalog) {
  if (catalog == ExtensionRelationId || catalog == DefaultAclRelationId) return false;
  if (catalog != RelationRelationId) return true;
  const char kind = row.form<FormData_pg_class>().relkind;
  return kind != RELKIND_INDEX && kind != RELKIND_PARTITIONED_INDEX;
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
  object.body.set("acl", acl_of(row->maybe(acl_at), owner, grant_target_of(*object.kind, object.body)));
}

std::vector<pg::Row> comment_rows(Oid catalog, Oid object) {
  return pg::scan(DescriptionRelationId, DescriptionObjIndexId,
                  {pg::oid_key(Anum_pg_description_objoid, object), pg::oid_key(Anum_pg_description_classoid, catalog)});
}

// In index order, so by provider within a part.
std::vector<pg::Row> label_rows(Oid catalog, Oid object) {
  return pg::scan(SecLabelRelationId, SecLabelObjectIndexId,
                  {pg::oid_key(Anum_pg_seclabel_objoid, object), pg::oid_key(Anum_pg_seclabel_classoid, catalog)});
}

// --- writing ---

constexpr std::string_view depends_member = "depends_on_extensions";

const std::string& owner_of_body(const Json& body) { return body["owner"].str(); }

acl::Subject subject_of(const Object& to) {
  acl::Subject subject;
  subject.on = grant_target_of(*to.kind, to.body);
  subject.what = acl::what_of(subject.on);
  subject.owner = owner_of_body(to.body);
  subject.base = acl::base_of(subject.what, subject.owner, subject.on);
  return subject;
}

acl::Subject column_subject(const std::string& grant_target, const std::string& column, const std::string& owner) {
  acl::Subject subject;
  subject.on = grant_target;
  subject.column = column;
  subject.what = 'c';
  subject.owner = owner;
  return subject;
}

bool mentions(const Json& list, const std::string& role_name) {
  const auto& grants = list["grants"].items();
  return std::any_of(grants.begin(), grants.end(), [&](const Json& item) {
    return item["grantee"].str() == role_name || item["grantor"].str() == role_name;
  });
}

bool columns_mention(const Json& body, const std::string& role_name) {
  const auto& columns = body["columns"].items();
  return std::any_of(columns.begin(), columns.end(),
                     [&](const Json& column) { return mentions(column["acl"], role_name); });
}

const Json& column_named(const Json& body, const Json& name) {
  static const Json nothing;
  for (const Json& column : body["columns"].items()) {
    if (column["name"] == name) return column;
  }
  return nothing;
}

// The kind's own steps have brought the privileges of columns to their end, but
//   - a REVOKE on the table takes the rights from its columns, too (losers: from whom);
//   - a new owner takes over what the lists say of the old one (all);
//   - grants by others may hang on grant options for the table, which came only now: write_acl_steps() has left them.
// Those columns are done again.
void redo_column_privileges(const Json& from, const Object& to, const std::vector<std::string>& losers, bool all,
                            Script& script) {
  const std::string target = grant_target_of(*to.kind, to.body);
  const std::string& owner = owner_of_body(to.body);
  std::vector<std::string> others = losers;
  if (all) others.push_back(owner);
  for (const Json& column : to.body["columns"].items()) {
    const Json& list = column["acl"];
    const Json& old_list = column_named(from, column["name"])["acl"];
    const bool left = list != old_list && (acl::has_other_grantors(list) || acl::has_other_grantors(old_list));
    const bool lost = std::any_of(losers.begin(), losers.end(),
                                  [&](const std::string& loser) { return mentions(list, loser); });
    if (all || left || lost) {
      acl::write_reset_steps(list, others, column_subject(target, column["name"].str(), owner), script);
    }
  }
}

Step owner_step(const Object& to, Stage stage) {
  Step step;
  step.sql = "ALTER " + to.kind->target(to.body) + " OWNER TO " + owner_of_body(to.body);
  step.stage = stage;
  step.because("its owner");
  return step;
}

// Behind the first step of a stage, or in front of all steps.
void insert_step(Script& script, Step step, bool behind_creation) {
  auto& steps = script.steps();
  auto at = steps.begin();
  if (behind_creation) {
    // As late as the creation goes, but before the first step that runs as the owner to be.
    bool created = false;
    for (auto it = steps.begin(); it != steps.end(); ++it) {
      if (it->stage != Stage::create) continue;
      if (created && !it->run_as.empty()) break;
      created = true;
      at = it + 1;
    }
  }
  steps.insert(at, std::move(step));
}

bool is_identity(const Json& body) { return body.has("identity_kind"); }  // of a sequence

void write_labels(const Json& from, const Json& to, const std::string& target, Script& script) {
  const auto find = [](const Json& labels, const Json& like) -> const Json* {
    for (const Json& label : labels.items()) {
      if (label["provider"] == like["provider"]) return &label;
    }
    return nullptr;
  };
  const auto add = [&](const Json& label, const std::string& value) {
    script.add(Stage::decorate, "SECURITY LABEL FOR " + label["provider"].str() + " ON " + target + " IS " + value)
        .locks(Lock::share_update_exclusive);
  };
  for (const Json& label : from.items()) {
    if (find(to, label) == nullptr) add(label, "NULL");
  }
  for (const Json& label : to.items()) {
    const Json* old = find(from, label);
    if (old == nullptr || !(*old == label)) add(label, sql::literal(label["label"].str()));
  }
}

// "ALTER … DEPENDS ON EXTENSION" names the index where the object is the constraint on it.
std::string extension_dependent(const Object& object) {
  const std::string target = object.kind->target(object.body);
  if (!target.starts_with("CONSTRAINT ")) return target;
  return "INDEX " + object.body["schema"].str() + "." + object.body["name"].str();
}

void write_extension_dependencies(const Json& from, const Object& to, Script& script) {
  const auto has = [](const Json& list, const Json& item) {
    const auto& items = list.items();
    return std::find(items.begin(), items.end(), item) != items.end();
  };
  const Json& wanted = to.body[depends_member];
  const auto add = [&](std::string_view no, const Json& extension) {
    script.add(Stage::decorate, "ALTER " + extension_dependent(to) + std::string(no) + " DEPENDS ON EXTENSION " +
                                    extension.str());
  };
  for (const Json& extension : from.items()) {
    if (!has(wanted, extension)) add(" NO", extension);
  }
  for (const Json& extension : wanted.items()) {
    if (!has(from, extension)) add("", extension);
  }
}

void write_object_notes(const Json& from, const Object& to, Script& script) {
  if (from["comment"] == to.body["comment"] && from["labels"] == to.body["labels"]) return;
  write_note_steps(from, to.body, to.kind->target(to.body), script);
}

}  // namespace

// --- readers ---

std::string read_comment(std::uint32_t catalog, std::uint32_t object, std::int32_t part) {
  for (const pg::Row& row : comment_rows(catalog, object)) {
    if (row.form<FormData_pg_description>().objsubid == part) return row.text(Anum_pg_description_description);
  }
  return {};
}

Json read_labels(std::uint32_t catalog, std::uint32_t object, std::int32_t part) {
  Json labels;
  for (const pg::Row& row : label_rows(catalog, object)) {
    if (row.form<FormData_pg_seclabel>().objsubid != part) continue;
    if (labels.is_null()) labels = Json::array();
    Json label = Json::object();
    label.set("provider", pg::quoted(row.text(Anum_pg_seclabel_provider)));
    label.put("label", row.text(Anum_pg_seclabel_label));
    labels.push(std::move(label));
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

// --- writers ---

void write_note_steps(const Json& from, const Json& to, const std::string& target, Script& script) {
  if (!(from["comment"] == to["comment"])) {
    const std::string value = to.has("comment") ? sql::literal(to["comment"].str()) : "NULL";
    script.add(Stage::decorate, "COMMENT ON " + target + " IS " + value).locks(Lock::share_update_exclusive);
  }
  write_labels(from["labels"], to["labels"], target, script);
}

void write_acl_steps(const Json& from, const Json& to, const std::string& grant_target, const std::string& column,
                     Script& script, const std::string& owner) {
  acl::Subject subject = column_subject(grant_target, column, owner);
  if (column.empty()) {
    subject.what = acl::what_of(grant_target);
    subject.base = acl::base_of(subject.what, owner, grant_target);
  }
  if (!column.empty() && (acl::has_other_grantors(from) || acl::has_other_grantors(to))) {
    if (from != to) acl::write_removal_steps(from, subject, script);  // redo_column_privileges() gives them
    return;
  }
  acl::write_steps(from, to, subject, script);
}

void decorate_new(const Object& to, Script& script, const Json& born_acl) {
  const std::string& owner = owner_of_body(to.body);
  if (!owner.empty()) {
    // An identity sequence comes with its column and follows its table.
    if (!is_identity(to.body)) insert_step(script, owner_step(to, Stage::create), true);
    const acl::Subject subject = subject_of(to);
    const Json born = born_acl.is_null()
                          ? acl::value_of(acl::built_in(subject.what, owner), subject.base, owner)
                          : born_acl;
    const auto losers = acl::write_steps(born, to.body["acl"], subject, script);
    redo_column_privileges(Json(), to, losers, false, script);
  }
  write_extension_dependencies(Json(), to, script);
  write_object_notes(Json(), to, script);
}

void decorate_changed(const Object& from, const Object& to, Script& script) {
  const std::string& owner = owner_of_body(to.body);
  const std::string& old_owner = owner_of_body(from.body);
  if (!owner.empty()) {
    const bool moves = owner != old_owner;
    const bool follows_table = to.body.has("owned_by") && from.body.has("owned_by");
    if (moves && !follows_table && !is_identity(to.body)) {
      if (from.body.has("owned_by")) {
        script.steps().push_back(owner_step(to, Stage::change));  // after OWNED BY NONE
      } else {
        insert_step(script, owner_step(to, Stage::change), false);
      }
    }
    const acl::Subject subject = subject_of(to);
    Json carried = from.body["acl"];
    if (moves) {
      acl::Entries entries =
          acl::entries_of(carried, acl::base_of(subject.what, old_owner, grant_target_of(*from.kind, from.body)));
      carried = acl::value_of(acl::with_new_owner(std::move(entries), old_owner, owner), subject.base, owner);
    }
    const auto losers = acl::write_steps(carried, to.body["acl"], subject, script);
    const bool taken_over = moves && (columns_mention(from.body, old_owner) || columns_mention(from.body, owner));
    redo_column_privileges(from.body, to, losers, taken_over, script);
  }
  write_extension_dependencies(from.body[depends_member], to, script);
  write_object_notes(from.body, to, script);
}

namespace {

std::string unquoted(std::string_view name) {
  if (!name.starts_with('"')) return std::string(name);
  std::string result;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    result += name[i];
    if (name[i] == '"') ++i;
  }
  return result;
}

ObjectType object_type_of(char what) {
  switch (what) {
    case 's': return OBJECT_SEQUENCE;
    case 'f': return OBJECT_FUNCTION;
    case 'n': return OBJECT_SCHEMA;
    case 'T': return OBJECT_TYPE;
    default: return OBJECT_TABLE;
  }
}

}  // namespace

Json acl_at_birth(const Object& to, std::uint32_t creator) {
  const std::string& owner = owner_of_body(to.body);
  if (owner.empty()) return {};
  const acl::Subject subject = subject_of(to);
  const std::string schema = unquoted(to.body["schema"].str());
  const Acl* list = pg::call([&] {
    const Oid place = schema.empty() ? InvalidOid : get_namespace_oid(schema.c_str(), true);
    return get_user_default_acl(object_type_of(subject.what), creator, place);
  });
  if (list == nullptr) return {};
  acl::Entries entries = acl::with_new_owner(entries_in(list, creator), role(creator), owner);
  return acl::value_of(entries, subject.base, owner);
}

}  // namespace xc
