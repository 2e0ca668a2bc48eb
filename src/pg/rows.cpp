// See rows.hpp.
#include "pg/rows.hpp"

#include "pg/call.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "storage/bufmgr.h"
#include "utils/relcache.h"
}

namespace pg {

namespace {

// The table's statistics count its users' scans, so they are put aside for ours.
bool has_row(Relation table) {
  const bool enabled = table->pgstat_enabled;
  auto* const counts = table->pgstat_info;
  table->pgstat_enabled = false;
  table->pgstat_info = nullptr;
  volatile bool found = false;
  PG_TRY();
  {
    TupleTableSlot* slot = table_slot_create(table, nullptr);
    TableScanDesc scan = table_beginscan(table, SnapshotSelf, 0, nullptr);
    found = table_scan_getnextslot(scan, ForwardScanDirection, slot);
    table_endscan(scan);
    ExecDropSingleTupleTableSlot(slot);
  }
  PG_FINALLY();
  {
    table->pgstat_enabled = enabled;
    table->pgstat_info = counts;
  }
  PG_END_TRY();
  return found;
}

}  // namespace

std::int64_t rows_in(Oid relation) {
  return call([&]() -> std::int64_t {
    if (get_rel_relkind(relation) != RELKIND_RELATION) return 0;
    Relation opened = RelationIdGetRelation(relation);
    if (!RelationIsValid(opened)) return 0;
    std::int64_t found = 0;
    if (opened->rd_rel->relpersistence != RELPERSISTENCE_TEMP &&
        RelationGetNumberOfBlocks(opened) > 0 && has_row(opened)) {
      found = opened->rd_rel->reltuples > 1 ? static_cast<std::int64_t>(opened->rd_rel->reltuples) : 1;
    }
    RelationClose(opened);
    return found;
  });
}

}  // namespace pg
