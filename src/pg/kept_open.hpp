// Tables and indexes that stay open for a while: sealing one change reads the same few tables and catalogs fifty times,
// and a third of such a read is finding the table, locking and opening it, and undoing that.
#pragma once

#include <optional>

#include "pg/call.hpp"

namespace pg {

// While one exists, what the scans of table.hpp and catalog.hpp open stays open. Scans inside a subtransaction that
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

// What relation_named() found while relations stay open.
std::optional<Oid> remembered_name(const char* schema, const char* name);
void remember_name(const char* schema, const char* name, Oid oid);

}  // namespace pg
