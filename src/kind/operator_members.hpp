// What operator classes and families hold: operators and support functions with their numbers. pg_dump prints a member
// with what it depends on, the class or the family, which is the access method's decision and not the statement's.
#pragma once

#include <string>
#include <vector>

#include "kind/kind.hpp"

namespace xc {

// "operators" [{number, operator, left, right, order_by}] and "functions" [{number, function, left, right}], in pg_dump's
// order; owner is the class or family, family the family that they are in either way.
void describe_members(Address owner, std::uint32_t family, Json& body);

// "OPERATOR 1 public.<(integer,integer)", "FUNCTION 1 (integer, integer) public.f(integer,integer)"
std::string member_definition(const Json& member);
std::vector<std::string> member_definitions(const Json& body);

// ALTER OPERATOR FAMILY … ADD and DROP between two bodies of a family; members that stay keep their order.
void write_member_steps(const Json& from, const Json& to, const std::string& family, Script& script);

std::string family_name(std::uint32_t family);  // qualified

}  // namespace xc
