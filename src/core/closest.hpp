// "Did you mean": of many names, those nearest to one that was not found.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xc {

// At most `most` of the candidates, nearest first: those within a third of the name's length by edit distance, or that
// hold it. Upper and lower case count as equal.
std::vector<std::string> closest(std::string_view name, const std::vector<std::string>& candidates, std::size_t most = 5);

}  // namespace xc
