// Kahn's algorithm over ranks instead of strings: priorities are compared once, in the first sort.
#include "core/graph.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>

#include "core/refusal.hpp"
#include "core/only.hpp"

namespace xc::graph {
namespace {

using Ranks = std::vector<std::size_t>;

// Every node left over has a left-over node before it, so walking backwards must come round. Starting at the lowest
// rank and always taking the lowest, the same graph names the same cycle.
Ranks find_cycle(const std::vector<Ranks>& before, const std::vector<bool>& done) {
  const auto left = [&done](std::size_t rank) { return !done[rank]; };
  std::size_t here = static_cast<std::size_t>(std::find(done.begin(), done.end(), false) - done.begin());
  constexpr std::size_t unseen = static_cast<std::size_t>(-1);
  Ranks position(before.size(), unseen);
  Ranks path;
  while (position[here] == unseen) {
    position[here] = path.size();
    path.push_back(here);
    here = *std::find_if(before[here].begin(), before[here].end(), left);
  }
  Ranks cycle(path.begin() + static_cast<std::ptrdiff_t>(position[here]), path.end());
  std::reverse(cycle.begin(), cycle.end());
  std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
  return cycle;
}

}  // namespace

Order sort(const std::vector<std::string>& priorities, const std::vector<std::pair<std::size_t, std::size_t>>& edges) {
  const std::size_t count = priorities.size();
  Ranks node_at(count);
  std::iota(node_at.begin(), node_at.end(), std::size_t{0});
  std::stable_sort(node_at.begin(), node_at.end(),
                   [&](std::size_t a, std::size_t b) { return priorities[a] < priorities[b]; });
  Ranks rank_of(count);
  for (std::size_t rank = 0; rank < count; ++rank) rank_of[node_at[rank]] = rank;

  std::vector<Ranks> before(count);
  std::vector<Ranks> after(count);
  for (const auto& [first, second] : edges) {
    if (first >= count || second >= count) throw Refusal(code::internal, "an edge names a node that is not there");
    if (first != second) before[rank_of[second]].push_back(rank_of[first]);
  }
  Ranks waiting(count);
  for (std::size_t rank = 0; rank < count; ++rank) {
    Ranks& list = before[rank];
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    waiting[rank] = list.size();
    for (const std::size_t earlier : list) after[earlier].push_back(rank);
  }

  std::priority_queue<std::size_t, Ranks, std::greater<>> free;
  for (std::size_t rank = 0; rank < count; ++rank)
    if (waiting[rank] == 0) free.push(rank);
  Order order;
  order.nodes.reserve(count);
  std::vector<bool> done(count);
  while (!free.empty()) {
    const std::size_t rank = free.top();
    free.pop();
    done[rank] = true;
    order.nodes.push_back(node_at[rank]);
    for (const std::size_t later : after[rank])
      if (--waiting[later] == 0) free.push(later);
  }
  if (order.nodes.size() != count)
    for (const std::size_t rank : find_cycle(before, done)) order.cycle.push_back(node_at[rank]);
  return order;
}

}  // namespace xc::graph
