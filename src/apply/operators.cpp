// Shell operators and the links between operators, for which there is no statement. Operators are named as ALTER
// OPERATOR does: 'public.<(integer, integer)', NONE for an operand that there is not.
//
//   xconnect.declare_operator(text)             a shell, as naming a commutator that does not exist makes one
//   xconnect.undefine_operator(text)            makes an operator a shell again; others keep naming it
//   xconnect.link_operator(text, text, text)    commutator and negator, null for none
#include <optional>
#include <string>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "ledger/reading.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/entry.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/objectaccess.h"
#include "catalog/pg_operator.h"
#include "commands/comment.h"
#include "commands/defrem.h"
#include "parser/parse_oper.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
#include "utils/regproc.h"
}

namespace xc {

namespace {

struct Name {
  List* name;
  Oid left;
  Oid right;
};

// By the grammar: it knows how operators and types are spelled.
Name parse(const std::string& signature) {
  const std::string statement = "DROP OPERATOR " + signature;
  return pg::call([&] {
    const List* parsed = raw_parser(statement.c_str(), RAW_PARSE_DEFAULT);
    const auto* drop = castNode(DropStmt, linitial_node(RawStmt, parsed)->stmt);
    const auto* object = linitial_node(ObjectWithArgs, drop->objects);
    const auto type = [](void* node) {
      return node == nullptr ? InvalidOid : LookupTypeNameOid(nullptr, static_cast<TypeName*>(node), false);
    };
    return Name{object->objname, type(linitial(object->objargs)), type(lsecond(object->objargs))};
  });
}

Oid find_operator(const Name& operand) {
  return pg::call([&] { return OpernameGetOprid(operand.name, operand.left, operand.right); });
}

Oid existing_operator(const std::string& signature) {
  const Oid found = find_operator(parse(signature));
  if (!OidIsValid(found)) throw Refusal(code::unknown_object, fmt::format("operator {} does not exist", signature));
  return found;
}

pg::Row own_row(Oid oper) {
  pg::call([&] {
#if PG_VERSION_NUM >= 160000
    const bool owned = object_ownercheck(OperatorRelationId, oper, GetUserId());
#else
    const bool owned = pg_oper_ownercheck(oper, GetUserId());
#endif
    if (!owned) aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_OPERATOR, get_opname(oper));
  });
  return pg::row_of(OperatorRelationId, oper).value();
}

FormData_pg_operator& form_of(const pg::Row& row) { return *reinterpret_cast<Form_pg_operator>(GETSTRUCT(row.tuple())); }

void write(const pg::Row& row) {
  pg::update(OperatorRelationId, row.tuple());
  pg::call([&] {
    makeOperatorDependencies(row.tuple(), false, true);
    CommandCounterIncrement();
    InvokeObjectPostAlterHook(OperatorRelationId, form_of(row).oid, 0);
  });
}

// The server makes a shell for an operator that another names: so one is made that names it, and is dropped.
void declare_operator(const std::string& signature) {
  const Name wanted = parse(signature);
  if (OidIsValid(find_operator(wanted))) return;
  pg::call([&] {
    char* name = nullptr;
    const Oid schema = QualifiedNameGetCreationNamespace(wanted.name, &name);
#if PG_VERSION_NUM >= 160000
    const AclResult allowed = object_aclcheck(NamespaceRelationId, schema, GetUserId(), ACL_CREATE);
#else
    const AclResult allowed = pg_namespace_aclcheck(schema, GetUserId(), ACL_CREATE);
#endif
    if (allowed != ACLCHECK_OK) aclcheck_error(allowed, OBJECT_SCHEMA, get_namespace_name(schema));
    // As a negator: that has the same operands, and may be unary. Any function that gives a boolean will do.
    const ObjectAddress naming = OperatorCreate("~!@#@!~", schema, wanted.left, wanted.right, F_BOOLEQ, NIL,
                                                wanted.name, InvalidOid, InvalidOid, false, false);
    CommandCounterIncrement();
    performDeletion(&naming, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
    CommandCounterIncrement();
  });
}

void refuse_users(Oid oper, const std::string& signature) {
  for (const pg::Row& depend : pg::scan(DependRelationId, DependReferenceIndexId,
                                        {pg::oid_key(Anum_pg_depend_refclassid, OperatorRelationId),
                                         pg::oid_key(Anum_pg_depend_refobjid, oper)})) {
    const auto& user = depend.form<FormData_pg_depend>();
    throw Refusal(code::unsupported, fmt::format("{} {} depends on operator {}", pg::object_type(user.classid, user.objid),
                                                 pg::object_identity(user.classid, user.objid), signature));
  }
}

void undefine_operator(const std::string& signature) {
  const Oid oper = existing_operator(signature);
  const pg::Row row = own_row(oper);
  refuse_users(oper, signature);
  FormData_pg_operator& form = form_of(row);
  form.oprcode = InvalidOid;
  form.oprrest = InvalidOid;
  form.oprjoin = InvalidOid;
  form.oprresult = InvalidOid;
  form.oprcanmerge = false;
  form.oprcanhash = false;
  write(row);
}

void link_operator(const std::string& signature, const std::optional<std::string>& commutator,
                   const std::optional<std::string>& negator) {
  const pg::Row row = own_row(existing_operator(signature));
  FormData_pg_operator& form = form_of(row);
  const Oid new_commutator = commutator ? existing_operator(*commutator) : InvalidOid;
  const Oid new_negator = negator ? existing_operator(*negator) : InvalidOid;
  if (form.oprcom == new_commutator && form.oprnegate == new_negator) return;
  form.oprcom = new_commutator;
  form.oprnegate = new_negator;
  write(row);
}

using ledger::text_argument;

std::string signature_argument(FunctionCallInfo fcinfo) {
  const auto signature = text_argument(fcinfo, 0);
  if (!signature) throw Refusal(code::invalid_parameter, "no operator is named");
  return *signature;
}

}  // namespace

}  // namespace xc

XC_FUNCTION(xc_declare_operator) {
  xc::declare_operator(xc::signature_argument(fcinfo));
  PG_RETURN_VOID();
}

XC_FUNCTION(xc_undefine_operator) {
  xc::undefine_operator(xc::signature_argument(fcinfo));
  PG_RETURN_VOID();
}

XC_FUNCTION(xc_link_operator) {
  xc::link_operator(xc::signature_argument(fcinfo), xc::text_argument(fcinfo, 1), xc::text_argument(fcinfo, 2));
  PG_RETURN_VOID();
}
