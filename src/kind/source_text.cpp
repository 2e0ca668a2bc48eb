// Deparsed text as source text; see source_text.hpp.
#include "kind/source_text.hpp"

#include <algorithm>
#include <vector>

namespace xc {

namespace {

constexpr std::string_view array_word = "(ARRAY[";
constexpr std::string_view cast_after = "])::";

struct Bracket {
  bool cast_array = false;        // opened by "(ARRAY["
  std::string_view element_type;  // of an element that is a cast, so of all elements
};

// The end of the quoted text that begins at the position.
std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const bool escapes = quote == '\'' && at > 0 && text[at - 1] == 'E';
  for (++at; at < text.size(); ++at) {
    if (escapes && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (at + 1 >= text.size() || text[at + 1] != quote) return at;
      ++at;
    }
  }
  return at;
}

// A plain type name without modifiers up to the end of the element, or nothing.
std::string_view element_type(std::string_view text, std::size_t at) {
  const std::size_t end = std::min(text.find_first_of(",]", at), text.size());
  const std::string_view type = text.substr(at, end - at);
  const bool plain = std::all_of(type.begin(), type.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == ' ';
  });
  return plain ? type : std::string_view();
}

}  // namespace

std::string source_text(std::string_view deparsed) {
  std::string result;
  if (deparsed.find(array_word) == std::string_view::npos) return result.assign(deparsed);
  std::vector<Bracket> open;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < deparsed.size(); ++at) {
    switch (deparsed[at]) {
      case '\'':
      case '"':
        at = end_of_quoted(deparsed, at);
        break;
      case '(':
        open.emplace_back();
        break;
      case '[':
        open.emplace_back();
        open.back().cast_array = deparsed.substr(0, at + 1).ends_with(array_word);
        break;
      case ':':
        if (deparsed.substr(at).starts_with("::")) {
          if (!open.empty() && open.back().element_type.empty())
            open.back().element_type = element_type(deparsed, at + 2);
          ++at;
        }
        break;
      case ']':
      case ')': {
        if (open.empty()) break;
        const Bracket closed = open.back();
        open.pop_back();
        if (!closed.cast_array || closed.element_type.empty() || !deparsed.substr(at).starts_with(cast_after)) break;
        result.append(deparsed.substr(copied, at + 1 - copied)).append("::").append(closed.element_type).append("[]");
        copied = at + 1;
        break;
      }
      default:
        break;
    }
  }
  return result.append(deparsed.substr(copied));
}

}  // namespace xc
