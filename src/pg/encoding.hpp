// Hashes and times in a spelling that does not depend on the database's encoding or the session's settings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/hash.hpp"

namespace pg {

xc::Digest server_sha256(std::string_view bytes);       // pg_cryptohash; installed into the core by _PG_init
std::string to_utf8(std::string_view server_text);
std::string from_utf8(std::string_view text);           // in the database's encoding; the server's error where it cannot be
std::string iso_time(std::int64_t timestamptz);         // 2026-01-22T14:30:00.123456Z
std::string utc_day(std::int64_t timestamptz);          // 20260122
std::int64_t now();                                     // TimestampTz
std::int64_t transaction_start();

}  // namespace pg
