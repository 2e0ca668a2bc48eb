// Order and cycles.
#include "core/graph.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support.hpp"

namespace xc::graph {
namespace {

using Edges = std::vector<std::pair<std::size_t, std::size_t>>;
using Nodes = std::vector<std::size_t>;

TEST(graph, free_nodes_go_by_priority) { EXPECT_EQ(sort({"c", "a", "b"}, {}).nodes, (Nodes{1, 2, 0})); }

TEST(graph, equal_priorities_keep_their_order) { EXPECT_EQ(sort({"x", "x", "a", "x"}, {}).nodes, (Nodes{2, 0, 1, 3})); }

TEST(graph, an_edge_beats_priority) { EXPECT_EQ(sort({"c", "a", "b"}, {{0, 1}}).nodes, (Nodes{2, 0, 1})); }

TEST(graph, duplicates_and_self_edges_are_ignored) {
  const Order order = sort({"b", "a"}, {{0, 1}, {0, 1}, {1, 1}, {0, 0}});
  EXPECT_EQ(order.nodes, (Nodes{0, 1}));
  EXPECT_TRUE(order.cycle.empty());
}

TEST(graph, nothing_gives_nothing) {
  EXPECT_TRUE(sort({}, {}).nodes.empty());
  EXPECT_TRUE(sort({}, {}).cycle.empty());
}

TEST(graph, names_one_cycle_in_its_order) {
  // 0 before 1 before 2 before 0; 3 waits for the cycle, 4 is free.
  const Order order = sort({"b", "c", "a", "d", "e"}, {{0, 1}, {1, 2}, {2, 0}, {1, 3}});
  EXPECT_EQ(order.cycle, (Nodes{2, 0, 1}));
  EXPECT_EQ(order.nodes, (Nodes{4}));
}

TEST(graph, a_node_behind_a_cycle_is_not_part_of_it) {
  EXPECT_EQ(sort({"a", "b", "c"}, {{1, 2}, {2, 1}, {2, 0}}).cycle, (Nodes{1, 2}));
}

TEST(graph, refuses_an_edge_to_nowhere) {
  EXPECT_EQ(refusal_of([] { sort({"a"}, {{0, 1}}); }), code::internal);
}

TEST(graph, random_graphs_are_sorted_or_have_a_real_cycle) {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    const std::size_t count = 1 + random() % 30;
    std::vector<std::string> priorities;
    for (std::size_t i = 0; i < count; ++i) priorities.push_back(std::to_string(random() % 10));
    Edges edges;
    for (std::size_t i = random() % (2 * count); i > 0; --i) edges.emplace_back(random() % count, random() % count);
    const Order order = sort(priorities, edges);

    Edges shuffled = edges;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const Order again = sort(priorities, shuffled);
    ASSERT_EQ(order.nodes, again.nodes);
    ASSERT_EQ(order.cycle, again.cycle);

    if (order.cycle.empty()) {
      ASSERT_EQ(order.nodes.size(), count);
      Nodes place(count);
      for (std::size_t i = 0; i < count; ++i) place[order.nodes[i]] = i;
      for (const auto& [before, after] : edges) {
        if (before == after) continue;
        ASSERT_LT(place[before], place[after]);
      }
    } else {
      for (std::size_t i = 0; i < order.cycle.size(); ++i) {
        const std::pair step(order.cycle[i], order.cycle[(i + 1) % order.cycle.size()]);
        ASSERT_NE(std::find(edges.begin(), edges.end(), step), edges.end());
      }
      ASSERT_LT(order.nodes.size(), count);
    }
  }
}

TEST(graph, a_long_chain_is_quick) {
  constexpr std::size_t count = 100'000;
  std::vector<std::string> priorities(count, "same");
  Edges edges;
  for (std::size_t i = 1; i < count; ++i) edges.emplace_back(i, i - 1);
  const Order order = sort(priorities, edges);
  ASSERT_EQ(order.nodes.size(), count);
  EXPECT_EQ(order.nodes.front(), count - 1);
}

}  // namespace
}  // namespace xc::graph
