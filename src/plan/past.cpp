// Questions to the ledger; see past.hpp.
#include "plan/past.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/refusal.hpp"
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
         pg::query("SELECT change_id FROM xconnect.change WHERE kind = 'rollback' AND (target = $1 OR "
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
