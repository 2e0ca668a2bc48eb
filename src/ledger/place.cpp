// See place.hpp.
#include "ledger/place.hpp"

#include <algorithm>
#include <utility>

#include "ledger/ledger.hpp"
#include "ledger/note.hpp"
#include "pg/encoding.hpp"
#include "pg/table.hpp"
#include "store/store.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/xlog.h"
#include "catalog/pg_database.h"
#include "utils/inval.h"
}

namespace xc::ledger {

namespace {

Oid table(const char* name) { return pg::relation_named("xconnect", name); }

enum PlaceColumn { p_since = 1, p_system, p_database_oid, p_database, p_arrived_at, p_arrived_by, p_readdressed };
enum RestoreColumn { r_noted_at = 1, r_noted_by, r_what };
enum AddressColumn { a_since = 1, a_object, a_catalog, a_then, a_here, a_parts_then, a_parts_here };

Place place_of(const pg::Row& row) {
  Place place;
  place.since = DatumGetInt64(row.datum(p_since));
  place.system = row.text(p_system);
  place.database_oid = DatumGetObjectId(row.datum(p_database_oid));
  place.database = row.text(p_database);
  place.arrived_at = DatumGetInt64(row.datum(p_arrived_at));
  place.arrived_by = row.text(p_arrived_by);
  place.readdressed = DatumGetBool(row.datum(p_readdressed));
  return place;
}

// The commits at which the addresses changed, oldest first.
struct Moves {
  std::vector<std::int64_t> since;
  std::vector<bool> upgrades;  // each of them: by pg_upgrade, which leaves relations and types their numbers
  bool open = false;  // the last of them is not settled: nothing is known of where its objects stand
};

// Kept until somebody writes what it was read from.
struct Known {
  std::optional<std::vector<Place>> places;
  std::optional<Restore> restore;
  std::optional<Moves> moves;
};

// Set where nothing may be freed and nothing may fail: emptied when it is used next.
constinit bool known_is_stale = false;
// The tables whose changes make it stale; known since they were read first.
constinit Oid places_table = InvalidOid, restores_table = InvalidOid;

Known& known() {
  static Known instance;
  if (std::exchange(known_is_stale, false)) instance = {};
  return instance;
}

const Moves& moves() {
  if (known().moves) return *known().moves;
  Moves moves;
  for (const Place& place : places()) {
    if (!place.readdressed) continue;
    moves.since.push_back(place.since);
    moves.upgrades.push_back(place.arrived_by == "upgrade");
  }
  const auto head = store::head();
  if (head && came_unsettled()) {
    while (!moves.since.empty() && moves.since.back() == head->seq) {
      moves.since.pop_back();
      moves.upgrades.pop_back();
    }
    moves.since.push_back(head->seq);
    moves.upgrades.push_back(restore_state() == Restore::none);
    moves.open = true;
  }
  return known().moves.emplace(std::move(moves));
}

std::vector<pg::Row> arrived(const char* index, std::int64_t since, Address address, int column) {
  return pg::table_scan(table("address"), table(index),
                        {{a_since, pg::arg(since)}, {a_catalog, pg::arg_oid(address.catalog)}, {column, pg::arg_oid(address.object)}},
                        false, 1);
}

const std::string& this_system() {
  static const std::string identifier = std::to_string(GetSystemIdentifier());
  return identifier;
}

// Also of what was dropped before the move: its rows wait in the vault under that number.
bool stays(std::size_t move, Address address) {
  return moves().upgrades[move] && (address.catalog == RelationRelationId || address.catalog == TypeRelationId);
}

// No catalog has such a number, and no two places share one.
constexpr std::uint32_t one_place = 1U << 16;

void bring(std::int64_t seq, std::size_t up_to, Address& address, std::vector<std::int64_t>& parts) {
  const Moves& all = moves();
  for (std::size_t i = 0; i < up_to; ++i) {
    if (all.since[i] < seq) continue;
    const bool unknown = all.open && i + 1 == all.since.size();
    const auto rows = unknown ? std::vector<pg::Row>() : arrived("address_then_idx", all.since[i], address, a_then);
    if (rows.empty() && !unknown && stays(i, address)) continue;
    if (rows.empty()) {
      address.catalog += static_cast<std::uint32_t>(i + 1) * one_place;
      return;
    }
    address.object = DatumGetObjectId(rows.front().datum(a_here));
    const auto then = pg::int8_array(rows.front(), a_parts_then);
    const auto now = pg::int8_array(rows.front(), a_parts_here);
    for (std::int64_t& part : parts) {
      const auto at = static_cast<std::size_t>(std::find(then.begin(), then.end(), part) - then.begin());
      // pg_upgrade makes the dropped columns, too.
      if (at < now.size()) part = now[at];
      else if (!stays(i, address)) part = 0;
    }
  }
}

}  // namespace

Place here() {
  Place place;
  place.system = this_system();
  place.database_oid = MyDatabaseId;
  if (const auto row = pg::row_of(DatabaseRelationId, MyDatabaseId)) place.database = pg::name_of(row->form<FormData_pg_database>().datname);
  return place;
}

bool is_same_database(const Place& a, const Place& b) {
  return a.system == b.system && a.database_oid == b.database_oid;
}

const std::vector<Place>& places() {
  if (known().places) return *known().places;
  std::vector<Place> result;
  places_table = table("place");
  for (const pg::Row& row : pg::table_scan(places_table)) result.push_back(place_of(row));
  std::stable_sort(result.begin(), result.end(), [](const Place& a, const Place& b) {
    return std::pair(a.since, a.arrived_at) < std::pair(b.since, b.arrived_at);
  });
  return known().places.emplace(std::move(result));
}

void note_place(std::int64_t since, const char* arrived_by, bool readdressed) {
  if (readdressed) {
    for (const pg::Row& row : pg::table_scan(table("place"))) {
      if (since > 0 && DatumGetInt64(row.datum(1)) == since) remove_row("place", row, Chain::beside, since);
    }
    bool any = false;
    for (const pg::Row& row : pg::table_scan(table("address"))) {
      if (since == 0 || DatumGetInt64(row.datum(1)) != since) continue;
      pg::table_delete(table("address"), row);
      any = true;
    }
    if (any) note_rows("address", since, {});
  }
  const Place place = here();
  add_row("place", {pg::arg(since), pg::arg(place.system), pg::arg_oid(place.database_oid), pg::arg(place.database),
                    pg::arg_time(pg::now()), pg::arg(arrived_by), {BOOLOID, BoolGetDatum(readdressed), false}}, Chain::beside, since);
  make_all_forget_places();
}

void note_copy(std::int64_t head_seq) {
  const auto& all = places();
  if (all.empty() || (all.back().system == this_system() && all.back().database_oid == MyDatabaseId)) return;
  note_place(head_seq, "template", false);
}

Restore restore_state() {
  if (known().restore) return *known().restore;
  Restore state = Restore::none;
  restores_table = table("restore");
  if (!pg::has_pages(restores_table)) return known().restore.emplace(state);
  for (const pg::Row& row : pg::table_scan(restores_table)) {
    const bool history = row.text(r_what) == "history";
    if (history || state == Restore::none) state = history ? Restore::history : Restore::opened;
  }
  return known().restore.emplace(state);
}

Restorer restorer() {
  Restorer first;
  for (const pg::Row& row : pg::table_scan(table("restore"))) {
    const std::int64_t at = DatumGetInt64(row.datum(r_noted_at));
    if (at < first.since) first = {at, row.text(r_noted_by)};
  }
  return first;
}

void note_restore(Restore state) {
  pg::Appender(table("restore"))
      .row({pg::arg_time(pg::now()), pg::arg(role_name(GetSessionUserId())), pg::arg(state == Restore::history ? "history" : "opened")});
  make_all_forget_places();
  pg::call([] { CommandCounterIncrement(); });
}

void end_restore() {
  for (const pg::Row& row : pg::table_scan(table("restore"))) pg::table_delete(table("restore"), row);
  make_all_forget_places();
  pg::call([] { CommandCounterIncrement(); });
}

namespace {

bool is_upgraded() {
  const auto& all = places();
  return !all.empty() && all.back().system != this_system();
}

}  // namespace

bool has_to_settle() { return restore_state() != Restore::none || is_upgraded(); }

bool came_unsettled() {
  const Restore state = restore_state();
  return state == Restore::history || (state == Restore::none && is_upgraded());
}

void bring_here(std::int64_t seq, Address& address, std::vector<std::int64_t>& parts) {
  bring(seq, moves().since.size(), address, parts);
}

void bring_to_head(std::int64_t seq, Address& address, std::vector<std::int64_t>& parts) {
  bring(seq, moves().since.size() - (moves().open ? 1 : 0), address, parts);
}

std::vector<Span> spans_of(Address address) {
  const Moves& all = moves();
  std::vector<Span> spans;
  // Lost at that move, so of the place before it; or of the last place.
  const std::size_t lost_at = address.catalog / one_place;
  address.catalog %= one_place;
  std::size_t place = lost_at == 0 ? all.since.size() : lost_at - 1;
  for (;;) {
    const std::int64_t after = place == 0 ? 0 : all.since[place - 1];
    spans.push_back({after, place < all.since.size() ? all.since[place] : INT64_MAX, address});
    if (place == 0 || (all.open && place == all.since.size())) return spans;
    const auto rows = arrived("address_here_idx", all.since[place - 1], address, a_here);
    if (rows.empty() && !stays(place - 1, address)) return spans;
    if (!rows.empty()) address.object = DatumGetObjectId(rows.front().datum(a_then));
    --place;
  }
}

std::int64_t settled_at() { return moves().since.empty() ? 0 : moves().since.back(); }

std::optional<std::string> arrived_as(Address address) {
  if (moves().since.empty() || moves().open) return std::nullopt;
  const auto rows = arrived("address_here_idx", settled_at(), address, a_here);
  if (rows.empty()) return std::nullopt;
  return rows.front().text(a_object);
}

std::vector<Arrival> arrivals_since(std::int64_t seq) {
  const Moves& all = moves();
  std::vector<Arrival> arrivals;
  for (std::size_t i = 0; i < all.since.size(); ++i) {
    if (all.since[i] >= seq) arrivals.push_back({all.since[i], all.upgrades[i]});
  }
  return arrivals;
}

bool was_upgraded_since(std::int64_t seq) {
  const Moves& all = moves();
  for (std::size_t i = 0; i < all.since.size(); ++i) {
    if (all.upgrades[i] && all.since[i] >= seq) return true;
  }
  return false;
}

void note_addresses(std::int64_t since, const std::vector<Arrived>& objects) {
  if (objects.empty()) return;
  std::vector<std::vector<pg::Arg>> rows;
  for (const Arrived& object : objects) {
    rows.push_back({pg::arg(since), pg::arg(object.key), pg::arg_oid(object.here.catalog), pg::arg_oid(object.then.object),
                    pg::arg_oid(object.here.object), pg::arg_int8_array(object.parts_then), pg::arg_int8_array(object.parts_here)});
  }
  pg::Appender appender(table("address"));
  for (const auto& row : rows) appender.row(row);
  note_rows("address", since, rows);
}

void forget_places() { known_is_stale = true; }

extern "C" {
static void xc_place_changed(Datum, Oid relation) {
  if (relation == places_table || relation == restores_table || relation == InvalidOid) known_is_stale = true;
}
}

void install_callbacks() { CacheRegisterRelcacheCallback(xc_place_changed, 0); }

void make_all_forget_places() {
  const Oid changed[] = {table("place"), table("restore")};
  pg::call([&] {
    for (const Oid relation : changed) CacheInvalidateRelcacheByRelid(relation);
  });
  forget_places();
}

void end_of_transaction(bool aborted) {
  const Known& all = known();
  const bool settled = all.restore == Restore::none && all.places && (all.places->empty() || all.places->back().system == this_system());
  if (aborted || !settled) forget_places();
}

}  // namespace xc::ledger
