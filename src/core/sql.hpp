// SQL text in plain C++. Identifiers are stored already quoted by the server, so only literals are quoted here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xc::sql {

std::string literal(std::string_view text);  // 'it''s'; needs standard_conforming_strings, as every script of ours sets
// Where a text stands outside of quoted identifiers; npos: nowhere.
std::size_t find_unquoted(std::string_view text, std::string_view wanted);
std::string unquoted(std::string_view identifier);  // as the catalogs have it
std::string literals(const std::vector<std::string>& texts);  // 'a', 'b'
std::string join(const std::vector<std::string>& parts, std::string_view separator);

}  // namespace xc::sql
