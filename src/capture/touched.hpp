// What the running transaction touched so far: catalog addresses and statement texts, in backend memory only: no row, no
// lock, no transaction id, no sequence. An address that stays noted after its statement was rolled back is harmless
// (it reads as at HEAD when the time comes); a statement text is not, so texts follow their subtransaction.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kind/kind.hpp"
#include "ledger/ledger.hpp"

namespace xc::capture {

constexpr const char* withheld_text = "(withheld: it may hold a secret)";
constexpr const char* unseen_text = "(not seen: by this statement the library was loaded)";

class Touched {
 public:
  void add(Address address) {
    if (!nobodys_.contains(address)) addresses_.insert(address);
  }
  // It was made by this transaction under an OID of its own, so nothing older can be known by this address.
  void made(Address address) { made_.insert(address); }
  bool is_made(Address address) const { return made_.contains(address); }
  // No object and no part that could be one's alone: it is not to be looked at, whoever touches it.
  void nobodys(Address address);
  void forget_temporary();
  void lost_rows(Address relation, std::int64_t rows) { lost_rows_[relation] = rows; }
  void dropped_column(ledger::DroppedColumn column);
  // The key of an object before this transaction renamed or dropped it; the first one counts.
  void earlier_name(Address address, std::string key) { earlier_names_.emplace(address, std::move(key)); }
  std::string earlier_name(Address address) const;
  struct Said {
    std::string tag, text;
    std::string reason;                    // of the comment in front of it
    std::size_t typed = 0;                 // a hash of the text as it was typed
  };
  // unseen: why no event trigger saw it, so what it did may not be among the addresses; a literal. outer: the statement that it runs inside.
  void note(Said statement, const std::optional<Said>& outer, std::uint32_t subtransaction, const char* unseen = nullptr);
  // A statement inside this one has a secret, so it may have it as well: what was kept of its text goes, and none is kept.
  void withhold(std::size_t typed);
  void end_subtransaction(std::uint32_t id, std::uint32_t parent, bool committed);
  // The transaction ended, or what was touched is sealed.
  void clear();
  void clear_addresses();

  bool empty() const { return addresses_.empty(); }
  std::size_t note_count() const { return notes_.size(); }
  const std::set<Address>& addresses() const { return addresses_; }
  std::int64_t rows_lost(Address relation) const;
  std::vector<ledger::Statement> statements() const;
  std::string reason() const;              // those that statements gave, each once
  std::vector<std::string> take_unseen();  // "why: their tags", once
  const std::map<std::pair<std::uint32_t, int>, ledger::DroppedColumn>& dropped_columns() const { return dropped_columns_; }

 private:
  struct Note {
    Said said;
    const char* unseen;
    std::uint64_t id;
    std::uint64_t within;                  // id of the outer one; 0: none
  };
  // Notes from the first one on are of this subtransaction, up to where the next span begins: subtransactions end in the
  // opposite order of their beginnings.
  struct Span {
    std::uint32_t subtransaction;
    std::size_t first;
  };
  void append(Note note, std::uint32_t subtransaction);
  std::uint64_t id_of_outer(const Said& outer, std::uint32_t subtransaction);
  std::set<Address> addresses_;
  std::set<Address> nobodys_;
  std::set<Address> made_;
  std::map<Address, std::int64_t> lost_rows_;
  std::map<Address, std::string> earlier_names_;
  std::map<std::pair<std::uint32_t, int>, ledger::DroppedColumn> dropped_columns_;  // by relation and attnum
  std::vector<Note> notes_;
  std::vector<Span> spans_;
  std::set<std::size_t> withheld_;         // typed
  std::uint64_t last_id_ = 0;
  std::size_t outer_at_ = 0;               // where the last outer one stood in notes_
};

Touched& touched();

// Relations whose relcache entry this transaction invalidated: every change of a relation's catalog rows is among them,
// also those for which no trigger fires and no hook is called (GRANT, catalog edits, children of ALTER TABLE). Only at
// the end of a top-level transaction.
// And event triggers, if one of them changed: the statements about them load no library that is to see them.
void touch_what_was_invalidated();

}  // namespace xc::capture
