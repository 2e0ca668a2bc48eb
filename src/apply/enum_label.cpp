// xconnect.remove_enum_label(type, label): takes a label out of an enum type, for which PostgreSQL has no statement.
//
// The label's OID is the value that rows, indexes, statistics and expression trees hold, so the row of pg_enum may go
// only when nothing holds it any more:
//   1. writers of all tables that can hold the type (also inside arrays, domains, composites, ranges) are waited for and
//      kept out, and the tables are scanned, value by value, with the newest snapshot; any use is refused;
//   2. the row goes, and every definition that depends on the type is deparsed again: one that names the label fails,
//      and the removal with it;
//   3. what may still hold the OID without being data is made anew or thrown away: indexes (upper pages keep deleted
//      keys), statistics, stored defaults of added columns, cached plans.
// No user's code runs here, apart from index expressions, which the server evaluates as the table's owner.
#include "apply/enum_label.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "apply/reach.hpp"
#include "capture/touched.hpp"
#include "core/refusal.hpp"
#include "ledger/ledger.hpp"
#include "core/sql.hpp"
#include "pg/attempt.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/entry.hpp"
#include "pg/scope.hpp"
#include "vault/layout.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/relation.h"
#include "access/tableam.h"
#include "catalog/heap.h"
#include "catalog/index.h"
#include "catalog/objectaccess.h"
#include "commands/defrem.h"
#include "executor/tuptable.h"
#include "storage/lmgr.h"
#include "utils/inval.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"
}

namespace xc {

namespace {

constexpr const char* dependent_objects_still_exist = "2BP01";
constexpr const char* object_not_in_prerequisite_state = "55000";
constexpr const char* undefined_object = "42704";
constexpr const char* wrong_object_type = "42809";

// --- is the label in there? Plain data and server calls only: runs inside pg::call ---

struct Search {
  Oid enum_type;
  Oid label;
  const Oid* types;  // sorted: where looking makes sense
  const Oid* types_end;
};

bool holds(const Search& search, Oid type, Datum value);

bool array_holds(const Search& search, Oid element, Datum value) {
  int16 length;
  bool by_value;
  char align;
  get_typlenbyvalalign(element, &length, &by_value, &align);
  Datum* values = nullptr;
  bool* nulls = nullptr;
  int count = 0;
  deconstruct_array(DatumGetArrayTypeP(value), element, length, by_value, align, &values, &nulls, &count);
  for (int i = 0; i < count; ++i) {
    if (!nulls[i] && holds(search, element, values[i])) return true;
  }
  return false;
}

bool composite_holds(const Search& search, Datum value) {
  HeapTupleHeader header = DatumGetHeapTupleHeader(value);
  TupleDesc desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header), HeapTupleHeaderGetTypMod(header));
  HeapTupleData tuple = {};
  tuple.t_len = HeapTupleHeaderGetDatumLength(header);
  ItemPointerSetInvalid(&tuple.t_self);
  tuple.t_data = header;
  bool found = false;
  for (int i = 0; i < desc->natts && !found; ++i) {
    const Form_pg_attribute attribute = TupleDescAttr(desc, i);
    if (attribute->attisdropped) continue;
    bool is_null = false;
    const Datum field = heap_getattr(&tuple, i + 1, desc, &is_null);
    found = !is_null && holds(search, attribute->atttypid, field);
  }
  ReleaseTupleDesc(desc);
  return found;
}

bool range_holds(const Search& search, TypeCacheEntry* cache, const RangeType* range) {
  RangeBound lower;
  RangeBound upper;
  bool empty = false;
  range_deserialize(cache, range, &lower, &upper, &empty);
  if (empty) return false;
  const Oid subtype = cache->rngelemtype->type_id;
  return (!lower.infinite && holds(search, subtype, lower.val)) || (!upper.infinite && holds(search, subtype, upper.val));
}

bool multirange_holds(const Search& search, TypeCacheEntry* cache, const MultirangeType* multirange) {
  int32 count = 0;
  RangeType** ranges = nullptr;
  multirange_deserialize(cache, multirange, &count, &ranges);
  for (int32 i = 0; i < count; ++i) {
    if (range_holds(search, cache, ranges[i])) return true;
  }
  return false;
}

bool holds(const Search& search, Oid type, Datum value) {
  if (type == search.enum_type) return DatumGetObjectId(value) == search.label;
  if (!std::binary_search(search.types, search.types_end, type)) return false;
  check_stack_depth();
  if (const Oid base = getBaseType(type); base != type) return holds(search, base, value);
  if (const Oid element = get_element_type(type); OidIsValid(element)) return array_holds(search, element, value);
  switch (get_typtype(type)) {
    case TYPTYPE_COMPOSITE:
      return composite_holds(search, value);
    case TYPTYPE_RANGE:
      return range_holds(search, lookup_type_cache(type, TYPECACHE_RANGE_INFO), DatumGetRangeTypeP(value));
    case TYPTYPE_MULTIRANGE:
      return multirange_holds(search, lookup_type_cache(type, TYPECACHE_MULTIRANGE_INFO)->rngtype, DatumGetMultirangeTypeP(value));
    default:
      ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("cannot look for enum labels in values of type %s", format_type_be(type))));
  }
}

// Adds to counts[i] for every row whose column columns[i] holds the label.
void count_rows(Oid relation, const Search& search, const AttrNumber* columns, int64* counts, std::size_t count) {
  Relation table = table_open(relation, NoLock);
  read_rows(table, [&](TupleTableSlot* slot) {
    for (std::size_t i = 0; i < count; ++i) {
      bool is_null = false;
      const Datum value = slot_getattr(slot, columns[i], &is_null);
      const Oid type = TupleDescAttr(slot->tts_tupleDescriptor, columns[i] - 1)->atttypid;
      if (!is_null && holds(search, type, value)) ++counts[i];
    }
  });
  table_close(table, NoLock);
}

// --- refusing ---

struct Label {
  std::string type;    // qualified
  std::string name;    // as it is
  std::string quoted;  // literal
  Oid type_oid = InvalidOid;
  Oid oid = InvalidOid;
  HeapTuple row = nullptr;
};

void refuse_used_rows(const Reach& reach, const Label& label) {
  const std::vector<Oid> types(reach.types.begin(), reach.types.end());
  const Search search = {label.type_oid, label.oid, types.data(), types.data() + types.size()};
  std::vector<std::string> uses;
  std::string hint;
  for (const auto& [relation, columns] : reach.tables) {
    const auto row = pg::find(RELOID, relation);
    if (!row) continue;
    const char relkind = row->form<FormData_pg_class>().relkind;
    if (!stores_rows(relation)) continue;
    const std::string table = pg::relation_name(relation);
    if (is_other_sessions_temporary(relation)) {
      throw Refusal(code::would_lose_data, fmt::format("cannot look for label {} of enum {} in {}", label.quoted, label.type, table))
          .detail("It is a temporary table of another session.")
          .hint("Wait until that session ends, or end it with pg_terminate_backend().");
    }
    const std::vector<AttrNumber> numbers(columns.begin(), columns.end());
    std::vector<int64> counts(numbers.size(), 0);
    const Oid oid = relation;
    pg::call([&] { count_rows(oid, search, numbers.data(), counts.data(), numbers.size()); });
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (counts[i] == 0) continue;
      const std::string column = pg::column_name(relation, numbers[i]);
      uses.push_back(fmt::format("table {}, column {}: {} {}", table, column, counts[i], counts[i] == 1 ? "row" : "rows"));
      if (!hint.empty()) continue;
      hint = relkind == RELKIND_MATVIEW ? fmt::format("REFRESH MATERIALIZED VIEW {};", table)
                                        : fmt::format("Give these rows another value first: UPDATE {} SET {} = ...", table, column);
    }
  }
  if (uses.empty()) return;
  throw Refusal(code::would_lose_data, fmt::format("label {} of enum {} is in use", label.quoted, label.type))
      .detail(sql::join(uses, "; "))
      .hint(hint);
}

void deparse_expression(const pg::Row& row, int attribute, Oid relation) {
  if (const auto tree = row.maybe(attribute)) pg::expression(*tree, relation);
}

void deparse_relation(const pg::Row& row) {
  const auto& form = row.form<FormData_pg_class>();
  if (form.relkind == RELKIND_INDEX || form.relkind == RELKIND_PARTITIONED_INDEX) pg::index_definition(form.oid);
  if (form.relkind == RELKIND_PARTITIONED_TABLE) pg::partition_key(form.oid);
  if (form.relispartition) deparse_expression(row, Anum_pg_class_relpartbound, form.oid);
}

void deparse_default(const pg::Row& row) {
  deparse_expression(row, Anum_pg_attrdef_adbin, row.form<FormData_pg_attrdef>().adrelid);
}

void deparse_policy(const pg::Row& row) {
  const auto& form = row.form<FormData_pg_policy>();
  deparse_expression(row, Anum_pg_policy_polqual, form.polrelid);
  deparse_expression(row, Anum_pg_policy_polwithcheck, form.polrelid);
}

void deparse_routine(const pg::Row& row) {
  const Oid routine = row.form<FormData_pg_proc>().oid;
  pg::function_arguments(routine);
  if (!row.null(Anum_pg_proc_prosqlbody)) pg::function_sql_body(routine);
}

// Has the server print every expression that the object stores. Publications filter rows by built-in types only.
void deparse(const Reach::Dependent& dependent) {
  const Oid oid = dependent.object;
  const auto each = [&](Oid oid_index, int oid_attribute, auto print) {
    for (const pg::Row& row : pg::scan(dependent.catalog, oid_index, {pg::oid_key(oid_attribute, oid)})) print(row);
  };
  switch (dependent.catalog) {
    case RelationRelationId: return each(ClassOidIndexId, Anum_pg_class_oid, deparse_relation);
    case AttrDefaultRelationId: return each(AttrDefaultOidIndexId, Anum_pg_attrdef_oid, deparse_default);
    case PolicyRelationId: return each(PolicyOidIndexId, Anum_pg_policy_oid, deparse_policy);
    case ProcedureRelationId: return each(ProcedureOidIndexId, Anum_pg_proc_oid, deparse_routine);
    case TypeRelationId:
      return each(TypeOidIndexId, Anum_pg_type_oid,
                  [](const pg::Row& row) { deparse_expression(row, Anum_pg_type_typdefaultbin, InvalidOid); });
    case ConstraintRelationId: pg::constraint_definition(oid); return;
    case RewriteRelationId: pg::rule_definition(oid); return;
    case TriggerRelationId: pg::trigger_definition(oid); return;
    case StatisticExtRelationId: pg::statistics_definition(oid); return;
    default: return;
  }
}

// The label is gone: an expression that holds it cannot be printed any more.
void refuse_used_definitions(const Reach& reach, const Label& label) {
  std::set<std::pair<Oid, Oid>> seen;
  for (const Reach::Dependent& dependent : reach.dependents) {
    if (!seen.emplace(dependent.catalog, dependent.object).second) continue;
    const auto failure = pg::attempt([&] { deparse(dependent); });
    if (!failure) continue;
    throw Refusal(dependent_objects_still_exist, fmt::format("label {} of enum {} is in use", label.quoted, label.type))
        .detail(fmt::format("The definition of {} {} uses it: {}.", pg::object_type(dependent.catalog, dependent.object),
                            pg::object_identity(dependent.catalog, dependent.object), failure->message))
        .hint("Change the definition first.");
  }
}

// --- removing ---

Label find_label(Oid type, std::string_view name) {
  Label label;
  label.type = pg::type_name(type);
  label.name = name;
  label.quoted = sql::literal(name);
  label.type_oid = type;
  for (const pg::Row& row : pg::scan(EnumRelationId, EnumTypIdSortOrderIndexId, {pg::oid_key(Anum_pg_enum_enumtypid, type)})) {
    const auto& form = row.form<FormData_pg_enum>();
    if (label.name != NameStr(form.enumlabel)) continue;
    label.oid = form.oid;
    label.row = row.tuple();
  }
  if (label.row == nullptr) throw Refusal(undefined_object, fmt::format("enum {} has no label {}", label.type, label.quoted));
  return label;
}

void check_caller(Oid type) {
  const auto row = pg::find(TYPEOID, type);
  if (!row || row->form<FormData_pg_type>().typtype != TYPTYPE_ENUM) {
    throw Refusal(wrong_object_type, row ? fmt::format("{} is not an enum", pg::type_name(type)) : std::string("type does not exist"));
  }
  pg::call([&] {
#if PG_VERSION_NUM >= 160000
    if (!object_ownercheck(TypeRelationId, type, GetUserId())) aclcheck_error_type(ACLCHECK_NOT_OWNER, type);
#else
    if (!pg_type_ownercheck(type, GetUserId())) aclcheck_error_type(ACLCHECK_NOT_OWNER, type);
#endif
  });
}

void delete_row(const Label& label) {
  pg::call([&] {
    Relation catalog = table_open(EnumRelationId, RowExclusiveLock);
    CatalogTupleDelete(catalog, &label.row->t_self);
    table_close(catalog, RowExclusiveLock);
    CommandCounterIncrement();
  });
}

bool intersects(const std::vector<int>& keys, const std::set<AttrNumber>& columns) {
  return std::any_of(keys.begin(), keys.end(), [&](int key) { return columns.contains(static_cast<AttrNumber>(key)); });
}

// Index pages keep keys that no row has any more and compare new ones with them. What an expression yields is not
// looked into: its index counts as one on the column.
void rebuild_indexes(Oid table, const std::set<AttrNumber>& columns) {
  for (const pg::Row& row : pg::scan(IndexRelationId, IndexIndrelidIndexId, {pg::oid_key(Anum_pg_index_indrelid, table)})) {
    const auto& form = row.form<FormData_pg_index>();
    const bool has_expressions = !row.null(Anum_pg_index_indexprs);
    if (!has_expressions && !intersects(pg::int2_array(row.datum(Anum_pg_index_indkey)), columns)) continue;
    const Oid index = form.indexrelid;
    const auto relation = pg::find(RELOID, index);
    if (!relation || relation->form<FormData_pg_class>().relkind != RELKIND_INDEX) continue;
    if (!form.indisvalid) {
      // Rebuilding it would make it valid, and so part of the schema.
      throw Refusal(object_not_in_prerequisite_state, fmt::format("index {} is invalid", pg::relation_name(index)))
          .detail("It may hold the enum label to remove.")
          .hint(fmt::format("DROP INDEX {0}; or REINDEX INDEX {0};", pg::relation_name(index)));
    }
    const char persistence = relation->form<FormData_pg_class>().relpersistence;
    pg::call([&] {
      ReindexParams params = {};
#if PG_VERSION_NUM >= 170000
      reindex_index(nullptr, index, false, persistence, &params);
#else
      reindex_index(index, false, persistence, &params);
#endif
      RemoveStatistics(index, 0);
      CommandCounterIncrement();
    });
  }
}

void forget_statistics(Oid table, const std::set<AttrNumber>& columns) {
  for (const AttrNumber column : columns) {
    pg::call([&] { RemoveStatistics(table, column); });
  }
  for (const pg::Row& row : pg::scan(StatisticExtRelationId, StatisticExtRelidIndexId, {pg::oid_key(Anum_pg_statistic_ext_stxrelid, table)})) {
    const bool has_expressions = !row.null(Anum_pg_statistic_ext_stxexprs);
    if (!has_expressions && !intersects(pg::int2_array(row.datum(Anum_pg_statistic_ext_stxkeys)), columns)) continue;
    const Oid statistics = row.form<FormData_pg_statistic_ext>().oid;
    pg::call([&] {
      RemoveStatisticsDataById(statistics, false);
      RemoveStatisticsDataById(statistics, true);
    });
  }
}

// ADD COLUMN … DEFAULT keeps the value of rows older than the column in pg_attribute. No row reads the label (it would
// have been counted), so a value that holds it serves no row.
void forget_missing_value(Oid table, AttrNumber column, const Search& search) {
  const auto row = pg::attribute(table, column);
  const auto missing = row ? row->maybe(Anum_pg_attribute_attmissingval) : std::nullopt;
  if (!missing) return;
  const auto& form = row->form<FormData_pg_attribute>();
  if (!form.atthasmissing || !pg::call([&] { return array_holds(search, form.atttypid, *missing); })) return;
  pg::update(AttributeRelationId, row->modified({{Anum_pg_attribute_atthasmissing, BoolGetDatum(false)},
                                                 {Anum_pg_attribute_attmissingval, std::nullopt}}));
}

// Cached plans of all sessions hold the OID as a constant, and know of no dependency on a label: any change of a schema
// makes them plan anew.
void forget_plans(Oid type) {
  const Oid schema = pg::find(TYPEOID, type).value().form<FormData_pg_type>().typnamespace;
  pg::call([&] {
    Relation catalog = table_open(NamespaceRelationId, AccessShareLock);
    HeapTuple tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
    if (HeapTupleIsValid(tuple)) {
      CacheInvalidateHeapTuple(catalog, tuple, nullptr);
      ReleaseSysCache(tuple);
    }
    table_close(catalog, AccessShareLock);
  });
}

void forget_label(const Reach& reach, const Label& label) {
  const std::vector<Oid> types(reach.types.begin(), reach.types.end());
  const Search search = {label.type_oid, label.oid, types.data(), types.data() + types.size()};
  for (const auto& [table, columns] : reach.tables) {
    for (const AttrNumber column : columns) forget_missing_value(table, column, search);
    forget_statistics(table, columns);
  }
  pg::call([] { CommandCounterIncrement(); });
  for (const auto& [table, columns] : reach.tables) rebuild_indexes(table, columns);
  forget_plans(label.type_oid);
}

// Could a value of the type hold a label of the enum?
bool may_hold(Oid type, Oid enum_type) {
  const auto row = pg::find(TYPEOID, type);
  if (!row) return false;  // it comes back as another one
  if (type == enum_type) return true;
  const auto& form = row->form<FormData_pg_type>();
  if (OidIsValid(form.typbasetype)) return may_hold(form.typbasetype, enum_type);
  if (OidIsValid(form.typelem)) return may_hold(form.typelem, enum_type);
  return form.typtype != TYPTYPE_BASE && form.typtype != TYPTYPE_ENUM;
}

// Values as they stand in the rows; the table's own description of the column knows no type, or another one.
// older_has_it: is it in the value of the rows that are older than the column?
std::int64_t count_values(Oid relation, int column, Oid type, const Search& search, bool older_has_it = false) {
  return pg::call([&] {
    std::int64_t found = 0;
    Relation table = relation_open(relation, AccessShareLock);  // a composite type has dropped attributes as well
    if (RELKIND_HAS_TABLE_AM(table->rd_rel->relkind) && column <= RelationGetNumberOfAttributes(table)) {
      read_rows(table, [&](TupleTableSlot* slot) {
        bool is_null = false;
        const Datum value = slot_getattr(slot, column, &is_null);
        if (is_null ? older_has_it && vault::is_older_than(static_cast<AttrNumber>(column), slot) : holds(search, type, value)) ++found;
      });
    }
    relation_close(table, AccessShareLock);
    return found;
  });
}

bool is_dropped(const ledger::DroppedColumn& column) {
  const auto row = pg::attribute(column.relation, column.attnum);
  return row && row->form<FormData_pg_attribute>().attisdropped;
}

bool older_rows_hold(const ledger::DroppedColumn& column, Oid holder, const Search& search) {
  const auto row = pg::attribute(holder, column.attnum);
  if (!column.missing || !row) return false;
  const Datum array = vault::missing_value(*column.missing, row->form<FormData_pg_attribute>(), column.type);
  return pg::call([&] { return array_holds(search, column.type, array); });
}

std::vector<ledger::DroppedColumn> all_dropped_columns() {
  std::vector<ledger::DroppedColumn> columns = ledger::dropped_columns();
  for (const auto& [place, column] : capture::touched().dropped_columns()) {
    std::erase_if(columns, [&, &at = place](const auto& one) { return one.relation == at.first && one.attnum == at.second; });
    columns.push_back(column);
  }
  return columns;
}

}  // namespace

std::vector<LabelUse> uses_out_of_sight(Oid type, Oid label) {
  if (!OidIsValid(type) || !OidIsValid(label)) return {};
  const std::set<Oid> reached = types_that_contain(type);
  const std::vector<Oid> types(reached.begin(), reached.end());
  const Search search = {type, label, types.data(), types.data() + types.size()};
  std::vector<LabelUse> uses;
  const std::vector<vault::Record> kept = vault::waiting();
  for (const ledger::DroppedColumn& column : all_dropped_columns()) {
    if (column.type == 0 || !may_hold(column.type, type)) continue;
    LabelUse use;
    use.dropped = column;
    Oid holder = column.relation;
    if (is_dropped(column)) {
      use.what = fmt::format("a dropped column of {}", pg::relation_name(holder));
    } else {
      const auto store = std::find_if(kept.begin(), kept.end(), [&](const auto& one) { return one.relation == column.relation; });
      if (store == kept.end()) continue;
      use.what = fmt::format("a dropped column of {}, in the vault", store->object);
      holder = store->store;
    }
    use.rows = count_values(holder, column.attnum, column.type, search, older_rows_hold(column, holder, search));
    if (use.rows > 0) uses.push_back(std::move(use));
  }
  for (const vault::Record& record : kept) {
    for (std::size_t i = 0; i < record.layout.items().size(); ++i) {
      const Json& column = record.layout.items()[i];
      const auto& held = column["holds"].items();
      if (column.has("unreadable") || std::find(held.begin(), held.end(), Json(std::int64_t{type})) == held.end()) continue;
      LabelUse use;
      use.what = record.object + ", in the vault";
      use.kept = record;
      use.column = static_cast<int>(i + 1);
      use.rows = count_values(record.store, use.column, static_cast<Oid>(column["type"].integer()), search);
      if (use.rows > 0) uses.push_back(std::move(use));
    }
  }
  return uses;
}

namespace {

// They are counted in the plan: whoever goes on all the same does without them.
void give_up(const std::vector<LabelUse>& uses, const Label& label) {
  for (const LabelUse& use : uses) {
    if (use.dropped && use.dropped->seq != 0) {
      ledger::spoil_dropped_column(*use.dropped);
    } else if (use.dropped) {
      ledger::DroppedColumn column = *use.dropped;
      column.type = 0;
      capture::touched().dropped_column(std::move(column));
    } else {
      vault::note_unreadable(*use.kept, use.column, fmt::format("{} of them have the label {}, which {} has lost", use.rows, label.quoted, label.type));
    }
  }
}

void remove_label(Oid type, std::string_view name) {
  const pg::Pinned pinned(pg::Pinned::For::statements);
  check_caller(type);
  // As ALTER TYPE … ADD VALUE and RENAME VALUE do: one change of the labels at a time.
  pg::call([&] { LockDatabaseObject(TypeRelationId, type, 0, ExclusiveLock); });
  const Label label = find_label(type, name);
  const Reach reach = lock_reach(type, ShareRowExclusiveLock);
  refuse_used_rows(reach, label);
  give_up(uses_out_of_sight(type, label.oid), label);
  delete_row(label);
  refuse_used_definitions(reach, label);
  forget_label(reach, label);
  pg::call([&] {
    InvokeObjectPostAlterHook(TypeRelationId, type, 0);
    CommandCounterIncrement();
  });
}

}  // namespace

XC_FUNCTION(xc_remove_enum_label) {
  const Oid type = PG_GETARG_OID(0);
  const char* name = pg::call([&] { return text_to_cstring(PG_GETARG_TEXT_PP(1)); });
  remove_label(type, name);
  PG_RETURN_VOID();
}

}  // namespace xc
