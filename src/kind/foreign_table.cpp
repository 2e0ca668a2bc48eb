// Foreign tables: a table's parents and columns (table.cpp), on a server and with options of its own. The rows are
// elsewhere, so nothing is lost when one is dropped and made again.
#include <fmt/format.h>

#include "kind/column.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/options.hpp"
#include "kind/table.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

// --- reading ---

std::vector<std::uint32_t> list() {
  std::vector<std::uint32_t> result;
  for (const pg::Row& row : pg::scan(ForeignTableRelationId, InvalidOid, {})) {
    result.push_back(row.form<FormData_pg_foreign_table>().ftrelid);
  }
  return result;
}

bool covers(const pg::Row& row) {
  return row.form<FormData_pg_class>().relkind == RELKIND_FOREIGN_TABLE;
}

void describe_source(Oid table, Json& body) {
  for (const pg::Row& row : pg::scan(ForeignTableRelationId, ForeignTableRelidIndexId,
                                     {pg::oid_key(Anum_pg_foreign_table_ftrelid, table)})) {
    body.set("server", pg::object_identity(ForeignServerRelationId, row.form<FormData_pg_foreign_table>().ftserver));
    body.set("options", read_generic_options(row.maybe(Anum_pg_foreign_table_ftoptions)));
  }
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::find(RELOID, oid).value();
  const auto& form = row.form<FormData_pg_class>();
  describe_source(oid, object.body);
  describe_parents(oid, object.body);
  describe_columns(oid, form.relowner, !form.relispartition, object);
}

// --- writing ---

std::string target(const Json& body) { return "FOREIGN TABLE " + qualified_name(body); }
std::string grant_target(const Json& body) { return "TABLE " + qualified_name(body); }

std::string create_statement(const Object& to, bool inherits) {
  const Json& body = to.body;
  return fmt::format("CREATE {}{}{}\nSERVER {}{}", target(body), column_list(to, !inherits), inherits_clause(body, inherits),
                     body["server"].str(), options_clause(body["options"]));
}

void create(const Object& to, Script& script) {
  create_table(to, create_statement, script);
  script.steps().front().with_secrets(secrets_in(to.body["options"]));
}

void write_options(const Json& from, const Json& to, Script& script) {
  const std::string change = options_change(from["options"], to["options"]);
  if (change.empty()) return;
  script.add(Stage::change, fmt::format("ALTER {}{}", target(to), change))
      .with_secrets(secrets_in_change(from["options"], to["options"]));
}

Change alter(const Object& from, const Object& to, Script& script) {
  if (!same_apart_from(from.body, to.body, {"columns", "inherits", "partition_of", "partition_bound", "options"})) {
    return Change::replace;
  }
  return alter_table(from, to, write_options, script);
}

void drop(const Object& from, Script& script) {
  script.add(Stage::drop, "DROP " + target(from.body)).because("it does not exist in the target");
}

}  // namespace

extern const Kind foreign_table_kind;
constinit const Kind foreign_table_kind = {
    .name = "foreign table",
    .catalog = RelationRelationId,
    .rank = Rank::foreign_table,
    .list = list,
    .covers = covers,
    .describe = describe,
    .target = target,
    .grant_target = grant_target,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = nullptr,
    .complete = complete_columns,
};

}  // namespace xc
