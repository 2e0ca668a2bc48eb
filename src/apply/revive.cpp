// Bringing a dropped column back. DROP COLUMN leaves the column's row in pg_attribute, marked as dropped, with its
// physical shape; and the values in all rows that are not written again. The row loses the type: whoever calls us
// must know it, and that the values were written with it.
//
//   xconnect.revive_column(relation regclass, attnum smallint, name text, type text, collation text DEFAULT NULL,
//                          values_valid boolean DEFAULT false, missing text DEFAULT NULL)
//     values_valid: are the values known to be of that type? The shape is compared all the same, and a type that was
//       made after the column was dropped is refused as theirs (enums, composite types and ranges carry their type's
//       OIDs). Not valid: the values are nulled, which rewrites the table.
//     missing: attmissingval as it was at the drop (text form), for rows older than the column.
//
// The column comes back plain: nullable, without default, options or privileges, storage as its type has it. In a tree
// each table's column is revived by itself, in any order; each links itself to what its parents and children have.
#include "apply/revive.hpp"

#include <optional>
#include <string>

#include <fmt/format.h>

#include "apply/family.hpp"
#include "apply/surgery.hpp"
#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "ledger/ledger.hpp"
#include "ledger/reading.hpp"
#include "ledger/place.hpp"
#include "pg/deparse.hpp"
#include "pg/entry.hpp"
#include "pg/query.hpp"
#include "pg/scope.hpp"
#include "vault/carry.hpp"
#include "vault/layout.hpp"
#include "vault/proof.hpp"
#include "vault/set_aside.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/heap.h"
#include "commands/tablecmds.h"
#include "parser/parse_type.h"
#include "utils/regproc.h"
}

namespace xc {

namespace {

struct Type {
  Oid oid = InvalidOid;
  std::int32_t modifier = -1;
  Oid collation = InvalidOid;
};

struct Order {
  Oid relation = InvalidOid;
  AttrNumber number = 0;
  std::string name;
  std::string type;
  std::optional<std::string> collation;
  bool values_valid = false;
  std::optional<std::string> missing;
  std::optional<std::string> kept;  // what the ledger has of it
};

[[noreturn]] void refuse(const Order& order, const std::string& why) {
  throw Refusal(code::unsupported, fmt::format("cannot revive column {} of {}: {}", order.number,
                                               pg::relation_name(order.relation), why))
      .hint(fmt::format("SELECT * FROM xc_dependents({}); shows what stands on the table.",
                        sql::literal("table " + pg::relation_name(order.relation))));
}

Type parse_type(const Order& order) {
  Type type;
  pg::call([&] {
#if PG_VERSION_NUM >= 160000
    (void)parseTypeString(order.type.c_str(), &type.oid, &type.modifier, nullptr);
#else
    parseTypeString(order.type.c_str(), &type.oid, &type.modifier, false);
#endif
    type.collation = get_typcollation(type.oid);
    if (order.collation) {
#if PG_VERSION_NUM >= 160000
      type.collation = get_collation_oid(stringToQualifiedNameList(order.collation->c_str(), nullptr), false);
#else
      type.collation = get_collation_oid(stringToQualifiedNameList(order.collation->c_str()), false);
#endif
    }
  });
  return type;
}

// --- were the values written with this type? ---

// All that the dropped row still tells of its type. Enough to refute, not to prove: json and jsonb look alike. pg_upgrade
// makes it as one of a column of integers, and gives it the length and alignment back alone.
bool same_shape(const FormData_pg_attribute& column, const Type& type, bool upgraded) {
  const auto row = pg::find(TYPEOID, type.oid);
  if (!row) return false;
  const auto& form = row->form<FormData_pg_type>();
  if (upgraded && !column.attbyval) return column.attlen == form.typlen && column.attalign == form.typalign;
  if (column.attndims > 0 && !OidIsValid(form.typelem) && form.typtype != TYPTYPE_DOMAIN) return false;
  return column.attlen == form.typlen && column.attbyval == form.typbyval && column.attalign == form.typalign &&
         column.atttypmod == type.modifier && OidIsValid(column.attcollation) == OidIsValid(type.collation);
}

bool values_are_of(const Order& order, const pg::Row& row, const Type& type) {
  const auto noted = ledger::dropped_column(order.relation, order.number);
  return order.values_valid && noted &&
         same_shape(row.form<FormData_pg_attribute>(), type, ledger::was_upgraded_since(noted->seq)) &&
         vault::were_written_with(*noted, type.oid);
}

// --- row-type versions ---
//
// Composite values carry the version that their row type had; the server refuses one that is older than an attribute of
// it, since its bytes may be of another type. The versions of attributes (an option of theirs, reserved) never decrease
// with the column number, and a dropped column keeps its own. So does a revived one that has its old type; one that may
// have another gets a new version, and all after it, as in ALTER COLUMN TYPE.

// Where no ALTER COLUMN TYPE follows that would do it.
void renew_version(const AlteredTable& table, AttrNumber number) {
  pg::call([&] {
    Relation relation = table.relation();
    find_composite_type_dependencies(relation->rd_rel->reltype, relation, nullptr);
  });
  table.renew_versions(number);
}

// --- the pg_attribute row ---

void take_shape(FormData_pg_attribute& column, Oid type) {
  get_typlenbyvalalign(type, &column.attlen, &column.attbyval, &column.attalign);
}

// With the values not valid, a type of the same shape stands in until ALTER TYPE: reading a row needs no more.
Oid stand_in_for(const pg::Row& row) {
  const Oid type = vault::stand_in(row.form<FormData_pg_attribute>());
  return OidIsValid(type) ? type : BYTEAOID;
}

HeapTuple revived_row(const Order& order, const pg::Row& row, const Type& type, bool valid) {
  const std::optional<Datum> options = pg::attribute_version_options(row);
  std::optional<Datum> missing;
  pg::call([&] {
    if (order.missing && valid) {
      missing = OidFunctionCall3(F_ARRAY_IN, CStringGetDatum(order.missing->c_str()), ObjectIdGetDatum(type.oid),
                                 Int32GetDatum(type.modifier));
    }
  });
  if (order.kept) missing = vault::missing_value(*order.kept, row.form<FormData_pg_attribute>(), type.oid);
  const Oid stand_in = stand_in_for(row);
  HeapTuple tuple = row.modified({{Anum_pg_attribute_attacl, std::nullopt},
                                  {Anum_pg_attribute_attoptions, options},
                                  {Anum_pg_attribute_attfdwoptions, std::nullopt},
                                  {Anum_pg_attribute_attmissingval, missing}});
  return pg::call([&] {
    auto* form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
    namestrcpy(&form->attname, order.name.c_str());
    form->attisdropped = false;
    form->atttypid = valid ? type.oid : stand_in;
    form->attcollation = valid ? type.collation : InvalidOid;
    form->atttypmod = valid ? type.modifier : -1;
    if (valid) {
      take_shape(*form, type.oid);
      form->attstorage = get_typstorage(type.oid);
    }
    form->attcompression = '\0';
    form->attnotnull = false;
    form->atthasdef = false;
    form->atthasmissing = missing.has_value();
    form->attidentity = '\0';
    form->attgenerated = '\0';
    form->attislocal = true;
    form->attinhcount = 0;
#if PG_VERSION_NUM < 170000
    form->attstattarget = -1;
#endif
    return tuple;
  });
}

// The statement does all that belongs to a change of type; it rewrites the table, and no old value is looked at.
void null_values(const Order& order, Oid owner) {
  std::string sql = fmt::format("ALTER TABLE ONLY {} ALTER COLUMN {} TYPE {}", pg::relation_name(order.relation),
                                pg::quoted(order.name), order.type);
  if (order.collation) sql += " COLLATE " + *order.collation;
  const pg::Restored<bool> none_set_aside(vault::sets_aside, false);
  run_as_owner(owner, sql + " USING NULL", Triggers::fire);
}

// --- the functions ---

void check(const Order& order, const AlteredTable& table, const pg::Row& row, const Type& type) {
  if (!row.form<FormData_pg_attribute>().attisdropped) refuse(order, "it is not dropped");
  if (find_column(order.relation, order.name)) refuse(order, "a column named " + pg::quoted(order.name) + " exists");
  pg::call([&] {
    Relation relation = table.relation();
    CheckAttributeType(order.name.c_str(), type.oid, type.collation, list_make1_oid(relation->rd_rel->reltype), 0);
#if PG_VERSION_NUM >= 160000
    const AclResult usage = object_aclcheck(TypeRelationId, type.oid, GetUserId(), ACL_USAGE);
#else
    const AclResult usage = pg_type_aclcheck(type.oid, GetUserId(), ACL_USAGE);
#endif
    if (usage != ACLCHECK_OK) aclcheck_error_type(usage, type.oid);
  });
}

// Gives back whether the values are back, too.
bool revive(Order order) {
  AlteredTable table(order.relation);
  const auto row = pg::attribute(order.relation, order.number);
  if (!row) refuse(order, "there is no such column");
  const Type type = parse_type(order);
  check(order, table, *row, type);

  const bool proven = values_are_of(order, *row, type);
  if (proven && !order.missing) order.kept = ledger::dropped_column(order.relation, order.number)->missing;
  const bool as_it_is = proven || !table.has_storage();  // no values, none to be wrong
  if (!as_it_is && !children_of(order.relation).empty()) {
    refuse(order, "its values are lost, and other tables inherit from it");
  }
  update_column(revived_row(order, *row, type, as_it_is));
  if (as_it_is) depend_on_type(order.relation, order.number, type.oid, type.collation);
  if (as_it_is && !proven) renew_version(table, order.number);
  table.close();
  vault::stop_carrying(order.relation, order.number);
  if (!as_it_is) null_values(order, table.owner());
  link_to_tree(order.relation, order.name);
  return as_it_is;
}

using ledger::text_argument;

std::string required(FunctionCallInfo fcinfo, int number) {
  std::optional<std::string> value = text_argument(fcinfo, number);
  if (!value) throw Refusal(code::invalid_parameter, "arguments of revive_column must not be null");
  return *value;
}

}  // namespace

bool revive_column(Oid relation, int number, const std::string& name, const std::string& type) {
  Order order;
  order.relation = relation;
  order.number = static_cast<AttrNumber>(number);
  order.name = name;
  order.type = type;
  order.values_valid = true;
  return revive(std::move(order));
}

}  // namespace xc

XC_FUNCTION(xc_revive_column) {
  if (PG_ARGISNULL(0) || PG_ARGISNULL(1)) PG_RETURN_NULL();
  xc::Order order;
  order.relation = PG_GETARG_OID(0);
  order.number = PG_GETARG_INT16(1);
  order.name = xc::unquoted(xc::required(fcinfo, 2));
  order.type = xc::required(fcinfo, 3);
  order.collation = xc::text_argument(fcinfo, 4);
  order.values_valid = !PG_ARGISNULL(5) && PG_GETARG_BOOL(5);
  order.missing = xc::text_argument(fcinfo, 6);
  if (order.number <= 0) xc::refuse(order, "not a column number");
  PG_RETURN_BOOL(xc::revive(order));
}
