// Files changing hands: the catalog rows of the vault's tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vault/kept_indexes.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/multixact.h"
}

namespace xc::vault {

// For an index on plain columns, whose numbers the caller adds. Only inside pg::call().
IndexInfo* index_info(int columns, int keys, Oid access_method, bool unique, bool nulls_not_distinct);

// What is known of a TOAST table at the drop of its index, when both are still whole.
struct Toast {
  Oid relation = InvalidOid;
  Oid index = InvalidOid;
  Oid tablespace = InvalidOid;
  Oid file = InvalidOid;
  Oid index_file = InvalidOid;
  TransactionId frozen_xid = InvalidTransactionId;
  MultiXactId min_multi = InvalidMultiXactId;
  std::int32_t pages = 0;
  std::int32_t all_visible = 0;
  float tuples = -1;
  std::int64_t bytes = 0;
  char persistence = RELPERSISTENCE_PERMANENT;
};
std::optional<Toast> read_toast(Oid toast);
// No value stands there, so the rows can be without it: a table that is made again brings an empty one of its own. Not
// where it has options, as the columns that it was made for may be gone.
bool may_do_without(Oid toast);
// Without its size, and of one that nobody has locked.
std::optional<Toast> toast_files(Oid toast);
// Before the drop of a TOAST table that the vault will have under the same OID.
void leave_no_trace(Oid toast);

// On disk, without TOAST.
std::int64_t bytes_of(Oid table);

// Makes a table of the vault that has the files of this one, which is about to be dropped; toast: the TOAST table it had,
// which is dropped already. The OID of the new table. The drop must not take the files along: keep_files().
// indexes: that go along.
Oid move_to_vault(Oid table, const FormData_pg_class& form, const std::optional<Toast>& toast, const std::vector<NotedIndex>& indexes);

// The same for the files that a table had before this transaction truncated it. Nothing: they are none of those that go
// at its end.
std::optional<std::int64_t> bytes_about_to_go(Oid table, const FormData_pg_class& before, const std::optional<Toast>& toast);
Oid take_truncated(Oid table, const FormData_pg_class& before, const std::optional<Toast>& toast);

// The relation is of this transaction, and its file need not be: with wal_level = minimal, what is written to a file that
// is older must be in the WAL.
void forget_creation(Oid relation);
// Nobody can see it before this transaction has committed, so it need not be locked: DROP SCHEMA takes many at once.
void unlock(Oid relation);
// It is of this transaction, or its file is.
bool has_new_file(Oid relation);
std::vector<Oid> indexes_of(Oid table);  // the dead ones aside
// What the planner is told of an index that is not built.
void count_pages(Oid index, Oid table);
void build_again(Oid index);

// What the relation has now is not to be deleted at commit if a relation has it then.
void keep_file_of(Oid relation);
bool is_file_in_use(Oid table, Oid tablespace, Oid file);
// Takes the files that were moved off the list of those to be deleted at commit. Before every commit.
void keep_files();
void forget_files();

struct SequenceValue {
  std::int64_t last;
  bool is_called;
};
SequenceValue value_of_sequence(Oid sequence);
void set_sequence(Oid sequence, SequenceValue value);

// The exchange back: the table gets the files of the vault's, with which its own, empty ones are dropped.
void move_from_vault(Oid store, Oid table);

// What ANALYZE knew of a table's rows goes along with them, both ways; as far as the types' operators are the same.
void keep_statistics(Oid table, Oid store);
void give_statistics(Oid store, Oid table);
void forget_statistics(Oid store);

// Drops a table of the vault.
void drop_store(Oid store);

}  // namespace xc::vault
