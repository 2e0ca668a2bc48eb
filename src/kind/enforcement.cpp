// See enforcement.hpp. The names of these triggers hold their OIDs, so the steps look them up when they run; those of a
// partition that is none any more are not there.
#include "kind/enforcement.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/trigger_state.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "commands/trigger.h"
#include "utils/fmgroids.h"
}

namespace xc {

namespace {

std::string_view event_of(const FormData_pg_trigger& form) {
  switch (form.tgfoid) {
    case F_RI_FKEY_CHECK_INS:
      return "insert";
    case F_RI_FKEY_CHECK_UPD:
      return "update";
    case F_UNIQUE_KEY_RECHECK:
      return "recheck";
    default:
      return TRIGGER_FOR_DELETE(form.tgtype) ? "referenced delete" : "referenced update";
  }
}

// The same in a query over pg_trigger t.
constexpr std::string_view event_in_sql =
    "CASE t.tgfoid WHEN 'pg_catalog.\"RI_FKey_check_ins\"'::pg_catalog.regproc THEN 'insert'"
    " WHEN 'pg_catalog.\"RI_FKey_check_upd\"'::pg_catalog.regproc THEN 'update'"
    " WHEN 'pg_catalog.unique_key_recheck'::pg_catalog.regproc THEN 'recheck'"
    " ELSE CASE WHEN t.tgtype & 8 <> 0 THEN 'referenced delete' ELSE 'referenced update' END END";

bool is_part_of(Oid constraint, Oid whole) {
  const auto row = pg::find(CONSTROID, constraint);
  return row && row->form<FormData_pg_constraint>().conparentid == whole;
}

void read_states(Oid constraint, Json& states) {
  for (const pg::Row& edge : pg::scan(DependRelationId, DependReferenceIndexId,
                                      {pg::oid_key(Anum_pg_depend_refclassid, ConstraintRelationId),
                                       pg::oid_key(Anum_pg_depend_refobjid, constraint)})) {
    const auto& depend = edge.form<FormData_pg_depend>();
    if (depend.classid == ConstraintRelationId && is_part_of(depend.objid, constraint))
      read_states(depend.objid, states);
    if (depend.classid != TriggerRelationId || depend.deptype != DEPENDENCY_INTERNAL) continue;
    const auto row = pg::row_of(TriggerRelationId, depend.objid);
    if (!row) continue;
    const auto& form = row->form<FormData_pg_trigger>();
    if (form.tgenabled == TRIGGER_FIRES_ON_ORIGIN) continue;
    states.set(fmt::format("{} on {}", event_of(form), pg::relation_name(form.tgrelid)),
               std::string(trigger_state(form.tgenabled)));
  }
}

void write_state(const std::string& trigger, std::string_view state, const Json& body, Script& script) {
  const std::size_t at = trigger.find(" on ");
  const std::string relation = sql::literal(trigger.substr(at + 4));
  script
      .add(Stage::decorate,
           "DO LANGUAGE plpgsql " +
               sql::literal(fmt::format(
                   "DECLARE statement text; BEGIN FOR statement IN WITH RECURSIVE part AS (SELECT oid FROM "
                   "pg_catalog.pg_constraint"
                   " WHERE conrelid = {0}::pg_catalog.regclass AND pg_catalog.quote_ident(conname) = {1}"
                   " UNION ALL SELECT c.oid FROM pg_catalog.pg_constraint c JOIN part ON c.conparentid = part.oid)"
                   " SELECT pg_catalog.format('ALTER TABLE ONLY %s {2} TRIGGER %I', t.tgrelid::pg_catalog.regclass, "
                   "t.tgname)"
                   " FROM pg_catalog.pg_trigger t JOIN part ON part.oid = t.tgconstraint"
                   " WHERE t.tgisinternal AND t.tgrelid = {3}::pg_catalog.regclass AND {4} = {5} LOOP EXECUTE "
                   "statement; END LOOP; END",
                   sql::literal(body["table"].str()), sql::literal(body["name"].str()), state, relation, event_in_sql,
                   sql::literal(trigger.substr(0, at)))))
      .locks(Lock::share_row_exclusive)
      .because("which of the constraint's own triggers fire");
}

}  // namespace

Json read_enforcement(std::uint32_t constraint) {
  Json states = Json::object();
  read_states(constraint, states);
  if (states.members().empty()) return {};
  return states;
}

void write_enforcement(const Json& from, const Json& to, const Json& body, Script& script) {
  for (const auto& [trigger, state] : from.members()) {
    if (!to.has(trigger)) write_state(trigger, trigger_enabled, body, script);
  }
  for (const auto& [trigger, state] : to.members()) {
    if (!(from[trigger] == state)) write_state(trigger, state.str(), body, script);
  }
}

}  // namespace xc
