// See alert.hpp. The text of the row goes to the background worker in a shared segment, and it says there when it is done.
#include "apply/alert.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "core/json.hpp"
#include "ledger/correlation.hpp"
#include "ledger/ledger.hpp"
#include "ledger/note.hpp"
#include "pg/encoding.hpp"
#include "pg/entry.hpp"
#include "pg/table.hpp"
#include "store/store.hpp"
#include "pg/server.hpp"

extern "C" {
#include "commands/async.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
}

namespace xc::apply {

namespace {

struct Segment {
  Oid database;
  volatile bool written;
  std::size_t length;
  char text[FLEXIBLE_ARRAY_MEMBER];
};

pg::Arg text_or_null(const Json& value) { return value.str().empty() ? pg::null_arg() : pg::arg(value.str()); }

void write_row(const std::string& text) {
  const Json alert = Json::parse(text);
  ledger::add_row("alert", {pg::arg_time(pg::now()), text_or_null(alert["change"]), pg::arg(alert["operation"].str()), pg::arg(alert["step"].str()),
                            pg::arg(alert["sqlstate"].str()), pg::arg(alert["message"].str()), text_or_null(alert["detail"]),
                            text_or_null(alert["correlation_id"]), pg::arg(alert["raised_for"].str())}, ledger::Chain::linked);
  Json payload = Json::object();
  payload.set("alert", alert["operation"].str() + " failed").set("target", alert["change"].str()).set("step", alert["step"].str())
      .set("sqlstate", alert["sqlstate"].str()).set("correlation_id", alert["correlation_id"].str());
  const std::string notification = payload.dump();
  pg::call([&] { Async_Notify("xconnect", notification.c_str()); });
}

// True when the row is there.
bool have_it_written(const std::string& text) {
  const std::size_t size = offsetof(Segment, text) + text.size() + 1;
  const char* bytes = text.c_str();
  return pg::call([&] {
    dsm_segment* segment = dsm_create(size, DSM_CREATE_NULL_IF_MAXSEGMENTS);
    if (segment == nullptr) return false;
    auto* shared = static_cast<Segment*>(dsm_segment_address(segment));
    shared->database = MyDatabaseId;
    shared->written = false;
    shared->length = text.size();
    std::memcpy(shared->text, bytes, text.size() + 1);
    BackgroundWorker worker = {};
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = BGW_NEVER_RESTART;
    strlcpy(worker.bgw_library_name, "xconnect", sizeof worker.bgw_library_name);
    strlcpy(worker.bgw_function_name, "xc_write_alert", sizeof worker.bgw_function_name);
    strlcpy(worker.bgw_name, "xconnect alert", sizeof worker.bgw_name);
    strlcpy(worker.bgw_type, "xconnect alert", sizeof worker.bgw_type);
    worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(segment));
    worker.bgw_notify_pid = MyProcPid;
    BackgroundWorkerHandle* handle = nullptr;
    const bool started = RegisterDynamicBackgroundWorker(&worker, &handle);
    if (started) (void)WaitForBackgroundWorkerShutdown(handle);
    const bool written = shared->written;
    dsm_detach(segment);
    return written;
  });
}

}  // namespace

void raise_alert(const std::string& operation, const std::string& change, const std::string& step, const pg::Failure& failure) {
  const std::string correlation = ledger::correlation_id();
  Json alert = Json::object();
  alert.set("operation", operation).set("change", change).set("step", step).set("sqlstate", failure.sqlstate).set("message", failure.message)
      .set("detail", failure.detail).set("correlation_id", correlation).set("raised_for", ledger::role_name(GetSessionUserId()));
  const bool written = have_it_written(alert.dump());
  const std::string message = fmt::format("{} to {} failed in step {}, and was undone: {}", operation, change, step, failure.message);
  const std::string log = fmt::format("SQLSTATE {}\ncorrelation id {}{}{}", failure.sqlstate, correlation, failure.detail.empty() ? "" : "\n", failure.detail);
  const char* hint = written ? "SELECT * FROM xconnect.alert ORDER BY raised_at DESC LIMIT 1;"
                             : "No process could be had to record it (max_worker_processes): the server's log has it.";
  pg::call([&] { ereport(WARNING, (errmsg("%s", message.c_str()), errdetail_log("%s", log.c_str()), errhint("%s", hint))); });
}

}  // namespace xc::apply

extern "C" {

__attribute__((visibility("default"))) void xc_write_alert(Datum handle);

// The background worker.
void xc_write_alert(Datum handle) {
  BackgroundWorkerUnblockSignals();
  dsm_segment* segment = dsm_attach(DatumGetUInt32(handle));
  if (segment == nullptr) return;
  dsm_pin_mapping(segment);
  auto* shared = static_cast<xc::apply::Segment*>(dsm_segment_address(segment));
  BackgroundWorkerInitializeConnectionByOid(shared->database, BOOTSTRAP_SUPERUSERID, 0);
  StartTransactionCommand();
  PushActiveSnapshot(GetTransactionSnapshot());
  pg::enter([&] {
    if (xc::store::installed()) xc::apply::write_row(std::string(shared->text, shared->length));
  });
  PopActiveSnapshot();
  CommitTransactionCommand();
  shared->written = true;
}

}  // extern "C"
