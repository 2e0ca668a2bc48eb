// See encoding.hpp.
#include "pg/encoding.hpp"

#include <fmt/format.h>

#include "pg/call.hpp"
#include "pg/kept_open.hpp"
#include "pg/server.hpp"

extern "C" {
#include "common/cryptohash.h"
#include "mb/pg_wchar.h"
#include "utils/timestamp.h"
}

namespace pg {

xc::Digest server_sha256(std::string_view bytes) {
  xc::Digest digest;
  const char* data = bytes.data();
  const std::size_t size = bytes.size();
  call([&] {
    pg_cryptohash_ctx* const kept = kept_hashing();
    pg_cryptohash_ctx* const context = kept != nullptr ? kept : pg_cryptohash_create(PG_SHA256);
    if (pg_cryptohash_init(context) < 0 ||
        pg_cryptohash_update(context, reinterpret_cast<const uint8*>(data), size) < 0 ||
        pg_cryptohash_final(context, digest.bytes.data(), digest.bytes.size()) < 0) {
      elog(ERROR, "could not compute a SHA-256 hash: %s", pg_cryptohash_error(context));
    }
    if (kept == nullptr) pg_cryptohash_free(context);
  });
  return digest;
}

namespace {

// Of an SQL_ASCII database nobody knows what its bytes mean.
bool is_utf8_already() { return GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_SQL_ASCII; }

}  // namespace

std::string to_utf8(std::string_view server_text) {
  std::string text(server_text);
  if (is_utf8_already()) return text;
  return call([&] { return pg_server_to_any(text.c_str(), static_cast<int>(text.size()), PG_UTF8); });
}

std::string from_utf8(std::string_view utf8) {
  std::string text(utf8);
  if (is_utf8_already()) return text;
  return call([&] { return pg_any_to_server(text.c_str(), static_cast<int>(text.size()), PG_UTF8); });
}

namespace {

struct Calendar {
  pg_tm tm;
  fsec_t fraction;
};

Calendar calendar(std::int64_t time) {
  Calendar result{};
  call([&] {
    if (timestamp2tm(time, nullptr, &result.tm, &result.fraction, nullptr, nullptr) != 0) {
      ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
    }
  });
  return result;
}

}  // namespace

std::string iso_time(std::int64_t time) {
  const Calendar c = calendar(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", c.tm.tm_year, c.tm.tm_mon, c.tm.tm_mday, c.tm.tm_hour,
                     c.tm.tm_min, c.tm.tm_sec, c.fraction);
}

std::string utc_day(std::int64_t time) {
  const Calendar c = calendar(time);
  return fmt::format("{:04}{:02}{:02}", c.tm.tm_year, c.tm.tm_mon, c.tm.tm_mday);
}

std::int64_t now() { return GetCurrentTimestamp(); }
std::int64_t transaction_start() { return GetCurrentTransactionStartTimestamp(); }

}  // namespace pg
