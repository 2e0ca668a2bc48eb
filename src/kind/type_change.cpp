// Which conversions keep a column's values, as data; see type_change.hpp.
//
// The rule: a conversion keeps values when an assignment cast gives each value back exactly or raises an error.
// bigint to integer fails on what does not fit; numeric(12,2) to numeric(10,2) likewise, but numeric(12,4) to
// numeric(12,2) rounds and does not count. text to varchar(n) counts, although by the SQL standard excess blanks at the
// end go silently. The cast must be the assignment cast: an explicit one to varchar(n) cuts without a word, so such
// conversions are written without USING. Every type that is not listed counts as lossy.
#include "kind/type_change.hpp"

#include <fmt/format.h>

#include "core/sql.hpp"

#include <array>
#include <charconv>
#include <string>

namespace xc {

std::string with_its_oids(const Object& to, const std::string& create, Parts parts) {
  if (!to.kept || to.kept->type == 0) return create;
  std::string labels;
  for (const std::int64_t oid : to.parts) labels += fmt::format("{}{}", labels.empty() ? "" : ", ", oid);
  return fmt::format("SELECT xconnect.make_type({}, {}{})", sql::literal(create), to.kept->type,
                     parts == Parts::labels       ? fmt::format(", ARRAY[{}]::oid[]", labels)
                     : parts == Parts::attributes ? fmt::format(", NULL, {}", to.body["attributes"].items().size())
                                                  : "");
}

namespace {

enum class Family { other, integer, numeric, string, boolean, uuid, real, double_precision, date, timestamp, json, jsonb };

struct Named {
  std::string_view name;
  Family family;
};

constexpr std::array<Named, 13> families = {{
    {"smallint", Family::integer},
    {"integer", Family::integer},
    {"bigint", Family::integer},
    {"numeric", Family::numeric},
    {"text", Family::string},
    {"character varying", Family::string},
    {"boolean", Family::boolean},
    {"uuid", Family::uuid},
    {"real", Family::real},
    {"double precision", Family::double_precision},
    {"date", Family::date},
    {"json", Family::json},
    {"jsonb", Family::jsonb},
}};

struct Conversion {
  Family from;
  Family to;
  bool needs_using = false;
};

constexpr std::array<Conversion, 14> value_keeping = {{
    {Family::integer, Family::integer},
    {Family::integer, Family::numeric},    // unless the scale is negative
    {Family::numeric, Family::numeric},    // when the scale does not shrink
    {Family::string, Family::string},
    {Family::integer, Family::string},
    {Family::numeric, Family::string},
    {Family::boolean, Family::string},
    {Family::uuid, Family::string},
    {Family::json, Family::string},
    {Family::jsonb, Family::string},
    {Family::string, Family::json, true},
    {Family::jsonb, Family::json},
    {Family::real, Family::double_precision},
    {Family::date, Family::timestamp},
}};

struct Type {
  Family family = Family::other;
  bool array = false;
  int first = -1;   // length or precision; -1: none
  int second = -1;  // scale
};

Family family_of(std::string_view name) {
  if (name == "timestamp without time zone") return Family::timestamp;
  for (const Named& named : families) {
    if (named.name == name) return named.family;
  }
  return Family::other;
}

int number(std::string_view text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Type parse(std::string_view text) {
  Type type;
  while (text.ends_with("[]")) {
    type.array = true;
    text.remove_suffix(2);
  }
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) {
    type.family = family_of(text);
    return type;
  }
  const std::size_t close = text.find(')', open);
  if (close == std::string_view::npos || close + 1 != text.size()) return type;
  type.family = family_of(text.substr(0, open));
  const std::string_view modifiers = text.substr(open + 1, close - open - 1);
  const std::size_t comma = modifiers.find(',');
  type.first = number(modifiers.substr(0, comma));
  if (comma != std::string_view::npos) type.second = number(modifiers.substr(comma + 1));
  // A modifier of a family that the table does not know about (timestamp(0) rounds).
  if (type.family != Family::numeric && type.family != Family::string) type.family = Family::other;
  return type;
}

bool scale_fits(const Type& from, const Type& to) {
  if (to.first < 0) return true;  // numeric without modifiers takes everything
  if (from.family == Family::integer) return to.second >= 0;
  return from.first >= 0 && to.second >= from.second && from.second >= 0;
}

bool only_widens(const Type& from, const Type& to) {
  if (from.family != to.family || from.array != to.array) return false;
  if (from.family == Family::string) return to.first < 0 || (from.first >= 0 && to.first >= from.first);
  if (from.family == Family::numeric) {
    return to.first < 0 || (from.first >= 0 && to.second == from.second && to.first >= from.first);
  }
  return false;
}

}  // namespace

TypeChange type_change(std::string_view from_name, std::string_view to_name) {
  if (from_name == to_name) return {.keeps_values = true, .needs_using = false, .rewrites = false};  // its collation
  const Type from = parse(from_name);
  const Type to = parse(to_name);
  TypeChange change;
  for (const Conversion& conversion : value_keeping) {
    if (from.array != to.array || from.family != conversion.from || to.family != conversion.to) continue;
    if (to.family == Family::numeric && !scale_fits(from, to)) continue;
    change.keeps_values = true;
    change.needs_using = conversion.needs_using;
  }
  if (change.keeps_values) change.rewrites = !only_widens(from, to);
  return change;
}

}  // namespace xc
