// Values of dropped columns, for as long as they are wanted back.
//
// DROP COLUMN leaves the values where they are, in the rows. Two things wipe them: a row that is updated gets a null in
// their place, and so does every row when the table is rewritten. Where xconnect.preserve names columns, both are made to
// take the values along: an internal trigger that the table has from the drop on until nothing waits in it any more, and,
// while a table is rewritten, columns that are not quite dropped. So nothing is copied, at the drop or ever: no key is
// needed to find a row again, values stay exact whatever their type, and where the rows go (TOAST, WAL, backup) they go.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pg/catalog.hpp"
#include "pg/server.hpp"

namespace xc::vault {

// --- from the hooks ---

// A column is about to be dropped; its row in pg_attribute as it is now.
void before_column_drop(Oid relation, const pg::Row& column);
// The statement has ended that did so.
void after_statement();
// A relation was made by the server for itself, perhaps to rewrite another into it; it goes again.
void made_internally(Oid relation);
void goes_internally(Oid relation);
// A trigger is about to be dropped: perhaps ours, with its table.
void before_trigger_drop(Oid trigger);
void forget_columns();
// A subtransaction was rolled back: no row moves any more.
void forget_moves();

// --- for plans, and what brings columns back ---

// Would the values of columns of this table, and of those below it, stay if they were dropped now?
bool would_carry(Oid relation);
struct Carried {
  int column = 0;
  Oid file = InvalidOid;   // of the table, with the values in it: with another one it was rewritten where nobody took them along
  int of = 0;              // the values are those that this column had before it got another type, and go when it is updated
  std::int64_t bytes = 0;  // about, when it was dropped
  std::int64_t since = 0;
  std::string key;         // the same in all tables of a tree: of the drop, and the name
};
// The dropped columns whose values wait in the table.
std::vector<Carried> carried_columns(Oid relation);
std::optional<Carried> carried_column(Oid relation, int column);
// Those that waited in a table of which the trigger went already, in this transaction.
std::vector<Carried> carried_when_dropped(Oid relation);
// From now on this one waits; the table is locked. Its file is known by itself.
void carry(Oid relation, Carried column);
// It waits no longer: it is back, or let go.
void stop_carrying(Oid relation, int column);

// --- for what a rollback itself does to rows ---
//
// Whatever xconnect.preserve says, the values of dropped columns stay where they are: another rollback may ask for them.

// While true, a table that is rewritten takes all of them along; before it, rows older than a column are told what it held.
extern bool takes_all_along;
void give_missing_values(Oid relation);
// Does so with the rows of a table, or of its partitions, that the work updates; the table is locked.
void carry_meanwhile(Oid table, const std::function<void()>& work);

// All that wait, oldest first.
struct WaitingColumn {
  Oid relation;
  Carried column;
};
std::vector<WaitingColumn> waiting_columns();
// "column b of table public.t"
std::string described(const WaitingColumn& column);

}  // namespace xc::vault
