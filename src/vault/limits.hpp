// How much waits in the vault, and for how long: xconnect.preserve_size, _age, _count and _disk_free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vault/records.hpp"
#include "pg/server.hpp"

namespace xc::vault {

// Why a table of that size in that tablespace is not to be kept; "" when it is.
std::string no_room(std::int64_t bytes, Oid tablespace);

// For whoever may look into the vault, and for the server's log: it names tables.
void warn(const std::string& text, const std::string& hint);

struct Due {
  Record record;
  std::string why;  // a setting, or who asked
};
// What is beyond the limits, oldest first.
std::vector<Due> beyond_limits();

// Drops them and says so in the ledger. How many those were.
// columns: what was let go of beside them, for the ledger.
std::int64_t let_go(const std::vector<Due>& due, const Json& columns = Json::array());

}  // namespace xc::vault
