// What functions and procedures share. pg_proc is read into single properties rather than pg_get_functiondef()'s text:
// that text rounds COST and ROWS to six digits and holds the routine's own name, and deciding between CREATE OR REPLACE
// and DROP needs the parts anyway.
#pragma once

#include <string>
#include <string_view>

#include "kind/kind.hpp"

namespace xc {

// Is it a routine whose pg_proc.prokind is among `kinds`, and an object of its own (constructors of range types are not)?
bool is_routine(const pg::Row& row, std::string_view kinds);
// The OIDs of all of them.
std::vector<std::uint32_t> list_routines(std::string_view kinds);

void describe_routine(std::uint32_t oid, Object& object);

std::string routine_target(const Json& body);
void create_routine(const Object& to, Script& script);
Change alter_routine(const Object& from, const Object& to, Script& script);
void drop_routine(const Object& from, Script& script);

}  // namespace xc
