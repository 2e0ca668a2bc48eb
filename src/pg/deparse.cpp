// The server's own text for things; see deparse.hpp.
#include "pg/deparse.hpp"

#include "pg/catalog.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "commands/defrem.h"
#include "commands/tablespace.h"
#include "storage/lmgr.h"
#include "utils/ruleutils.h"
#include "utils/regproc.h"
}

namespace pg {

constinit bool may_wait_for_locks = true;

namespace {

// Takes the locks that the server is going to take for the relations that a row's query names.
void lock_relations_of(Oid catalog, Oid object) {
  if (may_wait_for_locks) return;
  bool any = false;
  for (const Row& row : scan(DependRelationId, DependDependerIndexId,
                             {oid_key(Anum_pg_depend_classid, catalog), oid_key(Anum_pg_depend_objid, object)})) {
    const auto& edge = row.form<FormData_pg_depend>();
    if (edge.refclassid != RelationRelationId) continue;
    keep_relation(edge.refobjid);
    any = true;
  }
  // A rule is of a relation at least. The server would still find the rule, by an older snapshot.
  if (catalog == RewriteRelationId && !any) throw Busy();
}

// The server opens the table that an index, a constraint, … stands on for the names of its columns.
void keep_table(const std::optional<Oid>& table) {
  if (table && OidIsValid(*table)) keep_relation(*table);
}

template <class Form>
std::optional<Oid> table_of(const std::optional<Row>& row, Oid Form::* member) {
  if (!row) return std::nullopt;
  return row->form<Form>().*member;
}

std::string or_empty(const char* text) { return text == nullptr ? std::string() : std::string(text); }

// Calls a server function on one OID and takes its text result; "" when it gives null.
std::string text_of(PGFunction function, Oid object) {
  return or_empty(call([&]() -> const char* {
    LOCAL_FCINFO(info, 1);
    InitFunctionCallInfoData(*info, nullptr, 1, InvalidOid, nullptr, nullptr);
    info->args[0].value = ObjectIdGetDatum(object);
    info->args[0].isnull = false;
    const Datum result = function(info);
    return info->isnull ? nullptr : TextDatumGetCString(result);
  }));
}

std::string text_of(PGFunction function, Oid object, bool flag) {
  return or_empty(call([&]() -> const char* {
    LOCAL_FCINFO(info, 2);
    InitFunctionCallInfoData(*info, nullptr, 2, InvalidOid, nullptr, nullptr);
    info->args[0].value = ObjectIdGetDatum(object);
    info->args[0].isnull = false;
    info->args[1].value = BoolGetDatum(flag);
    info->args[1].isnull = false;
    const Datum result = function(info);
    return info->isnull ? nullptr : TextDatumGetCString(result);
  }));
}

std::string qualified(Oid schema, const NameData& name) { return schema_name(schema) + "." + quoted(NameStr(name)); }

}  // namespace

void keep_relation(Oid relation) {
  if (may_wait_for_locks) return;
  const bool kept = call([&] {
    return ConditionalLockRelationOid(relation, AccessShareLock) &&
           SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation));
  });
  if (!kept) throw Busy();
}

std::string object_identity(Oid catalog, Oid object) {
  return or_empty(call([&]() -> const char* {
    const ObjectAddress address = {catalog, object, 0};
    return getObjectIdentity(&address, true);
  }));
}

std::string object_type(Oid catalog, Oid object) {
  return or_empty(call([&]() -> const char* {
    const ObjectAddress address = {catalog, object, 0};
    return getObjectTypeDescription(&address, true);
  }));
}

std::string schema_name(Oid schema) {
  return or_empty(call([&]() -> const char* {
    const char* name = get_namespace_name(schema);
    return name == nullptr ? nullptr : quote_identifier(name);
  }));
}

std::string role_name(Oid role) {
  if (!OidIsValid(role)) return "public";
  return or_empty(call([&]() -> const char* {
    const char* name = GetUserNameFromId(role, true);
    return name == nullptr ? nullptr : quote_identifier(name);
  }));
}

std::string relation_name(Oid relation) {
  return or_empty(call([&]() -> const char* {
    const char* name = get_rel_name(relation);
    if (name == nullptr) return nullptr;
    return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name);
  }));
}

std::string function_name(Oid function) {
  return or_empty(call([&]() -> const char* {
    const char* name = get_func_name(function);
    if (name == nullptr) return nullptr;
    return quote_qualified_identifier(get_namespace_name(get_func_namespace(function)), name);
  }));
}

std::string function_signature(Oid function) {
  return or_empty(call([&]() -> const char* { return format_procedure_qualified(function); }));
}

std::string type_name(Oid type, int typmod) {
  return or_empty(call([&]() -> const char* {
    return format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN);
  }));
}

std::string collation_name(Oid collation) {
  const auto row = find(COLLOID, collation);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_collation>();
  return qualified(form.collnamespace, form.collname);
}

std::string opclass_name(Oid opclass) {
  const auto row = row_of(OperatorClassRelationId, opclass);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_opclass>();
  return qualified(form.opcnamespace, form.opcname);
}

std::string operator_signature(Oid oper) {
  return or_empty(call([&]() -> const char* { return format_operator_qualified(oper); }));
}

std::string tablespace_name(Oid tablespace) {
  if (!OidIsValid(tablespace)) return {};
  return or_empty(call([&]() -> const char* {
    const char* name = get_tablespace_name(tablespace);
    return name == nullptr ? nullptr : quote_identifier(name);
  }));
}

std::string access_method_name(Oid method) {
  return or_empty(call([&]() -> const char* {
    const char* name = get_am_name(method);
    return name == nullptr ? nullptr : quote_identifier(name);
  }));
}

std::string column_name(Oid relation, int attribute) {
  return or_empty(call([&]() -> const char* {
    const char* name = get_attname(relation, static_cast<AttrNumber>(attribute), true);
    return name == nullptr ? nullptr : quote_identifier(name);
  }));
}

std::string expression(Datum node_tree, Oid relation, std::optional<ObjectAddress> holder) {
  if (holder) lock_relations_of(holder->classId, holder->objectId);
  if (OidIsValid(relation)) keep_relation(relation);
  return or_empty(call([&]() -> const char* {
    LOCAL_FCINFO(info, 2);
    InitFunctionCallInfoData(*info, nullptr, 2, InvalidOid, nullptr, nullptr);
    info->args[0].value = node_tree;
    info->args[0].isnull = false;
    info->args[1].value = ObjectIdGetDatum(relation);
    info->args[1].isnull = false;
    const Datum result = pg_get_expr(info);
    return info->isnull ? nullptr : TextDatumGetCString(result);
  }));
}

std::string view_definition(Oid view) {
  keep_relation(view);
  for (const Row& rule : scan(RewriteRelationId, RewriteRelRulenameIndexId, {oid_key(Anum_pg_rewrite_ev_class, view)})) {
    lock_relations_of(RewriteRelationId, rule.form<FormData_pg_rewrite>().oid);
  }
  std::string text = text_of(pg_get_viewdef, view);
  while (!text.empty() && (text.back() == ';' || text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string rule_definition(Oid rule) {
  lock_relations_of(RewriteRelationId, rule);
  return text_of(pg_get_ruledef, rule);
}

std::string index_definition(Oid index) {
  if (!may_wait_for_locks) keep_table(table_of(find(INDEXRELID, index), &FormData_pg_index::indrelid));
  return text_of(pg_get_indexdef, index);
}

std::string constraint_definition(Oid constraint) {
  if (!may_wait_for_locks) keep_table(table_of(find(CONSTROID, constraint), &FormData_pg_constraint::conrelid));
  return text_of(pg_get_constraintdef, constraint);
}

std::string trigger_definition(Oid trigger) {
  if (!may_wait_for_locks) keep_table(table_of(row_of(TriggerRelationId, trigger), &FormData_pg_trigger::tgrelid));
  return text_of(pg_get_triggerdef_ext, trigger, false);
}

std::string statistics_definition(Oid statistics) {
  if (!may_wait_for_locks) keep_table(table_of(find(STATEXTOID, statistics), &FormData_pg_statistic_ext::stxrelid));
  return text_of(pg_get_statisticsobjdef, statistics);
}

std::string partition_key(Oid relation) {
  keep_relation(relation);
  return text_of(pg_get_partkeydef, relation);
}

std::string function_definition(Oid function) {
  lock_relations_of(ProcedureRelationId, function);
  return text_of(pg_get_functiondef, function);
}
std::string function_arguments(Oid function) { return text_of(pg_get_function_arguments, function); }
std::string function_identity_arguments(Oid function) { return text_of(pg_get_function_identity_arguments, function); }
std::string function_result(Oid function) { return text_of(pg_get_function_result, function); }

std::optional<std::string> function_sql_body(Oid function) {
  lock_relations_of(ProcedureRelationId, function);
  std::string text = text_of(pg_get_function_sqlbody, function);
  if (text.empty()) return std::nullopt;
  return text;
}

std::string text_output(Oid type, Datum value) {
  return or_empty(call([&]() -> const char* {
    Oid output = InvalidOid;
    bool is_varlena = false;
    getTypeOutputInfo(type, &output, &is_varlena);
    return OidOutputFunctionCall(output, value);
  }));
}

}  // namespace pg
