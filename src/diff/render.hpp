// Objects as DDL, for people to read and for psql to load.
#pragma once

#include <string>

#include "diff/compare.hpp"
#include "kind/kind.hpp"

namespace xc::diff {

// All statements that make one object: its own, then owner, grants, comments, labels. Each ends with ";" and a newline.
std::string ddl(const Object& object);

// Everything in a state, in an order that loads into an empty database: a script for psql.
std::string script(const State& state);

}  // namespace xc::diff
