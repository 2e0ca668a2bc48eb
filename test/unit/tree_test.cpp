// The tree: its literal bytes, one root for one content, and the number of nodes that edits and diffs touch.
#include "core/tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <unordered_set>

#include "support.hpp"

namespace xc::tree {
namespace {

using namespace std::string_literals;
using Content = std::map<std::string, Digest>;

std::string key(std::size_t number) { return "table public.t" + std::to_string(number); }
Digest blob(std::size_t number) { return sha256("blob " + std::to_string(number)); }

std::vector<Edit> edits_of(const Content& content) {
  std::vector<Edit> edits;
  for (const auto& [name, value] : content) edits.push_back({name, value});
  return edits;
}

Content numbered(std::size_t count) {
  Content content;
  for (std::size_t i = 0; i < count; ++i) content[key(i)] = blob(i);
  return content;
}

Ref fresh(Nodes& nodes, const Content& content) { return apply(nodes, empty(nodes), edits_of(content)); }

Content content_of(Nodes& nodes, const Ref& root) {
  Content content;
  walk(nodes, root,
       [&](const std::string& name, const Digest& value) { EXPECT_TRUE(content.emplace(name, value).second); });
  return content;
}

using Differences = std::map<std::string, std::pair<std::optional<Digest>, std::optional<Digest>>>;

Differences differences(Nodes& nodes, const Ref& from, const Ref& to) {
  Differences result;
  diff(nodes, from, to, [&](const std::string& name, const auto& before, const auto& after) {
    EXPECT_TRUE(result.emplace(name, std::pair(before, after)).second) << name << " twice";
  });
  return result;
}

Differences compared(const Content& from, const Content& to) {
  Differences result;
  for (const auto& [name, value] : from) result[name].first = value;
  for (const auto& [name, value] : to) result[name].second = value;
  std::erase_if(result, [](const auto& entry) { return entry.second.first == entry.second.second; });
  return result;
}

// Every node below the root obeys the format, and how many there are.
std::size_t check_all(MemoryNodes& nodes, const Ref& root) {
  std::vector<Digest> todo{root.hash};
  std::size_t count = 0;
  while (!todo.empty()) {
    const Digest hash = todo.back();
    todo.pop_back();
    const std::string& bytes = nodes.bytes({hash});
    EXPECT_EQ(sha256(bytes), hash);
    const auto children = check(bytes);
    todo.insert(todo.end(), children.begin(), children.end());
    ++count;
  }
  return count;
}

TEST(tree, an_empty_leaf_has_golden_bytes) {
  MemoryNodes nodes;
  const Ref root = empty(nodes);
  EXPECT_EQ(nodes.bytes(root), "L\x01\x00"s);
  EXPECT_EQ(root.hash.hex(), "bb9aaa075d59e12648595143301ad4f908b453afd656ea7a80969bbd216102f1");
  EXPECT_EQ(size(nodes, root), 0U);
}

TEST(tree, a_leaf_has_golden_bytes) {
  MemoryNodes nodes;
  const Digest orders = Digest::from_hex("a9952376da25ef2bc002b54c5a8836be128f4d6ec05b4aaae7c4282bb7e739f7");
  const Digest schema = Digest::from_hex("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
  const Ref root = apply(nodes, empty(nodes), {{"schema public", schema}, {"table public.orders", orders}});
  // In the order of the keys, whatever their places.
  std::string expected = "L\x01\x02"s;
  expected.append("\x00\x00\x00\x0d"s).append("schema public").append(schema.raw());
  expected.append("\x00\x00\x00\x13"s).append("table public.orders").append(orders.raw());
  EXPECT_EQ(nodes.bytes(root), expected);
  EXPECT_EQ(root.hash.hex(), "a8b710cfeb3586cc93feba4455230afafd111e1ea1edc58ab75dcf2f018759bc");
}

TEST(tree, an_inner_node_has_golden_bytes) {
  MemoryNodes nodes;
  const Ref root = fresh(nodes, numbered(17));
  const std::string bytes = nodes.bytes(root);
  EXPECT_EQ(bytes.substr(0, 12), "I\x01\x00\x00\x00\x00\x00\x00\x00\x11\x2f\x75"s);
  EXPECT_EQ(bytes.size(), 12U + 10 * 32);
  EXPECT_EQ(bytes.substr(12, 32),
            Digest::from_hex("bcfd29c138e3f779cd3d59a940db2cbc5d8ec6cf3a198e70a6b2be5040701fbc").raw());
  EXPECT_EQ(root.hash.hex(), "44ed871d701bc6f23224be5b1f2364af293614de148708460284a1bf0c9adb6e");
}

// Roots that an independent implementation of docs/model.md gave.
TEST(tree, larger_trees_have_golden_roots) {
  MemoryNodes nodes;
  EXPECT_EQ(fresh(nodes, numbered(100)).hash.hex(), "447dca73a737e782f6c3ce7a5da5936efa6bb5e78cc179f3cbe4c9b657290bde");
  const Ref root = fresh(nodes, numbered(1000));
  EXPECT_EQ(root.hash.hex(), "1a2ff06df13208cb9d177c182d60f0a57e302c4569f068cf8d82110230bab98e");
  EXPECT_EQ(check_all(nodes, root), 268U);
}

TEST(tree, find_size_and_walk_agree_with_the_content) {
  MemoryNodes nodes;
  for (const std::size_t count : {0U, 1U, 16U, 17U, 300U}) {
    const Content content = numbered(count);
    const Ref root = fresh(nodes, content);
    EXPECT_EQ(size(nodes, root), count);
    EXPECT_EQ(content_of(nodes, root), content);
    for (const auto& [name, value] : content) EXPECT_EQ(find(nodes, root, name), value);
    EXPECT_EQ(find(nodes, root, "table public.absent"), std::nullopt);
  }
}

Content on_tables(std::size_t tables) {
  Content content = numbered(tables);
  for (std::size_t i = 0; i < tables; ++i) content["trigger tr on public.t" + std::to_string(i)] = sha256("trigger " + std::to_string(i));
  return content;
}

TEST(tree, trees_with_what_stands_on_tables_have_golden_roots) {
  MemoryNodes nodes;
  Content content = on_tables(300);
  for (std::size_t i = 0; i < 40; ++i) content["policy \"p on x\" on public.\"T on " + std::to_string(i) + "\""] = sha256("p" + std::to_string(i));
  const Ref root = fresh(nodes, content);
  EXPECT_EQ(root.hash.hex(), "13ba0f6e1f6603e6409588279a0479a5b5a568d0866f64d2741e2a890beafa0e");
  EXPECT_EQ(check_all(nodes, root), 194U);
  for (const auto& [name, value] : content) EXPECT_EQ(find(nodes, root, name), value);
}

// Too many for the leaf of their table: from the fifth digit on they have places of their own.
TEST(tree, a_table_can_have_more_on_it_than_a_leaf_holds) {
  MemoryNodes nodes;
  Content content;
  for (std::size_t i = 0; i < 40; ++i) content["trigger tr" + std::to_string(i) + " on public.t1"] = sha256("trigger " + std::to_string(i));
  const Ref root = fresh(nodes, content);
  EXPECT_EQ(root.hash.hex(), "8f09969f06b8eecfbaed3304100563728cceba9bb682999cde5ee42505eb563d");
  EXPECT_EQ(check_all(nodes, root), 21U);
  EXPECT_EQ(content_of(nodes, root), content);
}

TEST(tree, a_table_and_what_stands_on_it_are_one_path) {
  MemoryNodes nodes;
  const Ref root = fresh(nodes, on_tables(10'000));
  nodes.puts = 0;
  for (std::size_t i = 0; i < 1000; ++i) apply(nodes, root, {{key(i), blob(i + 1)}, {"trigger tr on public.t" + std::to_string(i), blob(i)}});
  EXPECT_LE(nodes.puts, 5 * 1000U);
}

TEST(tree, walk_goes_one_way_through_one_content) {
  MemoryNodes nodes;
  const auto walked = [&](const Ref& root) {
    std::vector<std::string> names;
    walk(nodes, root, [&](const std::string& name, const Digest&) { names.push_back(name); });
    return names;
  };
  Ref root = empty(nodes);
  for (std::size_t i = 500; i > 0; --i) root = apply(nodes, root, {{key(i - 1), blob(i - 1)}});
  EXPECT_EQ(walked(root), walked(fresh(nodes, numbered(500))));
}

TEST(tree, the_last_edit_of_a_key_wins) {
  MemoryNodes nodes;
  const Ref root = empty(nodes);
  EXPECT_EQ(apply(nodes, root, {{"a", blob(1)}, {"b", blob(2)}, {"a", blob(3)}, {"b", {}}}),
            fresh(nodes, {{"a", blob(3)}}));
  EXPECT_EQ(apply(nodes, root, {{"a", {}}, {"a", blob(1)}}), fresh(nodes, {{"a", blob(1)}}));
}

TEST(tree, edits_without_effect_write_nothing) {
  MemoryNodes nodes;
  for (const std::size_t count : {0U, 10U, 2000U}) {
    const Ref root = fresh(nodes, numbered(count));
    nodes.puts = 0;
    std::vector<Edit> same{{"absent", {}}, {"also absent", {}}};
    if (count > 0) same.push_back({key(3), blob(3)});
    EXPECT_EQ(apply(nodes, root, same), root);
    EXPECT_EQ(apply(nodes, root, {}), root);
    EXPECT_EQ(nodes.puts, 0U);
  }
}

TEST(tree, any_history_gives_the_root_of_its_content) {
  std::mt19937 random(42);
  for (int round = 0; round < 60; ++round) {
    MemoryNodes nodes;
    Content content;
    Ref root = empty(nodes);
    const std::size_t keys = 1 + random() % 400;
    for (int step = 0; step < 40; ++step) {
      std::vector<Edit> edits;
      const bool shrinking = random() % 2 == 0;
      for (std::size_t i = random() % (step % 10 == 0 ? keys : 6); i > 0; --i) {
        const std::string name = key(random() % keys);
        if (shrinking) {
          content.erase(name);
          edits.push_back({name, {}});
        } else {
          content[name] = blob(random() % 3);
          edits.push_back({name, content[name]});
        }
      }
      root = apply(nodes, root, edits);
      MemoryNodes others;
      ASSERT_EQ(root, fresh(others, content));
      ASSERT_EQ(size(nodes, root), content.size());
    }
    ASSERT_EQ(content_of(nodes, root), content);
    check_all(nodes, root);
  }
}

TEST(tree, removing_everything_leads_back_through_the_same_roots) {
  MemoryNodes nodes;
  std::mt19937 random(1);
  std::vector<std::size_t> order(600);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), random);
  std::vector<Ref> roots{empty(nodes)};
  for (const std::size_t number : order) roots.push_back(apply(nodes, roots.back(), {{key(number), blob(number)}}));
  Ref root = roots.back();
  for (std::size_t left = order.size(); left > 0; --left) {
    ASSERT_EQ(root, roots[left]);
    root = apply(nodes, root, {{key(order[left - 1]), {}}});
  }
  EXPECT_EQ(root, roots.front());
}

TEST(tree, a_small_subtree_collapses_into_a_leaf) {
  MemoryNodes nodes;
  const Ref seventeen = fresh(nodes, numbered(17));
  EXPECT_EQ(nodes.bytes(seventeen)[0], 'I');
  nodes.puts = 0;
  const Ref sixteen = apply(nodes, seventeen, {{key(16), {}}});
  EXPECT_EQ(nodes.bytes(sixteen)[0], 'L');
  EXPECT_EQ(nodes.puts, 1U) << "the children that were merged are not part of the result";
  EXPECT_EQ(sixteen, fresh(nodes, numbered(16)));
}

// Keys whose hashes begin alike force a chain of inner nodes with one child.
TEST(tree, a_deep_subtree_grows_and_collapses) {
  MemoryNodes nodes;
  Content content;
  for (std::size_t i = 0; content.size() < 17; ++i)
    if (sha256(key(i)).hex().starts_with("abc")) content[key(i)] = blob(i);
  const Ref root = fresh(nodes, content);
  Ref at = root;
  for (int depth = 0; depth < 3; ++depth) {
    ASSERT_EQ(nodes.bytes(at)[0], 'I');
    ASSERT_EQ(check(nodes.bytes(at)).size(), 1U);
    at = {check(nodes.bytes(at)).front()};
  }
  EXPECT_GT(check(nodes.bytes(at)).size(), 1U);
  nodes.puts = 0;
  EXPECT_EQ(nodes.bytes(apply(nodes, root, {{content.begin()->first, {}}}))[0], 'L');
  EXPECT_EQ(nodes.puts, 1U);
}

TEST(tree, an_edit_writes_a_path_and_a_diff_reads_two) {
  MemoryNodes nodes;
  const Content content = numbered(50'000);
  const Ref root = fresh(nodes, content);
  std::mt19937 random(3);
  for (int round = 0; round < 60; ++round) {
    const std::size_t number = random() % 60'000;
    std::vector<Edit> edits{{key(number), blob(number + 1)}};
    if (round % 3 == 0) edits[0].value.reset();
    nodes.puts = nodes.gets = 0;
    const Ref edited = apply(nodes, root, edits);
    // Depth is log16(50,000 / 16) and a bit; a leaf that splits adds its children.
    ASSERT_LE(nodes.puts, 6U + leaf_limit);
    ASSERT_LE(nodes.gets, 6U + leaf_limit);
    nodes.gets = 0;
    Content after = content;
    if (edits[0].value)
      after[key(number)] = *edits[0].value;
    else
      after.erase(key(number));
    ASSERT_EQ(differences(nodes, root, edited), compared(content, after));
    ASSERT_LE(nodes.gets, 2 * (6U + leaf_limit));
  }
}

TEST(tree, a_typical_edit_writes_five_nodes_or_less) {
  MemoryNodes nodes;
  const Ref root = fresh(nodes, numbered(50'000));
  nodes.puts = 0;
  for (std::size_t i = 0; i < 1000; ++i) apply(nodes, root, {{key(i * 50), blob(i)}});
  EXPECT_LE(nodes.puts, 5'000U);
}

TEST(tree, a_batch_writes_each_node_once) {
  MemoryNodes nodes;
  const Ref root = fresh(nodes, numbered(20'000));
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < 2'000; ++i) edits.push_back({key(i), blob(i + 1)});
  nodes.puts = 0;
  const std::size_t before = nodes.stored.size();
  apply(nodes, root, edits);
  EXPECT_EQ(nodes.puts, nodes.stored.size() - before);
}

TEST(tree, only_nodes_of_the_result_are_put) {
  std::mt19937 random(11);
  MemoryNodes nodes;
  Ref root = fresh(nodes, numbered(3'000));
  for (int round = 0; round < 100; ++round) {
    std::vector<Edit> edits;
    for (std::size_t i = random() % 600; i > 0; --i) {
      const std::size_t number = random() % 3'000;
      edits.push_back({key(number), random() % 3 == 0 ? std::optional(blob(random())) : std::nullopt});
    }
    MemoryNodes written;
    written.stored = nodes.stored;
    root = apply(written, root, edits);
    MemoryNodes needed;
    std::size_t new_nodes = 0;
    std::vector<Digest> todo{root.hash};
    std::unordered_set<Digest, DigestHash> seen;
    while (!todo.empty()) {
      const Digest hash = todo.back();
      todo.pop_back();
      if (!seen.insert(hash).second || nodes.stored.contains(hash)) continue;
      ++new_nodes;
      for (const Digest& child : check(written.bytes({hash}))) todo.push_back(child);
    }
    ASSERT_EQ(written.stored.size() - nodes.stored.size(), new_nodes);
    nodes.stored = std::move(written.stored);
  }
}

TEST(tree, diff_equals_a_comparison_of_the_contents) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    MemoryNodes nodes;
    const std::size_t keys = 1 + random() % 500;
    const auto some = [&] {
      Content content;
      for (std::size_t i = random() % keys; i > 0; --i) {
        const std::size_t number = random() % keys;
        content[key(number)] = blob(number % 7 == 0 ? random() % 2 : number);
      }
      return content;
    };
    const Content from = some();
    const Content to = some();
    ASSERT_EQ(differences(nodes, fresh(nodes, from), fresh(nodes, to)), compared(from, to));
  }
}

TEST(tree, check_refuses_every_truncation_and_extension) {
  MemoryNodes nodes;
  fresh(nodes, numbered(40));
  for (const auto& stored : nodes.stored) {
    const std::string& bytes = stored.second.bytes;
    check(bytes);
    for (std::size_t length = 0; length < bytes.size(); ++length)
      ASSERT_EQ(refusal_of([&] { check(std::string_view(bytes).substr(0, length)); }), code::data_corrupted);
    ASSERT_EQ(refusal_of([&] { check(bytes + "x"); }), code::data_corrupted);
  }
}

TEST(tree, check_refuses_what_is_not_canonical) {
  const auto refused = [](const std::string& bytes) { return refusal_of([&] { check(bytes); }); };
  const auto entry = [](const std::string& name) {
    return "\x00\x00\x00"s + static_cast<char>(name.size()) + name + std::string(32, 'b');
  };
  const std::string first = "schema public";
  const std::string second = "table public.orders";
  EXPECT_EQ(refused("L\x01\x02"s + entry(first) + entry(second)), "");
  EXPECT_EQ(refused("L\x01\x02"s + entry(second) + entry(first)), code::data_corrupted) << "out of order";
  EXPECT_EQ(refused("L\x01\x02"s + entry(first) + entry(first)), code::data_corrupted) << "twice the same key";
  EXPECT_EQ(refused("L\x02\x01"s + entry(first)), code::data_corrupted) << "another version";
  EXPECT_EQ(refused("L\x01\x01\xff\xff\xff\xff"s + std::string(40, 'x')), code::data_corrupted) << "a long key";

  const std::string a(32, 'a');
  const std::string b(32, 'b');
  const auto inner = [](char total, const std::string& bitmap) {
    return "I\x01"s + std::string(7, '\0') + total + bitmap;
  };
  EXPECT_EQ(refused(inner(17, "\x80\x01"s) + a + b), "");
  EXPECT_EQ(refused(inner(17, "\x80\x01"s) + a), code::data_corrupted) << "a child is missing";
  EXPECT_EQ(refused(inner(17, "\x80\x00"s) + a + b), code::data_corrupted) << "a child too many";
  EXPECT_EQ(refused(inner(17, "\x00\x00"s)), code::data_corrupted) << "no children";
  EXPECT_EQ(refused(inner(16, "\x80\x01"s) + a + b), code::data_corrupted) << "should be a leaf";
  EXPECT_EQ(refused(inner(17, "\x80\x01"s) + a + a), code::data_corrupted) << "the same child twice";
}

TEST(tree, a_missing_or_damaged_node_is_refused) {
  MemoryNodes nodes;
  const Ref root = fresh(nodes, numbered(200));
  const Digest child = check(nodes.bytes(root)).front();
  const std::string bytes = nodes.bytes({child});
  const auto everything = [&] { content_of(nodes, root); };
  const Stored kept = nodes.stored.at(child);
  nodes.stored.erase(child);
  EXPECT_EQ(refusal_of(everything), code::data_corrupted);
  nodes.plant(child, bytes.substr(1));
  EXPECT_EQ(refusal_of(everything), code::data_corrupted);
  nodes.stored[child] = kept;
  EXPECT_EQ(content_of(nodes, root), numbered(200));
}

TEST(tree, a_cycle_of_damaged_nodes_ends) {
  MemoryNodes nodes;
  const Ref fake{sha256("anything")};
  std::string bytes = "I\x01\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"s;
  for (int child = 0; child < 16; ++child) bytes += fake.hash.raw();
  nodes.plant(fake.hash, bytes);
  EXPECT_EQ(refusal_of([&] { find(nodes, fake, "a"); }), code::data_corrupted);
  EXPECT_EQ(refusal_of([&] { walk(nodes, fake, [](const auto&, const auto&) {}); }), code::data_corrupted);
  EXPECT_EQ(refusal_of([&] { apply(nodes, fake, {{"a", blob(1)}}); }), code::data_corrupted);
  EXPECT_EQ(refusal_of([&] { diff(nodes, empty(nodes), fake, [](const auto&, const auto&, const auto&) {}); }),
            code::data_corrupted);
}

// Nodes that are found by their home alone, as those of the tables.
class Shelf : public Nodes {
 public:
  std::shared_ptr<const Stored> get(const Ref& node) override {
    if (const auto found = fresh.find(node.hash); found != fresh.end()) return found->second;
    if (node.home == 0 || node.home > shelf.size()) throw Refusal(code::data_corrupted, "no such home");
    EXPECT_EQ(sha256(shelf[node.home - 1]->bytes), node.hash);
    return shelf[node.home - 1];
  }
  void put(const Digest& hash, Stored node) override { fresh.try_emplace(hash, std::make_shared<Stored>(std::move(node))); }
  Ref store(const Ref& root) {
    return write(fresh, root, [this](const Digest&, const std::shared_ptr<Stored>& node) {
      shelf.push_back(node);
      return std::uint64_t{shelf.size()};
    });
  }

  Fresh fresh;
  std::vector<std::shared_ptr<const Stored>> shelf;
};

TEST(tree, what_is_written_is_found_by_its_home) {
  Shelf nodes;
  Content content = numbered(2'000);
  Ref root = nodes.store(fresh(nodes, content));
  nodes.fresh.clear();  // the empty tree that it began with
  std::mt19937 random(17);
  for (int round = 0; round < 50; ++round) {
    std::vector<Edit> edits;
    for (std::size_t i = random() % 20; i > 0; --i) {
      const std::string name = key(random() % 2'500);
      const bool removed = random() % 3 == 0;
      if (removed) content.erase(name);
      else content[name] = blob(random());
      edits.push_back({name, removed ? std::nullopt : std::optional(content[name])});
    }
    root = nodes.store(apply(nodes, root, edits));
    ASSERT_EQ(nodes.fresh.size(), 0U) << "only nodes of the result are put";
    ASSERT_EQ(root.home, nodes.shelf.size()) << "the root comes last";
    ASSERT_EQ(content_of(nodes, root), content);
  }
}

TEST(tree, a_home_that_is_not_known_is_refused) {
  MemoryNodes nodes;
  const Ref root = fresh(nodes, numbered(40));
  nodes.stored.at(root.hash).homes.pop_back();
  EXPECT_EQ(refusal_of([&] { content_of(nodes, root); }), code::data_corrupted);
}

TEST(tree, long_and_odd_keys_are_kept) {
  MemoryNodes nodes;
  Content content{{"", blob(0)}, {std::string(100'000, 'x'), blob(1)}, {"a\0b"s, blob(2)}, {"a", blob(3)}};
  const Ref root = fresh(nodes, content);
  EXPECT_EQ(content_of(nodes, root), content);
  check_all(nodes, root);
}

}  // namespace
}  // namespace xc::tree
