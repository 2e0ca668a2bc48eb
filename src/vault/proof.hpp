// Is a type the one that the values of a dropped column were written with?
#pragma once

#include <optional>

#include "ledger/ledger.hpp"
#include "pg/server.hpp"

namespace xc::vault {

// When it was dropped, as the transaction ids in rows tell it; nothing: the history does not say.
std::optional<TransactionId> time_of_drop(const ledger::DroppedColumn& column);

// The ledger noted the type at the drop; without such a note (capture was off) nothing is proven. Of the shape that the
// dropped row still has nothing is asked here.
bool were_written_with(const ledger::DroppedColumn& column, Oid type);

// Do values wait in some table that were written with this type?
bool waits_in_columns(Oid type);

// Made in this transaction with the OID that it had, and the definition.
void made_again(Oid type);
void forget_made();

}  // namespace xc::vault
