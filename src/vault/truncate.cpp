// TRUNCATE gives a table new files, and the old ones are there until the transaction ends. The hook is called before the
// table is locked, so it only notes which files the table has; when the statement has run, those that are about to be
// deleted go to the vault instead. The rows name their TOAST table by its OID: that goes along, the table gets a new one.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "apply/surgery.hpp"
#include "apply/unfit_rows.hpp"
#include "core/refusal.hpp"
#include "ledger/ledger.hpp"
#include "pg/attempt.hpp"
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
#include "catalog/index.h"
#include "datatype/timestamp.h"
#include "storage/lmgr.h"
#include "utils/relcache.h"
}

namespace xc::vault {

namespace {

struct Before {
  FormData_pg_class form;
  std::optional<Toast> toast;
  std::map<Oid, SequenceValue> sequences;
};

void new_storage(Relation relation) {
#if PG_VERSION_NUM < 160000
  RelationSetNewRelfilenode(relation, relation->rd_rel->relpersistence);
#else
  RelationSetNewRelfilenumber(relation, relation->rd_rel->relpersistence);
#endif
}

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

// False when it was empty and that is not to be kept.
bool keep(Oid relation, const Before& before, bool even_if_empty) {
  const auto known = at_head(relation);
  const auto now = pg::find(RELOID, relation);
  if (!known || !now || now->form<FormData_pg_class>().relfilenode == before.form.relfilenode) return true;
  const auto bytes = bytes_about_to_go(relation, before.form, before.toast);
  if (!bytes || !has_stand_ins(relation)) return true;
  if (*bytes == 0 && !even_if_empty) return false;
  if (const std::string why = no_room(*bytes, before.form.reltablespace); !why.empty()) {
    warn(fmt::format("the rows of {} are not kept in the vault: {}", known->key, why), "With the end of this transaction they are gone for good.");
    return true;
  }
  Record record;
  record.by = By::truncate;
  record.relation = relation;
  record.kept_at = pg::now();
  record.object = known->key;
  record.definition = known->blob;
  record.layout = layout_of(relation, known->parts);
  record.bytes = *bytes;
  if (*bytes == 0) record.rows = 0;
  else if (before.form.reltuples >= 0) record.rows = static_cast<std::int64_t>(before.form.reltuples);
  // That it was empty needs no table.
  if (*bytes > 0) record.store = take_truncated(relation, before.form, before.toast);
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
  return true;
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

namespace {

bool keep_what_was_truncated(bool even_if_empty) {
  if (begun().empty()) return false;
  const std::size_t before_it = done().size();
  const auto noted = std::exchange(begun(), {});
  pg::call([] { CommandCounterIncrement(); });
  std::vector<Oid> empty;
  for (const auto& [relation, before] : noted) {
    if (!keep(relation, before, even_if_empty)) empty.push_back(relation);
  }
  // Tables that are truncated together refer to each other, as a rule: they come back together.
  if (done().size() > before_it) {
    for (const Oid relation : empty) (void)keep(relation, noted.at(relation), true);
  }
  return done().size() > before_it;
}

}  // namespace

bool after_truncate() { return keep_what_was_truncated(false); }

bool would_set_aside(Oid table) {
  return is_preserved(preserve_truncate) && would_keep(table) && at_head(table).has_value();
}

void set_rows_aside(Oid table) {
  { const AlteredTable locked(table); }
  before_truncate(table);
  pg::call([&] {
    // As TRUNCATE does, without its triggers.
    Relation relation = table_open(table, AccessExclusiveLock);
    const Oid toast = relation->rd_rel->reltoastrelid;
    new_storage(relation);
    table_close(relation, NoLock);
    if (OidIsValid(toast)) {
      Relation values = table_open(toast, AccessExclusiveLock);
      new_storage(values);
      table_close(values, NoLock);
    }
#if PG_VERSION_NUM >= 170000
    ReindexParams how = {};
    (void)reindex_relation(nullptr, table, REINDEX_REL_PROCESS_TOAST, &how);
#else
    ReindexParams how = {};
    (void)reindex_relation(table, REINDEX_REL_PROCESS_TOAST, &how);
#endif
  });
  (void)keep_what_was_truncated(true);
}

void take_back_nothing(Oid table, std::int64_t since) {
  { const AlteredTable locked(table); }
  const auto records = records_of(table);
  const auto found = std::find_if(records.begin(), records.end(), [&](const Record& one) {
    return one.by == By::truncate && one.kept_at == since && !one.ended && !OidIsValid(one.store);
  });
  if (found == records.end()) {
    throw Refusal(code::unsupported, fmt::format("{} was not left empty then", pg::relation_name(table))).hint("SELECT * FROM xc_vault();");
  }
  end(*found, "taken back", table);
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
    change.rows_lost = record->bytes == 0 ? 0 : std::max<std::int64_t>(1, record->rows.value_or(1));
    changes.push_back(std::move(change));
  }
  return changes;
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
    const auto failure = pg::attempt([&] { pg::run(*key[1]); });
    if (!failure) continue;
    const std::string missing = failure->sqlstate == "23503" ? xc::apply::keys_without_partner(*key[0]) : std::string();
    const char* state = xc::apply::violation(failure->sqlstate);
    if (state == nullptr) pg::run(*key[1]);
    throw xc::Refusal(state, failure->message).detail(missing.empty() ? failure->detail : "Without a partner: " + missing + ".");
  }
  PG_RETURN_INT64(static_cast<std::int64_t>(keys.size()));
}

XC_FUNCTION(xc_take_back_nothing) {
  xc::vault::take_back_nothing(PG_GETARG_OID(0), PG_GETARG_TIMESTAMPTZ(1));
  PG_RETURN_VOID();
}

XC_FUNCTION(xc_set_rows_aside) {
  xc::vault::set_rows_aside(PG_GETARG_OID(0));
  PG_RETURN_VOID();
}
