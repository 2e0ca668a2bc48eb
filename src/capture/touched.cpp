// See touched.hpp.
#include "capture/touched.hpp"

#include <algorithm>
#include <utility>

#include "capture/capture.hpp"
#include "core/sql.hpp"
#include "kind/parts.hpp"
#include "store/store.hpp"
#include "ledger/place.hpp"
#include "pg/call.hpp"
#include "pg/catalog.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/transam.h"
#include "catalog/pg_event_trigger.h"
#include "storage/sinval.h"
#include "utils/inval.h"
#include "utils/syscache.h"
}

namespace xc::capture {

Touched& touched() {
  static Touched instance;
  return instance;
}

void touch(Address address) { touched().add(address); }

// It stands before the first of those that run inside it, once.
std::uint64_t Touched::id_of_outer(const Said& outer, std::uint32_t subtransaction) {
  const auto is_it = [&](const Note& note) { return note.within == 0 && note.said.typed == outer.typed; };
  if (outer_at_ < notes_.size() && is_it(notes_[outer_at_])) return notes_[outer_at_].id;
  for (std::size_t i = notes_.size(); i-- > 0;) {
    if (notes_[i].within != 0) continue;
    if (!is_it(notes_[i])) break;
    outer_at_ = i;
    return notes_[i].id;
  }
  outer_at_ = notes_.size();
  append({outer, nullptr, ++last_id_, 0}, subtransaction);
  if (withheld_.contains(outer.typed)) notes_.back().said.text = withheld_text;
  return last_id_;
}

void Touched::withhold(std::size_t typed) {
  withheld_.insert(typed);
  for (Note& note : notes_) {
    if (note.within == 0 && note.said.typed == typed) note.said.text = withheld_text;
  }
}

void Touched::note(Said statement, const std::optional<Said>& outer, std::uint32_t subtransaction, const char* unseen) {
  const std::uint64_t within = outer ? id_of_outer(*outer, subtransaction) : 0;
  append({std::move(statement), unseen, ++last_id_, within}, subtransaction);
}

void Touched::dropped_column(ledger::DroppedColumn column) {
  dropped_columns_.insert_or_assign({column.relation, column.attnum}, std::move(column));
}

void Touched::append(Note note, std::uint32_t subtransaction) {
  if (spans_.empty() || spans_.back().subtransaction < subtransaction) spans_.push_back({subtransaction, notes_.size()});
  notes_.push_back(std::move(note));
}

void Touched::end_subtransaction(std::uint32_t id, std::uint32_t parent, bool committed) {
  if (spans_.empty() || spans_.back().subtransaction < id) return;
  std::size_t first = 0;
  while (!spans_.empty() && spans_.back().subtransaction >= id) {
    first = spans_.back().first;
    spans_.pop_back();
  }
  if (!committed) {
    notes_.erase(notes_.begin() + static_cast<std::ptrdiff_t>(first), notes_.end());
  } else if (spans_.empty() || spans_.back().subtransaction < parent) {
    spans_.push_back({parent, first});
  }
}

void Touched::nobodys(Address address) {
  addresses_.erase(address);
  nobodys_.insert(address);
}

void Touched::forget_temporary() {
  std::erase_if(addresses_, [](const Address& address) { return is_temporary(address); });
}

void Touched::clear() {
  clear_addresses();
  notes_.clear();
  spans_.clear();
  withheld_.clear();
}

void Touched::clear_addresses() {
  addresses_.clear();
  nobodys_.clear();
  made_.clear();
  lost_rows_.clear();
  earlier_names_.clear();
  dropped_columns_.clear();
}

std::int64_t Touched::rows_lost(Address relation) const {
  const auto found = lost_rows_.find(relation);
  return found == lost_rows_.end() ? 0 : found->second;
}

std::string Touched::earlier_name(Address address) const {
  const auto found = earlier_names_.find(address);
  return found == earlier_names_.end() ? std::string() : found->second;
}

std::vector<ledger::Statement> Touched::statements() const {
  std::vector<ledger::Statement> statements;
  statements.reserve(notes_.size());
  std::map<std::uint64_t, int> ordinals;
  for (const Note& note : notes_) {
    ordinals.emplace(note.id, static_cast<int>(statements.size()) + 1);
    const auto outer = ordinals.find(note.within);
    statements.push_back({note.said.tag, note.said.text, outer == ordinals.end() ? 0 : outer->second});
  }
  return statements;
}

std::string Touched::reason() const {
  std::vector<std::string> reasons;
  for (const Note& note : notes_) {
    const std::string& reason = note.said.reason;
    if (!reason.empty() && std::find(reasons.begin(), reasons.end(), reason) == reasons.end()) reasons.push_back(reason);
  }
  return sql::join(reasons, "; ");
}

std::vector<std::string> Touched::take_unseen() {
  std::map<std::string, std::vector<std::string>> tags;
  for (Note& note : notes_) {
    if (note.unseen == nullptr) continue;
    std::vector<std::string>& of_reason = tags[std::exchange(note.unseen, nullptr)];
    if (std::find(of_reason.begin(), of_reason.end(), note.said.tag) == of_reason.end()) of_reason.push_back(note.said.tag);
  }
  std::vector<std::string> lines;
  for (const auto& [reason, list] : tags) lines.push_back(reason + ": " + sql::join(list, ", "));
  return lines;
}

namespace {

// Which of them it was, a message does not tell.
void touch_event_triggers() {
  for (const pg::Row& row : pg::scan(EventTriggerRelationId, InvalidOid, {})) {
    touch({EventTriggerRelationId, row.form<FormData_pg_event_trigger>().oid});
  }
  for (const Address& address : ledger::addresses_in(EventTriggerRelationId)) touch(address);
}

}  // namespace

void touch_what_was_invalidated() {
  struct Messages {
    SharedInvalidationMessage* list;
    int count;
  };
  const Messages messages = pg::call([] {
    Messages result{nullptr, 0};
    bool init_file = false;
    result.count = xactGetCommittedInvalidationMessages(&result.list, &init_file);
    return result;
  });
  bool event_triggers = false;
  for (int i = 0; i < messages.count; ++i) {
    const SharedInvalidationMessage& message = messages.list[i];
    event_triggers |= message.id == EVENTTRIGGEROID && message.cc.dbId == MyDatabaseId;
    if (message.id != SHAREDINVALRELCACHE_ID || message.rc.dbId != MyDatabaseId) continue;
    if (message.rc.relId >= FirstNormalObjectId) touch({RelationRelationId, message.rc.relId});
  }
  // The extension may just have been dropped.
  if (event_triggers && store::installed()) touch_event_triggers();
}

}  // namespace xc::capture
