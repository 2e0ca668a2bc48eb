// See unfit_rows.hpp. As the owner of each table and with its triggers quiet, those of foreign keys too: what these would
// do is done here.
#include "apply/unfit_rows.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "apply/surgery.hpp"
#include "core/sql.hpp"
#include "pg/attempt.hpp"
#include "pg/scope.hpp"
#include "pg/query.hpp"
#include "pg/server.hpp"

namespace xc::apply {

namespace {

Oid oid_in(const pg::Field& field) { return static_cast<Oid>(std::stoul(field.value())); }

constexpr int most_keys = 3;

// Of a query that gives keys, as text and without an order.
std::string listed(Oid owner, const std::string& keys) {
  const pg::AsRole as_owner(owner, true);
  const auto found = pg::query(fmt::format("SELECT pg_catalog.string_agg(k, ', ' ORDER BY k) FILTER (WHERE n <= {0}), pg_catalog.max(n)"
                                           " FROM (SELECT k, pg_catalog.row_number() OVER (ORDER BY k) AS n FROM ({1}) q (k)) r", most_keys, keys));
  if (found.empty() || !found[0][0]) return {};
  const int more = std::stoi(found[0][1].value()) - most_keys;
  return *found[0][0] + (more > 0 ? fmt::format(" and {} more", more) : std::string());
}

struct ForeignKey {
  std::string table, rows, name, nulls, without_partner, columns;
  Oid relation = InvalidOid;
  Oid owner = InvalidOid;
  bool nullable = false;

  static std::optional<ForeignKey> read(const std::string& constraint) {
    const auto found = pg::query(
        "SELECT t.oid::pg_catalog.regclass, t.relowner, t.relkind, k.confrelid::pg_catalog.regclass,"
        " pg_catalog.string_agg(pg_catalog.format('c.%I IS NOT NULL', f.attname), ' AND '),"
        " pg_catalog.string_agg(pg_catalog.format('p.%I OPERATOR(%I.%s) c.%I', r.attname, n.nspname, o.oprname, f.attname), ' AND '),"
        " pg_catalog.string_agg(pg_catalog.format('%I = NULL', f.attname), ', '),"
        " pg_catalog.bool_and(NOT f.attnotnull AND f.attgenerated = ''), pg_catalog.quote_ident(k.conname),"
        " pg_catalog.string_agg(pg_catalog.format('c.%I', f.attname), ', '), t.oid"
        " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class t ON t.oid = k.conrelid,"
        " unnest(k.conkey, k.confkey, k.conpfeqop) AS u (here, there, equal)"
        " JOIN pg_catalog.pg_operator o ON o.oid = u.equal JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace,"
        " pg_catalog.pg_attribute f, pg_catalog.pg_attribute r"
        " WHERE k.oid = $1::oid AND f.attrelid = k.conrelid AND f.attnum = u.here AND r.attrelid = k.confrelid AND r.attnum = u.there"
        " GROUP BY t.oid, k.oid",
        {pg::arg(constraint)});
    if (found.empty()) return {};
    const pg::Fields& row = found[0];
    ForeignKey key;
    key.table = *row[0];
    key.owner = oid_in(row[1]);
    key.rows = (row[2] == "r" ? "ONLY " : "") + key.table;
    key.without_partner = fmt::format(" WHERE {} AND NOT EXISTS (SELECT FROM {} p WHERE {})", *row[4], *row[3], *row[5]);
    key.nulls = *row[6];
    key.nullable = row[7] == "t";
    key.name = *row[8];
    key.columns = *row[9];
    key.relation = oid_in(row[10]);
    return key;
  }

  std::string sample() const {
    return listed(owner, fmt::format("SELECT DISTINCT ROW({})::text FROM {} c{}", columns, rows, without_partner));
  }
};

class Removal {
 public:
  std::vector<std::string> lines;

  // Of the children, too, unless they do not inherit it; rows of foreign tables are not ours.
  void for_check(const std::string& table, const std::string& name) {
    const auto rows = pg::query(
        "WITH RECURSIVE own AS (SELECT * FROM pg_catalog.pg_constraint WHERE conrelid = pg_catalog.to_regclass($1)"
        " AND pg_catalog.quote_ident(conname) = $2 AND contype = 'c'),"
        " tree(oid) AS (SELECT conrelid FROM own UNION SELECT inhrelid FROM pg_catalog.pg_inherits JOIN tree ON inhparent = tree.oid, own"
        " WHERE NOT connoinherit)"
        " SELECT c.oid::pg_catalog.regclass, c.relowner, pg_catalog.pg_get_expr(conbin, conrelid) FROM own, tree"
        " JOIN pg_catalog.pg_class c ON c.oid = tree.oid WHERE relkind = 'r' ORDER BY c.oid",
        {pg::arg(table), pg::arg(name)});
    for (const pg::Fields& row : rows) {
      const std::string& here = *row[0];
      const std::uint64_t number = run_as_owner(oid_in(row[1]), fmt::format("DELETE FROM ONLY {} WHERE NOT ({})", here, *row[2]), Triggers::quiet);
      gone(number, here, name);
      if (number > 0) for_those_that_refer_to(here);
    }
  }

  void for_foreign_key(const std::string& constraint) {
    const auto key = ForeignKey::read(constraint);
    if (!key) return;
    const std::string sample = key->sample();
    const std::string change = key->nullable ? fmt::format("UPDATE {} c SET {}", key->rows, key->nulls) : fmt::format("DELETE FROM {} c", key->rows);
    const std::uint64_t number = update_rows(key->relation, key->owner, change + key->without_partner);
    gone(number, key->table, key->name, key->nullable, sample);
    if (number > 0 && !key->nullable) for_those_that_refer_to(key->table);
  }

 private:
  void gone(std::uint64_t number, const std::string& table, const std::string& constraint, bool only_values = false,
            const std::string& sample = {}) {
    if (number == 0) return;
    lines.push_back(fmt::format("{}: {}{} row(s) that {} does not let in are lost{}{}", table, only_values ? "values in " : "", number,
                                constraint, sample.empty() ? "" : ": ", sample));
  }

  // Those that refer to a partitioned table refer to its partitions.
  void for_those_that_refer_to(const std::string& table) {
    const auto keys = pg::query(
        "WITH RECURSIVE whole(oid) AS (SELECT pg_catalog.to_regclass($1)::oid UNION SELECT inhparent FROM pg_catalog.pg_inherits"
        " JOIN whole ON inhrelid = whole.oid)"
        " SELECT k.oid FROM pg_catalog.pg_constraint k JOIN whole ON whole.oid = confrelid"
        " WHERE contype = 'f' AND convalidated AND conparentid = 0 ORDER BY k.oid",
        {pg::arg(table)});
    for (const pg::Fields& key : keys) for_foreign_key(*key[0]);
  }
};

// While it is there as NOT VALID, the server has its operators.
void for_new_foreign_key(Removal& removal, const Json& body) {
  const std::string& table = body["table"].str();
  const std::string& name = body["name"].str();
  pg::run(fmt::format("ALTER TABLE {} ADD CONSTRAINT {} {} NOT VALID", table, name, body["definition"].str()));
  const auto added = pg::query(
      "SELECT oid FROM pg_catalog.pg_constraint WHERE conrelid = pg_catalog.to_regclass($1) AND pg_catalog.quote_ident(conname) = $2",
      {pg::arg(table), pg::arg(name)});
  removal.for_foreign_key(*added[0][0]);
  pg::run(fmt::format("ALTER TABLE {} DROP CONSTRAINT {}", table, name));
}

bool is_foreign_key(const Object& constraint) { return constraint.kind->rank == Rank::foreign_key; }

}  // namespace

const char* violation(const std::string& sqlstate) {
  constexpr const char* codes[] = {"23502", "23503", "23505", "23514", "23P01"};
  const auto found = std::find(std::begin(codes), std::end(codes), sqlstate);
  return found == std::end(codes) ? nullptr : *found;
}

std::string keys_without_partner(const std::string& constraint) {
  std::string keys;
  (void)pg::attempt([&] {
    if (const auto key = ForeignKey::read(constraint)) keys = key->sample();
  });
  return keys;
}

std::string keys_there_twice(const Json& constraint) {
  const std::string& definition = constraint["definition"].str();
  const std::size_t begin = definition.find('(');
  const std::size_t end = definition.find(')');  // a column whose name has one is not told
  const bool is_unique = definition.starts_with("PRIMARY KEY") || definition.starts_with("UNIQUE");
  if (!is_unique || begin == std::string::npos || end == std::string::npos) return {};
  const std::string columns = definition.substr(begin + 1, end - begin - 1);
  const std::string where = definition.find("NULLS NOT DISTINCT") < begin ? "" : fmt::format("WHERE ROW({}) IS NOT NULL", columns);
  std::string keys;
  (void)pg::attempt([&] {
    const auto owner = pg::query("SELECT relowner FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1)", {pg::arg(constraint["table"].str())});
    if (owner.empty()) return;
    keys = listed(oid_in(owner[0][0]), fmt::format("SELECT ROW({0})::text FROM {1} {2} GROUP BY {0} HAVING count(*) > 1", columns,
                                                   constraint["table"].str(), where));
  });
  return keys;
}

bool can_remove_unfit_rows(const Object& constraint) {
  return is_foreign_key(constraint) || (constraint.kind->rank == Rank::constraint && !constraint.body.has("index"));
}

std::vector<std::string> remove_unfit_rows(const Object& constraint) {
  const Json& body = constraint.body;
  Removal removal;
  const auto failure = pg::attempt([&] {
    if (is_foreign_key(constraint)) {
      for_new_foreign_key(removal, body);
    } else {
      removal.for_check(body["table"].str(), body["name"].str());
    }
  });
  return failure ? std::vector<std::string>() : removal.lines;
}

}  // namespace xc::apply
