// Trying out: what fn does to the database is undone when it ends, whether well or with an error.
#pragma once

#include <optional>

#include "capture/touched.hpp"
#include "core/refusal.hpp"
#include "pg/attempt.hpp"

namespace xc::plan {

template <class Fn>
void in_vain(Fn&& fn) {
  const capture::Touched touched = capture::touched();  // sealing clears it
  std::optional<pg::Failure> failure;
  pg::Subtransaction sub;
  try {
    fn();
  } catch (const pg::Error& error) {
    failure = pg::failure_of(error);
  } catch (const Refusal& refusal) {
    failure = pg::failure_of(refusal);
  } catch (...) {
    sub.rollback();
    throw;
  }
  sub.rollback();
  capture::touched() = touched;
  if (!failure) return;
  const char* sqlstate = pg::call([&] { return pstrdup(failure->sqlstate.c_str()); });
  throw Refusal(sqlstate, failure->message).detail(failure->detail).hint(failure->hint);
}

}  // namespace xc::plan
