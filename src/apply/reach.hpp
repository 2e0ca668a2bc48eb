// Where values of a type can be stored, also inside arrays, domains, composites and ranges.
#pragma once

#include <map>
#include <set>

#include "pg/call.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/tableam.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"
}

namespace xc {

struct Reach {
  struct Dependent {
    Oid catalog;
    Oid object;
    int column;
    auto operator<=>(const Dependent&) const = default;
  };
  std::set<Oid> types;                         // the type and all types that contain it
  std::map<Oid, std::set<AttrNumber>> tables;  // relations with storage or statistics, and their columns of such types
  std::set<Dependent> dependents;              // everything that refers to one of the types
};

std::set<Oid> types_that_contain(Oid type);  // and the type itself

// Takes the lock on all tables concerned, in OID order.
Reach lock_reach(Oid type, LOCKMODE mode);

// Partitioned and foreign tables have no rows of their own.
bool stores_rows(Oid relation);
bool is_other_sessions_temporary(Oid relation);

// Calls read(slot) for all rows of a table that is locked, in memory that lasts for one row. Plain data and server calls
// only: for use inside pg::call.
template <class Read>
void read_rows(Relation table, Read read) {
  Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
  TableScanDesc scan = table_beginscan(table, snapshot, 0, nullptr);
  TupleTableSlot* slot = table_slot_create(table, nullptr);
  MemoryContext row_memory = AllocSetContextCreate(CurrentMemoryContext, "xconnect row", ALLOCSET_DEFAULT_SIZES);
  while (table_scan_getnextslot(scan, ForwardScanDirection, slot)) {
    CHECK_FOR_INTERRUPTS();
    MemoryContext outer = MemoryContextSwitchTo(row_memory);
    read(slot);
    MemoryContextSwitchTo(outer);
    MemoryContextReset(row_memory);
  }
  MemoryContextDelete(row_memory);
  ExecDropSingleTupleTableSlot(slot);
  table_endscan(scan);
  UnregisterSnapshot(snapshot);
}

}  // namespace xc
