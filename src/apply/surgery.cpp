// Surgery on columns and inherited constraints; see surgery.hpp. Column names come quoted, as bodies hold them.
//
//   xconnect.set_column_local(regclass, text, boolean)   is the column the table's own, or its parents' only?
//   xconnect.drop_not_null(regclass, text)               of this table alone, whatever its parent or children have
//   xconnect.set_not_null_constraint(regclass, text, text, boolean)   its name, and is it the table's own?
//   xconnect.expect_not_null(regclass, text)             NOT NULL, before its rows have values: fill_nulls must follow
//   xconnect.set_generated(regclass, text, text, bool)   makes a column a generated one, stored or virtual
//   xconnect.drop_expression(regclass, text)             makes a generated column a plain one, in this table alone
//   xconnect.fill_nulls(regclass, text)                  default or identity for null; gives the number of rows
//   xconnect.copy_checks(regclass, regclass)             child, parent: what INHERIT and ATTACH PARTITION want to find
#include "apply/surgery.hpp"

#include <exception>

#include <fmt/format.h>

#include "apply/not_null.hpp"
#include "core/refusal.hpp"
#include "kind/source_text.hpp"
#include "ledger/reading.hpp"
#include "pg/deparse.hpp"
#include "pg/entry.hpp"
#include "pg/query.hpp"
#include "pg/scope.hpp"
#include "vault/carry.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/catalog.h"
#include "catalog/heap.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_attrdef.h"
#include "commands/event_trigger.h"
#include "commands/tablecmds.h"
#include "parser/parser.h"
#include "storage/lmgr.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/regproc.h"
#include "utils/varlena.h"

#include "access/xlogdefs.h"

// Not in every minor release: null where the server has no row-type versions.
__attribute__((weak)) XLogRecPtr GetNextAttributeVersion(void);
__attribute__((weak)) void SetAttributeVersions(Relation rel, AttrNumber fromAttnum, XLogRecPtr version);
}

namespace xc {

AlteredTable::AlteredTable(Oid relation) : exceptions_(std::uncaught_exceptions()), oid_(relation) {
  relation_ = pg::call([&] {
    Relation table = table_open(relation, AccessExclusiveLock);
#if PG_VERSION_NUM >= 160000
    const bool owned = object_ownercheck(RelationRelationId, relation, GetUserId());
#else
    const bool owned = pg_class_ownercheck(relation, GetUserId());
#endif
    if (!owned) aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, RelationGetRelationName(table));
    if (IsSystemRelation(table)) aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, RelationGetRelationName(table));
    CheckTableNotInUse(table, "ALTER TABLE");
    return table;
  });
  const FormData_pg_class& form = *relation_->rd_rel;
  owner_ = form.relowner;
  is_partition_ = form.relispartition;
  has_storage_ = form.relkind == RELKIND_RELATION || form.relkind == RELKIND_MATVIEW;
  if (!has_storage_ && form.relkind != RELKIND_PARTITIONED_TABLE && form.relkind != RELKIND_FOREIGN_TABLE) {
    throw Refusal(code::invalid_parameter, pg::relation_name(relation) + " is not a table");
  }
}

void AlteredTable::renew_versions(AttrNumber from) const {
  if (GetNextAttributeVersion == nullptr || SetAttributeVersions == nullptr) return;
  pg::call([&] {
    SetAttributeVersions(relation_, from, GetNextAttributeVersion());
    CommandCounterIncrement();
  });
}

void AlteredTable::close() {
  if (relation_ != nullptr && !pg::unwinding(exceptions_)) table_close(relation_, NoLock);
  relation_ = nullptr;
}

std::string unquoted(const std::string& identifier) {
  const char* name = pg::call([&]() -> const char* {
#if PG_VERSION_NUM >= 160000
    List* names = stringToQualifiedNameList(identifier.c_str(), nullptr);
#else
    List* names = stringToQualifiedNameList(identifier.c_str());
#endif
    return list_length(names) == 1 ? strVal(linitial(names)) : nullptr;
  });
  if (name == nullptr) throw Refusal(code::invalid_parameter, "not a column name: " + identifier);
  return name;
}

void set_index_flag(Oid index, bool FormData_pg_index::*flag, bool value) {
  const auto row = pg::find(INDEXRELID, index);
  if (!row) return;
  reinterpret_cast<Form_pg_index>(GETSTRUCT(row->tuple()))->*flag = value;
  pg::update(IndexRelationId, row->tuple());
}

std::optional<pg::Row> find_column(Oid relation, const std::string& name) {
  const AttrNumber number = pg::call([&] { return get_attnum(relation, name.c_str()); });
  if (number <= 0) return {};
  return pg::attribute(relation, number);
}

pg::Row live_column(Oid relation, const std::string& name) {
  std::optional<pg::Row> row = find_column(relation, name);
  if (!row) throw Refusal(code::unknown_object, fmt::format("column {} of {} does not exist", name, pg::relation_name(relation)));
  return *row;
}

void update_column(HeapTuple tuple) {
  pg::update(AttributeRelationId, tuple);
  pg::call([&] {
    const auto* form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
    InvokeObjectPostAlterHook(RelationRelationId, form->attrelid, form->attnum);
  });
}

namespace {

FormData_pg_attribute& form_of(HeapTuple tuple) { return *reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple)); }

// Session settings of a superuser's, whoever runs us; undone with the scope.
class QuietTriggers {
 public:
  QuietTriggers() : exceptions_(std::uncaught_exceptions()) {
    nest_ = pg::call([] {
      const int nest = NewGUCNestLevel();
      (void)set_config_option("session_replication_role", "replica", PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
      return nest;
    });
  }
  ~QuietTriggers() {
    if (!pg::unwinding(exceptions_)) AtEOXact_GUC(false, nest_);
  }
  QuietTriggers(const QuietTriggers&) = delete;
  QuietTriggers& operator=(const QuietTriggers&) = delete;

 private:
  int exceptions_;
  int nest_ = 0;
};

}  // namespace

std::uint64_t run_as_owner(Oid owner, const std::string& sql, Triggers triggers) {
  std::optional<QuietTriggers> quiet;
  if (triggers == Triggers::quiet) quiet.emplace();
  const pg::AsRole as_owner(owner, true);
  return run_in_its_place(sql);
}

std::uint64_t update_rows(Oid table, Oid owner, const std::string& sql) {
  std::uint64_t number = 0;
  vault::carry_meanwhile(table, [&] { number = run_as_owner(owner, sql, Triggers::quiet); });
  return number;
}

namespace {

bool may_use_schema(Oid schema) {
  return pg::call([&] {
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(NamespaceRelationId, schema, GetUserId(), ACL_USAGE) == ACLCHECK_OK;
#else
    return pg_namespace_aclcheck(schema, GetUserId(), ACL_USAGE) == ACLCHECK_OK;
#endif
  });
}

// An ALTER TABLE of a table that is there, in a schema that the current role may not use.
struct BeyondReach {
  AlterTableStmt* statement = nullptr;
  Oid table = InvalidOid;
};

BeyondReach beyond_reach(const std::string& sql) {
  if (!sql.starts_with("ALTER TABLE ")) return {};
  auto* statement = pg::call([&] { return linitial_node(RawStmt, raw_parser(sql.c_str(), RAW_PARSE_DEFAULT))->stmt; });
  if (!IsA(statement, AlterTableStmt)) return {};
  auto* alter = reinterpret_cast<AlterTableStmt*>(statement);
  const RangeVar& name = *alter->relation;
  if (name.schemaname == nullptr) return {};
  const Oid schema = pg::call([&] { return get_namespace_oid(name.schemaname, true); });
  if (!OidIsValid(schema) || may_use_schema(schema)) return {};
  return {alter, pg::call([&] { return get_relname_relid(name.relname, schema); })};
}

// As ProcessUtility() goes on once it has found the table.
void alter(const BeyondReach& found, const std::string& sql) {
  pg::call([&] {
    auto* planned = makeNode(PlannedStmt);
    planned->commandType = CMD_UTILITY;
    planned->utilityStmt = reinterpret_cast<Node*>(found.statement);
    AlterTableUtilityContext context{};
    context.pstmt = planned;
    context.queryString = sql.c_str();
    context.relid = found.table;
    const LOCKMODE mode = AlterTableGetLockLevel(found.statement->cmds);
    LockRelationOid(found.table, mode);
    PushActiveSnapshot(GetTransactionSnapshot());
    EventTriggerInhibitCommandCollection();
    AlterTable(found.statement, mode, &context);
    EventTriggerUndoInhibitCommandCollection();
    PopActiveSnapshot();
    CommandCounterIncrement();
  });
}

}  // namespace

std::uint64_t run_in_its_place(const std::string& sql) {
  const BeyondReach found = beyond_reach(sql);
  if (!OidIsValid(found.table)) return pg::run(sql);
  alter(found, sql);
  return 0;
}

namespace {

void set_column_local(Oid relation, const std::string& name, bool local) {
  const AlteredTable table(relation);
  HeapTuple tuple = live_column(relation, name).tuple();
  FormData_pg_attribute& form = form_of(tuple);
  if (form.attislocal == local) return;
  if (local ? table.is_partition() : form.attinhcount == 0) {
    throw Refusal(code::unsupported, fmt::format("column {} of {} is not inherited", name, pg::relation_name(relation)));
  }
  form.attislocal = local;
  update_column(tuple);
}

bool needs_not_null(Oid relation, const FormData_pg_attribute& column) {
  if (column.attidentity != '\0') return true;
  for (const pg::Row& row : pg::scan(IndexRelationId, IndexIndrelidIndexId, {pg::oid_key(Anum_pg_index_indrelid, relation)})) {
    const auto& index = row.form<FormData_pg_index>();
    if (!index.indisprimary && !index.indisreplident) continue;
    for (int i = 0; i < index.indnkeyatts; ++i) {
      if (index.indkey.values[i] == column.attnum) return true;
    }
  }
  return false;
}

void drop_not_null(Oid relation, const std::string& name) {
  const AlteredTable table(relation);
  HeapTuple tuple = live_column(relation, name).tuple();
  FormData_pg_attribute& form = form_of(tuple);
  if (!form.attnotnull) return;
  if (needs_not_null(relation, form)) {
    throw Refusal(code::unsupported, fmt::format("column {} of {} is in a primary key, replica identity or identity column",
                                                 name, pg::relation_name(relation)));
  }
  drop_not_null_constraint(relation, form.attnum);
  form.attnotnull = false;
  update_column(tuple);
}

void expect_not_null(Oid relation, const std::string& name) {
  const AlteredTable table(relation);
  HeapTuple tuple = live_column(relation, name).tuple();
  make_not_null_constraint(table, form_of(tuple));
  form_of(tuple).attnotnull = true;
  update_column(tuple);
}

// Planning alone can fail where a function's body relies on the users' search_path: so nothing is planned for no row.
bool has_rows(const AlteredTable& table, const std::string& from) {
  return run_as_owner(table.owner(), "SELECT FROM ONLY " + from + " LIMIT 1", Triggers::quiet) > 0;
}

// A column that is NOT NULL is tested by a function: newer planners know of it that it is never null.
std::uint64_t fill_nulls(Oid relation, const std::string& name) {
  AlteredTable table(relation);
  (void)live_column(relation, name);
  if (!table.has_storage()) return 0;
  table.close();
  const std::string column = pg::quoted(name);
  const std::string without = fmt::format("WHERE pg_catalog.num_nulls({}) > 0", column);
  if (!has_rows(table, pg::relation_name(relation) + " " + without)) return 0;
  return update_rows(relation, table.owner(), fmt::format("UPDATE ONLY {} SET {} = DEFAULT {}", pg::relation_name(relation), column, without));
}

void store_expression(const AlteredTable& table, AttrNumber number, const std::string& expression, char generated) {
  const std::string query = "SELECT (" + expression + ")";
  pg::call([&] {
    const List* statements = raw_parser(query.c_str(), RAW_PARSE_DEFAULT);
    const auto* select = reinterpret_cast<SelectStmt*>(linitial_node(RawStmt, statements)->stmt);
    auto* column = static_cast<RawColumnDefault*>(palloc0(sizeof(RawColumnDefault)));
    column->attnum = number;
    column->raw_default = linitial_node(ResTarget, select->targetList)->val;
#if PG_VERSION_NUM < 180000
    column->missingMode = false;
#endif
    column->generated = generated;
    (void)AddRelationNewConstraints(table.relation(), list_make1(column), nullptr, false, true, false, query.c_str());
    CommandCounterIncrement();
  });
}

void require_no_default(Oid relation, const std::string& name, const FormData_pg_attribute& column) {
  if (column.attgenerated != '\0' || (!column.atthasdef && column.attidentity == '\0')) return;
  throw Refusal(code::unsupported, fmt::format("column {} of {} has a default already", name, pg::relation_name(relation)));
}

// While the column is a plain one: an UPDATE does not compute a stored expression again that reads none of the updated
// columns. Rows compare by their bytes, since equal values of another spelling (1.0, 1.00) are different here.
void compute_values(AlteredTable& table, const FormData_pg_attribute& column, const std::string& expression) {
  if (!table.has_storage()) return;
  table.close();
  if (!has_rows(table, pg::relation_name(table.oid()))) return;
  update_rows(table.oid(), table.owner(),
              fmt::format("UPDATE ONLY {0} SET {1} = ({2}) WHERE ROW({1})::record OPERATOR(pg_catalog.*<>) "
                          "ROW(({2})::{3})::record",
                          pg::relation_name(table.oid()), pg::quoted(NameStr(column.attname)), expression,
                          pg::type_name(column.atttypid, column.atttypmod)));
}

#if PG_VERSION_NUM >= 180000
constexpr char virtual_kind = ATTRIBUTE_GENERATED_VIRTUAL;
#else
constexpr char virtual_kind = '\0';
#endif

// A virtual column's rows hold nulls: whatever else stands in them would be there for those who read them raw.
void clear_values(AlteredTable& table, const std::string& name) {
  if (!table.has_storage()) return;
  table.close();
  const std::string column = pg::quoted(name);
  const std::string with = fmt::format("{} WHERE pg_catalog.num_nonnulls({}) > 0", pg::relation_name(table.oid()), column);
  if (!has_rows(table, with)) return;
  update_rows(table.oid(), table.owner(), fmt::format("UPDATE ONLY {} SET {} = NULL", pg::relation_name(table.oid()), column));
}

// What DROP EXPRESSION does to each table of a tree. Stored values stay, of virtual ones there are none.
void drop_expression(Oid relation, const std::string& name) {
  const AlteredTable table(relation);
  HeapTuple tuple = live_column(relation, name).tuple();
  FormData_pg_attribute& form = form_of(tuple);
  if (form.attgenerated == '\0') return;
  form.attgenerated = '\0';
  update_column(tuple);
  pg::call([&] {
    (void)deleteDependencyRecordsFor(AttrDefaultRelationId, GetAttrDefaultOid(relation, form.attnum), false);
    CommandCounterIncrement();
    RemoveAttrDefault(relation, form.attnum, DROP_RESTRICT, false, false);
    CommandCounterIncrement();
  });
}

bool is_generated_so(Oid relation, const FormData_pg_attribute& column, char kind, const std::string& expression) {
  if (column.attgenerated != kind) return false;
  const pg::Pinned pinned;
  for (const pg::Row& row : pg::scan(AttrDefaultRelationId, AttrDefaultIndexId, {pg::oid_key(Anum_pg_attrdef_adrelid, relation)})) {
    if (row.form<FormData_pg_attrdef>().adnum != column.attnum) continue;
    return pg::expression(row.datum(Anum_pg_attrdef_adbin), relation) == expression;
  }
  return false;
}

void set_generated(Oid relation, const std::string& name, const std::string& expression, bool is_virtual) {
  if (is_virtual && virtual_kind == '\0') {
    throw Refusal(code::unsupported, "there are no virtual generated columns before PostgreSQL 18");
  }
  const char kind = is_virtual ? virtual_kind : ATTRIBUTE_GENERATED_STORED;
  {
    const AlteredTable table(relation);
    const pg::Row column = live_column(relation, name);
    if (is_generated_so(relation, column.form<FormData_pg_attribute>(), kind, expression)) return;
    require_no_default(relation, name, column.form<FormData_pg_attribute>());
  }
  drop_expression(relation, name);
  {
    AlteredTable table(relation);
    if (is_virtual) clear_values(table, name);
    else compute_values(table, live_column(relation, name).form<FormData_pg_attribute>(), expression);
  }
  const AlteredTable table(relation);
  HeapTuple tuple = live_column(relation, name).tuple();
  form_of(tuple).attgenerated = kind;
  update_column(tuple);
  store_expression(table, form_of(tuple).attnum, expression, kind);
}

bool is_inherited_check(const FormData_pg_constraint& constraint) {
  return constraint.contype == CONSTRAINT_CHECK && !constraint.connoinherit;
}

std::vector<pg::Row> constraints_of(Oid relation) {
  return pg::scan(ConstraintRelationId, ConstraintRelidTypidNameIndexId, {pg::oid_key(Anum_pg_constraint_conrelid, relation)});
}

std::optional<pg::Row> constraint_named(Oid relation, const NameData& name) {
  for (const pg::Row& row : constraints_of(relation)) {
    if (pg::name_of(row.form<FormData_pg_constraint>().conname) == pg::name_of(name)) return row;
  }
  return {};
}

void mark_inherited(HeapTuple tuple) {
  reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->conislocal = false;
  pg::update(ConstraintRelationId, tuple);
}

void copy_checks(Oid child, Oid parent) {
  AlteredTable table(child);
  table.close();
  const pg::Pinned pinned(pg::Pinned::For::statements);
  for (const pg::Row& row : constraints_of(parent)) {
    const auto& form = row.form<FormData_pg_constraint>();
    if (!is_inherited_check(form) || constraint_named(child, form.conname)) continue;
    const std::string alter = "ALTER TABLE " + pg::relation_name(child);
    const std::string name = pg::quoted(NameStr(form.conname));
    // The child's owner need not own the child's children, so only what runs the CHECK is the owner's.
    pg::run(fmt::format("{} ADD CONSTRAINT {} {}{}", alter, name, source_text(pg::constraint_definition(form.oid)),
                        form.convalidated ? " NOT VALID" : ""));
    if (form.convalidated) {
      run_as_owner(table.owner(), fmt::format("{} VALIDATE CONSTRAINT {}", alter, name), Triggers::fire);
    }
    if (const auto made = constraint_named(child, form.conname)) mark_inherited(made->tuple());
  }
}

// The second argument of most functions here.
std::string column_argument(FunctionCallInfo fcinfo) { return unquoted(ledger::text_argument(fcinfo, 1).value()); }

}  // namespace

}  // namespace xc

XC_FUNCTION(xc_set_column_local) {
  xc::set_column_local(PG_GETARG_OID(0), xc::column_argument(fcinfo), PG_GETARG_BOOL(2));
  PG_RETURN_VOID();
}

XC_FUNCTION(xc_drop_not_null) {
  xc::drop_not_null(PG_GETARG_OID(0), xc::column_argument(fcinfo));
  PG_RETURN_VOID();
}

XC_FUNCTION(xc_expect_not_null) {
  xc::expect_not_null(PG_GETARG_OID(0), xc::column_argument(fcinfo));
  PG_RETURN_VOID();
}

XC_FUNCTION(xc_set_not_null_constraint) {
  const std::string name = xc::ledger::text_argument(fcinfo, 2).value();
  xc::set_not_null_constraint(PG_GETARG_OID(0), xc::column_argument(fcinfo),
                              name.empty() ? name : xc::unquoted(name), PG_GETARG_BOOL(3));
  PG_RETURN_VOID();
}

XC_FUNCTION(xc_fill_nulls) {
  const std::uint64_t rows = xc::fill_nulls(PG_GETARG_OID(0), xc::column_argument(fcinfo));
  PG_RETURN_INT64(static_cast<std::int64_t>(rows));
}

XC_FUNCTION(xc_set_generated) {
  xc::set_generated(PG_GETARG_OID(0), xc::column_argument(fcinfo), xc::ledger::text_argument(fcinfo, 2).value(),
                    PG_GETARG_BOOL(3));
  PG_RETURN_VOID();
}

XC_FUNCTION(xc_drop_expression) {
  xc::drop_expression(PG_GETARG_OID(0), xc::column_argument(fcinfo));
  PG_RETURN_VOID();
}

XC_FUNCTION(xc_copy_checks) {
  xc::copy_checks(PG_GETARG_OID(0), PG_GETARG_OID(1));
  PG_RETURN_VOID();
}
