// Capture: event triggers and hooks note which catalog rows a statement touched, in memory; at pre-commit the touched
// objects are read from the catalogs once, compared with HEAD, and what differs is sealed as one commit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "store/store.hpp"

namespace xc::capture {

// What one touched object reads now against HEAD.
struct Difference {
  std::string key;                         // now; before->key when it is gone
  std::optional<ledger::Recorded> before;  // nothing: HEAD does not know it
  bool exists = false;                     // does it exist now? Then:
  Address address;
  std::vector<std::int64_t> parts;
  bool unheard_of = false;                 // the ledger has never had this key, so nobody has stored this body either
  std::string text;                        // canonical body
  Digest blob;                             // its hash
  std::int64_t rows_lost = 0;              // rows (about) of a table that was dropped
  Object after() const;                    // parsed from text; only when exists
};

struct Delta {
  std::optional<store::Commit> head;       // HEAD that it was compared with
  std::vector<Difference> differences;     // sorted by key; objects that read as at HEAD are not in it
  struct Moved {
    std::string key;
    Address address;
  };
  std::vector<Moved> moved;                // read as at HEAD, at another address
  std::vector<Address> busy;               // could not be read without waiting for another transaction's lock
  bool empty() const { return differences.empty(); }
};

// Describes everything this transaction touched and has not sealed yet, dependents whose text follows included.
Delta collect();
// Reads the whole catalog (xc_drift, the baseline). standing: where the objects are that HEAD has, too.
struct Standing {
  std::string key;
  Address address;
  std::vector<std::int64_t> parts;
  bool same_parts = false;                 // they are, in the same order, those that HEAD has
};
Delta collect_everything(std::vector<Standing>* standing = nullptr);
// HEAD's tree with the delta applied; new nodes stay in memory until they are written.
tree::Ref working_root(store::Nodes& nodes, const Delta& delta);

// Notes an address as touched, as the hooks do.
void touch(Address address);

// Seals what is touched now, inside the running transaction, as one change; nothing when nothing differs. Takes the seal
// lock, which is held to the end of the transaction. `expected_root`: when given, the resulting tree must be it, else
// Refusal(not_reached) that names the objects that differ. `head_must_be`: when given and HEAD is another commit under
// the lock, Refusal(head_moved).
struct Intent {
  std::string kind = "change";
  std::string reason;                      // "": the session's
  std::string target;                      // ledger::Change::target
  std::string details;                     // JSON text
  std::optional<tree::Ref> expected_root;
  store::Nodes* expected_nodes = nullptr;  // where its nodes are when they are in memory only
  std::optional<std::int64_t> head_must_be;
  bool even_if_empty = false;
};
std::optional<store::Commit> seal(const Intent& intent);

}  // namespace xc::capture
