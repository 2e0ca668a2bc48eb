// The columns of one table before and after: which correspond, which come, go, or come back, and who sees to it: the
// table itself, or the one it gets its columns from.
#pragma once

#include "kind/kind.hpp"

namespace xc {

// The steps for everything about columns. Where parents come and go as well, the caller separates the table from the
// old ones in the stage release and joins it to the new ones in the stage finish, before calling write_inherited().
Change alter_columns(const Object& from, const Object& to, Script& script);

// Does a typed table have to leave its type for a while, since columns come back that only the type could add?
bool leaves_type(const Object& from, const Object& to);

// Is the table a part of the same parents before and after?
bool keeps_parents(const Json& from, const Json& to);

// Sets right which columns are inherited only, once the table has its parents.
void write_inherited(const Object& from, const Object& to, Script& script);

}  // namespace xc
