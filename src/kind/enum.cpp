// Enum types. Labels are stored as they are, in sort order; parts are their pg_enum OIDs, which is how a renamed label
// is told from a removed and an added one.
#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/type_change.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

bool is_enum(const pg::Row& type) { return type.form<FormData_pg_type>().typtype == TYPTYPE_ENUM; }

std::vector<std::uint32_t> list() {
  return pg::oids_of(TypeRelationId, {pg::char_key(Anum_pg_type_typtype, TYPTYPE_ENUM)});
}

void describe(std::uint32_t oid, Object& object) {
  Json labels = Json::array();
  // The index gives them in sort order.
  for (const pg::Row& label :
       pg::scan(EnumRelationId, EnumTypIdSortOrderIndexId, {pg::oid_key(Anum_pg_enum_enumtypid, oid)})) {
    const auto& form = label.form<FormData_pg_enum>();
    labels.push(NameStr(form.enumlabel));
    object.parts.push_back(form.oid);
  }
  object.body.set("values", std::move(labels));
}

std::string target(const Json& body) { return "TYPE " + qualified_name(body); }

void create(const Object& to, Script& script) {
  std::vector<std::string> labels;
  for (const Json& label : to.body["values"].items()) labels.push_back(sql::literal(label.str()));
  const std::string statement = fmt::format("CREATE {} AS ENUM ({})", target(to.body), sql::join(labels, ", "));
  write_creation(with_its_oids(to, statement, Parts::labels), script);
}

void drop(const Object& from, Script& script) {
  script.add(Stage::drop, "DROP " + target(from.body)).because("it does not exist in the target");
}

struct Label {
  std::string name;
  std::int64_t oid;  // 0: unknown
};

std::vector<Label> labels_of(const Object& object) {
  const auto& names = object.body["values"].items();
  const bool known = object.parts.size() == names.size();
  std::vector<Label> labels;
  for (std::size_t i = 0; i < names.size(); ++i) labels.push_back({names[i].str(), known ? object.parts[i] : 0});
  return labels;
}

std::vector<std::string> names_of(const std::vector<Label>& labels) {
  std::vector<std::string> names;
  for (const Label& label : labels) names.push_back(label.name);
  return names;
}

// The same OID is the same label, whatever its name. A type that was made anew has other OIDs: there names decide.
Match match(const std::vector<Label>& from, const std::vector<Label>& to) {
  return match_parts(from.size(), to.size(),
                     {[&](std::size_t i, std::size_t j) { return from[i].oid != 0 && from[i].oid == to[j].oid; },
                      [&](std::size_t i, std::size_t j) { return from[i].name == to[j].name; }});
}

bool keeps_order(const Match& matched) {
  std::optional<std::size_t> last;
  for (const auto& index : matched) {
    if (!index) continue;
    if (last && *index < *last) return false;
    last = index;
  }
  return true;
}

// As early as can be, since whatever names the labels follows.
void rename_labels(std::vector<Label>& before, const std::vector<Label>& after, const Match& matched, const std::string& type,
                   Script& script) {
  const PartNames given = give_names(names_of(before), names_of(after), matched, true);
  for (std::size_t i = 0; i < before.size(); ++i) before[i].name = given.names[i];
  for (const Renaming& one : given.renamings) {
    script.add(Stage::rename, fmt::format("ALTER {} RENAME VALUE {} TO {}", type, sql::literal(one.from), sql::literal(one.to)))
        .because("the label has another name in the target");
  }
}

// Every label before the one to add is there already, so it goes after its neighbour; the first one goes before the
// first label that stays.
void add_labels(const std::vector<Label>& after, const Match& matched, const std::string& type, Script& script) {
  std::vector<bool> present(after.size());
  for (const auto& index : matched) {
    if (index) present[*index] = true;
  }
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (present[i]) continue;
    std::string place;
    if (i > 0) {
      place = " AFTER " + sql::literal(after[i - 1].name);
    } else if (const auto next = std::find(present.begin(), present.end(), true); next != present.end()) {
      place = " BEFORE " + sql::literal(after[static_cast<std::size_t>(next - present.begin())].name);
    }
    script.add(Stage::change, fmt::format("ALTER {} ADD VALUE {}{}", type, sql::literal(after[i].name), place))
        .because("the target has the label");
    script.not_usable_yet(after[i].name);
  }
}

void remove_labels(const std::vector<Label>& before, const Match& matched, const std::string& type_name, Script& script) {
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (matched[i]) continue;
    script.add(Stage::retire, fmt::format("SELECT xconnect.remove_enum_label({}::pg_catalog.regtype, {})",
                                          sql::literal(type_name), sql::literal(before[i].name)))
        .locks(Lock::share_row_exclusive)
        .removes_label(type_name, std::to_string(before[i].oid))
        .because("the target does not have the label; refused while a row or a definition uses it");
  }
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"values"})) return Change::replace;
  std::vector<Label> before = labels_of(from);
  const std::vector<Label> after = labels_of(to);
  const Match matched = match(before, after);
  if (!keeps_order(matched)) return Change::replace;

  const std::string type = target(to.body);
  rename_labels(before, after, matched, type, script);
  add_labels(after, matched, type, script);
  remove_labels(before, matched, qualified_name(to.body), script);
  return Change::in_place;
}

}  // namespace

extern const Kind enum_kind;
constinit const Kind enum_kind = {
    .name = "enum",
    .catalog = TypeRelationId,
    .rank = Rank::type,
    .list = list,
    .covers = is_enum,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = nullptr,
};

}  // namespace xc
