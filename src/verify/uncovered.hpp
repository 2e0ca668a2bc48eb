// User objects that are not under version control because no kind covers them: never silently dropped, always counted.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace xc::verify {

struct Uncovered {
  std::string label;     // "aggregate functions"
  std::size_t count = 0;
  std::string examples;  // the first few by name
};

// Only what there is any of. The caller holds a ledger::Reading.
std::vector<Uncovered> uncovered();

}  // namespace xc::verify
