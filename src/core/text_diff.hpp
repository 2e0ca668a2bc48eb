// Unified diff of two texts, as diff -u prints it (dtl does the work). Empty when they are equal.
#pragma once

#include <string>
#include <string_view>

namespace xc {

std::string unified_diff(std::string_view from, std::string_view to, std::string_view from_name, std::string_view to_name);

}  // namespace xc
