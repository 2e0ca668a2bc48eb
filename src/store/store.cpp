// Blobs, tree nodes and commits; see store.hpp.
#include "store/store.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "core/refusal.hpp"
#include "pg/encoding.hpp"
#include "pg/scope.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

extern "C" {
#include "commands/extension.h"
}

namespace xc::store {

namespace {

constexpr const char* schema = "xconnect";

Oid table(const char* name) {
  const Oid oid = pg::relation_named(schema, name);
  if (!OidIsValid(oid)) {
    throw Refusal(code::capture_off, std::string("table xconnect.") + name + " does not exist")
        .hint("Run CREATE EXTENSION xconnect in this database.");
  }
  return oid;
}

enum CommitColumn { c_seq = 1, c_hash, c_parent, c_tree, c_change_id, c_committed_at, c_content };

Digest digest(const pg::Row& row, int column) { return Digest::from_raw(row.text(column)); }

Commit commit_of(const pg::Row& row) {
  Commit commit;
  commit.seq = DatumGetInt64(row.datum(c_seq));
  commit.hash = digest(row, c_hash);
  if (!row.null(c_parent)) commit.parent = digest(row, c_parent);
  commit.tree = digest(row, c_tree);
  commit.change_id = row.text(c_change_id);
  commit.committed_at = DatumGetInt64(row.datum(c_committed_at));
  return commit;
}

std::optional<Commit> find_commit(const char* index, const std::vector<pg::TableKey>& keys, bool backward = false) {
  const auto rows = pg::table_scan(table("commit"), table(index), keys, backward, 1);
  if (rows.empty()) return std::nullopt;
  return commit_of(rows.front());
}

std::optional<pg::Row> by_hash(const char* name, const char* index, const Digest& hash) {
  const auto rows = pg::table_scan(table(name), table(index), {{1, pg::arg_bytes(hash.raw())}}, false, 1);
  if (rows.empty()) return std::nullopt;
  return rows.front();
}

}  // namespace

// Somebody else's schema of that name is not us; asked at every commit, so the answer is kept with the table it is for.
bool installed() {
  static Oid ours = InvalidOid;
  const Oid commits = pg::relation_named(schema, "commit");
  if (!OidIsValid(commits)) return false;
  if (commits == ours) return true;
  if (!pg::call([] { return OidIsValid(get_extension_oid("xconnect", true)); })) return false;
  ours = commits;
  return true;
}

std::optional<Commit> head() { return find_commit("commit_pkey", {}, true); }
std::optional<Commit> commit(std::int64_t seq) { return find_commit("commit_pkey", {{c_seq, pg::arg(seq)}}); }
std::optional<Commit> commit_of_change(std::string_view change_id) {
  // The ledger's key is the index of both tables: one fewer to write at every commit.
  const auto rows = pg::table_scan(table("change"), table("change_pkey"), {{1, pg::arg(change_id)}}, false, 1);
  if (rows.empty()) return std::nullopt;
  return commit(DatumGetInt64(rows.front().datum(2)));
}
std::optional<Commit> commit_by_hash(const Digest& hash) {
  return find_commit("commit_hash_key", {{c_hash, pg::arg_bytes(hash.raw())}});
}

std::string blob(const Digest& hash) {
  const auto row = by_hash("blob", "blob_pkey", hash);
  if (!row) throw Refusal(code::data_corrupted, "blob " + hash.hex() + " is missing").hint("SELECT * FROM xc_verify();");
  return row->text(2);
}

bool has_blob(const Digest& hash) { return by_hash("blob", "blob_pkey", hash).has_value(); }

Object object_from_text(std::string_view canonical) {
  Object object;
  object.body = Json::parse(canonical);
  object.kind = kind_named(object.body["type"].str());
  if (object.kind == nullptr) {
    throw Refusal(code::unsupported, "this version of xconnect does not know objects of kind \"" +
                                         object.body["type"].str() + "\"");
  }
  return object;
}

Object object(const Digest& hash) { return object_from_text(blob(hash)); }
Digest blob_hash(const std::string& canonical) { return sha256(pg::to_utf8(canonical)); }

namespace {

// Nodes that this backend has read or written lately. A node's name says what is in it, so an entry cannot become
// wrong; whether the tables hold it is another question, and never asked here. When the young ones are too many, those
// that were not asked for since the last time go: the upper levels of the tree stay.
class Recent {
 public:
  const std::string* find(const Digest& hash) {
    const auto found = young_.find(hash);
    if (found != young_.end()) return &found->second;
    const auto earlier = old_.find(hash);
    return earlier == old_.end() ? nullptr : &add(hash, std::move(earlier->second));
  }
  const std::string& add(const Digest& hash, std::string bytes) {
    if (bytes_ + bytes.size() > most_bytes) {
      old_ = std::exchange(young_, {});
      bytes_ = 0;
    }
    const auto [place, added] = young_.try_emplace(hash, std::move(bytes));
    if (added) bytes_ += place->second.size();
    return place->second;
  }

 private:
  static constexpr std::size_t most_bytes = 256 * 1024;  // of the young ones
  std::unordered_map<Digest, std::string, DigestHash> young_;
  std::unordered_map<Digest, std::string, DigestHash> old_;
  std::size_t bytes_ = 0;
};

Recent& recent() {
  static Recent instance;
  return instance;
}

}  // namespace

std::string Nodes::get(const Digest& hash) {
  const auto found = fresh_.find(hash);
  if (found != fresh_.end()) return found->second;
  if (const std::string* bytes = recent().find(hash)) return *bytes;
  const auto row = by_hash("tree", "tree_pkey", hash);
  if (!row) throw Refusal(code::data_corrupted, "tree node " + hash.hex() + " is missing").hint("SELECT * FROM xc_verify();");
  return recent().add(hash, row->text(2));
}

void Nodes::put(const Digest& hash, std::string_view bytes) { fresh_.try_emplace(hash, bytes); }

// Only what is new below a node can be of use: a node that is stored is stored with all that is below it. And a node
// over a blob that was not stored before this change cannot be, which spares the search for it.
class Nodes::Writer {
 public:
  Writer(Nodes& nodes, const std::set<Digest>& new_blobs) : nodes_(nodes), new_blobs_(new_blobs), appender_(table("tree")) {}

  void write(const Digest& hash) {
    Fresh* node = look_at(hash);
    if (node == nullptr || node->done) return;
    node->done = true;
    if (!node->is_new && by_hash("tree", "tree_pkey", hash)) return;
    const auto found = nodes_.fresh_.find(hash);
    appender_.row({pg::arg_bytes(hash.raw()), pg::arg_bytes(found->second)});
    recent().add(hash, std::move(found->second));
    nodes_.fresh_.erase(found);
    for (const Digest& child : node->children) write(child);
  }

 private:
  struct Fresh {
    std::vector<Digest> children;
    bool is_new = false;
    bool done = false;
  };

  // Nothing: of an earlier tree.
  Fresh* look_at(const Digest& hash) {
    const auto bytes = nodes_.fresh_.find(hash);
    if (bytes == nodes_.fresh_.end()) return nullptr;
    const auto [place, first] = seen_.try_emplace(hash);
    Fresh& node = place->second;
    if (!first) return &node;
    tree::Links links = tree::links(bytes->second);
    node.is_new = std::any_of(links.blobs.begin(), links.blobs.end(),
                              [this](const Digest& blob) { return new_blobs_.contains(blob); });
    for (const Digest& child : links.children) {
      const Fresh* below = look_at(child);
      if (below != nullptr && below->is_new) node.is_new = true;
    }
    node.children = std::move(links.children);
    return &node;
  }

  Nodes& nodes_;
  const std::set<Digest>& new_blobs_;
  std::unordered_map<Digest, Fresh, DigestHash> seen_;  // its elements stay where they are
  pg::Appender appender_;
};

void Nodes::write(const Digest& root, const std::set<Digest>& new_blobs) {
  if (fresh_.contains(root)) Writer(*this, new_blobs).write(root);
}

std::set<Digest> write_blobs(const std::map<Digest, const std::string*>& blobs) {
  std::set<Digest> written;
  std::optional<pg::Appender> appender;
  for (const auto& [hash, canonical] : blobs) {
    if (has_blob(hash)) continue;
    if (!appender) appender.emplace(table("blob"));
    appender->row({pg::arg_bytes(hash.raw()), pg::arg(*canonical)});
    written.insert(hash);
  }
  return written;
}

Commit write_commit(const std::optional<Commit>& parent, const Digest& tree, const std::string& change_id,
                    const Digest& change_hash, std::int64_t committed_at) {
  Commit commit;
  commit.seq = parent ? parent->seq + 1 : 1;
  if (parent) commit.parent = parent->hash;
  commit.tree = tree;
  commit.change_id = change_id;
  commit.committed_at = committed_at;

  Json content = Json::object();
  content.set("change", change_hash.hex())
      .set("change_id", change_id)
      .set("committed_at", pg::iso_time(committed_at))
      .set("format", 1)
      .set("parent", parent ? Json(parent->hash.hex()) : Json())
      .set("seq", commit.seq)
      .set("tree", tree.hex());
  const std::string text = content.dump();
  commit.hash = sha256(text);

  pg::Appender(table("commit"))
      .row({pg::arg(commit.seq), pg::arg_bytes(commit.hash.raw()),
            parent ? pg::arg_bytes(parent->hash.raw()) : pg::null_arg(), pg::arg_bytes(tree.raw()), pg::arg(change_id),
            pg::arg_time(committed_at), pg::arg(text)});
  return commit;
}

}  // namespace xc::store
