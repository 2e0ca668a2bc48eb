// The rows of xconnect.vault.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/hash.hpp"
#include "core/json.hpp"
#include "pg/server.hpp"

namespace xc::vault {

struct Record {
  Oid relation = InvalidOid;             // that was dropped
  std::int64_t kept_at = 0;
  std::string object;                    // its key then
  Oid store = InvalidOid;                // the vault's table
  std::optional<std::int64_t> rows;      // about
  std::optional<std::int64_t> last_value;
  bool is_called = false;
  Json layout;
  std::optional<Digest> definition;      // the table's blob at HEAD when it was dropped
  bool ended = false;
  Oid restored_as = InvalidOid;
};

void note(const Record& record);
// The newest of a relation.
std::optional<Record> record_of(Oid relation);
// All that wait, oldest first.
std::vector<Record> waiting();
// Refusal(unsupported) when nothing waits in that table.
Record record_of_store(Oid store);
// It waits no longer; restored_as: the relation that has it now, if one has.
void end(Record record, const std::string& how, Oid restored_as);

}  // namespace xc::vault
