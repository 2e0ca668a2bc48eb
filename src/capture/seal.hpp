// Sealing at pre-commit.
#pragma once

#include <optional>
#include <string>

#include "capture/capture.hpp"

namespace xc::capture {

void install_transaction_callbacks();

// The seal lock, or that of another table of ours, for the rest of the transaction. False when it was not to be had in time.
bool lock_in_time(const char* table = "change");
void lock_without_end();
// Under the lock. The texts of the delta are let go as soon as they are stored: it may be of thousands of objects.
store::Commit append(Delta& delta, ledger::Change change, const Intent& intent);

}  // namespace xc::capture
