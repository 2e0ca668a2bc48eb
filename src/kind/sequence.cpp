// Sequences, identity sequences among them. An identity sequence is made and dropped by statements on its column, and
// stands after its table; a serial column's stands before it, since the column's default needs it. The current value is
// data: no statement here touches it.
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/query.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

// --- reading ---

std::vector<std::uint32_t> list() {
  std::vector<std::uint32_t> sequences;
  for (const pg::Row& row :
       pg::scan(RelationRelationId, InvalidOid, {pg::char_key(Anum_pg_class_relkind, RELKIND_SEQUENCE)})) {
    const auto& form = row.form<FormData_pg_class>();
    if (form.relpersistence != RELPERSISTENCE_TEMP) sequences.push_back(form.oid);
  }
  return sequences;
}

bool covers(const pg::Row& row) {
  const auto& form = row.form<FormData_pg_class>();
  return form.relkind == RELKIND_SEQUENCE && form.relpersistence != RELPERSISTENCE_TEMP;
}

const char* identity_of(const FormData_pg_attribute& column) {
  return column.attidentity == ATTRIBUTE_IDENTITY_ALWAYS ? "always" : "by default";
}

// A column owns its sequence through an automatic dependency, its identity through an internal one.
void describe_owner(Oid oid, Json& body) {
  for (const pg::Row& row : pg::scan(DependRelationId, DependDependerIndexId,
                                     {pg::oid_key(Anum_pg_depend_classid, RelationRelationId),
                                      pg::oid_key(Anum_pg_depend_objid, oid)})) {
    const auto& form = row.form<FormData_pg_depend>();
    if (form.refclassid != RelationRelationId || form.refobjsubid <= 0) continue;
    if (form.deptype != DEPENDENCY_AUTO && form.deptype != DEPENDENCY_INTERNAL) continue;
    Json owner = Json::object();
    owner.set("table", pg::relation_name(form.refobjid));
    owner.set("column", pg::column_name(form.refobjid, form.refobjsubid));
    body.set("owned_by", std::move(owner));
    if (form.deptype != DEPENDENCY_INTERNAL) continue;
    // Made with its table's persistence, it can have been given another one.
    const auto table = pg::find(RELOID, form.refobjid);
    if (table && table->form<FormData_pg_class>().relpersistence == RELPERSISTENCE_UNLOGGED && !body.has("persistence")) {
      body.set("persistence", "logged");
    }
    const auto column = pg::attribute(form.refobjid, form.refobjsubid);
    if (column) body.set("identity_kind", identity_of(column->form<FormData_pg_attribute>()));
  }
}

void describe(std::uint32_t oid, Object& object) {
  const auto row = pg::find(SEQRELID, oid);
  const auto relation = pg::find(RELOID, oid);
  if (!row || !relation) return;
  const auto& form = row->form<FormData_pg_sequence>();
  Json& body = object.body;
  body.set("data_type", pg::type_name(form.seqtypid));
  body.set("start", std::int64_t{form.seqstart});
  body.set("increment", std::int64_t{form.seqincrement});
  body.set("min", std::int64_t{form.seqmin});
  body.set("max", std::int64_t{form.seqmax});
  body.set("cache", std::int64_t{form.seqcache});
  body.set("cycle", form.seqcycle);
  if (relation->form<FormData_pg_class>().relpersistence == RELPERSISTENCE_UNLOGGED) body.set("persistence", "unlogged");
  describe_owner(oid, body);
}

// --- writing ---

struct Option {
  const char* member;
  const char* keywords;
};

constexpr Option options[] = {
    {"increment", "INCREMENT BY"}, {"min", "MINVALUE"}, {"max", "MAXVALUE"}, {"start", "START WITH"}, {"cache", "CACHE"}};

bool is_identity(const Json& body) { return body.has("identity_kind"); }

std::string target(const Json& body) { return "SEQUENCE " + qualified_name(body); }

std::string owner_column(const Json& body) {
  return body["owned_by"]["table"].str() + "." + body["owned_by"]["column"].str();
}

std::string alter_owner_column(const Json& body) {
  return fmt::format("ALTER TABLE {} ALTER COLUMN {}", body["owned_by"]["table"].str(), body["owned_by"]["column"].str());
}

const char* generated(const Json& body) {
  return body["identity_kind"].str() == "always" ? "ALWAYS" : "BY DEFAULT";
}

// Those that differ; all when there is nothing to compare with. Limits go along with a new type, which changes them
// when they are the old type's own.
std::string changed_options(const Json& from, const Json& to) {
  const bool all = from["data_type"] != to["data_type"];
  std::string sql;
  for (const Option& option : options) {
    if (all || from[option.member] != to[option.member]) {
      sql += fmt::format(" {} {}", option.keywords, to[option.member].integer());
    }
  }
  if (from["cycle"] != to["cycle"]) sql += to["cycle"].truth() ? " CYCLE" : " NO CYCLE";
  return sql;
}

void write_persistence(const Json& from, const Json& to, Stage stage, Script& script) {
  if (from["persistence"] == to["persistence"]) return;
  const char* verb = to["persistence"] == Json("unlogged") ? "UNLOGGED" : "LOGGED";
  script.add(stage, fmt::format("ALTER SEQUENCE {} SET {}", qualified_name(to), verb)).rewriting();
}

void create_identity(const Json& body, Script& script) {
  script.add(Stage::create, fmt::format("{} ADD GENERATED {} AS IDENTITY (SEQUENCE NAME {}{})", alter_owner_column(body),
                                        generated(body), qualified_name(body), changed_options(Json(), body)));
  write_persistence(Json(), body, Stage::create, script);
}

void take_back_value(const Object& to, Script& script) {
  if (!to.kept || !to.kept->last_value) return;
  script.add(Stage::create, fmt::format("SELECT xconnect.take_back_value({}::regclass, {})", sql::literal(qualified_name(to.body)),
                                        to.kept->relation))
      .because("it goes on where it was");
}

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  if (is_identity(body)) {
    create_identity(body, script);
    take_back_value(to, script);
    return;
  }
  const char* unlogged = body.has("persistence") ? "UNLOGGED " : "";
  script.add(Stage::create, fmt::format("CREATE {}SEQUENCE {} AS {}{}", unlogged, qualified_name(body),
                                        body["data_type"].str(), changed_options(Json(), body)));
  take_back_value(to, script);
  if (body.has("owned_by")) {
    script.add(Stage::finish, fmt::format("ALTER SEQUENCE {} OWNED BY {}", qualified_name(body), owner_column(body)));
  }
}

// The new owner only when the new table and column exist; the old one lets go before it is dropped.
void alter_owned_by(const Json& from, const Json& to, Script& script) {
  if (from["owned_by"] == to["owned_by"]) return;
  if (from.has("owned_by")) {
    script.add(Stage::release, fmt::format("ALTER SEQUENCE {} OWNED BY NONE", qualified_name(to)));
  }
  if (to.has("owned_by")) {
    script.add(Stage::finish, fmt::format("ALTER SEQUENCE {} OWNED BY {}", qualified_name(to), owner_column(to)));
  }
}

// A value is data and stays as it is, unless the limits have no place for it.
std::string restart(const Object& from, const Json& to) {
  const auto in_limits = [&](std::int64_t value) { return value >= to["min"].integer() && value <= to["max"].integer(); };
  if (from.address.object == 0 || (in_limits(from.body["min"].integer()) && in_limits(from.body["max"].integer()))) return {};
  const auto rows = pg::query("SELECT last_value, is_called FROM " + pg::relation_name(from.address.object));
  if (rows.empty() || in_limits(std::stoll(*rows[0][0]))) return {};
  if (rows[0][1] == "f") return fmt::format(" RESTART WITH {}", to["start"].integer());
  const bool below = std::stoll(*rows[0][0]) < to["min"].integer();
  return fmt::format(" RESTART WITH {}", to[below ? "min" : "max"].integer());
}

Change alter(const Object& from, const Object& to, Script& script) {
  const Json& old_body = from.body;
  const Json& body = to.body;
  if (is_identity(old_body) != is_identity(body)) return Change::replace;
  if (!same_apart_from(old_body, body, {"data_type", "increment", "min", "max", "start", "cache", "cycle", "persistence",
                                        "owned_by", "identity_kind"})) {
    return Change::replace;
  }
  if (is_identity(body)) {
    // The same sequence is still the identity of the same column, whatever that and its table are called now.
    const bool same = from.address.object != 0 && from.address == to.address;
    if (!same && old_body["owned_by"] != body["owned_by"]) return Change::replace;
    if (old_body["identity_kind"] != body["identity_kind"]) {
      script.add(Stage::change, fmt::format("{} SET GENERATED {}", alter_owner_column(body), generated(body)));
    }
  } else {
    alter_owned_by(old_body, body, script);
  }
  std::string changes = changed_options(old_body, body) + restart(from, body);
  if (old_body["data_type"] != body["data_type"]) changes = " AS " + body["data_type"].str() + changes;
  if (!changes.empty()) {
    script.add(Stage::change, fmt::format("ALTER SEQUENCE {}{}", qualified_name(body), changes))
        .locks(Lock::share_row_exclusive);
  }
  // A table takes its sequences along when it is logged or not any more, so after that.
  write_persistence(old_body, body, Stage::finish, script);
  return Change::in_place;
}

void drop(const Object& from, Script& script) {
  const Json& body = from.body;
  if (is_identity(body)) {
    script.add(Stage::drop, alter_owner_column(body) + " DROP IDENTITY");
  } else {
    script.add(Stage::drop, "DROP SEQUENCE " + qualified_name(body));
  }
}

}  // namespace

extern const Kind sequence_kind;
constinit const Kind sequence_kind = {
    .name = "sequence",
    .catalog = RelationRelationId,
    .rank = Rank::sequence,
    .list = list,
    .covers = covers,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter,
    .drop = drop,
    .rename = nullptr,
};

}  // namespace xc
