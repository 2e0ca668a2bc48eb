// Quoting and joining of SQL text.
#include "core/sql.hpp"

#include "core/only.hpp"

namespace xc::sql {

std::string literal(std::string_view text) {
  std::string result;
  result.reserve(text.size() + 2);
  result += '\'';
  for (const char c : text) {
    if (c == '\'') result += '\'';
    result += c;
  }
  result += '\'';
  return result;
}

std::size_t find_unquoted(std::string_view text, std::string_view wanted) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (!quoted && text.substr(i).starts_with(wanted)) return i;
  }
  return std::string_view::npos;
}

std::string unquoted(std::string_view identifier) {
  if (!identifier.starts_with('"')) return std::string(identifier);
  std::string result;
  for (std::size_t i = 1; i + 1 < identifier.size(); ++i) {
    result += identifier[i];
    if (identifier[i] == '"') ++i;
  }
  return result;
}

std::string literals(const std::vector<std::string>& texts) {
  std::vector<std::string> parts;
  for (const std::string& text : texts) parts.push_back(literal(text));
  return join(parts, ", ");
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::size_t size = parts.empty() ? 0 : separator.size() * (parts.size() - 1);
  for (const std::string& part : parts) size += part.size();
  std::string result;
  result.reserve(size);
  for (const std::string& part : parts) {
    if (&part != parts.data()) result += separator;
    result += part;
  }
  return result;
}

}  // namespace xc::sql
