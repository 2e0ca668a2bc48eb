// What a column's values were before ALTER COLUMN TYPE, where the conversion cannot be undone by another one.
//
// Where xconnect.preserve names columns, the statement that rewrites the table has one thing more to do: it puts the old
// values into a column of their own, which is added before it and dropped after it. From then on they are values of a
// dropped column (carry.hpp), each in its row, for as long as the row's value is what it was converted to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vault/carry.hpp"
#include "pg/server.hpp"

namespace xc::vault {

// --- from the hooks ---

// A statement is about to run; one that converts a column gets its addition, unless it is known that it holds no values.
extern bool sets_aside;
void before_alter(Node* statement);
// It has run.
void after_alter(const Node* statement);
void forget_set_aside();

// Is the column that is dropped an ordinary one (0), or which column's old values does it hold? Nothing: nobody wants them.
std::optional<int> set_aside_of(Oid relation, const char* name);

// --- for plans ---

// The dropped columns of this table that hold values which the column (quoted) had when it was of the type (as SQL writes
// it) after that commit, the earliest first: rows that were elsewhere meanwhile can have theirs in a later one.
std::vector<Carried> values_set_aside(Oid relation, const std::string& column, const std::string& type, std::int64_t at_seq);

}  // namespace xc::vault
