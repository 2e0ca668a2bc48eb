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

enum class By : std::uint8_t { drop, truncate };

struct Record {
  By by = By::drop;
  Oid relation = InvalidOid;             // that was dropped
  std::int64_t kept_at = 0;
  std::string object;                    // its key then
  Oid store = InvalidOid;                // the vault's table
  std::optional<std::int64_t> rows;      // about
  std::int64_t bytes = 0;                // on disk when it was kept, TOAST included
  std::optional<std::int64_t> last_value;
  bool is_called = false;
  Json layout;
  std::optional<Digest> definition;      // the table's blob at HEAD when it was dropped
  bool ended = false;
  Oid restored_as = InvalidOid;
};

void note(const Record& record);
// The newest of a relation, of its drop; or of the last time that it was truncated before that time.
std::optional<Record> record_of(Oid relation);
std::optional<Record> truncated_before(Oid relation, std::int64_t time);
// Those whose rows wait, oldest first.
std::vector<Record> waiting();
std::optional<std::int64_t> oldest_waits_since();
// Refusal(unsupported) when nothing waits in that table.
Record record_of_store(Oid store);
// It waits no longer; restored_as: the relation that has it now, if one has.
void end(Record record, const std::string& how, Oid restored_as);

// RESTART IDENTITY is undone: sequences that a truncated table owns go on where they were, when that is further on.
void take_back_values(Oid table, const Record& record);

// That the rows are about to be let go was announced.
void note_notice(Oid store, const std::string& why);
void take_back_notice(Oid store);
std::vector<Oid> noticed();

}  // namespace xc::vault
