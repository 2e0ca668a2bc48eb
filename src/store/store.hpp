// Blobs, tree nodes and commits in the tables of schema xconnect: append only, read at the latest committed state
// (whatever the isolation level of the user's transaction), without SPI and without rights checks, since capture runs
// for every role.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
  tree::Ref tree;
  std::string change_id;
  std::int64_t committed_at = 0; // TimestampTz: microseconds since 2000-01-01 UTC
  // Of its row of the ledger, what the next one needs:
  Digest change_hash;
  int day_changes = 0, day_rollbacks = 0;
};

// The columns of xconnect.change that are the commit's; the rest is the ledger's.
enum ChangeColumn {
  c_seq = 1, c_hash, c_parent, c_tree, c_tree_home, c_change_id, c_committed_at, c_change_hash, c_previous_hash, c_day_changes,
  c_day_rollbacks, c_kind, c_status, c_target = 26
};

std::optional<Commit> head();
bool has_trees();  // also where no commit is, in a history that is not whole
// The row of xconnect.pack that has the root of the commit's tree, which is the newest: they are numbered from 1.
std::int64_t newest_pack(const Commit& commit);
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
  std::shared_ptr<const tree::Stored> get(const tree::Ref& node) override;
  void put(const Digest& hash, tree::Stored node) override;
  std::string spell(std::string key) override;
  std::string read_key(std::string_view spelt) override;
  // Writes the nodes of this tree that are not stored yet, after those of the parent's tree; the root with its home. Under
  // the seal lock only, before the commit that has the tree.
  tree::Ref write(const tree::Ref& root, const std::optional<Commit>& parent);

 private:
  tree::Fresh fresh_;
};

// What backends remember of nodes holds while these are as they were read or written: for the callbacks of transactions,
// and for who empties the tables. install_callbacks(): once, when the library is loaded.
void end_of_transaction(bool aborted);
void end_of_aborted_subtransaction();
void make_all_forget_nodes();
void install_callbacks();

// Stores those that are not stored yet, in the order of their names. for_certain: it is known that this one is not.
struct NewBlob {
  const std::string* canonical;
  bool for_certain;
};
void write_blobs(const std::map<Digest, NewBlob>& blobs);
// The commit's own hash, which is over everything else of it.
Digest hash_of(const Commit& commit);

}  // namespace xc::store
