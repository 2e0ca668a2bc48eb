// What keeping rows asks before it does, whatever makes them go.
#pragma once

#include <optional>

#include "ledger/ledger.hpp"
#include "pg/server.hpp"

namespace xc::vault {

// Is the vault there, and xconnect.preserve on?
bool keeps_tables();
// The relation as the last commit has it; nothing when it is of this transaction only.
std::optional<ledger::Recorded> at_head(Oid relation);
// Something went into the vault.
void note_growth();

}  // namespace xc::vault
