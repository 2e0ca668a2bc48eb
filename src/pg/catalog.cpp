// See catalog.hpp.
#include "pg/catalog.hpp"

#include <array>
#include <stdexcept>
#include <unordered_map>

#include "pg/kept_open.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/sysattr.h"
#include "catalog/index.h"
#include "catalog/pg_cast.h"
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#endif
#include "parser/parse_coerce.h"
#include "parser/parse_type.h"
#include "utils/catcache.h"
}

namespace pg {

namespace {

// Catalogs' row shapes never change while the server runs, so one copy a backend is enough.
TupleDesc desc_of(Oid catalog) {
  static std::unordered_map<Oid, TupleDesc> cache;
  const auto found = cache.find(catalog);
  if (found != cache.end()) return found->second;
  TupleDesc desc = call([&] {
    Relation relation = table_open(catalog, AccessShareLock);
    MemoryContext outer = MemoryContextSwitchTo(TopMemoryContext);
    TupleDesc copy = CreateTupleDescCopy(RelationGetDescr(relation));
    MemoryContextSwitchTo(outer);
    table_close(relation, AccessShareLock);
    return copy;
  });
  cache[catalog] = desc;
  return desc;
}

Oid catalog_of(int cache) {
  switch (cache) {
    case RELOID: return RelationRelationId;
    case ATTNUM: return AttributeRelationId;
    case TYPEOID: return TypeRelationId;
    case PROCOID: return ProcedureRelationId;
    case CONSTROID: return ConstraintRelationId;
    case INDEXRELID: return IndexRelationId;
    case NAMESPACEOID: return NamespaceRelationId;
    case AUTHOID: return AuthIdRelationId;
    case COLLOID: return CollationRelationId;
    case LANGOID: return LanguageRelationId;
    case SEQRELID: return SequenceRelationId;
    case RANGETYPE: return RangeRelationId;
    case STATEXTOID: return StatisticExtRelationId;
    case PARTRELID: return PartitionedRelationId;
    case TABLESPACEOID: return TableSpaceRelationId;
    case AMOID: return AccessMethodRelationId;
    default: break;
  }
  throw std::logic_error("catalog.cpp does not know this system cache");
}

constexpr std::array<RegProcedure, 5> equal_function = {F_OIDEQ, F_INT2EQ, F_INT4EQ, F_CHAREQ, F_NAMEEQ};

}  // namespace

bool Row::null(int attribute) const { return heap_attisnull(tuple_, attribute, desc_); }

std::optional<Datum> Row::maybe(int attribute) const {
  bool is_null = false;
  const Datum value = heap_getattr(tuple_, attribute, desc_, &is_null);
  if (is_null) return std::nullopt;
  if (TupleDescAttr(desc_, attribute - 1)->attlen == -1) {
    return call([&] { return PointerGetDatum(PG_DETOAST_DATUM(value)); });
  }
  return value;
}

Datum Row::datum(int attribute) const {
  const std::optional<Datum> value = maybe(attribute);
  if (!value) throw std::runtime_error("unexpected null in a catalog row");
  return *value;
}

std::string Row::text(int attribute) const {
  const std::optional<Datum> value = maybe(attribute);
  if (!value) return {};
  const Oid type = TupleDescAttr(desc_, attribute - 1)->atttypid;
  if (type == NAMEOID) return NameStr(*DatumGetName(*value));
  const auto* bytes = reinterpret_cast<const varlena*>(DatumGetPointer(*value));
  return std::string(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

HeapTuple Row::modified(const std::vector<Value>& values) const {
  return call([&] {
    const auto count = static_cast<std::size_t>(desc_->natts);
    auto* datums = static_cast<Datum*>(palloc0(count * sizeof(Datum)));
    auto* nulls = static_cast<bool*>(palloc0(count));
    auto* replaces = static_cast<bool*>(palloc0(count));
    for (const auto& [attribute, value] : values) {
      datums[attribute - 1] = value.value_or(0);
      nulls[attribute - 1] = !value;
      replaces[attribute - 1] = true;
    }
    return heap_modify_tuple(tuple_, desc_, datums, nulls, replaces);
  });
}

bool Row::is_ours() const {
  const TransactionId writer = HeapTupleHeaderGetXmin(tuple_->t_data);
  return TransactionIdIsCurrentTransactionId(writer);
}

std::optional<Row> find(int cache, Datum key1, Datum key2, Datum key3, Datum key4) {
  HeapTuple copy = call([&]() -> HeapTuple {
    HeapTuple tuple = SearchSysCache(cache, key1, key2, key3, key4);
    if (!HeapTupleIsValid(tuple)) return nullptr;
    HeapTuple result = heap_copytuple(tuple);
    ReleaseSysCache(tuple);
    return result;
  });
  if (copy == nullptr) return std::nullopt;
  return Row(copy, desc_of(catalog_of(cache)));
}

std::vector<Row> scan(Oid catalog, Oid index, std::initializer_list<Key> keys) {
  struct Found {
    HeapTuple* tuples;
    std::size_t count;
  };
  std::array<ScanKeyData, 4> scan_keys{};
  int key_count = 0;
  for (const Key& key : keys) {
    ScanKeyInit(&scan_keys[static_cast<std::size_t>(key_count++)], static_cast<AttrNumber>(key.attribute),
                BTEqualStrategyNumber, equal_function[static_cast<std::size_t>(key.type)], key.value);
  }
  const Found found = call([&] {
    Relation relation = open_kept(catalog, false);
    // Only an ordered scan takes an index that is open already, and unlike the other it fails where that is out of use.
    const bool by_index = OidIsValid(index) && !IgnoreSystemIndexes && !ReindexIsProcessingIndex(index);
    Relation opened = by_index && is_kept_open() ? open_kept(index, true) : nullptr;
    SysScanDesc scan = opened != nullptr
                           ? systable_beginscan_ordered(relation, opened, nullptr, key_count, scan_keys.data())
                           : systable_beginscan(relation, index, OidIsValid(index), nullptr, key_count, scan_keys.data());
    std::size_t capacity = 16;
    std::size_t count = 0;
    auto* tuples = static_cast<HeapTuple*>(palloc(capacity * sizeof(HeapTuple)));
    const auto next = [&] {
      return opened != nullptr ? systable_getnext_ordered(scan, ForwardScanDirection) : systable_getnext(scan);
    };
    while (HeapTuple tuple = next()) {
      if (count == capacity) {
        capacity *= 2;
        tuples = static_cast<HeapTuple*>(repalloc_huge(tuples, capacity * sizeof(HeapTuple)));
      }
      tuples[count++] = heap_copytuple(tuple);
    }
    if (opened != nullptr) {
      systable_endscan_ordered(scan);
      close_kept(opened);
    } else {
      systable_endscan(scan);
    }
    close_kept(relation);
    return Found{tuples, count};
  });
  const TupleDesc desc = desc_of(catalog);
  std::vector<Row> rows;
  rows.reserve(found.count);
  for (std::size_t i = 0; i < found.count; ++i) rows.emplace_back(found.tuples[i], desc);
  return rows;
}

std::optional<Row> row_of(Oid catalog, Oid object) {
  HeapTuple copy = call([&]() -> HeapTuple {
    const int cache = get_object_catcache_oid(catalog);
    if (cache >= 0) return SearchSysCacheCopy1(cache, ObjectIdGetDatum(object));
    Relation relation = table_open(catalog, AccessShareLock);
    HeapTuple tuple = get_catalog_object_by_oid(relation, get_object_attnum_oid(catalog), object);
    if (HeapTupleIsValid(tuple)) tuple = heap_copytuple(tuple);
    table_close(relation, AccessShareLock);
    return tuple;
  });
  if (copy == nullptr) return std::nullopt;
  return Row(copy, desc_of(catalog));
}

std::vector<Oid> oids_of(Oid catalog, std::initializer_list<Key> keys) {
  const AttrNumber attribute = call([&] { return get_object_attnum_oid(catalog); });
  std::vector<Oid> oids;
  for (const Row& row : scan(catalog, InvalidOid, keys)) oids.push_back(DatumGetObjectId(row.datum(attribute)));
  return oids;
}

std::optional<Row> attribute(Oid relation, int number) {
  return find(ATTNUM, ObjectIdGetDatum(relation), Int16GetDatum(static_cast<int16>(number)));
}

std::string attribute_version(const Row& attribute) {
  const auto options = attribute.maybe(Anum_pg_attribute_attoptions);
  if (!options) return {};
  for (const std::string& option : text_array(*options)) {
    if (option.starts_with(attribute_version_option)) return option.substr(attribute_version_option.size());
  }
  return {};
}

std::optional<Datum> attribute_version_options(const Row& attribute) {
  const std::string version = attribute_version(attribute);
  if (version.empty()) return std::nullopt;
  const std::string option = std::string(attribute_version_option) + version;
  return arg_text_array({option}).value;
}

void update(Oid catalog, HeapTuple tuple) {
  call([&] {
    Relation relation = table_open(catalog, RowExclusiveLock);
    CatalogTupleUpdate(relation, &tuple->t_self, tuple);
    table_close(relation, RowExclusiveLock);
    CommandCounterIncrement();
  });
}

std::string name_of(NameData name) { return NameStr(name); }

std::string quoted(std::string_view name) {
  const std::string copy(name);
  const char* text = call([&] { return quote_identifier(copy.c_str()); });
  return text;
}

namespace {

template <class T, class Convert>
std::vector<T> elements(Datum array, Oid type, int length, bool by_value, char align, Convert convert) {
  struct Parts {
    Datum* values;
    bool* nulls;
    int count;
  };
  const Parts parts = call([&] {
    Parts result{};
    deconstruct_array(DatumGetArrayTypeP(array), type, length, by_value, align, &result.values, &result.nulls,
                      &result.count);
    return result;
  });
  std::vector<T> out;
  out.reserve(static_cast<std::size_t>(parts.count));
  for (int i = 0; i < parts.count; ++i) {
    if (parts.nulls == nullptr || !parts.nulls[i]) out.push_back(convert(parts.values[i]));
  }
  return out;
}

}  // namespace

bool has_cast(const std::string& from, const std::string& to) {
  return call([&] {
    const auto type_named = [](const std::string& name) {
      Oid type = InvalidOid;
      int32 modifier = -1;
#if PG_VERSION_NUM >= 160000
      ErrorSaveContext missing{};
      missing.type = T_ErrorSaveContext;
      (void)parseTypeString(name.c_str(), &type, &modifier, reinterpret_cast<Node*>(&missing));
#else
      parseTypeString(name.c_str(), &type, &modifier, true);
#endif
      return type;
    };
    const Oid source = type_named(from);
    const Oid target = type_named(to);
    Oid function = InvalidOid;
    return OidIsValid(source) && OidIsValid(target) &&
           find_coercion_pathway(target, source, COERCION_EXPLICIT, &function) != COERCION_PATH_NONE;
  });
}

std::vector<std::string> text_array(Datum array) {
  return elements<std::string>(array, TEXTOID, -1, false, TYPALIGN_INT, [](Datum value) {
    const auto* bytes = reinterpret_cast<const varlena*>(DatumGetPointer(value));
    return std::string(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
  });
}

std::vector<Oid> oid_array(Datum array) {
  return elements<Oid>(array, OIDOID, sizeof(Oid), true, TYPALIGN_INT, [](Datum value) { return DatumGetObjectId(value); });
}

std::vector<int> int2_array(Datum array) {
  return elements<int>(array, INT2OID, sizeof(int16), true, TYPALIGN_SHORT,
                       [](Datum value) { return static_cast<int>(DatumGetInt16(value)); });
}

std::vector<char> char_array(Datum array) {
  return elements<char>(array, CHAROID, 1, true, TYPALIGN_CHAR, [](Datum value) { return DatumGetChar(value); });
}

}  // namespace pg
