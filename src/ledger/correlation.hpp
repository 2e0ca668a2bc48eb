// The correlation id of what a transaction does: the setting xconnect.correlation_id, else one made when it is first asked for.
#pragma once

#include <string>

namespace xc::ledger {

std::string correlation_id();
std::string new_correlation_id();
void forget_correlation_id();          // the transaction ended
void install_correlation_in_errors();  // once a backend: our errors tell it

}  // namespace xc::ledger
