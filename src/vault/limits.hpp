// How much waits in the vault, and for how long: xconnect.preserve_size, _age, _count and _disk_free.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vault/records.hpp"
#include "pg/server.hpp"

namespace xc::vault {

// Why that much is not to be kept; "" when it is. tablespace: where a table keeps its place on disk.
std::string no_room(std::int64_t bytes, std::optional<Oid> tablespace = {});

// For whoever may look into the vault, and for the server's log: it names tables.
void warn(const std::string& text, const std::string& hint);

struct Due {
  Record record;
  int column = 0;   // of the record's relation; 0: what waits are rows
  std::string why;  // a setting, or who asked
};
// All that waits, oldest first; nothing is due yet.
std::vector<Due> all_that_waits();
// What is beyond the limits, oldest first.
std::vector<Due> beyond_limits();

// Drops them and says so in the ledger. How many those were.
std::int64_t let_go(const std::vector<Due>& due);

}  // namespace xc::vault
