// See settle.hpp.
#include "capture/settle.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

#include "capture/capture.hpp"
#include "capture/guard.hpp"
#include "capture/seal.hpp"
#include "capture/settings.hpp"
#include "core/refusal.hpp"
#include "ledger/note.hpp"
#include "ledger/place.hpp"
#include "ledger/reading.hpp"
#include "ledger/tables.hpp"
#include "pg/attempt.hpp"
#include "pg/entry.hpp"
#include "pg/scope.hpp"
#include "pg/snapshot.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/parallel.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "replication/logicalworker.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/guc.h"
}

namespace xc::capture {

namespace {

constexpr std::string_view our_name = "xconnect";

constexpr std::string_view key_table = "secret_key";

Oid table(const char* name) { return pg::relation_named("xconnect", name); }

// ---- is it going on? --------------------------------------------------------------------------------------------

// A session that loads a dump has it to its end. Of the method of advisory locks, which the server releases when a session
// ends or is reset, but not in their space.
LOCKTAG restore_lock() {
  LOCKTAG tag;
  SET_LOCKTAG_OBJECT(tag, MyDatabaseId, RelationRelationId, table("change"), 1);
  tag.locktag_lockmethodid = USER_LOCKMETHOD;
  return tag;
}

// Others look for a moment whether it is held; not to have it then is no harm.
void hold() {
  const LOCKTAG tag = restore_lock();
  pg::call([&] { (void)LockAcquire(&tag, ShareLock, true, true); });
}

void wipe(bool with_key) {
  for (const std::string_view name : ledger::history_tables) {
    // What waits in a vault stays there, and what is noted of that.
    if (name == "restore" || name == "vault" || (name == key_table && !with_key)) continue;
    for (const pg::Row& row : pg::table_scan(table(name.data()))) {
      if (name != "note" || row.text(3) != "vault") pg::table_delete(table(name.data()), row);
    }
  }
  store::make_all_forget_nodes();
  ledger::make_all_forget_places();
  pg::call([] { CommandCounterIncrement(); });
}

// Nothing that anybody did here would be lost: there is a baseline, or what a template brought.
bool is_replaceable() {
  if (!store::head()) return true;
  const ledger::Place here = ledger::here();
  std::int64_t since = INT64_MAX;
  for (const ledger::Place& place : ledger::places()) since = ledger::is_same_database(place, here) ? place.since : INT64_MAX;
  const ledger::Reading scope;
  const pg::LatestSnapshot snapshot;
  return pg::query("SELECT FROM xconnect.change WHERE seq > $1 AND kind NOT IN ('baseline', 'restore') LIMIT 1", {pg::arg(since)}).empty();
}

// ---- reading ----------------------------------------------------------------------------------------------------

struct Read {
  Delta delta;
  bool came = false;  // HEAD is of another database, with other addresses
  std::vector<ledger::Arrived> arrived;
};

std::unique_ptr<Read>& read_before() {
  static std::unique_ptr<Read> instance;
  return instance;
}

Read read_catalogs() {
  Read read;
  read.came = ledger::came_unsettled();
  std::vector<Standing> standing;
  read.delta = collect_everything(read.came ? &standing : nullptr);
  for (Standing& object : standing) {
    auto then = ledger::recorded_before_arrival(object.key);
    if (!then || then->address.catalog != object.address.catalog) continue;
    if (!object.same_parts || then->parts.size() != object.parts.size()) object.parts.assign(then->parts.size(), 0);
    read.arrived.push_back({std::move(object.key), then->address, object.address, std::move(then->parts), std::move(object.parts)});
  }
  return read;
}

std::int64_t number_of(const std::optional<store::Commit>& commit) { return commit ? commit->seq : 0; }

// ---- settling ---------------------------------------------------------------------------------------------------

// Changes that waited in the queue when the dump was taken: what they did is in what was restored.
std::vector<ledger::Statement> take_statements_of_queue(std::int64_t before) {
  std::vector<ledger::Statement> statements;
  for (const pg::Row& row : pg::table_scan(table("pending"))) {
    if (DatumGetInt64(row.datum(2)) >= before) continue;
    const Json content = Json::parse(row.text(3));
    const auto before_it = static_cast<int>(statements.size());
    for (const Json& json : content["statements"].items()) {
      statements.push_back(ledger::statement_of(json));
      if (statements.back().within != 0) statements.back().within += before_it;
    }
    pg::table_delete(table("pending"), row);
    ledger::note_pending({UUIDOID, row.datum(1), false}, true);
  }
  return statements;
}

std::string name_of(const ledger::Place& place) {
  return fmt::format("database {} ({}) of system {}", place.database, place.database_oid, place.system);
}

ledger::Change describe(const char* how, const ledger::Restorer& restorer, const std::vector<ledger::Place>& places) {
  ledger::Change change = ledger::describe_session();
  change.kind = "restore";
  change.reason = std::string_view(how) == "upgrade" ? "what reads differently since the server was upgraded"
                                                     : "what was restored and is not as the history has it";
  if (!restorer.role.empty()) change.author = restorer.role;
  Json details = Json::object();
  details.set("arrived_by", how);
  if (!places.empty()) details.set("from", name_of(places.back()));
  change.details = details.dump();
  return change;
}

void check_that_it_is_whole(const std::optional<store::Commit>& head) {
  const ledger::Reading scope;
  const pg::LatestSnapshot snapshot;
  const auto rows = pg::query("SELECT (SELECT count(*) FROM xconnect.change), (SELECT count(*) FROM xconnect.pack),"
                              " (SELECT count(*) FROM xconnect.change_object), (SELECT count(*) FROM xconnect.blob)");
  const auto& [changes, packs, objects, blobs] = std::tie(*rows[0][0], *rows[0][1], *rows[0][2], *rows[0][3]);
  if (head && changes == std::to_string(head->seq) && packs == std::to_string(store::newest_pack(*head)) && objects != "0" && blobs != "0") return;
  throw Refusal(code::data_corrupted, "the history of this database has not arrived whole")
      .detail(fmt::format("It has {} changes, the newest number {} with pack {}; {} packs, {} objects of changes, {} blobs.", changes,
                          number_of(head), head ? store::newest_pack(*head) : 0, packs, objects, blobs))
      .hint("Restore the missing tables of schema xconnect, or begin anew: DROP EXTENSION xconnect CASCADE; CREATE EXTENSION xconnect;");
}

void remove_moved() {
  for (const pg::Row& row : pg::table_scan(table("moved"))) ledger::remove_row("moved", row, ledger::Chain::beside);
}

void write(Read& read) {
  const ledger::Restorer restorer = ledger::restorer();
  const auto places = ledger::places();
  const bool restored = ledger::restore_state() != ledger::Restore::none;
  const char* how = restored ? "restore" : "upgrade";
  const auto head = read.delta.head;
  ledger::Change change = describe(how, restorer, places);
  Intent intent;
  if (!head) {
    change.kind = "baseline";
    change.reason = "restored without a history";
    ledger::note_secret_key();
    ledger::note_place(0, how, false);
  } else if (read.came) {
    change.statements = take_statements_of_queue(restored ? restorer.since : INT64_MAX);
    remove_moved();
    ledger::note_place(head->seq, how, true);
    ledger::note_addresses(head->seq, read.arrived);
  }
  ledger::end_restore();
  if (!head || !read.delta.empty() || !change.statements.empty()) append(read.delta, std::move(change), intent);
}

// What went: its address of then means nothing here.
void without_addresses(Delta& delta) {
  for (Difference& difference : delta.differences) {
    if (!difference.exists) difference.address = {difference.address.catalog & 0xffffU, 0};
  }
}

bool can_write() {
  return settings.capture && !XactReadOnly && !RecoveryInProgress() && !IsParallelWorker() && IsUnderPostmaster;
}

}  // namespace

void refuse_rows_by_hand() {
  constexpr const char* what = "history is written by recording changes only";
  if (IsLogicalWorker()) {
    throw Refusal(code::append_only, what)
        .detail("A subscription brings the history of another database: a publication FOR ALL TABLES lists its tables, too.")
        .hint("There: CREATE PUBLICATION ... FOR TABLES IN SCHEMA ...; here: ALTER SUBSCRIPTION ... SET PUBLICATION ...;");
  }
  throw Refusal(code::append_only, what)
      .detail("Rows come into the tables of schema xconnect with every change of the schema, and with the restore of a dump.")
      .hint("SELECT xc_adopt('reason'); records what capture did not see.");
}

bool is_restoring() { return !check_function_bodies && namespace_search_path != nullptr && namespace_search_path[0] == '\0'; }

void begin_restore() {
  if (ledger::restore_state() != ledger::Restore::none) return;
  wipe(false);
  ledger::note_restore(ledger::Restore::opened);
  hold();
}

bool restore_goes_on() {
  const LOCKTAG tag = restore_lock();
  return pg::call([&] {
    if (LockAcquire(&tag, ExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL) return true;
    LockRelease(&tag, ExclusiveLock, false);
    return false;
  });
}

void before_statement(const Node* statement) {
  if (creating_extension || RecoveryInProgress() || !store::installed()) return;
  if (IsA(statement, CreateExtensionStmt) && our_name == reinterpret_cast<const CreateExtensionStmt*>(statement)->extname &&
      is_restoring() && pg::call([] { return superuser(); })) {
    // It is there already: in the template, or from an earlier restore.
    if (ledger::restore_state() == ledger::Restore::none) ledger::note_restore(ledger::Restore::opened);
    hold();
    return;
  }
  // Schemas come before the extension in a dump.
  if (is_restoring() && !ledger::has_to_settle() && pg::call([] { return superuser(); }) && is_replaceable()) {
    ledger::note_restore(ledger::Restore::opened);
  }
  if (!ledger::has_to_settle() || !settings.capture) return;
  if (is_restoring()) {
    hold();
    return;
  }
  if (read_before() || restore_goes_on()) return;
  // Where it fails the change itself will say so.
  pg::Arena arena("xconnect settle");
  auto read = std::make_unique<Read>();
  if (!pg::attempt([&] { *read = read_catalogs(); })) read_before() = std::move(read);
}

void settle() {
  ledger::forget_places();
  if (!ledger::has_to_settle()) return;
  const auto head = store::head();
  if ((head && ledger::came_unsettled()) || ledger::restore_state() == ledger::Restore::history) check_that_it_is_whole(head);
  const std::unique_ptr<Read> before = std::move(read_before());
  const bool usable = before && number_of(before->delta.head) == number_of(head);
  Read read = usable ? std::move(*before) : read_catalogs();
  without_addresses(read.delta);
  write(read);
}

void settle_if_possible() {
  if (!can_write() || !store::installed() || !ledger::has_to_settle() || is_restoring() || restore_goes_on()) return;
  if (lock_in_time()) settle();
}

void forget_what_was_read(bool aborted) {
  read_before().reset();
  ledger::end_of_transaction(aborted);
}

namespace {

void receive() {
  if (!is_restoring()) refuse_rows_by_hand();
  if (ledger::restore_state() != ledger::Restore::history) {
    lock_without_end();
    ledger::forget_places();
  }
  if (ledger::restore_state() != ledger::Restore::history) {
    if (!is_replaceable()) {
      throw Refusal(code::append_only, "this database has a history of its own, and the dump brings another")
          .detail("Changes were recorded here that the one in the dump does not have.")
          .hint("Restore into a new database, or lose the history of this one: DROP EXTENSION xconnect CASCADE;");
    }
    wipe(true);
    ledger::note_restore(ledger::Restore::history);
  }
  ledger::make_all_forget_places();
  hold();
}

}  // namespace

}  // namespace xc::capture

XC_FUNCTION(xconnect_receive) {
  if (!CALLED_AS_TRIGGER(fcinfo)) throw xc::Refusal("39P03", "xconnect.receive() is a trigger function");
  const auto* trigger = reinterpret_cast<const TriggerData*>(fcinfo->context);
  if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event)) {
    xc::capture::receive();
  } else {
    const char* const what = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event)   ? "UPDATE"
                             : TRIGGER_FIRED_BY_DELETE(trigger->tg_event) ? "DELETE"
                                                                          : "TRUNCATE";
    xc::capture::refuse_change_of(what, RelationGetRelid(trigger->tg_relation));
  }
  PG_RETURN_POINTER(nullptr);
}
