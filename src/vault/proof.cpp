// See proof.hpp.
#include "vault/proof.hpp"

#include <set>

#include "apply/reach.hpp"
#include "kind/type_change.hpp"
#include "ledger/reading.hpp"
#include "pg/attempt.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/query.hpp"
#include "pg/table.hpp"
#include "vault/records.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/table.h"
#include "access/transam.h"
#include "parser/parse_type.h"
}

namespace xc::vault {

namespace {

std::set<Oid>& made() {
  static std::set<Oid> instance;
  return instance;
}

bool is_written_before(const pg::Row& row, TransactionId when) {
  return TransactionIdPrecedes(HeapTupleHeaderGetRawXmin(row.tuple()->t_data), when);
}

// Brought back with its OIDs, by a rollback since: of the same definition, and the same parts (labels of an enum).
bool is_back(const ledger::DroppedColumn& column, Oid type) {
  if (made().contains(type)) return true;
  const auto now = ledger::recorded(Address{TypeRelationId, type});
  if (!now || !now->blob) return false;
  const auto then = ledger::recorded(now->key, column.seq - 1);
  return then && then->address == now->address && then->blob == now->blob && then->parts == now->parts;
}

bool is_it(const ledger::DroppedColumn& column, Oid type, TransactionId drop);

// A composite type can change its attributes while no live column holds it; each change writes their rows anew.
bool has_its_attributes(const ledger::DroppedColumn& column, Oid relation, TransactionId drop) {
  for (int number = 1;; ++number) {
    const auto row = pg::attribute(relation, number);
    if (!row) return true;
    const auto& form = row->form<FormData_pg_attribute>();
    if (!is_written_before(*row, drop) || form.attisdropped || !is_it(column, form.atttypid, drop)) return false;
  }
}

// The type itself, and what it is made of, as far as values carry OIDs of it. A domain's values are its base type's.
bool is_it(const ledger::DroppedColumn& column, Oid type, TransactionId drop) {
  if (type < FirstNormalObjectId) return true;
  const auto row = pg::find(TYPEOID, type);
  if (!row) return false;
  const auto& form = row->form<FormData_pg_type>();
  if (form.typtype == TYPTYPE_DOMAIN) return is_it(column, form.typbasetype, drop);
  if (!is_written_before(*row, drop)) return form.typtype == TYPTYPE_ENUM && is_back(column, type);
  if (form.typtype == TYPTYPE_COMPOSITE) return has_its_attributes(column, form.typrelid, drop);
  return !OidIsValid(form.typelem) || is_it(column, form.typelem, drop);
}

}  // namespace

std::optional<TransactionId> time_of_drop(const ledger::DroppedColumn& column) {
  const ledger::Reading scope;
  const auto found = pg::query("SELECT transaction_id FROM xconnect.change WHERE seq = $1", {pg::arg(column.seq)});
  if (found.empty() || !found[0][0]) return {};
  return XidFromFullTransactionId(FullTransactionIdFromU64(std::stoull(*found[0][0])));
}

bool were_written_with(const ledger::DroppedColumn& column, Oid type) {
  if (column.type != type) return false;
  const auto drop = time_of_drop(column);
  return drop && is_it(column, type, *drop);
}

std::set<Oid> types_of_dropped_columns() {
  constexpr int of_relation = 1, of_column = 2, of_type = 4;
  std::set<Oid> types;
  for (const pg::Row& row : pg::table_scan(pg::relation_named("xconnect", "dropped_column"))) {
    const Oid type = DatumGetObjectId(row.datum(of_type));
    if (type < FirstNormalObjectId || types.contains(type)) continue;
    const auto column = pg::attribute(DatumGetObjectId(row.datum(of_relation)), static_cast<int>(DatumGetInt64(row.datum(of_column))));
    if (column && column->form<FormData_pg_attribute>().attisdropped) types.insert(type);
  }
  return types;
}

std::set<Oid> types_in_vault() {
  std::set<Oid> types;
  for (const Record& record : waiting()) {
    for (const Json& column : record.layout.items()) {
      for (const Json& type : column["holds"].items()) types.insert(static_cast<Oid>(type.integer()));
    }
  }
  return types;
}

namespace {

// By way of their text, which is what the casts between built-in types that keep values come to.
bool are_values_of(Oid relation, AttrNumber column, Oid from, const std::string& type) {
  const auto failure = pg::attempt([&] {
    pg::call([&] {
      Oid to = InvalidOid;
      int32 modifier = -1;
#if PG_VERSION_NUM >= 160000
      (void)parseTypeString(type.c_str(), &to, &modifier, nullptr);
#else
      parseTypeString(type.c_str(), &to, &modifier, false);
#endif
      Oid output = InvalidOid, input = InvalidOid, element = InvalidOid;
      bool varies = false;
      getTypeOutputInfo(from, &output, &varies);
      getTypeInputInfo(to, &input, &element);
      Relation table = table_open(relation, AccessShareLock);
      if (RELKIND_HAS_TABLE_AM(table->rd_rel->relkind)) {
        read_rows(table, [&](TupleTableSlot* slot) {
          bool null = false;
          const Datum value = slot_getattr(slot, column, &null);
          if (!null) (void)OidInputFunctionCall(input, OidOutputFunctionCall(output, value), element, modifier);
        });
      }
      table_close(table, AccessShareLock);
    });
  });
  return !failure;
}

}  // namespace

std::optional<std::string> written_as(Oid relation, int column, const std::string& type) {
  const auto row = pg::attribute(relation, column);
  if (!row || !row->form<FormData_pg_attribute>().attisdropped) return {};
  const auto noted = ledger::dropped_column(relation, column);
  if (!noted || noted->type == 0 || noted->type >= FirstNormalObjectId) return {};
  const std::string then = pg::type_name(noted->type, row->form<FormData_pg_attribute>().atttypmod);
  const TypeChange change = type_change(then, type);
  if (then == type || !change.keeps_values || !were_written_with(*noted, noted->type)) return {};
  if (change.rewrites && !are_values_of(relation, static_cast<AttrNumber>(column), noted->type, type)) return {};
  return then;
}

void made_again(Oid type) { made().insert(type); }
void forget_made() { made().clear(); }

}  // namespace xc::vault
