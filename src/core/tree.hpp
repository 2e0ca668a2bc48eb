// The tree: a Merkle map from object key ("table public.orders") to blob. A hash trie over sha256(key), 16 children a
// node; a subtree of at most leaf_limit entries is a leaf, so the same content gives the same root whatever order it
// came in. An edit writes O(log n) nodes, a diff reads O(difference).
// docs/model.md shows the literal bytes of a leaf and an inner node.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.hpp"

namespace xc::tree {

inline constexpr std::size_t leaf_limit = 16;

// Where nodes live. get() throws Refusal(data_corrupted) for a node that is not there. put() is called with nodes of
// the final result only; it must tolerate a node that it already has.
class Nodes {
 public:
  virtual ~Nodes() = default;
  virtual std::string get(const Digest& hash) = 0;
  virtual void put(const Digest& hash, std::string_view bytes) = 0;
};

struct Edit {
  std::string key;
  std::optional<Digest> value;  // nothing: remove the key (no error when it is absent)
};

Digest empty(Nodes& nodes);
// The root after the edits (later edits of the same key win).
Digest apply(Nodes& nodes, const Digest& root, std::vector<Edit> edits);
std::optional<Digest> find(Nodes& nodes, const Digest& root, std::string_view key);
std::size_t size(Nodes& nodes, const Digest& root);
// Entries in the order of their key's hash.
void walk(Nodes& nodes, const Digest& root, const std::function<void(const std::string& key, const Digest& blob)>& visit);
// Keys whose blob differs, equal subtrees skipped.
void diff(Nodes& nodes, const Digest& from, const Digest& to,
          const std::function<void(const std::string& key, const std::optional<Digest>& from,
                                   const std::optional<Digest>& to)>& visit);
// What a node names: other nodes when it is an inner one, blobs when it is a leaf.
struct Links {
  std::vector<Digest> children;
  std::vector<Digest> blobs;
};
Links links(std::string_view bytes);
// Decodes a node and throws Refusal(data_corrupted) when it breaks a rule of the format; the children of an inner node.
std::vector<Digest> check(std::string_view bytes);

}  // namespace xc::tree
