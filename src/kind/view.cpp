// Views. Their columns are described by column.cpp like a table's; what they are follows from the definition, but what
// is said of them (defaults, comments, privileges) does not.
#include <string>
#include <vector>

#include <fmt/format.h>

#include "kind/column.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/relation_parts.hpp"
#include "kind/source_text.hpp"
#include "kind/view_columns.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

constexpr std::string_view check_option = "check_option=";

// --- reading ---

std::vector<std::uint32_t> list() {
  return pg::oids_of(RelationRelationId, {pg::char_key(Anum_pg_class_relkind, RELKIND_VIEW)});
}

bool covers(const pg::Row& row) {
  return row.form<FormData_pg_class>().relkind == RELKIND_VIEW;
}

// The check option is one of the storage parameters in the catalog, and a clause of its own in SQL.
void describe_options(const pg::Row& row, Json& body) {
  const Json stored = read_options(row.maybe(Anum_pg_class_reloptions));
  Json options = Json::array();
  for (const Json& option : stored.items()) {
    if (option.str().starts_with(check_option)) {
      body.set("check_option", option.str().substr(check_option.size()));
    } else {
      options.push(option);
    }
  }
  body.set("options", std::move(options));
}

void describe(std::uint32_t oid, Object& object) {
  const auto row = pg::find(RELOID, oid);
  if (!row) return;
  describe_options(*row, object.body);
  describe_columns(oid, row->form<FormData_pg_class>().relowner, false, object);
  object.body.set("definition", pg::view_definition(oid));
}

// --- writing ---

std::string target(const Json& body) { return "VIEW " + qualified_name(body); }
std::string grant_target(const Json& body) { return "TABLE " + qualified_name(body); }

std::string definition_of(const Json& body) {
  std::string sql =
      fmt::format("{}{} AS\n{}", target(body), with_clause(body["options"]), source_text(body["definition"].str()));
  if (body.has("check_option")) {
    sql += fmt::format("\n  WITH {} CHECK OPTION", body["check_option"].str() == "local" ? "LOCAL" : "CASCADED");
  }
  return sql;
}

void write_default(const Json& body, const Json& from, const Json& column, Script& script) {
  if (from["default"] == column["default"]) return;
  const ColumnTable view = column_table(body);
  if (column.has("default")) {
    write_set_default(view, column, Stage::finish, script);
  } else {
    write_drop_default(view, from, Stage::release, script);  // it has its old name at that stage
  }
}

void write_columns(const Json& from, const Json& body, Script& script) {
  const Json::Array& columns = body["columns"].items();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Json& old_column = item_or_null(from, i);
    write_default(body, old_column, columns[i], script);
    write_column_notes(column_table(body), old_column, columns[i], script);
  }
}

void create(const Object& to, Script& script) {
  script.add(Stage::create, "CREATE " + definition_of(to.body)).locks(Lock::none);
  write_columns(Json(), to.body, script);
}

// As storage parameters, the check option among them.
Json all_options(const Json& body) {
  Json options = body["options"].is_array() ? body["options"] : Json::array();
  if (body.has("check_option")) options.push(std::string(check_option) + body["check_option"].str());
  return options;
}

Change alter(const Object& from, const Object& to, Script& script) {
  const Json& body = to.body;
  if (!same_apart_from(from.body, body,
                       {"columns", "definition", "options", "check_option", "depends_on_extensions"}) ||
      !columns_begin(from.body["columns"], body["columns"])) {
    return Change::replace;
  }
  write_column_renames(from, to, script);
  const bool has_more = from.body["columns"].items().size() < body["columns"].items().size();
  if (has_more || !same_query(from.body, body)) {
    script.add(Stage::change, "CREATE OR REPLACE " + definition_of(body));  // sets all options anew
  } else {
    write_option_steps(all_options(from.body), all_options(body), "ALTER " + target(body), script);
  }
  write_columns(from.body["columns"], body, script);
  return Change::in_place;
}

void drop(const Object& from, Script& script) { script.add(Stage::drop, "DROP " + target(from.body)); }

}  // namespace

extern const Kind view_kind;
constinit const Kind view_kind{
    .name = "view",
    .catalog = RelationRelationId,
    .rank = Rank::view,
    .list = list,
    .covers = covers,
    .describe = describe,
    .target = target,
    .grant_target = grant_target,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = nullptr,
};

}  // namespace xc
