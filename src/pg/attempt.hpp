// An error as a value: runs C++ code inside a subtransaction; when it fails, everything it did is undone and the error
// is returned. The only way to go on after an error.
#pragma once

#include <optional>

#include "core/refusal.hpp"
#include "pg/call.hpp"

namespace pg {

class Subtransaction {
 public:
  Subtransaction();
  void release();
  void rollback();
  // An error that is to go on after rollback(): its report may live in memory that the rollback frees.
  [[noreturn]] void carry_out(const Error& error);

 private:
  MemoryContext memory_;
  ResourceOwner owner_;
};

struct Failure {
  std::string sqlstate, message, detail, hint;
};

Failure failure_of(const Error& error);
Failure failure_of(const xc::Refusal& refusal);

// fn may be any C++ code. Cancel and shutdown requests are not swallowed, nor are exceptions that are neither server
// errors nor refusals; they, too, leave no subtransaction open behind them. To end a subtransaction well can fail as well.
template <class Fn>
std::optional<Failure> attempt(Fn&& fn) {
  Subtransaction sub;
  std::optional<Failure> failure;
  try {
    try {
      fn();
      sub.release();
      return std::nullopt;
    } catch (const Error& error) {
      if (error.is_interrupt()) sub.carry_out(error);
      failure = failure_of(error);
    } catch (const xc::Refusal& refusal) {
      failure = failure_of(refusal);
    }
  } catch (...) {
    sub.rollback();
    throw;
  }
  sub.rollback();
  return failure;
}

}  // namespace pg
