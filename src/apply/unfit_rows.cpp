// See unfit_rows.hpp. As the owner of each table and with its triggers quiet, those of foreign keys too: what these would
// do is done here.
#include "apply/unfit_rows.hpp"

#include <fmt/format.h>

#include "apply/surgery.hpp"
#include "core/sql.hpp"
#include "pg/attempt.hpp"
#include "pg/query.hpp"
#include "pg/server.hpp"

namespace xc::apply {

namespace {

Oid oid_in(const pg::Field& field) { return static_cast<Oid>(std::stoul(field.value())); }

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
    const auto rows = pg::query(
        "SELECT t.oid::pg_catalog.regclass, t.relowner, t.relkind, k.confrelid::pg_catalog.regclass,"
        " pg_catalog.string_agg(pg_catalog.format('c.%I IS NOT NULL', f.attname), ' AND '),"
        " pg_catalog.string_agg(pg_catalog.format('p.%I OPERATOR(%I.%s) c.%I', r.attname, n.nspname, o.oprname, f.attname), ' AND '),"
        " pg_catalog.string_agg(pg_catalog.format('%I = NULL', f.attname), ', '),"
        " pg_catalog.bool_and(NOT f.attnotnull AND f.attgenerated = ''), pg_catalog.quote_ident(k.conname)"
        " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class t ON t.oid = k.conrelid,"
        " unnest(k.conkey, k.confkey, k.conpfeqop) AS u (here, there, equal)"
        " JOIN pg_catalog.pg_operator o ON o.oid = u.equal JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace,"
        " pg_catalog.pg_attribute f, pg_catalog.pg_attribute r"
        " WHERE k.oid = $1::oid AND f.attrelid = k.conrelid AND f.attnum = u.here AND r.attrelid = k.confrelid AND r.attnum = u.there"
        " GROUP BY t.oid, k.oid",
        {pg::arg(constraint)});
    if (rows.empty()) return;
    const pg::Fields& key = rows[0];
    const std::string& table = *key[0];
    const std::string where = fmt::format(" WHERE {} AND NOT EXISTS (SELECT FROM {} p WHERE {})", *key[4], *key[3], *key[5]);
    const std::string from = (key[2] == "r" ? "ONLY " : "") + table;
    const bool nulls = key[7] == "t";
    const std::string remove = nulls ? fmt::format("UPDATE {} c SET {}", from, *key[6]) : fmt::format("DELETE FROM {} c", from);
    const std::uint64_t number = run_as_owner(oid_in(key[1]), remove + where, Triggers::quiet);
    gone(number, table, *key[8], nulls);
    if (number > 0 && !nulls) for_those_that_refer_to(table);
  }

 private:
  void gone(std::uint64_t number, const std::string& table, const std::string& constraint, bool only_values = false) {
    if (number == 0) return;
    lines.push_back(fmt::format("{}: {}{} row(s) that {} does not let in are lost", table, only_values ? "values in " : "", number,
                                constraint));
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
