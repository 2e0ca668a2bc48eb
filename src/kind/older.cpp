// See older.hpp.
#include "kind/older.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "pg/catalog.hpp"
#include "pg/server.hpp"

extern "C" {
#include "commands/defrem.h"
}

namespace xc {

namespace {

constexpr std::string_view unknown_before = "not_null_constraint";  // PostgreSQL 17 (of domains), 18 (of columns)

// What comes out of the server's deparser.
constexpr std::array<std::string_view, 10> deparsed = {
    "check",     "default",  "definition", "generated", "partition_bound", "partition_key",
    "predicate", "sql_body", "using",      "where",
};

bool is_deparsed(std::string_view member) { return std::find(deparsed.begin(), deparsed.end(), member) != deparsed.end(); }

bool is_default_constraint(const Json& constraint) {
  return std::all_of(constraint.members().begin(), constraint.members().end(),
                     [](const Json::Member& one) { return one.first == "name" || one.first == "inherited"; });
}

bool same(const Json& older, const Json& newer, std::string_view member, bool texts);

bool same_members(const Json& older, const Json& newer, bool texts) {
  for (const auto& [name, value] : newer.members()) {
    if (name == unknown_before && !older.has(name)) {
      if (!is_default_constraint(value)) return false;
    } else if (!same(older[name], value, name, texts)) {
      return false;
    }
  }
  return std::all_of(older.members().begin(), older.members().end(), [&](const Json::Member& one) { return newer.has(one.first); });
}

bool same(const Json& older, const Json& newer, std::string_view member, bool texts) {
  if (older.is_object() && newer.is_object()) return same_members(older, newer, texts);
  if (older.is_array() && newer.is_array()) {
    return std::equal(older.items().begin(), older.items().end(), newer.items().begin(), newer.items().end(),
                      [&](const Json& a, const Json& b) { return same(a, b, member, texts); });
  }
  if (texts && older.is_string() && newer.is_string() && is_deparsed(member)) return true;
  return older == newer;
}

}  // namespace

bool differs_in_writing_only(const Json& older, const Json& newer, bool texts) { return same_members(older, newer, texts); }

#if PG_VERSION_NUM >= 170000

namespace {

// As the server asks before it chooses one. The object's own will go, or be this one.
bool is_taken(const std::string& schema, const std::string& name, Address live) {
  const Oid place = pg::call([&] { return get_namespace_oid(schema.c_str(), true); });
  if (!OidIsValid(place)) return false;
  const pg::Key of_name = {Anum_pg_constraint_conname, pg::Key::Type::name, CStringGetDatum(name.c_str())};
  const auto rows = pg::scan(ConstraintRelationId, ConstraintNameNspIndexId,
                             {of_name, pg::oid_key(Anum_pg_constraint_connamespace, place)});
  return std::any_of(rows.begin(), rows.end(), [&](const pg::Row& row) {
    const auto& form = row.form<FormData_pg_constraint>();
    const Oid owner = OidIsValid(form.conrelid) ? form.conrelid : form.contypid;
    return form.contype != CONSTRAINT_NOTNULL || owner != live.object;
  });
}

}  // namespace

std::string default_not_null_name(const Json& body, std::string_view column, const std::string& given, Beside& beside) {
  const std::string owner = sql::unquoted(body["name"].str());
  const std::string part = sql::unquoted(column);
  const std::string schema = sql::unquoted(body["schema"].str());
  const auto name = [&](int pass) {
    const std::string label = pass == 0 ? "not_null" : fmt::format("not_null{}", pass);
    return std::string(pg::call([&] { return makeObjectName(owner.c_str(), part.empty() ? nullptr : part.c_str(), label.c_str()); }));
  };
  constexpr int likely = 10;
  for (int pass = 0; !given.empty() && pass < likely; ++pass) {
    if (pg::quoted(name(pass)) == given) return given;
  }
  for (int pass = 0;; ++pass) {
    const std::string free = name(pass);
    std::string quoted = pg::quoted(free);
    if (beside.names.contains(quoted) || is_taken(schema, free, beside.live)) continue;
    beside.names.insert(quoted);
    return quoted;
  }
}

#else

std::string default_not_null_name(const Json&, std::string_view, const std::string&, Beside&) { return {}; }

#endif

}  // namespace xc
