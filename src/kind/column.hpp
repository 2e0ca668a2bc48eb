// Columns of a table: parts of its body, {name, type, collation, default, generated, not_null, storage, …}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kind/kind.hpp"

namespace xc {

// What is kept of tableoid, ctid and the like, from the row of pg_attribute: the privileges; null when there are none.
Json system_column(const pg::Row& row, std::uint32_t owner);
// Fills "columns" of the body, and the parts. inherited: does pg_dump tell inherited columns from the table's own (it
// does not for partitions)?
void describe_columns(std::uint32_t relation, std::uint32_t owner, bool inherited, Object& object);

// NOT NULL has a constraint since PostgreSQL 18: Kind::complete, of what has columns and parents.
void complete_columns(Object& to, Beside& beside);

// Says what CREATE TABLE and ADD COLUMN leave to later statements.
enum class Defaults { inline_, later };

// "name type COLLATE … DEFAULT … NOT NULL".
std::string column_definition(const Json& column, Defaults defaults);
// The same without the type, for typed tables: "name WITH OPTIONS …"; "" when there is nothing to say.
std::string typed_column_definition(const Json& column, Defaults defaults);

// All that a column's ALTER statements need to know about its table.
struct ColumnTable {
  std::string name;            // qualified
  std::string owner;           // quoted role; runs the users' expressions
  bool partitioned = false;
  bool partition = false;
  bool foreign = false;        // its rows are somebody else's
  Defaults defaults = Defaults::inline_;
};
ColumnTable column_table(const Json& body);

// ALTER TABLE ONLY <table> ALTER COLUMN <column>
std::string alter_column(const ColumnTable& table, const Json& column);
// 'public.orders'::regclass, 'id'
std::string column_arguments(const ColumnTable& table, const Json& column);

// Storage, compression, statistics target, options.
void write_column_storage(const ColumnTable& table, const Json& from, const Json& to, Stage stage, Script& script);
void write_set_default(const ColumnTable& table, const Json& column, Stage stage, Script& script);
void write_drop_default(const ColumnTable& table, const Json& column, Stage stage, Script& script);
void write_not_null(const ColumnTable& table, const Json& column, Stage stage, Script& script);
// The constraint behind it, from PostgreSQL 18 on, where a column has one before and after.
void write_not_null_constraint(const ColumnTable& table, const Json& from, const Json& to, Script& script);
// Its name and comment, and whether it is the table's own; after what sets NOT NULL and links parents.
void write_not_null_origin(const ColumnTable& table, const Json& from, const Json& to, Script& script);
// Comment, labels, privileges.
void write_column_notes(const ColumnTable& table, const Json& from, const Json& to, Script& script);
// Is it inherited only, or the table's own as well? Only a function can say so.
void write_column_local(const ColumnTable& table, const Json& column, Stage stage, Script& script);

// Storage parameters (arrays of "name=value") as the statement's lists, such that their order comes out as in `to`.
struct OptionChange {
  std::string reset;  // "a, b"
  std::string set;    // "a='1', b='2'"
};
OptionChange option_change(const Json& from, const Json& to, const std::string& prefix = {});

}  // namespace xc
