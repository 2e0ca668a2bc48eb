// Large indexes that wait with the rows of their table. They need not be deleted, which takes long when their files are
// large, nor be built again.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "pg/catalog.hpp"
#include "pg/server.hpp"

namespace xc::vault {

// Two are the same when one could have the other's file.
struct KeptIndex {
  Oid access_method = InvalidOid;
  Oid tablespace = InvalidOid;
  bool unique = false;
  bool nulls_not_distinct = false;
  int keys = 0;                     // of the columns, the others are included
  std::vector<AttrNumber> columns;  // of the table
  std::vector<Oid> operator_classes, collations;
  std::vector<int16> directions;    // as pg_index.indoption has them
  std::string options;              // WITH (…): their bytes
  bool operator==(const KeptIndex&) const = default;
};

struct NotedIndex {
  KeptIndex index;
  Oid file = InvalidOid;
  std::int64_t bytes = 0;
};

// An index is about to be dropped; its table may follow in the same statement.
void note_index(Oid index);
// A statement begins: what an earlier one dropped was perhaps not the whole table, which has other rows since.
void forget_noted_indexes();
std::vector<NotedIndex> take_noted_indexes(Oid table);

std::int64_t bytes_of(const std::vector<NotedIndex>& indexes);
// The columns of the table that the vault's needs with their own types, to have these.
std::set<AttrNumber> columns_of(const std::vector<NotedIndex>& indexes);
// Makes the indexes of a table of the vault that have the files of these.
void keep_indexes(Oid store, const std::vector<NotedIndex>& indexes);

// A table takes its rows back, and the vault's table is about to be dropped: its indexes can become the table's.
void free_indexes(Oid store, Oid table);
// Runs a statement that makes an index, if it makes one that has just come back: it gets that file. False: it does not, and
// nothing has happened.
bool makes_kept_index(const std::string& statement);
void forget_freed_indexes();

}  // namespace xc::vault
