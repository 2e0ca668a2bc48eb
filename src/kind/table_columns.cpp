// Changing a table's set of columns in place; see table_columns.hpp.
//
// Columns correspond by their number, as far as it is known, by name otherwise. A number that is in the target and not in
// the table is a dropped column: PostgreSQL keeps its row in pg_attribute and the values of all rows not written since,
// so it comes back by xconnect.revive_column(), where it was and with its values. A column that the table never had, since
// it was made anew, has no such row; it can be added at the end, and anywhere else only a new table will do.
//
// Columns that a table gets from elsewhere (a partition from its parent, a child its inherited ones, a typed table from
// its type) are added, dropped, renamed and converted there, once for all; what a table may have different from its
// parent (default, NOT NULL, storage, privileges, comment) is its own business. Dropped columns are each table's own
// too, since each has its own column number.
#include "kind/table_columns.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/column.hpp"
#include "kind/difference.hpp"
#include "kind/type_change.hpp"
#include "pg/catalog.hpp"

namespace xc {

namespace {

struct Pair {
  const Json* from = nullptr;  // nullptr: comes
  const Json* to = nullptr;    // nullptr: goes
  std::int64_t number = 0;     // the column's number in the table, where it may be dropped; 0: it never had the column
};

bool same_table(const Object& from, const Object& to) {
  return from.address.object != 0 && from.address == to.address &&
         from.parts.size() == from.body["columns"].items().size() && to.parts.size() == to.body["columns"].items().size();
}

// A dropped column is of no use where it would come before one that it belongs after: one that stays and has a higher
// number, or one that the table never had, which is added at the end.
void leave_those_out_of_order(std::vector<Pair>& pairs) {
  std::int64_t last = 0;
  for (Pair& pair : pairs) {
    if (pair.from != nullptr) last = std::max(last, pair.number);
    else if (pair.number <= last) pair.number = 0;
  }
  std::int64_t next = INT64_MAX;
  for (auto pair = pairs.rbegin(); pair != pairs.rend(); ++pair) {
    if (pair->from == nullptr && pair->number >= next) pair->number = 0;
    if (pair->number != 0) next = pair->number;
  }
}

void leave_those_after_new_ones(std::vector<Pair>& pairs) {
  bool added = false;
  for (Pair& pair : pairs) {
    if (pair.from != nullptr) continue;
    if (added) pair.number = 0;
    else added = pair.number == 0 && !(*pair.to)["inherited"].truth();
  }
}

// All columns of the target in its order, then those that go.
std::vector<Pair> match(const Object& from, const Object& to) {
  const Json::Array& old_columns = from.body["columns"].items();
  const Json::Array& columns = to.body["columns"].items();
  const bool by_number = same_table(from, to);
  std::vector<bool> used(old_columns.size(), false);
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < columns.size(); ++i) pairs.push_back({nullptr, &columns[i], by_number ? to.parts[i] : 0});
  const auto match_where = [&](const auto& same) {
    for (Pair& pair : pairs) {
      for (std::size_t j = 0; j < old_columns.size() && pair.from == nullptr; ++j) {
        if (used[j] || !same(pair, j)) continue;
        pair.from = &old_columns[j];
        used[j] = true;
      }
    }
  };
  match_where([&](const Pair& pair, std::size_t j) { return by_number && pair.number == from.parts[j]; });
  match_where([&](const Pair& pair, std::size_t j) { return pair.number == 0 && old_columns[j]["name"] == (*pair.to)["name"]; });
  for (Pair& pair : pairs) {
    if (pair.from != nullptr) pair.number = by_number ? from.parts[static_cast<std::size_t>(pair.from - old_columns.data())] : 0;
  }
  leave_those_out_of_order(pairs);
  if (!to.body.has("partition_of") && !to.body.has("of_type")) leave_those_after_new_ones(pairs);
  for (std::size_t j = 0; j < old_columns.size(); ++j) {
    if (!used[j]) pairs.push_back({&old_columns[j], nullptr, 0});
  }
  return pairs;
}

std::string temporary_name_for(const std::string& quoted) {
  return quoted.starts_with('"') ? "\"xc_back_" + quoted.substr(1) : "xc_back_" + quoted;
}

bool is_dropped(const Pair& pair) { return pair.from == nullptr && pair.number != 0; }

class Columns {
 public:
  Columns(const Object& from, const Object& to, Script& script)
      : script_(script), table_(column_table(to.body)), pairs_(match(from, to)), merged_(to.merged), before_parents_(to.before_parents), written_as_(to.written_as) {
    const bool kept = keeps_parents(from.body, to.body);
    const bool typed = to.body.has("of_type") && from.body["of_type"] == to.body["of_type"] && !leaves_type(from, to);
    brings_all_ = (kept && to.body.has("partition_of")) || typed;
    revives_ = !typed;
    parents_kept_ = kept && to.body.has("inherits");
    was_partition_ = from.body.has("partition_of");
    is_partition_ = brings_all_ && !typed;
    shares_parent_ = share_parent(from.body["inherits"], to.body["inherits"]);
    for (const Pair& pair : pairs_) {
      if (pair.from != nullptr) names_.push_back((*pair.from)["name"].str());
    }
  }

  Change write() {
    if (!order_is_possible()) return Change::replace;
    // What a parent revives does not come to a table made anew, and one that keeps no rows can be made again.
    if (table_.foreign && std::any_of(pairs_.begin(), pairs_.end(), [&](const Pair& one) { return one.from == nullptr && !revives(one); })) {
      return Change::replace;
    }
    for (const Pair& pair : pairs_) {
      if (pair.from == nullptr || pair.to == nullptr) continue;
      if (!same_apart_from(*pair.from, *pair.to,
                           {"collation", "default", "generated", "generated_kind", "not_null", "not_null_constraint", "storage", "storage_default",
                            "compression", "statistics", "options", "foreign_options", "inherited"})) {
        return Change::replace;
      }
    }
    keep_local_columns();
    rename();
    // A table that is rewritten loses the values of its dropped columns, so these come back before and go afterwards;
    // but a generated column is in the way of the types of those that it reads.
    for (const Pair& pair : pairs_) {
      if (revives(pair)) revive(pair);
    }
    if (revived_) {
      script_.add(Stage::change, fmt::format("SELECT xconnect.complete_children({}::regclass)", sql::literal(table_.name)))
          .because("tables that inherit from it have the column back, too, those that were made since as well");
    }
    for (const Pair& pair : pairs_) {
      if (revives(pair)) convert_revived(pair);
    }
    drop(true);
    for (const Pair& pair : pairs_) {
      if (pair.from != nullptr && pair.to != nullptr) change(*pair.from, *pair.to);
    }
    drop(false);
    give_revived_their_names();
    for (const Pair& pair : coming()) come(pair);
    if (table_.foreign) touch_no_rows();
    return Change::in_place;
  }

 private:
  // Neither are there any here, nor is anything done to those elsewhere.
  void touch_no_rows() {
    for (Step& step : script_.steps()) {
      step.effect = {};
      step.rewrites = false;
    }
  }

  static bool inherited(const Json& column) { return column["inherited"].truth(); }

  bool revives(const Pair& pair) const { return revives_ && is_dropped(pair); }

  // Where the order is free, those without a default first: an UPDATE that fills one column checks all that are NOT NULL.
  std::vector<Pair> coming() const {
    std::vector<Pair> pairs;
    for (const Pair& pair : pairs_) {
      if (pair.from == nullptr) pairs.push_back(pair);
    }
    const auto added = std::stable_partition(pairs.begin(), pairs.end(), [&](const Pair& one) { return revives(one); });
    std::stable_partition(pairs.begin(), added, [](const Pair& one) { return !one.to->has("default"); });
    return pairs;
  }

  static bool share_parent(const Json& from, const Json& to) {
    return std::any_of(from.items().begin(), from.items().end(), [&](const Json& parent) {
      return std::find(to.items().begin(), to.items().end(), parent) != to.items().end();
    });
  }

  // Is the column added, dropped, renamed and converted by the statement on the parent or the type?
  bool brought(const Json* from, const Json* to) const {
    if (brings_all_) return true;
    if (from != nullptr && to != nullptr && is_merged(*from)) return true;
    // One that is inherited before and after is that of a parent that stays.
    if (from != nullptr && to != nullptr) return shares_parent_ && inherited(*from) && inherited(*to);
    return parents_kept_ && inherited(from != nullptr ? *from : *to);
  }

  bool is_merged(const Json& column) const { return std::find(merged_.begin(), merged_.end(), column["name"].str()) != merged_.end(); }

  // Nothing but a dropped column comes anywhere else than at the end, and kept ones never change places.
  bool order_is_possible() const {
    const Json* last = nullptr;
    bool added = false;
    for (const Pair& pair : pairs_) {
      if (pair.to == nullptr || revives(pair)) continue;
      if (pair.from == nullptr) {
        added = added || is_partition_ || !brought(nullptr, pair.to);
        continue;
      }
      if (added || pair.from < last) return false;
      last = pair.from;
    }
    return true;
  }

  // DROP COLUMN on the parent takes the columns of the children along that are inherited only.
  void keep_local_columns() {
    if (!shares_parent_) return;
    for (const Pair& pair : pairs_) {
      if (pair.from == nullptr || pair.to == nullptr) continue;
      if (!inherited(*pair.from) || inherited(*pair.to)) continue;
      Json column = *pair.from;
      write_column_local(table_, column.set("inherited", false), Stage::release, script_);
    }
  }

  // Is the name that of a column that has another one now?
  static bool wants(const Pair& pair, const std::string& name) {
    return pair.from != nullptr && pair.to != nullptr && (*pair.to)["name"].str() == name && (*pair.from)["name"].str() != name;
  }

  // A column comes back before the one goes that has its name now: under a name that is the same in a whole tree.
  std::string name_of_revived(const Json& column) const {
    const std::string& name = column["name"].str();
    const bool taken = std::any_of(pairs_.begin(), pairs_.end(), [&](const Pair& one) {
      return one.from != nullptr && one.to == nullptr && (*one.from)["name"].str() == name;
    });
    return taken ? temporary_name_for(name) : name;
  }

  void give_revived_their_names() {
    for (const Pair& pair : pairs_) {
      if (!revives(pair)) continue;
      const std::string& name = (*pair.to)["name"].str();
      const std::string temporary = name_of_revived(*pair.to);
      if (temporary == name) continue;
      script_.exchanges_column(name);
      if (brought(nullptr, pair.to)) continue;
      script_.add(Stage::change, fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", table_.name, temporary, name))
          .because("the other column of that name is gone");
    }
  }

  // A column that goes, but not before the change stage, makes way when its name is wanted.
  void rename() {
    std::vector<Renaming> wanted;
    std::vector<Renaming> late;  // once the table has left the parent that they are of
    for (const Pair& pair : pairs_) {
      if (pair.from == nullptr || pair.to == nullptr || brought(pair.from, pair.to)) continue;
      const std::string& name = (*pair.from)["name"].str();
      const std::string& new_name = (*pair.to)["name"].str();
      if (name == new_name) continue;
      if (was_partition_ || inherited(*pair.from)) late.push_back({name, new_name});
      else wanted.push_back({name, new_name});
    }
    for (const Pair& pair : pairs_) {
      if (pair.to != nullptr || brought(pair.from, nullptr)) continue;
      const std::string& name = (*pair.from)["name"].str();
      const bool in_the_way =
          std::any_of(pairs_.begin(), pairs_.end(), [&](const Pair& other) { return wants(other, name); });
      if (!in_the_way) continue;
      std::vector<std::string> taken = names_;
      for (const Renaming& one : wanted) taken.push_back(one.to);
      wanted.push_back({name, free_name(taken)});
      made_way_.push_back(wanted.back());
    }
    write_renames(std::move(wanted), Stage::rename);
    write_renames(std::move(late), Stage::change);
  }

  void write_renames(std::vector<Renaming> wanted, Stage stage) {
    for (const Renaming& step : rename_order(std::move(wanted), names_)) {
      script_.add(stage, fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", table_.name, step.from, step.to));
    }
  }

  void drop(bool generated) {
    for (const Pair& pair : pairs_) {
      if (pair.to != nullptr || pair.from->has("generated") != generated) continue;
      const std::string& name = (*pair.from)["name"].str();
      script_.destroys_column(name);
      if (brought(pair.from, nullptr)) continue;
      std::string name_now = name;
      for (const Renaming& one : made_way_) {
        if (one.from == name) name_now = one.to;
      }
      // With one parent gone and one kept it is not known whose column it was; a kept one's has gone with the parent's.
      const char* if_exists = shares_parent_ && inherited(*pair.from) ? "IF EXISTS " : "";
      script_.add(Stage::change, fmt::format("ALTER TABLE {} DROP COLUMN {}{}", table_.name, if_exists, name_now))
          .drops_column(table_.name, name);
    }
  }

  static bool is_virtual(const Json& column) { return column.has("generated_kind"); }

  // A stored expression cannot be altered before PostgreSQL 17, nor a virtual one become stored; and any stands in the way
  // of the columns it reads.
  bool expression_is_in_the_way(const Json& from, const Json& to) const {
    if (!from.has("generated") || !to.has("generated")) return false;
    if (is_virtual(from) != is_virtual(to)) return true;
    if (from["generated"] != to["generated"] && !is_virtual(from)) return true;
    return std::any_of(pairs_.begin(), pairs_.end(), [&](const Pair& pair) {
      return pair.from != nullptr && pair.to != nullptr && pair.from != &from && type_differs(*pair.from, *pair.to) &&
             from["generated"].str().find((*pair.from)["name"].str()) != std::string::npos;
    });
  }

  static bool type_differs(const Json& from, const Json& to) {
    return from["type"] != to["type"] || from["collation"] != to["collation"];
  }

  void change(const Json& from, const Json& to) {
    Json now = from;
    const bool retyped = type_differs(from, to);
    const bool regenerated = expression_is_in_the_way(from, to) || (!from.has("generated") && to.has("generated"));

    if (from.has("default") && (retyped || from["default"] != to["default"])) {
      write_drop_default(table_, from, Stage::release, script_);
      now.set("default", Json());
    }
    if (from.has("generated") && (regenerated || !to.has("generated"))) drop_expression(from);
    if (regenerated && (is_virtual(from) || is_virtual(to) || (retyped && from.has("generated")))) may_be_null(now);
    if (retyped) {
      change_type(from, to, regenerated);
      now.set("storage", Json()).set("compression", Json());  // the new type's
    }
    write_column_storage(table_, now, to, Stage::change, script_);
    if (regenerated) generate(to);
    if (!regenerated && from["generated"] != to["generated"] && is_virtual(from) && is_virtual(to)) {
      script_.add(Stage::change, fmt::format("{} SET EXPRESSION AS ({})", alter_column(table_, to), to["generated"].str()));
    }
    if (now["not_null"] != to["not_null"]) {
      not_null(to, regenerated, now["default"] != to["default"]);
    } else if (to.has("default") && now["default"] != to["default"]) {
      write_set_default(table_, to, Stage::finish, script_);
    }
    write_not_null_constraint(table_, now, to, script_);
    write_column_notes(table_, from, to, script_);
  }

  // While it is a plain one, between one expression and another, where there need be no values in the rows.
  void may_be_null(Json& column) {
    if (!column["not_null"].truth()) return;
    Json without = column;
    write_not_null(table_, without.set("not_null", Json()), is_virtual(column) ? Stage::release : Stage::change, script_);
    column.set("not_null", Json()).set("not_null_constraint", Json());
  }

  // With the default there that rows without a value get.
  void not_null(const Json& column, bool regenerated, bool default_comes) {
    const Stage stage = regenerated || default_comes ? Stage::finish : Stage::change;
    const bool filled = column["not_null"].truth() && column.has("default");
    if (column.has("default") && default_comes) write_set_default(table_, column, Stage::finish, script_);
    if (filled) fill(column, stage).fills_nulls(table_.name, column["name"].str());
    // A partitioned table's statement looks at the rows of its partitions, which fill them by themselves.
    const bool later = regenerated || (filled && (default_comes || table_.partitioned));
    write_not_null(table_, column, later ? Stage::finish : Stage::change, script_);
  }

  // DROP EXPRESSION takes it from a whole tree, while each table has one of its own, that need not be its parent's. In the
  // stage release: what it reads may go.
  void drop_expression(const Json& column) {
    script_.add(Stage::release, fmt::format("SELECT xconnect.drop_expression({})", column_arguments(table_, column)))
        .because("values stay as they are");
  }

  void generate(const Json& column) {
    Step& step = script_.add(Stage::finish, fmt::format("SELECT xconnect.set_generated({}, {}{})", column_arguments(table_, column),
                                                        sql::literal(column["generated"].str()), is_virtual(column) ? ", true" : ""));
    step.rewriting().recasts_column(table_.name, column["name"].str()).because("values that the expression gives replace those of the column");
  }

  void change_type(const Json& from, const Json& to, bool regenerated) {
    script_.rebuild_dependents_of_column(from["name"].str());
    if (brought(&from, &to)) return;
    const std::string& name = to["name"].str();
    const std::string& type = to["type"].str();
    const TypeChange conversion = type_change(from["type"].str(), type);
    std::string sql = fmt::format("ALTER TABLE {} ALTER COLUMN {} TYPE {}", table_.name, name, type);
    if (to.has("collation")) sql += " COLLATE " + to["collation"].str();
    if (conversion.needs_using && !from.has("generated") && !table_.foreign) {
      sql += fmt::format(" USING {}{}::{}", name, pg::has_cast(from["type"].str(), type) ? "" : "::text", type);
    } else if (conversion.needs_using && regenerated) {
      sql += " USING NULL::" + type;  // its expression gives all values anew
    }
    if (conversion.rewrites) script_.rebuild_references();
    Step& step = script_.add(Stage::change, std::move(sql)).as(table_.owner).owning(table_.name);
    if (conversion.rewrites) step.rewriting();
    if (!from.has("generated") && from["type"] != to["type"]) step.recasts_column(table_.name, name);
    if (!conversion.keeps_values && !from.has("generated")) {
      step.because("the conversion may not give every value back");
    } else if (conversion.keeps_values && conversion.rewrites) {
      step.because("values that do not fit make it fail");
    }
  }

  // A column that was not there. What it must have is written in full, since it may come from a parent.
  void come(const Pair& pair) {
    const Json& column = *pair.to;
    const bool later = table_.defaults == Defaults::later;
    if (revives(pair)) {
      write_column_storage(table_, Json(), column, Stage::change, script_);
      settle(column, later && column.has("default") ? Stage::finish : Stage::change);
    } else if (brought(nullptr, &column)) {
      settle_brought(column);
    } else {
      add(column);
    }
    write_column_notes(table_, Json(), column, script_);
  }

  void revive(const Pair& pair) {
    const Json& column = *pair.to;
    std::string sql = fmt::format("SELECT xconnect.revive_column({}::regclass, {}::smallint, {}, {}", sql::literal(table_.name),
                                  pair.number, sql::literal(name_of_revived(column)), sql::literal(type_of_values(pair)));
    if (column.has("collation") && type_of_values(pair) == column["type"].str()) sql += ", collation => " + sql::literal(column["collation"].str());
    sql += ", values_valid => true)";
    script_.add(Stage::restore, std::move(sql))
        .revives_column(table_.name, column["name"].str())
        .because("rows not written since the drop have their values back");
    revived_ = true;
  }

  const std::string& type_of_values(const Pair& pair) const {
    const auto found = written_as_.find(pair.number);
    return found == written_as_.end() ? (*pair.to)["type"].str() : found->second;
  }

  void convert_revived(const Pair& pair) {
    const Json& column = *pair.to;
    const std::string& type = column["type"].str();
    const bool before_parents = std::find(before_parents_.begin(), before_parents_.end(), column["name"].str()) != before_parents_.end();
    if (type_of_values(pair) == type || (brought(nullptr, pair.to) && !before_parents)) return;
    const TypeChange conversion = type_change(type_of_values(pair), type);
    const std::string name = name_of_revived(column);
    std::string sql = fmt::format("ALTER TABLE {} ALTER COLUMN {} TYPE {}", table_.name, name, type);
    if (column.has("collation")) sql += " COLLATE " + column["collation"].str();
    if (conversion.needs_using) sql += fmt::format(" USING {}::{}", name, type);
    Step& step = script_.add(before_parents ? Stage::restore : Stage::change, std::move(sql)).as(table_.owner).owning(table_.name);
    if (conversion.rewrites) step.rewriting();
    step.because("the column had another type when it was dropped");
  }

  void settle(const Json& column, Stage stage) {
    if (column.has("generated")) {
      generate(column);
      stage = Stage::finish;
    }
    if (column.has("default")) {
      // Where it takes the place of another one, so do keys on it.
      if (column["not_null"].truth() && stage == Stage::finish && name_of_revived(column) != column["name"].str()) {
        expect_not_null(column);
        write_set_default(table_, column, stage, script_);
        fill(column, stage);
        return;
      }
      write_set_default(table_, column, stage, script_);
      if (column["not_null"].truth()) fill(column, stage);
    } else if (column["not_null"].truth() && !column.has("generated")) {
      // It may be an identity column, which has to be NOT NULL before it has values to give.
      expect_not_null(column);
      fill(column, Stage::finish).scans(table_.name);
      return;
    }
    // Below a partitioned table the partitions' columns must be back first.
    if (column["not_null"].truth()) write_not_null(table_, column, table_.partitioned ? Stage::finish : stage, script_);
  }

  // Before its rows have values, since a primary key asks for it; filling tests it.
  void expect_not_null(const Json& column) {
    script_.add(Stage::change, fmt::format("SELECT xconnect.expect_not_null({})", column_arguments(table_, column)))
        .because("the rows without a value get one later in this plan");
  }

  Step& fill(const Json& column, Stage stage) {
    return script_.add(stage, fmt::format("SELECT xconnect.fill_nulls({})", column_arguments(table_, column)))
        .because("rows without a value get the default");
  }

  void add(const Json& column) {
    const bool later = table_.defaults == Defaults::later && column.has("default");
    Json first = column;
    if (later) first.set("not_null", Json());
    script_.add(Stage::change, fmt::format("ALTER TABLE {} ADD COLUMN {}", table_.name, column_definition(first, table_.defaults)))
        .as(table_.owner)
        .owning(table_.name)
        .adds_column(table_.name, column["name"].str());
    write_column_storage(table_, Json(), column, Stage::change, script_);
    if (later) settle(column, Stage::finish);
  }

  void settle_brought(const Json& column) {
    write_column_storage(table_, Json(), column, Stage::finish, script_);
    if (column.has("generated")) return generate(column);  // the parent's expression need not be this one
    if (column.has("default")) {
      write_set_default(table_, column, Stage::finish, script_);
    } else if (table_.partition) {
      drop_default_of_parent(column);
    } else {
      write_drop_default(table_, column, Stage::finish, script_);
    }
    if (column["not_null"].truth() && column.has("default")) fill(column, Stage::finish);
    write_not_null(table_, column, Stage::finish, script_);
  }

  // What came may be an identity instead (PostgreSQL 17), which cannot be dropped as a default is.
  void drop_default_of_parent(const Json& column) {
    const std::string drop = alter_column(table_, column) + " DROP DEFAULT";
    script_.add(Stage::finish, "DO LANGUAGE plpgsql " +
                                   sql::literal(fmt::format("BEGIN IF (SELECT atthasdef FROM pg_catalog.pg_attribute WHERE attrelid = {}::pg_catalog.regclass"
                                                            " AND pg_catalog.quote_ident(attname) = {}) THEN {}; END IF; END",
                                                            sql::literal(table_.name), sql::literal(column["name"].str()), drop)))
        .because("the parent's default is not the partition's");
  }

  Script& script_;
  ColumnTable table_;
  std::vector<Pair> pairs_;
  const std::vector<std::string>& merged_;
  const std::vector<std::string>& before_parents_;
  const std::map<std::int64_t, std::string>& written_as_;
  bool revives_ = false;
  bool was_partition_ = false;
  bool is_partition_ = false;  // and stays one: all its columns come from its parent
  bool brings_all_ = false;
  bool parents_kept_ = false;
  bool shares_parent_ = false;
  bool revived_ = false;
  std::vector<std::string> names_;
  std::vector<Renaming> made_way_;
};

}  // namespace

bool leaves_type(const Object& from, const Object& to) {
  if (!to.body.has("of_type") || from.body["of_type"] != to.body["of_type"] || !same_table(from, to)) return false;
  bool comes_back = false;
  for (const Pair& pair : match(from, to)) {
    if (is_dropped(pair)) comes_back = true;
    // A typed table's columns cannot be renamed, and it leaves its type after all renames.
    else if (pair.from != nullptr && pair.to != nullptr && (*pair.from)["name"] != (*pair.to)["name"]) return false;
  }
  return comes_back;
}

bool keeps_parents(const Json& from, const Json& to) {
  return from["partition_of"] == to["partition_of"] && from["partition_bound"] == to["partition_bound"] &&
         from["inherits"] == to["inherits"];
}

Change alter_columns(const Object& from, const Object& to, Script& script) { return Columns(from, to, script).write(); }

void write_inherited(const Object& from, const Object& to, Script& script) {
  const ColumnTable table = column_table(to.body);
  const bool brought = to.body.has("partition_of") || to.body.has("of_type");
  for (const Pair& pair : match(from, to)) {
    if (pair.to == nullptr) continue;
    // What ADD COLUMN says itself needs no second statement.
    const Json& constraint = (*pair.to)["not_null_constraint"];
    const bool said = pair.from == nullptr && !brought && !same_table(from, to) && !(*pair.to)["inherited"].truth() &&
                      !constraint["inherited"].truth() && !constraint.has("comment");
    if (!said) write_not_null_origin(table, pair.from == nullptr ? Json() : *pair.from, *pair.to, script);
  }
  const bool kept = keeps_parents(from.body, to.body);
  for (const Pair& pair : match(from, to)) {
    if (pair.to == nullptr) continue;
    if (to.body.has("partition_of")) {
      // The parent's own may be a new one, which takes it for the partition's.
      Json column = *pair.to;
      if (is_dropped(pair)) write_column_local(table, column.set("inherited", true), Stage::finish, script);
      continue;
    }
    const bool inherited = (*pair.to)["inherited"].truth();
    if (pair.from == nullptr) {
      // Brought columns are right as they come; revived ones come back as the table's own.
      if (inherited && (!kept || is_dropped(pair))) write_column_local(table, *pair.to, Stage::finish, script);
      continue;
    }
    const bool was_inherited = (*pair.from)["inherited"].truth();
    if (inherited && (!was_inherited || !kept)) write_column_local(table, *pair.to, Stage::finish, script);
    if (!inherited && was_inherited && !kept) write_column_local(table, *pair.to, Stage::finish, script);
  }
}

}  // namespace xc
