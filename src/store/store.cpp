// Blobs, tree nodes and commits; see store.hpp.
#include "store/store.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "core/patch.hpp"
#include "core/refusal.hpp"
#include "pg/encoding.hpp"
#include "pg/scope.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

extern "C" {
#include "commands/extension.h"
#include "utils/inval.h"
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

enum PackColumn { p_id = 1, p_hashes, p_contents, p_homes, p_bases };

Digest digest(const pg::Row& row, int column) { return Digest::from_raw(row.text(column)); }

Commit commit_of(const pg::Row& row) {
  Commit commit;
  commit.seq = DatumGetInt64(row.datum(c_seq));
  commit.hash = digest(row, c_hash);
  if (!row.null(c_parent)) commit.parent = digest(row, c_parent);
  commit.tree = {digest(row, c_tree), static_cast<std::uint64_t>(DatumGetInt64(row.datum(c_tree_home)))};
  commit.change_id = row.text(c_change_id);
  commit.committed_at = DatumGetInt64(row.datum(c_committed_at));
  commit.change_hash = digest(row, c_change_hash);
  commit.day_changes = DatumGetInt32(row.datum(c_day_changes));
  commit.day_rollbacks = DatumGetInt32(row.datum(c_day_rollbacks));
  return commit;
}

std::optional<Commit> find_commit(const char* index, const std::vector<pg::TableKey>& keys, bool backward = false) {
  const auto rows = pg::table_scan(table("change"), table(index), keys, backward, 1);
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
  const Oid changes = pg::relation_named(schema, "change");
  if (!OidIsValid(changes)) return false;
  if (changes == ours) return true;
  if (!pg::call([] { return OidIsValid(get_extension_oid("xconnect", true)); })) return false;
  ours = changes;
  return true;
}

// Asked several times for each change. A backward scan takes note of everything on its page first, so it is told to stop at
// the HEAD that was seen last.
std::optional<Commit> head() {
  static std::int64_t seen = 0;
  auto found = find_commit("change_pkey", {{c_seq, pg::arg(seen), false, true}}, true);
  if (!found && seen > 0) found = find_commit("change_pkey", {}, true);  // that was aborted, or of another history
  seen = found ? found->seq : 0;
  return found;
}
std::optional<Commit> commit(std::int64_t seq) { return find_commit("change_pkey", {{c_seq, pg::arg(seq)}}); }
std::optional<Commit> commit_of_change(std::string_view change_id) {
  return find_commit("change_change_id_key", {{c_change_id, pg::arg(change_id)}});
}
std::optional<Commit> commit_by_hash(const Digest& hash) {
  return find_commit("change_commit_hash_key", {{c_hash, pg::arg_bytes(hash.raw())}});
}

std::string blob(const Digest& hash) {
  const pg::Arena arena("xconnect blob");  // plans read thousands
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

using Node = std::shared_ptr<const tree::Stored>;

// Nodes that this backend has read or written lately, by name. When the young ones are too many, those that were not
// asked for since the last time go: the upper levels of the tree stay. What a node says of its children's homes holds for
// one history and for what is committed of it, so an abort or another history empties it.
class Recent {
 public:
  Node find(const Digest& hash) {
    const auto found = young_.find(hash);
    if (found != young_.end()) return found->second;
    const auto earlier = old_.find(hash);
    if (earlier == old_.end()) return nullptr;
    Node node = std::move(earlier->second);
    old_.erase(earlier);
    add(hash, node);
    return node;
  }
  void add(const Digest& hash, Node node) {
    if (bytes_ + node->bytes.size() > most_bytes) {
      old_ = std::exchange(young_, {});
      bytes_ = 0;
    }
    const auto [place, added] = young_.try_emplace(hash, std::move(node));
    if (added) bytes_ += place->second->bytes.size();
  }
  void clear() {
    young_.clear();
    old_.clear();
    bytes_ = 0;
  }

 private:
  static constexpr std::size_t most_bytes = 256 * 1024;  // of the young ones
  std::unordered_map<Digest, Node, DigestHash> young_, old_;
  std::size_t bytes_ = 0;
};

// Set where nothing may be freed and nothing may fail: emptied when it is used next.
constinit bool recent_is_stale = false;
// By this transaction: what it wrote is gone if it aborts.
constinit bool has_written = false;

Recent& recent() {
  static Recent instance;
  if (std::exchange(recent_is_stale, false)) instance.clear();
  return instance;
}

// The table whose changes make it stale; known since it was used first.
constinit Oid packs = InvalidOid;

Oid pack_table() { return packs = table("pack"); }

// A home: the number of the pack, and that of the node in it.
constexpr std::uint64_t most_nodes = 256;
// What a row holds beside its nodes, and a page beside its row, fits with this into one page.
constexpr std::size_t most_bytes = 6 * 1024;

[[noreturn]] void missing(const Digest& hash) {
  throw Refusal(code::data_corrupted, "tree node " + hash.hex() + " is missing").hint("SELECT * FROM xc_verify();");
}

std::string_view element(const pg::ByteaArray& array, std::size_t number) {
  std::string_view found;
  array.each([&](std::string_view value) {
    found = value;
    return number-- != 0;
  });
  return found;
}

// What a row of xconnect.pack says of one node: itself, or patches to the node at its base.
struct Packed {
  std::string hash, content, homes;
  std::uint64_t base = 0;
};

std::optional<Packed> packed_at(std::uint64_t home) {
  const std::size_t number = home % most_nodes;
  std::optional<Packed> found;
  pg::table_look(pack_table(), table("pack_pkey"), {{p_id, pg::arg(static_cast<std::int64_t>(home / most_nodes))}}, [&](const pg::Row& row) {
    const pg::ByteaArray hashes(row, p_hashes), contents(row, p_contents), homes(row, p_homes);
    if (number >= hashes.size() || number >= contents.size() || number >= homes.size()) return;
    found.emplace();
    found->hash = element(hashes, number);
    found->content = element(contents, number);
    found->homes = element(homes, number);
    if (row.null(p_bases)) return;
    const std::vector<std::int64_t> bases = pg::int8_array(row, p_bases);
    if (number < bases.size()) found->base = static_cast<std::uint64_t>(bases[number]);
  });
  return found;
}

constexpr std::size_t home_size = sizeof(std::uint64_t);

// The most significant byte first.
std::uint64_t turned(std::uint64_t home) {
  if constexpr (std::endian::native == std::endian::big) return home;
  return __builtin_bswap64(home);
}

void put_bytes(const std::vector<std::uint64_t>& homes, std::string& bytes) {
  bytes.resize(homes.size() * home_size);
  for (std::size_t i = 0; i < homes.size(); ++i) {
    const std::uint64_t home = turned(homes[i]);
    std::memcpy(bytes.data() + i * home_size, &home, home_size);
  }
}

std::vector<std::uint64_t> homes_of(std::string_view bytes) {
  std::vector<std::uint64_t> homes(bytes.size() / home_size);
  for (std::size_t i = 0; i < homes.size(); ++i) {
    std::memcpy(&homes[i], bytes.data() + i * home_size, home_size);
    homes[i] = turned(homes[i]);
  }
  return homes;
}

Node whole(const Packed& packed, std::uint64_t home) {
  return std::make_shared<const tree::Stored>(tree::Stored{packed.content, homes_of(packed.homes), nullptr, home});
}

Node patched(const Packed& packed, const Packed& base) {
  return std::make_shared<const tree::Stored>(tree::Stored{
      patch::apply(base.content, packed.content), homes_of(patch::apply(base.homes, packed.homes)), whole(base, packed.base), 0});
}

Node read_node(const tree::Ref& ref) {
  const auto packed = packed_at(ref.home);
  if (!packed || packed->hash != ref.hash.raw()) missing(ref.hash);
  Node node;
  if (packed->base == 0) {
    node = whole(*packed, ref.home);
  } else {
    const auto base = packed_at(packed->base);
    if (!base || base->base != 0) missing(ref.hash);
    node = patched(*packed, *base);
  }
  if (node->homes.size() != tree::child_count(node->bytes)) missing(ref.hash);
  recent().add(ref.hash, node);
  return node;
}

// The packs of one commit.
class Packer {
 public:
  explicit Packer(std::uint64_t first) : id_(first), appender_(pack_table()) {}

  std::uint64_t add(const Digest& hash, const std::shared_ptr<tree::Stored>& node) {
    put_bytes(node->homes, homes_);
    const bool is_patch = make_patch(*node);
    const std::string_view content = is_patch ? std::string_view(content_patch_) : node->bytes;
    const std::string_view homes = is_patch ? homes_patch_ : homes_;
    const std::size_t size = content.size() + homes.size() + 6 * sizeof(std::int64_t);
    if (count_ > 0 && (count_ == most_nodes || bytes_ + size > most_bytes)) finish();
    const std::uint64_t home = id_ * most_nodes + count_;
    row_hashes_.add(hash.raw());
    row_contents_.add(content);
    row_homes_.add(homes);
    row_bases_.push_back(is_patch ? static_cast<std::int64_t>(node->base->own) : 0);
    any_patch_ = any_patch_ || is_patch;
    bytes_ += size;
    ++count_;
    if (!is_patch) {
      node->own = home;
      node->base = nullptr;
    }
    recent().add(hash, node);
    return home;
  }

  void finish() {
    if (count_ == 0) return;
    has_written = true;
    appender_.row({pg::arg(static_cast<std::int64_t>(id_)), row_hashes_.arg(), row_contents_.arg(), row_homes_.arg(),
                   any_patch_ ? pg::arg_int8_array(row_bases_, false) : pg::null_arg()});
    for (pg::ByteaArrayWriter* column : {&row_hashes_, &row_contents_, &row_homes_}) column->clear();
    row_bases_.clear();
    any_patch_ = false;
    bytes_ = count_ = 0;
    ++id_;
  }

 private:
  // A patch that has grown to half of the node saves little, and the next ones would be no shorter.
  bool make_patch(const tree::Stored& node) {
    if (node.base == nullptr) return false;
    const std::size_t most = node.bytes.size() / 2;
    if (!patch::between(node.base->bytes, node.bytes, most, content_patch_)) return false;
    put_bytes(node.base->homes, base_homes_);
    return patch::between(base_homes_, homes_, most, homes_patch_);
  }

  std::uint64_t id_;
  pg::Appender appender_;
  // The row as far as it is.
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
  pg::ByteaArrayWriter row_hashes_, row_contents_, row_homes_;
  std::vector<std::int64_t> row_bases_;
  bool any_patch_ = false;
  // Of the node at hand.
  std::string homes_, base_homes_, content_patch_, homes_patch_;
};

}  // namespace

Node Nodes::get(const tree::Ref& node) {
  const auto found = fresh_.find(node.hash);
  if (found != fresh_.end()) return found->second;
  if (Node known = recent().find(node.hash)) return known;
  return read_node(node);
}

void Nodes::put(const Digest& hash, tree::Stored node) {
  if (!fresh_.contains(hash)) fresh_.emplace(hash, std::make_shared<tree::Stored>(std::move(node)));
}

std::string Nodes::spell(std::string key) { return pg::to_utf8(key); }
std::string Nodes::read_key(std::string_view spelt) { return pg::from_utf8(spelt); }

// The root of a commit comes last of its nodes, so the pack after it is free.
tree::Ref Nodes::write(const tree::Ref& root, const std::optional<Commit>& parent) {
  if (root.home != 0) return root;
  Packer packer(parent ? parent->tree.home / most_nodes + 1 : 1);
  const tree::Ref stored = tree::write(fresh_, root, [&](const Digest& hash, const std::shared_ptr<tree::Stored>& node) { return packer.add(hash, node); });
  packer.finish();
  return stored;
}

std::int64_t newest_pack(const Commit& commit) { return static_cast<std::int64_t>(commit.tree.home / most_nodes); }

bool has_trees() {
  bool any = false;
  pg::table_look(pack_table(), table("pack_pkey"), {}, [&](const pg::Row&) { any = true; });
  return any;
}

void end_of_transaction(bool aborted) {
  if (aborted) end_of_aborted_subtransaction();
  has_written = false;
}

void end_of_aborted_subtransaction() {
  if (has_written) recent_is_stale = true;
}

void make_all_forget_nodes() {
  const Oid relation = table("pack");
  pg::call([&] { CacheInvalidateRelcacheByRelid(relation); });
}

extern "C" {
static void xc_relation_changed(Datum, Oid relation) {
  if (relation == packs || relation == InvalidOid) recent_is_stale = true;
}
}

void install_callbacks() { CacheRegisterRelcacheCallback(xc_relation_changed, 0); }

void write_blobs(const std::map<Digest, NewBlob>& blobs) {
  std::vector<std::pair<Digest, const std::string*>> missing;
  {
    const pg::Arena arena("xconnect rows");
    for (const auto& [hash, blob] : blobs) {
      if (!blob.for_certain && has_blob(hash)) continue;
      missing.emplace_back(hash, blob.canonical);
      arena.reset();
    }
  }
  if (missing.empty()) return;
  pg::Appender appender(table("blob"));
  const pg::Arena arena("xconnect rows");
  for (const auto& [hash, canonical] : missing) {
    appender.row({pg::arg_bytes(hash.raw()), pg::arg(*canonical)});
    arena.reset();
  }
}

// Canonical JSON, as the view xconnect.commit spells it and docs/model.md shows it; nothing in it needs an escape.
Digest hash_of(const Commit& commit) {
  const std::string parent = commit.parent ? fmt::format("\"parent\":\"{}\",", commit.parent->hex()) : std::string();
  return sha256(fmt::format(R"({{"change":"{}","change_id":"{}","committed_at":"{}","format":1,{}"seq":{},"tree":"{}"}})",
                            commit.change_hash.hex(), commit.change_id, pg::iso_time(commit.committed_at), parent, commit.seq,
                            commit.tree.hash.hex()));
}

}  // namespace xc::store
