// Files changing hands: the catalog rows of the vault's tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pg/server.hpp"

extern "C" {
#include "access/multixact.h"
}

namespace xc::vault {

// What is known of a TOAST table at the drop of its index, when both are still whole.
struct Toast {
  Oid relation = InvalidOid;
  Oid tablespace = InvalidOid;
  Oid file = InvalidOid;
  Oid index_file = InvalidOid;
  TransactionId frozen_xid = InvalidTransactionId;
  MultiXactId min_multi = InvalidMultiXactId;
  std::int32_t pages = 0;
  std::int32_t all_visible = 0;
  float tuples = -1;
  char persistence = RELPERSISTENCE_PERMANENT;
};
std::optional<Toast> read_toast(Oid toast);

// Makes a table of the vault that has the files of this one, which is about to be dropped; toast: the TOAST table it had,
// which is dropped already. The OID of the new table. The drop must not take the files along: keep_files().
Oid move_to_vault(Oid table, const std::optional<Toast>& toast);

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

// Drops a table of the vault.
void drop_store(Oid store);

}  // namespace xc::vault
