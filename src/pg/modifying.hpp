// Which tables a statement is about to change rows of, before it does: INSERT, UPDATE, DELETE, MERGE, COPY FROM, also through
// views and rules, and SELECT … FOR UPDATE.
#pragma once

#include "pg/server.hpp"

namespace pg {

enum class Rows { added, changed };
// Once a backend. `check` is called for every such table, in extern "C" frames: it must not throw.
void watch_modified_tables(void (*check)(Oid table, Rows what));

}  // namespace pg
