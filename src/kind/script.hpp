// What a kind writes its steps into. A step is one SQL statement with what it locks, rewrites and destroys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xc {

// When a step runs relative to the other steps of its object; the planner interleaves the stages of all objects by
// their dependencies.
//   release  gives up references to other objects, so that those can be dropped (DROP DEFAULT before DROP FUNCTION)
//   drop     DROP
//   rename   RENAME, SET SCHEMA
//   restore  brings back what was dropped in place (columns and their values), while nothing has rewritten the table yet
//   change   ALTER in place
//   declare  makes the name known before the object itself (a shell type), for those that it needs and that need it
//   create   CREATE
//   finish   what may refer to objects that refer back to this one (column defaults that call functions, OWNED BY,
//            CLUSTER ON, REPLICA IDENTITY): runs when everything it names exists
//   retire   takes away what dependents may have used until they changed (labels of an enum): runs after all of them
//   decorate owner, grants, comments, labels: nothing depends on it
enum class Stage : std::uint8_t { release, drop, rename, restore, change, declare, create, finish, retire, decorate };

enum class Lock : std::uint8_t { none, share_update_exclusive, share, share_row_exclusive, access_exclusive };

constexpr std::string_view everyone = "PUBLIC";  // in the place of a role

struct Step {
  std::string sql;
  Stage stage;
  Lock lock = Lock::access_exclusive;  // strongest lock taken on the table concerned (or on the object itself)
  bool rewrites = false;               // the table's storage is rewritten
  std::string run_as;                  // quoted role whose code the statement can run (CHECK, DEFAULT, USING): the step
                                       // runs as that role; empty: nothing of the users' runs
  std::string run_as_owner_of;         // the same for code of whoever owns this relation when the step runs
  std::vector<std::string> must_own;   // with run_as: the statement asks for ownership of these relations and of all that
                                       // inherit from them, so an owner that is a member of all other owners runs it
  std::string why;                     // one clause, for people
  bool unprinted = false;              // of what pg_dump does not print either
  bool only_fills = false;             // with rows, of what is derived: the schema is the same when it fails

  // Values that stand in the statement as marks, and the options that they are of; see secret.hpp.
  struct Secret {
    std::string mark, name;
  };
  std::vector<Secret> secrets;
  std::vector<std::string> roles, tablespaces;  // quoted: those that the statement names, PUBLIC aside

  // Data effects. loses_rows_of: quoted table whose rows go; loses_column: table and column whose values go;
  // recasts_column: values converted by a cast that may not be the exact inverse.
  struct Effect {
    enum class What : std::uint8_t { none, drops_rows, drops_column, recasts_column, revives_column, adds_column, scans, drops_attribute, fills_nulls, returns_rows, sets_rows_aside, removes_label } what = What::none;
    std::string table;   // qualified; a composite type for drops_attribute: the values in all columns of that type; an enum
    std::string column;  // quoted; the OID of a label
  } effect;

  Step& locks(Lock value) { lock = value; return *this; }
  Step& rewriting() { rewrites = true; return *this; }
  Step& as(std::string_view role) { run_as = role; return *this; }
  Step& owning(std::string_view relation) { must_own.emplace_back(relation); return *this; }
  Step& as_owner_of(std::string_view relation) { run_as_owner_of = relation; return *this; }
  Step& not_printed() { unprinted = true; return *this; }
  Step& only_filling() { only_fills = true; return *this; }
  Step& because(std::string_view text) { why = text; return *this; }
  Step& naming_role(std::string_view role) { if (!role.empty() && role != everyone) roles.emplace_back(role); return *this; }
  Step& naming_tablespace(std::string_view name) { if (!name.empty()) tablespaces.emplace_back(name); return *this; }
  Step& with_secrets(std::vector<Secret> marks) { secrets = std::move(marks); return *this; }
  Step& drops_rows(std::string_view table) { effect = {Effect::What::drops_rows, std::string(table), {}}; return *this; }
  Step& drops_column(std::string_view table, std::string_view column) { effect = {Effect::What::drops_column, std::string(table), std::string(column)}; return *this; }
  Step& recasts_column(std::string_view table, std::string_view column) { effect = {Effect::What::recasts_column, std::string(table), std::string(column)}; return *this; }
  Step& revives_column(std::string_view table, std::string_view column) { effect = {Effect::What::revives_column, std::string(table), std::string(column)}; return *this; }
  Step& adds_column(std::string_view table, std::string_view column) { effect = {Effect::What::adds_column, std::string(table), std::string(column)}; return *this; }
  Step& drops_attribute(std::string_view type, std::string_view attribute) { effect = {Effect::What::drops_attribute, std::string(type), std::string(attribute)}; return *this; }
  Step& fills_nulls(std::string_view table, std::string_view column) { effect = {Effect::What::fills_nulls, std::string(table), std::string(column)}; return *this; }
  Step& returns_rows(std::string_view table) { effect = {Effect::What::returns_rows, std::string(table), {}}; return *this; }
  Step& sets_rows_aside(std::string_view table) { effect = {Effect::What::sets_rows_aside, std::string(table), {}}; return *this; }
  Step& removes_label(std::string_view type, std::string_view label) { effect = {Effect::What::removes_label, std::string(type), std::string(label)}; return *this; }
  Step& scans(std::string_view table) { effect = {Effect::What::scans, std::string(table), {}}; return *this; }
};

class Script {
 public:
  // The reference is good until the next call.
  Step& add(Stage stage, std::string sql) {
    Step step;
    step.sql = std::move(sql);
    step.stage = stage;
    steps_.push_back(std::move(step));
    return steps_.back();
  }

  // --- what an in-place change does to the objects that depend on this one ---
  // Everything that depends on the column (quoted name in the *from* body) must be dropped before the change stage and
  // rebuilt after it (ALTER COLUMN TYPE below a view). Indexes, constraints and defaults of the same table that the
  // server carries through ALTER TYPE are the planner's to leave alone: pass it only when something is really in the way.
  void rebuild_dependents_of_column(std::string_view column) { rebuild_columns_.emplace_back(column); }
  // The column goes away: whatever still depends on it in the target state is a conflict.
  void destroys_column(std::string_view column) { destroyed_columns_.emplace_back(column); }
  // One of the same name comes back in its place: tables of which one inherits from the other both exchange theirs, or
  // part before.
  void exchanges_column(std::string_view column) { exchanged_columns_.emplace_back(column); }
  // Everything that depends on the object as a whole must be dropped before and rebuilt after.
  void rebuild_dependents() { rebuild_all_ = true; }

  // The object and others need each other, and its DROP is one that takes those along.
  void drop_takes_ring() { drop_takes_ring_ = true; }

  // Foreign keys whose tables both say so must be dropped before the change stage and rebuilt after it: whichever table
  // changed first would not match the other meanwhile (types of columns, LOGGED and UNLOGGED).
  void rebuild_references() { rebuild_references_ = true; }

  // Something that the steps add, as it is spelt in other objects' expressions, that the server lets nobody use before the
  // transaction has committed: unless the whole object is made in it.
  void not_usable_yet(std::string_view name) { not_usable_yet_.emplace_back(name); }

  std::vector<Step>& steps() { return steps_; }
  const std::vector<Step>& steps() const { return steps_; }
  const std::vector<std::string>& rebuild_columns() const { return rebuild_columns_; }
  const std::vector<std::string>& destroyed_columns() const { return destroyed_columns_; }
  const std::vector<std::string>& not_usable_yet() const { return not_usable_yet_; }
  const std::vector<std::string>& exchanged_columns() const { return exchanged_columns_; }
  bool rebuilds_all() const { return rebuild_all_; }
  bool rebuilds_references() const { return rebuild_references_; }
  bool takes_ring() const { return drop_takes_ring_; }

 private:
  std::vector<Step> steps_;
  std::vector<std::string> rebuild_columns_;
  std::vector<std::string> destroyed_columns_;
  std::vector<std::string> exchanged_columns_;
  std::vector<std::string> not_usable_yet_;
  bool rebuild_all_ = false;
  bool rebuild_references_ = false;
  bool drop_takes_ring_ = false;
};

}  // namespace xc
