// Counting reads tables without queries: rows that the caller cannot see are lost as well, and planning a query, even one
// that counts, computes what is constant in the table's indexes, constraints and policies, which can be code of its owner's.
// Only conversions, which are that code, are tried out in a query, as the owner.
#include "plan/effects.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "apply/enum_label.hpp"
#include "core/sql.hpp"
#include "kind/type_change.hpp"
#include "ledger/ledger.hpp"
#include "pg/attempt.hpp"
#include "pg/catalog.hpp"
#include "pg/query.hpp"
#include "pg/scope.hpp"
#include "pg/snapshot.hpp"
#include "plan/names.hpp"
#include "plan/run_as.hpp"
#include "vault/carry.hpp"
#include "vault/layout.hpp"
#include "vault/proof.hpp"
#include "vault/set_aside.hpp"
#include "vault/vault.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/relation.h"
#include "access/sysattr.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "executor/executor.h"
}

namespace xc::plan {

constinit bool counts_all = false;

namespace {

using What = Step::Effect::What;

// The column in its table and those that inherit from it, as FROM names it. Rows of foreign tables are not ours to lose,
// nor to read.
std::string rows_of(const std::string& table, const std::string& column) {
  const auto tree = pg::query(
      "WITH RECURSIVE tree(oid) AS (SELECT $1::pg_catalog.regclass::oid UNION"
      " SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree t ON t.oid = i.inhparent)"
      " SELECT c.oid::pg_catalog.regclass::text, c.relkind = 'f' FROM pg_catalog.pg_class c JOIN tree t ON t.oid = c.oid"
      " WHERE EXISTS (SELECT FROM pg_catalog.pg_class f JOIN tree t ON t.oid = f.oid WHERE f.relkind = 'f')",
      {pg::arg(table)});
  if (tree.empty()) return table;
  std::string parts;
  for (const pg::Fields& relation : tree) {
    if (*relation[1] == "t") continue;
    parts += fmt::format("{}SELECT {} FROM ONLY {}", parts.empty() ? "" : " UNION ALL ", column, *relation[0]);
  }
  return fmt::format("({}) AS own", parts.empty() ? "SELECT NULL AS " + column + " WHERE false" : parts);
}

// Rows that the condition holds for.
template <class Condition>
std::int64_t count_rows(Oid relation, Condition&& holds) {
  const pg::LatestSnapshot snapshot;
  return pg::call([&] {
    std::int64_t found = 0;
    Relation table = relation_open(relation, AccessShareLock);  // or an index on a column of the type
    if (RELKIND_HAS_TABLE_AM(table->rd_rel->relkind)) {
      TableScanDesc scan = table_beginscan(table, GetActiveSnapshot(), 0, nullptr);
      TupleTableSlot* slot = table_slot_create(table, nullptr);
      while (table_scan_getnextslot(scan, ForwardScanDirection, slot)) {
        if (holds(slot)) ++found;
        CHECK_FOR_INTERRUPTS();
      }
      ExecDropSingleTupleTableSlot(slot);
      table_endscan(scan);
    }
    relation_close(table, AccessShareLock);
    return found;
  });
}

std::int64_t count_rows(const std::string& table) {
  const auto found = pg::query("SELECT pg_catalog.to_regclass($1)::oid", {pg::arg(table)});
  if (!found[0][0]) return 0;
  return count_rows(static_cast<Oid>(std::stoul(*found[0][0])), [](TupleTableSlot*) { return true; });
}

struct Column {
  Oid relation;
  AttrNumber number;
};

std::vector<Column> columns(std::string_view sql, const std::vector<pg::Arg>& args) {
  std::vector<Column> found;
  for (const pg::Fields& row : pg::query(sql, args)) {
    found.push_back({static_cast<Oid>(std::stoul(*row[0])), static_cast<AttrNumber>(std::stoi(*row[1]))});
  }
  return found;
}

// The column in the table, and in those that inherit from it; rows of foreign tables are not ours to lose.
std::int64_t count_values(const std::string& table, const std::string& column, bool with_heirs = true) {
  std::int64_t number = 0;
  for (const Column& one : columns(
           "WITH RECURSIVE tree(oid) AS (SELECT pg_catalog.to_regclass($1)::oid UNION"
           " SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree t ON t.oid = i.inhparent WHERE $3::bool)"
           " SELECT a.attrelid, a.attnum FROM pg_catalog.pg_attribute a JOIN tree t ON t.oid = a.attrelid"
           " WHERE pg_catalog.quote_ident(a.attname) = $2",
           {pg::arg(table), pg::arg(column), pg::arg(with_heirs ? "true" : "false")})) {
    number += count_rows(one.relation, [&](TupleTableSlot* slot) { return !slot_attisnull(slot, one.number); });
  }
  return number;
}

std::int64_t count_nulls(const std::string& table, const std::string& column) {
  std::int64_t number = 0;
  for (const Column& one : columns("SELECT a.attrelid, a.attnum FROM pg_catalog.pg_attribute a"
                                   " WHERE a.attrelid = pg_catalog.to_regclass($1) AND pg_catalog.quote_ident(a.attname) = $2",
                                   {pg::arg(table), pg::arg(column)})) {
    number += count_rows(one.relation, [&](TupleTableSlot* slot) { return slot_attisnull(slot, one.number); });
  }
  return number;
}

std::string rows(std::int64_t number) { return fmt::format("{} row{}", number, number == 1 ? "" : "s"); }

void lost(PlannedStep& step, std::int64_t number, const std::string& what) {
  step.loses = number > 0;
  if (step.loses) step.data_effect = what;
}

const Json* column_of(const std::optional<Object>& object, const std::string& name) {
  if (!object) return nullptr;
  for (const Json& column : object->body["columns"].items()) {
    if (column["name"].str() == name) return &column;
  }
  return nullptr;
}

void returns_rows(const Pair& pair, PlannedStep& step) {
  if (!pair.to || !pair.to->kept) return;
  if (!counts_all) return;
  step.data_effect = fmt::format("rows from vault: {}", count_rows(pair.to->kept->store, [](TupleTableSlot*) { return true; }));
}

void keeps_rows(PlannedStep& step, const std::string& table, const char* which) {
  if (counts_all) step.data_effect = fmt::format("rows kept: {} of {}{}, in the vault", count_rows(table), table, which);
}

void sets_rows_aside(const Pair& pair, PlannedStep& step, const std::string& table) {
  if (vault::would_set_aside(pair.from->address.object)) return keeps_rows(step, table, " that came since");
  const std::int64_t number = count_rows(table);
  lost(step, number, fmt::format("{} of {} that came since {} lost", rows(number), table, number == 1 ? "is" : "are"));
}

// The rows of a table that only a new one can be made of are its own all the same. In the vault they would be out of sight.
bool is_emptied(const Pair& pair) { return pair.lives_on && pair.to && !pair.anew && !(pair.to->kept && pair.to->kept->store != 0); }

void drops_rows(const Pair& pair, PlannedStep& step, const std::string& table) {
  if (pair.from && !is_emptied(pair) && vault::would_keep(pair.from->address.object)) return keeps_rows(step, table, "");
  const std::int64_t number = count_rows(table);
  if (pair.kind().rank != Rank::view) lost(step, number, fmt::format("{} of {} {} lost", rows(number), table, number == 1 ? "is" : "are"));
}

// Values that an expression gives, or the default of a column that is never null, are not lost: they are there again
// when the column is. Read-only, so that no default draws from a sequence.
std::optional<std::int64_t> count_values_of_its_own(const Json& column, const std::string& table, const Step& as_owner) {
  if (column.has("generated")) return 0;
  const Json& given = column["default"];
  if (given.is_null() || !column["not_null"].truth()) return {};
  std::int64_t number = 0;
  const auto failure = pg::attempt([&] {
    const pg::Restored<bool> read_only(XactReadOnly, true);
    const RunAs role(as_owner);
    number = std::stoll(pg::query(fmt::format("SELECT count(*) FROM {0} WHERE {1} IS NOT NULL AND {1}::text IS DISTINCT FROM ({2})::text",
                                              rows_of(table, column["name"].str()), column["name"].str(), given.str()))[0][0].value());
  });
  if (failure) return {};
  return number;
}

void drops_column(const Pair& pair, PlannedStep& step, const std::string& table, const std::string& name) {
  const Json* column = column_of(pair.from, name);
  std::optional<std::int64_t> number;
  if (column != nullptr) number = count_values_of_its_own(*column, table, Step(step.step).as(pair.from->body["owner"].str()).owning(table));
  if (!number) number = count_values(table, name);
  if (*number > 0 && vault::would_carry(pair.from->address.object)) {
    step.data_effect = fmt::format("values kept: {} of column {} of {}, in the rows", *number, name, table);
    return;
  }
  lost(step, *number, fmt::format("values of column {} in {} of {} are lost", name, rows(*number), table));
}

// Afterwards nobody can tell which rows had none.
void fills_nulls(PlannedStep& step, const std::string& table, const std::string& column) {
  const std::int64_t number = count_nulls(table, column);
  lost(step, number, fmt::format("{} of {} without a value in column {} get its default", rows(number), table, column));
}

// In the columns of all tables that are of the type; arrays and types made of it are not looked into.
void drops_attribute(PlannedStep& step, const std::string& type, const std::string& attribute) {
  std::int64_t number = 0;
  for (const Column& one : columns("SELECT a.attrelid, a.attnum FROM pg_catalog.pg_attribute a"
                                   " WHERE a.atttypid = pg_catalog.to_regtype($1) AND a.attnum > 0",
                                   {pg::arg(type)})) {
    for (const Column& part : columns("SELECT t.oid, a.attnum FROM pg_catalog.pg_type t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid"
                                      " WHERE t.oid = pg_catalog.to_regtype($1) AND pg_catalog.quote_ident(a.attname) = $2",
                                      {pg::arg(type), pg::arg(attribute)})) {
      number += count_rows(one.relation, [&](TupleTableSlot* slot) {
        bool null = false;
        const Datum value = slot_getattr(slot, one.number, &null);
        if (null) return false;
        HeapTupleHeader whole = DatumGetHeapTupleHeader(value);
        (void)GetAttributeByNum(whole, part.number, &null);
        if (reinterpret_cast<Pointer>(whole) != DatumGetPointer(value)) pfree(whole);
        return !null;
      });
    }
  }
  lost(step, number, fmt::format("values of attribute {} of {} in {} are lost", attribute, type, rows(number)));
}

// --- conversions ---

// What of the value is left when the step has run: there and back again for a change of type (by way of its text when
// there is no cast), the expression for a column that becomes a generated one.
std::string value_afterwards(const Json& from, const Json& to, const char* by_way_of) {
  if (from["type"] == to["type"]) return "(" + to["generated"].str() + ")";
  return fmt::format("({0}{3}::{1}){3}::{2}", from["name"].str(), to["type"].str(), from["type"].str(), by_way_of);
}

// Where the rows of a table still have the values that the column had before it got its type, the step takes these, and
// converts only those that were written since. False when there are none.
bool takes_values_set_aside(PlannedStep& step, const std::string& table, const std::string& name, const Json& to,
                            std::int64_t seq) {
  const std::string& type = to["type"].str();
  const auto tree = pg::query(
      "WITH RECURSIVE tree(oid) AS (SELECT $1::pg_catalog.regclass::oid UNION"
      " SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree t ON t.oid = i.inhparent)"
      " SELECT c.oid, a.attnum, c.relowner FROM pg_catalog.pg_class c JOIN tree t ON t.oid = c.oid"
      " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND pg_catalog.quote_ident(a.attname) = $2 ORDER BY c.oid",
      {pg::arg(table), pg::arg(name)});
  bool any = false;
  std::int64_t found = 0;
  std::int64_t converted = 0;
  for (const pg::Fields& one : tree) {
    if (one[2] != tree[0][2]) return false;  // the step would have to be each owner's
    const Oid relation = static_cast<Oid>(std::stoul(*one[0]));
    const auto kept = vault::values_set_aside(relation, name, type, seq);
    const int number = std::stoi(*one[1]);
    any = any || !kept.empty();
    (void)count_rows(relation, [&](TupleTableSlot* slot) {
      if (std::any_of(kept.begin(), kept.end(), [&](const auto& one_column) { return !slot_attisnull(slot, one_column.column); })) ++found;
      else if (!slot_attisnull(slot, number)) ++converted;
      return false;
    });
  }
  if (!any) return false;
  std::string statement = fmt::format("ALTER TABLE {} ALTER COLUMN {} TYPE {}", table, name, type);
  if (to.has("collation")) statement += " COLLATE " + to["collation"].str();
  constexpr std::string_view clause = " USING ";
  const std::string& sql = step.step.sql;
  const bool has_clause = sql.size() > statement.size() + clause.size();
  const std::string otherwise = has_clause ? sql.substr(statement.size() + clause.size()) : fmt::format("{}::{}", name, type);
  step.step.sql = fmt::format("SELECT xconnect.convert_back({}::regclass, {}, {}, {}, {}, {})", sql::literal(table), sql::literal(name),
                              sql::literal(statement), sql::literal(type), sql::literal(otherwise), seq);
  step.step.run_as.clear();
  step.step.must_own.clear();
  step.step.why = "the values that they were converted from are still in the rows";
  lost(step, converted, fmt::format("values of column {} return in {} of {}; converted, and perhaps not exact: {}, written since", name,
                                    rows(found), table, converted));
  if (converted == 0) step.data_effect = fmt::format("values of column {} return in {} of {}", name, rows(found), table);
  return true;
}

void recasts_column(const Pair& pair, PlannedStep& step, const std::string& table, const std::string& name) {
  const Json* from = column_of(pair.from, name);
  const Json* to = column_of(pair.to, name);
  if (from == nullptr || to == nullptr || from->has("generated")) return;
  if ((*from)["type"] != (*to)["type"]) {
    if (takes_values_set_aside(step, table, name, *to, pair.seq)) return;
    if (type_change((*from)["type"].str(), (*to)["type"].str()).keeps_values) return;
  }
  // An expression is that of the table alone.
  const bool with_heirs = (*from)["type"] != (*to)["type"];
  for (const char* by_way_of : {"", "::text"}) {
    const std::string sql = fmt::format("SELECT count(*) FROM {} WHERE {}::text IS DISTINCT FROM {}::text",
                                        with_heirs ? rows_of(table, name) : "ONLY " + table, name,
                                        value_afterwards(*from, *to, by_way_of));
    std::int64_t number = 0;
    const auto failure = pg::attempt([&] {
      const RunAs owner(step.step);
      number = std::stoll(pg::query(sql)[0][0].value());
    });
    if (failure) continue;
    return lost(step, number, fmt::format("values of column {} in {} of {} cannot be converted back", name, rows(number), table));
  }
  // Such as a type that the plan makes first.
  const std::int64_t all = count_values(table, name, with_heirs);
  lost(step, all, fmt::format("values of column {} in {} of {} are converted, and cannot be tried out before", name, rows(all), table));
}

// --- columns that come back ---

// Values of a dropped column are still in the rows that were not written since, and, where they are carried over, in the
// others, too: there a row without one had none or came later. Elsewhere nobody can tell whether it had one.
struct Values {
  std::int64_t all = 0;
  std::int64_t found = 0;
  std::int64_t written_since = 0;  // without a value
};

// Of rows that are older than the column the ledger knows what they had in it.
Values count_values(Oid relation, AttrNumber number, const std::optional<ledger::DroppedColumn>& noted) {
  const auto since = noted ? vault::time_of_drop(*noted) : std::nullopt;
  const bool has_missing = noted && noted->missing;
  Values values;
  values.all = count_rows(relation, [&](TupleTableSlot* slot) {
    bool null = false;
    if (!slot_attisnull(slot, number) || (has_missing && vault::is_older_than(number, slot))) {
      ++values.found;
    } else if (!since || !TransactionIdPrecedes(DatumGetTransactionId(slot_getsysattr(slot, MinTransactionIdAttributeNumber, &null)), *since)) {
      ++values.written_since;
    }
    return true;
  });
  return values;
}

// What of the values that a dropped column of the table had does not come back with it, or may not.
struct Unrecoverable {
  std::int64_t rows = 0;
  const char* why = "";
};

// One that this plan makes gets the OID that it had, where values of it wait.
bool is_type_of(const ledger::DroppedColumn& noted, const Json& column, bool waits) {
  const auto found = pg::query("SELECT pg_catalog.to_regtype($1)::oid", {pg::arg(column["type"].str())});
  if (!found[0][0]) return waits;
  return vault::were_written_with(noted, static_cast<Oid>(std::stoul(*found[0][0])));
}

Unrecoverable unrecoverable(Oid relation, AttrNumber number, const Json& column, Values& values) {
  const auto noted = ledger::dropped_column(relation, number);
  const auto carried = vault::carried_column(relation, number);
  values = count_values(relation, number, noted);
  if (values.found > 0 && (!noted || !is_type_of(*noted, column, carried.has_value()))) {
    return {std::exchange(values.found, 0), "nobody can prove that they are of its type"};
  }
  const Oid file = carried ? carried->file : noted ? noted->file : InvalidOid;
  const auto table = pg::find(RELOID, relation);
  const bool rewritten = table && table->form<FormData_pg_class>().relfilenode != file;
  if (values.found == 0 && rewritten) return {values.all, "the table was rewritten since the drop"};
  if (carried) return {};
  return {values.written_since, "in rows written since the drop"};
}

void revives_column(const Pair& pair, PlannedStep& step, const std::string& table, const std::string& name) {
  const auto& columns = pair.to->body["columns"].items();
  const Json* const column = find_column(pair.to->body, name);
  const auto index = column == nullptr ? columns.size() : static_cast<std::size_t>(column - columns.data());
  if (index >= pair.to->parts.size()) return;
  Json as_written = *column;
  if (const auto type = pair.to->written_as.find(pair.to->parts[index]); type != pair.to->written_as.end()) as_written.set("type", type->second);
  Values values;
  const Unrecoverable gone = unrecoverable(pair.from->address.object, static_cast<AttrNumber>(pair.to->parts[index]), as_written, values);
  if (values.all == 0) return;
  step.data_effect = fmt::format("values of column {} return in {} of {} of {}", name, values.found, rows(values.all), table);
  if (gone.rows == 0 || column->has("generated")) return;
  step.loses = true;
  step.data_effect += fmt::format("; values not recoverable: {} of {}, {}", gone.rows, values.all, gone.why);
}

// The table may have the column, dropped, at a place where it cannot come back.
void adds_column(const Pair& pair, PlannedStep& step, const std::string& table, const std::string& name) {
  if (!pair.from || pair.from->address != pair.to->address) return;
  const auto& columns = pair.to->body["columns"].items();
  const Json* const column = find_column(pair.to->body, name);
  const auto index = column == nullptr ? columns.size() : static_cast<std::size_t>(column - columns.data());
  if (index >= pair.to->parts.size() || pair.to->parts[index] == 0 || column->has("generated")) return;
  const std::int64_t number =
      count_rows(pair.from->address.object, [&](TupleTableSlot* slot) { return !slot_attisnull(slot, static_cast<int>(pair.to->parts[index])); });
  lost(step, number, fmt::format("values of column {} in {} of {} stay behind: it cannot come back at its place", name, rows(number), table));
}

// The rows that it has now go first, as they are, and others come when its columns are as they shall be.
bool is_emptied_first(const Pair& pair) { return pair.from && !pair.anew && pair.to && pair.to->kept && pair.to->kept->truncated; }

bool is_about_values(What what) {
  return what == What::drops_column || what == What::recasts_column || what == What::revives_column || what == What::adds_column || what == What::fills_nulls;
}

}  // namespace

// No row that can be seen has it when it goes, or it does not go.
std::string uses_of_label(const Step::Effect& effect) {
  const auto found = pg::query("SELECT pg_catalog.to_regtype($1)::oid", {pg::arg(effect.table)});
  std::string lines;
  for (const LabelUse& use : uses_out_of_sight(static_cast<Oid>(std::stoul(found[0][0].value_or("0"))), static_cast<Oid>(std::stoul(effect.column)))) {
    lines += fmt::format("{}{}: a label of {} that goes is in {}", lines.empty() ? "" : "; ", use.what, effect.table, rows(use.rows));
  }
  return lines;
}

void count_effect(const Pair& pair, PlannedStep& step) {
  const Step::Effect& effect = step.step.effect;
  if (is_emptied_first(pair) && is_about_values(effect.what)) return;
  switch (effect.what) {
    case What::none: break;
    case What::drops_rows: drops_rows(pair, step, effect.table); break;
    case What::drops_column: drops_column(pair, step, effect.table, effect.column); break;
    case What::drops_attribute: drops_attribute(step, effect.table, effect.column); break;
    case What::recasts_column: recasts_column(pair, step, effect.table, effect.column); break;
    case What::adds_column: adds_column(pair, step, effect.table, effect.column); break;
    case What::revives_column: revives_column(pair, step, effect.table, effect.column); break;
    case What::fills_nulls: fills_nulls(step, effect.table, effect.column); break;
    case What::returns_rows: returns_rows(pair, step); break;
    case What::sets_rows_aside: sets_rows_aside(pair, step, effect.table); break;
    case What::removes_label: {
      const std::string uses = uses_of_label(effect);
      lost(step, uses.empty() ? 0 : 1, uses);
      break;
    }
    case What::scans: step.data_effect = fmt::format("all rows of {} are checked", effect.table); break;
  }
}

}  // namespace xc::plan
