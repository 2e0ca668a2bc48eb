// Our own tables; see table.hpp.
#include "pg/table.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>

#include "pg/kept_open.hpp"
#include "pg/scope.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/heapam.h"
#include "access/relscan.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "executor/executor.h"
#include "storage/bufmgr.h"
}

namespace pg {

namespace {

RegProcedure comparison(const TableKey& key) {
  switch (key.value.type) {
    case INT8OID: return key.at_most ? F_INT8LE : key.at_least ? F_INT8GE : F_INT8EQ;
    case TIMESTAMPTZOID: return key.at_most ? F_TIMESTAMPTZ_LE : F_TIMESTAMPTZ_EQ;
    case TEXTOID: return F_TEXTEQ;
    case BYTEAOID: return F_BYTEAEQ;
    case OIDOID: return F_OIDEQ;
    default: throw std::logic_error("table.cpp cannot search by this type");
  }
}

struct Found {
  HeapTuple* tuples = nullptr;
  std::size_t count = 0;
  std::size_t capacity = 0;
  TupleDesc desc = nullptr;

  void add(HeapTuple tuple) {
    if (count == capacity) {
      capacity = capacity == 0 ? 4 : capacity * 2;
      const std::size_t bytes = capacity * sizeof(HeapTuple);
      tuples = static_cast<HeapTuple*>(tuples == nullptr ? palloc(bytes) : repalloc_huge(tuples, bytes));
    }
    tuples[count++] = heap_copytuple(tuple);
  }
};

std::vector<Row> rows_of(const Found& found) {
  std::vector<Row> rows;
  rows.reserve(found.count);
  for (std::size_t i = 0; i < found.count; ++i) rows.emplace_back(found.tuples[i], found.desc);
  return rows;
}

}  // namespace

Oid relation_named(const char* schema, const char* name) {
  if (const auto known = remembered_name(schema, name)) return *known;
  return call([&] {
    const Oid namespace_oid = get_namespace_oid(schema, true);
    const Oid relation = OidIsValid(namespace_oid) ? get_relname_relid(name, namespace_oid) : InvalidOid;
    if (OidIsValid(relation)) remember_name(schema, name, relation);
    return relation;
  });
}

namespace {

constexpr std::size_t most_keys = 4;

int init_keys(const std::vector<TableKey>& keys, ScanKeyData* scan_keys) {
  if (keys.size() > most_keys) throw std::logic_error("too many scan keys");
  int count = 0;
  for (const TableKey& key : keys) {
    const StrategyNumber strategy = key.at_most    ? BTLessEqualStrategyNumber
                                    : key.at_least ? BTGreaterEqualStrategyNumber
                                                   : BTEqualStrategyNumber;
    ScanKeyInit(&scan_keys[count++], static_cast<AttrNumber>(key.attribute), strategy, comparison(key), key.value.value);
  }
  return count;
}

// SnapshotSelf is not an MVCC snapshot: it sees what is committed now, and serializable transactions take no
// predicate locks for it, so two of them never fail because of each other's ledger rows.
struct Scan {
  Relation relation, index;
  TupleDesc shape;
  KeptScan* kept;  // else own
  SysScanDesc own;
};

Scan begin_scan(Oid table, Oid index, ScanKeyData* keys, int count) {
  Scan scan{};
  scan.relation = open_kept(table, false);
  scan.index = open_kept(index, true);
  scan.shape = shape_of(scan.relation);
  scan.kept = begin_kept_scan(scan.relation, scan.index, keys, count);
  if (scan.kept == nullptr) scan.own = systable_beginscan_ordered(scan.relation, scan.index, SnapshotSelf, count, keys);
  return scan;
}

HeapTuple next(const Scan& scan, ScanDirection direction) {
  return scan.kept != nullptr ? next(*scan.kept, direction) : systable_getnext_ordered(scan.own, direction);
}

void end_scan(const Scan& scan) {
  if (scan.kept != nullptr) end_kept_scan(scan.kept);
  else systable_endscan_ordered(scan.own);
  close_kept(scan.index);
  close_kept(scan.relation);
}

}  // namespace

std::vector<Row> table_scan(Oid table, Oid index, const std::vector<TableKey>& keys, bool backward, std::size_t limit) {
  ScanKeyData scan_keys[most_keys];
  const int count = init_keys(keys, scan_keys);
  const Found found = call([&] {
    Found result;
    const Scan scan = begin_scan(table, index, scan_keys, count);
    result.desc = scan.shape;
    while (HeapTuple tuple = next(scan, backward ? BackwardScanDirection : ForwardScanDirection)) {
      result.add(tuple);
      if (result.count == limit) break;
    }
    end_scan(scan);
    return result;
  });
  return rows_of(found);
}

namespace {

void look(Oid table, Oid index, const std::vector<TableKey>& keys, bool at_all, const std::function<void(const Row&)>& visit) {
  ScanKeyData scan_keys[most_keys];
  const int count = init_keys(keys, scan_keys);
  struct Look {
    Scan scan;
    HeapTuple tuple;
  };
  Look look = call([&] {
    Look result{};
    result.scan = begin_scan(table, index, scan_keys, count);
    result.tuple = next(result.scan, ForwardScanDirection);
    return result;
  });
  while (look.tuple != nullptr) {
    visit(Row(look.tuple, look.scan.shape));  // after an exception the server's abort ends the scan
    if (!at_all) break;
    look.tuple = call([&] { return next(look.scan, ForwardScanDirection); });
  }
  call([&] { end_scan(look.scan); });
}

}  // namespace

void table_look(Oid table, Oid index, const std::vector<TableKey>& keys, const std::function<void(const Row&)>& visit) {
  look(table, index, keys, false, visit);
}

void table_look_at_all(Oid table, Oid index, const std::vector<TableKey>& keys, const std::function<void(const Row&)>& visit) {
  look(table, index, keys, true, visit);
}

std::vector<Row> table_scan(Oid table) {
  const Found found = call([&] {
    Found result;
    Relation relation = open_kept(table, false);
    result.desc = shape_of(relation);
    SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, SnapshotSelf, 0, nullptr);
    while (HeapTuple tuple = systable_getnext(scan)) result.add(tuple);
    systable_endscan(scan);
    close_kept(relation);
    return result;
  });
  return rows_of(found);
}

bool has_pages(Oid table) {
  return call([&] {
    Relation relation = table_open(table, AccessShareLock);
    const bool pages = RelationGetNumberOfBlocks(relation) > 0;
    table_close(relation, AccessShareLock);
    return pages;
  });
}

void table_delete(Oid table, const Row& row) {
  call([&] {
    Relation relation = table_open(table, RowExclusiveLock);
    CatalogTupleDelete(relation, &row.tuple()->t_self);
    table_close(relation, RowExclusiveLock);
  });
}

namespace {

// As CatalogTupleInsertWithInfo() does it, which cannot insert without telling logical decoding.
void insert_into_indexes(HeapTuple tuple, Relation relation, CatalogIndexState indexes) {
  if (indexes->ri_NumIndices == 0) return;
  TupleTableSlot* slot = MakeSingleTupleTableSlot(RelationGetDescr(relation), &TTSOpsHeapTuple);
  ExecStoreHeapTuple(tuple, slot, false);
  for (int i = 0; i < indexes->ri_NumIndices; ++i) {
    Relation index = indexes->ri_IndexRelationDescs[i];
    IndexInfo* info = indexes->ri_IndexRelationInfo[i];
    Datum values[INDEX_MAX_KEYS];
    bool nulls[INDEX_MAX_KEYS];
    FormIndexDatum(info, slot, nullptr, values, nulls);
    index_insert(index, values, nulls, &tuple->t_self, relation, index->rd_index->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO, false, info);
  }
  ExecDropSingleTupleTableSlot(slot);
}

}  // namespace

Appender::Appender(Oid table) : exceptions_(std::uncaught_exceptions()), relation_(nullptr), indexes_(nullptr) {
  call([&] {
    relation_ = table_open(table, RowExclusiveLock);
    indexes_ = CatalogOpenIndexes(relation_);
  });
}

Appender::~Appender() {
  if (unwinding(exceptions_)) return;
  CatalogCloseIndexes(static_cast<CatalogIndexState>(indexes_));
  table_close(relation_, NoLock);
}

void Appender::row(const std::vector<Arg>& values) {
  constexpr std::size_t most = 40;
  if (values.size() > most) throw std::logic_error("too many columns");
  Datum datums[most] = {};
  bool nulls[most] = {};
  for (std::size_t i = 0; i < values.size(); ++i) {
    datums[i] = values[i].value;
    nulls[i] = values[i].null;
  }
  call([&] {
    HeapTuple tuple = heap_form_tuple(RelationGetDescr(relation_), datums, nulls);
    heap_insert(relation_, tuple, GetCurrentCommandId(true), HEAP_INSERT_NO_LOGICAL, nullptr);
    insert_into_indexes(tuple, relation_, static_cast<CatalogIndexState>(indexes_));
    heap_freetuple(tuple);
  });
}

Arg arg_time(std::int64_t timestamptz) { return {TIMESTAMPTZOID, Int64GetDatum(timestamptz), false}; }
Arg arg_oid(std::uint32_t oid) { return {OIDOID, ObjectIdGetDatum(oid), false}; }
Arg arg_int(int number) { return {INT4OID, Int32GetDatum(number), false}; }
Arg null_arg() { return {TEXTOID, 0, true}; }

Arg arg_int8_array(const std::vector<std::int64_t>& numbers, bool null_when_empty) {
  if (numbers.empty() && null_when_empty) return null_arg();
  std::vector<Datum> datums;
  datums.reserve(numbers.size());
  for (const std::int64_t number : numbers) datums.push_back(Int64GetDatum(number));
  const auto count = static_cast<int>(datums.size());
  Datum* data = datums.data();
  return {INT8ARRAYOID, call([&] {
            return PointerGetDatum(construct_array(data, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
          }),
          false};
}

Arg arg_text_array(const std::vector<std::string_view>& values) {
  if (values.empty()) return null_arg();
  std::vector<Datum> datums;
  datums.reserve(values.size());
  for (const std::string_view value : values) datums.push_back(arg(value).value);
  const auto count = static_cast<int>(datums.size());
  Datum* data = datums.data();
  return {TEXTARRAYOID, call([&] { return PointerGetDatum(construct_array(data, count, TEXTOID, -1, false, TYPALIGN_INT)); }), false};
}

Arg arg_int_array(const std::vector<int>& numbers) {
  if (std::all_of(numbers.begin(), numbers.end(), [](int number) { return number == 0; })) return null_arg();
  const auto count = static_cast<int>(numbers.size());
  const int* from = numbers.data();
  return {INT4ARRAYOID, call([&] {
            Datum* datums = static_cast<Datum*>(palloc(sizeof(Datum) * static_cast<Size>(count)));
            bool* nulls = static_cast<bool*>(palloc(sizeof(bool) * static_cast<Size>(count)));
            for (int i = 0; i < count; ++i) {
              datums[i] = Int32GetDatum(from[i]);
              nulls[i] = from[i] == 0;
            }
            int dims[1] = {count};
            int bounds[1] = {1};
            return PointerGetDatum(construct_md_array(datums, nulls, 1, dims, bounds, INT4OID, sizeof(int32), true, TYPALIGN_INT));
          }),
          false};
}

ByteaArray::ByteaArray(const Row& row, int column) {
  const auto datum = row.maybe(column);
  if (!datum) return;
  const ArrayType* array = DatumGetArrayTypeP(*datum);
  if (ARR_HASNULL(array) || ARR_ELEMTYPE(array) != BYTEAOID) return;
  count_ = static_cast<std::size_t>(call([&] { return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)); }));
  const char* const whole = reinterpret_cast<const char*>(array);
  bytes_ = {ARR_DATA_PTR(array), static_cast<std::size_t>(whole + VARSIZE(array) - ARR_DATA_PTR(array))};
}

void ByteaArray::each(const std::function<bool(std::string_view)>& visit) const {
  std::size_t at = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    const char* element = bytes_.data() + att_align_pointer(at, TYPALIGN_INT, -1, bytes_.data() + at);
    if (VARATT_IS_EXTENDED(element) && !VARATT_IS_SHORT(element)) throw std::runtime_error("an array that holds compressed values");
    const std::string_view value(VARDATA_ANY(element), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(element)));
    at = static_cast<std::size_t>(element - bytes_.data()) + VARSIZE_ANY(element);
    if (at > bytes_.size()) throw std::runtime_error("an array that ends too early");
    if (!visit(value)) return;
  }
}

void ByteaArrayWriter::add(std::string_view value) {
  char header[VARHDRSZ];
  SET_VARSIZE(header, VARHDRSZ + value.size());
  bytes_.append(header, sizeof header).append(value);
  bytes_.resize(INTALIGN(bytes_.size()));
  ++count_;
}

Arg ByteaArrayWriter::arg() const {
  const std::size_t size = ARR_OVERHEAD_NONULLS(1) + bytes_.size();
  ArrayType* array = call([&] { return static_cast<ArrayType*>(palloc0(size)); });
  SET_VARSIZE(array, size);
  array->ndim = 1;
  array->elemtype = BYTEAOID;
  ARR_DIMS(array)[0] = count_;
  ARR_LBOUND(array)[0] = 1;
  bytes_.copy(ARR_DATA_PTR(array), bytes_.size());
  return {BYTEAARRAYOID, PointerGetDatum(array), false};
}

void ByteaArrayWriter::clear() {
  bytes_.clear();
  count_ = 0;
}

std::vector<std::int64_t> int8_array(const Row& row, int column) {
  const auto datum = row.maybe(column);
  if (!datum) return {};
  struct Values {
    const std::int64_t* data;
    int count;
  };
  const Values values = call([&] {
    ArrayType* array = DatumGetArrayTypeP(*datum);
    return Values{reinterpret_cast<const std::int64_t*>(ARR_DATA_PTR(array)),
                  ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array))};
  });
  return {values.data, values.data + values.count};
}

}  // namespace pg
