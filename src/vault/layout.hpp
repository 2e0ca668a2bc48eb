// The physical shape of a table's rows, told without the user's types.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "kind/kind.hpp"
#include "pg/server.hpp"

namespace xc::vault {

// A built-in type whose values have the same length, alignment and way of passing; InvalidOid when there is none.
Oid stand_in(const FormData_pg_attribute& column);

// The columns of a table as a vault table has them; each must have a stand-in.
TupleDesc stand_ins(Relation relation);

// What take_back() must find again, by column number: {"name", "type", "element" of an array, "modifier", "dimensions",
// "collation"}, or without the first three {"dropped":true}. The columns are those that the table had at HEAD, whatever
// this transaction did to them.
Json layout_of(Oid relation);
bool has_stand_ins(Oid relation);

// The version of each attribute of a composite type, "" where the server has none.
Json versions_of(Oid relation);

// Placeholders for the columns of a vault's table that are not among the parts.
std::vector<Gap> gaps_of(Oid store, const std::vector<std::int64_t>& parts);

// That value of a column of a vault's table, in the form in which the ledger notes it for a dropped column of the type.
std::optional<std::string> missing_value(Oid store, AttrNumber column, Oid type);

// Gives a column the value that rows older than it have; the same bytes in another type of the same shape.
void copy_missing_value(Oid from, Oid to, AttrNumber column);

}  // namespace xc::vault
