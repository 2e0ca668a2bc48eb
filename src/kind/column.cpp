// Columns: reading them, and the statements for one column's properties. Which columns of two tables correspond, and
// what comes and goes, is in table_columns.cpp.
#include "kind/column.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/describe.hpp"
#include "kind/difference.hpp"
#include "kind/older.hpp"
#include "kind/options.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

// --- reading ---

const char* storage_name(char storage) {
  switch (storage) {
    case TYPSTORAGE_PLAIN: return "plain";
    case TYPSTORAGE_EXTERNAL: return "external";
    case TYPSTORAGE_EXTENDED: return "extended";
    case TYPSTORAGE_MAIN: return "main";
    default: return "";
  }
}

const char* compression_name(char compression) {
  switch (compression) {
    case 'p': return "pglz";
    case 'l': return "lz4";
    default: return "";
  }
}

std::optional<int> statistics_target(const pg::Row& row) {
#if PG_VERSION_NUM >= 170000
  const std::optional<Datum> target = row.maybe(Anum_pg_attribute_attstattarget);
  if (!target) return {};
  return DatumGetInt16(*target);
#else
  const int target = row.form<FormData_pg_attribute>().attstattarget;
  if (target < 0) return {};
  return target;
#endif
}

Json texts(const pg::Row& row, int attribute) {
  Json list = Json::array();
  if (const auto value = row.maybe(attribute)) {
    for (std::string& text : pg::text_array(*value)) list.push(std::move(text));
  }
  return list;
}

using Expressions = std::map<AttrNumber, std::string>;

Expressions read_expressions(Oid relation) {
  Expressions expressions;
  for (const pg::Row& row : pg::scan(AttrDefaultRelationId, AttrDefaultIndexId,
                                     {pg::oid_key(Anum_pg_attrdef_adrelid, relation)})) {
    expressions[row.form<FormData_pg_attrdef>().adnum] = pg::expression(row.datum(Anum_pg_attrdef_adbin), relation);
  }
  return expressions;
}

void describe_type(const FormData_pg_attribute& form, Json& column) {
  column.set("type", pg::type_name(form.atttypid, form.atttypmod));
  const auto row = pg::find(TYPEOID, form.atttypid);
  if (!row) return;
  const auto& type = row->form<FormData_pg_type>();
  if (OidIsValid(form.attcollation) && form.attcollation != type.typcollation) {
    column.set("collation", pg::collation_name(form.attcollation));
  }
  if (form.attstorage != type.typstorage) {
    column.set("storage", storage_name(form.attstorage));
    column.set("storage_default", storage_name(type.typstorage));  // SET STORAGE DEFAULT is not in every version
  }
}

// The server keeps a version of the column's definition among the options (15.20); no statement sets it and pg_dump does
// not print it.
Json users_options(const pg::Row& row) {
  const Json all = texts(row, Anum_pg_attribute_attoptions);
  Json users = Json::array();
  for (const Json& option : all.items()) {
    if (!option.str().starts_with(pg::attribute_version_option)) users.push(option);
  }
  return users;
}

// From PostgreSQL 18 on, by column number. pg_dump does not name one that a child has from its parents only.
using NotNulls = std::map<AttrNumber, Json>;

NotNulls read_not_nulls([[maybe_unused]] Oid relation, [[maybe_unused]] bool tells_inherited) {
  NotNulls constraints;
#if PG_VERSION_NUM >= 180000
  for (const pg::Row& row : pg::scan(ConstraintRelationId, ConstraintRelidTypidNameIndexId,
                                     {pg::oid_key(Anum_pg_constraint_conrelid, relation)})) {
    const auto& form = row.form<FormData_pg_constraint>();
    if (form.contype != CONSTRAINT_NOTNULL) continue;
    const std::string comment = read_comment(ConstraintRelationId, form.oid);
    const bool inherited = tells_inherited && !form.conislocal;
    Json constraint = Json::object();
    if (!inherited || !comment.empty()) constraint.set("name", pg::quoted(NameStr(form.conname)));
    constraint.set("inherited", inherited);
    constraint.set("no_inherit", form.connoinherit);
    constraint.set("not_valid", !form.convalidated);
    constraint.set("comment", comment);
    const AttrNumber column = pg::call([&] { return extractNotNullColumn(row.tuple()); });
    constraints.emplace(column, std::move(constraint));
  }
#endif
  return constraints;
}

Json describe_column(const pg::Row& row, const Expressions& expressions) {
  const auto& form = row.form<FormData_pg_attribute>();
  Json column = Json::object();
  column.set("name", pg::quoted(NameStr(form.attname)));
  describe_type(form, column);
  if (form.attgenerated != '\0' && form.attgenerated != ATTRIBUTE_GENERATED_STORED) {
    column.set("generated_kind", "virtual");
  }
  if (const auto expression = expressions.find(form.attnum); expression != expressions.end()) {
    column.set(form.attgenerated == '\0' ? "default" : "generated", expression->second);
  }
  column.set("not_null", form.attnotnull);
  column.set("compression", compression_name(form.attcompression));
  if (const auto target = statistics_target(row)) column.set("statistics", *target);
  column.set("options", users_options(row));
  column.set("foreign_options", read_generic_options(row.maybe(Anum_pg_attribute_attfdwoptions)));
  return column;
}

}  // namespace

Json system_column(const pg::Row& row, std::uint32_t owner) {
  if (row.null(Anum_pg_attribute_attacl)) return {};
  Json acl = read_acl('c', owner, row.maybe(Anum_pg_attribute_attacl));
  if (acl.is_null()) return {};
  return Json::object().set("name", pg::quoted(row.text(Anum_pg_attribute_attname))).set("acl", std::move(acl));
}

void describe_columns(std::uint32_t relation, std::uint32_t owner, bool inherited, Object& object) {
  const NotNulls not_nulls = read_not_nulls(relation, inherited);
  const std::map<std::int32_t, Notes> notes = read_notes(RelationRelationId, relation);
  const std::vector<pg::Row> rows = pg::scan(AttributeRelationId, AttributeRelidNumIndexId, {pg::oid_key(Anum_pg_attribute_attrelid, relation)});
  const bool has_expressions = std::any_of(rows.begin(), rows.end(), [](const pg::Row& row) { return row.form<FormData_pg_attribute>().atthasdef; });
  const Expressions expressions = has_expressions ? read_expressions(relation) : Expressions();
  Json columns = Json::array();
  Json system_columns = Json::array();
  for (const pg::Row& row : rows) {
    const auto& form = row.form<FormData_pg_attribute>();
    if (form.attisdropped) continue;
    if (form.attnum < 0) {
      if (Json column = system_column(row, owner); !column.is_null()) system_columns.push(std::move(column));
      continue;
    }
    Json column = describe_column(row, expressions);
    if (const auto found = not_nulls.find(form.attnum); found != not_nulls.end()) {
      column.set("not_null_constraint", found->second);
    }
    if (inherited) column.set("inherited", !form.attislocal);
    column.set("acl", read_acl('c', owner, row.maybe(Anum_pg_attribute_attacl)));
    if (const auto note = notes.find(form.attnum); note != notes.end()) {
      column.set("comment", note->second.comment);
      column.set("labels", note->second.labels);
    }
    columns.push(std::move(column));
    object.parts.push_back(form.attnum);
  }
  object.body.set("columns", std::move(columns));
  object.body.set("system_columns", std::move(system_columns));  // privileges on tableoid, ctid and the like
}

#if PG_VERSION_NUM >= 180000

namespace {

// As of what pg_dump takes from an older server: of a child's, only its parents can tell.
bool parent_has_not_null(const Json& body, const std::string& column, const Beside& beside) {
  const auto has = [&](const Json& parent) {
    return std::any_of(kinds().begin(), kinds().end(), [&](const Kind* kind) {
      const Json* other = kind->catalog == RelationRelationId ? beside.body(std::string(kind->name) + " " + parent.str()) : nullptr;
      if (other == nullptr) return false;
      const Json::Array& columns = (*other)["columns"].items();
      return std::any_of(columns.begin(), columns.end(), [&](const Json& one) {
        return one["name"].str() == column && one["not_null"].truth() && !one["not_null_constraint"]["no_inherit"].truth();
      });
    });
  };
  const Json::Array& parents = body["inherits"].items();
  return std::any_of(parents.begin(), parents.end(), has);
}

// What the column of that number was given; "" when it was given none, or is not known by its number.
std::string name_given(std::int64_t number, const Beside& beside) {
  for (const Object& reading : beside.readings) {
    const Json::Array& columns = reading.body["columns"].items();
    for (std::size_t i = 0; i < columns.size() && i < reading.parts.size() && number != 0; ++i) {
      const std::string& name = columns[i]["not_null_constraint"]["name"].str();
      if (reading.parts[i] == number && !name.empty()) return name;
    }
  }
  return {};
}

}  // namespace

void complete_columns(Object& to, Beside& beside) {
  const Json::Array before = to.body["columns"].items();
  const bool numbered = to.parts.size() == before.size();
  Json columns = Json::array();
  for (std::size_t i = 0; i < before.size(); ++i) {
    Json column = before[i];
    if (column["not_null"].truth() && !column.has("not_null_constraint")) {
      Json constraint = Json::object();
      if (parent_has_not_null(to.body, column["name"].str(), beside)) {
        constraint.set("inherited", true);
      } else {
        const std::string given = numbered ? name_given(to.parts[i], beside) : std::string();
        constraint.set("name", default_not_null_name(to.body, column["name"].str(), given, beside));
      }
      column.set("not_null_constraint", std::move(constraint));
    }
    columns.push(std::move(column));
  }
  to.body.set("columns", std::move(columns));
}

#else

void complete_columns(Object&, Beside&) {}

#endif

// --- writing ---

namespace {

// One that is not valid is a statement of its own.
std::string not_null_clause(const Json& column) {
  const Json& constraint = column["not_null_constraint"];
  if (!column["not_null"].truth() || constraint["not_valid"].truth()) return {};
  std::string sql;
  if (constraint.has("name")) sql += " CONSTRAINT " + constraint["name"].str();
  sql += " NOT NULL";
  if (constraint["no_inherit"].truth()) sql += " NO INHERIT";
  return sql;
}

std::string constraints_of(const Json& column, Defaults defaults) {
  std::string sql;
  if (column.has("generated")) {
    sql += fmt::format(" GENERATED ALWAYS AS ({}) {}", column["generated"].str(),
                       column.has("generated_kind") ? "VIRTUAL" : "STORED");
  } else if (column.has("default") && defaults == Defaults::inline_) {
    sql += " DEFAULT " + column["default"].str();
  }
  return sql + not_null_clause(column);
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string option_name(const std::string& option) { return option.substr(0, option.find('=')); }

std::string option_setting(const std::string& option) {
  const std::size_t equal = option.find('=');
  if (equal == std::string::npos) return option;
  return option.substr(0, equal) + "=" + sql::literal(option.substr(equal + 1));
}

}  // namespace

std::string column_definition(const Json& column, Defaults defaults) {
  std::string sql = column["name"].str() + " " + column["type"].str();
  if (column.has("collation")) sql += " COLLATE " + column["collation"].str();
  return sql + constraints_of(column, defaults);
}

std::string typed_column_definition(const Json& column, Defaults defaults) {
  const std::string constraints = constraints_of(column, defaults);
  if (constraints.empty()) return {};
  return column["name"].str() + " WITH OPTIONS" + constraints;
}

ColumnTable column_table(const Json& body) {
  ColumnTable table;
  table.name = qualified_name(body);
  table.owner = body["owner"].str();
  table.partitioned = body.has("partition_key");
  table.partition = body.has("partition_of");
  table.foreign = body.has("server");
  table.defaults = body.has("default_depends") ? Defaults::later : Defaults::inline_;
  return table;
}

std::string alter_column(const ColumnTable& table, const Json& column) {
  return fmt::format("ALTER TABLE ONLY {} ALTER COLUMN {}", table.name, column["name"].str());
}

std::string column_arguments(const ColumnTable& table, const Json& column) {
  return fmt::format("{}::regclass, {}", sql::literal(table.name), sql::literal(column["name"].str()));
}

OptionChange option_change(const Json& from, const Json& to, const std::string& prefix) {
  const Json::Array& old_options = from.items();
  const Json::Array& options = to.items();
  // SET puts what it names at the end and leaves the others where they are.
  std::size_t kept = 0;
  while (kept < options.size() && kept < old_options.size() && old_options[kept] == options[kept]) ++kept;

  std::vector<std::string> set, set_names, reset;
  for (std::size_t i = kept; i < options.size(); ++i) {
    set.push_back(prefix + option_setting(options[i].str()));
    set_names.push_back(option_name(options[i].str()));
  }
  for (std::size_t i = kept; i < old_options.size(); ++i) {
    const std::string name = option_name(old_options[i].str());
    if (std::find(set_names.begin(), set_names.end(), name) == set_names.end()) reset.push_back(prefix + name);
  }
  return {sql::join(reset, ", "), sql::join(set, ", ")};
}

void write_column_storage(const ColumnTable& table, const Json& from, const Json& to, Stage stage, Script& script) {
  const std::string alter = alter_column(table, to);
  if (from["storage"] != to["storage"]) {
    const Json& storage = to.has("storage") ? to["storage"] : from["storage_default"];
    script.add(stage, alter + " SET STORAGE " + upper(storage.str()));
  }
  if (from["compression"] != to["compression"]) {
    script.add(stage, alter + " SET COMPRESSION " + (to.has("compression") ? to["compression"].str() : "default"));
  }
  if (from["statistics"] != to["statistics"]) {
    const std::int64_t target = to.has("statistics") ? to["statistics"].integer() : -1;
    script.add(stage, fmt::format("{} SET STATISTICS {}", alter, target)).locks(Lock::share_update_exclusive);
  }
  const OptionChange options = option_change(from["options"], to["options"]);
  if (!options.reset.empty()) {
    script.add(stage, fmt::format("{} RESET ({})", alter, options.reset)).locks(Lock::share_update_exclusive);
  }
  if (!options.set.empty()) {
    script.add(stage, fmt::format("{} SET ({})", alter, options.set)).locks(Lock::share_update_exclusive);
  }
  if (from["foreign_options"] != to["foreign_options"]) {
    script.add(stage, fmt::format("ALTER FOREIGN TABLE ONLY {} ALTER COLUMN {}{}", table.name, to["name"].str(),
                                  options_change(from["foreign_options"], to["foreign_options"])))
        .with_secrets(secrets_in_change(from["foreign_options"], to["foreign_options"]));
  }
}

void write_set_default(const ColumnTable& table, const Json& column, Stage stage, Script& script) {
  script.add(stage, alter_column(table, column) + " SET DEFAULT " + column["default"].str());
}

void write_drop_default(const ColumnTable& table, const Json& column, Stage stage, Script& script) {
  script.add(stage, alter_column(table, column) + " DROP DEFAULT");
}

namespace {

// What SET NOT NULL does not say.
void add_not_null_constraint(const ColumnTable& table, const Json& column, Stage stage, Script& script) {
  const Json& constraint = column["not_null_constraint"];
  const bool no_inherit = constraint["no_inherit"].truth();
  const bool valid = !constraint["not_valid"].truth();
  Step& step = script.add(stage, fmt::format("ALTER TABLE {}{} ADD CONSTRAINT {} NOT NULL {}{}{}", no_inherit ? "ONLY " : "",
                                             table.name, constraint["name"].str(), column["name"].str(),
                                             no_inherit ? " NO INHERIT" : "", valid ? "" : " NOT VALID"));
  if (valid) step.scans(table.name);
}

// From PostgreSQL 18 on a table cannot have it without those that inherit from it.
bool sets_not_null_alone([[maybe_unused]] const ColumnTable& table) {
#if PG_VERSION_NUM >= 180000
  return false;
#else
  return !table.partitioned;
#endif
}

bool drops_not_null_alone([[maybe_unused]] const ColumnTable& table) {
#if PG_VERSION_NUM >= 180000
  return true;
#else
  return table.partitioned || table.partition;
#endif
}

}  // namespace

// A partitioned table cannot have NOT NULL without its partitions, so ONLY is refused there in the one direction. In
// the other a partition cannot lose it before its parent, and the parent's statement would take it from partitions that
// keep it; each table's own flag is cleared by a function instead.
void write_not_null(const ColumnTable& table, const Json& column, Stage stage, Script& script) {
  const Json& constraint = column["not_null_constraint"];
  if (!column["not_null"].truth()) {
    script.add(stage, drops_not_null_alone(table)
                          ? fmt::format("SELECT xconnect.drop_not_null({})", column_arguments(table, column))
                          : alter_column(table, column) + " DROP NOT NULL");
  } else if (constraint["no_inherit"].truth() || constraint["not_valid"].truth()) {
    add_not_null_constraint(table, column, stage, script);
  } else {
    const char* only = sets_not_null_alone(table) ? "ONLY " : "";
    script.add(stage, fmt::format("ALTER TABLE {}{} ALTER COLUMN {} SET NOT NULL", only, table.name, column["name"].str()))
        .scans(table.name);
  }
}

namespace {

bool is_made_anew(const Json& was, const Json& constraint) {
  return was["no_inherit"] != constraint["no_inherit"] || (constraint["not_valid"].truth() && !was["not_valid"].truth());
}

}  // namespace

void write_not_null_constraint(const ColumnTable& table, const Json& from, const Json& to, Script& script) {
  const Json& was = from["not_null_constraint"];
  const Json& constraint = to["not_null_constraint"];
  if (!from["not_null"].truth() || !to["not_null"].truth() || was.is_null() || constraint.is_null()) return;
  if (is_made_anew(was, constraint)) {
    Json without = to;
    write_not_null(table, without.set("not_null", Json()), Stage::change, script);
    write_not_null(table, to, Stage::change, script);
  } else if (was["not_valid"].truth() && !constraint["not_valid"].truth()) {
    script.add(Stage::change, fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT {}", table.name, was["name"].str()))
        .as(table.owner)
        .scans(table.name);
  }
}

void write_not_null_origin(const ColumnTable& table, const Json& from, const Json& to, Script& script) {
  const Json& was = from["not_null_constraint"];
  const Json& constraint = to["not_null_constraint"];
  if (!to["not_null"].truth() || constraint.is_null()) return;
  if (was["name"] != constraint["name"] || was["inherited"] != constraint["inherited"] || is_made_anew(was, constraint)) {
    script.add(Stage::finish, fmt::format("SELECT xconnect.set_not_null_constraint({}, {}, {})", column_arguments(table, to),
                                          sql::literal(constraint["name"].str()), !constraint["inherited"].truth()))
        .because("name and origin of NOT NULL are those of the target");
  }
  if (was["comment"] == constraint["comment"] || !constraint.has("name")) return;
  const std::string text = constraint.has("comment") ? sql::literal(constraint["comment"].str()) : "NULL";
  script.add(Stage::decorate, fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {}", constraint["name"].str(), table.name, text));
}

void write_column_notes(const ColumnTable& table, const Json& from, const Json& to, Script& script) {
  const std::string& name = to["name"].str();
  write_note_steps(from, to, fmt::format("COLUMN {}.{}", table.name, name), script);
  if (from["acl"] != to["acl"]) write_acl_steps(from["acl"], to["acl"], "TABLE " + table.name, name, script);
}

void write_column_local(const ColumnTable& table, const Json& column, Stage stage, Script& script) {
  const bool local = !column["inherited"].truth();
  script.add(stage, fmt::format("SELECT xconnect.set_column_local({}, {})", column_arguments(table, column), local))
      .because(local ? "the column stays when the parent's goes" : "the column is the parent's");
}

}  // namespace xc
