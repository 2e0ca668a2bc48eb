// What tables and foreign tables share: parents, partitions, and columns with what is said about them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kind/kind.hpp"

namespace xc {

// inherits, or partition_of and partition_bound.
void describe_parents(std::uint32_t relation, Json& body);

// The list of columns in parentheses, with or without those that come from parents.
std::string column_list(const Object& to, bool with_inherited);
// " INHERITS (…)", or nothing when the parents are joined later.
std::string inherits_clause(const Json& body, bool inherits);
// CREATE (statement: the text of it, inherits: with INHERITS), then what only later statements can say.
void create_table(const Object& to, std::string (*statement)(const Object& to, bool inherits), Script& script);

// When rows wait in the vault for it.
// What columns are called that are made only to be dropped: in the rows that come back there was another one before.
constexpr std::string_view placeholder_prefix = "........xconnect.place.";
void take_back_rows(const Object& to, Script& script);

// Parents and columns. `rest` writes the kind's own steps, when the columns have theirs and before parents are joined.
Change alter_table(const Object& from, const Object& to, void (*rest)(const Json& from, const Json& to, Script& script),
                   Script& script);

}  // namespace xc
