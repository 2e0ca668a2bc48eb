// See carry.hpp. What waits in a table stands in the arguments of its trigger and nowhere else.
#include "vault/carry.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "ledger/ledger.hpp"
#include "ledger/reading.hpp"
#include "pg/call.hpp"
#include "pg/entry.hpp"
#include "pg/query.hpp"
#include "pg/table.hpp"
#include "store/store.hpp"
#include "vault/layout.hpp"
#include "vault/preserve.hpp"
#include "vault/set_aside.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/tupdesc_details.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "parser/parse_func.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/inval.h"
}

namespace xc::vault {

namespace {

// It comes last: one before it may put another row in the place of the new one. The server adds its OID.
constexpr char trigger_name[] = "~xconnect_carry";

// By relation and number.
struct Drop {
  Datum missing;  // attmissingval of the column as an array of its stand-in, or null; in the transaction's memory
  int of;         // see Carried
};
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

// --- the trigger ---

std::optional<pg::Row> trigger_of(Oid relation) {
  const auto table = pg::find(RELOID, relation);
  if (!table || !table->form<FormData_pg_class>().relhastriggers) return {};
  for (const pg::Row& row : pg::scan(TriggerRelationId, TriggerRelidNameIndexId, {pg::oid_key(Anum_pg_trigger_tgrelid, relation)})) {
    const auto& form = row.form<FormData_pg_trigger>();
    if (form.tgisinternal && std::string_view(NameStr(form.tgname)).starts_with(trigger_name)) return row;
  }
  return {};
}

// Its arguments, each with a zero at its end: column, file and, where it is not 0, whose values they were.
std::vector<Carried> columns_in(const pg::Row& trigger) {
  std::vector<Carried> columns;
  const std::string all = trigger.text(Anum_pg_trigger_tgargs);
  const char* const end = all.data() + all.size();
  for (std::size_t at = 0; at < all.size(); at = all.find('\0', at) + 1) {
    Carried one = {0, InvalidOid};
    const auto number = std::from_chars(all.data() + at, end, one.column);
    const auto file = std::from_chars(number.ptr + 1, end, one.file);
    if (*file.ptr == ':') (void)std::from_chars(file.ptr + 1, end, one.of);
    columns.push_back(one);
  }
  return columns;
}

std::string argument(const Carried& one) {
  return one.of == 0 ? fmt::format("{}:{}", one.column, one.file) : fmt::format("{}:{}:{}", one.column, one.file, one.of);
}

void write(Oid relation, const pg::Row& trigger, const std::vector<Carried>& columns) {
  std::string all;
  for (const Carried& one : columns) all += argument(one) + '\0';
  const Datum given = pg::call([&] {
    return PointerGetDatum(cstring_to_text_with_len(all.data(), static_cast<int>(all.size())));
  });
  pg::update(TriggerRelationId, trigger.modified({{Anum_pg_trigger_tgargs, given},
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

// Nobody else's to see, dump, rename or drop; but DROP EXTENSION takes it along without being told to CASCADE. It fires
// for replication's rows as well.
void make_trigger(Oid relation, const Carried& first) {
  const std::string given = argument(first);
  pg::call([&] {
    const Oid function = LookupFuncName(list_make2(makeString(pstrdup("xconnect")), makeString(pstrdup("carry"))), 0, nullptr, false);
    auto* statement = makeNode(CreateTrigStmt);
    statement->trigname = pstrdup(trigger_name);
    statement->args = list_make1(makeString(pstrdup(given.c_str())));
    statement->row = true;
    statement->timing = TRIGGER_TYPE_BEFORE;
    statement->events = TRIGGER_TYPE_UPDATE;
    const ObjectAddress made = CreateTriggerFiringOn(statement, nullptr, relation, InvalidOid, InvalidOid, InvalidOid, function,
                                                     InvalidOid, nullptr, true, false, TRIGGER_FIRES_ALWAYS);
    CommandCounterIncrement();
    (void)deleteDependencyRecordsForSpecific(TriggerRelationId, made.objectId, DEPENDENCY_NORMAL, ProcedureRelationId, function);
    const ObjectAddress needed = {ProcedureRelationId, function, 0};
    recordDependencyOn(&made, &needed, DEPENDENCY_AUTO);
    CommandCounterIncrement();
  });
}

void drop_trigger(const pg::Row& trigger) {
  const ObjectAddress address = {TriggerRelationId, trigger.form<FormData_pg_trigger>().oid, 0};
  pg::call([&] {
    performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
    CommandCounterIncrement();
  });
}

// Is the value that was converted another one now? Then what it was before is no value of this row any more.
bool is_updated(const TriggerData& event, const char* argument) {
  const char* of = strrchr(argument, ':');
  if (of == strchr(argument, ':')) return false;
  const TupleDesc desc = RelationGetDescr(event.tg_relation);
  const int column = atoi(of + 1);
  if (column < 1 || column > desc->natts || TupleDescAttr(desc, column - 1)->attisdropped) return false;
  bool was_null = false;
  bool is_null = false;
  const Datum before = heap_getattr(event.tg_trigtuple, column, desc, &was_null);
  const Datum now = heap_getattr(event.tg_newtuple, column, desc, &is_null);
  if (was_null || is_null) return was_null != is_null;
  const auto* form = TupleDescAttr(desc, column - 1);
  return !datum_image_eq(before, now, form->attbyval, form->attlen);
}

HeapTuple carried_over(const TriggerData& event) {
  return pg::call([&] {
    const Trigger& trigger = *event.tg_trigger;
    const TupleDesc desc = RelationGetDescr(event.tg_relation);
    auto* columns = static_cast<int*>(palloc(sizeof(int) * static_cast<std::size_t>(trigger.tgnargs)));
    auto* values = static_cast<Datum*>(palloc(sizeof(Datum) * static_cast<std::size_t>(trigger.tgnargs)));
    auto* nulls = static_cast<bool*>(palloc0(sizeof(bool) * static_cast<std::size_t>(trigger.tgnargs)));
    int count = 0;
    for (int i = 0; i < trigger.tgnargs; ++i) {
      const int column = atoi(trigger.tgargs[i]);  // up to the colon
      if (column < 1 || column > desc->natts || !TupleDescAttr(desc, column - 1)->attisdropped) continue;
      bool null = false;
      const Datum value = heap_getattr(event.tg_trigtuple, column, desc, &null);
      if (null || is_updated(event, trigger.tgargs[i])) continue;
      columns[count] = column;
      values[count++] = value;
    }
    if (count == 0) return event.tg_newtuple;
    return heap_modify_tuple_by_cols(event.tg_newtuple, desc, count, columns, values, nulls);
  });
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

// The server nulls what is dropped when it rewrites a table, and copies the rest.
void set_dropped(Oid relation, int column, bool is) {
  const auto row = pg::attribute(relation, column);
  if (!row || row->form<FormData_pg_attribute>().attisdropped == is) return;
  HeapTuple tuple = row->tuple();
  auto& form = *reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  form.attisdropped = is;
  form.atttypid = is ? InvalidOid : stand_in(form);
  pg::update(AttributeRelationId, tuple);
}

// Those that were dropped by the very statement that rewrites the table have no trigger yet.
std::vector<int> columns_to_take_along(Oid relation) {
  std::vector<int> columns;
  const auto take = [&](int column) {
    if (is_dropped(relation, column) && std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
  };
  for (const Carried& one : carried_columns(relation)) take(one.column);
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
  dropped().insert_or_assign({relation, form.attnum}, Drop{missing, *of});
}

void after_statement() {
  if (dropped().empty() || !store::installed()) return;
  for (const auto& [place, drop] : dropped()) {
    const auto& [relation, column] = place;
    if (!is_dropped(relation, column) || carried_column(relation, column)) continue;
    give_missing_value(relation, column, drop.missing);
    carry(relation, column, drop.of);
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

void forget_columns() {
  dropped().clear();
  rewritten().clear();
}

std::vector<Carried> carried_columns(Oid relation) {
  const auto trigger = trigger_of(relation);
  return trigger ? columns_in(*trigger) : std::vector<Carried>();
}

std::optional<Carried> carried_column(Oid relation, int column) {
  for (const Carried& one : carried_columns(relation)) {
    if (one.column == column) return one;
  }
  return {};
}

void carry(Oid relation, int column, int of) {
  const Carried added = {column, file_of(relation), of};
  const auto trigger = trigger_of(relation);
  if (!trigger) return make_trigger(relation, added);
  std::vector<Carried> columns = columns_in(*trigger);
  std::erase_if(columns, [&](const Carried& one) { return one.column == column; });
  columns.push_back(added);
  write(relation, *trigger, columns);
}

void stop_carrying(Oid relation, int column) {
  dropped().erase({relation, column});
  const auto trigger = trigger_of(relation);
  if (!trigger) return;
  std::vector<Carried> columns = columns_in(*trigger);
  if (std::erase_if(columns, [&](const Carried& one) { return one.column == column; }) == 0) return;
  if (columns.empty()) drop_trigger(*trigger);
  else write(relation, *trigger, columns);
}

Json let_go_of_columns(std::int64_t dropped_before) {
  Json gone = Json::array();
  std::vector<pg::Fields> columns;
  {
    const ledger::Reading scope;
    columns = pg::query("SELECT relation, number, relation::regclass, committed_at FROM xconnect.waiting_columns LEFT JOIN xconnect.change USING (seq)"
                        " WHERE committed_at <= $1 OR committed_at IS NULL ORDER BY 1, 2",
                        {pg::arg_time(dropped_before)});
  }
  for (const pg::Fields& one : columns) {
    stop_carrying(static_cast<Oid>(std::stoul(*one[0])), std::stoi(*one[1]));
    Json json = Json::object();
    json.set("object", fmt::format("column {} of table {}", *one[1], *one[2]));
    if (one[3]) json.set("kept_at", *one[3]);
    gone.push(std::move(json));
  }
  return gone;
}

}  // namespace xc::vault

XC_FUNCTION(xc_carry) {
  const auto* event = reinterpret_cast<const TriggerData*>(fcinfo->context);
  if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(event->tg_event) || !TRIGGER_FIRED_FOR_ROW(event->tg_event) ||
      !TRIGGER_FIRED_BY_UPDATE(event->tg_event)) {
    throw xc::Refusal("39P01", "xconnect.carry() is a trigger function, of rows before they are updated");
  }
  return PointerGetDatum(xc::vault::carried_over(*event));
}
