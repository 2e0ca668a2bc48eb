// xconnect.add_foreign_key(table, name, definition, index): ADD CONSTRAINT lets a foreign key stand on the first unique
// index that fits its columns, and no statement names another one. It passes over those that are not valid, which the
// others are made to be meanwhile: they go on being kept up to date.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apply/surgery.hpp"
#include "core/refusal.hpp"
#include "ledger/reading.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/entry.hpp"
#include "pg/scope.hpp"
#include "pg/server.hpp"

extern "C" {
#include "storage/lmgr.h"
#include "utils/inval.h"
}

namespace xc {

namespace {

void look_again(Oid table) {
  pg::call([&] {
    CacheInvalidateRelcacheByRelid(table);
    CommandCounterIncrement();
  });
}

std::vector<Oid> other_valid_indexes(Oid table, Oid index) {
  std::vector<Oid> others;
  for (const pg::Row& row : pg::scan(IndexRelationId, IndexIndrelidIndexId, {pg::oid_key(Anum_pg_index_indrelid, table)})) {
    const auto& form = row.form<FormData_pg_index>();
    if (form.indisunique && form.indisvalid && form.indexrelid != index) others.push_back(form.indexrelid);
  }
  return others;
}

// Locked as ADD CONSTRAINT does, in its order.
void add_foreign_key(Oid table, const std::string& name, const std::string& definition, Oid index) {
  const pg::Pinned pinned(pg::Pinned::For::statements);
  const auto row = pg::find(INDEXRELID, index);
  if (!row) throw Refusal(code::invalid_parameter, "not an index");
  const Oid referenced = row->form<FormData_pg_index>().indrelid;
  pg::call([&] {
    LockRelationOid(table, ShareRowExclusiveLock);
    LockRelationOid(referenced, ShareRowExclusiveLock);
  });
  const std::vector<Oid> others = other_valid_indexes(referenced, index);
  for (const Oid other : others) set_index_flag(other, &FormData_pg_index::indisvalid, false);
  look_again(referenced);
  run_in_its_place(fmt::format("ALTER TABLE {} ADD CONSTRAINT {} {}", pg::relation_name(table), name, definition));
  for (const Oid other : others) set_index_flag(other, &FormData_pg_index::indisvalid, true);
  look_again(referenced);
}

}  // namespace

}  // namespace xc

XC_FUNCTION(xc_add_foreign_key) {
  xc::add_foreign_key(PG_GETARG_OID(0), xc::ledger::text_argument(fcinfo, 1).value(), xc::ledger::text_argument(fcinfo, 2).value(), PG_GETARG_OID(3));
  PG_RETURN_VOID();
}
