// Labels of enums that are taken out, and where values are that nobody sees and that may come back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "vault/records.hpp"
#include "pg/server.hpp"

namespace xc {

// What has the label without being a row that can be seen: values of a dropped column, or rows that wait in the vault.
struct LabelUse {
  std::string what;
  std::int64_t rows = 0;
  std::optional<ledger::DroppedColumn> dropped;  // dropped.seq 0: by this transaction
  std::optional<vault::Record> kept;
  int column = 0;                                // of those rows
};
std::vector<LabelUse> uses_out_of_sight(Oid type, Oid label);

}  // namespace xc
