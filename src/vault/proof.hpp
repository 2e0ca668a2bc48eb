// Is a type the one that the values of a dropped column were written with?
#pragma once

#include <optional>
#include <set>
#include <string>

#include "ledger/ledger.hpp"
#include "pg/server.hpp"

namespace xc::vault {

// When it was dropped, as the transaction ids in rows tell it; nothing: the history does not say.
std::optional<TransactionId> time_of_drop(const ledger::DroppedColumn& column);

// The ledger noted the type at the drop; without such a note (capture was off) nothing is proven. Of the shape that the
// dropped row still has nothing is asked here.
bool were_written_with(const ledger::DroppedColumn& column, Oid type);

// Types that are to have their OIDs when they come back: values of dropped columns were written with them, or rows in
// the vault can hold them.
std::set<Oid> types_of_dropped_columns();
std::set<Oid> types_in_vault();

// Made in this transaction with the OID that it had, and the definition.
void made_again(Oid type);
void forget_made();

// The type that a dropped column's values were written with, as SQL writes it, where it is another one than that which the
// column comes back with, and ALTER COLUMN TYPE makes the same value of each of them.
std::optional<std::string> written_as(Oid relation, int column, const std::string& type);

}  // namespace xc::vault
