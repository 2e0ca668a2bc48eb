// What the server tells of a statement: which part of what a client sent it is, and whether event triggers see it.
#pragma once

#include <string>

namespace pg {

// Its text as it was typed, with the comments before it, without blanks around it. Location and length are those of the
// server's: location < 0 when unknown, length 0 when it goes to the end.
std::string statement_text(const char* source, int location, int length);

// Event triggers should fire for statements of this kind (a CommandTag), and something keeps them from it: what, nullptr
// when nothing does. event_triggers = off (PostgreSQL 17), single-user mode.
const char* keeps_event_triggers_from(int tag);
// The same of all statements of this session.
const char* keeps_event_triggers_off();

}  // namespace pg
