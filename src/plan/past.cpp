// Questions to the ledger; see past.hpp.
#include "plan/past.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/refusal.hpp"
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
      if (object == objects.end() || !object->before || object->address != now->address) return {};
      older_key = object->renamed_from;
      before = *it;
    }
    if (older_key.empty()) break;
    key = older_key;
  }
  const auto then = ledger::recorded(key, seq);
  if (!then || !then->blob || then->address != now->address) return {};
  return key;
}

// An object that was dropped and made again has its parts in the same order whenever it has the same text in both lives,
// and within one life numbers are for ever. Followed from life to life, the newest states first.
namespace {

class Lives {
 public:
  explicit Lives(Address now) : now_(now), waiting_{now}, met_{now} {
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
    for (const State& other : states("SELECT catalog, oid_in_catalog, object, encode(after, 'hex'), parts, seq FROM xconnect.change_object "
                                     "WHERE object = $1 AND after = decode($2, 'hex') ORDER BY seq DESC, ordinal DESC",
                                     {pg::arg(state.key), pg::arg(state.blob)})) {
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
};

}  // namespace

namespace {

// Number and key of the last change of it, up to a commit.
std::vector<pg::Fields> newest_row(Address life, std::int64_t seq) {
  for (const ledger::Span& span : ledger::spans_of(life)) {
    auto rows = pg::query("SELECT seq, object FROM xconnect.change_object WHERE catalog = $1 AND oid_in_catalog = $2 AND seq > $3 "
                          "AND seq <= $4 ORDER BY seq DESC, ordinal DESC LIMIT 1",
                          {pg::arg(std::int64_t{span.address.catalog}), pg::arg(std::int64_t{span.address.object}),
                           pg::arg(span.after), pg::arg(std::min(seq, span.up_to))});
    if (!rows.empty()) return rows;
  }
  return {};
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
  const Lives lives(now);
  for (const Address life : lives.all()) {
    if (life == now) continue;
    const auto rows = newest_row(life, seq);
    if (rows.empty()) continue;
    const auto then = ledger::recorded(*rows[0][1], seq);
    if (then && then->blob && then->address == life) keys.emplace(std::stoll(*rows[0][0]), then->key);
  }
  std::vector<std::string> result;
  for (auto& [when, key] : keys) result.push_back(std::move(key));
  return result;
}

std::vector<std::int64_t> Past::numbers_at(Address now, const ledger::Recorded& then) {
  if (then.parts.empty()) return {};
  const ledger::Reading scope;
  const Lives lives(now);
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
    result.push_back(std::stoll(*row[0]));
  }
  return result;
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
