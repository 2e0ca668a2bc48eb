// See guard.hpp. Statements that name one of our tables are known by their parse tree, before they do anything; drops and
// truncations that arrive there by another way, by the object access hook.
#include "capture/guard.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "capture/settle.hpp"
#include "core/refusal.hpp"
#include "ledger/tables.hpp"
#include "pg/deparse.hpp"
#include "pg/entry.hpp"
#include "pg/modifying.hpp"
#include "pg/table.hpp"
#include "store/store.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/index.h"
#include "commands/extension.h"
#include "nodes/parsenodes.h"
#include "utils/inval.h"
}

namespace xc::capture {

namespace {

constexpr const char* our_name = "xconnect";
constexpr const char* to_lose_it = "To lose the whole history of this database for good: DROP EXTENSION xconnect CASCADE;";

// The OIDs of our tables, looked up once: every statement asks.
struct Tables {
  bool known = false;
  bool watched = false;
  Oid schema = InvalidOid;
  int count = 0;
  Oid oids[std::size(ledger::history_tables)] = {};
};
constinit Tables tables;

constinit bool may_drop = false;

extern "C" {
static void xc_forget_tables(Datum, int, uint32) { tables.known = false; }
}

bool script_of_ours() {
  return creating_extension && CurrentExtensionObject == pg::call([] { return get_extension_oid(our_name, true); });
}

void look_up_tables() {
  pg::call([] {
    if (!tables.watched) CacheRegisterSyscacheCallback(NAMESPACEOID, xc_forget_tables, 0);
    tables.watched = true;
    tables.count = 0;
    tables.schema = get_namespace_oid(our_name, true);
    for (const char* name : ledger::history_tables) {
      const Oid oid = OidIsValid(tables.schema) ? get_relname_relid(name, tables.schema) : InvalidOid;
      if (OidIsValid(oid)) tables.oids[tables.count++] = oid;
    }
  });
  std::sort(tables.oids, tables.oids + tables.count);
  // While they are being made there are more to come.
  tables.known = !creating_extension;
}

bool is_history(Oid relation) {
  if (!tables.known) look_up_tables();
  return std::binary_search(tables.oids, tables.oids + tables.count, relation);
}

// The table of ours that a relation is, or is an index of.
Oid history_table(Oid relation) {
  if (is_history(relation)) return relation;
  if (!OidIsValid(tables.schema)) return InvalidOid;
  const Oid table = pg::call([&] {
    const bool index = get_rel_namespace(relation) == tables.schema && get_rel_relkind(relation) == RELKIND_INDEX;
    return index ? IndexGetRelation(relation, true) : InvalidOid;
  });
  return OidIsValid(table) && is_history(table) ? table : InvalidOid;
}

bool is_named_so(const RangeVar& relation) {
  if (relation.schemaname != nullptr) return std::strcmp(relation.schemaname, our_name) == 0;
  return std::any_of(std::begin(ledger::history_tables), std::end(ledger::history_tables),
                     [&](const char* name) { return std::strcmp(name, relation.relname) == 0; });
}

// The lookup is for those alone that have the name of one of ours.
Oid history_table(const RangeVar* relation) {
  if (relation == nullptr || !is_named_so(*relation)) return InvalidOid;
  const Oid oid = pg::call([&] { return RangeVarGetRelid(relation, NoLock, true); });
  return OidIsValid(oid) ? history_table(oid) : InvalidOid;
}

void refuse_if_history(const char* what, const RangeVar* relation) {
  if (const Oid table = history_table(relation); OidIsValid(table)) refuse_change_of(what, table);
}

[[noreturn]] void refuse(const std::string& what) {
  throw Refusal(code::append_only, fmt::format("{} is refused: history is append-only", what))
      .detail("What it consists of is the extension's to change, by its own scripts.")
      .hint(to_lose_it);
}

// Where rows lie, and how they are vacuumed, is the administrator's business.
bool is_storage_only(AlterTableType type) {
  switch (type) {
    case AT_SetRelOptions:
    case AT_ResetRelOptions:
    case AT_ReplaceRelOptions:
    case AT_SetTableSpace:
    case AT_SetStatistics:
    case AT_ClusterOn:
    case AT_DropCluster:
    case AT_ReplicaIdentity:
    case AT_ChangeOwner: return true;
    default: return false;
  }
}

void guard_alter(const AlterTableStmt& statement) {
  bool storage_only = true;
  ListCell* cell;
  foreach (cell, statement.cmds) {
    const auto* command = static_cast<const AlterTableCmd*>(lfirst(cell));
    storage_only = storage_only && is_storage_only(command->subtype);
    // Rows of what inherits from a table are read with it.
    if (command->subtype == AT_AddInherit) refuse_if_history("INHERIT", reinterpret_cast<const RangeVar*>(command->def));
  }
  if (!storage_only) refuse_if_history("ALTER TABLE", statement.relation);
}

bool names_us(const List* names) {
  ListCell* cell;
  foreach (cell, names) {
    if (std::strcmp(strVal(lfirst(cell)), our_name) == 0) return true;
  }
  return false;
}

// DROP TRIGGER t ON table: the list ends with the trigger.
void guard_parts(const char* what, const List* objects) {
  ListCell* cell;
  foreach (cell, objects) {
    const auto* whole = static_cast<const List*>(lfirst(cell));
    const RangeVar* relation = pg::call([&]() -> const RangeVar* {
      List* table = list_truncate(list_copy(whole), list_length(whole) - 1);
      return table == NIL ? nullptr : makeRangeVarFromNameList(table);
    });
    refuse_if_history(what, relation);
  }
}

bool has_more_than_a_baseline() {
  if (!store::installed()) return false;
  const auto head = store::head();
  return head ? head->seq > 1 : store::has_trees();  // of a restore that brought not all of it
}

[[noreturn]] void refuse_to_lose_history() {
  const auto head = store::head();
  throw Refusal("2BP01", "cannot drop extension xconnect because the history of this database goes with it")
      .detail(head ? fmt::format("It has {} changes, the newest is {}.", head->seq, head->change_id) : std::string())
      .hint("To lose it for good: DROP EXTENSION xconnect CASCADE;");
}

void guard_drop(const DropStmt& drop) {
  switch (drop.removeType) {
    case OBJECT_EXTENSION:
      if (!names_us(drop.objects) || !pg::call([] { return superuser(); })) return;
      if (drop.behavior != DROP_CASCADE && has_more_than_a_baseline()) refuse_to_lose_history();
      may_drop = true;
      return;
    case OBJECT_TRIGGER: return guard_parts("DROP TRIGGER", drop.objects);
    case OBJECT_RULE: return guard_parts("DROP RULE", drop.objects);
    case OBJECT_POLICY: return guard_parts("DROP POLICY", drop.objects);
    case OBJECT_INDEX: {
      ListCell* cell;
      foreach (cell, drop.objects) {
        auto* name = static_cast<List*>(lfirst(cell));
        refuse_if_history("DROP INDEX", pg::call([&] { return makeRangeVarFromNameList(name); }));
      }
      return;
    }
    default: return;  // of what is named, or goes along, the object access hook is told
  }
}

void check_rows(Oid table, pg::Rows what) {
  if (!is_history(table) || (creating_extension && script_of_ours())) return;
  if (what == pg::Rows::changed) refuse_change_of("a change of rows", table);
  if (!is_restoring()) refuse_rows_by_hand();
}

extern "C" {
static void xc_check_rows(Oid table, pg::Rows what) {
  if (!IsUnderPostmaster || IsBinaryUpgrade) return;
  pg::enter([&] { check_rows(table, what); });
}
}

}  // namespace

void refuse_change_of(const char* what, Oid table) {
  const std::string name = pg::relation_name(table);
  throw Refusal(code::append_only, fmt::format("{} is refused: {} holds history, which is append-only", what, name))
      .detail("Rows come with every recorded change of the schema and with the restore of a dump; none is changed or removed, whoever asks.")
      .hint("What is wrong with a change can be said beside it: SELECT xc_verify_change('chg-20260122-001', 'REJECTED', 'why');");
}

void guard_statement(const Node* statement) {
  if (creating_extension && script_of_ours()) return;
  switch (nodeTag(statement)) {
    case T_AlterTableStmt: return guard_alter(*reinterpret_cast<const AlterTableStmt*>(statement));
    case T_DropStmt: return guard_drop(*reinterpret_cast<const DropStmt*>(statement));
    case T_CreateTrigStmt: return refuse_if_history("CREATE TRIGGER", reinterpret_cast<const CreateTrigStmt*>(statement)->relation);
    case T_RuleStmt: return refuse_if_history("CREATE RULE", reinterpret_cast<const RuleStmt*>(statement)->relation);
    case T_CreatePolicyStmt: return refuse_if_history("CREATE POLICY", reinterpret_cast<const CreatePolicyStmt*>(statement)->table);
    case T_IndexStmt: return refuse_if_history("CREATE INDEX", reinterpret_cast<const IndexStmt*>(statement)->relation);
    case T_AlterObjectSchemaStmt: return refuse_if_history("SET SCHEMA", reinterpret_cast<const AlterObjectSchemaStmt*>(statement)->relation);
    case T_CreateStmt: {
      ListCell* cell;
      foreach (cell, reinterpret_cast<const CreateStmt*>(statement)->inhRelations) {
        refuse_if_history("INHERITS", static_cast<const RangeVar*>(lfirst(cell)));
      }
      return;
    }
    case T_RenameStmt: {
      const auto* rename = reinterpret_cast<const RenameStmt*>(statement);
      if (rename->renameType == OBJECT_SCHEMA && std::strcmp(rename->subname, our_name) == 0) refuse("ALTER SCHEMA xconnect RENAME");
      return refuse_if_history("RENAME", rename->relation);
    }
    case T_AlterExtensionContentsStmt: {
      const auto* contents = reinterpret_cast<const AlterExtensionContentsStmt*>(statement);
      if (contents->action < 0 && std::strcmp(contents->extname, our_name) == 0) refuse("ALTER EXTENSION xconnect DROP");
      return;
    }
    case T_CreateFunctionStmt: {
      const List* name = reinterpret_cast<const CreateFunctionStmt*>(statement)->funcname;
      if (list_length(name) > 1 && std::strcmp(strVal(linitial(name)), our_name) == 0) refuse("CREATE FUNCTION in schema xconnect");
      return;
    }
    default: return;
  }
}

void guard_access(ObjectAccessType access, Oid catalog, Oid object, const void* argument) {
  if (catalog != RelationRelationId || (access != OAT_TRUNCATE && access != OAT_DROP)) return;
  if (access == OAT_TRUNCATE) {
    if (is_history(object)) refuse_change_of("TRUNCATE", object);
    return;
  }
  if (may_drop) return;
  const Oid table = history_table(object);
  if (!OidIsValid(table) || (creating_extension && script_of_ours())) return;
  // REINDEX CONCURRENTLY drops the index that it has replaced.
  const bool internal = (static_cast<const ObjectAccessDrop*>(argument)->dropflags & PERFORM_DELETION_INTERNAL) != 0;
  if (table == object || !internal) refuse_to_lose_history();
}

void end_of_drop() { may_drop = false; }

void install_guard() { pg::watch_modified_tables(xc_check_rows); }

}  // namespace xc::capture
