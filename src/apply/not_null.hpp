// The constraint behind NOT NULL of a table's column, which PostgreSQL has since version 18: of this table alone. What
// its parents and children have is counted, as the server does, and otherwise left as it is. Nothing before version 18.
#pragma once

#include "apply/surgery.hpp"

namespace xc {

void make_not_null_constraint(const AlteredTable& table, const FormData_pg_attribute& column);
void drop_not_null_constraint(Oid relation, AttrNumber column);
void set_not_null_constraint(Oid relation, const std::string& column, const std::string& name, bool local);

}  // namespace xc
