// What an object needs: the objects that have to exist before it, from pg_depend.
#pragma once

#include "kind/kind.hpp"

namespace xc {

// Sets the members depends, default_depends (what column defaults need, apart from the rest: they can be set later) and
// depends_on_extensions (ALTER … DEPENDS ON EXTENSION).
void add_needs(Object& object);

}  // namespace xc
