// How far a long piece of work is: for other sessions in the view xconnect.progress, and to the session's own client as a
// notice every five seconds.
//
// The numbers stand where the server's own commands have theirs (pg_stat_progress_vacuum, …): in the status of the backend,
// in shared memory, so no transaction has to end before they can be read, and nothing has to be preloaded.
#pragma once

#include <cstdint>
#include <vector>

#include "pg/query.hpp"

namespace pg {

class Progress {
 public:
  enum class Work : std::int64_t { baseline = 1, comparison, verification, restoration };
  // What is counted: "7 of 9 objects read".
  enum class Unit : std::int64_t { objects_read, changes_verified, trees_verified, checks_made, steps_run };
  Progress(Work work, Unit unit, std::int64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void at(std::int64_t done);

 private:
  void show(std::int64_t done) const;

  Work work_;
  Unit unit_;
  std::int64_t total_;
  std::int64_t started_at_;
  std::int64_t said_at_;
};

// Of all backends: pid, database, role, work, what, done, total, began at. Of those whose activity the caller may not see,
// the first three alone.
std::vector<std::vector<Arg>> progress_of_backends();

}  // namespace pg
