// See records.hpp.
#include "vault/records.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "pg/encoding.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

namespace xc::vault {

namespace {

enum Column {
  v_relation = 1, v_kept_at, v_object, v_store, v_rows, v_last_value, v_is_called, v_layout, v_definition, v_ended_at, v_ended_how, v_restored_as
};

Oid table() { return pg::relation_named("xconnect", "vault"); }
Oid index() { return pg::relation_named("xconnect", "vault_relation_idx"); }

Record record_in(const pg::Row& row) {
  Record record;
  record.relation = DatumGetObjectId(row.datum(v_relation));
  record.kept_at = DatumGetInt64(row.datum(v_kept_at));
  record.object = row.text(v_object);
  if (!row.null(v_store)) record.store = DatumGetObjectId(row.datum(v_store));
  if (!row.null(v_rows)) record.rows = DatumGetInt64(row.datum(v_rows));
  if (!row.null(v_last_value)) record.last_value = DatumGetInt64(row.datum(v_last_value));
  if (!row.null(v_is_called)) record.is_called = DatumGetBool(row.datum(v_is_called));
  if (!row.null(v_layout)) record.layout = Json::parse(row.text(v_layout));
  if (!row.null(v_definition)) record.definition = Digest::from_raw(row.text(v_definition));
  record.ended = !row.null(v_ended_at);
  if (!row.null(v_restored_as)) record.restored_as = DatumGetObjectId(row.datum(v_restored_as));
  return record;
}

pg::Arg oid_or_null(Oid oid) { return OidIsValid(oid) ? pg::arg_oid(oid) : pg::null_arg(); }
pg::Arg number_or_null(const std::optional<std::int64_t>& number) { return number ? pg::arg(*number) : pg::null_arg(); }

void write(const Record& record, const std::string& how) {
  pg::Appender(table()).row(
      {pg::arg_oid(record.relation), pg::arg_time(record.kept_at), pg::arg(record.object), oid_or_null(record.store),
       number_or_null(record.rows), number_or_null(record.last_value),
       record.last_value ? pg::Arg{BOOLOID, BoolGetDatum(record.is_called), false} : pg::null_arg(),
       record.layout.is_null() ? pg::null_arg() : pg::arg(record.layout.dump()),
       record.definition ? pg::arg_bytes(record.definition->raw()) : pg::null_arg(),
       record.ended ? pg::arg_time(pg::now()) : pg::null_arg(), how.empty() ? pg::null_arg() : pg::arg(how),
       oid_or_null(record.restored_as)});
}

const pg::Row* newest(const std::vector<pg::Row>& rows) {
  if (rows.empty()) return nullptr;
  return &*std::max_element(rows.begin(), rows.end(), [](const pg::Row& a, const pg::Row& b) {
    return DatumGetInt64(a.datum(v_kept_at)) < DatumGetInt64(b.datum(v_kept_at));
  });
}

}  // namespace

void note(const Record& record) { write(record, {}); }

std::optional<Record> record_of(Oid relation) {
  const auto rows = pg::table_scan(table(), index(), {{v_relation, pg::arg_oid(relation)}});
  const pg::Row* row = newest(rows);
  if (row == nullptr) return {};
  return record_in(*row);
}

std::vector<Record> waiting() {
  std::vector<Record> records;
  for (const pg::Row& row : pg::table_scan(table())) {
    Record record = record_in(row);
    if (!record.ended) records.push_back(std::move(record));
  }
  std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) { return a.kept_at < b.kept_at; });
  return records;
}

Record record_of_store(Oid store) {
  for (const pg::Row& row : pg::table_scan(table())) {
    if (row.null(v_store) || DatumGetObjectId(row.datum(v_store)) != store) continue;
    Record record = record_in(row);
    if (!record.ended) return record;
  }
  throw Refusal(code::unsupported, fmt::format("no rows wait in a vault table {}", store)).hint("SELECT * FROM xc_vault();");
}

void end(Record record, const std::string& how, Oid restored_as) {
  for (const pg::Row& row : pg::table_scan(table(), index(), {{v_relation, pg::arg_oid(record.relation)}})) {
    if (DatumGetInt64(row.datum(v_kept_at)) == record.kept_at) pg::table_delete(table(), row);
  }
  record.ended = true;
  record.restored_as = restored_as;
  record.store = InvalidOid;
  write(record, how);
  pg::call([] { CommandCounterIncrement(); });
}

}  // namespace xc::vault
