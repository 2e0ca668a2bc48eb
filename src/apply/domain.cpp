// Checks of domains whose values stand in arrays, composites or ranges as well, where PostgreSQL's own statements refuse.
//
//   xconnect.validate_domain_constraint(regtype, text)   ALTER DOMAIN … VALIDATE CONSTRAINT
//   xconnect.set_domain_not_null(regtype, text)          ALTER DOMAIN … SET NOT NULL, or ADD CONSTRAINT name NOT NULL
//
// The constraint is in force for new values already; writers of all tables that can hold the domain are waited for and
// kept out, and every stored value is read in again. That runs the domain's own code, as its owner.
#include <optional>
#include <string>

#include <fmt/format.h>

#include "apply/reach.hpp"
#include "apply/surgery.hpp"
#include "core/refusal.hpp"
#include "pg/deparse.hpp"
#include "pg/entry.hpp"
#include "pg/scope.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/tableam.h"
#include "catalog/objectaccess.h"
#include "executor/tuptable.h"
}

namespace xc {

namespace {

// Gives the owner.
Oid check_caller(Oid domain) {
  const auto row = pg::find(TYPEOID, domain);
  if (!row || row->form<FormData_pg_type>().typtype != TYPTYPE_DOMAIN) {
    throw Refusal(code::invalid_parameter, row ? pg::type_name(domain) + " is not a domain" : "type does not exist");
  }
  pg::call([&] {
#if PG_VERSION_NUM >= 160000
    const bool owned = object_ownercheck(TypeRelationId, domain, GetUserId());
#else
    const bool owned = pg_type_ownercheck(domain, GetUserId());
#endif
    if (!owned) aclcheck_error_type(ACLCHECK_NOT_OWNER, domain);
  });
  return row->form<FormData_pg_type>().typowner;
}

// --- values ---

struct Reader {
  AttrNumber column;
  int32 typmod;
  Oid parameter;
  FmgrInfo output;
  FmgrInfo input;
};

void read_in_again(Reader& reader, const Datum value, bool is_null) {
  char* text = is_null ? nullptr : OutputFunctionCall(&reader.output, value);
  (void)InputFunctionCall(&reader.input, text, reader.parameter, reader.typmod);
}

// Plain data and server calls only: runs inside pg::call.
void read_column(Oid relation, AttrNumber column) {
  Relation table = table_open(relation, NoLock);
  const FormData_pg_attribute* attribute = TupleDescAttr(RelationGetDescr(table), column - 1);
  Reader reader = {};
  reader.column = column;
  reader.typmod = attribute->atttypmod;
  Oid output = InvalidOid;
  Oid input = InvalidOid;
  bool varlena = false;
  getTypeOutputInfo(attribute->atttypid, &output, &varlena);
  getTypeInputInfo(attribute->atttypid, &input, &reader.parameter);
  fmgr_info(output, &reader.output);
  fmgr_info(input, &reader.input);

  read_rows(table, [&](TupleTableSlot* slot) {
    bool is_null = false;
    const Datum value = slot_getattr(slot, column, &is_null);
    read_in_again(reader, value, is_null);
  });
  table_close(table, NoLock);
}

void check_values(Oid domain, Oid owner) {
  const pg::Pinned pinned(pg::Pinned::For::statements);
  const Reach reach = lock_reach(domain, ShareLock);
  for (const auto& [relation, columns] : reach.tables) {
    if (!stores_rows(relation)) continue;
    if (is_other_sessions_temporary(relation)) {
      throw Refusal(code::unsupported, fmt::format("cannot check the values of domain {} in {}", pg::type_name(domain),
                                                   pg::relation_name(relation)))
          .detail("It is a temporary table of another session.")
          .hint("Wait until that session ends, or end it with pg_terminate_backend().");
    }
    const pg::AsRole as_owner(owner, true);
    const Oid oid = relation;
    for (const AttrNumber column : columns) {
      const AttrNumber number = column;
      pg::call([&] { read_column(oid, number); });
    }
  }
}

// --- what the catalogs say ---

void update_row(Oid catalog, Oid object, HeapTuple tuple) {
  pg::update(catalog, tuple);
  pg::call([&] { InvokeObjectPostAlterHook(catalog, object, 0); });
}

std::optional<pg::Row> constraint_named(Oid domain, const std::string& name) {
  for (const pg::Row& row : pg::scan(ConstraintRelationId, ConstraintTypidIndexId,
                                     {pg::oid_key(Anum_pg_constraint_contypid, domain)})) {
    if (pg::name_of(row.form<FormData_pg_constraint>().conname) == name) return row;
  }
  return {};
}

void validate_domain_constraint(Oid domain, const std::string& name) {
  const Oid owner = check_caller(domain);
  const auto row = constraint_named(domain, name);
  if (!row) {
    throw Refusal(code::unknown_object, fmt::format("domain {} has no constraint {}", pg::type_name(domain), pg::quoted(name)));
  }
  if (row->form<FormData_pg_constraint>().convalidated) return;
  check_values(domain, owner);
  HeapTuple tuple = row->tuple();
  reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->convalidated = true;
  update_row(ConstraintRelationId, row->form<FormData_pg_constraint>().oid, tuple);
}

// NOT NULL is a constraint, too, since PostgreSQL 17.
void make_not_null_constraint([[maybe_unused]] Oid domain, [[maybe_unused]] const FormData_pg_type& type,
                              [[maybe_unused]] const char* given) {
#if PG_VERSION_NUM >= 170000
  pg::call([&] {
    const char* name = given[0] != '\0' ? given
                                        : ChooseConstraintName(NameStr(type.typname), nullptr, "not_null", type.typnamespace, NIL);
    (void)CreateConstraintEntry(name, type.typnamespace, CONSTRAINT_NOTNULL, false, false,
#if PG_VERSION_NUM >= 180000
                                true,
#endif
                                true, InvalidOid, InvalidOid, nullptr, 0, 0, domain, InvalidOid, InvalidOid, nullptr,
                                nullptr, nullptr, nullptr, 0, ' ', ' ', nullptr, 0, ' ', nullptr, nullptr, nullptr, true,
                                0, false,
#if PG_VERSION_NUM >= 180000
                                false,
#endif
                                false);
  });
#endif
}

void set_domain_not_null(Oid domain, const std::string& name) {
  const Oid owner = check_caller(domain);
  const auto row = pg::find(TYPEOID, domain);
  if (row->form<FormData_pg_type>().typnotnull) return;
  HeapTuple tuple = row->tuple();
  make_not_null_constraint(domain, row->form<FormData_pg_type>(), name.c_str());
  reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typnotnull = true;
  update_row(TypeRelationId, domain, tuple);
  check_values(domain, owner);
}

}  // namespace

}  // namespace xc

XC_FUNCTION(xc_validate_domain_constraint) {
  const char* name = pg::call([&] { return text_to_cstring(PG_GETARG_TEXT_PP(1)); });
  xc::validate_domain_constraint(PG_GETARG_OID(0), xc::unquoted(name));
  PG_RETURN_VOID();
}

XC_FUNCTION(xc_set_domain_not_null) {
  const std::string name = pg::call([&] { return text_to_cstring(PG_GETARG_TEXT_PP(1)); });
  xc::set_domain_not_null(PG_GETARG_OID(0), name.empty() ? name : xc::unquoted(name));
  PG_RETURN_VOID();
}
