// Reading and appending rows of our own tables without SPI and without rights checks: capture runs for every role and
// on the path of every DDL. Reads see the latest committed state and this transaction's own rows whatever the
// isolation level, and leave no predicate locks.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pg/catalog.hpp"
#include "pg/query.hpp"

namespace pg {

struct TableKey {
  int attribute;
  Arg value;                 // int8, timestamptz, text, bytea or oid
  bool at_most = false;      // <= instead of =
  bool at_least = false;     // >=, int8 only
};

// schema.name; InvalidOid when it does not exist
Oid relation_named(const char* schema, const char* name);

// Rows by index, in index order or backwards; limit 0: all.
std::vector<Row> table_scan(Oid table, Oid index, const std::vector<TableKey>& keys, bool backward = false,
                            std::size_t limit = 0);
// Shows the first row by index as it stands in its page: no copy of a row of which little is wanted.
void table_look(Oid table, Oid index, const std::vector<TableKey>& keys, const std::function<void(const Row&)>& visit);
// Shows all of them so, in index order; the memory of what is asked of them is there until the last one was shown.
void table_look_at_all(Oid table, Oid index, const std::vector<TableKey>& keys, const std::function<void(const Row&)>& visit);
// All rows in physical order.
std::vector<Row> table_scan(Oid table);
// Has it ever held a row (since it was last truncated by VACUUM)? Cheaper than a scan that finds none.
bool has_pages(Oid table);
void table_delete(Oid table, const Row& row);

// Appends rows to one table; keeps it and its indexes open meanwhile.
class Appender {
 public:
  explicit Appender(Oid table);
  ~Appender();
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;
  void row(const std::vector<Arg>& values);

 private:
  int exceptions_;
  Relation relation_;
  void* indexes_;
};

Arg arg_time(std::int64_t timestamptz);
Arg arg_oid(std::uint32_t oid);
Arg arg_int(int number);
Arg arg_int8_array(const std::vector<std::int64_t>& numbers, bool null_when_empty = true);
Arg arg_text_array(const std::vector<std::string_view>& values);  // null when empty
Arg arg_int_array(const std::vector<int>& numbers);               // 0 is null; null when there is nothing else
Arg null_arg();
std::vector<std::int64_t> int8_array(const Row& row, int column);  // empty when null

// A column of type bytea[], whose elements are found by going over those before them; as long as the row is there. Nulls
// make it empty.
class ByteaArray {
 public:
  ByteaArray(const Row& row, int column);
  std::size_t size() const { return count_; }
  // Until visit says false.
  void each(const std::function<bool(std::string_view)>& visit) const;

 private:
  std::string_view bytes_;  // as they stand in the array
  std::size_t count_ = 0;
};

// Makes one, element by element.
class ByteaArrayWriter {
 public:
  void add(std::string_view value);
  Arg arg() const;
  void clear();

 private:
  std::string bytes_;  // as they will stand in the array
  int count_ = 0;
};

}  // namespace pg
