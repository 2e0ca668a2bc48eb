// Materialized views. Whether one is populated is data: pg_dump -s does not print it, so it is not described.
#include <string>

#include <fmt/format.h>

#include "kind/column.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/relation_parts.hpp"
#include "kind/source_text.hpp"
#include "kind/table.hpp"
#include "kind/view_columns.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

// --- reading ---

std::vector<std::uint32_t> list() {
  return pg::oids_of(RelationRelationId, {pg::char_key(Anum_pg_class_relkind, RELKIND_MATVIEW)});
}

bool covers(const pg::Row& row) {
  return row.form<FormData_pg_class>().relkind == RELKIND_MATVIEW;
}

// Identity by an index is the index's.
const char* replica_identity_name(char identity) {
  switch (identity) {
    case REPLICA_IDENTITY_FULL:
      return "FULL";
    case REPLICA_IDENTITY_NOTHING:
      return "NOTHING";
    default:
      return "";
  }
}

void describe(std::uint32_t oid, Object& object) {
  const auto row = pg::find(RELOID, oid);
  if (!row) return;
  const auto& form = row->form<FormData_pg_class>();
  Json& body = object.body;
  body.set("access_method", pg::access_method_name(form.relam));
  body.set("tablespace", pg::tablespace_name(form.reltablespace));
  body.set("options", read_options(row->maybe(Anum_pg_class_reloptions)));
  if (OidIsValid(form.reltoastrelid)) {
    const auto toast = pg::find(RELOID, form.reltoastrelid);
    if (toast) body.set("toast_options", read_options(toast->maybe(Anum_pg_class_reloptions)));
  }
  body.set("replica_identity", replica_identity_name(form.relreplident));
  describe_columns(oid, form.relowner, false, object);
  body.set("definition", pg::view_definition(oid));
}

// --- writing ---

std::string target(const Json& body) { return "MATERIALIZED VIEW " + qualified_name(body); }
std::string grant_target(const Json& body) { return "TABLE " + qualified_name(body); }

std::string option_list(const Json& body) {
  std::string options = option_change(Json(), body["options"]).set;
  const std::string toast = option_change(Json(), body["toast_options"], "toast.").set;
  if (!options.empty() && !toast.empty()) options += ", ";
  options += toast;
  return options.empty() ? options : fmt::format("\nWITH ({})", options);
}

std::string definition_of(const Json& body) {
  std::string sql = target(body);
  if (body.has("access_method")) sql += " USING " + body["access_method"].str();
  sql += option_list(body);
  if (body.has("tablespace")) sql += "\nTABLESPACE " + body["tablespace"].str();
  return sql + fmt::format(" AS\n{}\n  WITH NO DATA", source_text(body["definition"].str()));
}

void write_replica_identity(const Json& body, Stage stage, Script& script) {
  const std::string identity = body.has("replica_identity") ? body["replica_identity"].str() : "DEFAULT";
  script.add(stage, fmt::format("ALTER TABLE ONLY {} REPLICA IDENTITY {}", qualified_name(body), identity));
}

void write_columns(const Json& from, const Json& body, Stage stage, Script& script) {
  const ColumnTable view = column_table(body);
  const Json::Array& columns = body["columns"].items();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Json& old_column = item_or_null(from, i);
    write_column_storage(view, old_column, columns[i], stage, script);
    write_column_notes(view, old_column, columns[i], script);
  }
}

// Filled last of all: it runs the owner's queries, which may call whatever the plan brings back, and which may fail: with
// the rights that the owner has by now, or on rows.
void create(const Object& to, Script& script) {
  const Json& body = to.body;
  script.add(Stage::create, "CREATE " + definition_of(body)).locks(Lock::none).naming_tablespace(body["tablespace"].str());
  take_back_rows(to, script);
  write_columns(Json(), body, Stage::create, script);
  if (body.has("replica_identity")) write_replica_identity(body, Stage::create, script);
  if (to.kept) return;  // or it was not filled
  script.add(Stage::finish, "REFRESH " + target(body))
      .as(body["owner"].str())
      .only_filling()
      .because("its rows are not kept");
}

// Another query is another materialized view.
Change alter(const Object& from, const Object& to, Script& script) {
  const Json& body = to.body;
  const std::string alter_view = "ALTER " + target(body);
  if (!same_apart_from(from.body, body,
                       {"columns", "access_method", "tablespace", "options", "toast_options", "replica_identity",
                        "depends_on_extensions", "definition"}) ||
      !same_query(from.body, body) || !columns_begin(from.body["columns"], body["columns"]) ||
      !columns_begin(body["columns"], from.body["columns"])) {
    return Change::replace;
  }
  write_column_renames(from, to, script);
  if (from.body["access_method"] != body["access_method"]) {
    script.add(Stage::change, fmt::format("{} SET ACCESS METHOD {}", alter_view, body["access_method"].str()))
        .rewriting();
  }
  if (from.body["tablespace"] != body["tablespace"]) {
    const std::string tablespace = body.has("tablespace") ? body["tablespace"].str() : "pg_default";
    script.add(Stage::change, fmt::format("{} SET TABLESPACE {}", alter_view, tablespace)).rewriting().naming_tablespace(tablespace);
  }
  write_option_steps(from.body["options"], body["options"], alter_view, script);
  write_option_steps(from.body["toast_options"], body["toast_options"], alter_view, script, "toast.");
  if (from.body["replica_identity"] != body["replica_identity"]) write_replica_identity(body, Stage::change, script);
  write_columns(from.body["columns"], body, Stage::change, script);
  return Change::in_place;
}

void drop(const Object& from, Script& script) {
  script.add(Stage::drop, "DROP " + target(from.body)).drops_rows(qualified_name(from.body));
}

}  // namespace

extern const Kind materialized_view_kind;
constinit const Kind materialized_view_kind{
    .name = "materialized view",
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
