// Reading and writing the canonical form. Strings are bytes in the server's encoding: only what JSON forbids is
// escaped, the rest passes verbatim, so a dump has one spelling and needs no knowledge of the encoding.
#include "core/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "core/refusal.hpp"
#include "core/only.hpp"

namespace xc {
namespace {

constexpr int depth_limit = 200;

// How a byte stands in a string: 0 verbatim, 'u' as \u00XX, anything else as backslash and that character.
constexpr std::array<char, 256> escapes = [] {
  std::array<char, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = 'u';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}();

char escape_of(char c) { return escapes[static_cast<unsigned char>(c)]; }

void dump_string(std::string_view text, std::string& out) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char escape = escape_of(text[at]);
    if (escape == 0) continue;
    out.append(text.data() + from, at - from);
    from = at + 1;
    out += '\\';
    out += escape;
    if (escape == 'u') {
      const auto byte = static_cast<unsigned char>(text[at]);
      out += "00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  out.append(text.data() + from, text.size() - from);
  out += '"';
}

bool by_key(const Json::Member& member, std::string_view key) { return member.first < key; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Json document() {
    Json result = value(0);
    skip_space();
    if (at_ != text_.size()) fail("text after the value");
    return result;
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw Refusal(code::data_corrupted,
                  std::string("not canonical JSON: ") + what + " at byte " + std::to_string(at_ + 1));
  }

  void skip_space() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c != ' ' && c != '\n' && c != '\t' && c != '\r') return;
      ++at_;
    }
  }

  bool take(char expected) {
    if (at_ >= text_.size() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }

  bool take_after_space(char expected) {
    skip_space();
    return take(expected);
  }

  void word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) fail("unknown word");
    at_ += expected.size();
  }

  Json value(int depth) {
    skip_space();
    if (at_ >= text_.size()) fail("the text ends too early");
    switch (text_[at_]) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return Json(string());
      case 't':
        word("true");
        return Json(true);
      case 'f':
        word("false");
        return Json(false);
      case 'n':
        word("null");
        return Json();
      default:
        return number();
    }
  }

  Json number() {
    const std::size_t digits = at_ + (text_[at_] == '-' ? 1 : 0);
    const auto is_digit = [this](std::size_t at) { return at < text_.size() && text_[at] >= '0' && text_[at] <= '9'; };
    if (!is_digit(digits)) fail("no value");
    if (text_[digits] == '0' && (digits != at_ || is_digit(digits + 1))) fail("a number with two spellings");
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
    if (error != std::errc()) fail("a number of more than 64 bits");
    const auto next = static_cast<std::size_t>(end - text_.data());
    if (next < text_.size() && (text_[next] == '.' || text_[next] == 'e' || text_[next] == 'E'))
      fail("a number that is not an integer");
    at_ = next;
    return Json(number);
  }

  std::string string() {
    ++at_;
    std::string result;
    for (;;) {
      std::size_t end = at_;
      while (end < text_.size() && escape_of(text_[end]) == 0) ++end;
      result.append(text_.data() + at_, end - at_);
      at_ = end;
      if (at_ >= text_.size()) fail("a string without an end");
      if (take('"')) return result;
      if (!take('\\')) fail("a bare control character");
      escaped(result);
    }
  }

  void escaped(std::string& out) {
    if (at_ >= text_.size()) fail("a string without an end");
    if (take('u')) return code_point(out);
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view bytes = "\"\\/\b\f\n\r\t";
    const std::size_t which = names.find(text_[at_]);
    if (which == names.npos) fail("an unknown escape");
    out += bytes[which];
    ++at_;
  }

  std::uint32_t four_digits() {
    std::uint32_t unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = at_ < text_.size() ? text_[at_] : '\0';
      std::uint32_t digit = 0;
      if (c >= '0' && c <= '9')
        digit = static_cast<std::uint32_t>(c - '0');
      else if (c >= 'a' && c <= 'f')
        digit = static_cast<std::uint32_t>(c - 'a') + 10;
      else if (c >= 'A' && c <= 'F')
        digit = static_cast<std::uint32_t>(c - 'A') + 10;
      else
        fail("not four hex digits");
      unit = unit * 16 + digit;
    }
    return unit;
  }

  void code_point(std::string& out) {
    std::uint32_t point = four_digits();
    if (point >= 0xDC00 && point <= 0xDFFF) fail("half a surrogate pair");
    if (point >= 0xD800 && point <= 0xDBFF) {
      if (!take('\\') || !take('u')) fail("half a surrogate pair");
      const std::uint32_t low = four_digits();
      if (low < 0xDC00 || low > 0xDFFF) fail("half a surrogate pair");
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
    if (point < 0x80) {
      byte(point);
    } else if (point < 0x800) {
      byte(0xC0 | (point >> 6));
      byte(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
      byte(0xE0 | (point >> 12));
      byte(0x80 | ((point >> 6) & 0x3F));
      byte(0x80 | (point & 0x3F));
    } else {
      byte(0xF0 | (point >> 18));
      byte(0x80 | ((point >> 12) & 0x3F));
      byte(0x80 | ((point >> 6) & 0x3F));
      byte(0x80 | (point & 0x3F));
    }
  }

  void enter(int depth) {
    if (depth >= depth_limit) fail("nested too deep");
    ++at_;
  }

  Json array(int depth) {
    enter(depth);
    Json result = Json::array();
    if (take_after_space(']')) return result;
    do result.push(value(depth + 1));
    while (take_after_space(','));
    if (!take(']')) fail("an array without an end");
    return result;
  }

  Json object(int depth) {
    enter(depth);
    Json::Object members;
    bool sorted = true;
    bool has_null = false;
    if (!take_after_space('}')) {
      do {
        skip_space();
        if (at_ >= text_.size() || text_[at_] != '"') fail("no key");
        std::string key = string();
        if (!take_after_space(':')) fail("a key without a value");
        Json child = value(depth + 1);
        has_null = has_null || child.is_null();
        sorted = sorted && (members.empty() || members.back().first < key);
        members.emplace_back(std::move(key), std::move(child));
      } while (take_after_space(','));
      if (!take('}')) fail("an object without an end");
    }
    if (!sorted) {
      std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      if (std::adjacent_find(members.begin(), members.end(),
                             [](const auto& a, const auto& b) { return a.first == b.first; }) != members.end())
        fail("a key that stands twice in the object ending");
    }
    if (has_null) std::erase_if(members, [](const auto& member) { return member.second.is_null(); });
    return Json::from_sorted(std::move(members));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Json Json::parse(std::string_view text) { return Parser(text).document(); }

// A variant whose own copy runs out of memory halfway destroys what it does not have (libstdc++ 12, for types like these).
Json::Json(const Json& other) {
  std::visit(
      [this](const auto& value) {
        auto copy = value;
        value_ = std::move(copy);
      },
      other.value_);
}

Json& Json::operator=(const Json& other) {
  Json copy(other);
  value_ = std::move(copy.value_);
  return *this;
}

bool Json::truth() const {
  const bool* value = std::get_if<bool>(&value_);
  return value != nullptr && *value;
}

std::int64_t Json::integer() const {
  const std::int64_t* value = std::get_if<std::int64_t>(&value_);
  return value == nullptr ? 0 : *value;
}

const std::string& Json::str() const {
  static const std::string none;
  const std::string* value = std::get_if<std::string>(&value_);
  return value == nullptr ? none : *value;
}

const Json::Array& Json::items() const& {
  static const Array none;
  const Array* value = std::get_if<Array>(&value_);
  return value == nullptr ? none : *value;
}

const Json::Object& Json::members() const& {
  static const Object none;
  const Object* value = std::get_if<Object>(&value_);
  return value == nullptr ? none : *value;
}

const Json& Json::operator[](std::string_view key) const {
  static const Json none;
  const Object& all = members();
  const auto found = std::lower_bound(all.begin(), all.end(), key, by_key);
  return found == all.end() || found->first != key ? none : found->second;
}

Json& Json::set(std::string_view key, Json value) {
  const bool is_default = std::visit(
      [](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, bool>)
          return !held;
        else if constexpr (std::is_same_v<Held, std::int64_t> || std::is_same_v<Held, std::monostate>)
          return false;
        else
          return held.empty();
      },
      value.value_);
  return put(key, is_default ? Json() : std::move(value));
}

Json& Json::put(std::string_view key, Json value) {
  if (is_null()) value_ = Object{};
  Object* all = std::get_if<Object>(&value_);
  if (all == nullptr) throw Refusal(code::internal, "a member was set on JSON that is not an object");
  // Descriptions are often built in key order: then the search is over at the first comparison.
  auto place =
      all->empty() || all->back().first < key ? all->end() : std::lower_bound(all->begin(), all->end(), key, by_key);
  const bool present = place != all->end() && place->first == key;
  if (value.is_null()) {
    if (present) all->erase(place);
  } else if (present) {
    place->second = std::move(value);
  } else {
    constexpr std::size_t usual = 8;  // members, of what a description is made of
    if (all->empty()) {
      all->reserve(usual);
      place = all->end();
    }
    all->emplace(place, std::string(key), std::move(value));
  }
  return *this;
}

Json& Json::push(Json value) {
  if (is_null()) value_ = Array{};
  Array* all = std::get_if<Array>(&value_);
  if (all == nullptr) throw Refusal(code::internal, "an item was added to JSON that is not an array");
  all->push_back(std::move(value));
  return *this;
}

std::string Json::dump() const {
  std::string out;
  dump_to(out);
  return out;
}

bool Json::operator==(const Json& other) const { return value_ == other.value_; }

void Json::dump_to(std::string& out) const {
  if (const std::string* text = std::get_if<std::string>(&value_)) {
    dump_string(*text, out);
  } else if (const Object* all = std::get_if<Object>(&value_)) {
    out += '{';
    for (const Member& member : *all) {
      if (&member != all->data()) out += ',';
      dump_string(member.first, out);
      out += ':';
      member.second.dump_to(out);
    }
    out += '}';
  } else if (const Array* list = std::get_if<Array>(&value_)) {
    out += '[';
    for (const Json& item : *list) {
      if (&item != list->data()) out += ',';
      item.dump_to(out);
    }
    out += ']';
  } else if (const std::int64_t* number = std::get_if<std::int64_t>(&value_)) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr;
    out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
  } else if (const bool* flag = std::get_if<bool>(&value_)) {
    out += *flag ? "true" : "false";
  } else {
    out += "null";
  }
}

}  // namespace xc
