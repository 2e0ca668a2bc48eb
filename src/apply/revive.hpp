// Bringing a dropped column back.
#pragma once

#include <string>

#include "pg/server.hpp"

namespace xc {

// Under that name, plain, with its values if they are proven to be of the type (as SQL writes it), else with nulls. Whether
// the values are back.
bool revive_column(Oid relation, int number, const std::string& name, const std::string& type);

}  // namespace xc
