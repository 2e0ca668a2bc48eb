// Blobs, tree nodes and commits in the tables of schema xconnect: append only, read at the latest committed state
// (whatever the isolation level of the user's transaction), without SPI and without rights checks, since capture runs
// for every role.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/hash.hpp"
#include "core/tree.hpp"
#include "kind/kind.hpp"

namespace xc::store {

// Is the extension there (its tables exist in this database)?
bool installed();

struct Commit {
  std::int64_t seq = 0;
  Digest hash;
  std::optional<Digest> parent;  // nothing for the first
  Digest tree;
  std::string change_id;
  std::int64_t committed_at = 0; // TimestampTz: microseconds since 2000-01-01 UTC
};

std::optional<Commit> head();
std::optional<Commit> commit(std::int64_t seq);
std::optional<Commit> commit_of_change(std::string_view change_id);
std::optional<Commit> commit_by_hash(const Digest& hash);

// The canonical JSON text of a blob; Refusal(data_corrupted) when it is not there.
std::string blob(const Digest& hash);
bool has_blob(const Digest& hash);
// The object a blob describes, with its kind; address and parts are unknown (see recorded()).
Object object(const Digest& hash);
Object object_from_text(std::string_view canonical);
Digest blob_hash(const std::string& canonical);  // sha256 of the text in UTF-8

// Tree nodes: those of the tables, and those of trees that exist in memory only.
class Nodes : public tree::Nodes {
 public:
  std::string get(const Digest& hash) override;
  void put(const Digest& hash, std::string_view bytes) override;
  // Writes the nodes of this tree that are not stored yet. new_blobs: those that were first stored with this change.
  void write(const Digest& root, const std::set<Digest>& new_blobs);

 private:
  class Writer;
  std::unordered_map<Digest, std::string, DigestHash> fresh_;
};

// Stores those that are not stored yet, in the order of their names; which they were.
std::set<Digest> write_blobs(const std::map<Digest, const std::string*>& blobs);
Commit write_commit(const std::optional<Commit>& parent, const Digest& tree, const std::string& change_id,
                    const Digest& change_hash, std::int64_t committed_at);

}  // namespace xc::store
