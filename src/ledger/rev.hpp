// From the name of a commit to the commit. The syntax is core/rev.hpp's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/store.hpp"

namespace xc::ledger {

// Errors: bad_rev (its detail lists the forms that work), unknown_rev, ambiguous_rev (its detail lists the candidates).
// A time (@2026-01-22 14:30) is read in the session's TimeZone, so call it before a pg::Pinned scope begins.
store::Commit resolve_rev(std::string_view rev);

// The number of the newest commit at or before a time (TimestampTz); 0 when there is none. Commit times never go back
// along the chain, so this is a binary search.
std::int64_t last_seq_at(std::int64_t time);
// The number of the oldest commit at or after it; one past HEAD's when there is none.
std::int64_t first_seq_since(std::int64_t time);

// "chg-20260122-001 (3f2a91c0d4e7)": how errors name a commit.
std::string commit_name(const store::Commit& commit);

}  // namespace xc::ledger
