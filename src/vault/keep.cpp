// Into the vault; see vault.hpp.
//
// A table's TOAST table and its index are dropped before the table, and the values in the rows name the TOAST table by
// its OID. So what is to be known of them is noted at the drop of the index, and at the drop of the table, when that OID
// is free, the vault's TOAST table is made with it. The files are taken off the list of those to be deleted at the very
// end, when PostgreSQL has put them there.
#include "vault/vault.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ledger/ledger.hpp"
#include "pg/catalog.hpp"
#include "pg/encoding.hpp"
#include "pg/rows.hpp"
#include "pg/table.hpp"
#include "store/store.hpp"
#include "vault/keep.hpp"
#include "vault/kept_indexes.hpp"
#include "vault/layout.hpp"
#include "vault/limits.hpp"
#include "vault/preserve.hpp"
#include "vault/records.hpp"
#include "vault/storage.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/objectaccess.h"
#include "commands/extension.h"
}

namespace xc::vault {

namespace {

constinit bool grown = false;

// A table that is worth keeping, at the drop of the TOAST table that it has; toast: nothing, when no value stands there.
struct Begun {
  ledger::Recorded known;
  std::optional<Toast> toast;
};
// By its OID.
std::map<Oid, Begun>& begun() {
  static std::map<Oid, Begun> instance;
  return instance;
}

// DROP EXTENSION takes our own tables one after the other, and with DROP OWNED the user's between them.
bool is_whole() {
  constexpr const char* needed[] = {"vault", "vault_relation_idx", "vault_waits_since_idx", "vault_notice", "vault_statistic",
                                    "vault_statistic_store_idx", "change_object", "change_object_address_idx",
                                    "change_object_object_idx", "moved", "moved_address_idx"};
  return store::installed() && std::all_of(std::begin(needed), std::end(needed), [](const char* name) {
           return OidIsValid(pg::relation_named("xconnect", name));
         });
}

}  // namespace

std::optional<ledger::Recorded> at_head(Oid relation) {
  auto known = ledger::recorded(Address{RelationRelationId, relation});
  if (known && !known->blob) known.reset();
  return known;
}

bool keeps_anything() { return is_preserved_at_all() && !creating_extension && is_whole(); }
bool keeps_tables() { return is_preserved(preserve_tables) && keeps_anything(); }
void note_growth() { grown = true; }

namespace {

std::optional<std::string> recorded_key(Oid relation) {
  const auto known = at_head(relation);
  if (!known) return {};
  return known->key;
}

// That a materialized view had been filled, and found no row, is worth knowing, too.
bool has_contents(const FormData_pg_class& form) {
  return form.relkind == RELKIND_MATVIEW ? form.relispopulated : pg::rows_in(form.oid) > 0;
}

// What is recorded of a table of the user's whose rows are in a commit already, and not only in this transaction.
std::optional<ledger::Recorded> worth_keeping(const FormData_pg_class& form) {
  if (form.relkind != RELKIND_RELATION && form.relkind != RELKIND_MATVIEW) return {};
  if (form.relpersistence == RELPERSISTENCE_TEMP || !keeps_tables()) return {};
  if (form.relam >= FirstNormalObjectId) return {};  // the vault's table would depend on the user's access method
  auto known = at_head(form.oid);
  if (!known || !has_contents(form) || !has_stand_ins(form.oid)) return {};
  return known;
}

std::optional<Oid> table_of_toast(Oid toast) {
  for (const pg::Row& row : pg::scan(DependRelationId, DependDependerIndexId,
                                     {pg::oid_key(Anum_pg_depend_classid, RelationRelationId),
                                      pg::oid_key(Anum_pg_depend_objid, toast)})) {
    const auto& edge = row.form<FormData_pg_depend>();
    if (edge.deptype == DEPENDENCY_INTERNAL && edge.refclassid == RelationRelationId) return edge.refobjid;
  }
  return {};
}

void begin(Oid toast) {
  const auto table = table_of_toast(toast);
  if (!table) return;
  begun().erase(*table);
  const auto row = pg::find(RELOID, *table);
  auto known = row ? worth_keeping(row->form<FormData_pg_class>()) : std::nullopt;
  if (!known) return;
  std::optional<Toast> whole;
  if (!may_do_without(toast)) {
    whole = read_toast(toast);
    if (!whole) return;
    leave_no_trace(toast);
  }
  begun().insert_or_assign(*table, Begun{std::move(*known), whole});
}

void keep_table(const FormData_pg_class& form, const ledger::Recorded& known, const std::optional<Toast>& toast) {
  Record record;
  record.bytes = bytes_of(form.oid) + (toast ? toast->bytes : 0);
  std::vector<NotedIndex> indexes = take_noted_indexes(form.oid);
  std::string why = no_room(record.bytes + bytes_of(indexes), form.reltablespace);
  if (!why.empty() && !indexes.empty()) {
    indexes.clear();
    why = no_room(record.bytes, form.reltablespace);
  }
  if (!why.empty()) {
    warn(fmt::format("the rows of {} are not kept in the vault: {}", known.key, why), "With the end of this transaction they are gone for good.");
    return;
  }
  record.bytes += bytes_of(indexes);
  record.relation = form.oid;
  record.kept_at = pg::now();
  record.object = known.key;
  record.definition = known.blob;
  record.layout = layout_of(form.oid, known.parts);
  if (form.reltuples >= 0) record.rows = static_cast<std::int64_t>(form.reltuples);
  record.store = move_to_vault(form.oid, form, toast, indexes);
  note(record);
  note_growth();
}

// False when it is not worth it. With a TOAST table that was not noted, the values that stand there could not be read again.
bool keep_if_worth(const FormData_pg_class& form) {
  if (OidIsValid(form.reltoastrelid)) {
    const auto noted = begun().extract(form.oid);
    if (noted.empty()) return false;
    keep_table(form, noted.mapped().known, noted.mapped().toast);
    return true;
  }
  const auto known = worth_keeping(form);
  if (known) keep_table(form, *known, {});
  return known.has_value();
}

// A materialized view that was not filled comes back so.
void keep_emptiness(const FormData_pg_class& form) {
  if (form.relispopulated || !keeps_tables()) return;
  const auto known = at_head(form.oid);
  if (!known) return;
  Record record;
  record.relation = form.oid;
  record.kept_at = pg::now();
  record.object = known->key;
  record.definition = known->blob;
  note(record);
}

// The value of a sequence is data: a default that draws from it goes on where it was. It goes with a column, too.
void keep_sequence(Oid sequence) {
  if (!keeps_anything()) return;
  const auto key = recorded_key(sequence);
  if (!key) return;
  const SequenceValue value = value_of_sequence(sequence);
  Record record;
  record.relation = sequence;
  record.kept_at = pg::now();
  record.object = *key;
  record.last_value = value.last;
  record.is_called = value.is_called;
  note(record);
}

// Values of a composite type are read with the versions of its attributes, where the server has such.
void keep_versions(const FormData_pg_class& form) {
  if (!keeps_tables() || form.oid < FirstNormalObjectId) return;
  Record record;
  record.relation = form.reltype;
  record.kept_at = pg::now();
  record.object = "type";
  record.layout = versions_of(form.oid);
  note(record);
}

}  // namespace

void before_drop(Oid relation, int flags) {
  if (!is_preserved_at_all()) return;
  if ((flags & PERFORM_DELETION_INTERNAL) != 0) return;  // a table's old storage after it was rewritten
  const auto row = pg::find(RELOID, relation);
  if (!row) return;
  const auto& form = row->form<FormData_pg_class>();
  switch (form.relkind) {
    case RELKIND_INDEX:
      if (form.relnamespace == PG_TOAST_NAMESPACE) {
        if (const auto index = pg::find(INDEXRELID, relation)) begin(index->form<FormData_pg_index>().indrelid);
      } else {
        note_index(relation);
      }
      break;
    case RELKIND_RELATION:
      (void)keep_if_worth(form);
      break;
    case RELKIND_MATVIEW:
      if (!keep_if_worth(form)) keep_emptiness(form);
      break;
    case RELKIND_SEQUENCE:
      if (form.relpersistence != RELPERSISTENCE_TEMP) keep_sequence(relation);
      break;
    case RELKIND_COMPOSITE_TYPE: keep_versions(form); break;
    default: break;
  }
}

void before_commit() { keep_files(); }

void forget() {
  begun().clear();
  forget_truncations();
  forget_noted_indexes();
  forget_freed_indexes();
  forget_files();
  grown = false;
}

bool has_grown() { return grown; }

bool would_keep(Oid relation) {
  const auto row = pg::find(RELOID, relation);
  if (!row || !keeps_tables() || !has_stand_ins(relation)) return false;
  const auto& form = row->form<FormData_pg_class>();
  const auto toast = OidIsValid(form.reltoastrelid) ? read_toast(form.reltoastrelid) : std::nullopt;
  return has_contents(form) && no_room(bytes_of(relation) + (toast ? toast->bytes : 0), form.reltablespace).empty();
}

}  // namespace xc::vault
