// Out: every call into the backend that may raise an error goes through pg::call, which turns the longjmp into a C++
// exception, so destructors run. The guard costs some nanoseconds.
#pragma once

#include <type_traits>
#include <utility>

#include "pg/error.hpp"
#include "pg/server.hpp"

namespace pg {

namespace detail {

// Restored at the end of the scope too: a C++ exception out of the lambda must not leave a dead stack behind.
struct Saved {
  sigjmp_buf* stack = PG_exception_stack;
  ErrorContextCallback* context_stack = error_context_stack;
  MemoryContext memory = CurrentMemoryContext;
  void restore() const {
    PG_exception_stack = stack;
    error_context_stack = context_stack;
  }
  Saved() = default;
  ~Saved() { restore(); }
  Saved(const Saved&) = delete;
  Saved& operator=(const Saved&) = delete;
};

[[noreturn]] void throw_current(const Saved& outer);

}  // namespace detail

// The lambda captures by reference and returns plain data: a longjmp out of it skips its own destructors.
template <class Fn>
auto call(Fn&& fn) -> decltype(fn()) {
  using Result = decltype(fn());
  static_assert(std::is_trivially_destructible_v<std::remove_reference_t<Fn>>, "capture by reference");
  static_assert(std::is_void_v<Result> || std::is_trivially_destructible_v<std::conditional_t<std::is_void_v<Result>, int, Result>>,
                "return plain data");
  const detail::Saved outer;
  sigjmp_buf here;
  if (sigsetjmp(here, 0) == 0) {
    PG_exception_stack = &here;
    if constexpr (std::is_void_v<Result>) {
      fn();
      return;
    } else {
      return fn();
    }
  }
  detail::throw_current(outer);
}

}  // namespace pg
