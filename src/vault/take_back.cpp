// xconnect.take_back(): out of the vault; see vault.hpp.
//
// The new table must have the same physical columns, and the very types that the rows were written with: values of
// enums, composite types, arrays and ranges hold the OIDs of their types.
#include <optional>
#include <string>

#include <fmt/format.h>

#include "apply/surgery.hpp"
#include "core/refusal.hpp"
#include "ledger/ledger.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/encoding.hpp"
#include "pg/entry.hpp"
#include "pg/rows.hpp"
#include "pg/scope.hpp"
#include "pg/table.hpp"
#include "vault/carry.hpp"
#include "vault/kept_indexes.hpp"
#include "vault/layout.hpp"
#include "vault/records.hpp"
#include "vault/storage.hpp"
#include "vault/vault.hpp"
#include "pg/server.hpp"

extern "C" {
#include "storage/lmgr.h"
}

namespace xc::vault {

namespace {

[[noreturn]] void refuse(Oid table, const std::string& why) {
  throw Refusal(code::unsupported, fmt::format("{} cannot take its rows back: {}", pg::relation_name(table), why))
      .hint("SELECT * FROM xc_vault();");
}

bool same_shape(const FormData_pg_attribute& a, const FormData_pg_attribute& b) {
  return a.attlen == b.attlen && a.attbyval == b.attbyval && a.attalign == b.attalign;
}

bool has_values_of(const FormData_pg_attribute& column, const Json& kept) {
  const Oid type = type_in_values(column.atttypid);
  const Oid element = pg::call([&] { return get_element_type(type); });
  if (kept.has("element") || OidIsValid(element)) return kept["element"].integer() == std::int64_t{element};
  return kept["type"].integer() == std::int64_t{type};
}

void require_same_columns(Oid table, const Record& record) {
  const Json::Array& columns = record.layout.items();
  const int count = static_cast<int>(columns.size());
  // What came since, and is gone again, they do without.
  for (int number = count + 1;; ++number) {
    const auto newer = pg::attribute(table, number);
    if (!newer) break;
    if (!newer->form<FormData_pg_attribute>().attisdropped) refuse(table, "it has more columns than they");
  }
  for (int number = 1; number <= count; ++number) {
    const Json& kept = columns[static_cast<std::size_t>(number - 1)];
    const auto now = pg::attribute(table, number);
    const auto then = pg::attribute(record.store, number);
    if (!now || !then) refuse(table, "it has fewer columns than they");
    const auto& form = now->form<FormData_pg_attribute>();
    if (kept.has("unreadable")) refuse(table, kept["unreadable"].str());
    if (form.attisdropped != kept["dropped"].truth() || !same_shape(form, then->form<FormData_pg_attribute>())) {
      refuse(table, fmt::format("column {} is another one", number));
    }
    if (!form.attisdropped && !has_values_of(form, kept)) {
      refuse(table, fmt::format("the type of column {} is not the one that its values were written with",
                                pg::quoted(pg::name_of(form.attname))));
    }
  }
}

void require_same_place(Oid table, Oid store) {
  const auto now = pg::find(RELOID, table);
  const auto then = pg::find(RELOID, store);
  if (!now || !then) refuse(table, "they are not in the vault any more");
  const auto& a = now->form<FormData_pg_class>();
  const auto& b = then->form<FormData_pg_class>();
  if (a.relam != b.relam) refuse(table, "its access method is another one");
  if (a.reltablespace != b.reltablespace) refuse(table, "it is in another tablespace");
  if (a.relpersistence != b.relpersistence) refuse(table, "it is logged, or unlogged, and they were not");
  if (pg::rows_in(table) > 0) refuse(table, "it has rows already");
}

// The placeholders know the shape of the values only; xconnect.revive_column() asks for more.
void describe_placeholder(pg::Row& row, const Json& kept) {
  auto& form = *reinterpret_cast<Form_pg_attribute>(GETSTRUCT(row.tuple()));
  form.atttypmod = static_cast<int32>(kept["modifier"].integer());
  form.attndims = static_cast<decltype(form.attndims)>(kept["dimensions"].integer());
  form.attcollation = static_cast<Oid>(kept["collation"].integer());
  update_column(row.tuple());
}

// Of columns that the table does not have, or not yet again: their values are in the rows.
void note_dropped_columns(Oid table, const Record& record) {
  for (std::size_t i = 0; i < record.layout.items().size(); ++i) {
    const Json& kept = record.layout.items()[i];
    const int number = static_cast<int>(i + 1);
    auto row = pg::attribute(table, number);
    if (!row || !row->form<FormData_pg_attribute>().attisdropped) continue;
    describe_placeholder(*row, kept);
    if (record.relation != table) ledger::copy_dropped_column(record.relation, table, number);
  }
}

// The trigger that took values of dropped columns along went with the table.
void carry_again(Oid table, const Record& record) {
  for (std::size_t i = 0; i < record.layout.items().size(); ++i) {
    const Json& kept = record.layout.items()[i];
    const auto row = pg::attribute(table, static_cast<int>(i + 1));
    if (!kept.has("carried") || !row || !row->form<FormData_pg_attribute>().attisdropped) continue;
    const Json& then = kept["carried"];
    carry(table, {static_cast<int>(i + 1), InvalidOid, static_cast<int>(then["of"].integer()), then["bytes"].integer(), then["since"].integer(), then["key"].str()});
  }
}

std::int64_t take_back(Oid table, Oid store) {
  const Record record = record_of_store(store);
  taking_back = store;
  {
    const AlteredTable locked(table);
    pg::call([&] { LockRelationOid(store, AccessExclusiveLock); });
  }
  require_same_place(table, store);
  require_same_columns(table, record);
  for (std::size_t i = 1; i <= record.layout.items().size(); ++i) copy_missing_value(store, table, static_cast<AttrNumber>(i));
  pg::call([] { CommandCounterIncrement(); });
  note_dropped_columns(table, record);
  free_indexes(store, table);
  move_from_vault(store, table);
  carry_again(table, record);
  if (record.by == By::truncate) take_back_values(table, record);
  end(record, "taken back", table);
  taking_back = InvalidOid;
  return record.rows.value_or(0);
}

}  // namespace

}  // namespace xc::vault

XC_FUNCTION(xc_take_back) {
  const std::int64_t rows = xc::vault::take_back(PG_GETARG_OID(0), PG_GETARG_OID(1));
  PG_RETURN_INT64(rows);
}
