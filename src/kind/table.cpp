// Tables, partitioned ones and partitions included: what belongs to the table as a whole. Columns are in column.cpp and
// table_columns.cpp; constraints, indexes, triggers, rules, policies and identity sequences are objects of their own.
//
// A partition is made as a table of its own and attached then, as pg_dump does it: its columns may stand in another
// order than its parent's. The same is done for an inheriting table whose inherited columns do not come first.
#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/column.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/parts.hpp"
#include "kind/table.hpp"
#include "kind/table_columns.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

// --- reading ---

std::vector<std::uint32_t> list() {
  std::vector<std::uint32_t> tables;
  for (const char relkind : {RELKIND_RELATION, RELKIND_PARTITIONED_TABLE}) {
    for (const pg::Row& row : pg::scan(RelationRelationId, InvalidOid, {pg::char_key(Anum_pg_class_relkind, relkind)})) {
      const auto& form = row.form<FormData_pg_class>();
      if (form.relpersistence != RELPERSISTENCE_TEMP) tables.push_back(form.oid);
    }
  }
  return tables;
}

bool covers(const pg::Row& row) {
  const auto& form = row.form<FormData_pg_class>();
  return (form.relkind == RELKIND_RELATION || form.relkind == RELKIND_PARTITIONED_TABLE) &&
         form.relpersistence != RELPERSISTENCE_TEMP;
}

Json options_of(const pg::Row& row) {
  Json options = Json::array();
  if (const auto value = row.maybe(Anum_pg_class_reloptions)) {
    for (std::string& option : pg::text_array(*value)) options.push(std::move(option));
  }
  return options;
}

void describe_storage(const pg::Row& row, Json& body) {
  const auto& form = row.form<FormData_pg_class>();
  if (form.relpersistence == RELPERSISTENCE_UNLOGGED) body.set("persistence", "unlogged");
  if (OidIsValid(form.relam)) body.set("access_method", pg::access_method_name(form.relam));
  if (OidIsValid(form.reltablespace)) body.set("tablespace", pg::tablespace_name(form.reltablespace));
  body.set("options", options_of(row));
  if (OidIsValid(form.reltoastrelid)) {
    if (const auto toast = pg::find(RELOID, form.reltoastrelid)) body.set("toast_options", options_of(*toast));
  }
}

// Which index it is, the index knows.
const char* replica_identity(char setting) {
  switch (setting) {
    case REPLICA_IDENTITY_FULL: return "full";
    case REPLICA_IDENTITY_NOTHING: return "nothing";
    case REPLICA_IDENTITY_INDEX: return "index";
    default: return "";
  }
}

void describe(std::uint32_t oid, Object& object) {
  const auto row = pg::find(RELOID, oid);
  if (!row) return;
  const auto& form = row->form<FormData_pg_class>();
  Json& body = object.body;
  describe_storage(*row, body);
  if (OidIsValid(form.reloftype)) body.set("of_type", pg::type_name(form.reloftype));
  describe_parents(oid, body);
  if (form.relkind == RELKIND_PARTITIONED_TABLE) body.set("partition_key", pg::partition_key(oid));
  body.set("row_security", form.relrowsecurity);
  body.set("force_row_security", form.relforcerowsecurity);
  body.set("replica_identity", replica_identity(form.relreplident));
  describe_columns(oid, form.relowner, !form.relispartition, object);
}

// --- writing: what several statements share ---

std::string target(const Json& body) { return "TABLE " + qualified_name(body); }

std::string regclass(const std::string& name) { return sql::literal(name) + "::regclass"; }

// The parent's CHECK constraints must be there before a table becomes its child. Those that the child lacks come as
// inherited ones, since the parent brings them.
void copy_checks(const std::string& table, const std::string& parent, Stage stage, Script& script) {
  script.add(stage, fmt::format("SELECT xconnect.copy_checks({}, {})", regclass(table), regclass(parent)))
      .because("the parent's constraints must hold before");
}

// ATTACH PARTITION gives the partition the indexes of its parent: the first equal one that it has, else a new one.
void attach(const Object& to, bool may_have_rows, Script& script) {
  const Json& body = to.body;
  const std::string table = qualified_name(body);
  const std::string& parent = body["partition_of"].str();
  copy_checks(table, parent, Stage::finish, script);
  if (!to.passed_over.empty()) {
    script.add(Stage::finish, fmt::format("SELECT xconnect.pass_over_indexes({}, ARRAY[{}])", regclass(parent),
                                          sql::literals(to.passed_over)))
        .because("which indexes the partition has is not for ATTACH PARTITION to say");
  }
  Step& step = script.add(Stage::finish, fmt::format("ALTER TABLE ONLY {} ATTACH PARTITION {} {}", parent, table,
                                                     body["partition_bound"].str()));
  // Without rows, too: the server computes what is constant in the parent's keys and indexes.
  step.as(body["owner"].str()).owning(parent).owning(table);
  if (may_have_rows && !body.has("server")) step.scans(table);
#if PG_VERSION_NUM >= 170000
  if (body.has("partition_key")) {
    script.add(Stage::finish, fmt::format("SELECT xconnect.share_identity({})", regclass(table)))
        .because("ATTACH PARTITION makes identity columns those of the partition, and not of its partitions");
  }
#endif
  if (!to.passed_over.empty()) {
    script.add(Stage::finish, fmt::format("SELECT xconnect.pass_over_indexes({}, '{{}}')", regclass(parent)))
        .because("they are as before");
  }
}

void inherit(const std::string& table, const std::string& parent, Stage stage, Script& script) {
  copy_checks(table, parent, stage, script);
  script.add(stage, fmt::format("ALTER TABLE {} INHERIT {}", table, parent));
}

void write_row_security(const Json& from, const Json& to, Stage stage, Script& script) {
  const std::string table = qualified_name(to);
  if (from["row_security"] != to["row_security"]) {
    const char* verb = to["row_security"].truth() ? "ENABLE" : "DISABLE";
    script.add(stage, fmt::format("ALTER TABLE {} {} ROW LEVEL SECURITY", table, verb));
  }
  if (from["force_row_security"] != to["force_row_security"]) {
    const char* verb = to["force_row_security"].truth() ? "FORCE" : "NO FORCE";
    script.add(stage, fmt::format("ALTER TABLE ONLY {} {} ROW LEVEL SECURITY", table, verb));
  }
}

// USING INDEX is a step of the index. If that was dropped since, it is an index that there is not, and nothing else.
void write_lost_index(const Json& to, Script& script) {
  const std::string row = fmt::format("oid = pg_catalog.to_regclass({})", sql::literal(qualified_name(to)));
  script
      .add(Stage::decorate, "DO LANGUAGE plpgsql " +
                                sql::literal(fmt::format("BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_class WHERE {0} AND relreplident <> 'i') THEN "
                                                         "UPDATE pg_catalog.pg_class SET relreplident = 'i' WHERE {0}; END IF; END",
                                                         row)))
      .locks(Lock::none)
      .not_printed()
      .because("unless the index is there that its replica identity is, or was");
}

void write_replica_identity(const Json& from, const Json& to, Script& script) {
  const std::string& wanted = to["replica_identity"].str();
  if (from["replica_identity"] == to["replica_identity"]) return;
  if (wanted == "index") return write_lost_index(to, script);
  const char* identity = wanted == "full" ? "FULL" : wanted == "nothing" ? "NOTHING" : "DEFAULT";
  script.add(Stage::finish, fmt::format("ALTER TABLE ONLY {} REPLICA IDENTITY {}", qualified_name(to), identity));
}

// --- creating ---

bool is_inherited(const Json& column) { return column["inherited"].truth(); }

// CREATE TABLE … INHERITS puts inherited columns first.
bool inherited_come_first(const Json& body) {
  const Json::Array& columns = body["columns"].items();
  if (columns.empty()) return true;
  return is_inherited(columns.front()) && std::is_partitioned(columns.begin(), columns.end(), is_inherited);
}

std::string list_of(const Json& array) {
  std::vector<std::string> items;
  for (const Json& item : array.items()) items.push_back(item.str());
  return sql::join(items, ", ");
}

std::string storage_clauses(const Json& body) {
  std::string sql;
  if (body.has("access_method")) sql += "\nUSING " + body["access_method"].str();
  std::vector<std::string> options;
  const std::string own = option_change(Json(), body["options"]).set;
  const std::string toast = option_change(Json(), body["toast_options"], "toast.").set;
  if (!own.empty()) options.push_back(own);
  if (!toast.empty()) options.push_back(toast);
  if (!options.empty()) sql += "\nWITH (" + sql::join(options, ", ") + ")";
  if (body.has("tablespace")) sql += "\nTABLESPACE " + body["tablespace"].str();
  return sql;
}

std::string create_statement(const Object& to, bool inherits) {
  const Json& body = to.body;
  std::string sql = body["persistence"].str() == "unlogged" ? "CREATE UNLOGGED TABLE " : "CREATE TABLE ";
  sql += qualified_name(body);
  if (body.has("of_type")) sql += " OF " + body["of_type"].str();
  sql += column_list(to, !inherits);
  sql += inherits_clause(body, inherits);
  if (body.has("partition_key")) sql += "\nPARTITION BY " + body["partition_key"].str();
  return sql + storage_clauses(body);
}

// What comes with the parent may differ here.
void write_overrides(const ColumnTable& table, const Json& column, Script& script) {
  if (column.has("generated")) return;
  if (!column.has("default")) write_drop_default(table, column, Stage::create, script);
  if (column.has("default") && table.defaults == Defaults::inline_) write_set_default(table, column, Stage::create, script);
  write_not_null(table, column, Stage::create, script);
}

void create(const Object& to, Script& script) { create_table(to, create_statement, script); }

// --- altering ---

// Parents that stay are those the new list begins with, in the old one's order: INHERIT adds at the end.
std::size_t kept_parents(const Json& from, const Json& to) {
  std::size_t kept = 0;
  for (const Json& parent : from.items()) {
    if (kept < to.items().size() && parent == to.items()[kept]) ++kept;
  }
  return kept;
}

bool partition_changes(const Json& from, const Json& to) {
  return from["partition_of"] != to["partition_of"] || from["partition_bound"] != to["partition_bound"];
}

void leave_parents(const Json& from, const Json& to, bool leaves_type, Script& script) {
  const std::string table = qualified_name(to);
  if (from.has("partition_of") && partition_changes(from, to)) {
    script.add(Stage::release, fmt::format("SELECT xconnect.detach_partition({}, {})",
                                           regclass(from["partition_of"].str()), regclass(table)))
        .because("the parent's foreign keys stay with the parent");
  }
  std::size_t kept = 0;
  for (const Json& parent : from["inherits"].items()) {
    if (kept < kept_parents(from["inherits"], to["inherits"]) && parent == to["inherits"].items()[kept]) {
      ++kept;
    } else {
      script.add(Stage::release, fmt::format("ALTER TABLE {} NO INHERIT {}", table, parent.str()));
    }
  }
  if (from.has("of_type") && (leaves_type || from["of_type"] != to["of_type"])) {
    script.add(Stage::release, fmt::format("ALTER TABLE ONLY {} NOT OF", table));
  }
}

void join_parents(const Json& from, const Object& object, bool leaves_type, Script& script) {
  const Json& to = object.body;
  const std::string table = qualified_name(to);
  if (to.has("of_type") && (leaves_type || from["of_type"] != to["of_type"])) {
    script.add(Stage::finish, fmt::format("ALTER TABLE ONLY {} OF {}", table, to["of_type"].str()));
  }
  const Json::Array& parents = to["inherits"].items();
  for (std::size_t i = kept_parents(from["inherits"], to["inherits"]); i < parents.size(); ++i) {
    inherit(table, parents[i].str(), Stage::finish, script);
  }
  if (to.has("partition_of") && partition_changes(from, to)) attach(object, true, script);
}

// fillfactor and the autovacuum ones take the weaker lock.
Lock lock_of(const std::string& options) {
  return options.find("user_catalog_table") == std::string::npos ? Lock::share_update_exclusive : Lock::access_exclusive;
}

void write_options(const Json& from, const Json& to, const char* member, const std::string& prefix, Script& script) {
  const OptionChange options = option_change(from[member], to[member], prefix);
  const std::string table = qualified_name(to);
  if (!options.reset.empty()) {
    script.add(Stage::change, fmt::format("ALTER TABLE ONLY {} RESET ({})", table, options.reset)).locks(lock_of(options.reset));
  }
  if (!options.set.empty()) {
    script.add(Stage::change, fmt::format("ALTER TABLE ONLY {} SET ({})", table, options.set)).locks(lock_of(options.set));
  }
}

void write_storage(const Json& from, const Json& to, Script& script) {
  const std::string table = qualified_name(to);
  if (from["persistence"] != to["persistence"]) {
    const char* verb = to.has("persistence") ? "UNLOGGED" : "LOGGED";
    script.add(Stage::change, fmt::format("ALTER TABLE {} SET {}", table, verb)).rewriting();
    script.rebuild_references();
  }
  if (from["access_method"] != to["access_method"]) {
    const std::string method = to.has("access_method") ? to["access_method"].str() : "DEFAULT";
    Step& step = script.add(Stage::change, fmt::format("ALTER TABLE {} SET ACCESS METHOD {}", table, method));
    if (!to.has("partition_key")) step.rewriting();
  }
  if (from["tablespace"] != to["tablespace"]) {
    const std::string tablespace = to.has("tablespace") ? to["tablespace"].str() : "pg_default";
    script.add(Stage::change, fmt::format("ALTER TABLE {} SET TABLESPACE {}", table, tablespace)).rewriting().naming_tablespace(tablespace);
  }
  write_options(from, to, "options", {}, script);
  write_options(from, to, "toast_options", "toast.", script);
}

// Anything else that differs, the partition key first of all, cannot be changed in place. A partitioned table need not
// have an access method (PostgreSQL 17).
bool can_alter(const Json& from, const Json& to) {
  if (from.has("access_method") != to.has("access_method") && !to.has("partition_key")) return false;
  return same_apart_from(from, to,
                         {"columns", "persistence", "access_method", "tablespace", "options", "toast_options", "of_type",
                          "inherits", "partition_of", "partition_bound", "row_security", "force_row_security",
                          "replica_identity"});
}

void write_rest(const Json& from, const Json& to, Script& script) {
  write_storage(from, to, script);
  write_row_security(from, to, Stage::change, script);
}

void take_back(const Object& to, Stage stage, Script& script) {
  const std::string table = qualified_name(to.body);
  script.add(stage, fmt::format("SELECT xconnect.take_back({}, {})", regclass(table), to.kept->store))
      .returns_rows(table)
      .because("its rows wait in the vault");
}

void check_references(const Object& to, Script& script) {
  const std::string table = qualified_name(to.body);
  script.add(Stage::finish, fmt::format("SELECT xconnect.check_references({})", regclass(table))).scans(table)
      .because("what foreign keys refer to may have gone meanwhile");
}

// Rows that a TRUNCATE took come back into a table that has its columns of then again. Those that it has now make room
// before any column changes: as they are, and with all their values, they can come back as well.
void take_back_truncated(const Object& to, Script& script) {
  if (!to.kept || !to.kept->truncated) return;
  const std::string table = qualified_name(to.body);
  script.add(Stage::release, fmt::format("SELECT xconnect.set_rows_aside({})", regclass(table)))
      .sets_rows_aside(table)
      .because("those that it had before come back");
  if (to.kept->store == 0) {
    script.add(Stage::create, fmt::format("SELECT xconnect.take_back_nothing({}, {}::timestamptz)", regclass(table),
                                          sql::literal(to.kept->empty_since)))
        .because("it held no rows");
    return check_references(to, script);
  }
  take_back(to, Stage::create, script);
  script.add(Stage::finish, "REINDEX TABLE " + table).as(to.body["owner"].str()).because("its indexes know none of these rows");
  check_references(to, script);
}

Change alter(const Object& from, const Object& to, Script& script) {
  take_back_truncated(to, script);
  if (can_alter(from.body, to.body)) return alter_table(from, to, write_rest, script);
  // The partition key names columns: it can be the same once they have their names.
  Json body = from.body;
  if (!can_alter(body.set("partition_key", to.body["partition_key"]), to.body)) return Change::replace;
  Script renames;
  if (alter_table(from, to, write_rest, renames) == Change::replace) return Change::replace;
  const auto is_rename = [](const Step& step) { return step.stage == Stage::rename; };
  if (std::none_of(renames.steps().begin(), renames.steps().end(), is_rename)) return Change::replace;
  script = std::move(renames);
  return Change::in_place;
}

void drop(const Object& from, Script& script) {
  const std::string table = qualified_name(from.body);
  script.add(Stage::drop, "DROP TABLE " + table).drops_rows(table);
}

}  // namespace

// --- shared with foreign tables ---

void describe_parents(std::uint32_t oid, Json& body) {
  const pg::Row row = pg::find(RELOID, oid).value();
  const auto& form = row.form<FormData_pg_class>();
  Json parents = Json::array();
  // Most tables have none, and what they depend on has been read before.
  const auto on = dependencies_of({RelationRelationId, oid});
  if (std::any_of(on.begin(), on.end(), [](const Dependency& one) { return one.on.catalog == RelationRelationId; })) {
    for (const pg::Row& link : pg::scan(InheritsRelationId, InheritsRelidSeqnoIndexId,
                                        {pg::oid_key(Anum_pg_inherits_inhrelid, oid)})) {
      parents.push(pg::relation_name(link.form<FormData_pg_inherits>().inhparent));
    }
  }
  if (!form.relispartition) {
    body.set("inherits", std::move(parents));
    return;
  }
  if (!parents.items().empty()) body.set("partition_of", parents.items().front());
  if (const auto bound = row.maybe(Anum_pg_class_relpartbound)) {
    body.set("partition_bound", pg::expression(*bound, oid));
  }
}

namespace {

// A column that was dropped already when the rows were written that come back.
std::string placeholder(const Gap& gap) { return fmt::format("\"{}{}........\"", placeholder_prefix, gap.number); }

// Those of a table that holds no rows itself are as free to choose as their places matter: a column that was dropped before
// it was can come back into a whole tree only where it was.
std::vector<Gap> gaps_between(const std::vector<std::int64_t>& numbers) {
  std::vector<Gap> gaps;
  if (std::find(numbers.begin(), numbers.end(), 0) != numbers.end()) return gaps;
  std::int64_t next = 1;
  for (const std::int64_t number : numbers) {
    for (; next < number; ++next) gaps.push_back({static_cast<std::size_t>(next), "integer"});
    next = number + 1;
  }
  return gaps;
}

std::vector<Gap> gaps_in(const Object& to) {
  if (to.kept && to.kept->store != 0) return to.kept->gaps;
  if (!to.body.has("partition_key") || to.body.has("of_type")) return {};
  return gaps_between(to.parts);
}

// The options of a TOAST table that the columns as they are may not need: it stays when those go that did.
bool needs_long_column(const Object& to) {
  return to.body.has("toast_options") && !to.body.has("of_type") && !(to.kept && to.kept->store != 0);
}

Gap long_column(const Object& to) { return {to.body["columns"].items().size() + 1, "text"}; }

}  // namespace

void take_back_rows(const Object& to, Script& script) {
  const std::string table = qualified_name(to.body);
  for (const Gap& gap : gaps_in(to)) {
    script.add(Stage::create, fmt::format("ALTER TABLE ONLY {} DROP COLUMN {}", table, placeholder(gap)))
        .because("a column at its place was dropped before");
  }
  if (to.kept && to.kept->store != 0) take_back(to, Stage::create, script);
}

std::string column_list(const Object& to, bool with_inherited) {
  const Json& body = to.body;
  const Defaults defaults = column_table(body).defaults;
  const bool typed = body.has("of_type");
  std::vector<std::string> lines;
  for (const Json& column : body["columns"].items()) {
    if (!with_inherited && is_inherited(column)) continue;
    Json defined = column;
    if (is_inherited(column)) defined.set("not_null", true);  // INHERIT wants it where the parent has it
    std::string line = typed ? typed_column_definition(defined, defaults) : column_definition(defined, defaults);
    if (!line.empty()) lines.push_back(std::move(line));
  }
  for (const Gap& gap : gaps_in(to)) {  // by rising number
    const auto place = static_cast<std::ptrdiff_t>(std::min(gap.number - 1, lines.size()));
    lines.insert(lines.begin() + place, placeholder(gap) + " " + gap.type);
  }
  if (needs_long_column(to)) lines.push_back(placeholder(long_column(to)) + " text");
  if (lines.empty()) return typed ? "" : " (\n)";
  return " (\n    " + sql::join(lines, ",\n    ") + "\n)";
}

std::string inherits_clause(const Json& body, bool inherits) {
  return inherits ? "\nINHERITS (" + list_of(body["inherits"]) + ")" : std::string();
}

void create_table(const Object& to, std::string (*statement)(const Object& to, bool inherits), Script& script) {
  const Json& body = to.body;
  const ColumnTable table = column_table(body);
  const bool inherits = body.has("inherits") && inherited_come_first(body) && gaps_in(to).empty();
  script.add(Stage::create, statement(to, inherits)).naming_tablespace(body["tablespace"].str());
  if (needs_long_column(to)) {
    script.add(Stage::create, fmt::format("ALTER TABLE ONLY {} DROP COLUMN {}", table.name, placeholder(long_column(to))))
        .because("its TOAST table has options, and without a column that can be long there would be none");
  }
  take_back_rows(to, script);
  if (body.has("partition_of")) attach(to, false, script);
  if (body.has("inherits") && !inherits) {
    for (const Json& parent : body["inherits"].items()) inherit(table.name, parent.str(), Stage::finish, script);
  }
  for (const Json& column : body["columns"].items()) {
    if (is_inherited(column)) {
      if (inherits) {
        write_overrides(table, column, script);
      } else {
        write_column_local(table, column, Stage::finish, script);
        if (!column["not_null"].truth()) write_not_null(table, column, Stage::finish, script);
      }
    } else if (inherits && !column.has("generated")) {
      // A parent may have it as well.
      if (!column.has("default")) write_drop_default(table, column, Stage::create, script);
      if (!column["not_null"].truth()) write_not_null(table, column, Stage::create, script);
    }
    write_column_storage(table, Json(), column, Stage::create, script);
    if (column.has("default") && table.defaults == Defaults::later) {
      write_set_default(table, column, Stage::finish, script);
    }
    const Json& not_null = column["not_null_constraint"];
    if (not_null["not_valid"].truth()) write_not_null(table, column, Stage::create, script);
    if (is_inherited(column) || not_null["inherited"].truth() || not_null.has("comment")) {
      write_not_null_origin(table, Json(), column, script);
    }
    write_column_notes(table, Json(), column, script);
  }
  write_row_security(Json(), body, Stage::create, script);
  write_replica_identity(Json(), body, script);
}

Change alter_table(const Object& from, const Object& to, void (*rest)(const Json& from, const Json& to, Script& script),
                   Script& script) {
  const bool untyped = leaves_type(from, to);  // for a while
  leave_parents(from.body, to.body, untyped, script);
  if (alter_columns(from, to, script) == Change::replace) return Change::replace;
  rest(from.body, to.body, script);
  join_parents(from.body, to, untyped, script);
  write_inherited(from, to, script);
  write_replica_identity(from.body, to.body, script);
  return Change::in_place;
}

extern const Kind table_kind;
constinit const Kind table_kind = {
    .name = "table",
    .catalog = RelationRelationId,
    .rank = Rank::table,
    .list = list,
    .covers = covers,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = nullptr,
    .complete = complete_columns,
};

}  // namespace xc
