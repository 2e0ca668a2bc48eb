// Looks up what a rev names; see rev.hpp.
#include "ledger/rev.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/ranges.h>

#include "core/closest.hpp"
#include "core/refusal.hpp"
#include "core/rev.hpp"
#include "ledger/reading.hpp"
#include "pg/attempt.hpp"
#include "pg/server.hpp"

extern "C" {
#include "utils/timestamp.h"
}

namespace xc::ledger {
namespace {

constexpr const char* see_log = "SELECT change_id, commit, committed_at, reason FROM xc_log(max_count => 20);";
constexpr const char* see_tags = "SELECT name, seq, tagged_at FROM xconnect.tag ORDER BY tagged_at;";

[[noreturn]] void unknown(const std::string& message, std::string detail = {}, const char* hint = see_log) {
  throw Refusal(code::unknown_rev, message).detail(std::move(detail)).hint(hint);
}

store::Commit head_commit() {
  const std::optional<store::Commit> head = store::head();
  if (!head) unknown("there is no commit yet", "", "SELECT * FROM xc_status();");
  return *head;
}

store::Commit by_seq(std::int64_t seq) {
  const std::optional<store::Commit> found = store::commit(seq);
  if (!found) throw Refusal(code::data_corrupted, fmt::format("commit {} is missing from the history", seq)).hint("SELECT * FROM xc_verify();");
  return *found;
}

// The least and the greatest hash that begin with the digits.
std::string padded(std::string_view digits, char filler) {
  std::string full(digits);
  full.resize(64, filler);
  return std::string(Digest::from_hex(full).raw());
}

store::Commit by_hash(const std::string& digits) {
  constexpr std::size_t shown = 10;
  std::vector<pg::Fields> rows;
  {
    Reading reading;
    rows = pg::query("SELECT seq, encode(hash, 'hex'), change_id, committed_at FROM xconnect.commit"
                     " WHERE hash BETWEEN $1 AND $2 ORDER BY seq LIMIT 11",
                     {pg::arg_bytes(padded(digits, '0')), pg::arg_bytes(padded(digits, 'f'))});
  }
  if (rows.empty()) unknown(fmt::format("no commit's hash begins with {}", digits));
  if (rows.size() == 1) return by_seq(std::stoll(*rows[0][0]));
  std::string candidates;
  for (std::size_t i = 0; i < std::min(rows.size(), shown); ++i)
    candidates += fmt::format("{}{}  {}  {}", i == 0 ? "" : "\n", *rows[i][1], *rows[i][2], *rows[i][3]);
  if (rows.size() > shown) candidates += "\n...";
  throw Refusal(code::ambiguous_rev, fmt::format("hash {} is ambiguous", digits))
      .detail(candidates)
      .hint("Give more digits of the hash, or the change id.");
}

store::Commit by_change(const std::string& id) {
  if (const std::optional<store::Commit> found = store::commit_of_change(id)) return *found;
  std::vector<std::string> same_day;
  {
    Reading reading;
    for (const pg::Fields& row : pg::query("SELECT change_id FROM xconnect.commit WHERE change_id ~ $1 ORDER BY seq DESC LIMIT 5",
                                           {pg::arg("^(chg|rbk)-" + id.substr(4, 9))}))
      same_day.push_back(*row[0]);
  }
  unknown(fmt::format("there is no change {}", id),
          same_day.empty() ? std::string("No change has that day in its id (days are counted in UTC).")
                           : fmt::format("The last of that day: {}.", fmt::join(same_day, ", ")));
}

store::Commit by_tag(const std::string& name) {
  std::vector<pg::Fields> rows;
  std::vector<std::string> names;
  {
    Reading reading;
    rows = pg::query("SELECT seq FROM xconnect.tag WHERE name = $1 ORDER BY tagged_at DESC LIMIT 1", {pg::arg(name)});
    if (rows.empty() || !rows[0][0])
      for (const pg::Fields& row : pg::query("SELECT name FROM (SELECT DISTINCT ON (name) name, seq FROM xconnect.tag"
                                             " ORDER BY name, tagged_at DESC) t WHERE seq IS NOT NULL"))
        names.push_back(*row[0]);
  }
  if (!rows.empty() && rows[0][0]) return by_seq(std::stoll(*rows[0][0]));
  const std::vector<std::string> near = closest(name, names);
  const std::string message = rows.empty() ? fmt::format("there is no tag \"{}\"", name)
                                           : fmt::format("tag \"{}\" was removed", name);
  unknown(message,
          near.empty() ? std::string("Nor is it a change id, four or more digits of a hash, or HEAD.")
                       : fmt::format("The nearest tags: {}.", fmt::join(near, ", ")),
          see_tags);
}

TimestampTz parse_time(const std::string& text) {
  TimestampTz time = 0;
  const std::optional<pg::Failure> failure = pg::attempt([&] {
    time = pg::call([&] {
      return DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in, CStringGetDatum(text.c_str()),
                                                     ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
    });
  });
  if (failure)
    throw Refusal(code::bad_rev, fmt::format("\"@{}\" is not a time", text))
        .detail(fmt::format("The server says: {}.", failure->message))
        .hint("Write it as @2026-01-22 14:30, or with a zone as @2026-01-22 14:30+01.");
  return time;
}

store::Commit by_time(const std::string& text) {
  const std::int64_t seq = last_seq_at(parse_time(text));
  if (seq == 0) {
    const store::Commit first = by_seq(1);
    const char* when = pg::call([&] { return timestamptz_to_str(first.committed_at); });
    unknown(fmt::format("there is no commit at or before {}", text),
            fmt::format("The first, {}, is of {}.", commit_name(first), when));
  }
  return by_seq(seq);
}

store::Commit base_of(const Rev& rev) {
  switch (rev.base) {
    case Rev::Base::head: return head_commit();
    case Rev::Base::hash: return by_hash(rev.name);
    case Rev::Base::change: return by_change(rev.name);
    case Rev::Base::tag: return by_tag(rev.name);
    case Rev::Base::time: return by_time(rev.name);
  }
  throw Refusal(code::internal, "a rev of no kind");
}

}  // namespace

store::Commit resolve_rev(std::string_view text) {
  const Rev rev = Rev::parse(text);
  const store::Commit base = base_of(rev);
  if (rev.back == 0) return base;
  if (rev.back >= base.seq)
    unknown(fmt::format("{} is before the first commit", text),
            fmt::format("Before {} there are {} commits.", commit_name(base), base.seq - 1));
  return by_seq(base.seq - rev.back);
}

std::int64_t last_seq_at(std::int64_t time) {
  const std::optional<store::Commit> head = store::head();
  if (!head) return 0;
  if (head->committed_at <= time) return head->seq;
  std::int64_t before = 0;           // at or before the time, or 0
  std::int64_t after = head->seq;    // after it
  while (after - before > 1) {
    const std::int64_t middle = before + (after - before) / 2;
    (by_seq(middle).committed_at <= time ? before : after) = middle;
  }
  return before;
}

std::int64_t first_seq_since(std::int64_t time) {
  return time == INT64_MIN ? 1 : last_seq_at(time - 1) + 1;
}

std::string commit_name(const store::Commit& commit) {
  return fmt::format("{} ({})", commit.change_id, commit.hash.hex().substr(0, 12));
}

}  // namespace xc::ledger
