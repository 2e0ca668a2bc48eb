// The internal triggers that enforce a foreign key or a deferrable constraint: which of them do not fire as they were
// made (ALTER TABLE … DISABLE TRIGGER ALL). Those for partitions belong to the constraint of the whole.
#pragma once

#include <cstdint>

#include "kind/kind.hpp"

namespace xc {

// The body's member for them, left out while all fire: {"insert on public.orders": "DISABLE", …}. What stands before
// "on" is the event; "referenced delete" and "referenced update" are those of the table that a foreign key refers to.
constexpr const char* enforcement_member = "enforcement";
Json read_enforcement(std::uint32_t constraint);

// Steps from one value to another; body: the constraint's ("table", "name").
void write_enforcement(const Json& from, const Json& to, const Json& body, Script& script);

}  // namespace xc
