// See digest.hpp. The text: xc1, the number and hash of the newest commit, the number and hash of the newest linked note, and
// the time, joined by colons; and after a blank the ids of changes that wait in the queue, where there are any.
#include "verify/digest.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "ledger/note.hpp"
#include "pg/encoding.hpp"
#include "pg/deparse.hpp"
#include "pg/query.hpp"
#include "pg/table.hpp"
#include "store/store.hpp"
#include "pg/server.hpp"

namespace xc::verify {

namespace {

constexpr std::string_view version = "xc1";

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos || parts.size() == 5) break;
    text.remove_prefix(colon + 1);
  }
  return parts;
}

std::int64_t number_of(std::string_view text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string_view::npos) {
    throw Refusal(code::invalid_parameter, "not a number");
  }
  return std::stoll(std::string(text));
}

void check(std::int64_t number, const Digest& hash, const char* what, const char* sql, const std::function<void(const Finding&)>& report) {
  if (number == 0) return;
  const auto rows = pg::query(sql, {pg::arg(number)});
  const std::string name = fmt::format("{} number {}", what, number);
  if (rows.empty()) {
    report({"error", "digest", name, "it is not there any more: the history was cut off, or is another one"});
  } else if (*rows[0][0] != hash.hex()) {
    report({"error", "digest", name, "it has another hash than when the digest was taken: the history was rewritten, or is another one"});
  } else if (*rows[0][1] != hash.hex()) {
    report({"error", "digest", name, "its content does not have its hash"});
  }
}

}  // namespace

HistoryDigest digest_now() {
  HistoryDigest digest;
  if (const auto head = store::head()) {
    digest.seq = head->seq;
    digest.commit = head->hash;
  }
  if (const auto note = ledger::newest_note()) {
    digest.record = note->number;
    digest.note = note->hash;
  }
  digest.at = pg::iso_time(pg::now());
  for (const pg::Row& row : pg::table_scan(pg::relation_named("xconnect", "pending"))) digest.waiting.push_back(pg::text_output(UUIDOID, row.datum(1)));
  std::sort(digest.waiting.begin(), digest.waiting.end());
  return digest;
}

std::string text_of(const HistoryDigest& digest) {
  return fmt::format("{}:{}:{}:{}:{}:{}{}{}", version, digest.seq, digest.commit.hex(), digest.record, digest.note.hex(), digest.at,
                     digest.waiting.empty() ? "" : " ", sql::join(digest.waiting, ","));
}

HistoryDigest digest_of(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos) text = text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
  try {
    const auto parts = parts_of(text);
    if (parts.size() < 5 || parts[0] != version) throw Refusal(code::invalid_parameter, "not a digest");
    HistoryDigest digest;
    digest.seq = number_of(parts[1]);
    digest.commit = Digest::from_hex(parts[2]);
    digest.record = number_of(parts[3]);
    digest.note = Digest::from_hex(parts[4].substr(0, 64));
    const std::size_t blank = text.find(' ');
    for (std::string_view ids = blank == std::string_view::npos ? "" : text.substr(blank + 1); !ids.empty();) {
      const std::size_t comma = std::min(ids.find(','), ids.size());
      digest.waiting.emplace_back(ids.substr(0, comma));
      ids.remove_prefix(std::min(comma + 1, ids.size()));
    }
    return digest;
  } catch (const Refusal&) {
    throw Refusal(code::invalid_parameter, fmt::format("\"{}\" is not a digest", text))
        .detail("A digest is what xc_digest() gave, all of it.")
        .hint("SELECT xc_digest();");
  }
}

void prove(const HistoryDigest& digest, const std::function<void(const Finding&)>& report) {
  check(digest.seq, digest.commit, "commit",
        "SELECT encode(hash, 'hex'), encode(sha256(convert_to(content, CASE getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END)), 'hex')"
        " FROM xconnect.commit WHERE seq = $1", report);
  check(digest.record, digest.note, "note",
        "SELECT encode(hash, 'hex'), encode(sha256(convert_to(content, CASE getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END)), 'hex')"
        " FROM xconnect.note WHERE number = $1", report);
  for (const std::string& id : digest.waiting) {
    const auto left = pg::query("SELECT WHERE NOT EXISTS (SELECT FROM xconnect.pending WHERE id::text = $1) AND NOT EXISTS (SELECT FROM xconnect.note"
                                " WHERE relation = 'pending' AND content::jsonb -> 'row' ->> 'id' = $1 AND content::jsonb ? 'removed')", {pg::arg(id)});
    if (!left.empty()) report({"error", "digest", "pending " + id, "it waited in the queue when the digest was taken, was not linked, and is not there any more"});
  }
}

}  // namespace xc::verify
