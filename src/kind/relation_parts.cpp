// Storage parameters, attributes of constraints, properties of indexes; see relation_parts.hpp.
#include "kind/relation_parts.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/column.hpp"
#include "kind/source_text.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

bool take_prefix(std::string& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.erase(0, prefix.size());
  return true;
}

bool take_suffix(std::string& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.resize(text.size() - suffix.size());
  return true;
}

// --- storage parameters ---

namespace {

// " WITH (…)" as the server's deparser prints it.
std::string deparsed_with(const Json& options) {
  std::string list;
  for (const Json& option : options.items()) {
    const std::string& text = option.str();
    const std::size_t sign = std::min(text.find('='), text.size());
    const std::string value = sign < text.size() ? text.substr(sign + 1) : std::string();
    const bool plain = pg::quoted(value) == value;
    if (!list.empty()) list += ", ";
    list += fmt::format("{}={}", pg::quoted(text.substr(0, sign)), plain ? value : sql::literal(value));
  }
  return " WITH (" + list + ")";
}

}  // namespace

Json read_options(std::optional<std::uintptr_t> reloptions) {
  Json options = Json::array();
  if (!reloptions) return options;
  for (std::string& option : pg::text_array(*reloptions)) options.push(std::move(option));
  return options;
}

std::string with_clause(const Json& options) {
  if (options.items().empty()) return {};
  return " WITH (" + option_change(Json(), options).set + ")";
}

void write_option_steps(const Json& from, const Json& to, const std::string& alter, Script& script,
                        const std::string& prefix) {
  const OptionChange change = option_change(from, to, prefix);
  if (!change.reset.empty()) script.add(Stage::change, fmt::format("{} RESET ({})", alter, change.reset));
  if (!change.set.empty()) script.add(Stage::change, fmt::format("{} SET ({})", alter, change.set));
}

// --- constraints ---

void take_constraint_attributes(std::uint32_t constraint, std::string& definition, Json& body) {
  const auto row = pg::find(CONSTROID, constraint);
  if (!row) return;
  const auto& form = row->form<FormData_pg_constraint>();
  body.set("not_valid", !form.convalidated && take_suffix(definition, " NOT VALID"));
  body.set("deferred", form.condeferred && take_suffix(definition, " INITIALLY DEFERRED"));
  body.set("deferrable", form.condeferrable && take_suffix(definition, " DEFERRABLE"));
}

std::string constraint_attributes(const Json& body) {
  return fmt::format("{}{}{}", body["deferrable"].truth() ? " DEFERRABLE" : "",
                     body["deferred"].truth() ? " INITIALLY DEFERRED" : "",
                     body["not_valid"].truth() ? " NOT VALID" : "");
}

std::string constraint_statement(const Json& body, std::string_view verb) {
  return fmt::format("ALTER TABLE {} {} CONSTRAINT {}", body["table"].str(), verb, body["name"].str());
}

void rename_constraint(const Object& from, std::string_view new_name, Script& script) {
  script.add(Stage::rename, fmt::format("{} TO {}", constraint_statement(from.body, "RENAME"), new_name));
}

// --- indexes ---

void write_index_detachment(const std::string& index, Stage stage, Script& script) {
  script.add(stage, fmt::format("SELECT xconnect.detach_index({}::regclass)", sql::literal(index)))
      .because("the partitioned table's index stays without it");
}

namespace {

Json read_statistics_targets(Oid index) {
  Json targets = Json::object();
  for (const pg::Row& row :
       pg::scan(AttributeRelationId, AttributeRelidNumIndexId, {pg::oid_key(Anum_pg_attribute_attrelid, index)})) {
    const auto target = row.maybe(Anum_pg_attribute_attstattarget);
    if (!target || DatumGetInt16(*target) < 0) continue;
    targets.set(fmt::format("{}", row.form<FormData_pg_attribute>().attnum), static_cast<int>(DatumGetInt16(*target)));
  }
  return targets;
}

std::string parent_index(Oid index) {
  const auto rows =
      pg::scan(InheritsRelationId, InheritsRelidSeqnoIndexId, {pg::oid_key(Anum_pg_inherits_inhrelid, index)});
  return rows.empty() ? std::string() : pg::relation_name(rows.front().form<FormData_pg_inherits>().inhparent);
}

void write_statistics_targets(const Json& from, const Json& to, const std::string& index, Stage stage, Script& script) {
  std::map<std::string, std::int64_t> targets;
  for (const auto& [column, target] : from.members()) targets[column] = -1;
  for (const auto& [column, target] : to.members()) targets[column] = target.integer();
  for (const auto& [column, target] : targets) {
    if (from[column] == to[column]) continue;
    script.add(stage, fmt::format("ALTER INDEX {} ALTER COLUMN {} SET STATISTICS {}", index, column, target))
        .locks(Lock::share_update_exclusive);
  }
}

// What has its own statements whether the index is new or not. Clustering and replica identity end early and begin
// late, since another index may take them over.
void write_attributes(const Json& from, const Json& to, const IndexNames& names, Stage stage, Script& script) {
  const auto ends = [&](std::string_view member) { return from[member].truth() && !to[member].truth(); };
  const auto begins = [&](std::string_view member) { return !from[member].truth() && to[member].truth(); };
  write_statistics_targets(from["statistics"], to["statistics"], names.qualified, stage, script);
  if (ends("clustered")) {
    script.add(Stage::release, fmt::format("ALTER TABLE {} SET WITHOUT CLUSTER", names.table))
        .locks(Lock::share_update_exclusive);
  }
  if (begins("clustered")) {
    script.add(Stage::finish, fmt::format("ALTER TABLE {} CLUSTER ON {}", names.table, names.bare))
        .locks(Lock::share_update_exclusive);
  }
  if (ends("replica_identity")) {
    script.add(Stage::release, fmt::format("ALTER TABLE ONLY {} REPLICA IDENTITY DEFAULT", names.table));
  }
  if (begins("replica_identity")) {
    script.add(Stage::finish,
               fmt::format("ALTER TABLE ONLY {} REPLICA IDENTITY USING INDEX {}", names.table, names.bare));
  }
  if (from.has("attached_to") && !(from["attached_to"] == to["attached_to"])) {
    write_index_detachment(names.qualified, Stage::release, script);
  }
  if (to.has("attached_to") && !(from["attached_to"] == to["attached_to"])) {
    script
        .add(Stage::finish, fmt::format("ALTER INDEX {} ATTACH PARTITION {}", to["attached_to"].str(), names.qualified))
        .as_owner_of(to["attached_to"].str())
        .because("it is part of the partitioned table's index");
  }
}

}  // namespace

bool index_is_dumped(std::uint32_t index) {
  const auto row = pg::find(INDEXRELID, index);
  if (!row) return false;
  const auto& form = row->form<FormData_pg_index>();
  if (!form.indisready) return false;
  const char relkind = pg::call([&] { return get_rel_relkind(form.indrelid); });
  return relkind == RELKIND_PARTITIONED_TABLE || (form.indisvalid && relkind != RELKIND_TOASTVALUE);
}

Json read_index(std::uint32_t index) {
  Json properties = Json::object();
  const auto relation = pg::find(RELOID, index);
  const auto row = pg::find(INDEXRELID, index);
  if (!relation || !row) return properties;
  const auto& form = relation->form<FormData_pg_class>();
  const auto& index_form = row->form<FormData_pg_index>();
  properties.set("options", read_options(relation->maybe(Anum_pg_class_reloptions)));
  properties.set("tablespace", pg::tablespace_name(form.reltablespace));
  properties.set("partitioned", form.relkind == RELKIND_PARTITIONED_INDEX);
  properties.set("clustered", index_form.indisclustered);
  properties.set("replica_identity", index_form.indisreplident);
  // Only columns that are expressions can have a target.
  if (!row->null(Anum_pg_index_indexprs)) properties.set("statistics", read_statistics_targets(index));
  if (form.relispartition) properties.set("attached_to", parent_index(index));
  return properties;
}

std::string take_index_tail(std::uint32_t index, std::string& definition, Json& properties, bool parenthesised) {
  const auto row = pg::find(INDEXRELID, index);
  const std::optional<Datum> tree = row ? row->maybe(Anum_pg_index_indpred) : std::nullopt;
  std::string predicate;
  if (tree) {
    predicate = pg::expression(*tree, row->form<FormData_pg_index>().indrelid);
    if (parenthesised) predicate = "(" + predicate + ")";
    if (!take_suffix(definition, " WHERE " + predicate)) {
      properties.set("options", Json());
      return {};
    }
  }
  if (properties.has("options") && !take_suffix(definition, deparsed_with(properties["options"]))) {
    properties.set("options", Json());
  }
  return predicate;
}

std::string index_tail(const Json& properties, const Json& predicate, std::string_view tablespace_words) {
  std::string tail = with_clause(properties["options"]);
  if (properties.has("tablespace")) tail += fmt::format("{}{}", tablespace_words, properties["tablespace"].str());
  if (!predicate.is_null()) tail += " WHERE " + source_text(predicate.str());
  return tail;
}

Change write_index_steps(const Json& from, const Json& to, const IndexNames& names, Script& script) {
  if (!(from["partitioned"] == to["partitioned"])) return Change::replace;
  const bool stores_rows = !to["partitioned"].truth();
  if (!(from["options"] == to["options"])) {
    if (!stores_rows) return Change::replace;  // ALTER INDEX … SET refuses partitioned indexes
    write_option_steps(from["options"], to["options"], "ALTER INDEX " + names.qualified, script);
  }
  if (!(from["tablespace"] == to["tablespace"])) {
    const std::string tablespace = to.has("tablespace") ? to["tablespace"].str() : "pg_default";
    Step& step = script.add(Stage::change, fmt::format("ALTER INDEX {} SET TABLESPACE {}", names.qualified, tablespace))
                     .naming_tablespace(tablespace);
    if (stores_rows) step.because("the index is copied to the other tablespace");
  }
  write_attributes(from, to, names, Stage::change, script);
  return Change::in_place;
}

void write_new_index_steps(const Json& to, const IndexNames& names, Script& script) {
  write_attributes(Json::object(), to, names, Stage::create, script);
}

}  // namespace xc
