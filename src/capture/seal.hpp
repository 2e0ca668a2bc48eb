// Sealing at pre-commit.
#pragma once

namespace xc::capture {

void install_transaction_callbacks();

}  // namespace xc::capture
