// The one place that knows the bytes of a tree node (docs/model.md shows them) and the rule that decides whether a
// subtree is a leaf or an inner node.
#include "core/tree.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "core/only.hpp"

namespace xc::tree {
namespace {

constexpr std::size_t digest_size = 32;
constexpr std::size_t fanout = 16;
constexpr int depth_limit = 2 * digest_size;  // nibbles of a key's hash
constexpr std::size_t shared_bytes = 2;       // of the place of what stands on a table, and that of the table
constexpr std::string_view leaf_tag{"L\x01", 2};
constexpr std::string_view inner_tag{"I\x01", 2};
constexpr std::size_t leaf_header = leaf_tag.size() + 1;
constexpr std::size_t inner_header = inner_tag.size() + 8 + 2;
constexpr std::size_t length_size = 4;
static_assert(leaf_limit < 256, "the count of a leaf is one byte");

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

void append_big_endian(std::string& out, std::uint64_t number, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<unsigned char>(number >> shift));
}

// What a key is about: "table public.orders" for "trigger t on public.orders". Names in double quotes can hold anything.
std::string table_of(std::string_view key) {
  constexpr std::string_view on = " on ";
  std::string_view table;
  for (;;) {
    const std::size_t at = sql::find_unquoted(key, on);
    if (at == std::string_view::npos || at + on.size() == key.size()) break;
    table = key.substr(at + on.size());
    key.remove_prefix(at + on.size() - 1);  // with the space, which the next one can begin with
  }
  return table.empty() ? std::string() : "table " + std::string(table);
}

// Where a key belongs. What stands on a table begins as the table does, so that what makes both writes one path.
Digest place_of(std::string_view key) {
  Digest place = sha256(key);
  if (const std::string table = table_of(key); !table.empty()) {
    const Digest near = sha256(table);
    std::copy_n(near.bytes.begin(), shared_bytes, place.bytes.begin());
  }
  return place;
}

// An entry of a leaf, or an edit on its way down to one.
struct Entry {
  std::string_view key;
  Digest blob;
  bool removed = false;

  // To find it takes longer than all else, so it waits until asked.
  const Digest& place() const {
    if (!placed_) {
      place_ = place_of(key);
      placed_ = true;
    }
    return place_;
  }

 private:
  mutable Digest place_;
  mutable bool placed_ = false;
};

bool by_place(const Entry& a, const Entry& b) {
  const int order = a.place().raw().compare(b.place().raw());
  return order != 0 ? order < 0 : a.key < b.key;
}

bool by_key(const Entry& a, const Entry& b) { return a.key < b.key; }

template <class Order>
void put_in_order(std::span<Entry> entries, Order order) {
  if (!std::is_sorted(entries.begin(), entries.end(), order)) std::sort(entries.begin(), entries.end(), order);
}

std::size_t nibble(const Digest& place, int depth) {
  const unsigned byte = place.bytes[static_cast<std::size_t>(depth) / 2];
  return depth % 2 == 0 ? byte >> 4 : byte & 15;
}

[[noreturn]] void damaged(const Digest* name, const char* what) {
  const std::string which = name == nullptr ? "tree node" : "tree node " + name->hex();
  throw Refusal(code::data_corrupted, which + ": " + what);
}

std::string encode_leaf(std::span<const Entry> entries) {
  std::size_t size = leaf_header;
  for (const Entry& entry : entries) size += length_size + entry.key.size() + digest_size;
  std::string bytes;
  bytes.reserve(size);
  bytes += leaf_tag;
  append_big_endian(bytes, entries.size(), 1);
  for (const Entry& entry : entries) {
    append_big_endian(bytes, entry.key.size(), length_size);
    bytes += entry.key;
    bytes += entry.blob.raw();
  }
  return bytes;
}

// What an inner node says: how many entries are below, and its children by the bits of a number.
struct Inner {
  std::uint64_t total = 0;
  unsigned present = 0;

  bool has(std::size_t child) const { return (present >> child & 1) != 0; }
  void keep(std::size_t child, bool there) { present = there ? present | 1U << child : present & ~(1U << child); }
  // Among those that are there.
  std::size_t rank(std::size_t child) const { return static_cast<std::size_t>(std::popcount(present & ((1U << child) - 1))); }
  std::size_t count() const { return static_cast<std::size_t>(std::popcount(present)); }

  std::string header() const {
    std::string bytes;
    bytes.reserve(inner_header + count() * digest_size);
    bytes += inner_tag;
    append_big_endian(bytes, total, 8);
    append_big_endian(bytes, present, 2);
    return bytes;
  }
};

// A node in memory: a leaf's entries point into its bytes, so it stays where it is made.
class Node {
 public:
  Node(Nodes& nodes, const Ref& ref) : stored_(nodes.get(ref)), bytes_(stored_->bytes) {
    decode(&ref.hash);
    if (!is_leaf && stored_->homes.size() != inner.count()) damaged(&ref.hash, "an inner node that does not say where its children are");
  }
  explicit Node(std::string_view bytes) : bytes_(bytes) { decode(nullptr); }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  bool is_leaf = false;
  std::vector<Entry> entries;  // of a leaf
  Inner inner;

  std::uint64_t total() const { return is_leaf ? entries.size() : inner.total; }
  Ref child(std::size_t number) const {
    const std::size_t rank = inner.rank(number);
    return {Digest::from_raw(bytes_.substr(inner_header + rank * digest_size, digest_size)), stored_->homes[rank]};
  }

  // For what an edit makes of it.
  const Stored& stored() const { return *stored_; }
  const std::shared_ptr<const Stored>& base() const { return stored_->own != 0 ? stored_ : stored_->base; }

 private:
  void decode(const Digest* name) {
    if (bytes_.starts_with(leaf_tag)) {
      is_leaf = true;
      decode_leaf(bytes_, name);
    } else if (bytes_.starts_with(inner_tag)) {
      decode_inner(name);
    } else {
      damaged(name, "neither a leaf nor an inner node of format 1");
    }
  }

  void decode_leaf(std::string_view bytes, const Digest* name) {
    if (bytes.size() < leaf_header) damaged(name, "a leaf without a count");
    const std::size_t count = static_cast<unsigned char>(bytes[leaf_tag.size()]);
    if (count > leaf_limit) damaged(name, "a leaf with too many entries");
    entries.reserve(count);
    bytes.remove_prefix(leaf_header);
    while (entries.size() < count) {
      if (bytes.size() < length_size) damaged(name, "a leaf that ends too early");
      const std::uint64_t length = big_endian(bytes.substr(0, length_size));
      bytes.remove_prefix(length_size);
      if (bytes.size() < digest_size || bytes.size() - digest_size < length)
        damaged(name, "a leaf that ends too early");
      Entry& entry = entries.emplace_back();
      entry.key = bytes.substr(0, length);
      entry.blob = Digest::from_raw(bytes.substr(length, digest_size));
      bytes.remove_prefix(length + digest_size);
    }
    if (!bytes.empty()) damaged(name, "bytes after the last entry of a leaf");
  }

  void decode_inner(const Digest* name) {
    if (bytes_.size() < inner_header) damaged(name, "an inner node that ends too early");
    inner.total = big_endian(bytes_.substr(inner_tag.size(), 8));
    inner.present = static_cast<unsigned>(big_endian(bytes_.substr(inner_tag.size() + 8, 2)));
    if (inner.present == 0) damaged(name, "an inner node without children");
    if (bytes_.size() != inner_header + inner.count() * digest_size) damaged(name, "an inner node of the wrong length");
    if (inner.total <= leaf_limit) damaged(name, "an inner node that should be a leaf");
  }

  std::shared_ptr<const Stored> stored_;
  std::string_view bytes_;
};

// Damaged nodes could lead deeper than hashes are long.
void guard_depth(int depth) {
  if (depth >= depth_limit) throw Refusal(code::data_corrupted, "the tree is deeper than a hash is long");
}

// Calls use(nibble, entries) for every run of the entries, which are in the order of their places, that belongs to one child.
template <class Use>
void for_each_child(std::span<Entry> entries, int depth, Use use) {
  std::size_t from = 0;
  std::size_t next_allowed = 0;
  while (from < entries.size()) {
    const std::size_t child = nibble(entries[from].place(), depth);
    if (child < next_allowed) throw Refusal(code::data_corrupted, "a tree leaf holds entries that belong elsewhere");
    next_allowed = child + 1;
    std::size_t to = from + 1;
    while (to < entries.size() && nibble(entries[to].place(), depth) == child) ++to;
    use(child, entries.subspan(from, to - from));
    from = to;
  }
}

// The outcome of an edit below one node. A new leaf is not stored yet: its parent may turn out small enough to swallow
// it. An inner node never is swallowed, so it is stored at once.
struct Subtree {
  std::uint64_t total = 0;
  Ref node;          // when stored
  std::string leaf;  // bytes of a leaf to be stored, else empty
  std::shared_ptr<const Stored> base{};  // of that leaf
};

Ref store(Nodes& nodes, Stored node) {
  const Digest hash = sha256(node.bytes);
  nodes.put(hash, std::move(node));
  return {hash};
}

Ref settle(Nodes& nodes, Subtree subtree) {
  return subtree.leaf.empty() ? subtree.node : store(nodes, {std::move(subtree.leaf), {}, std::move(subtree.base)});
}

Subtree build(Nodes& nodes, std::span<Entry> entries, int depth) {
  if (entries.size() <= leaf_limit) {
    put_in_order(entries, by_key);
    return {entries.size(), {}, encode_leaf(entries), {}};
  }
  guard_depth(depth);
  put_in_order(entries, by_place);
  Inner inner;
  inner.total = entries.size();
  std::vector<Ref> children;
  for_each_child(entries, depth, [&](std::size_t child, std::span<Entry> part) {
    inner.keep(child, true);
    children.push_back(settle(nodes, build(nodes, part, depth + 1)));
  });
  Stored node{inner.header(), {}};
  for (const Ref& child : children) {
    node.bytes += child.hash.raw();
    node.homes.push_back(child.home);
  }
  return {inner.total, store(nodes, std::move(node)), {}, {}};
}

// Entries after the changes, both in the order of their keys; whether anything differs.
bool merge(std::vector<Entry>& entries, std::span<Entry> changes) {
  put_in_order(changes, by_key);
  bool changed = false;
  std::vector<Entry> merged;
  merged.reserve(entries.size() + changes.size());
  auto rest = entries.begin();
  for (const Entry& change : changes) {
    const auto found = std::find_if(rest, entries.end(), [&](const Entry& entry) { return entry.key >= change.key; });
    merged.insert(merged.end(), rest, found);
    rest = found;
    const bool exists = rest != entries.end() && rest->key == change.key;
    changed = changed || (exists ? change.removed || rest->blob != change.blob : !change.removed);
    if (exists) ++rest;
    if (!change.removed) merged.push_back(change);
  }
  merged.insert(merged.end(), rest, entries.end());
  entries.swap(merged);
  return changed;
}

// A child of an inner node that an edit has made anew.
struct NewChild {
  std::size_t number;
  Subtree now;
};

const NewChild* find_new(const std::vector<NewChild>& children, std::size_t number) {
  const auto found = std::find_if(children.begin(), children.end(), [&](const NewChild& one) { return one.number == number; });
  return found == children.end() ? nullptr : &*found;
}

// An inner node of so few entries is a leaf.
Subtree collapse(Nodes& nodes, const Node& before, const Inner& inner, const std::vector<NewChild>& changed) {
  std::vector<std::unique_ptr<Node>> leaves;  // the entries point into them
  std::vector<Entry> entries;
  for (std::size_t number = 0; number < fanout; ++number) {
    if (!inner.has(number)) continue;
    const NewChild* const now = find_new(changed, number);
    if (now == nullptr) leaves.push_back(std::make_unique<Node>(nodes, before.child(number)));
    else if (now->now.leaf.empty()) leaves.push_back(std::make_unique<Node>(nodes, now->now.node));
    else leaves.push_back(std::make_unique<Node>(std::string_view(now->now.leaf)));
    if (!leaves.back()->is_leaf) throw Refusal(code::data_corrupted, "a tree node below a small one is not a leaf");
    entries.insert(entries.end(), leaves.back()->entries.begin(), leaves.back()->entries.end());
  }
  if (entries.size() != inner.total) throw Refusal(code::data_corrupted, "a tree node miscounts the entries below it");
  put_in_order(std::span(entries), by_key);
  return {inner.total, {}, encode_leaf(entries), {}};
}

// The inner node with the new children among those that it had.
Stored with_children(Nodes& nodes, const Node& before, const Inner& inner, std::vector<NewChild>& changed) {
  Stored node;
  node.base = before.base();
  if (inner.present == before.inner.present) {
    node.bytes = before.stored().bytes;
    node.bytes.replace(0, inner_header, inner.header());
    node.homes = before.stored().homes;
  } else {
    node.bytes = inner.header();
    for (std::size_t number = 0; number < fanout; ++number) {
      if (!inner.has(number)) continue;
      const Ref child = before.inner.has(number) ? before.child(number) : Ref();
      node.bytes += child.hash.raw();
      node.homes.push_back(child.home);
    }
  }
  for (NewChild& one : changed) {
    if (!inner.has(one.number)) continue;
    const std::size_t rank = inner.rank(one.number);
    const Ref child = settle(nodes, std::move(one.now));
    node.bytes.replace(inner_header + rank * digest_size, digest_size, child.hash.raw());
    node.homes[rank] = child.home;
  }
  return node;
}

Subtree edit(Nodes& nodes, const Ref& ref, int depth, std::span<Entry> changes, std::uint64_t& total_before) {
  Node node(nodes, ref);
  total_before = node.total();
  if (node.is_leaf) {
    if (!merge(node.entries, changes)) return {total_before, ref, {}, {}};
    Subtree edited = build(nodes, node.entries, depth);
    edited.base = node.base();
    return edited;
  }

  guard_depth(depth);
  Inner inner = node.inner;
  std::vector<NewChild> changed;
  for_each_child(changes, depth, [&](std::size_t child, std::span<Entry> part) {
    std::uint64_t was = 0;
    Subtree now;
    if (inner.has(child)) {
      const Ref before = node.child(child);
      now = edit(nodes, before, depth + 1, part, was);
      if (now.leaf.empty() && now.node == before) return;
    } else {
      std::vector<Entry> entries;
      if (!merge(entries, part)) return;
      now = build(nodes, entries, depth + 1);
    }
    if (was > inner.total) damaged(&ref.hash, "counts fewer entries than its child");
    inner.total += now.total - was;
    inner.keep(child, now.total != 0);
    changed.push_back({child, std::move(now)});
  });
  if (changed.empty()) return {total_before, ref, {}, {}};
  if (inner.total <= leaf_limit) return collapse(nodes, node, inner, changed);
  return {inner.total, store(nodes, with_children(nodes, node, inner, changed)), {}, {}};
}

using Visit = std::function<void(const std::string&, const std::optional<Digest>&, const std::optional<Digest>&)>;

// One side of a comparison: a stored node, or entries of a leaf that faces a deeper subtree.
struct Side {
  std::optional<Ref> node{};
  std::span<Entry> entries{};
};

class Difference {
 public:
  Difference(Nodes& nodes, const Visit& visit) : nodes_(nodes), visit_(visit) {}

  void compare(Side from, Side to, int depth) {
    if (from.node && to.node && *from.node == *to.node) return;
    std::optional<Node> from_node;
    std::optional<Node> to_node;
    open(from, from_node);
    open(to, to_node);
    if (!from.node && !to.node) return compare_entries(from.entries, to.entries);
    guard_depth(depth);
    const std::array<Side, fanout> from_children = children(from, from_node, depth);
    const std::array<Side, fanout> to_children = children(to, to_node, depth);
    for (std::size_t child = 0; child < fanout; ++child) compare(from_children[child], to_children[child], depth + 1);
  }

 private:
  // Reads the node that a side names; a leaf becomes its entries.
  void open(Side& side, std::optional<Node>& node) {
    if (!side.node) return;
    node.emplace(nodes_, *side.node);
    if (node->is_leaf) side = {std::nullopt, node->entries};
  }

  static std::array<Side, fanout> children(const Side& side, const std::optional<Node>& node, int depth) {
    std::array<Side, fanout> result;
    if (!side.node) {
      put_in_order(side.entries, by_place);
      for_each_child(side.entries, depth, [&](std::size_t child, std::span<Entry> part) { result[child].entries = part; });
    } else {
      for (std::size_t child = 0; child < fanout; ++child)
        if (node->inner.has(child)) result[child].node = node->child(child);
    }
    return result;
  }

  void compare_entries(std::span<Entry> from, std::span<Entry> to) {
    put_in_order(from, by_key);
    put_in_order(to, by_key);
    auto a = from.begin();
    auto b = to.begin();
    while (a != from.end() || b != to.end()) {
      if (a != from.end() && b != to.end() && a->key == b->key) {
        if (a->blob != b->blob) visit_(nodes_.read_key(a->key), a->blob, b->blob);
        ++a;
        ++b;
      } else if (b == to.end() || (a != from.end() && by_key(*a, *b))) {
        visit_(nodes_.read_key(a->key), a->blob, std::nullopt);
        ++a;
      } else {
        visit_(nodes_.read_key(b->key), std::nullopt, b->blob);
        ++b;
      }
    }
  }

  Nodes& nodes_;
  const Visit& visit_;
};

void walk_below(Nodes& nodes, const Ref& ref, int depth,
                const std::function<void(const std::string&, const Digest&)>& visit) {
  const Node node(nodes, ref);
  for (const Entry& entry : node.entries) visit(nodes.read_key(entry.key), entry.blob);
  if (node.is_leaf) return;
  guard_depth(depth);
  for (std::size_t child = 0; child < fanout; ++child)
    if (node.inner.has(child)) walk_below(nodes, node.child(child), depth + 1, visit);
}

Digest child_at(std::string_view bytes, std::size_t i) { return Digest::from_raw(bytes.substr(inner_header + i * digest_size, digest_size)); }

}  // namespace

Ref empty(Nodes& nodes) { return store(nodes, {encode_leaf({}), {}, {}}); }

Ref apply(Nodes& nodes, const Ref& root, std::vector<Edit> edits) {
  std::vector<Entry> changes(edits.size());
  for (std::size_t i = 0; i < edits.size(); ++i) {
    edits[i].key = nodes.spell(std::move(edits[i].key));
    changes[i].key = edits[i].key;
    changes[i].removed = !edits[i].value;
    if (edits[i].value) changes[i].blob = *edits[i].value;
    changes[i].place();
  }
  std::stable_sort(changes.begin(), changes.end(), by_place);
  // The last edit of a key wins: unique() keeps the first of equals, so go from behind.
  const auto first =
      std::unique(changes.rbegin(), changes.rend(), [](const Entry& a, const Entry& b) { return a.key == b.key; });
  changes.erase(changes.begin(), first.base());
  std::uint64_t total_before = 0;
  return settle(nodes, edit(nodes, root, 0, changes, total_before));
}

std::optional<Digest> find(Nodes& nodes, const Ref& root, std::string_view wanted) {
  const std::string key = nodes.spell(std::string(wanted));
  const Digest place = place_of(key);
  Ref at = root;
  for (int depth = 0;; ++depth) {
    const Node node(nodes, at);
    if (node.is_leaf) {
      const auto found =
          std::find_if(node.entries.begin(), node.entries.end(), [&](const Entry& entry) { return entry.key == key; });
      return found == node.entries.end() ? std::nullopt : std::optional(found->blob);
    }
    guard_depth(depth);
    const std::size_t child = nibble(place, depth);
    if (!node.inner.has(child)) return std::nullopt;
    at = node.child(child);
  }
}

std::size_t size(Nodes& nodes, const Ref& root) { return Node(nodes, root).total(); }

void walk(Nodes& nodes, const Ref& root, const std::function<void(const std::string&, const Digest&)>& visit) {
  walk_below(nodes, root, 0, visit);
}

void diff(Nodes& nodes, const Ref& from, const Ref& to, const Visit& visit) {
  Difference(nodes, visit).compare({from}, {to}, 0);
}

Ref write(Fresh& fresh, const Ref& root, const std::function<std::uint64_t(const Digest&, const std::shared_ptr<Stored>&)>& append) {
  if (root.home != 0) return root;
  const auto found = fresh.find(root.hash);
  if (found == fresh.end()) damaged(&root.hash, "it is neither stored nor at hand");
  const std::shared_ptr<Stored> node = std::move(found->second);
  fresh.erase(found);
  for (std::size_t i = 0; i < node->homes.size(); ++i) {
    if (node->homes[i] == 0) node->homes[i] = write(fresh, {child_at(node->bytes, i)}, append).home;
  }
  return {root.hash, append(root.hash, node)};
}

std::size_t child_count(std::string_view bytes) {
  if (!bytes.starts_with(inner_tag)) return 0;
  if (bytes.size() < inner_header) damaged(nullptr, "an inner node that ends too early");
  const auto count = static_cast<std::size_t>(std::popcount(big_endian(bytes.substr(inner_tag.size() + 8, 2))));
  if (bytes.size() != inner_header + count * digest_size) damaged(nullptr, "an inner node of the wrong length");
  return count;
}

std::vector<Digest> children(std::string_view bytes) {
  std::vector<Digest> result(child_count(bytes));
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = child_at(bytes, i);
  return result;
}

std::vector<Digest> check(std::string_view bytes) {
  const Node node(bytes);
  for (std::size_t i = 1; i < node.entries.size(); ++i)
    if (!by_key(node.entries[i - 1], node.entries[i])) damaged(nullptr, "the entries of a leaf are out of order");
  std::vector<Digest> named = children(bytes);
  std::vector<Digest> sorted = named;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    damaged(nullptr, "an inner node with the same child twice");
  if (node.total() < named.size()) damaged(nullptr, "an inner node with more children than entries");
  return named;
}

}  // namespace xc::tree
