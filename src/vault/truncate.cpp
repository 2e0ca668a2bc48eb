// TRUNCATE gives a table new files, and the old ones are there until the transaction ends. The hook is called before the
// table is locked, so it only notes which files the table has; when the statement has run, those that are about to be
// deleted go to the vault instead. The rows name their TOAST table by its OID: that goes along, the table gets a new one.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "ledger/ledger.hpp"
#include "pg/catalog.hpp"
#include "pg/encoding.hpp"
#include "pg/entry.hpp"
#include "pg/deparse.hpp"
#include "pg/query.hpp"
#include "vault/keep.hpp"
#include "vault/layout.hpp"
#include "vault/limits.hpp"
#include "vault/preserve.hpp"
#include "vault/records.hpp"
#include "vault/storage.hpp"
#include "vault/vault.hpp"
#include "pg/server.hpp"

extern "C" {
#include "storage/lmgr.h"
}

namespace xc::vault {

namespace {

struct Before {
  FormData_pg_class form;
  std::optional<Toast> toast;
  std::map<Oid, SequenceValue> sequences;
};

// By the statement that runs.
std::map<Oid, Before>& begun() {
  static std::map<Oid, Before> instance;
  return instance;
}

// In this transaction; some of it may have been rolled back.
std::vector<std::pair<Oid, std::int64_t>>& done() {
  static std::vector<std::pair<Oid, std::int64_t>> instance;
  return instance;
}

std::vector<Oid> owned_sequences(Oid table) {
  struct Found {
    List* oids;
  };
  const Found found = pg::call([&] { return Found{getOwnedSequences(table)}; });
  std::vector<Oid> oids;
  ListCell* cell;
  foreach (cell, found.oids) oids.push_back(lfirst_oid(cell));
  return oids;
}

void keep(Oid relation, const Before& before) {
  const auto known = at_head(relation);
  const auto now = pg::find(RELOID, relation);
  if (!known || !now || now->form<FormData_pg_class>().relfilenode == before.form.relfilenode) return;
  const std::int64_t bytes = bytes_about_to_go(relation, before.form, before.toast);
  if (bytes == 0 || !has_stand_ins(relation)) return;
  if (const std::string why = no_room(bytes, before.form.reltablespace); !why.empty()) {
    warn(fmt::format("the rows of {} are not kept in the vault: {}", known->key, why), "With the end of this transaction they are gone for good.");
    return;
  }
  Record record;
  record.by = By::truncate;
  record.relation = relation;
  record.kept_at = pg::now();
  record.object = known->key;
  record.definition = known->blob;
  record.layout = layout_of(relation);
  record.bytes = bytes;
  if (before.form.reltuples >= 0) record.rows = static_cast<std::int64_t>(before.form.reltuples);
  record.store = take_truncated(relation, before.form, before.toast);
  note(record);
  for (const auto& [sequence, value] : before.sequences) {
    Record of_sequence;
    of_sequence.by = By::truncate;
    of_sequence.relation = sequence;
    of_sequence.kept_at = record.kept_at;
    of_sequence.object = known->key;
    of_sequence.last_value = value.last;
    of_sequence.is_called = value.is_called;
    note(of_sequence);
  }
  done().emplace_back(relation, record.kept_at);
  note_growth();
}

}  // namespace

void before_truncate(Oid relation) {
  if (!is_preserved(preserve_truncate) || !keeps_tables()) return;
  const auto row = pg::find(RELOID, relation);
  if (!row) return;
  Before before{row->form<FormData_pg_class>(), {}, {}};
  if (before.form.relkind != RELKIND_RELATION || before.form.relpersistence == RELPERSISTENCE_TEMP ||
      before.form.relam >= FirstNormalObjectId || !at_head(relation)) {
    return;
  }
  if (OidIsValid(before.form.reltoastrelid)) {
    before.toast = toast_files(before.form.reltoastrelid);
    if (!before.toast) return;
  }
  for (const Oid sequence : owned_sequences(relation)) {
    const bool locked = pg::call([&] { return ConditionalLockRelationOid(sequence, AccessShareLock); });
    if (locked) before.sequences.emplace(sequence, value_of_sequence(sequence));
  }
  begun().insert_or_assign(relation, std::move(before));
}

bool after_truncate() {
  if (begun().empty()) return false;
  const std::size_t before_it = done().size();
  const auto noted = std::exchange(begun(), {});
  pg::call([] { CommandCounterIncrement(); });
  for (const auto& [relation, before] : noted) keep(relation, before);
  return done().size() > before_it;
}

void forget_truncations() {
  begun().clear();
  done().clear();
}

std::vector<ledger::ObjectChange> truncations() {
  std::vector<ledger::ObjectChange> changes;
  for (const auto& [relation, kept_at] : done()) {
    const auto record = truncated_before(relation, kept_at);
    const auto known = at_head(relation);
    if (!record || record->kept_at != kept_at || record->ended || !known) continue;
    ledger::ObjectChange change;
    change.action = "TRUNCATE";
    change.key = known->key;
    change.before = change.after = known->blob;
    change.address = known->address;
    change.parts = known->parts;
    change.rows_lost = std::max<std::int64_t>(1, record->rows.value_or(1));
    changes.push_back(std::move(change));
  }
  return changes;
}

std::optional<Kept> find_truncated(Address address, std::int64_t until, const Digest& definition) {
  if (passed_over) return {};
  const auto record = truncated_before(address.object, until);
  if (!record || record->ended || !OidIsValid(record->store) || record->definition != definition) return {};
  Kept kept;
  kept.relation = record->relation;
  kept.store = record->store;
  kept.rows = record->rows;
  return kept;
}

void take_back_values(Oid table, const Record& record) {
  for (const Oid sequence : owned_sequences(table)) {
    const auto then = truncated_before(sequence, record.kept_at);
    if (!then || then->kept_at != record.kept_at || !then->last_value) continue;
    const SequenceValue now = value_of_sequence(sequence);
    const auto rows = pg::scan(SequenceRelationId, SequenceRelidIndexId, {pg::oid_key(Anum_pg_sequence_seqrelid, sequence)});
    const bool rises = rows.empty() || rows.front().form<FormData_pg_sequence>().seqincrement > 0;
    const bool further = *then->last_value == now.last ? then->is_called && !now.is_called : (*then->last_value > now.last) == rises;
    if (further) set_sequence(sequence, {*then->last_value, then->is_called});
    end(*then, "taken back", sequence);
  }
}

}  // namespace xc::vault

// The server's own check of a foreign key, of each that this table has or is referred to by.
XC_FUNCTION(xc_check_references) {
  const Oid table = PG_GETARG_OID(0);
  const auto keys = pg::query(
      "SELECT oid::int8, pg_catalog.format('ALTER TABLE %s VALIDATE CONSTRAINT %I', conrelid::pg_catalog.regclass, conname)"
      " FROM pg_catalog.pg_constraint WHERE contype = 'f' AND convalidated AND $1 IN (conrelid, confrelid) ORDER BY oid",
      {pg::Arg{OIDOID, ObjectIdGetDatum(table), false}});
  for (const pg::Fields& key : keys) {
    const auto row = pg::row_of(ConstraintRelationId, static_cast<Oid>(std::stoul(*key[0]))).value();
    pg::update(ConstraintRelationId, row.modified({{Anum_pg_constraint_convalidated, BoolGetDatum(false)}}));
    pg::call([] { CommandCounterIncrement(); });
    pg::run(*key[1]);
  }
  PG_RETURN_INT64(static_cast<std::int64_t>(keys.size()));
}
