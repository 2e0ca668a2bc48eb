// In: every function that the server calls (SQL functions, event triggers, hooks, callbacks) runs its body through
// pg::enter, so that no exception ever leaves an extern "C" frame. An exception becomes a server error after its
// handler has ended, never inside it.
//
//   XC_FUNCTION(xc_head) { … return Datum; }      // fcinfo is in scope
#pragma once

#include <exception>

#include "core/refusal.hpp"
#include "pg/call.hpp"

namespace pg {

// What every error that leaves us tells besides: to the client only where the client knows of it, else to the log.
struct ErrorNote {
  const char* text = nullptr;
  bool for_client = false;
};
extern ErrorNote (*error_note)();

namespace detail {

// Plain copy of what was thrown; nothing in it needs a destructor.
struct Thrown {
  ErrorData* report = nullptr;
  const char* sqlstate = nullptr;
  const char* message = nullptr;
  const char* detail = nullptr;
  const char* hint = nullptr;
};

Thrown copy(const Error& error) noexcept;
Thrown copy(const xc::Refusal& refusal) noexcept;
Thrown copy(const std::exception& exception) noexcept;
Thrown out_of_memory() noexcept;
Thrown unknown() noexcept;
[[noreturn]] void raise(const Thrown& thrown);

}  // namespace detail

template <class Fn>
auto enter(Fn&& fn) -> decltype(fn()) {
  detail::Thrown thrown;
  try {
    return fn();
  } catch (const Error& error) {
    thrown = detail::copy(error);
  } catch (const xc::Refusal& refusal) {
    thrown = detail::copy(refusal);
  } catch (const std::bad_alloc&) {
    thrown = detail::out_of_memory();
  } catch (const std::exception& exception) {
    thrown = detail::copy(exception);
  } catch (...) {
    thrown = detail::unknown();
  }
  detail::raise(thrown);
}

}  // namespace pg

#define XC_FUNCTION(name)                                                        \
  static Datum name##_body(FunctionCallInfo fcinfo);                             \
  extern "C" {                                                                   \
  __attribute__((visibility("default"))) Datum name(PG_FUNCTION_ARGS);           \
  __attribute__((visibility("default"))) const Pg_finfo_record* pg_finfo_##name(void); \
  const Pg_finfo_record* pg_finfo_##name(void) {                                 \
    static const Pg_finfo_record info = {1};                                     \
    return &info;                                                                \
  }                                                                              \
  Datum name(PG_FUNCTION_ARGS) {                                                 \
    return pg::enter([fcinfo] { return name##_body(fcinfo); });                  \
  }                                                                              \
  }                                                                              \
  static Datum name##_body([[maybe_unused]] FunctionCallInfo fcinfo)
