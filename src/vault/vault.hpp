// The vault: where the rows of dropped tables wait, so that a rollback or a checkout can bring them back.
//
// DROP TABLE runs as ever. Just before a table goes its storage changes places with an empty one: the files with the
// rows, those of TOAST included, become those of a table in the schema xconnect, in constant time whatever their size.
// The columns of that table have built-in types of the same physical shape, so that nothing which the user drops
// afterwards is needed to keep the rows, to vacuum them or to rewrite them.
// Taking back is the same exchange, with a table that the plan has made anew with the same physical columns.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>
#include <string>

#include "core/hash.hpp"
#include "kind/kind.hpp"
#include "ledger/ledger.hpp"
#include "pg/server.hpp"

namespace xc::vault {

// --- on the way in; from the object access hook ---

// A relation is about to be dropped: a table, the TOAST table or index of one, a sequence.
// flags: the deletion's.
void before_drop(Oid relation, int flags);
// TRUNCATE is about to empty a table, perhaps; it has. See truncate.cpp.
void before_truncate(Oid relation);
bool after_truncate();  // kept some
void forget_truncations();
// Those of this transaction, as the ledger has them.
std::vector<ledger::ObjectChange> truncations();

// What was moved must not be deleted with the tables that had it: before every commit, and every PREPARE.
void before_commit();
// At the end of the transaction.
void forget();

// After a change was sealed, under the seal lock; see limits.cpp. has_grown: by it.
void enforce_limits(bool has_grown);
bool has_grown();  // in this transaction

// Would the rows of this table be kept if it were dropped now? For plans.
bool would_keep(Oid relation);

// --- on the way out ---

bool has_contents();

// While true, find() finds nothing: the plan is made as if the vault were empty.
extern bool passed_over;

// What waits for the object that stood at this address, under whatever address it stood since. Rows come back into the
// table as it was when it was dropped (definition: its blob), not into one that they may not fit.
std::optional<Kept> find(Address address, const Digest& definition);

// What a table held when it was truncated for the last time until then; likewise.
std::optional<Kept> find_truncated(Address address, std::int64_t until, const Digest& definition);

// Under which address the relation of that address stands now, or stood at last, having been dropped and brought back
// perhaps: it is the same one, with the same rows and the same column numbers. The address itself when it never was in
// the vault.
Address lives_as(Address address);

}  // namespace xc::vault
