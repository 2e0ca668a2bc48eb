// See storage.hpp. Version 16 calls a file's number a RelFileNumber, and its place a RelFileLocator.
#include "vault/storage.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/scope.hpp"
#include "pg/table.hpp"
#include "vault/layout.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/relation.h"
#include "access/tableam.h"
#include "access/toast_internals.h"
#include "access/xlogutils.h"
#include "catalog/catalog.h"
#include "catalog/heap.h"
#include "catalog/index.h"
#include "catalog/pg_opclass.h"
#include "catalog/storage.h"
#include "catalog/toasting.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "commands/sequence.h"
#include "commands/tablecmds.h"
#include "nodes/makefuncs.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/smgr.h"
#include "utils/fmgrprotos.h"
#include "utils/relcache.h"
#if PG_VERSION_NUM < 160000
#include "utils/relfilenodemap.h"
#else
#include "utils/relfilenumbermap.h"
#endif
}

#if PG_VERSION_NUM < 160000
using RelFileLocator = RelFileNode;
#define RelFileLocatorSkippingWAL RelFileNodeSkippingWAL
#define locator_of(relation) ((relation)->rd_node)
#else
#define locator_of(relation) ((relation)->rd_locator)
#endif

namespace xc::vault {

IndexInfo* index_info(int columns, int keys, Oid access_method, bool unique, bool nulls_not_distinct) {
#if PG_VERSION_NUM >= 180000
  return makeIndexInfo(columns, keys, access_method, NIL, NIL, unique, nulls_not_distinct, true, false, false, false);
#elif PG_VERSION_NUM >= 160000
  return makeIndexInfo(columns, keys, access_method, NIL, NIL, unique, nulls_not_distinct, true, false, false);
#else
  return makeIndexInfo(columns, keys, access_method, NIL, NIL, unique, nulls_not_distinct, true, false);
#endif
}


namespace {

std::vector<RelFileLocator>& moved_files() {
  static std::vector<RelFileLocator> instance;
  return instance;
}

RelFileLocator place_of(const RelFileLocator& like, Oid number) {
  RelFileLocator place = like;
#if PG_VERSION_NUM < 160000
  place.relNode = number;
#else
  place.relNumber = number;
#endif
  return place;
}

// A changed copy of a pg_class row, for the statements that follow.
template <class Change>
void update_class(Oid relation, Change change) {
  HeapTuple tuple = pg::find(RELOID, relation).value().tuple();
  change(*reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple)));
  pg::update(RelationRelationId, tuple);
}

void take_numbers(FormData_pg_class& to, const FormData_pg_class& from) {
  to.relfilenode = from.relfilenode;
  to.relpages = from.relpages;
  to.reltuples = from.reltuples;
  to.relallvisible = from.relallvisible;
  to.relfrozenxid = from.relfrozenxid;
  to.relminmxid = from.relminmxid;
}

void set_not_created(Relation relation) {
  relation->rd_createSubid = InvalidSubTransactionId;
#if PG_VERSION_NUM < 160000
  relation->rd_newRelfilenodeSubid = relation->rd_firstRelfilenodeSubid = InvalidSubTransactionId;
#else
  relation->rd_newRelfilelocatorSubid = relation->rd_firstRelfilelocatorSubid = InvalidSubTransactionId;
#endif
}

// Vacuum has to freeze the rows; to look for dead ones is in vain.
Datum no_autovacuum() {
  Datum option = CStringGetTextDatum("autovacuum_enabled=false");
  return PointerGetDatum(construct_array(&option, 1, TEXTOID, -1, false, TYPALIGN_INT));
}

void depend(Oid relation, Oid catalog, Oid on, DependencyType how) {
  const ObjectAddress depender = {RelationRelationId, relation, 0};
  const ObjectAddress referenced = {catalog, on, 0};
  recordDependencyOn(&depender, &referenced, how);
}

// --- the vault's TOAST table ---

TupleDesc toast_columns() {
  TupleDesc desc = CreateTemplateTupleDesc(3);
  TupleDescInitEntry(desc, 1, "chunk_id", OIDOID, -1, 0);
  TupleDescInitEntry(desc, 2, "chunk_seq", INT4OID, -1, 0);
  TupleDescInitEntry(desc, 3, "chunk_data", BYTEAOID, -1, 0);
  for (int i = 0; i < 3; ++i) {
    TupleDescAttr(desc, i)->attstorage = TYPSTORAGE_PLAIN;
    TupleDescAttr(desc, i)->attcompression = InvalidCompressionMethod;
  }
  return desc;
}

void insert_columns(Oid relation, TupleDesc desc) {
  TupleDesc system = CreateTemplateTupleDesc(-FirstLowInvalidHeapAttributeNumber - 1);
  for (int i = 0; i < system->natts; ++i) {
    *TupleDescAttr(system, i) = *SystemAttributeDefinition(static_cast<AttrNumber>(-1 - i));
  }
  Relation catalog = table_open(AttributeRelationId, RowExclusiveLock);
  CatalogIndexState indexes = CatalogOpenIndexes(catalog);
  InsertPgAttributeTuples(catalog, desc, relation, nullptr, indexes);
  InsertPgAttributeTuples(catalog, system, relation, nullptr, indexes);
  CatalogCloseIndexes(indexes);
  table_close(catalog, RowExclusiveLock);
}

// Under the OID that the rows name. Its index.
Oid make_toast(Oid table, const Toast& toast, Oid access_method, const char* name, const char* index_name) {
  TupleDesc desc = toast_columns();
  // heap_create() would make new statistics for a relation that has some, with a warning.
  Relation made = RelationBuildLocalRelation(name, PG_TOAST_NAMESPACE, desc, toast.relation, access_method, toast.file,
                                             toast.tablespace, false, false, toast.persistence, RELKIND_TOASTVALUE);
  FormData_pg_class& form = *made->rd_rel;
  form.relpages = toast.pages;
  form.reltuples = toast.tuples;
  form.relallvisible = toast.all_visible;
  form.relfrozenxid = toast.frozen_xid;
  form.relminmxid = toast.min_multi;
  form.relowner = BOOTSTRAP_SUPERUSERID;
  form.reltype = InvalidOid;
  form.reloftype = InvalidOid;
  Relation classes = table_open(RelationRelationId, RowExclusiveLock);
  InsertPgClassTuple(classes, made, toast.relation, 0, 0);
  table_close(classes, RowExclusiveLock);
  insert_columns(toast.relation, desc);
  table_close(made, NoLock);
  CommandCounterIncrement();

  Relation relation = table_open(toast.relation, ShareLock);
  IndexInfo* info = index_info(2, 2, BTREE_AM_OID, true, false);
  info->ii_IndexAttrNumbers[0] = 1;
  info->ii_IndexAttrNumbers[1] = 2;
  Oid collations[2] = {InvalidOid, InvalidOid};
  Oid classes_of_columns[2] = {OID_BTREE_OPS_OID, INT4_BTREE_OPS_OID};
  int16 options[2] = {0, 0};
  const Oid index = index_create(relation, index_name, InvalidOid, InvalidOid, InvalidOid, toast.index_file, info,
                                 list_make2(const_cast<char*>("chunk_id"), const_cast<char*>("chunk_seq")), BTREE_AM_OID,
                                 toast.tablespace, collations, classes_of_columns,
#if PG_VERSION_NUM >= 170000
                                 nullptr, options, nullptr, 0,
#else
                                 options, 0,
#endif
                                 INDEX_CREATE_IS_PRIMARY | INDEX_CREATE_SKIP_BUILD, 0, true, true, nullptr);
  table_close(relation, NoLock);
  depend(toast.relation, RelationRelationId, table, DEPENDENCY_INTERNAL);
  CommandCounterIncrement();
  return index;
}

}  // namespace

void forget_creation(Oid oid) {
  pg::call([&] {
    Relation relation = relation_open(oid, NoLock);
    if (!RelFileLocatorSkippingWAL(locator_of(relation))) set_not_created(relation);
    relation_close(relation, NoLock);
  });
}

void unlock(Oid relation) {
  pg::call([&] { UnlockRelationOid(relation, AccessExclusiveLock); });
}

void keep_file_of(Oid relation) {
  pg::call([&] {
    Relation opened = relation_open(relation, AccessShareLock);
    moved_files().push_back(locator_of(opened));
    relation_close(opened, AccessShareLock);
  });
}

bool has_new_file(Oid relation) {
  return pg::call([&] {
    Relation opened = relation_open(relation, AccessShareLock);
#if PG_VERSION_NUM < 160000
    const SubTransactionId by = opened->rd_firstRelfilenodeSubid;
#else
    const SubTransactionId by = opened->rd_firstRelfilelocatorSubid;
#endif
    const bool is_new = opened->rd_createSubid != InvalidSubTransactionId || by != InvalidSubTransactionId || RelFileLocatorSkippingWAL(locator_of(opened));
    relation_close(opened, AccessShareLock);
    return is_new;
  });
}

std::vector<Oid> indexes_of(Oid table) {
  struct Found {
    List* oids;
  };
  const Found found = pg::call([&] {
    Relation relation = relation_open(table, AccessShareLock);
    const Found result = {RelationGetIndexList(relation)};
    relation_close(relation, AccessShareLock);
    return result;
  });
  std::vector<Oid> oids;
  ListCell* cell;
  foreach (cell, found.oids) oids.push_back(lfirst_oid(cell));
  return oids;
}

void count_pages(Oid index, Oid table) {
  const auto pages = static_cast<std::int32_t>(bytes_of(index) / BLCKSZ);
  const float tuples = pg::find(RELOID, table).value().form<FormData_pg_class>().reltuples;
  update_class(index, [&](FormData_pg_class& form) {
    form.relpages = pages;
    form.reltuples = tuples;
  });
}

void build_again(Oid index) {
  pg::call([&] {
    ReindexParams how = {};
#if PG_VERSION_NUM >= 170000
    reindex_index(nullptr, index, false, get_rel_persistence(index), &how);
#else
    reindex_index(index, false, get_rel_persistence(index), &how);
#endif
    CommandCounterIncrement();
  });
}

std::int64_t bytes_of(Oid table) {
  return pg::call([&] {
    Relation relation = relation_open(table, AccessShareLock);
    const std::int64_t blocks = RelationGetNumberOfBlocks(relation);
    relation_close(relation, AccessShareLock);
    return blocks * BLCKSZ;
  });
}

std::optional<Toast> toast_files(Oid toast) {
  const auto row = pg::find(RELOID, toast);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_class>();
  const Oid index = pg::call([&]() -> Oid {
    Relation relation = RelationIdGetRelation(toast);
    if (!RelationIsValid(relation)) return InvalidOid;
    List* indexes = RelationGetIndexList(relation);
    RelationClose(relation);
    return list_length(indexes) == 1 ? linitial_oid(indexes) : InvalidOid;
  });
  const auto index_row = OidIsValid(index) ? pg::find(RELOID, index) : std::nullopt;
  if (!index_row) return {};
  Toast result;
  result.relation = toast;
  result.index = index;
  result.tablespace = form.reltablespace;
  result.file = form.relfilenode;
  result.index_file = index_row->form<FormData_pg_class>().relfilenode;
  result.frozen_xid = form.relfrozenxid;
  result.min_multi = form.relminmxid;
  result.pages = form.relpages;
  result.all_visible = form.relallvisible;
  result.tuples = form.reltuples;
  result.persistence = form.relpersistence;
  return result;
}

std::optional<Toast> read_toast(Oid toast) {
  auto result = toast_files(toast);
  if (result) result->bytes = bytes_of(toast) + bytes_of(result->index);
  return result;
}

bool may_do_without(Oid toast) {
  const auto row = pg::find(RELOID, toast);
  return row && row->null(Anum_pg_class_reloptions) && bytes_of(toast) == 0;
}

// Of a relation that this transaction made, or gave another file, the server remembers after the drop that it was there.
void leave_no_trace(Oid toast) {
  pg::call([&] {
    Relation relation = relation_open(toast, NoLock);
    set_not_created(relation);
    relation_close(relation, NoLock);
  });
}

namespace {

struct Source {
  RelFileLocator place;
  TupleDesc columns;                // of the vault's table
  std::vector<AttrNumber> missing;  // columns that have a value for rows older than they
};

Source read_source(Oid table, const std::set<AttrNumber>& own) {
  Source source;
  const Relation relation = pg::call([&] { return table_open(table, NoLock); });
  source.place = locator_of(relation);
  source.columns = stand_ins(relation, own);
  const TupleDesc columns = RelationGetDescr(relation);
  for (int i = 0; i < columns->natts; ++i) {
    if (TupleDescAttr(columns, i)->atthasmissing) source.missing.push_back(static_cast<AttrNumber>(i + 1));
  }
  pg::call([&] { table_close(relation, NoLock); });
  return source;
}

// A table of the vault that has the files which the form names; they are those of the other table, or have been. own: the
// columns that have their own types.
Oid make_store(Oid table, const FormData_pg_class& form, Oid toast, const std::set<AttrNumber>& own) {
  const Source source = read_source(table, own);
  const RelFileLocator file = place_of(source.place, form.relfilenode);
  const Oid store = pg::call([&] {
    const Oid schema = get_namespace_oid("xconnect", false);
    char number[16];
    pg_lltoa(table, number);
    char* name = ChooseRelationName("vault", number, "rows", schema, false);
    const Oid made = heap_create_with_catalog(name, schema, form.reltablespace, InvalidOid, InvalidOid, InvalidOid,
                                              BOOTSTRAP_SUPERUSERID, form.relam, source.columns, NIL, RELKIND_RELATION,
                                              form.relpersistence, false, false, ONCOMMIT_NOOP, no_autovacuum(), false, true,
                                              true, InvalidOid, nullptr);
    depend(made, ExtensionRelationId, get_extension_oid("xconnect", false), DEPENDENCY_EXTENSION);
    // Its own, empty file is not needed. What this transaction has made is read anew after every command.
    Relation relation = table_open(made, AccessExclusiveLock);
    RelationDropStorage(relation);
    if (!RelFileLocatorSkippingWAL(file)) set_not_created(relation);
    table_close(relation, NoLock);
    CommandCounterIncrement();
    return made;
  });
  update_class(store, [&](FormData_pg_class& made) {
    take_numbers(made, form);
    made.reltoastrelid = toast;
  });
  moved_files().push_back(file);
  for (const AttrNumber column : source.missing) copy_missing_value(table, store, column);
  keep_statistics(table, store);
  return store;
}

void keep_files_of(const RelFileLocator& place, const Toast& toast) {
  moved_files().push_back(place_of(place, toast.file));
  moved_files().push_back(place_of(place, toast.index_file));
}

RelFileLocator place_of_table(Oid table) {
  return pg::call([&] {
    Relation relation = table_open(table, NoLock);
    const RelFileLocator place = locator_of(relation);
    table_close(relation, NoLock);
    return place;
  });
}

}  // namespace

Oid move_to_vault(Oid table, const FormData_pg_class& form, const std::optional<Toast>& toast, const std::vector<NotedIndex>& indexes) {
  const Oid store = make_store(table, form, toast ? toast->relation : InvalidOid, columns_of(indexes));
  if (toast) {
    const std::string name = fmt::format("pg_toast_{}", store);
    const std::string index_name = name + "_index";
    const Oid index = pg::call([&] {
      Relation relation = table_open(table, NoLock);
      const Oid access_method = table_relation_toast_am(relation);
      table_close(relation, NoLock);
      return make_toast(store, *toast, access_method, name.c_str(), index_name.c_str());
    });
    forget_creation(toast->relation);
    forget_creation(index);
    keep_files_of(place_of_table(table), *toast);
  }
  pg::call([] { CommandCounterIncrement(); });
  keep_indexes(store, indexes);
  unlock(store);
  return store;
}

namespace {

// Another relation has it now: the vault's, or one that took it back in the same transaction.
bool is_in_use(const RelFileLocator& place) {
  return pg::call([&] {
#if PG_VERSION_NUM < 160000
    return OidIsValid(RelidByRelfilenode(place.spcNode == MyDatabaseTableSpace ? InvalidOid : place.spcNode, place.relNode));
#else
    return OidIsValid(RelidByRelfilenumber(place.spcOid == MyDatabaseTableSpace ? InvalidOid : place.spcOid, place.relNumber));
#endif
  });
}

}  // namespace

namespace {

// A file that went, came back and went for good, all in this transaction, is to be deleted several times over: the
// server would panic.
void delete_once() {
  struct Pending {
    RelFileLocator* places = nullptr;
    int count = 0;
  };
  const Pending pending = pg::call([] {
    Pending found;
    found.count = smgrGetPendingDeletes(true, &found.places);
    return found;
  });
  for (int i = 0; i < pending.count; ++i) {
    const auto same = [&](const RelFileLocator& other) { return memcmp(&other, &pending.places[i], sizeof other) == 0; };
    if (std::count_if(pending.places, pending.places + i + 1, same) != 2) continue;
    pg::call([&] {
      RelationPreserveStorage(pending.places[i], true);
      Relation as_relation = CreateFakeRelcacheEntry(pending.places[i]);
      RelationDropStorage(as_relation);
      FreeFakeRelcacheEntry(as_relation);
    });
  }
}

}  // namespace

bool is_file_in_use(Oid table, Oid tablespace, Oid file) {
  RelFileLocator place = place_of(place_of_table(table), file);
#if PG_VERSION_NUM < 160000
  place.spcNode = OidIsValid(tablespace) ? tablespace : MyDatabaseTableSpace;
#else
  place.spcOid = OidIsValid(tablespace) ? tablespace : MyDatabaseTableSpace;
#endif
  return is_in_use(place);
}

void keep_files() {
  if (moved_files().empty()) return;
  for (const RelFileLocator& place : moved_files()) {
    if (is_in_use(place)) pg::call([&] { RelationPreserveStorage(place, true); });
  }
  delete_once();
}

void forget_files() { moved_files().clear(); }

SequenceValue value_of_sequence(Oid sequence) {
  return pg::call([&] {
    Relation relation = relation_open(sequence, AccessShareLock);
    Buffer buffer = ReadBuffer(relation, 0);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    Page page = BufferGetPage(buffer);
    HeapTupleData tuple;
    ItemId item = PageGetItemId(page, FirstOffsetNumber);
    tuple.t_data = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
    const auto* data = reinterpret_cast<const FormData_pg_sequence_data*>(GETSTRUCT(&tuple));
    const SequenceValue value{data->last_value, data->is_called};
    UnlockReleaseBuffer(buffer);
    relation_close(relation, NoLock);
    return value;
  });
}

void set_sequence(Oid sequence, SequenceValue value) {
  pg::call([&] {
    (void)DirectFunctionCall3(setval3_oid, ObjectIdGetDatum(sequence), Int64GetDatum(value.last), BoolGetDatum(value.is_called));
  });
}

namespace {

// The options that CREATE TABLE gave to the TOAST table that it made.
void copy_options(Oid from, Oid to) {
  if (!OidIsValid(to)) return;
  const auto source = OidIsValid(from) ? pg::find(RELOID, from) : std::nullopt;
  const auto options = source ? source->maybe(Anum_pg_class_reloptions) : std::nullopt;
  const pg::Row target = pg::find(RELOID, to).value();
  pg::update(RelationRelationId, target.modified({{Anum_pg_class_reloptions, options}}));
}

void give_toast(Oid toast, Oid table, Oid owner) {
  if (!OidIsValid(toast)) return;
  update_class(toast, [&](FormData_pg_class& form) { form.relowner = owner; });
  pg::call([&] {
    (void)deleteDependencyRecordsFor(RelationRelationId, toast, false);
    depend(toast, RelationRelationId, table, DEPENDENCY_INTERNAL);
  });
}

void name_toast(Oid toast, Oid table) {
  if (!OidIsValid(toast)) return;
  const std::string name = fmt::format("pg_toast_{}", table);
  const std::string index_name = name + "_index";
  pg::call([&] {
    RenameRelationInternal(toast, name.c_str(), true, false);
    CommandCounterIncrement();
    RenameRelationInternal(toast_get_valid_index(toast, AccessShareLock), index_name.c_str(), true, true);
    CommandCounterIncrement();
  });
}

}  // namespace

namespace {

std::int64_t bytes_in(const RelFileLocator& place) {
  return pg::call([&]() -> std::int64_t {
#if PG_VERSION_NUM >= 170000
    SMgrRelation file = smgropen(place, INVALID_PROC_NUMBER);
#else
    SMgrRelation file = smgropen(place, InvalidBackendId);
#endif
    if (!smgrexists(file, MAIN_FORKNUM)) return 0;
    return std::int64_t{smgrnblocks(file, MAIN_FORKNUM)} * BLCKSZ;
  });
}

bool goes_at_commit(const RelFileLocator& place) {
  return pg::call([&] {
    RelFileLocator* places = nullptr;
    const int count = smgrGetPendingDeletes(true, &places);
    for (int i = 0; i < count; ++i) {
      if (memcmp(&places[i], &place, sizeof place) == 0) return true;
    }
    return false;
  });
}

// A relation that was given a new, empty file gets its old one again; that one it does without.
template <class Change>
void give_old_file(Oid relation, Change change) {
  pg::call([&] {
    Relation opened = relation_open(relation, AccessExclusiveLock);
    RelationDropStorage(opened);
    relation_close(opened, NoLock);
  });
  update_class(relation, change);
  forget_creation(relation);
}

Oid toast_made_for(Oid table, Datum options) {
  pg::call([&] {
    NewHeapCreateToastTable(table, options, AccessExclusiveLock, InvalidOid);
    CommandCounterIncrement();
  });
  return pg::find(RELOID, table).value().form<FormData_pg_class>().reltoastrelid;
}

// The server makes none for a table without a long column, though one that had such a column keeps it, and with it the
// options: then it is made for another table, and changes over.
void make_empty_toast(Oid table, const FormData_pg_class& form, Datum options) {
  if (OidIsValid(toast_made_for(table, options))) return;
  const Oid other = pg::call([&] {
    TupleDesc columns = CreateTemplateTupleDesc(1);
    TupleDescInitEntry(columns, 1, "long", TEXTOID, -1, 0);
    const Oid schema = get_namespace_oid("xconnect", false);
    char* name = ChooseRelationName("vault", "long", "column", schema, false);
    const Oid made = heap_create_with_catalog(name, schema, form.reltablespace, InvalidOid, InvalidOid, InvalidOid,
                                              BOOTSTRAP_SUPERUSERID, form.relam, columns, NIL, RELKIND_RELATION,
                                              form.relpersistence, false, false, ONCOMMIT_NOOP, 0, false, true, true,
                                              InvalidOid, nullptr);
    CommandCounterIncrement();
    return made;
  });
  const Oid toast = toast_made_for(other, options);
  update_class(other, [](FormData_pg_class& one) { one.reltoastrelid = InvalidOid; });
  update_class(table, [&](FormData_pg_class& one) { one.reltoastrelid = toast; });
  give_toast(toast, table, form.relowner);
  name_toast(toast, table);
  pg::call([&] {
    const ObjectAddress address = {RelationRelationId, other, 0};
    performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
    CommandCounterIncrement();
  });
}

}  // namespace

std::optional<std::int64_t> bytes_about_to_go(Oid table, const FormData_pg_class& before, const std::optional<Toast>& toast) {
  const RelFileLocator place = place_of_table(table);
  const RelFileLocator old = place_of(place, before.relfilenode);
  if (!goes_at_commit(old)) return {};
  const std::int64_t rows = bytes_in(old);
  if (rows == 0 || !toast) return rows;
  return rows + bytes_in(place_of(place, toast->file)) + bytes_in(place_of(place, toast->index_file));
}

Oid take_truncated(Oid table, const FormData_pg_class& before, const std::optional<Toast>& toast) {
  const auto options = toast ? pg::find(RELOID, toast->relation).value().maybe(Anum_pg_class_reloptions) : std::nullopt;
  const bool has_toast = toast && (options || bytes_in(place_of(place_of_table(table), toast->file)) > 0);
  const Oid store = make_store(table, before, has_toast ? toast->relation : InvalidOid, {});
  if (has_toast) {
    update_class(table, [](FormData_pg_class& form) { form.reltoastrelid = InvalidOid; });
    give_toast(toast->relation, store, BOOTSTRAP_SUPERUSERID);
    name_toast(toast->relation, store);
    give_old_file(toast->relation, [&](FormData_pg_class& form) {
      form.relfilenode = toast->file;
      form.relpages = toast->pages;
      form.reltuples = toast->tuples;
      form.relallvisible = toast->all_visible;
      form.relfrozenxid = toast->frozen_xid;
      form.relminmxid = toast->min_multi;
    });
    give_old_file(toast->index, [&](FormData_pg_class& form) { form.relfilenode = toast->index_file; });
    keep_files_of(place_of_table(table), *toast);
    make_empty_toast(table, before, options.value_or(0));
  }
  pg::call([] { CommandCounterIncrement(); });
  unlock(store);
  return store;
}

void drop_store(Oid store) {
  forget_statistics(store);
  pg::call([&] {
    CommandCounterIncrement();
    const ObjectAddress address = {RelationRelationId, store, 0};
    (void)deleteDependencyRecordsForClass(RelationRelationId, store, ExtensionRelationId, DEPENDENCY_EXTENSION);
    // pg_upgrade to 17 and later makes its row type and the array of that members of the extension, too.
    const Oid row_type = get_rel_type_id(store);
    for (const Oid type : {row_type, get_array_type(row_type)})
      (void)deleteDependencyRecordsForClass(TypeRelationId, type, ExtensionRelationId, DEPENDENCY_EXTENSION);
    CommandCounterIncrement();
    performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
    CommandCounterIncrement();
  });
}

void move_from_vault(Oid store, Oid table) {
  // Vacuum writes to the row of the TOAST table when it has locked that one alone.
  const Oid toast = pg::find(RELOID, store).value().form<FormData_pg_class>().reltoastrelid;
  if (OidIsValid(toast)) pg::call([&] { LockRelationOid(toast, AccessExclusiveLock); });
  const pg::Row kept_row = pg::find(RELOID, store).value();
  const pg::Row new_row = pg::find(RELOID, table).value();
  const auto& kept = kept_row.form<FormData_pg_class>();
  const auto& fresh = new_row.form<FormData_pg_class>();
  update_class(table, [&](FormData_pg_class& form) {
    take_numbers(form, kept);
    if (OidIsValid(toast)) form.reltoastrelid = toast;
    form.relispopulated = true;
  });
  update_class(store, [&](FormData_pg_class& form) {
    take_numbers(form, fresh);
    if (OidIsValid(toast)) form.reltoastrelid = fresh.reltoastrelid;
  });
  if (OidIsValid(toast)) {
    copy_options(fresh.reltoastrelid, toast);
    give_toast(toast, table, fresh.relowner);
    give_toast(fresh.reltoastrelid, store, kept.relowner);
  }
  give_statistics(store, table);
  drop_store(store);
  name_toast(toast, table);
  forget_creation(table);
}

}  // namespace xc::vault
