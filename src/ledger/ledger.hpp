// The ledger: one change a commit, with who, why, the statements, and what happened to each object.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.hpp"

namespace xc::ledger {

// What the ledger knows of an object at a commit: the newest row about it.
struct Recorded {
  std::int64_t seq = 0;               // the commit that left it so
  std::string key;                    // "table public.orders"
  Address address;                    // where it stood in the catalogs then
  std::vector<std::int64_t> parts;
  std::optional<Digest> blob;         // nothing: it was dropped (or renamed away) there
};

std::optional<Recorded> recorded(Address address);                                  // by catalog address, at HEAD
std::optional<Recorded> recorded(std::string_view key, std::int64_t at_seq = INT64_MAX);  // by key, at a commit
// As the place before this one had it, before what arrived here is settled.
std::optional<Recorded> recorded_before_arrival(std::string_view key);
// Where it stands at HEAD: its address when it was recorded, or where it moved since.
Address address_now(const Recorded& known);
// Is the address its own: the one that it was recorded at, or one that it moved to since, by a REINDEX CONCURRENTLY or with
// the type of a column?
bool is_of(Address address, const Recorded& known);
// Notes that an object that reads as at HEAD stands at another address now.
void note_moved(std::string_view key, Address address, std::int64_t head_seq);

struct ObjectChange {
  std::string action;                 // CREATE, ALTER, DROP, RENAME
  std::string key;                    // of the object after the change (before it, for DROP)
  std::optional<Digest> before, after;
  std::string renamed_from;           // the key before, for RENAME
  Address address;
  std::vector<std::int64_t> parts;
  std::int64_t rows_lost = 0;         // rows (about) that went with it
};

struct Statement {
  std::string tag;
  std::string text;
  int within = 0;                     // ordinal of the one that it ran inside (a function's caller, a DO block); 0: none
};

Json json_of(const Statement& statement);
Statement statement_of(const Json& json);

// What PostgreSQL forgets of a column when it is dropped, and what it takes to read its values again.
struct DroppedColumn {
  std::uint32_t relation = 0;
  int attnum = 0;
  std::uint32_t type = 0;             // the values were written with it; 0: they cannot be read any more
  std::optional<std::string> missing; // attmissingval (vault/layout.hpp)
  std::uint32_t file = 0;             // the relation's at the drop
  std::int64_t seq = 0;               // of the change that dropped it; 0: not stored yet
};

struct Change {
  std::string kind = "change";        // baseline, change, rollback, checkout, adopt, pending
  std::string author, session_user, current_user, application_name, client_addr, correlation_id, reason, expected,
      validate_with, transaction_id, target, details;  // target: what a rollback or checkout went to; details: JSON text
  int backend_pid = 0;
  std::int64_t started_at = 0;
  std::vector<ObjectChange> objects;
  std::vector<Statement> statements;
  std::vector<DroppedColumn> dropped_columns;
};

// Unquoted; of one that another session dropped since, its number.
std::string role_name(std::uint32_t role);
// Who and why, read from the session.
Change describe_session();
// Appends commit and change, under the seal lock. The id is the next of its UTC day: chg-… or, for rollbacks, rbk-….
store::Commit append(const std::optional<store::Commit>& parent, const tree::Ref& tree, const Change& change);

std::optional<DroppedColumn> dropped_column(std::uint32_t relation, int attnum);
// What was noted of a relation's column holds for another's: its rows have moved there.
void copy_dropped_column(std::uint32_t from, std::uint32_t to, int attnum);
// Of all columns that were dropped and noted, the last note.
std::vector<DroppedColumn> dropped_columns();
// The values of a dropped column cannot be read any more (a label was taken out of an enum).
void spoil_dropped_column(DroppedColumn column);

// A change read back.
struct Entry {
  std::string change_id, kind, status, target;
  std::int64_t seq = 0;
  std::vector<ObjectChange> objects;  // in ordinal order
};
std::optional<Entry> entry(std::string_view change_id);
// What the changes after seq did, oldest first.
std::vector<ObjectChange> objects_since(std::int64_t seq);
// The changes after seq that touched the key, oldest first.
std::vector<std::int64_t> later_changes(std::string_view key, std::int64_t seq);

}  // namespace xc::ledger
