// See set_aside.hpp.
//
//   xconnect.convert_back(regclass, text, text, text, text, bigint)   ALTER COLUMN TYPE, with the values that were set aside
#include "vault/set_aside.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "apply/family.hpp"
#include "apply/revive.hpp"
#include "apply/surgery.hpp"
#include "core/refusal.hpp"
#include "kind/type_change.hpp"
#include "ledger/ledger.hpp"
#include "ledger/reading.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/entry.hpp"
#include "pg/query.hpp"
#include "pg/scope.hpp"
#include "vault/carry.hpp"
#include "pg/server.hpp"

extern "C" {
#include "commands/event_trigger.h"
#include "commands/tablecmds.h"
#include "datatype/timestamp.h"
#include "nodes/makefuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_type.h"
}

namespace xc::vault {

constinit bool sets_aside = true;

namespace {

// A column of ours, for as long as a statement runs; nobody has such a name by accident.
std::string name_of_ours(const char* what, int column) { return fmt::format("........xconnect.{}.{}........", what, column); }

// Columns that running statements were given, with whose values they take.
struct Addition {
  const Node* statement;
  Oid table;
  std::string name, of;
};
std::vector<Addition>& additions() {
  static std::vector<Addition> instance;
  return instance;
}

// Altered as the server itself does it in passing: nobody's event trigger is told.
void alter(Oid table, AlterTableCmd* command) {
  pg::call([&] {
    EventTriggerInhibitCommandCollection();
    AlterTableInternal(table, list_make1(command), true);
    EventTriggerUndoInhibitCommandCollection();
    CommandCounterIncrement();
  });
}

AlterTableCmd* command(AlterTableType type, const std::string& name) {
  return pg::call([&] {
    auto* made = makeNode(AlterTableCmd);
    made->subtype = type;
    made->name = pstrdup(name.c_str());
    made->behavior = DROP_RESTRICT;
    return made;
  });
}

// USING the column itself, or a cast of it, is what happens without USING.
bool is_plain(const Node* expression, const char* column) {
  if (expression == nullptr) return true;
  if (IsA(expression, TypeCast)) expression = reinterpret_cast<const TypeCast*>(expression)->arg;
  if (!IsA(expression, ColumnRef)) return false;
  const List* fields = reinterpret_cast<const ColumnRef*>(expression)->fields;
  return list_length(fields) == 1 && IsA(linitial(fields), String) && strcmp(strVal(linitial(fields)), column) == 0;
}

// What the statement would not have to rewrite must not be rewritten because of us, and loses nothing either.
bool loses_values(const FormData_pg_attribute& column, const ColumnDef& to) {
  if (!is_plain(to.raw_default, NameStr(column.attname))) return true;
  struct Type {
    Oid oid = InvalidOid;
    std::int32_t modifier = -1;
  };
  const Type type = pg::call([&] {
    Type found;
    HeapTuple row = LookupTypeName(nullptr, to.typeName, &found.modifier, true);
    if (row == nullptr) return found;
    found.oid = typeTypeId(row);
    ReleaseSysCache(row);
    return found;
  });
  if (!OidIsValid(type.oid)) return false;
  const bool same = type.oid == column.atttypid;
  if (same && (type.modifier == column.atttypmod || type.modifier < 0)) return false;
  if (same && column.atttypid != NUMERICOID && column.atttypmod >= 0 && type.modifier > column.atttypmod) return false;
  const bool is_time = column.atttypid == TIMESTAMPOID || column.atttypid == TIMESTAMPTZOID || column.atttypid == TIMEOID || column.atttypid == TIMETZOID;
  if (same && is_time && type.modifier == MAX_TIMESTAMP_PRECISION) return false;
  const bool relabeled = pg::call([&] { return IsBinaryCoercible(column.atttypid, getBaseType(type.oid)); });
  if (!same && relabeled) return false;
  return !type_change(pg::type_name(column.atttypid, column.atttypmod), pg::type_name(type.oid, type.modifier)).keeps_values;
}

bool is_own(const FormData_pg_attribute& column) {
  return column.attnum > 0 && column.attinhcount == 0 && column.attgenerated == '\0';
}

std::vector<Oid> tree_of(Oid table) {
  std::vector<Oid> tree{table};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    for (const Oid child : children_of(tree[i])) {
      if (std::find(tree.begin(), tree.end(), child) == tree.end()) tree.push_back(child);
    }
  }
  return tree;
}

// An expression is more than the statement can do to them.
bool has_foreign_tables(Oid table) {
  const std::vector<Oid> tree = tree_of(table);
  return std::any_of(tree.begin(), tree.end(), [](Oid one) { return pg::call([&] { return get_rel_relkind(one); }) == RELKIND_FOREIGN_TABLE; });
}

// Tables that can be given a column, and have no more than they can hold.
bool takes_columns(Oid table) {
  const auto row = pg::find(RELOID, table);
  if (!row || !would_carry(table)) return false;
  const auto& form = row->form<FormData_pg_class>();
  return !form.relispartition && !OidIsValid(form.reloftype) && form.relnatts < MaxHeapAttributeNumber - 100;
}

std::vector<const AlterTableCmd*> lossy_commands(const AlterTableStmt& statement, Oid table) {
  std::vector<const AlterTableCmd*> found;
  for (int i = 0; i < list_length(statement.cmds); ++i) {
    const auto* one = static_cast<const AlterTableCmd*>(list_nth(statement.cmds, i));
    if (one->subtype != AT_AlterColumnType || one->name == nullptr || one->def == nullptr) continue;
    const auto column = find_column(table, one->name);
    if (!column || !is_own(column->form<FormData_pg_attribute>())) continue;
    if (loses_values(column->form<FormData_pg_attribute>(), *reinterpret_cast<const ColumnDef*>(one->def))) found.push_back(one);
  }
  return found;
}

void set_aside(AlterTableStmt& statement, Oid table, const std::string& column) {
  const pg::Row row = live_column(table, column);
  const auto& form = row.form<FormData_pg_attribute>();
  const std::string name = name_of_ours("before", form.attnum);
  const auto definition = [&](bool from_column) {
    return pg::call([&] {
      auto* made = makeNode(ColumnDef);
      made->colname = pstrdup(name.c_str());
      made->typeName = makeTypeNameFromOid(form.atttypid, form.atttypmod);
      made->is_local = true;
      made->collOid = form.attcollation;
      made->location = -1;
      if (from_column) {
        auto* reference = makeNode(ColumnRef);
        reference->fields = list_make1(makeString(pstrdup(column.c_str())));
        reference->location = -1;
        made->raw_default = reinterpret_cast<Node*>(reference);
        made->collOid = InvalidOid;
      }
      return reinterpret_cast<Node*>(made);
    });
  };
  AlterTableCmd* add = command(AT_AddColumn, name);
  add->def = definition(false);
  alter(table, add);
  // It has to live as long as the statement does.
  const pg::Restored<MemoryContext> context(CurrentMemoryContext, GetMemoryChunkContext(&statement));
  AlterTableCmd* fill = command(AT_AlterColumnType, name);
  fill->def = definition(true);
  pg::call([&] { statement.cmds = lappend(statement.cmds, fill); });
  additions().push_back({reinterpret_cast<const Node*>(&statement), table, name, column});
}

}  // namespace

void before_alter(Node* statement) {
  if (!sets_aside || !IsA(statement, AlterTableStmt)) return;
  auto& alter_table = *reinterpret_cast<AlterTableStmt*>(statement);
  if (alter_table.objtype != OBJECT_TABLE) return;
  const Oid table = pg::call([&] { return RangeVarGetRelid(alter_table.relation, NoLock, true); });
  if (!OidIsValid(table) || !takes_columns(table) || lossy_commands(alter_table, table).empty()) return;
  // As the statement itself will, with the same error when it may not.
  const Oid locked = pg::call([&] { return AlterTableLookupRelation(&alter_table, AlterTableGetLockLevel(alter_table.cmds)); });
  if (locked != table || has_foreign_tables(table)) return;
  for (const AlterTableCmd* one : lossy_commands(alter_table, table)) set_aside(alter_table, table, one->name);
}

void after_alter(const Node* statement) {
  // The drop asks which columns they were.
  for (const Addition& one : additions()) {
    if (one.statement == statement && find_column(one.table, one.name)) alter(one.table, command(AT_DropColumn, one.name));
  }
  std::erase_if(additions(), [&](const Addition& one) { return one.statement == statement; });
}

void forget_set_aside() { additions().clear(); }

std::optional<int> set_aside_of(Oid relation, const char* name) {
  if (!std::string_view(name).starts_with("........xconnect.")) return 0;
  for (const Addition& one : additions()) {
    if (one.name != name) continue;
    const auto column = find_column(relation, one.of);
    if (column) return column->form<FormData_pg_attribute>().attnum;
  }
  return {};
}

std::vector<Carried> values_set_aside(Oid relation, const std::string& column, const std::string& type, std::int64_t at_seq) {
  const auto row = find_column(relation, unquoted(column));
  const auto found = pg::query("SELECT pg_catalog.to_regtype($1)::oid", {pg::arg(type)});
  std::multimap<std::int64_t, Carried> by_seq;
  if (!row) return {};
  for (Carried& one : carried_columns(relation)) {
    if (one.of != row->form<FormData_pg_attribute>().attnum) continue;
    const auto noted = ledger::dropped_column(relation, one.column);
    if (!noted || noted->seq <= at_seq) continue;
    // A type that is gone comes back with the OID that it had.
    if (found[0][0] ? noted->type != std::stoul(*found[0][0]) : pg::find(TYPEOID, noted->type).has_value()) continue;
    by_seq.emplace(noted->seq, std::move(one));
  }
  std::vector<Carried> result;
  for (auto& [seq, one] : by_seq) result.push_back(std::move(one));
  return result;
}

namespace {

// The columns come back, are what the old type's values are taken from, and go for good.
void convert_back(Oid table, const std::string& column, const std::string& statement, const std::string& type,
                  const std::string& otherwise, std::int64_t at_seq) {
  const std::vector<Oid> tree = tree_of(table);
  const int number = live_column(table, unquoted(column)).form<FormData_pg_attribute>().attnum;
  std::string values, drops;
  for (const Carried& of_table : values_set_aside(table, column, type, at_seq)) {
    const std::string name = fmt::format("{}{}", name_of_ours("back", number), of_table.column);
    for (const Oid relation : tree) {
      for (const Carried& one : values_set_aside(relation, column, type, at_seq)) {
        if (one.key == of_table.key) (void)revive_column(relation, one.column, name, type);
      }
    }
    // They go with the column of the table; those that came to the tree since have no values of it.
    for (const Oid relation : tree) {
      if (relation != table && find_column(relation, name)) inherit_alone(relation, name);
    }
    complete_children(table);
    values += pg::quoted(name) + ", ";
    drops += fmt::format("{} DROP COLUMN {}", drops.empty() ? "" : ",", pg::quoted(name));
  }
  const Oid owner = pg::find(RELOID, table).value().form<FormData_pg_class>().relowner;
  run_as_owner(owner, fmt::format("{} USING {}", statement, values.empty() ? otherwise : fmt::format("COALESCE({}{})", values, otherwise)), Triggers::fire);
  if (!drops.empty()) run_as_owner(owner, fmt::format("ALTER TABLE {}{}", pg::relation_name(table), drops), Triggers::fire);
}

}  // namespace

}  // namespace xc::vault

XC_FUNCTION(xc_convert_back) {
  xc::vault::convert_back(PG_GETARG_OID(0), xc::ledger::required_text(fcinfo, 1, "column_name"),
                          xc::ledger::required_text(fcinfo, 2, "statement"), xc::ledger::required_text(fcinfo, 3, "type"),
                          xc::ledger::required_text(fcinfo, 4, "otherwise"), PG_GETARG_INT64(5));
  PG_RETURN_VOID();
}
