// Options of foreign-data wrappers, servers, user mappings, foreign tables and their columns: [{name, value}], sorted by
// name as pg_dump prints them, since the order in the catalogs shows nowhere. The value of a secret is its mark.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "kind/script.hpp"

namespace xc {

Json read_generic_options(std::optional<std::uintptr_t> array);

// What follows CREATE …: " OPTIONS (\n    name 'value',\n    …)", or nothing.
std::string options_clause(const Json& options);
// What follows ALTER …: " OPTIONS (ADD …, SET …, DROP …)", or nothing.
std::string options_change(const Json& from, const Json& to);
// What stands as a mark in these clauses.
std::vector<Step::Secret> secrets_in(const Json& options);
std::vector<Step::Secret> secrets_in_change(const Json& from, const Json& to);

}  // namespace xc
