// xc_purge_vault(), and the steps of plans that take back the value of a sequence.
#include <string>
#include <vector>

#include <fmt/format.h>

#include "capture/capture.hpp"
#include "capture/seal.hpp"
#include "core/refusal.hpp"
#include "ledger/reading.hpp"
#include "pg/catalog.hpp"
#include "pg/encoding.hpp"
#include "pg/entry.hpp"
#include "vault/records.hpp"
#include "vault/storage.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_extension.h"
#include "datatype/timestamp.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"
}

namespace xc::vault {

namespace {

std::int64_t purge(std::int64_t kept_before) {
  Json purged = Json::array();
  for (const Record& record : waiting()) {
    if (record.kept_at > kept_before || !OidIsValid(record.store)) continue;
    Json one = Json::object();
    one.set("object", record.object).set("kept_at", pg::iso_time(record.kept_at));
    if (record.rows) one.set("rows", *record.rows);
    purged.push(std::move(one));
    drop_store(record.store);
    end(record, "purged", InvalidOid);
  }
  const auto count = static_cast<std::int64_t>(purged.items().size());
  if (count == 0) return 0;
  capture::Intent intent;
  intent.kind = "purge";
  intent.even_if_empty = true;
  intent.details = Json::object().set("purged", std::move(purged)).dump();
  (void)capture::seal(intent);
  return count;
}

}  // namespace

}  // namespace xc::vault

XC_FUNCTION(xc_purge_vault) {
  xc::ledger::has_to_write("xc_purge_vault()");
  const Datum until = pg::call([&] {
    return DirectFunctionCall2(timestamptz_mi_interval, TimestampTzGetDatum(GetCurrentTimestamp()), PG_GETARG_DATUM(0));
  });
  xc::capture::seal({});  // what this transaction did before is a change of its own
  const std::int64_t tables = xc::vault::purge(DatumGetTimestampTz(until));
  PG_RETURN_INT64(tables);
}

XC_FUNCTION(xc_take_back_value) {
  const Oid sequence = PG_GETARG_OID(0);
  const auto record = xc::vault::record_of(PG_GETARG_OID(1));
  if (!record || record->ended || !record->last_value) {
    throw xc::Refusal(xc::code::unsupported, fmt::format("no value of a sequence {} is known", PG_GETARG_OID(1)));
  }
  xc::vault::set_sequence(sequence, {*record->last_value, record->is_called});
  xc::vault::end(*record, "taken back", sequence);
  PG_RETURN_INT64(*record->last_value);
}
