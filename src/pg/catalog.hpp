// Reading catalog rows, and writing changed ones. Rows are copies in the current memory context: nothing to release.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pg/call.hpp"

namespace pg {

struct Value {
  int attribute;
  std::optional<Datum> value;  // nothing: null
};

class Row {
 public:
  Row(HeapTuple tuple, TupleDesc desc) : tuple_(tuple), desc_(desc) {}

  // The fixed part, as the server's own code reads it: row.form<FormData_pg_class>().relkind
  template <class Form>
  const Form& form() const {
    return *reinterpret_cast<const Form*>(GETSTRUCT(tuple_));
  }
  bool null(int attribute) const;
  Datum datum(int attribute) const;             // detoasted when variable-length; the attribute must not be null
  std::string text(int attribute) const;        // a text or name column; "" when null
  std::optional<Datum> maybe(int attribute) const;
  HeapTuple tuple() const { return tuple_; }
  // A copy with other values.
  HeapTuple modified(const std::vector<Value>& values) const;
  // Written by the current transaction (or one of its subtransactions)?
  bool is_ours() const;

 private:
  HeapTuple tuple_;
  TupleDesc desc_;
};

// By system cache (RELOID, TYPEOID, …).
std::optional<Row> find(int cache, Datum key1, Datum key2 = 0, Datum key3 = 0, Datum key4 = 0);
inline std::optional<Row> find(int cache, Oid key) { return find(cache, ObjectIdGetDatum(key)); }

struct Key {
  int attribute;
  enum class Type { oid, int2, int4, character, name } type;
  Datum value;
};
inline Key oid_key(int attribute, Oid value) { return {attribute, Key::Type::oid, ObjectIdGetDatum(value)}; }
inline Key int2_key(int attribute, int value) { return {attribute, Key::Type::int2, Int16GetDatum(static_cast<int16>(value))}; }
inline Key int4_key(int attribute, int value) { return {attribute, Key::Type::int4, Int32GetDatum(value)}; }
inline Key char_key(int attribute, char value) { return {attribute, Key::Type::character, CharGetDatum(value)}; }

// All rows of a catalog that match the keys (equality), by index (InvalidOid: sequential).
std::vector<Row> scan(Oid catalog, Oid index, std::initializer_list<Key> keys);

// Any catalog row by its OID, whether or not there is a system cache for it.
std::optional<Row> row_of(Oid catalog, Oid object);

// The OIDs of all rows of a catalog, or of those that match the keys.
std::vector<Oid> oids_of(Oid catalog, std::initializer_list<Key> keys = {});

// A column of a relation by its number, be it dropped.
std::optional<Row> attribute(Oid relation, int number);
// The row-type version that the server keeps for a column, as an option of it; "" where there is none.
constexpr std::string_view attribute_version_option = "pg_attver=";
std::string attribute_version(const Row& attribute);
// That option alone, as pg_attribute.attoptions has it.
std::optional<Datum> attribute_version_options(const Row& attribute);

// Puts a changed copy of a row in its place, for the statements that follow.
void update(Oid catalog, HeapTuple tuple);

// Is there a cast between two types, be it an explicit one? Types as format_type() prints them; one that is not there
// (yet) has none.
bool has_cast(const std::string& from, const std::string& to);

std::string name_of(NameData name);            // as it is
std::string quoted(std::string_view name);     // quote_identifier
std::vector<std::string> text_array(Datum array);
std::vector<Oid> oid_array(Datum array);
std::vector<int> int2_array(Datum array);      // int2vector or int2[]
std::vector<char> char_array(Datum array);

}  // namespace pg
