// See kept_open.hpp.
#include "pg/kept_open.hpp"

#include <cstring>
#include <exception>
#include <utility>

#include "pg/scope.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/genam.h"
#include "access/relation.h"
#include "access/tableam.h"
#include "catalog/catalog.h"
#include "utils/resowner.h"
}

namespace pg {

namespace {

// With the resource owner that answers for them. Plain arrays: they are filled where a longjmp may pass.
struct Kept {
  static constexpr int most = 64;
  struct Opened {
    Relation relation;
    TupleDesc shape;
    KeptScan scan;  // of an index
  };
  struct Name {
    NameData schema;
    NameData name;
    Oid oid;
  };
  ResourceOwner owner = nullptr;
  Opened opened[most] = {};
  int opened_count = 0;
  Name names[most] = {};
  int name_count = 0;
  pg_cryptohash_ctx* hashing = nullptr;
};
constinit Kept kept;

Kept::Opened* find_kept(Oid oid) {
  if (!is_kept_open()) return nullptr;
  for (int i = 0; i < kept.opened_count; ++i) {
    if (RelationGetRelid(kept.opened[i].relation) == oid) return &kept.opened[i];
  }
  return nullptr;
}

void end_scan(KeptScan& kept_scan) {
  if (kept_scan.scan == nullptr) return;
  index_endscan(kept_scan.scan);
  ExecDropSingleTupleTableSlot(kept_scan.slot);
  kept_scan = {};
}

void close_catalogs(int first) {
  int rest = first;
  for (int i = first; i < kept.opened_count; ++i) {
    if (IsCatalogRelationOid(RelationGetRelid(kept.opened[i].relation))) relation_close(kept.opened[i].relation, AccessShareLock);
    else kept.opened[rest++] = kept.opened[i];
  }
  kept.opened_count = rest;
}

}  // namespace

bool is_kept_open() { return kept.owner != nullptr && kept.owner == CurrentResourceOwner; }

Relation open_kept(Oid oid, bool is_index) {
  if (const Kept::Opened* found = find_kept(oid)) return found->relation;
  Relation relation = is_index ? index_open(oid, AccessShareLock) : table_open(oid, AccessShareLock);
  if (is_kept_open() && kept.opened_count < Kept::most) kept.opened[kept.opened_count++] = {relation, nullptr, {}};
  return relation;
}

void close_kept(Relation relation) {
  if (find_kept(RelationGetRelid(relation)) == nullptr) relation_close(relation, AccessShareLock);
}

TupleDesc shape_of(Relation relation) {
  Kept::Opened* found = find_kept(RelationGetRelid(relation));
  if (found == nullptr) return CreateTupleDescCopy(RelationGetDescr(relation));
  if (found->shape == nullptr) {
    MemoryContext outer = MemoryContextSwitchTo(TopTransactionContext);
    found->shape = CreateTupleDescCopy(RelationGetDescr(relation));
    MemoryContextSwitchTo(outer);
  }
  return found->shape;
}

namespace {

// What an index allocates while it is scanned belongs to the scan.
class InScansMemory {
 public:
  InScansMemory() : outer_(MemoryContextSwitchTo(TopTransactionContext)) {}
  ~InScansMemory() { MemoryContextSwitchTo(outer_); }
  InScansMemory(const InScansMemory&) = delete;
  InScansMemory& operator=(const InScansMemory&) = delete;

 private:
  MemoryContext outer_;
};

// As systable_beginscan_ordered() does it: keys come with columns of the table.
void set_columns(Relation index, ScanKeyData* keys, int count) {
  for (int i = 0; i < count; ++i) {
    int column = 0;
    while (index->rd_index->indkey.values[column] != keys[i].sk_attno) {
      if (++column == IndexRelationGetNumberOfAttributes(index)) elog(ERROR, "column is not in index");
    }
    keys[i].sk_attno = static_cast<AttrNumber>(column + 1);
  }
}

}  // namespace

KeptScan* begin_kept_scan(Relation table, Relation index, ScanKeyData* keys, int count) {
  Kept::Opened* found = find_kept(RelationGetRelid(index));
  if (found == nullptr || found->scan.in_use || find_kept(RelationGetRelid(table)) == nullptr) return nullptr;
  KeptScan& kept_scan = found->scan;
  const InScansMemory in_scans_memory;
  if (kept_scan.scan != nullptr && kept_scan.scan->numberOfKeys != count) end_scan(kept_scan);
  if (kept_scan.scan == nullptr) {
    kept_scan.slot = table_slot_create(table, nullptr);
#if PG_VERSION_NUM >= 180000
    kept_scan.scan = index_beginscan(table, index, SnapshotSelf, nullptr, count, 0);
#else
    kept_scan.scan = index_beginscan(table, index, SnapshotSelf, count, 0);
#endif
  }
  set_columns(index, keys, count);
  index_rescan(kept_scan.scan, keys, count, nullptr, 0);
  kept_scan.in_use = true;
  return &kept_scan;
}

HeapTuple next(const KeptScan& kept_scan, ScanDirection direction) {
  const InScansMemory in_scans_memory;
  if (!index_getnext_slot(kept_scan.scan, direction, kept_scan.slot)) return nullptr;
  bool is_copy = false;
  return ExecFetchSlotHeapTuple(kept_scan.slot, false, &is_copy);
}

void end_kept_scan(KeptScan* kept_scan) {
  const InScansMemory in_scans_memory;
  ExecClearTuple(kept_scan->slot);
  index_rescan(kept_scan->scan, nullptr, kept_scan->scan->numberOfKeys, nullptr, 0);  // lets go of its pages
  kept_scan->in_use = false;
}

pg_cryptohash_ctx* kept_hashing() {
  if (!is_kept_open()) return nullptr;
  if (kept.hashing == nullptr) kept.hashing = pg_cryptohash_create(PG_SHA256);
  return kept.hashing;
}

std::optional<Oid> remembered_name(const char* schema, const char* name) {
  if (!is_kept_open()) return std::nullopt;
  for (int i = 0; i < kept.name_count; ++i) {
    const Kept::Name& known = kept.names[i];
    if (std::strcmp(NameStr(known.name), name) == 0 && std::strcmp(NameStr(known.schema), schema) == 0) return known.oid;
  }
  return std::nullopt;
}

void remember_name(const char* schema, const char* name, Oid oid) {
  if (!is_kept_open() || kept.name_count == Kept::most) return;
  Kept::Name& known = kept.names[kept.name_count++];
  namestrcpy(&known.schema, schema);
  namestrcpy(&known.name, name);
  known.oid = oid;
}

KeptOpen::KeptOpen()
    : exceptions_(std::uncaught_exceptions()), outermost_(kept.owner == nullptr), first_(kept.opened_count) {
  if (outermost_) kept.owner = CurrentResourceOwner;
}

// After an error the server's abort closes them.
KeptOpen::~KeptOpen() {
  if (!outermost_) {
    if (!unwinding(exceptions_) && is_kept_open()) close_catalogs(first_);
    return;
  }
  const int count = kept.opened_count;
  pg_cryptohash_ctx* hashing = std::exchange(kept.hashing, nullptr);
  kept.opened_count = kept.name_count = 0;
  kept.owner = nullptr;
  if (unwinding(exceptions_)) return;
  for (int i = 0; i < count; ++i) end_scan(kept.opened[i].scan);
  for (int i = 0; i < count; ++i) relation_close(kept.opened[i].relation, AccessShareLock);
  if (hashing != nullptr) pg_cryptohash_free(hashing);
}

}  // namespace pg
