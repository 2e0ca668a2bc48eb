// See notes.hpp. The rows are spelled in SQL as ledger/note.cpp spells them: each column by its text output, nulls left out.
#include "verify/notes.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "core/json.hpp"
#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "ledger/tables.hpp"
#include "pg/call.hpp"
#include "pg/catalog.hpp"
#include "pg/encoding.hpp"
#include "pg/query.hpp"
#include "pg/scope.hpp"
#include "pg/server.hpp"

extern "C" {
#include "mb/pg_wchar.h"
}

namespace xc::verify {

namespace {

using Report = std::function<void(const Finding&)>;

// The SQL expression that spells a row of the table as canonical JSON. Of a change that waits, its id is noted.
std::string spelling_of(const char* table) {
  std::string members;
  for (const pg::Fields& row : pg::query("SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = ('xconnect.' || $1)::regclass"
                                         " AND attnum > 0 AND NOT attisdropped AND (attname = 'id' OR $1 <> 'pending') ORDER BY attname COLLATE \"C\"", {pg::arg(table)})) {
    // As its output, which a cast to text need not give: not of booleans, nor of what a user has made a cast for.
    members += fmt::format(", {} || to_json(CASE WHEN t.{} IS NOT NULL THEN format('%s', t.{}) END)::text", sql::literal("\"" + *row[0] + "\":"),
                           pg::quoted(*row[0]), pg::quoted(*row[0]));
  }
  return fmt::format("'{{' || concat_ws(','{}) || '}}'", members);
}

void check_note(const pg::Fields& note, const pg::Field& previous, std::int64_t expected, const Report& report) {
  const auto wrong = [&](const std::string& what) {
    report({"error", "note", fmt::format("{} (note {})", *note[1], *note[0]), what});
  };
  if (sha256(pg::to_utf8(*note[2])).hex() != *note[3]) wrong("the content does not have the hash of the note");
  try {
    const Json content = Json::parse(*note[2]);
    if (std::to_string(content["number"].integer()) != *note[0] || content["relation"].str() != *note[1] ||
        std::to_string(content["seq"].integer()) != *note[4]) {
      wrong("the columns are not what the hashed content says");
    }
    const auto is_it = [&](const char* name) { return *note[1] == name; };
    if (std::none_of(std::begin(ledger::noted_tables), std::end(ledger::noted_tables), is_it) && !is_it("address") && !is_it("secret_key")) {
      wrong("no such table has notes");
    }
    if (expected == 0) return;
    if (*note[0] != std::to_string(expected)) wrong(fmt::format("it should be number {}", expected));
    if (content["previous"].str() != previous.value_or("")) wrong("the note before it is not the one that it names");
  } catch (const Refusal& refusal) {
    wrong(refusal.what());
  }
}

}  // namespace

void check_notes(const Report& report) {
  std::string last_number = "-1";
  std::string last_hash;
  std::int64_t expected = 0;
  pg::Field previous;
  for (;;) {
    pg::Arena arena("xconnect verify");
    const auto page = pg::query("SELECT number, relation, content, encode(hash, 'hex'), seq FROM xconnect.note"
                                " WHERE (number, encode(hash, 'hex')) > ($1, $2) ORDER BY number, hash LIMIT 500",
                                {pg::arg(static_cast<std::int64_t>(std::stoll(last_number))), pg::arg(last_hash)});
    if (page.empty()) return;
    for (const pg::Fields& note : page) {
      const bool linked = *note[0] != "0";
      check_note(note, previous, linked ? ++expected : 0, report);
      if (!linked) continue;
      previous = note[3];
      expected = std::stoll(*note[0]);
    }
    last_number = *page.back()[0];
    last_hash = *page.back()[3];
  }
}

void check_noted_rows(const char* table, const Report& report) {
  const std::string sql = fmt::format(
      "WITH noted AS (SELECT (n.content::jsonb -> 'row')::text AS row, sum(CASE WHEN n.content::jsonb ? 'removed' THEN -1 ELSE 1 END) AS times"
      " FROM xconnect.note n WHERE n.relation = {} GROUP BY 1),"
      " present AS (SELECT ({})::jsonb::text AS row, count(*) AS times FROM xconnect.{} t GROUP BY 1)"
      " SELECT coalesce(n.row, p.row), CASE WHEN coalesce(n.times, 0) < coalesce(p.times, 0) THEN 'no note tells of this row: it was added or changed'"
      " ELSE 'this row was noted, and is not there: it was removed or changed' END"
      " FROM noted n FULL JOIN present p ON p.row = n.row WHERE coalesce(n.times, 0) <> coalesce(p.times, 0) LIMIT 1000",
      sql::literal(table), spelling_of(table), table);
  for (const pg::Fields& row : pg::query(sql)) report({"error", table, row[0].value_or(""), row[1].value_or("")});
}

void check_addresses(const Report& report) {
  const std::string sql = fmt::format(
      "WITH noted AS (SELECT DISTINCT ON (n.seq) n.seq, n.content::jsonb ->> 'sha256' AS hash, (n.content::jsonb ->> 'rows')::bigint AS rows"
      " FROM xconnect.note n WHERE n.relation = 'address' ORDER BY n.seq, n.content::jsonb ->> 'noted_at' DESC),"
      " present AS (SELECT t.since_seq AS seq, count(*) AS rows,"
      " encode(sha256(convert_to(string_agg({}, E'\\n' ORDER BY t.object), '{}')), 'hex') AS hash FROM xconnect.address t GROUP BY 1)"
      " SELECT coalesce(n.seq, p.seq), coalesce(n.rows, 0), coalesce(p.rows, 0) FROM noted n FULL JOIN present p ON p.seq = n.seq"
      " WHERE coalesce(n.rows, 0) <> coalesce(p.rows, 0) OR (p.rows > 0 AND n.hash IS DISTINCT FROM p.hash) LIMIT 1000",
      spelling_of("address"), GetDatabaseEncoding() == PG_SQL_ASCII ? "SQL_ASCII" : "UTF8");
  for (const pg::Fields& row : pg::query(sql)) {
    report({"error", "address", fmt::format("addresses since change number {}", *row[0]),
            fmt::format("they are not the {} that were noted ({} are there)", *row[1], *row[2])});
  }
  for (const pg::Fields& row : pg::query(
           "SELECT FROM xconnect.note n WHERE n.relation = 'secret_key' AND n.number = (SELECT max(number) FROM xconnect.note WHERE relation = 'secret_key')"
           " AND NOT EXISTS (SELECT FROM xconnect.secret_key k WHERE encode(sha256(k.key), 'hex') = n.content::jsonb ->> 'sha256')"
           " UNION ALL SELECT FROM (SELECT count(*) AS keys FROM xconnect.secret_key) k WHERE k.keys <> 1")) {
    (void)row;
    report({"error", "secret key", "xconnect.secret_key", "it is not the key that was noted: marks of secrets no longer tell whether one changed"});
  }
}

}  // namespace xc::verify
