// See report.hpp.
#include "diff/report.hpp"

#include <optional>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "core/text_diff.hpp"
#include "diff/render.hpp"

namespace xc::diff {
namespace {

struct Sides {
  std::optional<Object> from, to;
  const Object& shown() const { return to ? *to : *from; }
};

Sides sides_of(const State& from, const State& to, const Change& change) {
  Sides sides;
  if (change.from) sides.from = from.object(change.from_key, *change.from);
  if (change.to) sides.to = to.object(change.to_key, *change.to);
  return sides;
}

pg::Field ddl_of(const std::optional<Object>& object) {
  if (!object) return std::nullopt;
  return ddl(*object);
}

// As the catalogs spell it: bodies hold quoted identifiers.
pg::Field unquoted(const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (name.front() != '"') return name;
  std::string plain;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    plain += name[i];
    if (name[i] == '"') ++i;
  }
  return plain;
}

// What lives in no schema itself but stands on something that does is told with that one's: "audit on public.orders".
std::string schema_of(const Object& object) {
  if (object.body.has("schema")) return object.body["schema"].str();
  constexpr std::string_view on = " on ";
  const std::string_view identity = object.identity();
  const std::size_t at = sql::find_unquoted(identity, on);
  if (at == std::string_view::npos) return {};
  const std::string_view below = identity.substr(at + on.size());
  const std::size_t dot = sql::find_unquoted(below, ".");
  return dot == std::string_view::npos ? std::string() : std::string(below.substr(0, dot));
}

}  // namespace

pg::Fields row_of(const State& from, const State& to, const Change& change) {
  const Sides sides = sides_of(from, to, change);
  const Json& body = sides.shown().body;
  return {name_of(change.what), body["type"].str(), unquoted(schema_of(sides.shown())), unquoted(body["name"].str()),
          body["identity"].str(), ddl_of(sides.from), ddl_of(sides.to)};
}

std::string text_of(const State& from, const State& to, const Change& change) {
  const Sides sides = sides_of(from, to, change);
  std::string text = unified_diff(ddl_of(sides.from).value_or(""), ddl_of(sides.to).value_or(""),
                                  change.from ? "a/" + change.from_key : "/dev/null",
                                  change.to ? "b/" + change.to_key : "/dev/null");
  if (change.what == Change::What::rename) text = fmt::format("rename from {}\nrename to {}\n{}", change.from_key, change.to_key, text);
  return text;
}

}  // namespace xc::diff
