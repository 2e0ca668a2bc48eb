// See records.hpp.
#include "vault/records.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "ledger/note.hpp"
#include "pg/encoding.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

namespace xc::vault {

namespace {

enum Column {
  v_relation = 1, v_kept_at, v_kept_by, v_object, v_store, v_waits_since, v_rows, v_bytes, v_last_value, v_is_called, v_layout, v_definition,
  v_ended_at, v_ended_how, v_restored_as
};

Oid table() { return pg::relation_named("xconnect", "vault"); }
Oid index() { return pg::relation_named("xconnect", "vault_relation_idx"); }
Oid notices() { return pg::relation_named("xconnect", "vault_notice"); }

Oid waiting_index() { return pg::relation_named("xconnect", "vault_waits_since_idx"); }
pg::TableKey that_wait() { return {v_waits_since, pg::arg_time(INT64_MAX), true}; }

std::vector<pg::Row> waiting_rows(std::size_t limit = 0) { return pg::table_scan(table(), waiting_index(), {that_wait()}, false, limit); }

constexpr const char* words[] = {"DROP", "TRUNCATE", "COLUMN"};

By by_of(const pg::Row& row) {
  const std::string word = row.text(v_kept_by);
  return word == words[2] ? By::column : word == words[1] ? By::truncate : By::drop;
}

Record record_in(const pg::Row& row) {
  Record record;
  record.relation = DatumGetObjectId(row.datum(v_relation));
  record.kept_at = DatumGetInt64(row.datum(v_kept_at));
  record.by = by_of(row);
  record.object = row.text(v_object);
  if (!row.null(v_store)) record.store = DatumGetObjectId(row.datum(v_store));
  if (!row.null(v_rows)) record.rows = DatumGetInt64(row.datum(v_rows));
  if (!row.null(v_bytes)) record.bytes = DatumGetInt64(row.datum(v_bytes));
  if (!row.null(v_last_value)) record.last_value = DatumGetInt64(row.datum(v_last_value));
  if (!row.null(v_is_called)) record.is_called = DatumGetBool(row.datum(v_is_called));
  if (!row.null(v_layout)) record.layout = Json::parse(row.text(v_layout));
  if (!row.null(v_definition)) record.definition = Digest::from_raw(row.text(v_definition));
  record.ended = !row.null(v_ended_at);
  if (record.ended) record.ended_at = DatumGetInt64(row.datum(v_ended_at));
  if (!row.null(v_restored_as)) record.restored_as = DatumGetObjectId(row.datum(v_restored_as));
  return record;
}

pg::Arg oid_or_null(Oid oid) { return OidIsValid(oid) ? pg::arg_oid(oid) : pg::null_arg(); }
pg::Arg number_or_null(const std::optional<std::int64_t>& number) { return number ? pg::arg(*number) : pg::null_arg(); }

void write(const Record& record, const std::string& how) {
  ledger::add_row("vault",
      {pg::arg_oid(record.relation), pg::arg_time(record.kept_at), pg::arg(words[static_cast<std::size_t>(record.by)]),
       pg::arg(record.object), oid_or_null(record.store), OidIsValid(record.store) ? pg::arg_time(record.kept_at) : pg::null_arg(), number_or_null(record.rows),
       OidIsValid(record.store) || record.by == By::column ? pg::arg(record.bytes) : pg::null_arg(), number_or_null(record.last_value),
       record.last_value ? pg::Arg{BOOLOID, BoolGetDatum(record.is_called), false} : pg::null_arg(),
       record.layout.is_null() ? pg::null_arg() : pg::arg(record.layout.dump()),
       record.definition ? pg::arg_bytes(record.definition->raw()) : pg::null_arg(),
       record.ended ? pg::arg_time(pg::now()) : pg::null_arg(), how.empty() ? pg::null_arg() : pg::arg(how),
       oid_or_null(record.restored_as)}, ledger::Chain::beside);
}

std::optional<Record> newest(Oid relation, By by, std::int64_t before) {
  const pg::Row* found = nullptr;
  const auto rows = pg::table_scan(table(), index(), {{v_relation, pg::arg_oid(relation)}});
  for (const pg::Row& row : rows) {
    const std::int64_t kept_at = DatumGetInt64(row.datum(v_kept_at));
    if (by_of(row) != by || kept_at > before) continue;
    if (found == nullptr || DatumGetInt64(found->datum(v_kept_at)) < kept_at) found = &row;
  }
  if (found == nullptr) return {};
  return record_in(*found);
}

}  // namespace

void note(const Record& record) { write(record, {}); }

std::optional<Record> record_of(Oid relation) { return newest(relation, By::drop, INT64_MAX); }
std::optional<Record> truncated_before(Oid relation, std::int64_t time) { return newest(relation, By::truncate, time); }

std::vector<Record> records_of(Oid relation) {
  std::vector<Record> records;
  for (const pg::Row& row : pg::table_scan(table(), index(), {{v_relation, pg::arg_oid(relation)}})) records.push_back(record_in(row));
  std::stable_sort(records.begin(), records.end(), [](const Record& a, const Record& b) { return a.kept_at < b.kept_at; });
  return records;
}

History read_history() {
  History history;
  for (const pg::Row& row : pg::table_scan(table())) {
    const Oid relation = DatumGetObjectId(row.datum(v_relation));
    const bool of_rows = !row.null(v_store) || (by_of(row) == By::truncate && row.null(v_last_value));
    if (row.null(v_ended_at) && of_rows) history.open.insert(relation);
    if (row.null(v_restored_as)) continue;
    const Oid now = DatumGetObjectId(row.datum(v_restored_as));
    if (relation != now) history.before.emplace(now, relation);
  }
  return history;
}

std::vector<Record> waiting(std::size_t most) {
  std::vector<Record> records;
  for (const pg::Row& row : waiting_rows(most)) records.push_back(record_in(row));
  return records;
}

Total total_waiting() {
  Total total;
  pg::table_look_at_all(table(), waiting_index(), {that_wait()}, [&](const pg::Row& row) {
    ++total.tables;
    if (!row.null(v_bytes)) total.bytes += DatumGetInt64(row.datum(v_bytes));
  });
  return total;
}

std::optional<std::int64_t> oldest_waits_since() {
  if (!pg::has_pages(table())) return {};  // the usual case, asked after every change
  const auto rows = waiting_rows(1);
  if (rows.empty()) return {};
  return DatumGetInt64(rows.front().datum(v_kept_at));
}

Record record_of_store(Oid store) {
  for (const pg::Row& row : waiting_rows()) {
    if (DatumGetObjectId(row.datum(v_store)) == store) return record_in(row);
  }
  throw Refusal(code::unsupported, fmt::format("no rows wait in a vault table {}", store)).hint("SELECT * FROM xc_vault();");
}

namespace {

void remove(const Record& record) {
  for (const pg::Row& row : pg::table_scan(table(), index(), {{v_relation, pg::arg_oid(record.relation)}})) {
    if (DatumGetInt64(row.datum(v_kept_at)) == record.kept_at) ledger::remove_row("vault", row, ledger::Chain::beside);
  }
}

}  // namespace

void note_unreadable(Record record, int column, const std::string& why) {
  remove(record);
  Json layout = Json::array();
  for (std::size_t i = 0; i < record.layout.items().size(); ++i) {
    Json one = record.layout.items()[i];
    if (i + 1 == static_cast<std::size_t>(column)) one.set("unreadable", why);
    layout.push(std::move(one));
  }
  record.layout = std::move(layout);
  write(record, {});
  pg::call([] { CommandCounterIncrement(); });
}

void end(Record record, const std::string& how, Oid restored_as) {
  remove(record);
  record.ended = true;
  record.restored_as = restored_as;
  record.store = InvalidOid;
  write(record, how);
  pg::call([] { CommandCounterIncrement(); });
}

void note_purged(Record record) {
  record.ended = true;
  write(record, "purged");
}

namespace {

Place place_in(const pg::Row& notice) { return {DatumGetObjectId(notice.datum(1)), static_cast<int>(DatumGetInt64(notice.datum(2)))}; }

}  // namespace

void note_notice(Place place, const std::string& why) {
  pg::Appender(notices()).row({pg::arg_oid(place.relation), pg::arg(std::int64_t{place.column}), pg::arg_time(pg::now()), pg::arg(why)});
}

void take_back_notice(Place place) {
  for (const pg::Row& row : pg::table_scan(notices())) {
    if (place_in(row) == place) pg::table_delete(notices(), row);
  }
}

std::vector<Place> noticed() {
  std::vector<Place> places;
  if (!pg::has_pages(notices())) return places;
  for (const pg::Row& row : pg::table_scan(notices())) places.push_back(place_in(row));
  return places;
}

}  // namespace xc::vault
