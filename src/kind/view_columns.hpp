// Columns of views and materialized views: they are the definition's, and only their names can be altered.
#pragma once

#include "kind/kind.hpp"

namespace xc {

// The item at a position, or null when the array is shorter.
const Json& item_or_null(const Json& array, std::size_t position);

// Do the columns of `to` begin with those of `from`, whatever their names?
bool columns_begin(const Json& from, const Json& to);

// Are the definitions the same but for the names that the renamed columns have or get in it? Then RENAME COLUMN is all
// that is needed.
bool same_query(const Json& from, const Json& to);

// RENAME COLUMN for every name that differs, by position.
void write_column_renames(const Object& from, const Object& to, Script& script);

}  // namespace xc
