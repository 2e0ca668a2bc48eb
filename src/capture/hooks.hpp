// Where the server tells us what a statement does.
#pragma once

namespace xc::capture {

// Chains the hooks and callbacks in; once a backend, from _PG_init.
void install_hooks();

// Commands that commit several times (CREATE INDEX CONCURRENTLY, VACUUM, DETACH … CONCURRENTLY). An error of ours in
// any of their transactions, the last one included, would leave an invalid index behind.
bool in_multi_transaction_command();
bool between_transactions_of_command();  // one of them is running, its last transaction has not begun to end
void end_of_transaction(bool aborted);

}  // namespace xc::capture
