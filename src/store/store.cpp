// Blobs, tree nodes and commits; see store.hpp.
#include "store/store.hpp"

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

std::string Nodes::get(const Digest& hash) {
  const auto found = fresh_.find(hash);
  if (found != fresh_.end()) return found->second;
  const auto row = by_hash("tree", "tree_pkey", hash);
  if (!row) throw Refusal(code::data_corrupted, "tree node " + hash.hex() + " is missing").hint("SELECT * FROM xc_verify();");
  return row->text(2);
}

void Nodes::put(const Digest& hash, std::string_view bytes) { fresh_.try_emplace(hash, bytes); }

void Nodes::write(const Digest& root) {
  if (!fresh_.contains(root)) return;
  pg::Appender appender(table("tree"));
  std::vector<Digest> waiting = {root};
  while (!waiting.empty()) {
    const Digest hash = waiting.back();
    waiting.pop_back();
    const auto found = fresh_.find(hash);
    if (found == fresh_.end()) continue;  // of an earlier tree: it is stored, and so is all below it
    if (!by_hash("tree", "tree_pkey", hash)) appender.row({pg::arg_bytes(hash.raw()), pg::arg_bytes(found->second)});
    for (const Digest& child : tree::check(found->second)) waiting.push_back(child);
    fresh_.erase(found);
  }
}

void write_blob(const Digest& hash, const std::string& canonical) {
  if (has_blob(hash)) return;
  pg::Appender(table("blob")).row({pg::arg_bytes(hash.raw()), pg::arg(canonical)});
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
  content.set("format", 1)
      .set("seq", commit.seq)
      .set("tree", tree.hex())
      .set("change_id", change_id)
      .set("change", change_hash.hex())
      .set("committed_at", pg::iso_time(committed_at));
  if (parent) content.set("parent", parent->hash.hex());
  const std::string text = content.dump();
  commit.hash = sha256(text);

  pg::Appender(table("commit"))
      .row({pg::arg(commit.seq), pg::arg_bytes(commit.hash.raw()),
            parent ? pg::arg_bytes(parent->hash.raw()) : pg::null_arg(), pg::arg_bytes(tree.raw()), pg::arg(change_id),
            pg::arg_time(committed_at), pg::arg(text)});
  return commit;
}

}  // namespace xc::store
