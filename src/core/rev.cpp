// A rev is a base and steps back; the base's first characters decide what it is, so that no two forms overlap.
#include "core/rev.hpp"

#include <algorithm>
#include <charconv>

#include "core/refusal.hpp"
#include "core/only.hpp"

namespace xc {
namespace {

constexpr std::string_view forms =
    "A rev is one of: HEAD, a change id (chg-20260122-001, rbk-20260122-001), a commit hash or at least 4 digits of it, "
    "a tag, or a time (@2026-01-22 14:30, the newest commit at or before it). HEAD~3 and HEAD^ go back from it, also "
    "after the other forms.";
constexpr std::size_t longest_tag = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_hex(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }
bool is_tag_start(char c) { return is_letter(c) || is_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80; }
bool is_tag_inner(char c) { return is_tag_start(c) || c == '.' || c == '-' || c == '/' || c == '+'; }

template <class Test>
bool all_of(std::string_view text, Test test) {
  return std::all_of(text.begin(), text.end(), test);
}

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n";
  const std::size_t first = text.find_first_not_of(white);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

bool has_change_prefix(std::string_view text) {
  const std::string start = lowered(text.substr(0, 4));
  return start == "chg-" || start == "rbk-";
}

// chg-YYYYMMDD-NNN, the number of three digits or more.
bool is_change_id(std::string_view text) {
  constexpr std::size_t number_at = 13;
  return has_change_prefix(text) && text.size() >= number_at + 3 && all_of(text.substr(4, 8), is_digit) &&
         text[12] == '-' && all_of(text.substr(number_at), is_digit);
}

bool is_hash(std::string_view text) {
  return text.size() >= shortest_hash && text.size() <= 64 && all_of(text, is_hex);
}

[[noreturn]] void refuse(std::string_view rev, const std::string& why) {
  throw Refusal(code::bad_rev, "\"" + std::string(rev) + "\" is not a rev" + why)
      .detail(std::string(forms))
      .hint("SELECT change_id, commit, reason FROM xc_log(max_count => 20);");
}

// The steps after the base: any row of ~, ~n and ^.
std::int64_t steps_back(std::string_view rev, std::string_view suffix) {
  constexpr std::int64_t limit = 1'000'000'000'000;
  std::int64_t total = 0;
  while (!suffix.empty()) {
    const char mark = suffix.front();
    suffix.remove_prefix(1);
    std::int64_t count = 1;
    if (mark == '~' && !suffix.empty() && is_digit(suffix.front())) {
      const auto [end, error] = std::from_chars(suffix.data(), suffix.data() + suffix.size(), count);
      if (error != std::errc() || count > limit) refuse(rev, ": the number after ~ is too large");
      suffix.remove_prefix(static_cast<std::size_t>(end - suffix.data()));
    } else if (mark != '~' && mark != '^') {
      refuse(rev, ": only ~, ~n and ^ can follow a commit's name");
    }
    total = std::min(total + count, limit);
  }
  return total;
}

}  // namespace

Rev Rev::parse(std::string_view text) {
  const std::string_view whole = trimmed(text);
  if (whole.empty()) refuse(text, ": it is empty");
  const std::size_t end = std::min(whole.find_first_of("~^"), whole.size());
  const std::string_view name = trimmed(whole.substr(0, end));
  Rev rev;
  rev.name = std::string(name);
  rev.back = steps_back(text, whole.substr(end));
  if (name.empty()) refuse(text, ": ~ and ^ follow the name of a commit");
  if (name.front() == '@') {
    rev.base = Base::time;
    rev.name = std::string(trimmed(name.substr(1)));
    if (rev.name.empty()) refuse(text, ": a time must follow the @");
  } else if (lowered(name) == "head") {
    rev.base = Base::head;
    rev.name = "HEAD";
  } else if (has_change_prefix(name)) {
    rev.base = Base::change;
    rev.name = lowered(name);
    if (!is_change_id(name)) refuse(text, ": a change id is chg- or rbk-, the day, a dash and at least three digits");
  } else if (is_hash(name)) {
    rev.base = Base::hash;
    rev.name = lowered(name);
  } else if (is_tag_name(name)) {
    rev.base = Base::tag;
  } else {
    refuse(text, "");
  }
  return rev;
}

bool is_tag_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_tag && is_tag_start(name.front()) && all_of(name, is_tag_inner) &&
         lowered(name) != "head" && !has_change_prefix(name) && !is_hash(name);
}

std::string_view tag_name_rules() {
  return "A tag starts with a letter, a digit or _, goes on with those and . - / +, has at most 100 bytes, and must not "
         "read as another rev: not HEAD, not chg-... or rbk-..., not four or more hex digits alone.";
}

}  // namespace xc
