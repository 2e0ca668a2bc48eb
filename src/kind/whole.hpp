// Writing, for kinds that are made and dropped whole: beyond name, schema, owner and notes nothing of them can be altered.
#pragma once

#include "kind/kind.hpp"

namespace xc {

Change alter_nothing(const Object& from, const Object& to, Script& script);
// DROP and what the kind's target() says.
void drop_target(const Object& from, Script& script);
// The step that makes it. The reference is good until the script's next step.
Step& write_creation(std::string statement, Script& script);

}  // namespace xc
