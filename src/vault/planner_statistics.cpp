// Rows of pg_statistic, kept as their bytes: their arrays are of the user's types, and nobody must be able to read them
// while these are gone.
#include <cstring>
#include <string>
#include <vector>

#include "pg/catalog.hpp"
#include "pg/table.hpp"
#include "vault/storage.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/heaptoast.h"
#include "catalog/heap.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_statistic.h"
#include "utils/syscache.h"
}

namespace xc::vault {

namespace {

Oid kept_table() { return pg::relation_named("xconnect", "vault_statistic"); }

std::vector<pg::Row> kept_rows(Oid store) {
  return pg::table_scan(kept_table(), pg::relation_named("xconnect", "vault_statistic_store_idx"), {{1, pg::arg_oid(store)}});
}

// They are looked up by the planner.
bool has_its_operators(const FormData_pg_statistic& form) {
  for (const Oid op : {form.staop1, form.staop2, form.staop3, form.staop4, form.staop5}) {
    if (OidIsValid(op) && !SearchSysCacheExists1(OPEROID, ObjectIdGetDatum(op))) return false;
  }
  return true;
}

}  // namespace

void keep_statistics(Oid table, Oid store) {
  const auto rows = pg::scan(StatisticRelationId, StatisticRelidAttnumInhIndexId, {pg::oid_key(Anum_pg_statistic_starelid, table)});
  if (rows.empty()) return;
  pg::Appender kept(kept_table());
  for (const pg::Row& row : rows) {
    const HeapTuple whole = pg::call([&] {
      Relation catalog = table_open(StatisticRelationId, AccessShareLock);
      HeapTuple flat = toast_flatten_tuple(row.tuple(), RelationGetDescr(catalog));
      table_close(catalog, AccessShareLock);
      return flat;
    });
    kept.row({pg::arg_oid(store), pg::arg_bytes({reinterpret_cast<const char*>(whole->t_data), whole->t_len})});
  }
}

void give_statistics(Oid store, Oid table) {
  const auto all = kept_rows(store);
  if (!all.empty()) pg::call([&] { RemoveStatistics(table, 0); });
  for (const pg::Row& kept : all) {
    const std::string bytes = kept.text(2);
    pg::call([&] {
      Relation catalog = table_open(StatisticRelationId, RowExclusiveLock);
      const TupleDesc desc = RelationGetDescr(catalog);
      auto* tuple = static_cast<HeapTuple>(palloc0(HEAPTUPLESIZE + bytes.size()));
      tuple->t_len = static_cast<uint32>(bytes.size());
      tuple->t_data = reinterpret_cast<HeapTupleHeader>(reinterpret_cast<char*>(tuple) + HEAPTUPLESIZE);
      memcpy(tuple->t_data, bytes.data(), bytes.size());
      // Another version of the server has another catalog.
      if (HeapTupleHeaderGetNatts(tuple->t_data) == desc->natts &&
          has_its_operators(*reinterpret_cast<const FormData_pg_statistic*>(GETSTRUCT(tuple)))) {
        Datum values[Natts_pg_statistic];
        bool nulls[Natts_pg_statistic];
        heap_deform_tuple(tuple, desc, values, nulls);
        values[Anum_pg_statistic_starelid - 1] = ObjectIdGetDatum(table);
        CatalogTupleInsert(catalog, heap_form_tuple(desc, values, nulls));
      }
      table_close(catalog, RowExclusiveLock);
    });
  }
}

void forget_statistics(Oid store) {
  for (const pg::Row& kept : kept_rows(store)) pg::table_delete(kept_table(), kept);
}

}  // namespace xc::vault
