// Composite types made by CREATE TYPE … AS; row types of tables and views belong to those. Attributes change in place as
// far as ALTER TYPE goes: anywhere but for new ones, which come last. Parts are attnums.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/describe.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/type_change.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

// The relation that holds the attributes, InvalidOid when the type is a table's row type.
Oid relation_of(const FormData_pg_type& type) {
  if (type.typtype != TYPTYPE_COMPOSITE) return InvalidOid;
  const auto relation = pg::find(RELOID, type.typrelid);
  if (!relation || relation->form<FormData_pg_class>().relkind != RELKIND_COMPOSITE_TYPE) return InvalidOid;
  return type.typrelid;
}

std::vector<std::uint32_t> list() {
  std::vector<std::uint32_t> result;
  for (const pg::Row& relation : pg::scan(RelationRelationId, InvalidOid, {pg::char_key(Anum_pg_class_relkind, RELKIND_COMPOSITE_TYPE)})) {
    result.push_back(relation.form<FormData_pg_class>().reltype);
  }
  return result;
}

bool covers(const pg::Row& row) {
  return OidIsValid(relation_of(row.form<FormData_pg_type>()));
}

Oid collation_of_type(Oid type) {
  const auto row = pg::find(TYPEOID, type);
  return row ? row->form<FormData_pg_type>().typcollation : InvalidOid;
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row type = pg::find(TYPEOID, oid).value();
  const Oid relation = type.form<FormData_pg_type>().typrelid;
  const auto notes = read_notes(RelationRelationId, relation);
  Json attributes = Json::array();
  // The index gives them in the order of attnum.
  for (const pg::Row& row :
       pg::scan(AttributeRelationId, AttributeRelidNumIndexId, {pg::oid_key(Anum_pg_attribute_attrelid, relation)})) {
    const auto& form = row.form<FormData_pg_attribute>();
    if (form.attnum <= 0 || form.attisdropped) continue;
    Json attribute = Json::object();
    attribute.set("name", pg::quoted(NameStr(form.attname)));
    attribute.set("type", pg::type_name(form.atttypid, form.atttypmod));
    if (OidIsValid(form.attcollation) && form.attcollation != collation_of_type(form.atttypid)) {
      attribute.set("collation", pg::collation_name(form.attcollation));
    }
    if (const auto note = notes.find(form.attnum); note != notes.end()) attribute.set("comment", note->second.comment);
    attributes.push(std::move(attribute));
    object.parts.push_back(form.attnum);
  }
  object.body.set("attributes", std::move(attributes));
}

std::string target(const Json& body) { return "TYPE " + qualified_name(body); }

// "integer", "text COLLATE public.c".
std::string type_of(const Json& attribute) {
  std::string text = attribute["type"].str();
  if (attribute.has("collation")) text += " COLLATE " + attribute["collation"].str();
  return text;
}

void comment(const Json& body, const Json& attribute, Script& script) {
  const std::string value = attribute.has("comment") ? sql::literal(attribute["comment"].str()) : "NULL";
  script.add(Stage::decorate, fmt::format("COMMENT ON COLUMN {}.{} IS {}", qualified_name(body), attribute["name"].str(), value))
      .locks(Lock::share_update_exclusive)
      .because("comment of an attribute");
}

void create(const Object& to, Script& script) {
  std::vector<std::string> attributes;
  for (const Json& attribute : to.body["attributes"].items()) {
    attributes.push_back(fmt::format("\n    {} {}", attribute["name"].str(), type_of(attribute)));
  }
  const char* end = attributes.empty() ? "" : "\n";
  const std::string statement = fmt::format("CREATE {} AS ({}{})", target(to.body), sql::join(attributes, ","), end);
  write_creation(with_its_oids(to, statement, Parts::attributes), script);
  for (const Json& attribute : to.body["attributes"].items()) {
    if (attribute.has("comment")) comment(to.body, attribute, script);
  }
}

void drop(const Object& from, Script& script) {
  script.add(Stage::drop, "DROP " + target(from.body)).because("it does not exist in the target");
}

// Attnums tell attributes apart within one type; where they are not known, names decide.
Match match(const Object& from, const Object& to) {
  const auto& before = from.body["attributes"].items();
  const auto& after = to.body["attributes"].items();
  const bool by_number = from.address.object != 0 && from.address == to.address && from.parts.size() == before.size() &&
                         to.parts.size() == after.size();
  return match_parts(before.size(), after.size(),
                     {[&](std::size_t i, std::size_t j) { return by_number && from.parts[i] == to.parts[j]; },
                      [&](std::size_t i, std::size_t j) {
                        return (!by_number || to.parts[j] == 0) && before[i]["name"].str() == after[j]["name"].str();
                      }});
}

// Those that stay must come first in the target and in their order.
bool only_appends(const Match& matched) {
  std::size_t next = 0;
  for (const auto& index : matched) {
    if (!index) continue;
    if (*index != next) return false;
    ++next;
  }
  return true;
}

void drop_attributes(const Object& from, const Match& matched, const std::vector<std::string>& names, const std::string& type,
                     Script& script) {
  const auto& before = from.body["attributes"].items();
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (matched[i]) continue;
    const std::string& name = before[i]["name"].str();
    script.destroys_column(name);
    script.add(Stage::change, fmt::format("ALTER {} DROP ATTRIBUTE {} CASCADE", type, names[i]))
        .drops_attribute(qualified_name(from.body), name)
        .because("the target does not have the attribute");
  }
}

std::vector<std::string> names_of(const Json::Array& attributes) {
  std::vector<std::string> names;
  for (const Json& one : attributes) names.push_back(one["name"].str());
  return names;
}

// As early as can be, since tables of the type follow, and whatever names the attributes. The names that they have then.
std::vector<std::string> rename_attributes(const Object& from, const Object& to, const Match& matched, const std::string& type,
                                           Script& script) {
  PartNames given = give_names(names_of(from.body["attributes"].items()), names_of(to.body["attributes"].items()), matched, false);
  for (const Renaming& one : given.renamings) {
    script.add(Stage::rename, fmt::format("ALTER {} RENAME ATTRIBUTE {} TO {} CASCADE", type, one.from, one.to))
        .because("the attribute has another name in the target");
  }
  return std::move(given.names);
}

// The server refuses it while a table's column is of the type; tables of the type are rewritten.
void retype_attributes(const Object& from, const Object& to, const Match& matched, const std::string& type, Script& script) {
  const auto& before = from.body["attributes"].items();
  const auto& after = to.body["attributes"].items();
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!matched[i]) continue;
    const Json& wanted = after[*matched[i]];
    if (type_of(before[i]) == type_of(wanted)) continue;
    script.rebuild_dependents_of_column(before[i]["name"].str());
    script.add(Stage::change, fmt::format("ALTER {} ALTER ATTRIBUTE {} SET DATA TYPE {} CASCADE", type, wanted["name"].str(), type_of(wanted)))
        .rewriting()
        .as(to.body["owner"].str())
        .because("the attribute has another type in the target");
  }
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"attributes"})) return Change::replace;
  const Match matched = match(from, to);
  if (!only_appends(matched)) return Change::replace;

  const std::string type = target(to.body);
  drop_attributes(from, matched, rename_attributes(from, to, matched, type, script), type, script);
  retype_attributes(from, to, matched, type, script);

  const auto& before = from.body["attributes"].items();
  const auto& after = to.body["attributes"].items();
  std::vector<std::string> comments(after.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!matched[i]) continue;
    comments[*matched[i]] = before[i]["comment"].str();
    ++kept;
  }
  for (std::size_t j = kept; j < after.size(); ++j) {
    script.add(Stage::change, fmt::format("ALTER {} ADD ATTRIBUTE {} {} CASCADE", type, after[j]["name"].str(), type_of(after[j])))
        .because("the target has the attribute");
  }
  for (std::size_t j = 0; j < after.size(); ++j) {
    if (after[j]["comment"].str() != comments[j]) comment(to.body, after[j], script);
  }
  return Change::in_place;
}

}  // namespace

extern const Kind composite_kind;
constinit const Kind composite_kind = {
    .name = "composite type",
    .catalog = TypeRelationId,
    .rank = Rank::type,
    .list = list,
    .covers = covers,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = nullptr,
};

}  // namespace xc
