// See run_as.hpp.
#include "plan/run_as.hpp"

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "ledger/reading.hpp"
#include "pg/query.hpp"
#include "pg/server.hpp"

namespace xc::plan {

namespace {

// Nothing when there is no such relation: the step says so better.
std::string owner_of(const std::string& relation) {
  const auto rows = pg::query("SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_class "
                              "JOIN pg_catalog.pg_roles ON pg_roles.oid = relowner "
                              "WHERE pg_class.oid = pg_catalog.to_regclass($1)",
                              {pg::arg(relation)});
  return rows.empty() ? std::string() : rows[0][0].value_or("");
}

// The owner of the relations, and of all that inherit from them, that has the rights of all the others: the one wanted if
// possible. Never a superuser beside others, since what these have put there would run with his rights.
std::string owner_of_all(const std::vector<std::string>& relations, const std::string& wanted) {
  const auto owners = pg::query(
      "WITH RECURSIVE tree AS (SELECT pg_catalog.to_regclass(name)::oid AS oid FROM pg_catalog.unnest($1::text[]) name"
      " UNION SELECT inhrelid FROM pg_catalog.pg_inherits JOIN tree ON inhparent = tree.oid),"
      " owners AS (SELECT DISTINCT r.oid, r.rolname, r.rolsuper FROM pg_catalog.pg_class c JOIN tree ON tree.oid = c.oid"
      " JOIN pg_catalog.pg_roles r ON r.oid = c.relowner)"
      "SELECT pg_catalog.quote_ident(rolname), (NOT rolsuper OR (SELECT pg_catalog.bool_and(rolsuper) FROM owners))"
      " AND (SELECT pg_catalog.bool_and(pg_catalog.pg_has_role(o.oid, other.oid, 'USAGE')) FROM owners other)"
      " FROM owners o ORDER BY rolname COLLATE \"C\"",
      {ledger::text_array(relations)});
  std::string found, all, others;
  for (const pg::Fields& row : owners) {
    all += (all.empty() ? "" : ", ") + *row[0];
    if (*row[0] != wanted) others += (others.empty() ? "" : ", ") + *row[0];
    if (row[1] == "t" && (found.empty() || *row[0] == wanted)) found = *row[0];
  }
  if (!found.empty() || owners.empty()) return found;
  throw Refusal(code::unsupported, fmt::format("{} and what inherits from it have owners that are no members of each other", relations.front()))
      .detail(fmt::format("The step can run code of each of them, so it runs as none but an owner, who must own it all: {}.", all))
      .hint(fmt::format("GRANT {} TO {}; or give the tables one owner before.", others, wanted));
}

Oid role_named(const std::string& quoted) {
  if (quoted.empty()) return InvalidOid;
  const auto rows = pg::query("SELECT pg_catalog.to_regrole($1)::oid", {pg::arg(quoted)});
  return rows.empty() || !rows[0][0] ? InvalidOid : static_cast<Oid>(std::stoul(*rows[0][0]));
}

std::string role_of(const Step& step) {
  if (!superuser()) return {};
  if (!step.run_as_owner_of.empty()) return owner_of(step.run_as_owner_of);
  return step.must_own.empty() ? step.run_as : owner_of_all(step.must_own, step.run_as);
}

}  // namespace

RunAs::RunAs(const Step& step) : RunAs(role_of(step)) {}

Oid responsible_for(const PlannedStep& step) {
  return role_named(step.owner.empty() && !step.part_of.empty() ? owner_of(step.part_of) : step.owner);
}

RunAs::RunAs(const std::string& role) {
  if (role.empty() || !superuser()) return;
  const Oid oid = role_named(role);
  if (!OidIsValid(oid)) {
    throw Refusal("42704", fmt::format("role {} does not exist", role))
        .detail("What a step runs of the users' code has to run as its owner.");
  }
  if (!pg::call([&] { return superuser_arg(oid); })) scope_.emplace(oid, true);
}

}  // namespace xc::plan
