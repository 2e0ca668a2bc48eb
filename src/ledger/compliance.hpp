// Verification by a second person: rows of xconnect.compliance_log.
#pragma once

#include <string>

namespace xc::ledger {

// Records what the session's user found of a change. Refusal(own_change) when it is theirs.
void verify_change(const std::string& change_id, const std::string& status, const std::string& note);

}  // namespace xc::ledger
