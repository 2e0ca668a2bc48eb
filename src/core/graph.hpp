// Topological order with a stable tie-break: of the nodes that are free to go, the one with the smallest priority
// string goes first, so the same input always gives the same order.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace xc::graph {

struct Order {
  std::vector<std::size_t> nodes;  // all nodes when there is no cycle
  std::vector<std::size_t> cycle;  // the nodes of one cycle, in its order; empty when there is none
};

// edges: (before, after) pairs of indexes into priorities; duplicates and self-edges are ignored.
Order sort(const std::vector<std::string>& priorities, const std::vector<std::pair<std::size_t, std::size_t>>& edges);

}  // namespace xc::graph
