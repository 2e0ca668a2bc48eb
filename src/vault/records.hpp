// The rows of xconnect.vault.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/hash.hpp"
#include "core/json.hpp"
#include "pg/server.hpp"

namespace xc::vault {

// column: the record of values that were let go; as long as they wait, the table's trigger has them (carry.hpp).
enum class By : std::uint8_t { drop, truncate, column };

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
  std::int64_t ended_at = 0;
  Oid restored_as = InvalidOid;
};

void note(const Record& record);
// The newest of a relation, of its drop; or of the last time that it was truncated before that time.
std::optional<Record> record_of(Oid relation);
std::optional<Record> truncated_before(Oid relation, std::int64_t time);
// All of a relation, oldest first.
std::vector<Record> records_of(Oid relation);
struct History {
  std::set<Oid> open;               // relations of which something waits, if only that they were empty
  std::multimap<Oid, Oid> before;   // by relations that took back what others had held: these
};
History read_history();
// Those whose rows wait, oldest first; so many, or all.
std::vector<Record> waiting(std::size_t most = 0);
struct Total {
  std::int64_t tables = 0;
  std::int64_t bytes = 0;
};
Total total_waiting();
std::optional<std::int64_t> oldest_waits_since();
// Refusal(unsupported) when nothing waits in that table.
Record record_of_store(Oid store);
// It waits no longer; restored_as: the relation that has it now, if one has.
void end(Record record, const std::string& how, Oid restored_as);

// RESTART IDENTITY is undone: sequences that a truncated table owns go on where they were, when that is further on.
void take_back_values(Oid table, const Record& record);

void note_purged(Record record);
// Values of one of its columns, counted from 1, cannot be read any more, for that reason.
void note_unreadable(Record record, int column, const std::string& why);

// That it is about to be let go was announced. column: of the table; 0: the rows in a table of the vault.
struct Place {
  Oid relation;
  int column;
  bool operator==(const Place&) const = default;
};
void note_notice(Place place, const std::string& why);
void take_back_notice(Place place);
std::vector<Place> noticed();

}  // namespace xc::vault
