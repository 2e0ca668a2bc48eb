// Questions to the ledger; see past.hpp.
#include "plan/past.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "kind/older.hpp"
#include "ledger/place.hpp"
#include "ledger/reading.hpp"
#include "pg/query.hpp"
#include "pg/server.hpp"

namespace xc::plan {

const ledger::Entry& Past::change(std::int64_t seq) {
  const auto found = changes_.find(seq);
  if (found != changes_.end()) return found->second;
  const auto commit = store::commit(seq);
  auto entry = commit ? ledger::entry(commit->change_id) : std::nullopt;
  if (!entry) throw Refusal(code::data_corrupted, fmt::format("ledger row {} is missing", seq)).hint("SELECT * FROM xc_verify();");
  return changes_.emplace(seq, std::move(*entry)).first->second;
}

const ledger::Entry& Past::change(std::string_view id) {
  auto entry = ledger::entry(id);
  if (!entry) {
    throw Refusal(code::unknown_rev, fmt::format("there is no change \"{}\"", id))
        .detail("A change is named by its id, such as chg-20260122-001 or rbk-20260122-001.")
        .hint("SELECT * FROM xc_log();");
  }
  const std::int64_t seq = entry->seq;
  return changes_.insert_or_assign(seq, std::move(*entry)).first->second;
}

std::optional<std::string> Past::key_at(std::string key, std::int64_t seq) {
  const auto now = ledger::recorded(key);
  if (!now) return {};
  std::int64_t before = INT64_MAX;
  for (;;) {
    std::vector<std::int64_t> changes = ledger::later_changes(key, seq);
    std::string older_key;
    for (auto it = changes.rbegin(); it != changes.rend() && older_key.empty(); ++it) {
      if (*it >= before) continue;
      const auto& objects = change(*it).objects;
      const auto object = std::find_if(objects.begin(), objects.end(), [&](const auto& one) { return one.key == key && one.after; });
      // Without a state before it was created here, with another address then, it was created anew.
      if (object == objects.end() || !object->before) return {};
      if (!ledger::is_of(now->address, {*it, key, object->address, {}, {}})) return {};
      older_key = object->renamed_from;
      before = *it;
    }
    if (older_key.empty()) break;
    key = older_key;
  }
  const auto then = ledger::recorded(key, seq);
  if (!then || !then->blob || !ledger::is_of(now->address, *then)) return {};
  return key;
}

// An object that was dropped and made again has its parts in the same order whenever it has the same text in both lives,
// and within one life numbers are for ever. Followed from life to life, the newest states first.
namespace {

class Lives {
 public:
  // Blobs (in hex) of a key that are the same text in other words.
  using Synonyms = std::function<std::vector<std::string>(const std::string& key, const std::string& blob)>;

  Lives(Address now, Synonyms synonyms) : now_(now), waiting_{now}, met_{now}, synonyms_(std::move(synonyms)) {
    while (!waiting_.empty()) {
      const Address life = waiting_.back();
      waiting_.pop_back();
      for (const ledger::Span& span : ledger::spans_of(life)) {
        for (const State& state : states("SELECT catalog, oid_in_catalog, object, encode(after, 'hex'), parts, seq "
                                         "FROM xconnect.change_object WHERE catalog = $1 AND oid_in_catalog = $2 "
                                         "AND seq > $3 AND seq <= $4 AND after IS NOT NULL ORDER BY seq DESC, ordinal DESC",
                                         {pg::arg(std::int64_t{span.address.catalog}), pg::arg(std::int64_t{span.address.object}),
                                          pg::arg(span.after), pg::arg(span.up_to)})) {
          meet_lives_with(state);
        }
      }
    }
  }

  const std::set<Address>& all() const { return met_; }

  std::int64_t number_now(Address life, std::int64_t number) const {
    if (life == now_) return number;
    const auto found = numbers_.find({life, number});
    return found == numbers_.end() ? 0 : found->second;
  }

 private:
  struct State {
    Address life;
    std::string key, blob;
    std::vector<std::int64_t> parts;
  };

  static std::vector<std::int64_t> numbers_in(const std::string& array) {
    std::vector<std::int64_t> numbers;
    for (std::size_t at = 1; at + 1 < array.size(); at = array.find_first_of(",}", at) + 1) numbers.push_back(std::stoll(array.substr(at)));
    return numbers;
  }

  static std::vector<State> states(const char* sql, const std::vector<pg::Arg>& arguments) {
    std::vector<State> result;
    for (const pg::Fields& row : pg::query(sql, arguments)) {
      State state{{static_cast<std::uint32_t>(std::stoul(*row[0])), static_cast<std::uint32_t>(std::stoul(*row[1]))},
                  *row[2], *row[3], numbers_in(row[4].value_or("{}"))};
      ledger::bring_here(std::stoll(*row[5]), state.life, state.parts);
      result.push_back(std::move(state));
    }
    return result;
  }

  void meet_lives_with(const State& state) {
    if (!compared_.insert({state.life, state.blob}).second) return;
    for (const std::string& blob : synonyms_(state.key, state.blob)) meet_lives_with(state, blob);
  }

  void meet_lives_with(const State& state, const std::string& blob) {
    for (const State& other : states("SELECT catalog, oid_in_catalog, object, encode(after, 'hex'), parts, seq FROM xconnect.change_object "
                                     "WHERE object = $1 AND after = decode($2, 'hex') ORDER BY seq DESC, ordinal DESC",
                                     {pg::arg(state.key), pg::arg(blob)})) {
      if (other.life == state.life || other.parts.size() != state.parts.size()) continue;
      for (std::size_t i = 0; i < other.parts.size(); ++i) {
        const std::int64_t number = number_now(state.life, state.parts[i]);
        if (number != 0 && other.parts[i] != 0) numbers_.emplace(std::pair{other.life, other.parts[i]}, number);
      }
      if (met_.insert(other.life).second) waiting_.push_back(other.life);
    }
  }

  Address now_;
  std::vector<Address> waiting_;
  std::set<Address> met_;
  std::set<std::pair<Address, std::string>> compared_;
  std::map<std::pair<Address, std::int64_t>, std::int64_t> numbers_;
  Synonyms synonyms_;
};

}  // namespace

namespace {

// What comes back at its address, as a type does, has its parts again where their numbers are OIDs, which nobody else gets;
// of columns there are others of the same numbers.
bool are_oids(const std::vector<std::int64_t>& parts) {
  return !parts.empty() && std::all_of(parts.begin(), parts.end(), [](std::int64_t one) { return one >= FirstNormalObjectId; });
}

// Number and key of the last change of it, up to a commit; only: of those that fulfil this as well.
std::vector<pg::Fields> newest_row(Address life, std::int64_t seq, const char* only = "") {
  for (const ledger::Span& span : ledger::spans_of(life)) {
    auto rows = pg::query(fmt::format("SELECT seq, object FROM xconnect.change_object WHERE catalog = $1 AND oid_in_catalog = $2 AND seq > $3 "
                                      "AND seq <= $4 {} ORDER BY seq DESC, ordinal DESC LIMIT 1", only),
                          {pg::arg(std::int64_t{span.address.catalog}), pg::arg(std::int64_t{span.address.object}),
                           pg::arg(span.after), pg::arg(std::min(seq, span.up_to))});
    if (!rows.empty()) return rows;
  }
  return {};
}

// Was what lives at the address now made as it was then, with the same numbers? Then these have gone on.
bool was_made_again(Address now, const ledger::Recorded& then) {
  const auto rows = newest_row(now, INT64_MAX, "AND before IS NULL AND after IS NOT NULL");
  if (rows.empty() || then.parts.empty() || *rows[0][1] != then.key) return false;
  const auto made = ledger::recorded(then.key, std::stoll(*rows[0][0]));
  return made && made->blob == then.blob && made->parts == then.parts;
}

}  // namespace

std::optional<std::string> Past::key_of(Address address, std::int64_t seq) {
  const ledger::Reading scope;
  const auto rows = newest_row(address, seq);
  const auto then = rows.empty() ? std::nullopt : ledger::recorded(*rows[0][1], seq);
  if (!then || !then->blob || then->address != address) return {};
  return then->key;
}

std::vector<std::string> Past::keys_in_other_lives(Address now, std::int64_t seq) {
  const ledger::Reading scope;
  std::map<std::int64_t, std::string, std::greater<>> keys;
  const Lives lives(now, [this](const std::string& key, const std::string& blob) { return synonyms(key, blob); });
  for (const Address life : lives.all()) {
    const auto rows = newest_row(life, seq);
    if (rows.empty()) continue;
    const auto then = ledger::recorded(*rows[0][1], seq);
    if (!then || !then->blob || then->address != life) continue;
    if (life == now && !are_oids(then->parts) && !was_made_again(now, *then)) continue;
    keys.emplace(std::stoll(*rows[0][0]), then->key);
  }
  std::vector<std::string> result;
  for (auto& [when, key] : keys) result.push_back(std::move(key));
  return result;
}

std::vector<std::int64_t> Past::numbers_at(Address now, const ledger::Recorded& then) {
  if (then.parts.empty()) return {};
  const ledger::Reading scope;
  const Lives lives(now, [this](const std::string& key, const std::string& blob) { return synonyms(key, blob); });
  std::vector<std::int64_t> numbers;
  for (const std::int64_t number : then.parts) {
    const std::int64_t found = lives.number_now(then.address, number);
    numbers.push_back(std::find(numbers.begin(), numbers.end(), found) == numbers.end() ? found : 0);
  }
  return numbers;
}

std::vector<std::int64_t> Past::touching(const std::string& key, std::int64_t seq) {
  const ledger::Reading scope;
  std::vector<std::int64_t> result;
  for (const pg::Fields& row : pg::query("SELECT DISTINCT seq FROM xconnect.change_object WHERE seq > $1 AND (object = $2 OR "
                                         "renamed_from = $2) ORDER BY seq DESC",
                                         {pg::arg(seq), pg::arg(key)})) {
    const std::int64_t touched = std::stoll(*row[0]);
    if (!only_written_otherwise(key, touched)) result.push_back(touched);
  }
  return result;
}

bool Past::only_written_otherwise(const std::string& key, std::int64_t seq) {
  const auto arrivals = ledger::arrivals_since(seq - 1);
  return !arrivals.empty() && arrivals.front().since == seq - 1 && rewritten(arrivals.front()).contains(key);
}

namespace {

bool is_bypassed(std::int64_t seq) {
  const ledger::Reading scope;
  return !pg::query("SELECT FROM xconnect.gap g WHERE coalesce(g.after_seq, 0) <= $1 AND NOT EXISTS (SELECT FROM xconnect.change c "
                    "WHERE c.kind = 'adopt' AND c.seq > coalesce(g.after_seq, 0) AND c.seq <= $1) LIMIT 1",
                    {pg::arg(seq)})
              .empty();
}

}  // namespace

// A text that is another one is taken for the server's writing only where pg_upgrade brought it and nothing is known to have
// bypassed capture before.
const Past::Rewritten& Past::rewritten(const ledger::Arrival& arrival) {
  const auto [found, is_new] = rewritten_.try_emplace(arrival.since);
  if (!is_new || !store::commit(arrival.since + 1)) return found->second;
  const ledger::Entry& entry = change(arrival.since + 1);
  if (entry.kind != "restore") return found->second;
  const bool texts = arrival.upgrade && !is_bypassed(arrival.since);
  for (const ledger::ObjectChange& object : entry.objects) {
    if (!object.before || !object.after || !object.renamed_from.empty()) continue;
    const Object before = store::object(*object.before), after = store::object(*object.after);
    if (differs_in_writing_only(before.body, after.body, texts)) found->second.emplace(object.key, std::pair{*object.before, *object.after});
  }
  return found->second;
}

// What checkouts and rollbacks say of themselves.
const std::map<std::string, std::vector<Past::Writing>>& Past::brought_back() {
  if (brought_back_) return *brought_back_;
  brought_back_.emplace();
  if (ledger::arrivals_since(0).empty()) return *brought_back_;
  const ledger::Reading scope;
  store::Nodes nodes;
  for (const pg::Fields& row : pg::query("SELECT seq, details FROM xconnect.change WHERE kind IN ('rollback', 'checkout') AND "
                                         "pg_catalog.strpos(details, '\"rewritten\":{') > 0 ORDER BY seq")) {
    const std::int64_t seq = std::stoll(*row[0]);
    const Json details = Json::parse(*row[1]);
    for (const auto& [key, recorded] : details["rewritten"].members()) {
      const auto after = tree::find(nodes, store::commit(seq).value().tree, key);
      if (after) (*brought_back_)[key].push_back({seq, Digest::from_hex(recorded.str()), *after});
    }
  }
  return *brought_back_;
}

std::vector<std::string> Past::synonyms(const std::string& key, const std::string& blob) {
  std::vector<std::string> all = {blob};
  const auto found = brought_back().find(key);
  if (found == brought_back().end()) return all;
  for (const Writing& one : found->second) {
    if (one.after.hex() == blob) all.push_back(one.before.hex());
    if (one.before.hex() == blob) all.push_back(one.after.hex());
  }
  return all;
}

std::vector<Digest> Past::writings(const std::string& key, const Digest& blob, std::int64_t seq) {
  std::vector<Digest> all = {blob};
  const auto arrivals = ledger::arrivals_since(seq);
  if (arrivals.empty()) return all;
  std::vector<Writing> known;
  for (const ledger::Arrival& arrival : arrivals) {
    const Rewritten& here = rewritten(arrival);
    const auto found = here.find(key);
    if (found != here.end()) known.push_back({arrival.since + 1, found->second.first, found->second.second});
  }
  if (const auto found = brought_back().find(key); found != brought_back().end()) {
    known.insert(known.end(), found->second.begin(), found->second.end());
  }
  std::stable_sort(known.begin(), known.end(), [](const Writing& a, const Writing& b) { return a.seq < b.seq; });
  for (const Writing& one : known) {
    const bool continues = std::find(all.begin(), all.end(), one.before) != all.end();
    if (continues && std::find(all.begin(), all.end(), one.after) == all.end()) all.push_back(one.after);
  }
  return all;
}

Digest Past::written_now(const std::string& key, const Digest& blob, std::int64_t seq) { return writings(key, blob, seq).back(); }

bool Past::is_now(const std::string& key, const Digest& blob, std::int64_t seq, const std::optional<Digest>& now) {
  if (!now || *now == blob) return now.has_value();
  const std::vector<Digest> all = writings(key, blob, seq);
  return std::find(all.begin(), all.end(), *now) != all.end();
}

std::vector<Object> Past::readings_since(const std::string& key, std::int64_t seq) {
  std::vector<Object> readings;
  for (const ledger::Arrival& arrival : ledger::arrivals_since(seq)) {
    const auto key_then = key_at(key, arrival.since + 1);
    const auto then = key_then ? ledger::recorded(*key_then, arrival.since + 1) : std::nullopt;
    if (!then || !then->blob) continue;
    Object object = store::object(*then->blob);
    object.address = then->address;
    object.parts = then->parts;
    readings.push_back(std::move(object));
  }
  return readings;
}

std::optional<std::string> Past::undone_by(const std::string& change_id) {
  std::vector<std::string> rollbacks;
  {
    const ledger::Reading scope;
    for (const pg::Fields& row :
         // Their ids are next to each other in the index.
         pg::query("SELECT change_id FROM xconnect.change WHERE change_id >= 'rbk-' AND change_id < 'rbk.' AND (target = $1 OR "
                   "details::jsonb -> 'undone' @> to_jsonb($1)) ORDER BY seq DESC",
                   {pg::arg(change_id)})) {
      rollbacks.push_back(*row[0]);
    }
  }
  for (const std::string& rollback : rollbacks) {
    if (!undone_by(rollback)) return rollback;
  }
  return {};
}

std::string Past::line(std::int64_t seq) {
  const ledger::Entry& entry = change(seq);
  std::string summary = "nothing";
  if (!entry.objects.empty()) summary = entry.objects.front().action + " " + entry.objects.front().key;
  if (entry.objects.size() > 1) summary += fmt::format(" and {} more", entry.objects.size() - 1);
  const ledger::Reading scope;
  const auto rows = pg::query("SELECT author, committed_at::timestamptz(0) FROM xconnect.change WHERE seq = $1", {pg::arg(seq)});
  if (rows.empty()) return entry.change_id;
  return fmt::format("{} by {} at {}: {}", entry.change_id, rows[0][0].value_or(""), rows[0][1].value_or(""), summary);
}

}  // namespace xc::plan
