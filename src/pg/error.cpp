// The two-way translation between server errors and C++ exceptions.
#include <cstring>
#include <string_view>

#include "pg/attempt.hpp"
#include "pg/call.hpp"
#include "pg/entry.hpp"
#include "pg/error.hpp"
#include "pg/server.hpp"

extern "C" {
#include "utils/resowner.h"
}

namespace pg {

namespace {

std::string or_empty(const char* text) { return text == nullptr ? std::string() : std::string(text); }

// Copies without ever raising: runs inside catch handlers. An out-of-memory here degrades the text, not the code.
const char* keep(std::string_view text) noexcept {
  if (text.empty()) return nullptr;
  char* copy = static_cast<char*>(MemoryContextAllocExtended(ErrorContext, text.size() + 1, MCXT_ALLOC_NO_OOM));
  if (copy == nullptr) return nullptr;
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

}  // namespace

ErrorNote (*error_note)() = nullptr;

const char* Error::what() const noexcept { return report_->message != nullptr ? report_->message : "server error"; }
std::string Error::sqlstate() const { return unpack_sql_state(report_->sqlerrcode); }
std::string Error::message() const { return or_empty(report_->message); }
std::string Error::detail() const { return or_empty(report_->detail); }

bool Error::is_interrupt() const {
  switch (report_->sqlerrcode) {
    case ERRCODE_QUERY_CANCELED:
    case ERRCODE_ADMIN_SHUTDOWN:
    case ERRCODE_CRASH_SHUTDOWN:
    case ERRCODE_IDLE_SESSION_TIMEOUT:
    case ERRCODE_IDLE_IN_TRANSACTION_SESSION_TIMEOUT:
      return true;
    default:
      return false;
  }
}

Failure failure_of(const Error& error) {
  return {error.sqlstate(), error.message(), error.detail(), or_empty(error.report()->hint)};
}

Failure failure_of(const xc::Refusal& refusal) {
  return {refusal.sqlstate(), refusal.what(), refusal.detail(), refusal.hint()};
}

Subtransaction::Subtransaction() : memory_(CurrentMemoryContext), owner_(CurrentResourceOwner) {
  const MemoryContext memory = memory_;
  call([&] {
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(memory);
  });
}

void Subtransaction::release() {
  call([&] { ReleaseCurrentSubTransaction(); });
  MemoryContextSwitchTo(memory_);
  CurrentResourceOwner = owner_;
}

void Subtransaction::rollback() {
  call([&] { RollbackAndReleaseCurrentSubTransaction(); });
  MemoryContextSwitchTo(memory_);
  CurrentResourceOwner = owner_;
}

void Subtransaction::carry_out(const Error& error) {
  MemoryContextSwitchTo(memory_);
  ErrorData* report = error.report();
  call([&] { ReThrowError(report); });
  pg_unreachable();
}

namespace detail {

void throw_current(const Saved& outer) {
  outer.restore();
  MemoryContextSwitchTo(outer.memory);
  ErrorData* report = nullptr;
  // CopyErrorData can run out of memory; then the original error is the one to go on with.
  sigjmp_buf here;
  if (sigsetjmp(here, 0) == 0) {
    PG_exception_stack = &here;
    report = CopyErrorData();
    FlushErrorState();
    outer.restore();
  } else {
    outer.restore();
    FlushErrorState();
    throw std::bad_alloc();
  }
  throw Error(report);
}

Thrown copy(const Error& error) noexcept {
  Thrown thrown;
  thrown.report = error.report();
  return thrown;
}

Thrown copy(const xc::Refusal& refusal) noexcept {
  Thrown thrown;
  thrown.sqlstate = refusal.sqlstate();
  thrown.message = keep(refusal.what());
  thrown.detail = keep(refusal.detail());
  thrown.hint = keep(refusal.hint());
  return thrown;
}

Thrown copy(const std::exception& exception) noexcept {
  Thrown thrown;
  thrown.sqlstate = xc::code::internal;
  thrown.message = keep(exception.what());
  return thrown;
}

Thrown out_of_memory() noexcept {
  Thrown thrown;
  thrown.sqlstate = "53200";
  thrown.message = "out of memory";
  return thrown;
}

Thrown unknown() noexcept {
  Thrown thrown;
  thrown.sqlstate = xc::code::internal;
  thrown.message = "an exception of unknown type";
  return thrown;
}

void raise(const Thrown& thrown) {
  if (thrown.report != nullptr) ReThrowError(thrown.report);
  const char* state = thrown.sqlstate;
  const ErrorNote note = error_note == nullptr ? ErrorNote() : error_note();
  const char* detail = thrown.detail != nullptr ? thrown.detail : "";
  ereport(ERROR, (errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4])),
                  errmsg("%s", thrown.message != nullptr ? thrown.message : "unknown error"),
                  thrown.detail != nullptr ? errdetail("%s", thrown.detail) : 0,
                  note.text != nullptr && !note.for_client ? errdetail_log("%s%s%s", detail, *detail != '\0' ? "\n" : "", note.text) : 0,
                  note.text != nullptr && note.for_client ? errcontext("%s", note.text) : 0,
                  thrown.hint != nullptr ? errhint("%s", thrown.hint) : 0));
  pg_unreachable();
}

}  // namespace detail
}  // namespace pg
