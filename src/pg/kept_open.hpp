// What stays open for a while: sealing one change reads the same few tables and catalogs fifty times, and half of such a
// read is finding the table, locking and opening it, beginning a scan, and undoing that.
#pragma once

#include <optional>

#include "pg/call.hpp"

extern "C" {
#include "access/relscan.h"
#include "common/cryptohash.h"
#include "executor/tuptable.h"
}

namespace pg {

// While one exists, what the scans of table.hpp and catalog.hpp open stays open, scans of table.hpp by index among it. Scans inside a subtransaction that
// began later open for themselves. Not for a time in which the tables that are read are altered. One inside another keeps
// catalogs open for its own time only: a backend has room for 16 locks of its own, the others are in a table of all.
class KeptOpen {
 public:
  KeptOpen();
  ~KeptOpen();
  KeptOpen(const KeptOpen&) = delete;
  KeptOpen& operator=(const KeptOpen&) = delete;

 private:
  int exceptions_;
  bool outermost_;
  int first_;  // of those that were opened since
};

// The rest is for scans, and called inside pg::call().

// Does an open relation stay open here?
bool is_kept_open();
Relation open_kept(Oid oid, bool is_index);
void close_kept(Relation relation);
// The shape of its rows, for as long as the rows of a scan may live.
TupleDesc shape_of(Relation relation);

// A scan of an index that stays begun: only its keys change from one use to the next.
struct KeptScan {
  IndexScanDesc scan = nullptr;
  TupleTableSlot* slot = nullptr;
  bool in_use = false;
};
// One of the table by the index with these keys (whose columns become those of the index), or null where none can stay, or
// it is in use. next(): the row, as it stands in its page, or null. end_kept_scan() lets go of it.
KeptScan* begin_kept_scan(Relation table, Relation index, ScanKeyData* keys, int count);
HeapTuple next(const KeptScan& kept_scan, ScanDirection direction);
void end_kept_scan(KeptScan* kept);

// A context for hashes that stays there, or null: to make one takes longer than to hash a tree node.
pg_cryptohash_ctx* kept_hashing();

// What relation_named() found while relations stay open.
std::optional<Oid> remembered_name(const char* schema, const char* name);
void remember_name(const char* schema, const char* name, Oid oid);

}  // namespace pg
