// CHECK, primary key, unique and exclusion constraints of tables. The index behind one belongs to it, with everything
// that pg_dump prints of that index. Foreign keys are a kind of their own, constraint triggers are triggers.
//
// A CHECK constraint that is inherited only (conislocal false) comes and goes with the parent's: pg_dump does not print
// it, or, for a partition, prints what ATTACH PARTITION then takes as the parent's. Which of parent, child and their
// connection comes or goes first is not known here, so its steps reach the same end in every order.
#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/describe.hpp"
#include "kind/difference.hpp"
#include "kind/enforcement.hpp"
#include "kind/kind.hpp"
#include "kind/relation_parts.hpp"
#include "kind/source_text.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

// --- reading ---

bool is_ours(const pg::Row& row) {
  const auto& form = row.form<FormData_pg_constraint>();
  if (!OidIsValid(form.conrelid)) return false;
  switch (form.contype) {
    case CONSTRAINT_CHECK:
      return true;
    case CONSTRAINT_PRIMARY:
    case CONSTRAINT_UNIQUE:
    case CONSTRAINT_EXCLUSION:
      return index_is_dumped(form.conindid);
    default:
      return false;
  }
}

std::vector<std::uint32_t> list() {
  std::vector<std::uint32_t> result;
  for (const pg::Row& row : pg::scan(ConstraintRelationId, InvalidOid, {})) {
    if (is_ours(row)) result.push_back(row.form<FormData_pg_constraint>().oid);
  }
  return result;
}

void describe_index(const FormData_pg_constraint& form, std::string& definition, Json& body) {
  Json index = read_index(form.conindid);
  // The server prints the index's options and predicate for exclusion constraints only.
  if (form.contype == CONSTRAINT_EXCLUSION)
    body.set("predicate", take_index_tail(form.conindid, definition, index, true));
  index.set("comment", read_comment(RelationRelationId, form.conindid));
  body.put("index", std::move(index));
}

void describe(std::uint32_t oid, Object& object) {
  const auto row = pg::find(CONSTROID, oid);
  if (!row) return;
  const auto& form = row->form<FormData_pg_constraint>();
  Json& body = object.body;
  body.set("table", pg::relation_name(form.conrelid));
  std::string definition = pg::constraint_definition(oid);
  take_constraint_attributes(oid, definition, body);
  if (form.contype == CONSTRAINT_CHECK) {
    body.set("inherited", !form.conislocal && form.coninhcount > 0);
  } else {
    describe_index(form, definition, body);
    if (form.condeferrable) body.set(enforcement_member, read_enforcement(oid));
  }
  body.set("definition", std::move(definition));
}

// --- writing ---

std::string target(const Json& body) {
  return fmt::format("CONSTRAINT {} ON {}", body["name"].str(), body["table"].str());
}

IndexNames names(const Json& body) { return {qualified_name(body), body["name"].str(), body["table"].str()}; }

// A parent's CHECK constraint is its children's, an index is of one table.
std::string add_statement(const Json& body) {
  const bool has_index = body.has("index");
  return fmt::format(
      "ALTER TABLE {}{} ADD CONSTRAINT {} {}{}{}", has_index ? "ONLY " : "", body["table"].str(), body["name"].str(),
      source_text(body["definition"].str()),
      has_index ? index_tail(body["index"], body["predicate"], " USING INDEX TABLESPACE ") : " NOT VALID",
      has_index ? constraint_attributes(body) : std::string());
}

// PostgreSQL 18.
constexpr std::string_view unenforced = " NOT ENFORCED";

bool is_enforced(const Json& body) { return !body["definition"].str().ends_with(unenforced); }

// One that is not enforced never is.
bool is_validated(const Json& body) { return !body["not_valid"].truth() && is_enforced(body); }

bool ceases_to_be_enforced(const Json& from, const Json& to) {
  return is_enforced(from) && from["definition"].str() + std::string(unenforced) == to["definition"].str();
}

// A step of its own, since it alone runs what the CHECK calls: as the table's owner, who need not own the tables that
// inherit it (those would keep that role from adding it). Indexes the server builds as the owner by itself.
void write_validation(const Json& body, Stage stage, Script& script) {
  script.add(stage, constraint_statement(body, "VALIDATE"))
      .locks(Lock::share_update_exclusive)
      .as_owner_of(body["table"].str())
      .scans(body["table"].str());
}

// WHERE clause that finds the catalog row.
std::string row_condition(const Json& body) {
  return fmt::format("conrelid = pg_catalog.to_regclass({}) AND pg_catalog.quote_ident(conname) = {}",
                     sql::literal(body["table"].str()), sql::literal(body["name"].str()));
}

// when: "IF EXISTS" or "IF NOT EXISTS".
std::string when_row(const char* when, const std::string& condition, const std::string& statement) {
  return "DO LANGUAGE plpgsql " +
         sql::literal(fmt::format("BEGIN {} (SELECT FROM pg_catalog.pg_constraint WHERE {}) THEN {}; END IF; END", when,
                                  condition, statement));
}

// No statement makes a constraint the parent's alone; to make it the table's own, ADD CONSTRAINT would do, but only
// while the parent has it.
void write_local(const Json& body, bool local, Stage stage, Script& script) {
  script
      .add(stage, fmt::format("UPDATE pg_catalog.pg_constraint SET conislocal = {0} WHERE {1}{2} AND conislocal <> {0}",
                              local, row_condition(body), local ? "" : " AND coninhcount > 0"))
      .locks(Lock::none)
      .because(local ? "the constraint stays when the parent's goes" : "the constraint is the parent's");
}

// A child made while its parent's constraint is not valid has a valid one.
void write_not_valid(const Json& body, Script& script) {
  script
      .add(Stage::finish, fmt::format("UPDATE pg_catalog.pg_constraint SET convalidated = false WHERE {} AND convalidated",
                                      row_condition(body)))
      .locks(Lock::none)
      .because("the parent's constraint is not valid either");
}

// A child's can be enforced although the parent's is not; then it cannot be dropped. The row of the table is written for
// all sessions to notice.
void write_not_enforced(const Json& body, Script& script) {
  script
      .add(Stage::finish, fmt::format("UPDATE pg_catalog.pg_constraint SET conenforced = false, convalidated = false WHERE {}",
                                      row_condition(body)))
      .locks(Lock::none)
      .because("the parent's constraint is not enforced either");
  script
      .add(Stage::finish, fmt::format("UPDATE pg_catalog.pg_class SET relchecks = relchecks WHERE oid = pg_catalog.to_regclass({})",
                                      sql::literal(body["table"].str())))
      .locks(Lock::none)
      .because("sessions that know the constraint as enforced look again");
}

void write_inherited(const Json& body, Script& script) {
  script.add(Stage::create, when_row("IF NOT EXISTS", row_condition(body), add_statement(body)))
      .because("unless it has come with the parent's");
  if (is_validated(body)) write_validation(body, Stage::create, script);
  write_local(body, false, Stage::finish, script);
  if (body["not_valid"].truth()) write_not_valid(body, script);
}

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  if (body["inherited"].truth()) return write_inherited(body, script);
  // ATTACH PARTITION makes what the partitioned table's index wants and the partition lacks, so it may be there.
  const bool is_part = body["index"].has("attached_to");
  const std::string statement = add_statement(body);
  Step& step =
      script.add(Stage::create, is_part ? when_row("IF NOT EXISTS", row_condition(body), statement) : statement);
  if (!body.has("index")) {
    if (is_validated(body)) write_validation(body, Stage::create, script);
    return;
  }
  step.naming_tablespace(body["index"]["tablespace"].str()).scans(body["table"].str());
  write_new_index_steps(body["index"], names(body), script);
  write_note_steps(Json(), body["index"], "INDEX " + qualified_name(body), script);
  write_enforcement(Json(), body[enforcement_member], body, script);
}

Change alter_index(const Json& from, const Json& to, Script& script) {
  if (!same_apart_from(from["index"], to["index"],
                       {"options", "tablespace", "clustered", "replica_identity", "statistics", "attached_to"})) {
    return Change::replace;
  }
  const Change change = write_index_steps(from["index"], to["index"], names(to), script);
  write_note_steps(from["index"], to["index"], "INDEX " + qualified_name(to), script);
  return change;
}

// Both ways of being there: the definition is the parent's in either, so it cannot differ by itself.
Change alter_inherited(const Json& from, const Json& to, Script& script) {
  if (!same_apart_from(from, to, {"inherited", "definition", "not_valid", "depends_on_extensions"}))
    return Change::replace;
  write_inherited(to, script);
  return Change::in_place;
}

Change alter(const Object& from, const Object& to, Script& script) {
  const bool was_inherited = from.body["inherited"].truth();
  const bool is_inherited = to.body["inherited"].truth();
  if (same_apart_from(from.body, to.body, {"index", enforcement_member, "depends_on_extensions"}) &&
      from.body["index"] == to.body["index"]) {
    write_enforcement(from.body[enforcement_member], to.body[enforcement_member], to.body, script);
    return Change::in_place;
  }
  if (was_inherited && is_inherited) return alter_inherited(from.body, to.body, script);
  if (is_inherited && ceases_to_be_enforced(from.body, to.body) &&
      same_apart_from(from.body, to.body, {"inherited", "definition", "not_valid", "depends_on_extensions"})) {
    write_not_enforced(to.body, script);
    write_local(to.body, false, Stage::finish, script);
    return Change::in_place;
  }

  if (!same_apart_from(from.body, to.body, {"inherited", "not_valid", "index", enforcement_member, "depends_on_extensions"}) ||
      from.body.has("index") != to.body.has("index")) {
    return Change::replace;
  }
  const bool was_valid = !from.body["not_valid"].truth();
  const bool is_valid = !to.body["not_valid"].truth();
  if (was_valid && !is_valid) return Change::replace;
  if (was_inherited) write_local(to.body, true, Stage::release, script);
  if (!was_valid && is_valid) {
    write_validation(to.body, Stage::change, script);
  }
  if (is_inherited) write_local(to.body, false, Stage::finish, script);
  write_enforcement(from.body[enforcement_member], to.body[enforcement_member], to.body, script);
  return to.body.has("index") ? alter_index(from.body, to.body, script) : Change::in_place;
}

// A CHECK that came from a parent goes with the parent's, or with the table; when the table has left the parent it stays
// behind.
void drop(const Object& from, Script& script) {
  const Json& body = from.body;
  const std::string statement = constraint_statement(body, "DROP");
  if (body["index"].has("attached_to")) write_index_detachment(qualified_name(body), Stage::drop, script);
  if (body["inherited"].truth()) {
    script.add(Stage::drop, when_row("IF EXISTS", row_condition(body) + " AND coninhcount = 0", statement))
        .because("unless it goes with the parent's");
  } else {
    script.add(Stage::drop, statement);
  }
}

// Constraints of typed tables can't be renamed, the indexes behind them can, and it is the same. Without an index, also the
// table's own, when a parent has it, too, follows the parent's.
void rename(const Object& from, std::string_view new_name, Script& script) {
  if (from.body.has("index")) {
    script.add(Stage::rename, fmt::format("ALTER INDEX {} RENAME TO {}", qualified_name(from.body), new_name));
    return;
  }
  const auto row = pg::find(CONSTROID, from.address.object);
  if (row && row->form<FormData_pg_constraint>().coninhcount > 0) return;
  rename_constraint(from, new_name, script);
}

}  // namespace

extern const Kind constraint_kind;
constinit const Kind constraint_kind{
    .name = "table constraint",
    .catalog = ConstraintRelationId,
    .rank = Rank::constraint,
    .list = list,
    .covers = is_ours,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = rename,
};

}  // namespace xc
