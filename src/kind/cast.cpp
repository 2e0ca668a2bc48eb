// Casts. The one from a range type to its multirange type is part of the range.
#include <fmt/format.h>

#include "kind/kind.hpp"
#include "kind/parts.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_cast.h"
}

namespace xc {

namespace {

bool covers(const pg::Row& row) { return !is_internal_part({CastRelationId, row.form<FormData_pg_cast>().oid}); }

const char* context_clause(char context) {
  switch (context) {
    case COERCION_CODE_IMPLICIT: return "AS IMPLICIT";
    case COERCION_CODE_ASSIGNMENT: return "AS ASSIGNMENT";
    default: return "";
  }
}

std::string method_clause(const FormData_pg_cast& cast) {
  switch (cast.castmethod) {
    case COERCION_METHOD_INOUT: return "WITH INOUT";
    case COERCION_METHOD_BINARY: return "WITHOUT FUNCTION";
    default: return "WITH FUNCTION " + pg::function_signature(cast.castfunc);
  }
}

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(CastRelationId, oid).value();
  const auto& form = row.form<FormData_pg_cast>();
  object.body.set("source", pg::type_name(form.castsource));
  object.body.set("target", pg::type_name(form.casttarget));
  object.body.set("method", method_clause(form));
  object.body.set("context", context_clause(form.castcontext));
}

std::string target(const Json& body) { return fmt::format("CAST ({} AS {})", body["source"].str(), body["target"].str()); }

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  const std::string context = body.has("context") ? " " + body["context"].str() : std::string();
  write_creation(fmt::format("CREATE {} {}{}", target(body), body["method"].str(), context), script);
}

}  // namespace

extern const Kind cast_kind;
constinit const Kind cast_kind = {
    .name = "cast",
    .catalog = CastRelationId,
    .rank = Rank::cast,
    .covers = covers,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter_nothing,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
