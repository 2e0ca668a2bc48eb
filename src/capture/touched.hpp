// What the running transaction touched so far: catalog addresses and statement texts, in backend memory only: no row, no
// lock, no transaction id, no sequence. An address that stays noted after its statement was rolled back is harmless
// (it reads as at HEAD when the time comes); a statement text is not, so texts follow their subtransaction.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kind/kind.hpp"
#include "ledger/ledger.hpp"

namespace xc::capture {

class Touched {
 public:
  void add(Address address) { addresses_.insert(address); }
  void lost_rows(Address relation, std::int64_t rows) { lost_rows_[relation] = rows; }
  void dropped_column(ledger::DroppedColumn column);
  // The key of an object before this transaction renamed or dropped it; the first one counts.
  void earlier_name(Address address, std::string key) { earlier_names_.emplace(address, std::move(key)); }
  std::string earlier_name(Address address) const;
  // unseen: why no event trigger saw it, so what it did may not be among the addresses; a literal.
  void note(std::string tag, std::string text, std::uint32_t subtransaction, const char* unseen = nullptr);
  void end_subtransaction(std::uint32_t id, std::uint32_t parent, bool committed);
  // The transaction ended, or what was touched is sealed.
  void clear();
  void clear_addresses();

  bool empty() const { return addresses_.empty(); }
  std::size_t note_count() const { return notes_.size(); }
  const std::set<Address>& addresses() const { return addresses_; }
  std::int64_t rows_lost(Address relation) const;
  std::vector<ledger::Statement> statements() const;
  std::vector<std::string> take_unseen();  // "why: their tags", once
  const std::map<std::pair<std::uint32_t, int>, ledger::DroppedColumn>& dropped_columns() const { return dropped_columns_; }

 private:
  struct Note {
    std::uint32_t subtransaction;
    ledger::Statement statement;
    const char* unseen;
  };
  std::set<Address> addresses_;
  std::map<Address, std::int64_t> lost_rows_;
  std::map<Address, std::string> earlier_names_;
  std::map<std::pair<std::uint32_t, int>, ledger::DroppedColumn> dropped_columns_;  // by relation and attnum
  std::vector<Note> notes_;
};

Touched& touched();

// Relations whose relcache entry this transaction invalidated: every change of a relation's catalog rows is among them,
// also those for which no trigger fires and no hook is called (GRANT, catalog edits, children of ALTER TABLE). Only at
// the end of a top-level transaction.
// And event triggers, if one of them changed: the statements about them load no library that is to see them.
void touch_what_was_invalidated();

}  // namespace xc::capture
