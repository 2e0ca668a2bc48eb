// Changes to a table's catalog rows that no statement makes, for plans that must reach a state exactly. Each is what
// the server itself does in a similar case: same lock, same checks, same dependencies, same invalidation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pg/catalog.hpp"

namespace xc {

// Locks a table like ALTER TABLE and checks that it may be altered by the current role; open until the scope ends, the
// lock until the transaction's end.
class AlteredTable {
 public:
  explicit AlteredTable(Oid relation);
  ~AlteredTable() { close(); }
  AlteredTable(const AlteredTable&) = delete;
  AlteredTable& operator=(const AlteredTable&) = delete;

  void close();  // before ALTER TABLE runs on it
  // Of a column and all after it: values of the row type that are older are not read as of the new one.
  void renew_versions(AttrNumber from) const;
  Relation relation() const { return relation_; }
  Oid oid() const { return oid_; }
  Oid owner() const { return owner_; }
  bool has_storage() const { return has_storage_; }
  bool is_partition() const { return is_partition_; }

 private:
  int exceptions_;
  Oid oid_;
  Relation relation_ = nullptr;
  Oid owner_ = InvalidOid;
  bool has_storage_ = false;
  bool is_partition_ = false;
};

// "Name" or name, as SQL writes it, to the name itself.
std::string unquoted(const std::string& identifier);

// The row of a column; not dropped. Refuses when there is none.
pg::Row live_column(Oid relation, const std::string& name);
std::optional<pg::Row> find_column(Oid relation, const std::string& name);

// Of a row of pg_index; relation caches are told by whoever is done with them.
void set_index_flag(Oid index, bool FormData_pg_index::*flag, bool value);

// Writes a changed copy of a pg_attribute row, makes it visible and tells the object access hook.
void update_column(HeapTuple tuple);

// Runs a statement as the owner, in a security-restricted context; triggers="replica" keeps the user's triggers quiet.
enum class Triggers { fire, quiet };
std::uint64_t run_as_owner(Oid owner, const std::string& sql, Triggers triggers);
// The same of an UPDATE, with triggers quiet: what dropped columns of the table, and of its partitions, still hold stays.
std::uint64_t update_rows(Oid table, Oid owner, const std::string& sql);
// Runs a statement as a role that the caller has become. The table that it alters, of a qualified name, is found even in
// a schema that the role has no right to use.
std::uint64_t run_in_its_place(const std::string& sql);

}  // namespace xc
