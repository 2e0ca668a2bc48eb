// xc_purge_vault(), and the steps of plans that take back the value of a sequence.
#include <string>
#include <vector>

#include <fmt/format.h>

#include "capture/capture.hpp"
#include "capture/settings.hpp"
#include "core/refusal.hpp"
#include "ledger/reading.hpp"
#include "pg/entry.hpp"
#include "pg/query.hpp"
#include "pg/table.hpp"
#include "vault/carry.hpp"
#include "vault/limits.hpp"
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

std::vector<Due> kept_before(std::int64_t time) {
  std::vector<Due> due = all_that_waits();
  std::erase_if(due, [&](const Due& one) { return one.record.kept_at > time; });
  for (Due& one : due) one.why = "xc_purge_vault()";
  return due;
}

}  // namespace

}  // namespace xc::vault

XC_FUNCTION(xc_purge_vault) {
  xc::ledger::has_to_write("xc_purge_vault()");
  xc::capture::seal({});  // what this transaction did before is a change of its own
  if (PG_ARGISNULL(0)) PG_RETURN_INT64(xc::vault::let_go(xc::vault::beyond_limits()));
  const Datum until = pg::call([&] {
    return DirectFunctionCall2(timestamptz_mi_interval, TimestampTzGetDatum(GetCurrentTimestamp()), PG_GETARG_DATUM(0));
  });
  PG_RETURN_INT64(xc::vault::let_go(xc::vault::kept_before(DatumGetTimestampTz(until))));
}

XC_FUNCTION(xc_columns_waiting) {
  pg::Result result(fcinfo);
  for (const xc::vault::WaitingColumn& one : xc::vault::waiting_columns()) {
    result.row({pg::arg_oid(one.relation), pg::Arg{INT4OID, Int32GetDatum(one.column.column), false}, pg::arg(xc::vault::described(one)),
                pg::arg(one.column.bytes), pg::arg_time(one.column.since)});
  }
  return 0;
}

XC_FUNCTION(xc_kept_until) {
  const std::int64_t age = xc::capture::settings.preserve_age;
  if (age < 0) PG_RETURN_NULL();
  PG_RETURN_TIMESTAMPTZ(PG_GETARG_TIMESTAMPTZ(0) + age * 60 * USECS_PER_SEC);
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
