// Deparsed text as source text; see source_text.hpp.
#include "kind/source_text.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace xc {

namespace {

constexpr std::string_view array_word = "(ARRAY[";
constexpr std::string_view cast_after = "])::";

struct Bracket {
  std::size_t at = 0;
  std::string_view joined_by = {};  // " AND " or " OR ", of what stands directly in it
  std::size_t first_end = 0;        // where a bracket that is the first thing in it ends,
  std::string_view first_joined_by = {};  // and what joins the things in that
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

std::string with_casts(std::string_view deparsed) {
  std::string result;
  const auto has = [&](std::string_view word) { return deparsed.find(word) != std::string_view::npos; };
  if (!has(array_word) && !has("AND ") && !has("OR ")) return result.assign(deparsed);
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
        open.back().at = at;
        break;
      case ' ':
        for (const std::string_view word : {std::string_view(" AND "), std::string_view(" OR ")}) {
          if (open.empty() || !deparsed.substr(at).starts_with(word)) continue;
          Bracket& here = open.back();
          here.joined_by = word;
          if (here.first_end + 1 != at || here.first_joined_by != word) continue;
          result.append(deparsed.substr(copied, at - copied)).append("::boolean");
          copied = at;
        }
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
        if (!open.empty() && open.back().at + 1 == closed.at) {
          open.back().first_end = at;
          open.back().first_joined_by = closed.joined_by;
        }
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

// --- columns without a name ---

constexpr std::string_view no_name = " AS \"?column?\"";

// What follows a list of result columns. The deparser writes keywords in capitals, and quotes names that hold any.
constexpr std::array<std::string_view, 14> after_columns = {"FROM",   "WHERE",  "GROUP", "HAVING", "WINDOW", "UNION", "INTERSECT",
                                                            "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH",  "FOR",   "ON"};

bool ends_columns(std::string_view word, std::string_view before) {
  if (word == "GROUP" && before == "WITHIN") return false;
  if (word == "ON" && before == "DISTINCT") return false;
  return std::find(after_columns.begin(), after_columns.end(), word) != after_columns.end();
}

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_word(char c) { return is_capital(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '$'; }

// Lists of result columns within each other, and where the name is missing.
class Columns {
 public:
  std::vector<std::size_t> find(std::string_view text) {
    for (at_ = 0; at_ < text.size(); ++at_) step(text);
    while (!open_.empty()) close(text);
    return std::move(missing_);
  }

 private:
  struct List {
    int depth;
    bool is_cast = false;
    bool has_name = false;
  };

  void step(std::string_view text) {
    const char c = text[at_];
    if (c == '\'' || c == '"') {
      at_ = end_of_quoted(text, at_);
    } else if (c == '(' || c == '[') {
      ++depth_;
    } else if (c == ')' || c == ']') {
      if (is_in_list()) close(text);
      --depth_;
    } else if (c == ',' && is_in_list()) {
      end_column(text);
    } else if (c == ';' && is_in_list()) {
      close(text);
    } else if (c == ':' && is_in_list() && text.substr(at_).starts_with("::")) {
      open_.back().is_cast = true;
    } else if (is_capital(c) && (at_ == 0 || !is_word(text[at_ - 1]))) {
      word(text);
    }
  }

  void word(std::string_view text) {
    std::size_t end = at_;
    while (end < text.size() && is_word(text[end])) ++end;
    const std::string_view word = text.substr(at_, end - at_);
    const bool begins = word == "SELECT" || word == "RETURNING";
    if (is_in_list() && (begins || ends_columns(word, before_))) close(text);
    if (is_in_list() && word == "AS") open_.back().has_name = true;
    if (begins) open_.push_back({.depth = depth_});
    before_ = word;
    at_ = end - 1;
  }

  bool is_in_list() const { return !open_.empty() && open_.back().depth == depth_; }

  void end_column(std::string_view text) {
    List& list = open_.back();
    if (list.is_cast && !list.has_name) missing_.push_back(text.substr(0, at_).find_last_not_of(" \n") + 1);
    list = {.depth = list.depth};
  }

  void close(std::string_view text) {
    end_column(text);
    open_.pop_back();
  }

  std::size_t at_ = 0;
  int depth_ = 0;
  std::string_view before_;
  std::vector<List> open_;
  std::vector<std::size_t> missing_;
};

std::string with_column_names(std::string text) {
  if (text.find("SELECT") == std::string::npos && text.find("RETURNING") == std::string::npos) return text;
  const std::vector<std::size_t> missing = Columns().find(text);
  for (auto place = missing.rbegin(); place != missing.rend(); ++place) text.insert(*place, no_name);
  return text;
}

}  // namespace

std::string source_text(std::string_view deparsed) { return with_column_names(with_casts(deparsed)); }

}  // namespace xc
