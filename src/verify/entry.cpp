// The SQL functions that compare history with itself and with the catalogs, in the order of api.sql.
#include <optional>
#include <string>

#include <fmt/format.h>

#include "capture/capture.hpp"
#include "capture/settle.hpp"
#include "core/refusal.hpp"
#include "diff/compare.hpp"
#include "diff/report.hpp"
#include "ledger/reading.hpp"
#include "pg/entry.hpp"
#include "pg/progress.hpp"
#include "store/store.hpp"
#include "verify/digest.hpp"
#include "verify/status.hpp"
#include "verify/verify.hpp"
#include "pg/server.hpp"

extern "C" {
#include "utils/guc.h"
}

using namespace xc;
using ledger::Reading;

XC_FUNCTION(xc_status) {
  pg::Result result(fcinfo);
  capture::settle_if_possible();
  Reading reading;
  for (const verify::Fact& fact : verify::status())
    result.row_text({fact.fact, fact.value, fact.note.empty() ? std::nullopt : pg::Field(fact.note)});
  return 0;
}

XC_FUNCTION(xc_drift) {
  pg::Result result(fcinfo);
  capture::settle_if_possible();
  Reading reading;
  const std::optional<store::Commit> head = store::head();
  const diff::State from = head ? diff::State::at(*head) : diff::State::empty();
  const diff::State to = diff::State::working();
  for (const diff::Change& change : diff::compare(from, to)) {
    pg::Arena arena("xconnect drift");
    result.row_text(diff::row_of(from, to, change));
  }
  return 0;
}

// Seals as the caller, not in a Reading: the ledger names who adopted.
XC_FUNCTION(xc_adopt) {
  const std::string reason = ledger::required_text(fcinfo, 0, "reason");
  if (reason.find_first_not_of(" \t\r\n") == std::string::npos)
    throw Refusal(code::invalid_parameter, "reason must not be empty");
  ledger::has_to_write("xc_adopt()");
  capture::settle_if_possible();
  const capture::Delta drift = capture::collect_everything();
  for (const capture::Difference& difference : drift.differences) {
    if (difference.before) capture::touch(difference.before->address);
    if (difference.address != Address{}) capture::touch(difference.address);
  }
  capture::Intent intent;
  intent.kind = "adopt";
  intent.reason = reason;
  const std::optional<store::Commit> commit = capture::seal(intent);
  if (!commit) {
    pg::call([] { ereport(NOTICE, (errmsg("nothing to adopt: the catalogs are as HEAD has them"))); });
    PG_RETURN_NULL();
  }
  return ledger::text_result(commit->change_id);
}

XC_FUNCTION(xc_digest) {
  capture::settle_if_possible();
  return ledger::text_result(verify::text_of(verify::digest_now()));
}

XC_FUNCTION(xconnect_progress) {
  pg::Result result(fcinfo);
  for (const auto& row : pg::progress_of_backends()) result.row(row);
  return 0;
}

XC_FUNCTION(xc_verify) {
  const auto digest = ledger::text_argument(fcinfo, 0);
  const auto since = ledger::text_argument(fcinfo, 1);
  pg::Result result(fcinfo);
  capture::settle_if_possible();
  Reading reading;
  const auto report = [&](const verify::Finding& finding) {
    result.row_text({finding.severity, finding.what, finding.where, finding.finding});
  };
  if (digest) verify::prove(verify::digest_of(*digest), report);
  std::int64_t trusted = 0;
  if (since) {
    const verify::HistoryDigest start = verify::digest_of(*since);
    verify::prove(start, report);
    trusted = start.seq;
  }
  verify::verify(trusted, report);
  return 0;
}
