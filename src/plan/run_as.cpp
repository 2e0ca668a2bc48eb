// See run_as.hpp.
#include "plan/run_as.hpp"

#include <fmt/format.h>

#include "core/refusal.hpp"
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

}  // namespace

RunAs::RunAs(const Step& step) : RunAs(step.run_as_owner_of.empty() ? step.run_as : owner_of(step.run_as_owner_of)) {}

RunAs::RunAs(const std::string& role) {
  if (role.empty() || !superuser()) return;
  const auto rows = pg::query("SELECT pg_catalog.to_regrole($1)::oid", {pg::arg(role)});
  if (rows.empty() || !rows[0][0]) {
    throw Refusal("42704", fmt::format("role {} does not exist", role))
        .detail("What a step runs of the users' code has to run as its owner.");
  }
  const Oid oid = static_cast<Oid>(std::stoul(*rows[0][0]));
  if (!pg::call([&] { return superuser_arg(oid); })) scope_.emplace(oid, true);
}

}  // namespace xc::plan
