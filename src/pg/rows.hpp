// Are there rows in a table?
#pragma once

#include <cstdint>

#include "pg/server.hpp"

namespace pg {

// About how many rows of a table (not a temporary one) can be seen now: 0 for none, and of other relations; at least 1
// for some. Takes no lock: for a relation that is locked already.
std::int64_t rows_in(Oid relation);

}  // namespace pg
