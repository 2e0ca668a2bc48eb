// See carry.hpp. What waits in a table stands in the arguments of its trigger and nowhere else.
#include "vault/carry.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "apply/family.hpp"
#include "capture/touched.hpp"
#include "core/refusal.hpp"
#include "ledger/ledger.hpp"
#include "pg/call.hpp"
#include "pg/entry.hpp"
#include "pg/encoding.hpp"
#include "pg/deparse.hpp"
#include "pg/snapshot.hpp"
#include "store/store.hpp"
#include "vault/keep.hpp"
#include "vault/layout.hpp"
#include "vault/limits.hpp"
#include "vault/preserve.hpp"
#include "vault/set_aside.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/detoast.h"
#include "access/relation.h"
#include "access/tupdesc_details.h"
#include "access/xact.h"
#include "catalog/pg_statistic.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "optimizer/plancat.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/inval.h"
}

namespace xc::vault {

constinit bool takes_all_along = false;

namespace {

// It comes last: one before it may put another row in the place of the new one. The server adds its OID.
constexpr char trigger_name[] = "~xconnect_carry";

// By relation and number.
struct Drop {
  Datum missing;  // attmissingval of the column as an array of its stand-in, or null; in the transaction's memory
  Carried column;
};
// In this session: a statement drops a column in all tables of a tree.
constinit std::uint64_t statements = 0;

using Dropped = std::map<std::pair<Oid, int>, Drop>;
Dropped& dropped() {
  static Dropped instance;
  return instance;
}

// Tables that are being rewritten, by the relation that they are rewritten into.
struct Rewritten {
  Oid table;
  std::vector<int> columns;
};
std::map<Oid, Rewritten>& rewritten() {
  static std::map<Oid, Rewritten> instance;
  return instance;
}

// By the table that it was of.
std::map<Oid, std::vector<Carried>>& gone_with_trigger() {
  static std::map<Oid, std::vector<Carried>> instance;
  return instance;
}

// --- the trigger ---

bool is_ours(const pg::Row& trigger) {
  const auto& form = trigger.form<FormData_pg_trigger>();
  return form.tgisinternal && std::string_view(NameStr(form.tgname)).starts_with(trigger_name);
}

std::optional<pg::Row> trigger_of(Oid relation) {
  const auto table = pg::find(RELOID, relation);
  if (!table || !table->form<FormData_pg_class>().relhastriggers) return {};
  for (const pg::Row& row : pg::scan(TriggerRelationId, TriggerRelidNameIndexId, {pg::oid_key(Anum_pg_trigger_tgrelid, relation)})) {
    if (is_ours(row)) return row;
  }
  return {};
}

// Its arguments, each with a zero at its end: column, file, whose values they were, bytes, since when, key.
constexpr int fields_before_key = 5;

std::vector<Carried> columns_in(const pg::Row& trigger) {
  std::vector<Carried> columns;
  const std::string all = trigger.text(Anum_pg_trigger_tgargs);
  for (std::size_t at = 0; at < all.size(); at = all.find('\0', at) + 1) {
    const char* text = all.c_str() + at;
    std::int64_t numbers[fields_before_key] = {};
    for (std::int64_t& number : numbers) {
      char* end = nullptr;
      number = std::strtoll(text, &end, 10);
      text = *end == ':' ? end + 1 : end;
    }
    columns.push_back({static_cast<int>(numbers[0]), static_cast<Oid>(numbers[1]), static_cast<int>(numbers[2]), numbers[3], numbers[4], text});
  }
  return columns;
}

std::string argument(const Carried& one) {
  return fmt::format("{}:{}:{}:{}:{}:{}", one.column, one.file, one.of, one.bytes, one.since, one.key);
}

// The same of one argument, for the trigger itself.
int column_in(const char* argument) { return atoi(argument); }
int of_in(const char* argument) {
  const char* file = strchr(argument, ':');
  const char* of = file == nullptr ? nullptr : strchr(file + 1, ':');
  return of == nullptr ? 0 : atoi(of + 1);
}
const char* key_in(const char* argument) {
  for (int i = 0; i < fields_before_key && argument != nullptr; ++i) {
    argument = strchr(argument, ':');
    if (argument != nullptr) ++argument;
  }
  return argument == nullptr ? "" : argument;
}

// Rows of a partition can move to another one.
int events_of(Oid relation) {
  const auto table = pg::find(RELOID, relation);
  if (!table) return TRIGGER_TYPE_UPDATE;
  const auto& form = table->form<FormData_pg_class>();
  const bool moves = form.relispartition && form.relkind == RELKIND_RELATION;
  return TRIGGER_TYPE_UPDATE | (moves ? TRIGGER_TYPE_INSERT | TRIGGER_TYPE_DELETE : 0);
}

void write(Oid relation, const pg::Row& trigger, const std::vector<Carried>& columns) {
  std::string all;
  for (const Carried& one : columns) all += argument(one) + '\0';
  const Datum given = pg::call([&] {
    return PointerGetDatum(cstring_to_text_with_len(all.data(), static_cast<int>(all.size())));
  });
  const auto events = static_cast<int16>(TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | events_of(relation));
  pg::update(TriggerRelationId, trigger.modified({{Anum_pg_trigger_tgargs, given},
                                                  {Anum_pg_trigger_tgtype, Int16GetDatum(events)},
                                                  {Anum_pg_trigger_tgnargs, Int16GetDatum(static_cast<int16>(columns.size()))}}));
  pg::call([&] {
    CacheInvalidateRelcacheByRelid(relation);
    CommandCounterIncrement();
  });
}

Oid file_of(Oid relation) {
  const auto row = pg::find(RELOID, relation);
  return row ? row->form<FormData_pg_class>().relfilenode : InvalidOid;
}

// Whatever rights the user has on our schema.
Oid carry_function() {
  return pg::call([] {
    const Oid schema = get_namespace_oid("xconnect", true);
    oidvector* none = buildoidvector(nullptr, 0);
    return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("carry"), PointerGetDatum(none), ObjectIdGetDatum(schema));
  });
}

// Nobody else's to see, dump, rename or drop; but DROP EXTENSION takes it along without being told to CASCADE. It fires
// for replication's rows as well.
void make_trigger(Oid relation, const Carried& first) {
  const std::string given = argument(first);
  const Oid function = carry_function();
  const int events = events_of(relation);
  pg::call([&] {
    auto* statement = makeNode(CreateTrigStmt);
    statement->trigname = pstrdup(trigger_name);
    statement->args = list_make1(makeString(pstrdup(given.c_str())));
    statement->row = true;
    statement->timing = TRIGGER_TYPE_BEFORE;
    statement->events = static_cast<int16>(events);
    const ObjectAddress made = CreateTriggerFiringOn(statement, nullptr, relation, InvalidOid, InvalidOid, InvalidOid, function,
                                                     InvalidOid, nullptr, true, false, TRIGGER_FIRES_ALWAYS);
    CommandCounterIncrement();
    (void)deleteDependencyRecordsForSpecific(TriggerRelationId, made.objectId, DEPENDENCY_NORMAL, ProcedureRelationId, function);
    const ObjectAddress needed = {ProcedureRelationId, function, 0};
    recordDependencyOn(&made, &needed, DEPENDENCY_AUTO);
    CommandCounterIncrement();
    // Whoever looks at pg_locks finds those of the statement: it has locked the table more strongly than this.
    UnlockRelationOid(relation, ShareRowExclusiveLock);
  });
}

void drop_trigger(const pg::Row& trigger) {
  const ObjectAddress address = {TriggerRelationId, trigger.form<FormData_pg_trigger>().oid, 0};
  pg::call([&] {
    performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
    CommandCounterIncrement();
  });
  gone_with_trigger().erase(trigger.form<FormData_pg_trigger>().tgrelid);
}

// Is the value that was converted another one now? Then what it was before is no value of this row any more.
bool is_updated(const TriggerData& event, int column) {
  const TupleDesc desc = RelationGetDescr(event.tg_relation);
  if (column < 1 || column > desc->natts || TupleDescAttr(desc, column - 1)->attisdropped) return false;
  bool was_null = false;
  bool is_null = false;
  const Datum before = heap_getattr(event.tg_trigtuple, column, desc, &was_null);
  const Datum now = heap_getattr(event.tg_newtuple, column, desc, &is_null);
  if (was_null || is_null) return was_null != is_null;
  const auto* form = TupleDescAttr(desc, column - 1);
  return !datum_image_eq(before, now, form->attbyval, form->attlen);
}

bool waits_in(TupleDesc desc, int column) {
  return column >= 1 && column <= desc->natts && TupleDescAttr(desc, column - 1)->attisdropped;
}

// --- rows that move to another partition ---
//
// The server calls the triggers for the update of the row, then for its deletion, then for the insertion of the new one.
// Nothing but such a move deletes, in the same statement, a row right after its update.

struct Moving {
  Oid relation = InvalidOid;
  ItemPointerData row = {};
  CommandId command = 0;
  bool has_left = false;
  std::vector<int> arguments;  // those whose values the row keeps
  struct Value {
    std::string key;
    Datum value;               // in the transaction's memory
    int length;
    bool by_value;
  };
  std::vector<Value> values;
};
// By how deep in triggers it is: what others' triggers do meanwhile is deeper.
std::map<int, Moving>& moving() {
  static std::map<int, Moving> instance;
  return instance;
}

int depth() { return DatumGetInt32(pg_trigger_depth(nullptr)); }

void is_done(Moving& move) {
  pg::call([&] {
    for (const Moving::Value& one : move.values) {
      if (!one.by_value) pfree(DatumGetPointer(one.value));
    }
  });
  move.values.clear();
  move.arguments.clear();
  move.relation = InvalidOid;
  move.has_left = false;
}

void may_move(const TriggerData& event, const std::vector<int>& arguments) {
  Moving& move = moving()[depth()];
  is_done(move);
  move.relation = RelationGetRelid(event.tg_relation);
  move.row = event.tg_trigtuple->t_self;
  move.command = pg::call([] { return GetCurrentCommandId(false); });
  move.arguments = arguments;
}

void leaves(const TriggerData& event) {
  const auto found = moving().find(depth());
  if (found == moving().end() || !OidIsValid(found->second.relation)) return;
  Moving& move = found->second;
  const bool same_row = move.relation == RelationGetRelid(event.tg_relation) && !move.has_left &&
                        ItemPointerEquals(&move.row, &event.tg_trigtuple->t_self);
  // A trigger of the user's between the two can have run statements.
  const bool others = event.tg_relation->trigdesc->numtriggers > 1;
  if (!same_row || (!others && move.command != pg::call([] { return GetCurrentCommandId(false); }))) return is_done(move);
  const TupleDesc desc = RelationGetDescr(event.tg_relation);
  move.has_left = true;
  for (const int number : move.arguments) {
    const char* argument = event.tg_trigger->tgargs[number];
    const int column = column_in(argument);
    if (!waits_in(desc, column)) continue;
    const auto* form = TupleDescAttr(desc, column - 1);
    struct Copy {
      Datum value;
      bool null;
    };
    const Copy copy = pg::call([&] {
      Copy result = {0, false};
      result.value = heap_getattr(event.tg_trigtuple, column, desc, &result.null);
      if (result.null) return result;
      MemoryContext outer = MemoryContextSwitchTo(TopTransactionContext);
      if (form->attlen == -1) {
        // The partition's TOAST table goes without the row.
        auto* whole = detoast_external_attr(reinterpret_cast<varlena*>(DatumGetPointer(result.value)));
        result.value = datumCopy(PointerGetDatum(whole), false, -1);
      } else {
        result.value = datumCopy(result.value, form->attbyval, form->attlen);
      }
      MemoryContextSwitchTo(outer);
      return result;
    });
    if (!copy.null) move.values.push_back({key_in(argument), copy.value, form->attlen, form->attbyval});
  }
}

HeapTuple with_values(HeapTuple tuple, TupleDesc desc, std::vector<int>& columns, std::vector<Datum>& values) {
  if (columns.empty()) return tuple;
  int* const numbers = columns.data();
  Datum* const given = values.data();
  const int count = static_cast<int>(columns.size());
  return pg::call([&] {
    auto* nulls = static_cast<bool*>(palloc0(sizeof(bool) * static_cast<std::size_t>(count)));
    return heap_modify_tuple_by_cols(tuple, desc, count, numbers, given, nulls);
  });
}

HeapTuple arrives(const TriggerData& event) {
  const auto found = moving().find(depth());
  if (found == moving().end() || !found->second.has_left) return event.tg_trigtuple;
  Moving& move = found->second;
  const TupleDesc desc = RelationGetDescr(event.tg_relation);
  std::vector<int> columns;
  std::vector<Datum> values;
  for (int i = 0; i < event.tg_trigger->tgnargs; ++i) {
    const char* argument = event.tg_trigger->tgargs[i];
    const int column = column_in(argument);
    const auto value = std::find_if(move.values.begin(), move.values.end(), [&](const auto& one) { return one.key == key_in(argument); });
    if (value == move.values.end() || !waits_in(desc, column)) continue;
    const auto* form = TupleDescAttr(desc, column - 1);
    if (form->attlen != value->length || form->attbyval != value->by_value) continue;
    columns.push_back(column);
    values.push_back(value->value);
  }
  HeapTuple tuple = with_values(event.tg_trigtuple, desc, columns, values);
  is_done(move);
  return tuple;
}

HeapTuple carried_over(const TriggerData& event) {
  const Trigger& trigger = *event.tg_trigger;
  const TupleDesc desc = RelationGetDescr(event.tg_relation);
  std::vector<int> columns;
  std::vector<Datum> values;
  std::vector<int> arguments;
  const auto most = static_cast<std::size_t>(trigger.tgnargs);
  columns.resize(most);
  values.resize(most);
  arguments.resize(most);
  int* const numbers = columns.data();
  Datum* const kept = values.data();
  int* const places = arguments.data();
  const std::size_t count = pg::call([&] {
    std::size_t found = 0;
    for (int i = 0; i < trigger.tgnargs; ++i) {
      const int column = column_in(trigger.tgargs[i]);
      if (!waits_in(desc, column)) continue;
      bool null = false;
      const Datum value = heap_getattr(event.tg_trigtuple, column, desc, &null);
      const int of = of_in(trigger.tgargs[i]);
      if (null || (of != 0 && is_updated(event, of))) continue;
      numbers[found] = column;
      places[found] = i;
      kept[found++] = value;
    }
    return found;
  });
  columns.resize(count);
  values.resize(count);
  arguments.resize(count);
  if (event.tg_relation->rd_rel->relispartition) may_move(event, arguments);
  return with_values(event.tg_newtuple, desc, columns, values);
}

// --- the column's row ---

bool is_dropped(Oid relation, int column) {
  const auto row = pg::attribute(relation, column);
  return row && row->form<FormData_pg_attribute>().attisdropped;
}

// Rows older than the column get this value from its row, whether it is dropped or not.
void give_missing_value(Oid relation, int column, Datum missing) {
  const auto row = pg::attribute(relation, column);
  if (!row || missing == 0) return;
  pg::update(AttributeRelationId, row->modified({{Anum_pg_attribute_atthasmissing, BoolGetDatum(true)},
                                                 {Anum_pg_attribute_attmissingval, missing}}));
}

// To read a row no more is needed of a type than what the column's row says.
Oid shape_of(const FormData_pg_attribute& column) {
  const Oid type = stand_in(column);
  return OidIsValid(type) ? type : BYTEAOID;
}

// The server nulls what is dropped when it rewrites a table, and copies the rest.
void set_dropped(Oid relation, int column, bool is) {
  const auto row = pg::attribute(relation, column);
  if (!row || row->form<FormData_pg_attribute>().attisdropped == is) return;
  HeapTuple tuple = row->tuple();
  auto& form = *reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  form.attisdropped = is;
  form.atttypid = is ? InvalidOid : shape_of(form);
  pg::update(AttributeRelationId, tuple);
}

// What is known of a dropped column whose values may be wanted back.
std::optional<ledger::DroppedColumn> noted(Oid relation, int column) {
  const auto& now = capture::touched().dropped_columns();
  const auto found = now.find({relation, column});
  const auto note = found != now.end() ? found->second : ledger::dropped_column(relation, column);
  return note && note->type != 0 ? note : std::nullopt;
}

// The dropped columns that nobody was told to keep, and that can come back all the same.
std::vector<ledger::DroppedColumn> left_in_place(Oid relation) {
  std::vector<ledger::DroppedColumn> columns;
  if (!store::installed()) return columns;
  for (int number = 1;; ++number) {
    const auto row = pg::attribute(relation, number);
    if (!row) return columns;
    if (!row->form<FormData_pg_attribute>().attisdropped || carried_column(relation, number)) continue;
    if (auto note = noted(relation, number)) columns.push_back(std::move(*note));
  }
}

// In a row that is written anew it stands for itself.
void give_missing_value(const ledger::DroppedColumn& column) {
  const auto row = pg::attribute(column.relation, column.attnum);
  if (!row || !column.missing || row->form<FormData_pg_attribute>().atthasmissing) return;
  const auto& form = row->form<FormData_pg_attribute>();
  give_missing_value(column.relation, column.attnum, missing_value(*column.missing, form, shape_of(form)));
}

// Those that were dropped by the very statement that rewrites the table have no trigger yet.
std::vector<int> columns_to_take_along(Oid relation) {
  std::vector<int> columns;
  const auto take = [&](int column) {
    if (is_dropped(relation, column) && std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
  };
  for (const Carried& one : carried_columns(relation)) take(one.column);
  if (takes_all_along) {
    for (const ledger::DroppedColumn& one : left_in_place(relation)) take(one.attnum);
  }
  for (auto one = dropped().lower_bound({relation, 0}); one != dropped().end() && one->first.first == relation; ++one) {
    take(one->first.second);
  }
  return columns;
}

// "pg_temp_<OID>": what a table is rewritten into.
Oid rewritten_into(Oid relation) {
  NameData name = {};
  pg::call([&] {
    Relation made = RelationIdGetRelation(relation);
    if (!RelationIsValid(made)) return;
    if (made->rd_rel->relkind == RELKIND_RELATION) name = made->rd_rel->relname;
    RelationClose(made);
  });
  const std::string_view text = NameStr(name);
  constexpr std::string_view prefix = "pg_temp_";
  Oid table = InvalidOid;
  if (text.starts_with(prefix)) (void)std::from_chars(text.data() + prefix.size(), text.data() + text.size(), table);
  return table;
}

// The values of a column, as far as the statistics tell.
std::int64_t bytes_about(const FormData_pg_attribute& column) {
  const double rows = pg::call([&] {
    Relation table = relation_open(column.attrelid, NoLock);
    BlockNumber pages = 0;
    double tuples = 0;
    double visible = 0;
    if (RELKIND_HAS_TABLE_AM(table->rd_rel->relkind)) estimate_rel_size(table, nullptr, &pages, &tuples, &visible);
    relation_close(table, NoLock);
    return tuples;
  });
  const double width = pg::call([&] {
    HeapTuple row = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(column.attrelid), Int16GetDatum(column.attnum), BoolGetDatum(false));
    if (!HeapTupleIsValid(row)) return static_cast<double>(get_typavgwidth(column.atttypid, column.atttypmod));
    const auto& form = *reinterpret_cast<Form_pg_statistic>(GETSTRUCT(row));
    const double average = form.stawidth * (1.0 - static_cast<double>(form.stanullfrac));
    ReleaseSysCache(row);
    return average;
  });
  return static_cast<std::int64_t>(rows * width);
}

// Are the rows of it anybody's in a commit already?
bool is_recorded(Oid relation) {
  if (!store::installed()) return false;
  const auto known = ledger::recorded(Address{RelationRelationId, relation});
  return known && known->blob;
}

}  // namespace

// A partitioned table has no rows, and its trigger never fires: there it is a note, so that a tree is told alike.
bool would_carry(Oid relation) {
  if (!is_preserved(preserve_columns) || creating_extension) return false;
  const auto row = pg::find(RELOID, relation);
  if (!row) return false;
  const auto& form = row->form<FormData_pg_class>();
  const bool is_table = form.relkind == RELKIND_RELATION || form.relkind == RELKIND_PARTITIONED_TABLE;
  return is_table && form.relpersistence != RELPERSISTENCE_TEMP && is_recorded(relation);
}

void before_column_drop(Oid relation, const pg::Row& column) {
  const auto& form = column.form<FormData_pg_attribute>();
  // What an expression gives is there again with it.
  if (form.attisdropped || form.attgenerated != '\0' || !OidIsValid(stand_in(form)) || !would_carry(relation)) return;
  const std::optional<int> of = set_aside_of(relation, NameStr(form.attname));
  if (!of) return;
  Datum missing = 0;
  if (const auto value = column.maybe(Anum_pg_attribute_attmissingval); value && form.atthasmissing) {
    missing = pg::call([&] {
      MemoryContext outer = MemoryContextSwitchTo(TopTransactionContext);
      const Datum copy = as_stand_in(*value, form, stand_in(form));
      MemoryContextSwitchTo(outer);
      return copy;
    });
  }
  Carried waiting;
  waiting.column = form.attnum;
  waiting.of = *of;
  waiting.bytes = bytes_about(form);
  waiting.since = pg::now();
  const std::uint64_t drop = pg::call([] { return U64FromFullTransactionId(GetTopFullTransactionId()); });
  waiting.key = fmt::format("{}-{}.{}", drop, statements, NameStr(form.attname));
  if (const std::string why = no_room(waiting.bytes); !why.empty()) {
    warn(fmt::format("the values of column {} of {} are not kept: {}", pg::quoted(NameStr(form.attname)), pg::relation_name(relation), why),
         "Rows that are written from now on lose them for good.");
    return;
  }
  dropped().insert_or_assign({relation, form.attnum}, Drop{missing, std::move(waiting)});
}

void after_statement() {
  ++statements;
  if (dropped().empty() || !store::installed()) return;
  const pg::LatestSnapshot for_toast;  // at the end of a transaction there is none
  for (const auto& [place, drop] : dropped()) {
    const auto& [relation, column] = place;
    if (!is_dropped(relation, column) || carried_column(relation, column)) continue;
    give_missing_value(relation, column, drop.missing);
    carry(relation, drop.column);
    note_growth();
  }
}

void made_internally(Oid relation) {
  if (!store::installed()) return;
  const Oid table = rewritten_into(relation);
  if (!OidIsValid(table)) return;
  const std::vector<int> columns = columns_to_take_along(table);
  if (columns.empty()) return;
  pg::call([] { CommandCounterIncrement(); });
  for (const int column : columns) {
    set_dropped(relation, column, false);
    set_dropped(table, column, false);
  }
  rewritten().insert_or_assign(relation, Rewritten{table, columns});
}

void goes_internally(Oid relation) {
  const auto found = rewritten().find(relation);
  if (found == rewritten().end()) return;
  const auto [table, columns] = found->second;
  rewritten().erase(found);
  for (const int column : columns) set_dropped(table, column, true);
  const auto trigger = trigger_of(table);
  if (!trigger) return;
  std::vector<Carried> waiting = columns_in(*trigger);
  for (Carried& one : waiting) {
    if (std::find(columns.begin(), columns.end(), one.column) != columns.end()) one.file = file_of(table);
  }
  write(table, *trigger, waiting);
}

void before_trigger_drop(Oid trigger) {
  const auto row = pg::row_of(TriggerRelationId, trigger);
  if (!row || !is_ours(*row)) return;
  pg::call([&] { UnlockDatabaseObject(TriggerRelationId, trigger, 0, AccessExclusiveLock); });  // the table is locked
  gone_with_trigger().insert_or_assign(row->form<FormData_pg_trigger>().tgrelid, columns_in(*row));
}

void forget_moves() { moving().clear(); }

void forget_columns() {
  forget_moves();
  gone_with_trigger().clear();
  dropped().clear();
  rewritten().clear();
}

std::vector<Carried> carried_columns(Oid relation) {
  const auto trigger = trigger_of(relation);
  return trigger ? columns_in(*trigger) : std::vector<Carried>();
}

std::vector<Carried> carried_when_dropped(Oid relation) {
  const auto found = gone_with_trigger().find(relation);
  return found == gone_with_trigger().end() ? std::vector<Carried>() : found->second;
}

std::optional<Carried> carried_column(Oid relation, int column) {
  for (const Carried& one : carried_columns(relation)) {
    if (one.column == column) return one;
  }
  return {};
}

void carry(Oid relation, Carried added) {
  added.file = file_of(relation);
  const auto trigger = trigger_of(relation);
  if (!trigger) return make_trigger(relation, added);
  std::vector<Carried> columns = columns_in(*trigger);
  std::erase_if(columns, [&](const Carried& one) { return one.column == added.column; });
  columns.push_back(std::move(added));
  write(relation, *trigger, columns);
}

namespace {

void stop(Oid relation, const std::function<bool(const Carried&)>& which) {
  const auto trigger = trigger_of(relation);
  if (!trigger) return;
  std::vector<Carried> columns = columns_in(*trigger);
  if (std::erase_if(columns, which) == 0) return;
  if (columns.empty()) drop_trigger(*trigger);
  else write(relation, *trigger, columns);
}

}  // namespace

void stop_carrying(Oid relation, int column) {
  dropped().erase({relation, column});
  stop(relation, [&](const Carried& one) { return one.column == column; });
}

void give_missing_values(Oid relation) {
  std::vector<ledger::DroppedColumn> columns = left_in_place(relation);
  std::erase_if(columns, [](const auto& one) { return !one.missing; });
  if (!columns.empty()) pg::call([&] { LockRelationOid(relation, AccessExclusiveLock); });
  for (const ledger::DroppedColumn& one : columns) give_missing_value(one);
}

void carry_meanwhile(Oid table, const std::function<void()>& work) {
  // Of no drop, so that no other partition takes a row's values for those of a column of its own.
  const auto key = [](Oid relation, int column) { return fmt::format("{}.{}", relation, column); };
  std::vector<Oid> relations{table};
  for (std::size_t i = 0; i < relations.size(); ++i) {
    for (const Oid child : children_of(relations[i])) {
      if (is_partition(child)) relations.push_back(child);
    }
    if (pg::call([&] { return get_rel_relkind(relations[i]); }) != RELKIND_RELATION) continue;
    for (const ledger::DroppedColumn& one : left_in_place(relations[i])) {
      give_missing_value(one);
      Carried meanwhile;
      meanwhile.column = one.attnum;
      meanwhile.key = key(relations[i], one.attnum);
      carry(relations[i], std::move(meanwhile));
    }
  }
  work();
  for (const Oid relation : relations) stop(relation, [&](const Carried& one) { return one.key == key(relation, one.column); });
}

std::string described(const WaitingColumn& column) {
  const std::string table = pg::relation_name(column.relation);
  if (column.column.of != 0) {
    const auto now = pg::attribute(column.relation, column.column.of);
    if (now) return fmt::format("column {} of table {} before a change of its type", pg::quoted(NameStr(now->form<FormData_pg_attribute>().attname)), table);
  }
  const std::string& key = column.column.key;
  return fmt::format("column {} of table {}", pg::quoted(key.substr(key.find('.') + 1)), table);
}

// By what depends on the trigger's function: there is no index to find the triggers of one.
std::vector<WaitingColumn> waiting_columns() {
  std::vector<WaitingColumn> waiting;
  const Oid function = carry_function();
  if (!OidIsValid(function)) return waiting;
  for (const pg::Row& edge : pg::scan(DependRelationId, DependReferenceIndexId,
                                      {pg::oid_key(Anum_pg_depend_refclassid, ProcedureRelationId), pg::oid_key(Anum_pg_depend_refobjid, function)})) {
    const auto& form = edge.form<FormData_pg_depend>();
    const auto trigger = form.classid == TriggerRelationId ? pg::row_of(TriggerRelationId, form.objid) : std::nullopt;
    if (!trigger) continue;
    for (Carried& one : columns_in(*trigger)) waiting.push_back({trigger->form<FormData_pg_trigger>().tgrelid, std::move(one)});
  }
  std::stable_sort(waiting.begin(), waiting.end(), [](const auto& a, const auto& b) { return a.column.since < b.column.since; });
  return waiting;
}

}  // namespace xc::vault

XC_FUNCTION(xc_carry) {
  const auto* event = reinterpret_cast<const TriggerData*>(fcinfo->context);
  if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(event->tg_event) || !TRIGGER_FIRED_FOR_ROW(event->tg_event)) {
    throw xc::Refusal("39P01", "xconnect.carry() is a trigger function, of rows before they are written");
  }
  if (TRIGGER_FIRED_BY_UPDATE(event->tg_event)) return PointerGetDatum(xc::vault::carried_over(*event));
  if (TRIGGER_FIRED_BY_INSERT(event->tg_event)) return PointerGetDatum(xc::vault::arrives(*event));
  xc::vault::leaves(*event);
  return PointerGetDatum(event->tg_trigtuple);
}
