// Aggregate functions: a row of pg_proc and one of pg_aggregate. CREATE OR REPLACE changes what is computed, not the
// arguments and the result.
#include <array>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/routine.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_aggregate.h"
#include "catalog/pg_operator.h"
}

namespace xc {

namespace {

constexpr const char* prokinds = "a";

std::vector<std::uint32_t> list() { return list_routines(prokinds); }

bool covers(const pg::Row& row) { return is_routine(row, prokinds); }

// --- reading ---

// The options of CREATE AGGREGATE in pg_dump's order; members are named like them. A flag has no value.
enum class Value : std::uint8_t { text, literal, flag };
struct Option {
  const char* member;
  Value value = Value::text;
};
constexpr std::array<Option, 21> options = {{
    {"sfunc"}, {"stype"}, {"sspace"}, {"initcond", Value::literal}, {"finalfunc"}, {"finalfunc_extra", Value::flag},
    {"finalfunc_modify"}, {"combinefunc"}, {"serialfunc"}, {"deserialfunc"}, {"msfunc"}, {"minvfunc"}, {"mstype"},
    {"msspace"}, {"minitcond", Value::literal}, {"mfinalfunc"}, {"mfinalfunc_extra", Value::flag}, {"mfinalfunc_modify"},
    {"sortop"}, {"hypothetical", Value::flag}, {"parallel"},
}};

struct FunctionMember {
  const char* member;
  regproc FormData_pg_aggregate::*function;
};
constexpr FunctionMember functions[] = {
    {"sfunc", &FormData_pg_aggregate::aggtransfn},        {"finalfunc", &FormData_pg_aggregate::aggfinalfn},
    {"combinefunc", &FormData_pg_aggregate::aggcombinefn}, {"serialfunc", &FormData_pg_aggregate::aggserialfn},
    {"deserialfunc", &FormData_pg_aggregate::aggdeserialfn}, {"msfunc", &FormData_pg_aggregate::aggmtransfn},
    {"minvfunc", &FormData_pg_aggregate::aggminvtransfn}, {"mfinalfunc", &FormData_pg_aggregate::aggmfinalfn},
};

const char* modify_name(char modify) {
  switch (modify) {
    case AGGMODIFY_READ_ONLY: return "READ_ONLY";
    case AGGMODIFY_SHAREABLE: return "SHAREABLE";
    default: return "READ_WRITE";
  }
}

const char* parallel_name(char parallel) {
  switch (parallel) {
    case PROPARALLEL_SAFE: return "safe";
    case PROPARALLEL_RESTRICTED: return "restricted";
    default: return "";
  }
}

std::string operator_name(Oid oper) {
  const auto row = pg::row_of(OperatorRelationId, oper);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_operator>();
  return fmt::format("OPERATOR({}.{})", pg::schema_name(form.oprnamespace), NameStr(form.oprname));
}

// Ordered-set aggregates change their state in the final function unless they say otherwise.
void set_modify(Json& body, const char* member, char modify, char aggregate_kind) {
  const char otherwise = aggregate_kind == AGGKIND_NORMAL ? AGGMODIFY_READ_ONLY : AGGMODIFY_READ_WRITE;
  if (modify != otherwise) body.set(member, modify_name(modify));
}

void describe_computation(const pg::Row& row, Json& body) {
  const auto& form = row.form<FormData_pg_aggregate>();
  for (const FunctionMember& one : functions) {
    if (OidIsValid(form.*one.function)) body.set(one.member, pg::function_name(form.*one.function));
  }
  body.set("stype", pg::type_name(form.aggtranstype));
  if (form.aggtransspace != 0) body.set("sspace", std::to_string(form.aggtransspace));
  if (!row.null(Anum_pg_aggregate_agginitval)) body.put("initcond", row.text(Anum_pg_aggregate_agginitval));
  body.set("finalfunc_extra", form.aggfinalextra);
  if (OidIsValid(form.aggfinalfn)) set_modify(body, "finalfunc_modify", form.aggfinalmodify, form.aggkind);
  if (OidIsValid(form.aggmtranstype)) body.set("mstype", pg::type_name(form.aggmtranstype));
  if (form.aggmtransspace != 0) body.set("msspace", std::to_string(form.aggmtransspace));
  if (!row.null(Anum_pg_aggregate_aggminitval)) body.put("minitcond", row.text(Anum_pg_aggregate_aggminitval));
  body.set("mfinalfunc_extra", form.aggmfinalextra);
  if (OidIsValid(form.aggmfinalfn)) set_modify(body, "mfinalfunc_modify", form.aggmfinalmodify, form.aggkind);
  if (OidIsValid(form.aggsortop)) body.set("sortop", operator_name(form.aggsortop));
  body.set("hypothetical", form.aggkind == AGGKIND_HYPOTHETICAL);
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row routine = pg::find(PROCOID, oid).value();
  const auto& form = routine.form<FormData_pg_proc>();
  Json& body = object.body;
  const std::string arguments = pg::function_arguments(oid);
  body.set("arguments", arguments.empty() ? "*" : arguments);
  body.set("returns", pg::type_name(form.prorettype));
  body.set("parallel", parallel_name(form.proparallel));
  for (const pg::Row& row : pg::scan(AggregateRelationId, AggregateFnoidIndexId, {pg::oid_key(Anum_pg_aggregate_aggfnoid, oid)})) {
    describe_computation(row, body);
  }
}

// --- writing ---

std::string target(const Json& body) { return fmt::format("AGGREGATE {}({})", qualified_name(body), body["arguments"].str()); }

// With the types alone, as the identity has them.
std::string grant_target(const Json& body) { return "FUNCTION " + body["identity"].str(); }

std::string definition(const Json& body, const char* verb) {
  std::vector<std::string> clauses;
  for (const Option& option : options) {
    if (!body.has(option.member)) continue;
    switch (option.value) {
      case Value::text: clauses.push_back(fmt::format("{} = {}", option.member, body[option.member].str())); break;
      case Value::literal: clauses.push_back(fmt::format("{} = {}", option.member, sql::literal(body[option.member].str()))); break;
      case Value::flag: clauses.emplace_back(option.member); break;
    }
  }
  return fmt::format("{} {} (\n    {}\n)", verb, target(body), sql::join(clauses, ",\n    "));
}

void create(const Object& to, Script& script) { write_creation(definition(to.body, "CREATE"), script); }

Change alter(const Object& from, const Object& to, Script& script) {
  if (same_apart_from(from.body, to.body, {})) return Change::in_place;
  for (const char* fixed : {"arguments", "returns", "hypothetical"}) {
    if (from.body[fixed] != to.body[fixed]) return Change::replace;
  }
  script.add(Stage::change, definition(to.body, "CREATE OR REPLACE")).locks(Lock::none).because("its definition differs");
  return Change::in_place;
}

}  // namespace

extern const Kind aggregate_kind;
constinit const Kind aggregate_kind = {
    .name = "aggregate",
    .catalog = ProcedureRelationId,
    .rank = Rank::aggregate,
    .list = list,
    .covers = covers,
    .describe = describe,
    .target = target,
    .grant_target = grant_target,
    .create = create,
    .alter = alter,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
