// How things stand, a fact a row: what xc_status() shows.
#pragma once

#include <string>
#include <vector>

namespace xc::verify {

struct Fact {
  std::string fact, value, note;
};

// The caller holds a ledger::Reading.
std::vector<Fact> status();

}  // namespace xc::verify
