// The places that this history has lived in. It travels with the database: by CREATE DATABASE … TEMPLATE, in a dump, by
// pg_upgrade. Catalog addresses in the ledger are those of the database that wrote them; after all but the first of these
// ways the objects stand elsewhere, and an old address can be another object's. So an address of the ledger is read
// through what was noted when the history arrived.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kind/kind.hpp"

namespace xc::ledger {

struct Place {
  std::int64_t since = 0;            // the commit that was HEAD when the history came there; 0: it began there
  std::string system;                // the server's system identifier
  std::uint32_t database_oid = 0;
  std::string database;
  std::int64_t arrived_at = 0;
  std::string arrived_by;            // created, template, restore, upgrade
  bool readdressed = false;
};

Place here();
const std::vector<Place>& places();  // oldest first
bool is_same_database(const Place& a, const Place& b);
// The history is at `since` now; what was noted of an arrival at the same commit is void.
void note_place(std::int64_t since, const char* arrived_by, bool readdressed);
// The history began in another database than this one, in which nothing was recorded yet and all addresses are the same
// (CREATE DATABASE … TEMPLATE): notes this one.
void note_copy(std::int64_t head_seq);

// A restore: what is noted of it while it goes on.
enum class Restore { none, opened, history };
Restore restore_state();
struct Restorer {
  std::int64_t since = INT64_MAX;    // when it began
  std::string role;
};
Restorer restorer();
void note_restore(Restore state);
void end_restore();

// A restore or pg_upgrade is over or still goes on, and what it made was not compared with HEAD yet.
bool has_to_settle();
// And the history came with it: it is not known yet where its objects stand.
bool came_unsettled();

// An address and its parts as the row of a change has them, as of now: what is not here any more gets an address that
// is no row of any catalog, the same one for the same object.
void bring_here(std::int64_t seq, Address& address, std::vector<std::int64_t>& parts);
// The same as of HEAD's place, before what arrived here is settled.
void bring_to_head(std::int64_t seq, Address& address, std::vector<std::int64_t>& parts);
// The other way: which addresses in the ledger, of changes after `after` up to `up_to`, mean this one.
struct Span {
  std::int64_t after, up_to;
  Address address;
};
std::vector<Span> spans_of(Address address);
// The first commit whose addresses are of this place; where none was recorded since, what the object here was then.
std::int64_t settled_at();
std::optional<std::string> arrived_as(Address address);
// The commits after which the history came from one server or database to the next, from that one on, oldest first.
struct Arrival {
  std::int64_t since = 0;            // what reads otherwise there is the change after it
  bool upgrade = false;
};
std::vector<Arrival> arrivals_since(std::int64_t seq);
// Did pg_upgrade bring it here after that change?
bool was_upgraded_since(std::int64_t seq);

struct Arrived {
  std::string key;
  Address then, here;
  std::vector<std::int64_t> parts_then, parts_here;
};
void note_addresses(std::int64_t since, const std::vector<Arrived>& objects);

// Where objects that a change was about ever stood in a catalog, as of now.
std::set<Address> addresses_in(std::uint32_t catalog);

// What this backend knows of all that, so that it is not read again for every address. It is kept over the end of a
// transaction as long as there is nothing to settle; whoever writes it makes all backends forget. install_callbacks():
// once, when the library is loaded.
void forget_places();
void make_all_forget_places();
void end_of_transaction(bool aborted);
void install_callbacks();

}  // namespace xc::ledger
