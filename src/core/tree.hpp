// The tree: a Merkle map from object key ("table public.orders") to blob. A hash trie over sha256(key), 16 children a
// node; a subtree of at most leaf_limit entries is a leaf, so the same content gives the same root whatever order it
// came in. An edit writes O(log n) nodes, a diff reads O(difference). What stands on a table ("trigger t on public.orders")
// is near it: the first digits of its place are those of the table's.
// docs/model.md shows the literal bytes of a leaf and an inner node.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/hash.hpp"

namespace xc::tree {

inline constexpr std::size_t leaf_limit = 16;

// A node: its name, and its home, which tells the store where to look for it. The home is no part of what is hashed, so
// two refs to one name are the same; 0: the node is not stored yet.
struct Ref {
  Digest hash;
  std::uint64_t home = 0;
  bool operator==(const Ref& other) const { return hash == other.hash; }
};

// The bytes that are hashed, and where the children of an inner node are, in their order there.
struct Stored {
  std::string bytes;
  std::vector<std::uint64_t> homes;
  std::shared_ptr<const Stored> base{};  // a node with an `own` that this one is an edited version of
  std::uint64_t own = 0;                 // a home at which it is stored as it is, and not as what it differs in from another
};

// Where nodes live. get() throws Refusal(data_corrupted) for a node that is not there. put() is called with nodes of
// the final result only; it must tolerate a node that it already has.
class Nodes {
 public:
  virtual ~Nodes() = default;
  virtual std::shared_ptr<const Stored> get(const Ref& node) = 0;
  virtual void put(const Digest& hash, Stored node) = 0;
  // A key as a tree spells it, and back: in UTF-8, whatever the keys that the functions below take and give are in.
  virtual std::string spell(std::string key) { return key; }
  virtual std::string read_key(std::string_view spelt) { return std::string(spelt); }
};

struct Edit {
  std::string key;
  std::optional<Digest> value;  // nothing: remove the key (no error when it is absent)
};

Ref empty(Nodes& nodes);
// The root after the edits (later edits of the same key win).
Ref apply(Nodes& nodes, const Ref& root, std::vector<Edit> edits);
std::optional<Digest> find(Nodes& nodes, const Ref& root, std::string_view key);
std::size_t size(Nodes& nodes, const Ref& root);
// All entries, in an order that depends on nothing but them.
void walk(Nodes& nodes, const Ref& root, const std::function<void(const std::string& key, const Digest& blob)>& visit);
// Keys whose blob differs, equal subtrees skipped.
void diff(Nodes& nodes, const Ref& from, const Ref& to,
          const std::function<void(const std::string& key, const std::optional<Digest>& from,
                                   const std::optional<Digest>& to)>& visit);
// Nodes that were put and are not stored yet.
using Fresh = std::unordered_map<Digest, std::shared_ptr<Stored>, DigestHash>;
// Stores what of a tree is fresh, each node after its children, so that it knows their homes: append() stores one and
// gives its home. The root with its own; nodes that are in no such tree stay fresh.
Ref write(Fresh& fresh, const Ref& root, const std::function<std::uint64_t(const Digest& hash, const std::shared_ptr<Stored>& node)>& append);
// What an inner node names, in the order of Stored::homes; nothing for a leaf. Of a damaged node: anything, or Refusal.
std::size_t child_count(std::string_view bytes);
std::vector<Digest> children(std::string_view bytes);
// Decodes a node and throws Refusal(data_corrupted) when it breaks a rule of the format; the children of an inner node.
std::vector<Digest> check(std::string_view bytes);

}  // namespace xc::tree
