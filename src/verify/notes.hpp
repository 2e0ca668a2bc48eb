// The records beside the ledger against the notes of them.
#pragma once

#include <functional>

#include "verify/verify.hpp"

namespace xc::verify {

void check_notes(const std::function<void(const Finding&)>& report);
// Each row of a noted table has its note, and each note its row.
void check_noted_rows(const char* table, const std::function<void(const Finding&)>& report);
void check_addresses(const std::function<void(const Finding&)>& report);

}  // namespace xc::verify
