// Reads the log in pages by commit number; see log.hpp.
#include "ledger/log.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "kind/kind.hpp"
#include "ledger/reading.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

namespace xc::ledger {
namespace {

constexpr std::int64_t page_size = 1000;
constexpr std::size_t deeds_in_summary = 3;
constexpr std::int64_t deeds_considered = 50;  // of each change

constexpr std::string_view page_sql = R"(
SELECT c.seq, c.change_id, c.kind,
       CASE WHEN c.change_id IN (SELECT u.change_id FROM xconnect.rolled_back u) THEN 'ROLLED BACK' ELSE c.status END,
       c.committed_at, c.author, c.reason,
       encode(c.commit_hash, 'hex'),
       (SELECT o.ordinal FROM xconnect.change_object o WHERE o.seq = c.seq ORDER BY o.ordinal DESC LIMIT 1)
  FROM xconnect.change c
 WHERE c.seq BETWEEN $1 AND $2)";

constexpr std::string_view deeds_sql = R"(
SELECT o.seq, o.action, o.object FROM unnest($1) s(seq), xconnect.change_object o
 WHERE o.seq = s.seq AND o.ordinal <= $2 ORDER BY o.seq, o.ordinal)";

// Kinds that live on others come after them, sequences after the tables that they mostly belong to.
int weight(const std::string& key) {
  int best = static_cast<int>(Rank::event_trigger) + 1;
  std::size_t longest = 0;
  for (const Kind* kind : kinds()) {
    const std::string_view type = kind->name;
    if (type.size() <= longest || !key.starts_with(type) || key.size() <= type.size() || key[type.size()] != ' ') continue;
    longest = type.size();
    best = kind->rank == Rank::sequence || kind->rank == Rank::identity ? static_cast<int>(Rank::view) + 1
                                                                        : static_cast<int>(kind->rank);
  }
  return best;
}

}  // namespace

std::string summary(std::vector<Deed> deeds, std::size_t total) {
  std::vector<std::pair<int, const Deed*>> order;
  for (const Deed& deed : deeds) order.emplace_back(weight(deed.key), &deed);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text;
  const std::size_t shown = std::min(order.size(), deeds_in_summary);
  for (std::size_t i = 0; i < shown; ++i)
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", order[i].second->action, order[i].second->key);
  if (total > shown) text += fmt::format(" and {} more", total - shown);
  return text;
}

void log(const LogFilter& filter, const std::function<void(const pg::Fields&)>& visit) {
  if (filter.seqs && filter.seqs->empty()) return;
  std::int64_t last = filter.last_seq;
  std::int64_t left = filter.max_count;
  while (left > 0 && last >= filter.first_seq) {
    pg::Arena arena("xconnect log");
    const std::int64_t wanted = std::min(left, page_size);
    std::vector<pg::Arg> args = {pg::arg(filter.first_seq), pg::arg(last)};
    std::string sql(page_sql);
    if (filter.author) {
      args.push_back(pg::arg(*filter.author));
      sql += fmt::format(" AND c.author = ${}", args.size());
    }
    if (filter.seqs) {
      args.push_back(pg::arg_int8_array(*filter.seqs));
      sql += fmt::format(" AND c.seq = ANY (${})", args.size());
    }
    const std::vector<pg::Fields> page = pg::query(fmt::format("{} ORDER BY c.seq DESC LIMIT {}", sql, wanted), args);

    if (page.empty()) return;

    std::vector<std::int64_t> seqs;
    for (const pg::Fields& row : page) seqs.push_back(std::stoll(*row[0]));
    std::map<std::int64_t, std::vector<Deed>> deeds;
    for (const pg::Fields& row : pg::query(deeds_sql, {pg::arg_int8_array(seqs), pg::arg(deeds_considered)}))
      deeds[std::stoll(*row[0])].push_back({*row[1], *row[2]});

    for (const pg::Fields& row : page) {
      const std::string objects = row[8].value_or("0");
      visit({row[1], row[2], row[3], row[4], row[5], row[6], objects,
             summary(deeds[std::stoll(*row[0])], static_cast<std::size_t>(std::stoll(objects))), row[7]});
    }
    if (static_cast<std::int64_t>(page.size()) < wanted) return;
    left -= wanted;
    last = seqs.back() - 1;
  }
}

}  // namespace xc::ledger
