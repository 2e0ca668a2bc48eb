// Deparse functions read with the active snapshot; within this scope it shows what is true now, in every isolation level.
#pragma once

#include <exception>

#include "pg/scope.hpp"
#include "pg/server.hpp"

namespace pg {

class LatestSnapshot {
 public:
  LatestSnapshot() : exceptions_(std::uncaught_exceptions()) {
    call([] {
      CommandCounterIncrement();
      PushActiveSnapshot(GetLatestSnapshot());
    });
  }
  ~LatestSnapshot() {
    if (!unwinding(exceptions_)) PopActiveSnapshot();
  }
  LatestSnapshot(const LatestSnapshot&) = delete;
  LatestSnapshot& operator=(const LatestSnapshot&) = delete;

 private:
  int exceptions_;
};

}  // namespace pg
