// The physical shape of a table's rows, told without the user's types.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "kind/kind.hpp"
#include "pg/server.hpp"

extern "C" {
#include "executor/tuptable.h"
}

namespace xc::vault {

// A built-in type whose values have the same length, alignment and way of passing; InvalidOid when there is none.
Oid stand_in(const FormData_pg_attribute& column);

// Can a vault table have it with its own type, whatever server it is upgraded to?
bool is_own_stand_in(const FormData_pg_attribute& column);

// The columns of a table as a vault table has them; each must have a stand-in. own: those that keep their types.
TupleDesc stand_ins(Relation relation, const std::set<AttrNumber>& own);

// The type that values are of: a domain's are its base type's.
Oid type_in_values(Oid type);

// What take_back() must find again, by column number: {"name", "type" of the values, "element" of an array, "holds" (types
// whose OIDs they can hold), "modifier", "dimensions", "collation"}, or without the first four {"dropped":true}; "carried"
// where its values wait in the rows (carry.hpp). The columns are those that the table had at HEAD, whatever this
// transaction did to them: the parts that are recorded of it.
Json layout_of(Oid relation, const std::vector<std::int64_t>& parts);
bool has_stand_ins(Oid relation);

// The version of each attribute of a composite type, "" where the server has none.
Json versions_of(Oid relation);

// Placeholders for the dropped columns of a layout.
std::vector<Gap> gaps_of(const Json& layout, Oid store);

// An array of one value of the column (attmissingval), as one of another type of the same shape.
Datum as_stand_in(Datum array, const FormData_pg_attribute& column, Oid type);
// What the ledger keeps of it: its bytes, as the input function of bytea reads them. They name labels and the like by
// their OIDs, as rows do; in a text a name would be that of today.
std::string bytes_of_missing_value(Datum array);
Datum missing_value(const std::string& bytes, const FormData_pg_attribute& column, Oid type);
// Does the row have attmissingval of the column?
bool is_older_than(AttrNumber column, TupleTableSlot* slot);
// Gives a column the value that rows older than it have; the same bytes in another type of the same shape.
void copy_missing_value(Oid from, Oid to, AttrNumber column);

}  // namespace xc::vault
