// See reasons.hpp.
#include "capture/reasons.hpp"

#include <fmt/format.h>

#include "capture/settings.hpp"
#include "capture/touched.hpp"
#include "core/refusal.hpp"
#include "ledger/reason.hpp"
#include "pg/catalog.hpp"
#include "pg/scope.hpp"
#include "pg/server.hpp"

extern "C" {
#include "commands/extension.h"
#include "nodes/parsenodes.h"
#include "tcop/utility.h"
}

namespace xc::capture {

namespace {

constinit const std::string* reason_of_call = nullptr;

// The relation that a statement is about, where it names one.
const RangeVar* relation_of(const Node* statement) {
  switch (nodeTag(statement)) {
    case T_CreateStmt: return reinterpret_cast<const CreateStmt*>(statement)->relation;
    case T_CreateForeignTableStmt: return reinterpret_cast<const CreateForeignTableStmt*>(statement)->base.relation;
    case T_CreateTableAsStmt: return reinterpret_cast<const CreateTableAsStmt*>(statement)->into->rel;
    case T_ViewStmt: return reinterpret_cast<const ViewStmt*>(statement)->view;
    case T_IndexStmt: return reinterpret_cast<const IndexStmt*>(statement)->relation;
    case T_AlterTableStmt: return reinterpret_cast<const AlterTableStmt*>(statement)->relation;
    case T_CreateSeqStmt: return reinterpret_cast<const CreateSeqStmt*>(statement)->sequence;
    case T_AlterSeqStmt: return reinterpret_cast<const AlterSeqStmt*>(statement)->sequence;
    case T_CreateTrigStmt: return reinterpret_cast<const CreateTrigStmt*>(statement)->relation;
    case T_RuleStmt: return reinterpret_cast<const RuleStmt*>(statement)->relation;
    case T_CreatePolicyStmt: return reinterpret_cast<const CreatePolicyStmt*>(statement)->table;
    case T_AlterPolicyStmt: return reinterpret_cast<const AlterPolicyStmt*>(statement)->table;
    case T_RenameStmt: return reinterpret_cast<const RenameStmt*>(statement)->relation;
    case T_AlterObjectSchemaStmt: return reinterpret_cast<const AlterObjectSchemaStmt*>(statement)->relation;
    default: return nullptr;
  }
}

const List* names_of(const Node* statement) {
  switch (nodeTag(statement)) {
    case T_CreateFunctionStmt: return reinterpret_cast<const CreateFunctionStmt*>(statement)->funcname;
    case T_CreateEnumStmt: return reinterpret_cast<const CreateEnumStmt*>(statement)->typeName;
    case T_CreateDomainStmt: return reinterpret_cast<const CreateDomainStmt*>(statement)->domainname;
    default: return NIL;
  }
}

struct About {
  bool known = false;
  bool temporary = false;
  std::string key;  // as a rule would name it
};

About about_relation(const RangeVar* relation) {
  struct Found {
    Oid schema;
    bool temporary;
  };
  const Found found = pg::call([&] {
    if (relation->relpersistence == RELPERSISTENCE_TEMP) return Found{InvalidOid, true};
    const Oid existing = RangeVarGetRelid(relation, NoLock, true);
    Oid schema = OidIsValid(existing) ? get_rel_namespace(existing) : InvalidOid;
    if (!OidIsValid(schema) && relation->schemaname != nullptr) schema = get_namespace_oid(relation->schemaname, true);
    if (!OidIsValid(schema) && relation->schemaname == nullptr) {
      const List* path = fetch_search_path(false);
      schema = path == NIL ? InvalidOid : linitial_oid(path);
    }
    return Found{schema, OidIsValid(schema) && isAnyTempNamespace(schema)};
  });
  About about;
  about.temporary = found.temporary;
  if (!OidIsValid(found.schema)) return about;
  about.known = true;
  const pg::Restored<bool> plain(quote_all_identifiers, false);
  const char* schema = pg::call([&] { return get_namespace_name(found.schema); });
  about.key = fmt::format("table {}.{}", pg::quoted(schema), pg::quoted(relation->relname));
  return about;
}

About about(const Node* statement) {
  if (const RangeVar* relation = relation_of(statement)) return about_relation(relation);
  if (const List* names = names_of(statement); list_length(names) > 0) {
    return about_relation(pg::call([&] { return makeRangeVarFromNameList(const_cast<List*>(names)); }));
  }
  if (!IsA(statement, DropStmt)) return {};
  const auto* drop = reinterpret_cast<const DropStmt*>(statement);
  switch (drop->removeType) {
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_SEQUENCE:
    case OBJECT_INDEX:
    case OBJECT_FOREIGN_TABLE: {
      const auto* first = static_cast<const List*>(linitial(drop->objects));
      // With several the strictest of their rules counts, which is found at the commit.
      About one = about_relation(pg::call([&] { return makeRangeVarFromNameList(const_cast<List*>(first)); }));
      one.known = one.known && list_length(drop->objects) == 1;
      return one;
    }
    default: return {};
  }
}

// Event triggers fire for it, and it changes nothing of a schema.
bool is_maintenance(const Node* statement) {
  return IsA(statement, RefreshMatViewStmt) || IsA(statement, ReindexStmt) || IsA(statement, ClusterStmt);
}

std::string why_not(const std::string& reason) {
  return reason.empty() ? "None was given." : fmt::format("\"{}\" is a placeholder.", reason);
}

void complain(const std::string& what, const std::string& detail, bool error) {
  const char* hint = "SET xconnect.reason = 'what it is for'; or in front of the statement: /* reason: what it is for */";
  const std::string message = fmt::format("{} needs a reason", what);
  if (error) throw Refusal(code::reason_required, message).detail(detail).hint(hint);
  const char* text = message.c_str();
  const char* more = detail.c_str();
  pg::call([&] {
    ereport(WARNING, (errcode(MAKE_SQLSTATE('X', 'C', '0', '1', '3')), errmsg("%s", text), errdetail("%s", more), errhint("%s", hint)));
  });
}

// The reason that counts so far: of the call, of the transaction's statements, of the session.
std::string reason_so_far() {
  if (reason_of_call != nullptr && !reason_of_call->empty()) return *reason_of_call;
  if (std::string said = touched().reason(); !said.empty()) return said;
  return settings.reason;
}

}  // namespace

void require_reason(const Node* statement, const std::string& text, const std::string& outer) {
  if (settings.require_reason == require_reason_off && !ledger::has_reason_rules()) return;
  if (!settings.capture || creating_extension || is_maintenance(statement)) return;
  const About target = about(statement);
  if (target.temporary) return;
  // Without rules it is the setting that counts, whatever the statement is about.
  if (!target.known && ledger::has_reason_rules()) return;
  const auto level = ledger::level_for({target.known ? target.key : std::string("(anything)")});
  if (level == ledger::reason_off) return;
  std::string reason = reason_so_far();
  for (const std::string* said : {&text, &outer}) {
    if (const std::string own = ledger::reason_in(*said); !own.empty()) reason = own;
    if (ledger::is_real_reason(reason)) return;
  }
  const char* tag = pg::call([&] { return GetCommandTagName(CreateCommandTag(const_cast<Node*>(statement))); });
  complain(tag, why_not(reason), level == ledger::reason_on);
}

void require_reason(const std::vector<std::string>& keys, const std::string& given, bool too_late) {
  const auto level = ledger::level_for(keys);
  if (level == ledger::reason_off) return;
  const std::string reason = given.empty() ? reason_so_far() : given;
  if (ledger::is_real_reason(reason)) return;
  const std::string more = keys.size() > 1 ? fmt::format(" and {} more", keys.size() - 1) : "";
  // With warn the statement itself has warned already, unless nobody could tell what it was about.
  if (level == ledger::reason_warn && !ledger::has_reason_rules()) return;
  complain(fmt::format("the change of {}{}", keys.front(), more), why_not(reason), level == ledger::reason_on && !too_late);
}

ReasonOfCall::ReasonOfCall(const std::string& reason) : outer_(reason_of_call) { reason_of_call = &reason; }
ReasonOfCall::~ReasonOfCall() { reason_of_call = outer_; }

}  // namespace xc::capture
