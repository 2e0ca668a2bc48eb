// See kept_indexes.hpp.
//
// An index is dropped before its table, so it is noted then. The vault's table gets one with its file that is ready, so
// that vacuum cleans it when it cleans the rows, and not valid: no plan uses it, no dump has it. REINDEX makes it valid.
// It is built with nothing of the user's: the vault would depend on it.
// When the rows have come back, and as long as nobody has changed them, the statement that makes the same index of the
// new table is run as ALTER TABLE runs it for an index that need not be built again.
#include "vault/kept_indexes.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "apply/surgery.hpp"
#include "pg/deparse.hpp"
#include "pg/encoding.hpp"
#include "vault/layout.hpp"
#include "vault/preserve.hpp"
#include "vault/storage.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/genam.h"
#include "access/relation.h"
#include "access/transam.h"
#include "catalog/heap.h"
#include "catalog/index.h"
#include "catalog/pg_opclass.h"
#include "commands/defrem.h"
#include "commands/tablespace.h"
#include "nodes/makefuncs.h"
#include "parser/parse_utilcmd.h"
#include "parser/parser.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/fmgrprotos.h"
#include "utils/relcache.h"
}

namespace xc::vault {

namespace {

// To make one in the catalogs costs as much as to delete and to build again a few hundred kilobytes.
constexpr std::int64_t worth_keeping_from = 1024 * 1024;

std::map<Oid, std::vector<NotedIndex>>& noted() {
  static std::map<Oid, std::vector<NotedIndex>> instance;
  return instance;
}

struct Freed {
  Oid rows;  // the file that they are an index of
  std::vector<NotedIndex> indexes;
};
// By the table.
std::map<Oid, Freed>& freed() {
  static std::map<Oid, Freed> instance;
  return instance;
}

bool is_built_in(Oid oid) { return oid < FirstUnpinnedObjectId; }

std::string bytes_of_options(const pg::Row& row) {
  const auto options = row.maybe(Anum_pg_class_reloptions);
  if (!options) return {};
  const auto* array = pg::call([&] { return PG_DETOAST_DATUM(*options); });
  return {reinterpret_cast<const char*>(array), VARSIZE(array)};
}

bool has_parameters(Oid index, int columns) {
  for (int number = 1; number <= columns; ++number) {
    const auto column = pg::attribute(index, number);
    if (!column || !column->null(Anum_pg_attribute_attoptions)) return true;
  }
  return false;
}

bool has_plain_type(Oid table, AttrNumber number) {
  const auto column = pg::attribute(table, number);
  return column && is_own_stand_in(column->form<FormData_pg_attribute>());
}

// Nothing: the vault's table cannot have it, or its file is not what an index of the same kind would be.
std::optional<KeptIndex> read(Oid index, Oid table) {
  const auto class_row = pg::find(RELOID, index);
  const auto index_row = pg::find(INDEXRELID, index);
  if (!class_row || !index_row) return {};
  const auto& form = index_row->form<FormData_pg_index>();
  const auto& relation = class_row->form<FormData_pg_class>();
  if (form.indisexclusion || form.indcheckxmin || !form.indisready || !form.indislive || !is_built_in(relation.relam) ||
      !index_row->null(Anum_pg_index_indexprs) || !index_row->null(Anum_pg_index_indpred) || has_parameters(index, form.indnatts)) {
    return {};
  }
  KeptIndex kept;
  kept.access_method = relation.relam;
  kept.tablespace = relation.reltablespace;
  kept.unique = form.indisunique;
  kept.nulls_not_distinct = form.indnullsnotdistinct;
  kept.keys = form.indnkeyatts;
  const auto* classes = reinterpret_cast<const oidvector*>(DatumGetPointer(index_row->datum(Anum_pg_index_indclass)));
  const auto* collations = reinterpret_cast<const oidvector*>(DatumGetPointer(index_row->datum(Anum_pg_index_indcollation)));
  const auto* directions = reinterpret_cast<const int2vector*>(DatumGetPointer(index_row->datum(Anum_pg_index_indoption)));
  for (int i = 0; i < form.indnatts; ++i) {
    if (!has_plain_type(table, form.indkey.values[i])) return {};
    kept.columns.push_back(form.indkey.values[i]);
  }
  for (int i = 0; i < kept.keys; ++i) {
    if (!is_built_in(classes->values[i]) || !is_built_in(collations->values[i])) return {};
    kept.operator_classes.push_back(classes->values[i]);
    kept.collations.push_back(collations->values[i]);
    kept.directions.push_back(directions->values[i]);
  }
  kept.options = bytes_of_options(*class_row);
  return kept;
}

}  // namespace

namespace {

NotedIndex with_its_file(KeptIndex kept, Oid index) {
  return {std::move(kept), pg::find(RELOID, index).value().form<FormData_pg_class>().relfilenode, bytes_of(index)};
}

}  // namespace

void note_index(Oid index) {
  if (!is_preserved(preserve_tables) || bytes_of(index) < worth_keeping_from || has_new_file(index)) return;
  const auto row = pg::find(INDEXRELID, index);
  if (!row || !row->form<FormData_pg_index>().indisvalid) return;
  const Oid table = row->form<FormData_pg_index>().indrelid;
  auto kept = read(index, table);
  if (!kept) return;
  NotedIndex found = with_its_file(std::move(*kept), index);
  if (OidIsValid(found.file)) noted()[table].push_back(std::move(found));
}

void forget_noted_indexes() { noted().clear(); }

std::vector<NotedIndex> take_noted_indexes(Oid table) {
  auto found = noted().extract(table);
  if (found.empty()) return {};
  std::vector<NotedIndex> indexes = std::move(found.mapped());
  // A column can go before its table does, with its type or its sequence: then the vault's has a stand-in of another type.
  std::erase_if(indexes, [&](const NotedIndex& one) {
    return !std::all_of(one.index.columns.begin(), one.index.columns.end(), [&](AttrNumber column) { return has_plain_type(table, column); });
  });
  return indexes;
}

std::int64_t bytes_of(const std::vector<NotedIndex>& indexes) {
  std::int64_t bytes = 0;
  for (const NotedIndex& one : indexes) bytes += one.bytes;
  return bytes;
}

std::set<AttrNumber> columns_of(const std::vector<NotedIndex>& indexes) {
  std::set<AttrNumber> columns;
  for (const NotedIndex& one : indexes) columns.insert(one.index.columns.begin(), one.index.columns.end());
  return columns;
}

namespace {

std::string name_of_kept(Oid store, std::size_t number) {
  return fmt::format("{}_kept_{}", pg::name_of(pg::find(RELOID, store).value().form<FormData_pg_class>().relname), number);
}

// That the vault made it. Others that are not valid may be half built (CREATE INDEX CONCURRENTLY).
bool is_ours(Oid index, Oid store, std::size_t most) {
  const std::string name = pg::name_of(pg::find(RELOID, index).value().form<FormData_pg_class>().relname);
  for (std::size_t number = 1; number <= most; ++number) {
    if (name == name_of_kept(store, number)) return true;
  }
  return false;
}

IndexInfo* info_of(const KeptIndex& index) {
  IndexInfo* info = index_info(static_cast<int>(index.columns.size()), index.keys, index.access_method, index.unique, index.nulls_not_distinct);
  std::copy(index.columns.begin(), index.columns.end(), info->ii_IndexAttrNumbers);
  return info;
}

Oid make_index(Oid store, const NotedIndex& noted, const char* name) {
  const KeptIndex& index = noted.index;
  Datum options = 0;
  if (!index.options.empty()) {
    auto* copy = pg::call([&] { return palloc(index.options.size()); });
    std::copy(index.options.begin(), index.options.end(), static_cast<char*>(copy));
    options = PointerGetDatum(copy);
  }
  // Of included columns these say nothing.
  std::vector<Oid> collations = index.collations, classes = index.operator_classes;
  std::vector<int16> directions = index.directions;
  collations.resize(index.columns.size());
  classes.resize(index.columns.size());
  directions.resize(index.columns.size());
  return pg::call([&] {
    Relation relation = table_open(store, ShareLock);
    List* names = NIL;
    for (const AttrNumber column : index.columns) names = lappend(names, pstrdup(NameStr(TupleDescAttr(RelationGetDescr(relation), column - 1)->attname)));
    const Oid made = index_create(relation, name, InvalidOid, InvalidOid, InvalidOid, noted.file, info_of(index), names, index.access_method,
                                  index.tablespace, collations.data(), classes.data(),
#if PG_VERSION_NUM >= 170000
                                  nullptr, directions.data(), nullptr, options,
#else
                                  directions.data(), options,
#endif
                                  INDEX_CREATE_SKIP_BUILD | INDEX_CREATE_INVALID, 0, true, true, nullptr);
    table_close(relation, ShareLock);
    CommandCounterIncrement();
    return made;
  });
}

}  // namespace

void keep_indexes(Oid store, const std::vector<NotedIndex>& indexes) {
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    const Oid index = make_index(store, indexes[i], name_of_kept(store, i + 1).c_str());
    forget_creation(index);
    keep_file_of(index);
    unlock(index);
  }
}

void free_indexes(Oid store, Oid table) {
  const std::vector<Oid> all = indexes_of(store);
  std::vector<NotedIndex> found;
  for (const Oid index : all) {
    auto kept = is_ours(index, store, all.size() + 1) ? read(index, store) : std::nullopt;
    if (!kept) continue;
    found.push_back(with_its_file(std::move(*kept), index));
    keep_file_of(index);
  }
  if (found.empty()) return;
  freed().insert_or_assign(table, Freed{pg::find(RELOID, store).value().form<FormData_pg_class>().relfilenode, std::move(found)});
}

void forget_freed_indexes() { freed().clear(); }

namespace {

// What of a table's rows this transaction has changed is counted, even where it was rolled back.
bool is_unchanged(Oid table) {
  if (!pgstat_track_counts) return false;
  return pg::call([&] {
    const Datum relation = ObjectIdGetDatum(table);
    return DatumGetInt64(DirectFunctionCall1(pg_stat_get_xact_tuples_inserted, relation)) == 0 &&
           DatumGetInt64(DirectFunctionCall1(pg_stat_get_xact_tuples_updated, relation)) == 0 &&
           DatumGetInt64(DirectFunctionCall1(pg_stat_get_xact_tuples_deleted, relation)) == 0;
  });
}

const Freed* freed_for(const RangeVar* name, Oid& table) {
  table = pg::call([&] { return RangeVarGetRelid(name, NoLock, true); });
  const auto found = freed().find(table);
  const auto row = found == freed().end() ? std::nullopt : pg::find(RELOID, table);
  if (!row || row->form<FormData_pg_class>().relfilenode != found->second.rows || !is_unchanged(table)) return nullptr;
  return &found->second;
}

bool is_not_null(Oid table, const char* name) {
  const auto column = find_column(table, name);
  return column && column->form<FormData_pg_attribute>().attnotnull;
}

// The statement for the index of a constraint, when ALTER TABLE has nothing else to do.
IndexStmt* statement_of_constraint(Oid table, AlterTableStmt* alter, const char* source) {
  struct Transformed {
    AlterTableStmt* statement;
    List* before;
    List* after;
  };
  const Transformed transformed = pg::call([&] {
    Transformed result = {nullptr, NIL, NIL};
    result.statement = transformAlterTableStmt(table, alter, source, &result.before, &result.after);
    return result;
  });
  if (transformed.before != NIL || transformed.after != NIL) return nullptr;
  IndexStmt* found = nullptr;
  ListCell* cell;
  foreach (cell, transformed.statement->cmds) {
    const auto* command = static_cast<const AlterTableCmd*>(lfirst(cell));
    if (command->subtype == AT_SetNotNull && is_not_null(table, command->name)) continue;
    if (command->subtype != AT_AddIndex || found != nullptr) return nullptr;
    found = reinterpret_cast<IndexStmt*>(command->def);
  }
  return found;
}

bool adds_key(const AlterTableStmt* alter) {
  if (alter->objtype != OBJECT_TABLE || list_length(alter->cmds) != 1) return false;
  const auto* command = static_cast<const AlterTableCmd*>(linitial(alter->cmds));
  if (command->subtype != AT_AddConstraint || !IsA(command->def, Constraint)) return false;
  const auto* constraint = reinterpret_cast<const Constraint*>(command->def);
  return (constraint->contype == CONSTR_PRIMARY || constraint->contype == CONSTR_UNIQUE) && constraint->indexname == nullptr;
}

Oid tablespace_of(const IndexStmt* statement, char persistence) {
  const Oid chosen = statement->tableSpace != nullptr ? get_tablespace_oid(statement->tableSpace, false) : GetDefaultTablespace(persistence, false);
  return chosen == MyDatabaseTableSpace ? InvalidOid : chosen;
}

// As the server will read it, its options aside; nothing when it has what no kept one has.
std::optional<KeptIndex> meant_by(const IndexStmt* statement, Oid table) {
  if (statement->whereClause != nullptr || statement->excludeOpNames != NIL || statement->concurrent) return {};
#if PG_VERSION_NUM >= 180000
  if (statement->iswithoutoverlaps) return {};
#endif
  KeptIndex index;
  index.access_method = pg::call([&] { return get_index_am_oid(statement->accessMethod, true); });
  const char persistence = pg::find(RELOID, table).value().form<FormData_pg_class>().relpersistence;
  index.tablespace = pg::call([&] { return tablespace_of(statement, persistence); });
  index.unique = statement->unique;
  index.nulls_not_distinct = statement->nulls_not_distinct;
  index.keys = list_length(statement->indexParams);
  ListCell* cell;
  foreach (cell, statement->indexParams) {
    const auto* element = static_cast<const IndexElem*>(lfirst(cell));
    const auto column = element->name == nullptr || element->opclassopts != NIL ? std::nullopt : find_column(table, element->name);
    if (!column) return {};
    const auto& form = column->form<FormData_pg_attribute>();
    if (statement->primary && !form.attnotnull) return {};  // ALTER TABLE would see to that
    index.columns.push_back(form.attnum);
    index.operator_classes.push_back(pg::call([&] { return ResolveOpClass(element->opclass, form.atttypid, statement->accessMethod, index.access_method); }));
    index.collations.push_back(element->collation == NIL ? form.attcollation : pg::call([&] { return get_collation_oid(element->collation, false); }));
    const bool descends = element->ordering == SORTBY_DESC;
    const bool nulls_first = element->nulls_ordering == SORTBY_NULLS_FIRST || (element->nulls_ordering == SORTBY_NULLS_DEFAULT && descends);
    index.directions.push_back(static_cast<int16>((descends ? INDOPTION_DESC : 0) | (nulls_first ? INDOPTION_NULLS_FIRST : 0)));
  }
  foreach (cell, statement->indexIncludingParams) {
    const auto* element = static_cast<const IndexElem*>(lfirst(cell));
    const auto column = element->name == nullptr ? std::nullopt : find_column(table, element->name);
    if (!column) return {};
    index.columns.push_back(column->form<FormData_pg_attribute>().attnum);
  }
  return index;
}

Oid define(Oid table, IndexStmt* statement, Oid file) {
  return pg::call([&] {
#if PG_VERSION_NUM < 160000
    statement->oldNode = file;
    const ObjectAddress made = DefineIndex(table, statement, InvalidOid, InvalidOid, InvalidOid, statement->isconstraint, true, true, true, false);
#else
    statement->oldNumber = file;
    const ObjectAddress made = DefineIndex(table, statement, InvalidOid, InvalidOid, InvalidOid, -1, statement->isconstraint, true, true, true, false);
#endif
    CommandCounterIncrement();
    return made.objectId;
  });
}

}  // namespace

bool makes_kept_index(const std::string& sql) {
  if (freed().empty()) return false;
  auto* parsed = pg::call([&] {
    const List* statements = raw_parser(sql.c_str(), RAW_PARSE_DEFAULT);
    return list_length(statements) == 1 ? linitial_node(RawStmt, statements)->stmt : nullptr;
  });
  if (parsed == nullptr) return false;
  Oid table = InvalidOid;
  IndexStmt* statement = nullptr;
  const Freed* waiting = nullptr;
  if (IsA(parsed, IndexStmt)) {
    auto* raw = reinterpret_cast<IndexStmt*>(parsed);
    waiting = freed_for(raw->relation, table);
    if (waiting != nullptr) statement = pg::call([&] { return transformIndexStmt(table, raw, sql.c_str()); });
  } else if (IsA(parsed, AlterTableStmt) && adds_key(reinterpret_cast<AlterTableStmt*>(parsed))) {
    auto* alter = reinterpret_cast<AlterTableStmt*>(parsed);
    waiting = freed_for(alter->relation, table);
    if (waiting != nullptr) statement = statement_of_constraint(table, alter, sql.c_str());
  }
  const auto meant = statement == nullptr ? std::nullopt : meant_by(statement, table);
  if (!meant) return false;
  for (const NotedIndex& one : waiting->indexes) {
    KeptIndex kept = one.index;
    kept.options = meant->options;
    if (kept != *meant || is_file_in_use(table, one.index.tablespace, one.file)) continue;
    const Oid index = define(table, statement, one.file);
    forget_creation(index);
    count_pages(index, table);
    // The options are told by the server alone.
    if (read(index, table) != one.index) build_again(index);
    return true;
  }
  return false;
}

}  // namespace xc::vault
