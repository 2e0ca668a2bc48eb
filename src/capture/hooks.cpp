// Event triggers, the object access hook and the utility hook: each only notes addresses and texts in memory.
//
// None of them is enough alone: event triggers give GRANT and COMMENT but no object inside them, the object access hook
// sees objects but not GRANT and COMMENT, and only the utility hook knows which part of a string is the statement. The
// first event trigger call of a backend loads the library; with shared_preload_libraries it is there from the start.
#include "capture/hooks.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>
#include <string>

#include "capture/capture.hpp"
#include "capture/guard.hpp"
#include "capture/reasons.hpp"
#include "capture/seal.hpp"
#include "capture/settings.hpp"
#include "capture/settle.hpp"
#include "pg/rows.hpp"
#include "vault/carry.hpp"
#include "vault/kept_indexes.hpp"
#include "vault/layout.hpp"
#include "vault/set_aside.hpp"
#include "vault/vault.hpp"
#include "capture/touched.hpp"
#include "kind/parts.hpp"
#include "kind/secret.hpp"
#include "kind/table.hpp"
#include "ledger/reason.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/entry.hpp"
#include "pg/scope.hpp"
#include "pg/statement.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/parallel.h"
#include "access/tableam.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_cast.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "executor/executor.h"
#include "nodes/parsenodes.h"
#include "storage/bufmgr.h"
#include "tcop/deparse_utility.h"
#include "tcop/pquery.h"
#include "tcop/utility.h"
#include "utils/portal.h"
#include "utils/tuplestore.h"
}

namespace xc::capture {

namespace {

object_access_hook_type previous_object_access = nullptr;
ProcessUtility_hook_type previous_utility = nullptr;

// The statement that is being executed, innermost first.
struct Frame {
  const char* source;
  int location;
  int length;
  bool multi_transaction;
  Frame* outer;
};
Frame* frame = nullptr;

// The same for the command that loaded this library, which has no frame; and: such a command has ended, its last
// transaction is about to.
bool unframed_multi_transaction = false;
bool multi_transaction_ending = false;

// Also with capture off: what changes then becomes a gap entry.
bool watching() { return !IsParallelWorker() && !IsBootstrapProcessingMode() && !IsBinaryUpgrade; }

// ---- statement texts --------------------------------------------------------------------------------------------

// What the client sent, or the part of it that is being executed.
std::string portal_text() {
  if (ActivePortal == nullptr || ActivePortal->sourceText == nullptr) return {};
  if (list_length(ActivePortal->stmts) == 1) {
    const auto* planned = static_cast<const PlannedStmt*>(linitial(ActivePortal->stmts));
    return pg::statement_text(ActivePortal->sourceText, planned->stmt_location, planned->stmt_len);
  }
  return pg::statement_text(ActivePortal->sourceText, -1, 0);
}

std::string statement_text() {
  if (frame != nullptr) return pg::statement_text(frame->source, frame->location, frame->length);
  // The statement that loaded this library: the utility hook was not there yet. A subscription's worker has no client.
  return ActivePortal != nullptr ? portal_text() : unseen_text;
}

// The statement that this one runs inside: in a function, a DO block, a prepared statement.
std::string outer_text() {
  const bool inside = frame != nullptr && ActivePortal != nullptr && ActivePortal->sourceText != nullptr &&
                      ActivePortal->sourceText != frame->source && std::strcmp(ActivePortal->sourceText, frame->source) != 0;
  return inside ? portal_text() : std::string();
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

bool has_options(const std::string& text) { return lower(text).find("options") != std::string::npos; }

// Secrets stand in these statements as literals, so none of their literals is kept. Not every option is a secret: where
// most statements have none, the names in them decide.
bool holds_secrets(CommandTag tag, const std::string& text) {
  switch (tag) {
    case CMDTAG_CREATE_FOREIGN_DATA_WRAPPER:
    case CMDTAG_ALTER_FOREIGN_DATA_WRAPPER:
    case CMDTAG_CREATE_FOREIGN_TABLE:
    case CMDTAG_ALTER_FOREIGN_TABLE:
    case CMDTAG_IMPORT_FOREIGN_SCHEMA:
    case CMDTAG_ALTER_TABLE:
      return has_options(text) && names_a_secret(text);
    case CMDTAG_CREATE_SERVER:
    case CMDTAG_ALTER_SERVER:
    case CMDTAG_CREATE_USER_MAPPING:
    case CMDTAG_ALTER_USER_MAPPING:
    case CMDTAG_CREATE_SUBSCRIPTION:
    case CMDTAG_ALTER_SUBSCRIPTION:
      return true;
    default:
      return false;
  }
}

// A statement with others in it can have anything in its literals.
bool may_hold_secrets(const std::string& text) {
  const std::string words = lower(text);
  return names_a_secret(text) || words.find("user mapping") != std::string::npos || words.find("subscription") != std::string::npos ||
         words.find("connection") != std::string::npos;
}

std::string without_literals(const std::string& text) {
  // Dollar quotes, escapes, comments: where literals begin and end is more than quotes can tell.
  for (const char* hard : {"$", "\\", "--", "/*"}) {
    if (text.find(hard) != std::string::npos) return withheld_text;
  }
  std::string out;
  char inside = '\0';
  for (const char c : text) {
    const bool opens = inside == '\0' && (c == '\'' || c == '"');
    const bool closes = inside != '\0' && c == inside;
    if (closes && c == '\'') out += "***";
    if (opens || closes || inside != '\'') out += c;
    if (opens) inside = c;
    if (closes) inside = '\0';
  }
  return out;
}

std::size_t hash_of(const std::string& text) { return std::hash<std::string>()(text); }

// The statement that loaded this library is not the one that the client sent, whose text is all that is known.
bool is_text_of_outer(CommandTag tag) { return frame == nullptr && ActivePortal != nullptr && ActivePortal->commandTag != tag; }

// What ran inside before the library was loaded nobody saw: arguments may be passwords.
std::string without_secrets(CommandTag tag, std::string text) {
  if (may_hold_secrets(text)) return withheld_text;
  return tag == CMDTAG_DO ? text : without_literals(text);
}

// A role's password, or another secret, that a function was given.
void withhold_outer_of(CommandTag tag) {
  switch (tag) {
    case CMDTAG_CREATE_ROLE:
    case CMDTAG_ALTER_ROLE:
    case CMDTAG_CREATE_SERVER:
    case CMDTAG_ALTER_SERVER:
    case CMDTAG_CREATE_USER_MAPPING:
    case CMDTAG_ALTER_USER_MAPPING:
    case CMDTAG_CREATE_SUBSCRIPTION:
    case CMDTAG_ALTER_SUBSCRIPTION:
      if (const std::string outer = outer_text(); !outer.empty()) touched().withhold(hash_of(outer));
      return;
    default:
      return;
  }
}

// An extension's script is the extension's: CREATE EXTENSION itself is the statement.
// Roles are no part of a database's schema, and their statements hold passwords.
void note_statement(std::string statement, CommandTag tag, const char* unseen = nullptr) {
  if (creating_extension || tag == CMDTAG_CREATE_ROLE || tag == CMDTAG_ALTER_ROLE || tag == CMDTAG_DROP_ROLE) return;
  Touched::Said said{GetCommandTagName(tag), {}, ledger::reason_in(statement), hash_of(statement)};
  if (holds_secrets(tag, statement)) statement = without_literals(statement);
  else if (is_text_of_outer(tag)) statement = without_secrets(ActivePortal->commandTag, std::move(statement));
  said.text = std::move(statement);
  std::optional<Touched::Said> outer;
  if (std::string text = outer_text(); !text.empty()) {
    outer.emplace(Touched::Said{GetCommandTagName(ActivePortal->commandTag), {}, ledger::reason_in(text), hash_of(text)});
    outer->text = may_hold_secrets(text) ? withheld_text : std::move(text);
  }
  touched().note(std::move(said), outer, GetCurrentSubTransactionId(), unseen);
}

// ---- addresses --------------------------------------------------------------------------------------------------

// GRANT and REVOKE come without an address; the OIDs stand in the collected command.
Oid catalog_of_grant(ObjectType type) {
  switch (type) {
    case OBJECT_TABLE:
    case OBJECT_COLUMN:
    case OBJECT_SEQUENCE: return RelationRelationId;
    case OBJECT_DOMAIN:
    case OBJECT_TYPE: return TypeRelationId;
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE: return ProcedureRelationId;
    case OBJECT_LANGUAGE: return LanguageRelationId;
    case OBJECT_SCHEMA: return NamespaceRelationId;
    case OBJECT_FDW: return ForeignDataWrapperRelationId;
    case OBJECT_FOREIGN_SERVER: return ForeignServerRelationId;
    default: return InvalidOid;  // databases, tablespaces, large objects, parameters: not in a schema dump
  }
}

void touch_grant(const InternalGrant& grant) {
  const Oid catalog = catalog_of_grant(grant.objtype);
  if (!OidIsValid(catalog)) return;
  ListCell* cell;
  foreach (cell, grant.objects) touch({catalog, lfirst_oid(cell)});
}

// ALTER EXTENSION … ADD and DROP tell of the extension; what is added or dropped stands beside it in the collected
// command. What stands on that comes and goes with it.
void touch_member(const CollectedCommand& command) {
  if (command.parsetree == nullptr || !IsA(command.parsetree, AlterExtensionContentsStmt)) return;
  const ObjectAddress& member = command.d.simple.secondaryObject;
  touch({member.classId, member.objectId});
  for (const pg::Row& row : pg::scan(DependRelationId, DependReferenceIndexId,
                                     {pg::oid_key(Anum_pg_depend_refclassid, member.classId),
                                      pg::oid_key(Anum_pg_depend_refobjid, member.objectId)})) {
    const auto& edge = row.form<FormData_pg_depend>();
    touch({edge.classid, edge.objid});
  }
}

// The object access hook names what these make or change, so the collected commands, whose identities the server has
// to spell out, need not be read.
bool named_by_hooks(const EventTriggerData& event) {
  switch (nodeTag(event.parsetree)) {
    case T_CreateStmt:
    case T_IndexStmt:
    case T_ViewStmt:
    case T_CreateFunctionStmt:
    case T_DropStmt:
      return true;
    case T_AlterTableStmt: {
      // Not every subcommand calls the hook; the table is enough.
      const auto* statement = reinterpret_cast<const AlterTableStmt*>(event.parsetree);
      const Oid table = pg::call([&] { return RangeVarGetRelid(statement->relation, NoLock, true); });
      if (OidIsValid(table)) touch({RelationRelationId, table});
      return OidIsValid(table);
    }
    default:
      return false;
  }
}

// Reads pg_event_trigger_ddl_commands() without SPI.
void touch_commands() {
  struct Collected {
    Tuplestorestate* rows;
    TupleDesc desc;
  };
  const Collected collected = pg::call([] {
    FmgrInfo function;
    fmgr_info(F_PG_EVENT_TRIGGER_DDL_COMMANDS, &function);
    auto* info = makeNode(ReturnSetInfo);
    info->econtext = CreateStandaloneExprContext();
    info->allowedModes = SFRM_Materialize;
    LOCAL_FCINFO(arguments, 0);
    InitFunctionCallInfoData(*arguments, &function, 0, InvalidOid, nullptr, reinterpret_cast<fmNodePtr>(info));
    FunctionCallInvoke(arguments);
    return Collected{info->setResult, info->setDesc};
  });
  if (collected.rows == nullptr) return;
  TupleTableSlot* slot = pg::call([&] { return MakeSingleTupleTableSlot(collected.desc, &TTSOpsMinimalTuple); });
  for (;;) {
    struct Command {
      bool found;
      Address address;
      const CollectedCommand* command;
    };
    const Command row = pg::call([&] {
      Command result{false, {}, nullptr};
      if (!tuplestore_gettupleslot(collected.rows, true, false, slot)) return result;
      result.found = true;
      bool null = false;
      const Datum catalog = slot_getattr(slot, 1, &null);
      if (!null) {
        bool null_oid = false;
        result.address = {DatumGetObjectId(catalog), DatumGetObjectId(slot_getattr(slot, 2, &null_oid))};
      }
      const Datum command = slot_getattr(slot, 9, &null);
      if (!null) result.command = reinterpret_cast<const CollectedCommand*>(DatumGetPointer(command));
      return result;
    });
    if (!row.found) break;
    if (row.address.object != 0) touch(row.address);
    if (row.command != nullptr && row.command->type == SCT_Grant) touch_grant(*row.command->d.grant.istmt);
    if (row.command != nullptr && row.command->type == SCT_Simple) touch_member(*row.command);
  }
  pg::call([&] {
    ExecDropSingleTupleTableSlot(slot);
    tuplestore_end(collected.rows);
  });
}

// DROP COLUMN leaves the values but forgets their type.
void note_dropped_column(Oid relation, int attnum) {
  const auto row = pg::attribute(relation, attnum);
  if (!row || std::string_view(NameStr(row->form<FormData_pg_attribute>().attname)).starts_with(placeholder_prefix)) return;
  ledger::DroppedColumn column;
  column.relation = relation;
  column.attnum = attnum;
  column.type = row->form<FormData_pg_attribute>().atttypid;
  if (const auto missing = row->maybe(Anum_pg_attribute_attmissingval)) column.missing = vault::bytes_of_missing_value(*missing);
  if (const auto table = pg::find(RELOID, relation)) column.file = table->form<FormData_pg_class>().relfilenode;
  touched().dropped_column(std::move(column));
  vault::before_column_drop(relation, *row);
}

// A partition's trigger goes with the partition or when that leaves; after it nobody can tell whose clone it was.
void touch_cloned_triggers(Oid clone) {
  for (auto row = pg::row_of(TriggerRelationId, clone); row;) {
    const Oid parent = row->form<FormData_pg_trigger>().tgparentid;
    if (!OidIsValid(parent)) return;
    touch({TriggerRelationId, parent});
    row = pg::row_of(TriggerRelationId, parent);
  }
}

// What reads differently without it.
void touch_entangled(const Kind* kind, Oid object) {
  if (kind == nullptr || kind->entangled == nullptr) return;
  for (const Address& other : kind->entangled(object)) touch(other);
}

// REINDEX CONCURRENTLY gives an index another row, and a session that did no DDL yet does not see it. Here the index
// still has its old name: the hook is called before what it is called for can be seen.
void note_index_name(Oid relation) {
  if (pg::call([&] { return get_rel_relkind(relation); }) != RELKIND_INDEX) return;
  const Address address{RelationRelationId, relation};
  const Kind* kind = kind_of(address);
  if (kind == nullptr) return;
  const pg::Restored<bool> plain(quote_all_identifiers, false);
  touched().earlier_name(address, std::string(kind->name) + " " + pg::relation_name(relation));
}

// By the server for itself: to rewrite a table into, for example.
bool is_internal(ObjectAccessType access, const void* argument) {
  if (argument == nullptr) return false;
  if (access == OAT_POST_CREATE) return static_cast<const ObjectAccessPostCreate*>(argument)->is_internal;
  return access == OAT_DROP && (static_cast<const ObjectAccessDrop*>(argument)->dropflags & PERFORM_DELETION_INTERNAL) != 0;
}

// The two types that were made last: a relation's row type and the array of that come right before it.
Oid row_type = InvalidOid, array_type = InvalidOid;

void note_type(Oid type) {
  row_type = array_type;
  array_type = type;
}

// Nobody's by itself: temporary, or TOAST, which comes with its table. Its row cannot be seen yet, but its relation is open.
// The row type of another relation goes with it and is nobody's either, unless it is what was to be made.
bool makes_nobodys(Oid relation) {
  struct Made {
    bool temporary, toast, type_only;
    Oid type;
  };
  const Made made = pg::call([&] {
    Relation opened = RelationIdGetRelation(relation);
    if (!RelationIsValid(opened)) return Made{};
    const Made result{opened->rd_rel->relpersistence == RELPERSISTENCE_TEMP, opened->rd_rel->relnamespace == PG_TOAST_NAMESPACE,
                      opened->rd_rel->relkind == RELKIND_COMPOSITE_TYPE, opened->rd_rel->reltype};
    RelationClose(opened);
    return result;
  });
  const bool nobodys = made.temporary || made.toast;
  if (nobodys) touched().nobodys({RelationRelationId, relation});
  if (OidIsValid(made.type) && (nobodys || !made.type_only)) {
    touched().nobodys({TypeRelationId, made.type});
    if (row_type == made.type) touched().nobodys({TypeRelationId, array_type});
  }
  return nobodys;
}

bool drops_nobodys(Address address) {
  if (!is_inseparable(address) && !is_temporary(address)) return false;
  touched().nobodys(address);
  return true;
}

void before_relation_drop(Oid relation, int flags) {
  if (const std::int64_t rows = pg::rows_in(relation); rows > 0) touched().lost_rows({RelationRelationId, relation}, rows);
  vault::before_drop(relation, flags);
}

void on_object_access(ObjectAccessType access, Oid catalog, Oid object, int part, const void* argument) {
  if (access == OAT_TRUNCATE) return vault::before_truncate(object);
  if (access != OAT_POST_CREATE && access != OAT_POST_ALTER && access != OAT_DROP) return;
  const bool relation = catalog == RelationRelationId && part == 0;
  const Address address{catalog, object};
  if (catalog == TypeRelationId && access == OAT_POST_CREATE) note_type(object);
  const bool nobodys = access == OAT_DROP          ? part == 0 && drops_nobodys(address)
                       : access == OAT_POST_CREATE ? relation && makes_nobodys(object)
                                                   : false;
  if (!nobodys) touch(address);
  // CREATE OR REPLACE calls the hook of other catalogs for what was there before.
  if (access == OAT_POST_CREATE && part == 0 && !nobodys && (relation || catalog == ConstraintRelationId)) touched().made(address);
  if (relation && is_internal(access, argument)) {
    if (access == OAT_POST_CREATE) vault::made_internally(object);
    else vault::goes_internally(object);
  }
  if (access != OAT_POST_CREATE && relation && !nobodys) note_index_name(object);
  if (access != OAT_DROP) return;
  if (relation) before_relation_drop(object, static_cast<const ObjectAccessDrop*>(argument)->dropflags);
  if (catalog == RelationRelationId && part > 0) note_dropped_column(object, part);
  // What it goes with is dropped as well, and touched.
  if (nobodys || part != 0) return;
  const Kind* kind = kind_of(address);
  // After the drop of a part (a default, a domain's constraint, a publication's table) nobody can tell whose it was.
  if (kind == nullptr) {
    if (const auto whole = owner_of(address)) touch(*whole);
  }
  if (catalog == TriggerRelationId) {
    touch_cloned_triggers(object);
    vault::before_trigger_drop(object);
  }
  touch_entangled(kind, object);
}

// Statements about event triggers call no event trigger, and these call no hook either.
void touch_silent(const Node* statement) {
  const bool comment = IsA(statement, CommentStmt);
  if (!comment && !IsA(statement, SecLabelStmt)) return;
  const auto* noted = reinterpret_cast<const CommentStmt*>(statement);
  const auto* labelled = reinterpret_cast<const SecLabelStmt*>(statement);
  if ((comment ? noted->objtype : labelled->objtype) != OBJECT_EVENT_TRIGGER) return;
  const Node* name = comment ? noted->object : labelled->object;
  const Oid trigger = pg::call([&] { return get_event_trigger_oid(reinterpret_cast<const String*>(name)->sval, true); });
  if (OidIsValid(trigger)) touch({EventTriggerRelationId, trigger});
}

}  // namespace

bool between_transactions_of_command() {
  if (unframed_multi_transaction) return true;
  for (const Frame* f = frame; f != nullptr; f = f->outer) {
    if (f->multi_transaction) return true;
  }
  return false;
}

bool in_multi_transaction_command() { return multi_transaction_ending || between_transactions_of_command(); }

void end_of_transaction(bool aborted) {
  end_of_drop();
  if (aborted) unframed_multi_transaction = false;
  if (!between_transactions_of_command()) multi_transaction_ending = false;
}

}  // namespace xc::capture

// ---- entry points -------------------------------------------------------------------------------------------------

namespace {

using namespace xc::capture;

extern "C" {

static void xc_object_access(ObjectAccessType access, Oid catalog, Oid object, int part, void* arg) {
  if (previous_object_access != nullptr) previous_object_access(access, catalog, object, part, arg);
  if (!watching()) return;
  pg::enter([&] {
    if (part == 0) guard_access(access, catalog, object, arg);
    on_object_access(access, catalog, object, part, arg);
  });
}

// In a transaction block or in a function no statement can.
static bool commits_several_times(const Node* statement, bool is_top_level) {
  if (!is_top_level || IsTransactionBlock() || IsSubTransaction()) return false;
  switch (nodeTag(statement)) {
    case T_IndexStmt: return reinterpret_cast<const IndexStmt*>(statement)->concurrent;
    case T_DropStmt: return reinterpret_cast<const DropStmt*>(statement)->concurrent;
    case T_ReindexStmt:
    case T_VacuumStmt:
    case T_ClusterStmt: return true;
    case T_AlterTableStmt: {
      ListCell* cell;
      foreach (cell, reinterpret_cast<const AlterTableStmt*>(statement)->cmds) {
        const auto* command = static_cast<const AlterTableCmd*>(lfirst(cell));
        if (command->subtype == AT_DetachPartition && command->def != nullptr &&
            reinterpret_cast<const PartitionCmd*>(command->def)->concurrent) {
          return true;
        }
      }
      return false;
    }
    default: return false;
  }
}

static void xc_utility(PlannedStmt* planned, const char* source, bool read_only_tree, ProcessUtilityContext context,
                       ParamListInfo params, QueryEnvironment* environment, DestReceiver* dest, QueryCompletion* completion) {
  Frame here = {source, planned->stmt_location, planned->stmt_len, commits_several_times(planned->utilityStmt, context == PROCESS_UTILITY_TOPLEVEL), frame};
  frame = &here;
  const std::size_t notes = touched().note_count();
  const std::size_t addresses = touched().addresses().size();
  xc::vault::forget_noted_indexes();
  PG_TRY();
  {
    if (watching()) pg::enter([&] { guard_statement(planned->utilityStmt); });
    const CommandTag tag = CreateCommandTag(planned->utilityStmt);
    if (watching()) pg::enter([&] { withhold_outer_of(tag); });
    const char* unseen = context != PROCESS_UTILITY_SUBCOMMAND && watching() ? pg::keeps_event_triggers_from(tag) : nullptr;
    if (unseen != nullptr) {
      pg::enter([&] { note_statement(pg::statement_text(here.source, here.location, here.length), tag, unseen); });
    }
    if (previous_utility != nullptr) {
      previous_utility(planned, source, read_only_tree, context, params, environment, dest, completion);
    } else {
      standard_ProcessUtility(planned, source, read_only_tree, context, params, environment, dest, completion);
    }
  }
  PG_FINALLY();
  {
    frame = here.outer;
    if (IsA(planned->utilityStmt, DropStmt)) end_of_drop();
    if (here.multi_transaction) multi_transaction_ending = true;
  }
  PG_END_TRY();
  if (watching()) {
    pg::enter([&] {
      touch_silent(planned->utilityStmt);
      if (IsA(planned->utilityStmt, TruncateStmt) && xc::vault::after_truncate() && context != PROCESS_UTILITY_SUBCOMMAND) {
        note_statement(pg::statement_text(here.source, here.location, here.length), CMDTAG_TRUNCATE_TABLE);
      }
    });
  }
  // It touched something and no event trigger fired for it: REASSIGN OWNED, EXPLAIN ANALYZE CREATE TABLE AS, …
  if (context != PROCESS_UTILITY_SUBCOMMAND && touched().addresses().size() > addresses &&
      touched().note_count() == notes && watching()) {
    pg::enter([&] { note_statement(pg::statement_text(here.source, here.location, here.length), CreateCommandTag(planned->utilityStmt)); });
  }
}

}  // extern "C"

}  // namespace

namespace xc::capture {

void install_hooks() {
  previous_object_access = object_access_hook;
  object_access_hook = xc_object_access;
  previous_utility = ProcessUtility_hook;
  ProcessUtility_hook = xc_utility;
  install_guard();
  install_transaction_callbacks();
}

}  // namespace xc::capture

XC_FUNCTION(xconnect_command_start) {
  if (!CALLED_AS_EVENT_TRIGGER(fcinfo)) {
    throw xc::Refusal("39P03", "xconnect.command_start() is an event trigger function");
  }
  if (watching()) {
    const auto* event = reinterpret_cast<const EventTriggerData*>(fcinfo->context);
    unframed_multi_transaction = frame == nullptr && commits_several_times(event->parsetree, true);
    if (frame == nullptr) guard_statement(event->parsetree);
    std::string statement = statement_text();
    require_reason(event->parsetree, statement, outer_text());
    note_statement(std::move(statement), event->tag);
    before_statement(event->parsetree);
    xc::vault::before_alter(event->parsetree);
  }
  return 0;
}

XC_FUNCTION(xconnect_command_end) {
  if (!CALLED_AS_EVENT_TRIGGER(fcinfo)) {
    throw xc::Refusal("39P03", "xconnect.command_end() is an event trigger function");
  }
  if (unframed_multi_transaction) {
    unframed_multi_transaction = false;
    multi_transaction_ending = true;
  }
  if (watching() && !named_by_hooks(*reinterpret_cast<const EventTriggerData*>(fcinfo->context))) touch_commands();
  if (watching()) {
    xc::vault::after_alter(reinterpret_cast<const EventTriggerData*>(fcinfo->context)->parsetree);
    xc::vault::after_statement();
  }
  return 0;
}
