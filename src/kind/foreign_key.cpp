// Foreign keys. The rows that a foreign key of or to a partitioned table has for the partitions belong to it, as do the
// triggers that enforce it.
#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/enforcement.hpp"
#include "kind/kind.hpp"
#include "kind/relation_parts.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

bool is_foreign_key(const pg::Row& row) {
  const auto& form = row.form<FormData_pg_constraint>();
  return form.contype == CONSTRAINT_FOREIGN && !OidIsValid(form.conparentid);
}

std::vector<std::uint32_t> list() {
  std::vector<std::uint32_t> result;
  for (const pg::Row& row :
       pg::scan(ConstraintRelationId, InvalidOid, {pg::char_key(Anum_pg_constraint_contype, CONSTRAINT_FOREIGN)})) {
    if (is_foreign_key(row)) result.push_back(row.form<FormData_pg_constraint>().oid);
  }
  return result;
}

void describe(std::uint32_t oid, Object& object) {
  const auto row = pg::find(CONSTROID, oid);
  if (!row) return;
  const auto& form = row->form<FormData_pg_constraint>();
  object.body.set("table", pg::relation_name(form.conrelid));
  object.body.set("references", pg::relation_name(form.confrelid));
  std::string definition = pg::constraint_definition(oid);
  take_constraint_attributes(oid, definition, object.body);
  object.body.set("definition", std::move(definition));
  object.body.set(enforcement_member, read_enforcement(oid));
}

std::string target(const Json& body) {
  return fmt::format("CONSTRAINT {} ON {}", body["name"].str(), body["table"].str());
}

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  const std::string definition = body["definition"].str() + constraint_attributes(body);
  Step& step =
      to.chosen_index.empty()
          ? script.add(Stage::create, fmt::format("{} {}", constraint_statement(body, "ADD"), definition))
          : script
                .add(Stage::create,
                     fmt::format("SELECT xconnect.add_foreign_key({}::regclass, {}, {}, {}::regclass)", sql::literal(body["table"].str()),
                                 sql::literal(body["name"].str()), sql::literal(definition), sql::literal(to.chosen_index)))
                .because("it stands on that index, and more than one fits");
  step.locks(Lock::share_row_exclusive);
  if (!body["not_valid"].truth()) step.scans(body["table"].str());
  write_enforcement(Json(), body[enforcement_member], body, script);
}

std::string deferrability(const Json& body) {
  if (!body["deferrable"].truth()) return "NOT DEFERRABLE";
  return body["deferred"].truth() ? "DEFERRABLE INITIALLY DEFERRED" : "DEFERRABLE INITIALLY IMMEDIATE";
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"deferrable", "deferred", "not_valid", enforcement_member, "depends_on_extensions"})) {
    return Change::replace;
  }
  // It stands on another index.
  if (from.body["depends"] != to.body["depends"]) return Change::replace;
  const bool was_valid = !from.body["not_valid"].truth();
  const bool is_valid = !to.body["not_valid"].truth();
  if (was_valid && !is_valid) return Change::replace;
  if (deferrability(from.body) != deferrability(to.body)) {
    script.add(Stage::change, fmt::format("{} {}", constraint_statement(to.body, "ALTER"), deferrability(to.body)))
        .locks(Lock::share_row_exclusive);
  }
  if (!was_valid && is_valid) {
    script.add(Stage::change, constraint_statement(to.body, "VALIDATE"))
        .locks(Lock::share_update_exclusive)
        .scans(to.body["table"].str());
  }
  write_enforcement(from.body[enforcement_member], to.body[enforcement_member], to.body, script);
  return Change::in_place;
}

void drop(const Object& from, Script& script) { script.add(Stage::drop, constraint_statement(from.body, "DROP")); }

}  // namespace

extern const Kind foreign_key_kind;
constinit const Kind foreign_key_kind{
    .name = "foreign key",
    .catalog = ConstraintRelationId,
    .rank = Rank::foreign_key,
    .list = list,
    .covers = is_foreign_key,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = rename_constraint,
};

}  // namespace xc
