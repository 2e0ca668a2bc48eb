// The vault: where the rows of dropped tables wait, so that a rollback or a checkout can bring them back.
//
// DROP TABLE runs as ever. Just before a table goes its storage changes places with an empty one: the files with the
// rows, those of TOAST included, become those of a table in the schema xconnect, in constant time whatever their size.
// The columns of that table have built-in types of the same physical shape, so that nothing which the user drops
// afterwards is needed to keep the rows, to vacuum them or to rewrite them.
// Taking back is the same exchange, with a table that the plan has made anew with the same physical columns.
#pragma once

#include <algorithm>
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
// The same, of what a table holds now, if only that it is empty: to make room for the rows that it held before.
void set_rows_aside(Oid table);
void take_back_nothing(Oid table, std::int64_t since);
bool would_set_aside(Oid table);
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

// What is not found there, while this points to it: the plan is made as if it were gone.
struct PassedOver {
  bool all = false;
  std::vector<std::uint32_t> stores;  // tables of the vault
  bool has(std::uint32_t store) const { return all || std::find(stores.begin(), stores.end(), store) != stores.end(); }
};
extern const PassedOver* passed_over;
// The table of the vault whose rows come back just now, or did when an error stopped that; 0: none.
extern std::uint32_t taking_back;

// Where the rows are that a table held at a commit, or the value that a sequence had: followed by identity, through drops,
// truncations and returns, whatever names it had meanwhile. See whereabouts.cpp.
struct Whereabouts {
  Address lives_as;                  // the relation that has them, or the last one that had
  std::optional<Kept> kept;          // they wait in the vault
  std::optional<Digest> definition;  // of the table as it was when they went there: only such a one can take them back
  std::int64_t taken_by = 0;         // the change that they went with; 0: they are where they were
  bool truncated = false;            // by a TRUNCATE
  bool gone = false;                 // for good
};
Whereabouts rows_of(Address address, std::int64_t seq);
// Did that change truncate this table, and were the rows kept?
bool was_truncated_by(Address address, std::int64_t seq);
// The relations whose rows wait in the vault, or that were empty once and hold rows again, by all the addresses that each
// has had.
std::vector<Address> waiting_relations();

}  // namespace xc::vault
