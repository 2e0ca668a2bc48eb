// The tables beside the ledger (tags, gaps, verifications, addresses, …) hold rows that belong to no commit, so no commit's
// hash covers them. Each of their rows is noted: in a chain of hashes of its own where the writer can wait its turn, and
// beside it where not, or where the row is of this database alone and does not travel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/hash.hpp"
#include "pg/table.hpp"

namespace xc::ledger {

enum class Chain { linked, beside };

// Appends a row to a table of noted_tables, with its note. seq: the commit that it is about, HEAD when not given.
void add_row(const char* table, const std::vector<pg::Arg>& values, Chain chain, std::optional<std::int64_t> seq = {});
void remove_row(const char* table, const pg::Row& row, Chain chain, std::optional<std::int64_t> seq = {});
// Notes many rows at once by one hash: of what they are spelled as, a line each, in the order of their second column.
void note_rows(const char* table, std::int64_t seq, const std::vector<std::vector<pg::Arg>>& rows);
// That a change came into the queue, or left it. Its id stands for the rest: it is the beginning of its hash.
void note_pending(const pg::Arg& id, bool removed);
// That the key of secrets' digests is this one, without saying it.
void note_secret_key();

struct Note {
  std::int64_t number = 0;
  Digest hash;
};
std::optional<Note> newest_note();

}  // namespace xc::ledger
