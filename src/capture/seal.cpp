// Sealing: what a transaction touched becomes one commit, at pre-commit, under one short lock.
//
// The objects are described before the lock is taken; when HEAD moved meanwhile they are described again under it, unless
// neither side did more than make and drop objects that have nothing to do with each other. The lock is an object lock on
// our own table, so it is not in the user-visible advisory space. The wait for it is bounded: past the bound, and in
// PREPARE TRANSACTION always, the change is written as a pending row, and the next sealer links it first.
#include "capture/seal.hpp"

#include <algorithm>
#include <cctype>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "capture/capture.hpp"
#include "capture/hooks.hpp"
#include "capture/settings.hpp"
#include "capture/settle.hpp"
#include "capture/touched.hpp"
#include "capture/reasons.hpp"
#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "core/text_diff.hpp"
#include "kind/secret.hpp"
#include "ledger/correlation.hpp"
#include "ledger/note.hpp"
#include "ledger/place.hpp"
#include "ledger/reason.hpp"
#include "vault/carry.hpp"
#include "vault/proof.hpp"
#include "vault/set_aside.hpp"
#include "vault/vault.hpp"
#include "pg/attempt.hpp"
#include "pg/deparse.hpp"
#include "pg/encoding.hpp"
#include "pg/entry.hpp"
#include "pg/kept_open.hpp"
#include "pg/scope.hpp"
#include "pg/table.hpp"
#include "pg/snapshot.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/parallel.h"
#include "access/xlog.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/inval.h"
#include "utils/uuid.h"
}

namespace xc::capture {

namespace {

// ---- the lock ---------------------------------------------------------------------------------------------------

LOCKTAG lock_of(const char* table) {
  LOCKTAG tag;
  SET_LOCKTAG_OBJECT(tag, MyDatabaseId, RelationRelationId, pg::relation_named("xconnect", table), 0);
  return tag;
}

bool try_lock(const LOCKTAG& tag) {
  return pg::call([&] { return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL; });
}

}  // namespace

void lock_without_end() {
  const LOCKTAG tag = lock_of("change");
  pg::call([&] {
    (void)LockAcquire(&tag, ExclusiveLock, false, false);
    AcceptInvalidationMessages();
  });
}

// False when it was not to be had in time. A deadlock counts as that too: whoever holds the lock and waits for us gets
// on, and our change goes into the queue.
bool lock_in_time(const char* table) {
  const LOCKTAG tag = lock_of(table);
  if (!try_lock(tag)) {
    const auto failure = pg::attempt([&] {
      pg::Restored<int> bounded(LockTimeout, settings.seal_lock_timeout);
      pg::call([&] {
        (void)LockAcquire(&tag, ExclusiveLock, false, false);
        // The time may have run out in the moment in which the lock came; this must not reach the user's next statement.
        CHECK_FOR_INTERRUPTS();
      });
    });
    if (failure) {
      if (failure->sqlstate == "55P03" || failure->sqlstate == "40P01") return false;
      throw Refusal("58000", "could not take the seal lock: " + failure->message).detail(failure->detail);
    }
  }
  pg::call([] { AcceptInvalidationMessages(); });
  return true;
}

namespace {

// ---- from a delta to a change -----------------------------------------------------------------------------------

std::string action_of(const Difference& difference) {
  if (!difference.exists) return "DROP";
  if (!difference.before) return "CREATE";
  return difference.before->key == difference.key ? "ALTER" : "RENAME";
}

ledger::ObjectChange object_change(const Difference& difference) {
  ledger::ObjectChange change;
  change.action = action_of(difference);
  change.key = difference.key;
  if (difference.before) change.before = difference.before->blob;
  if (difference.exists) change.after = difference.blob;
  if (change.action == "RENAME") change.renamed_from = difference.before->key;
  change.address = difference.address;
  change.parts = difference.parts;
  change.rows_lost = difference.rows_lost;
  return change;
}

// Drops first: a name that was freed may be taken again in the same change, and the newest row of a key is the one that
// counts. Dropped and created again under the same name is one entry: the object's text before and after.
std::vector<ledger::ObjectChange> object_changes(const Delta& delta) {
  std::map<std::string, std::int64_t> replaced;  // keys that another row stands for now: rows lost with the old one
  for (const Difference& difference : delta.differences) {
    if (difference.exists && difference.before && difference.before->key == difference.key) {
      replaced[difference.key] = difference.rows_lost;
    }
  }
  std::vector<ledger::ObjectChange> changes;
  for (const Difference& difference : delta.differences) {
    if (difference.exists) continue;
    const auto twin = replaced.find(difference.key);
    if (twin == replaced.end()) changes.push_back(object_change(difference));
    else twin->second = difference.rows_lost;
  }
  for (const Difference& difference : delta.differences) {
    if (!difference.exists) continue;
    changes.push_back(object_change(difference));
    const auto twin = replaced.find(difference.key);
    if (twin != replaced.end()) changes.back().rows_lost = twin->second;
  }
  return changes;
}

[[noreturn]] void refuse_unreached(store::Nodes& nodes, const tree::Ref& reached, const tree::Ref& expected) {
  std::string names;
  std::string first;
  int count = 0;
  tree::diff(nodes, reached, expected,
             [&](const std::string& key, const std::optional<Digest>& is, const std::optional<Digest>& should_be) {
               if (++count <= 10) names += (names.empty() ? "" : ", ") + key;
               if (first.empty()) {
                 const auto content = [](const std::optional<Digest>& blob) {
                   if (!blob) return std::string("(nothing)\n");
                   if (!store::has_blob(*blob)) return std::string("(" + blob->hex() + ")\n");
                   std::string lines;
                   const Json body = Json::parse(store::blob(*blob));
                   for (const auto& [name, value] : body.members()) {
                     lines += name + ": " + value.dump() + "\n";
                   }
                   return lines;
                 };
                 first = unified_diff(content(is), content(should_be), "reached", "target");
               }
             });
  throw Refusal(code::not_reached, fmt::format("{} object(s) would not read as they should", count))
      .detail(fmt::format("Differing: {}.\n{}", names, first))
      .hint("Nothing was changed. SELECT * FROM xc_plan_checkout(...) or xc_plan_rollback(...) shows the steps.");
}

// The C library keeps for the process what a large change has freed: 3.4 kB of each of 10,000 functions, where the server
// keeps 0.6.
constexpr std::size_t many_objects = 1000;
constinit bool is_large = false;  // what this transaction seals

void give_memory_back() {
  if (!std::exchange(is_large, false)) return;
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace

store::Commit append(Delta& delta, ledger::Change change, const Intent& intent) {
  if (delta.differences.size() >= many_objects) is_large = true;
  if (delta.head) ledger::note_copy(delta.head->seq);
  store::Nodes nodes;
  tree::Ref root = working_root(nodes, delta);
  std::map<Digest, store::NewBlob> blobs;
  for (const Difference& difference : delta.differences) {
    if (difference.exists) blobs.insert({difference.blob, {&difference.text, difference.unheard_of}});
  }
  store::write_blobs(blobs);
  blobs.clear();
  for (Difference& difference : delta.differences) difference.text = {};
  root = nodes.write(root, delta.head);
  if (intent.expected_root && *intent.expected_root != root) {
    pg::call([] { CommandCounterIncrement(); });
    refuse_unreached(intent.expected_nodes != nullptr ? *intent.expected_nodes : nodes, root, *intent.expected_root);
  }
  std::vector<ledger::ObjectChange> truncated = std::exchange(change.objects, object_changes(delta));
  for (ledger::ObjectChange& one : truncated) {
    const auto find = [&](const auto& is_it) { return std::find_if(change.objects.begin(), change.objects.end(), is_it); };
    // Its name can be another table's by now.
    auto changed = find([&](const auto& other) { return other.address == one.address; });
    if (changed == change.objects.end()) changed = find([&](const auto& other) { return other.key == one.key; });
    if (changed == change.objects.end()) change.objects.push_back(std::move(one));
    else changed->rows_lost += one.rows_lost;
  }
  store::Commit commit = ledger::append(delta.head, root, change);
  pg::call([] { CommandCounterIncrement(); });
  return commit;
}

namespace {

// ---- pending changes --------------------------------------------------------------------------------------------

Oid pending_table() { return pg::relation_named("xconnect", "pending"); }
bool anything_pending() { return !pg::table_scan(pending_table()).empty(); }

Json json_of(Address address, std::int64_t rows_lost) {
  Json object = Json::object();
  object.set("catalog", static_cast<std::int64_t>(address.catalog));
  object.set("oid", static_cast<std::int64_t>(address.object));
  return object.set("rows_lost", rows_lost);
}

Json truncated_json(const ledger::Change& change) {
  Json truncated = Json::array();
  for (const ledger::ObjectChange& object : change.objects) {
    Json json = Json::object();
    json.set("object", object.key).set("oid", std::int64_t{object.address.object}).set("rows", object.rows_lost);
    truncated.push(std::move(json));
  }
  return truncated;
}

// As HEAD has them by now.
std::vector<ledger::ObjectChange> truncated_of(const Json& json) {
  std::vector<ledger::ObjectChange> changes;
  for (const Json& one : json["truncated"].items()) {
    const auto known = ledger::recorded(Address{RelationRelationId, static_cast<std::uint32_t>(one["oid"].integer())});
    if (!known || !known->blob) continue;
    ledger::ObjectChange change;
    change.action = "TRUNCATE";
    change.key = known->key;
    change.before = change.after = known->blob;
    change.address = known->address;
    change.parts = known->parts;
    change.rows_lost = one["rows"].integer();
    changes.push_back(std::move(change));
  }
  return changes;
}

// What a change in the queue is when nothing of it is left to be seen by the time that it is linked: one all the same, none
// (or one that is recorded already, but for what could not be read), or one if it goes on from another one in the queue.
enum class Unseen { change, nothing, depends };

Json json_of(const Delta& delta, const ledger::Change& change, Unseen unseen) {
  Json objects = Json::array();
  for (const Address& address : delta.busy) objects.push(json_of(address, touched().rows_lost(address)));
  Json columns = Json::array();
  for (const ledger::DroppedColumn& column : change.dropped_columns) {
    Json json = Json::object();
    json.set("relation", std::int64_t{column.relation}).set("attnum", column.attnum).set("type", std::int64_t{column.type})
        .set("file", std::int64_t{column.file});
    if (column.missing) json.put("missing", *column.missing);
    columns.push(std::move(json));
  }
  Json statements = Json::array();
  for (const ledger::Statement& statement : change.statements) statements.push(ledger::json_of(statement));
  Json json = Json::object();
  json.set("kind", change.kind).set("author", change.author).set("session_user", change.session_user)
      .set("current_user", change.current_user).set("application_name", change.application_name)
      .set("client_addr", change.client_addr).set("correlation_id", change.correlation_id)
      .set("reason", change.reason).set("expected", change.expected).set("validate_with", change.validate_with)
      .set("transaction_id", change.transaction_id).set("backend_pid", change.backend_pid)
      .set("started_at", change.started_at).set("objects", std::move(objects)).set("statements", std::move(statements))
      .set("dropped_columns", std::move(columns)).set("differs", unseen == Unseen::change)
      .set("may_differ", unseen == Unseen::depends).set("truncated", truncated_json(change));
  return json;
}

ledger::Change change_of(const Json& json) {
  ledger::Change change;
  change.kind = json["kind"].str();
  change.author = json["author"].str();
  change.session_user = json["session_user"].str();
  change.current_user = json["current_user"].str();
  change.application_name = json["application_name"].str();
  change.client_addr = json["client_addr"].str();
  change.correlation_id = json["correlation_id"].str();
  change.reason = json["reason"].str();
  change.expected = json["expected"].str();
  change.validate_with = json["validate_with"].str();
  change.transaction_id = json["transaction_id"].str();
  change.backend_pid = static_cast<int>(json["backend_pid"].integer());
  change.started_at = json["started_at"].integer();
  for (const Json& statement : json["statements"].items()) change.statements.push_back(ledger::statement_of(statement));
  for (const Json& json_column : json["dropped_columns"].items()) {
    ledger::DroppedColumn column;
    column.relation = static_cast<std::uint32_t>(json_column["relation"].integer());
    column.attnum = static_cast<int>(json_column["attnum"].integer());
    column.type = static_cast<std::uint32_t>(json_column["type"].integer());
    column.file = static_cast<std::uint32_t>(json_column["file"].integer());
    if (json_column.has("missing")) column.missing = json_column["missing"].str();
    change.dropped_columns.push_back(std::move(column));
  }
  change.objects = truncated_of(json);
  return change;
}

void write_pending(const Delta& delta, const ledger::Change& change, Unseen unseen) {
  const std::string content = json_of(delta, change, unseen).dump();
  const std::int64_t at = pg::now();
  // The beginning of the hash of the rest: a row that somebody changed while it waited does not have its own id.
  const Digest hash = sha256(pg::to_utf8(pg::iso_time(at) + "\n" + content));
  pg_uuid_t id;
  std::copy_n(hash.bytes.begin(), UUID_LEN, id.data);
  const pg::Arg name = {UUIDOID, UUIDPGetDatum(&id), false};
  pg::Appender(pending_table()).row({name, pg::arg_time(at), pg::arg(content)});
  ledger::note_pending(name, false);
}

// All that was touched, not only what differs: HEAD was read without the lock, and what it says of our objects can
// change when somebody links an earlier change of them.
Delta everything_touched(const Delta& delta) {
  std::set<Address> addresses = touched().addresses();
  addresses.insert(delta.busy.begin(), delta.busy.end());
  for (const Difference& difference : delta.differences) addresses.insert(difference.address);
  Delta rest;
  rest.busy.assign(addresses.begin(), addresses.end());
  return rest;
}

// What could not be read now is left to whoever seals after the transaction that holds the lock.
Delta only_busy(const Delta& delta) {
  Delta rest;
  rest.busy = delta.busy;
  return rest;
}

// Nothing differs from HEAD as it was read, but HEAD may be about to say something else of the same objects. In this
// order: what is no longer pending is in HEAD by then.
bool may_be_stale(const Delta& delta) {
  if (anything_pending()) return true;
  const std::optional<store::Commit> head = store::head();
  return (head ? head->seq : 0) != (delta.head ? delta.head->seq : 0);
}

// A prepared transaction keeps its locks, so what was locked for reading is let go.
Delta collect_and_let_go() {
  pg::Borrowing borrowing;
  Delta delta = collect();
  borrowing.let_go();
  return delta;
}

Address address_of(const Json& object) {
  return {static_cast<std::uint32_t>(object["catalog"].integer()), static_cast<std::uint32_t>(object["oid"].integer())};
}

// Does the queue have an earlier change of what this transaction changed? HEAD does not tell of that one, so what both did
// together may read as at HEAD: made by it and dropped here, for example. Each is a change all the same.
bool goes_on_from(const std::vector<pg::Row>& queue) {
  if (touched().note_count() == 0) return false;
  const std::set<Address>& mine = touched().addresses();
  return std::any_of(queue.begin(), queue.end(), [&](const pg::Row& row) {
    const Json content = Json::parse(row.text(3));
    const auto& theirs = content["objects"].items();
    return std::any_of(theirs.begin(), theirs.end(), [&](const Json& object) { return mine.contains(address_of(object)); });
  });
}

// Links the pending changes, oldest first. What they touched is described as it is now: nobody sealed
// since, so it is as they left it; two pending changes of one object are told apart by their statements only.
//
// Others look into the queue without the lock, so no row may move in it unless HEAD moves, too: a scan that meets the new
// row before it is committed, and the old one after, sees neither.
void link_queue(std::vector<pg::Row> queue) {
  std::sort(queue.begin(), queue.end(), [](const pg::Row& a, const pg::Row& b) {
    return DatumGetInt64(a.datum(2)) < DatumGetInt64(b.datum(2));
  });
  std::vector<Json> contents;
  std::map<Address, int> changes_of;
  for (const pg::Row& row : queue) {
    contents.push_back(Json::parse(row.text(3)));
    for (const Json& object : contents.back()["objects"].items()) ++changes_of[address_of(object)];
  }
  const Touched mine = touched();
  const pg::Restored<bool> never_waiting(pg::may_wait_for_locks, false);
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const Json& json = contents[i];
    touched().clear();
    bool goes_on = false;
    for (const Json& object : json["objects"].items()) {
      const Address address = address_of(object);
      goes_on = goes_on || (changes_of[address] > 1 && json.has("may_differ"));
      // What this transaction changed as well is described with its own change.
      if (!mine.addresses().contains(address)) touch(address);
      touched().lost_rows(address, object["rows_lost"].integer());
    }
    // Other transactions' objects can go while they are read; then their change stays in the queue.
    Delta delta;
    if (pg::attempt([&] { delta = collect(); })) continue;
    const bool differs = json.has("differs") || goes_on;
    const bool now = !delta.empty() || (differs && delta.busy.empty());
    if (!now && !delta.busy.empty()) continue;
    const ledger::Change change = change_of(json);
    pg::table_delete(pending_table(), queue[i]);
    ledger::note_pending({UUIDOID, queue[i].datum(1), false}, true);
    if (!delta.busy.empty()) write_pending(only_busy(delta), change, Unseen::nothing);
    if (now) append(delta, change, {});
  }
  touched() = mine;
  pg::call([] { CommandCounterIncrement(); });
}

// ---- sealing ----------------------------------------------------------------------------------------------------

// Those that are really gone: the drop may have been rolled back, or the whole table dropped after it.
std::vector<ledger::DroppedColumn> columns_dropped() {
  std::vector<ledger::DroppedColumn> columns;
  for (const auto& [place, column] : touched().dropped_columns()) {
    const auto row = pg::attribute(column.relation, column.attnum);
    if (row && row->form<FormData_pg_attribute>().attisdropped) columns.push_back(column);
  }
  return columns;
}

ledger::Change describe_change(const Intent& intent) {
  ledger::Change change = ledger::describe_session();
  change.kind = intent.kind;
  change.target = intent.target;
  change.details = intent.details;
  if (const std::string said = touched().reason(); !said.empty()) change.reason = said;
  if (!intent.reason.empty()) change.reason = intent.reason;
  change.statements = touched().statements();
  change.dropped_columns = columns_dropped();
  change.objects = vault::truncations();
  return change;
}

// Without this a later drop of the row at the new address would be nobody's.
void note_moved(const Delta& delta) {
  for (const Delta::Moved& moved : delta.moved) {
    if (delta.head) ledger::note_moved(moved.key, moved.address, delta.head->seq);
  }
}

// What no statement's text told: here it is known which objects it is about. A command that has committed already does not
// fail any more.
void require_reason_for(const Delta& delta, const Intent& intent) {
  if (settings.require_reason == require_reason_off && !ledger::has_reason_rules()) return;
  std::vector<std::string> keys;
  for (const Difference& difference : delta.differences) keys.push_back(difference.key);
  require_reason(keys, intent.reason, in_multi_transaction_command());
}

bool makes_or_drops(const Difference& difference) { return difference.exists != difference.before.has_value(); }
bool makes_or_drops(const ledger::ObjectChange& change) { return change.action == "CREATE" || change.action == "DROP"; }

// The end of an object's name, as far as JSON spells it as it is: a text that does not have it does not have the name.
std::string_view end_of_name(std::string_view key) {
  const auto spelled_otherwise = [](char c) { return c == ' ' || c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' '; };
  const auto from = std::find_if(key.rbegin(), key.rend(), spelled_otherwise).base();
  return key.substr(static_cast<std::size_t>(from - key.begin()));
}

// Not where the name goes on: "public.t" is not in "public.t2".
bool mentions(std::string_view text, std::string_view name) {
  const auto goes_on = [](char c) { return (std::isalnum(static_cast<unsigned char>(c)) != 0) || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 128; };
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    if (at + name.size() == text.size() || !goes_on(text[at + name.size()])) return true;
  }
  return false;
}

// Does what was read of this transaction's objects still hold after what others did meanwhile? What is altered can read
// differently in the texts of others: of theirs in ours, of ours in theirs, which are then ours to record. A function can
// be made of a type that goes, since no lock holds that: hence the names.
bool still_holds(const Delta& delta, const std::vector<ledger::ObjectChange>& others) {
  const auto& ours = delta.differences;
  if (!delta.busy.empty() || !delta.moved.empty()) return false;
  if (!std::all_of(ours.begin(), ours.end(), [](const Difference& own) { return makes_or_drops(own); })) return false;
  return std::all_of(others.begin(), others.end(), [&](const ledger::ObjectChange& other) {
    if (!makes_or_drops(other) || touched().addresses().contains(other.address)) return false;
    return std::none_of(ours.begin(), ours.end(), [&](const Difference& own) {
      return own.key == other.key || own.address == other.address || mentions(own.text, end_of_name(other.key));
    });
  });
}

// Of changes: to read more of them takes longer than to read the catalogs again.
constexpr std::int64_t most_others = 64;

bool still_holds(const Delta& delta, const std::optional<store::Commit>& head) {
  return head && delta.head && head->seq > delta.head->seq && head->seq - delta.head->seq <= most_others &&
         still_holds(delta, ledger::objects_since(delta.head->seq));
}

// Under the lock.
std::optional<store::Commit> seal_locked(Delta delta, const Intent& intent) {
  std::vector<pg::Row> queue = pg::table_scan(pending_table());
  const bool goes_on = goes_on_from(queue);
  const bool linked = !queue.empty();
  if (linked) link_queue(std::move(queue));
  const std::optional<store::Commit> head = store::head();
  const bool moved = linked || (head ? head->seq : 0) != (delta.head ? delta.head->seq : 0);
  if (intent.head_must_be && (head ? head->seq : 0) != *intent.head_must_be) {
    throw Refusal(code::head_moved, "another transaction changed the schema meanwhile")
        .detail(fmt::format("HEAD is {} now.", head ? head->change_id : "nothing"))
        .hint("Nothing was changed. Run the same call again.");
  }
  if (moved && !linked && still_holds(delta, head)) delta.head = head;
  else if (moved) delta = collect();
  std::optional<store::Commit> commit;
  if (!delta.empty()) require_reason_for(delta, intent);
  ledger::Change change = describe_change(intent);
  if (!delta.empty() || intent.even_if_empty || goes_on || !change.objects.empty()) commit = append(delta, std::move(change), intent);
  if (!delta.busy.empty()) write_pending(only_busy(delta), describe_change(intent), commit ? Unseen::nothing : Unseen::change);
  return commit;
}

}  // namespace

std::optional<store::Commit> seal(const Intent& intent) {
  pg::Arena arena("xconnect seal");
  Delta delta = collect();
  note_moved(delta);
  std::optional<store::Commit> commit;
  if (!delta.empty() || intent.even_if_empty || !vault::truncations().empty() || anything_pending()) {
    lock_without_end();
    commit = seal_locked(std::move(delta), intent);
  }
  touched().clear();
  vault::forget_truncations();
  return commit;
}

namespace {

// By this transaction.
constinit bool baseline_is_new = false;

// preparing: a lock would be held until COMMIT PREPARED.
void note_gap(const std::string& description, bool preparing) {
  const auto head = store::head();
  ledger::add_row("gap", {pg::arg_time(pg::now()), head ? pg::arg(head->seq) : pg::Arg{INT8OID, 0, true}, pg::arg(description)},
                  preparing ? ledger::Chain::beside : ledger::Chain::linked);
}

std::string summary(const Delta& delta) {
  constexpr std::size_t most = 10;
  std::string keys;
  for (std::size_t i = 0; i < std::min(most, delta.differences.size()); ++i) {
    keys += (i == 0 ? "" : ", ") + delta.differences[i].key;
  }
  const std::size_t rest = delta.differences.size() - std::min(most, delta.differences.size());
  return rest == 0 ? keys : fmt::format("{} and {} more", keys, rest);
}

// Without a transaction id no catalog row was written.
bool can_have_changed() {
  return !IsParallelWorker() && !RecoveryInProgress() && !IsBinaryUpgrade && GetTopTransactionIdIfAny() != InvalidTransactionId;
}

// At this time a transaction has no snapshot, and values out of line are read and written under one.
void seal_at_commit(bool preparing) {
  if (baseline_is_new && is_restoring()) {
    const pg::LatestSnapshot for_toast;
    begin_restore();
  }
  if (!preparing || !touched().empty()) touch_what_was_invalidated();
  touched().forget_temporary();
  const std::vector<std::string> unseen = touched().take_unseen();
  if (touched().empty() && unseen.empty()) return;
  const pg::Restored<bool> never_waiting(pg::may_wait_for_locks, false);
  pg::Arena arena("xconnect seal");
  if (!store::installed()) return;
  const pg::LatestSnapshot for_toast;
  for (const std::string& line : unseen) note_gap(line, preparing);
  const pg::KeptOpen kept_open;
  if (ledger::has_to_settle() && settings.capture) {
    if (is_restoring()) return;
    if (preparing || restore_goes_on() || !lock_in_time()) {
      write_pending(everything_touched({}), describe_change({}), Unseen::change);
      return;
    }
    settle();
  }
  Delta delta = preparing ? collect_and_let_go() : collect();
  if (!settings.capture) {
    if (!delta.empty()) note_gap("xconnect.capture was off: " + summary(delta), preparing);
    return;
  }
  note_moved(delta);
  const bool differs = !delta.empty() || !delta.busy.empty() || !vault::truncations().empty();
  if (!differs && !may_be_stale(delta)) return;
  if (preparing || !lock_in_time()) {
    require_reason_for(delta, {});
    const bool is_change = differs || goes_on_from(pg::table_scan(pending_table()));
    const Unseen otherwise = touched().note_count() == 0 ? Unseen::nothing : Unseen::depends;
    write_pending(everything_touched(delta), describe_change({}), is_change ? Unseen::change : otherwise);
    return;
  }
  seal_locked(std::move(delta), {});
  if (!in_multi_transaction_command()) xc::vault::enforce_limits(xc::vault::has_grown());
}

// A command that commits several times must never fail because of us, nor must any in single-user mode, where servers
// are mended; and with on_capture_error = warn none does: the failure becomes a gap entry.
void seal_or_note_gap(bool preparing) {
  if (!can_have_changed()) return;
  const bool may_fail = IsUnderPostmaster && !in_multi_transaction_command() && settings.on_capture_error == on_error_abort;
  if (may_fail) {
    seal_at_commit(preparing);
    return;
  }
  const auto failure = pg::attempt([&] { seal_at_commit(preparing); });
  if (!failure) return;
  const pg::LatestSnapshot for_toast;
  note_gap("a change could not be recorded: " + failure->message, preparing);
  const char* message = failure->message.c_str();
  pg::call([&] {
    ereport(WARNING, (errcode(ERRCODE_WARNING), errmsg("xconnect could not record this change: %s", message),
                      errhint("SELECT * FROM xc_drift(); shows it, SELECT xc_adopt('reason'); records it.")));
  });
}

}  // namespace

}  // namespace xc::capture

namespace {

using namespace xc::capture;

extern "C" {

static void xc_transaction(XactEvent event, void*) {
  switch (event) {
    case XACT_EVENT_PRE_COMMIT:
      pg::enter([] {
        xc::vault::after_statement();
        seal_or_note_gap(false);
        xc::vault::before_commit();
      });
      break;
    case XACT_EVENT_PRE_PREPARE:
      pg::enter([] {
        xc::vault::after_statement();
        seal_or_note_gap(true);
        xc::vault::before_commit();
      });
      break;
    case XACT_EVENT_COMMIT:
    case XACT_EVENT_ABORT:
    case XACT_EVENT_PREPARE:
      // A command that goes on in its next transaction keeps its text.
      if (event == XACT_EVENT_COMMIT && between_transactions_of_command()) {
        touched().clear_addresses();
      } else {
        touched().clear();
      }
      end_of_transaction(event == XACT_EVENT_ABORT);
      xc::store::end_of_transaction(event == XACT_EVENT_ABORT);
      baseline_is_new = false;
      xc::ledger::forget_correlation_id();
      forget_what_was_read(event == XACT_EVENT_ABORT);
      xc::vault::forget();
      xc::vault::forget_columns();
      xc::vault::forget_made();
      xc::vault::forget_set_aside();
      give_memory_back();
      break;
    case XACT_EVENT_PARALLEL_COMMIT:
    case XACT_EVENT_PARALLEL_ABORT:
    case XACT_EVENT_PARALLEL_PRE_COMMIT:
      break;
  }
}

static void xc_subtransaction(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void*) {
  if (event == SUBXACT_EVENT_COMMIT_SUB) touched().end_subtransaction(id, parent, true);
  if (event == SUBXACT_EVENT_ABORT_SUB) {
    xc::vault::forget_moves();
    touched().end_subtransaction(id, parent, false);
    xc::store::end_of_aborted_subtransaction();
    xc::ledger::forget_places();
  }
}

}  // extern "C"

}  // namespace

namespace xc::capture {

void install_transaction_callbacks() {
  RegisterXactCallback(xc_transaction, nullptr);
  RegisterSubXactCallback(xc_subtransaction, nullptr);
  store::install_callbacks();
  ledger::install_callbacks();
}

}  // namespace xc::capture

// xconnect.baseline(): the first commit, everything there is. Called by the install script.
XC_FUNCTION(xconnect_baseline) {
  pg::Arena arena("xconnect baseline");
  if (xc::store::head()) throw xc::Refusal("55000", "this database has a baseline already");
  xc::make_secret_key();
  Delta delta = collect_everything();
  Intent intent;
  intent.kind = "baseline";
  append(delta, describe_change(intent), intent);
  xc::ledger::note_secret_key();
  xc::ledger::note_place(0, "created", false);
  baseline_is_new = true;
  touched().clear();
  return 0;
}
