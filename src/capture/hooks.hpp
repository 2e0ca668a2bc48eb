// Where the server tells us what a statement does.
#pragma once

namespace xc::capture {

// Chains the hooks and callbacks in; once a backend, from _PG_init.
void install_hooks();

// Is a command running that commits several times (CREATE INDEX CONCURRENTLY, VACUUM, DETACH … CONCURRENTLY)? An error
// in between would leave an invalid index behind.
bool in_multi_transaction_command();

}  // namespace xc::capture
