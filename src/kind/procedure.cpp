// Procedures: functions without a result, told apart by their OUT parameters too.
#include "kind/routine.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

constexpr const char* prokinds = "p";

std::vector<std::uint32_t> list() { return list_routines(prokinds); }

bool covers(const pg::Row& row) { return is_routine(row, prokinds); }

}  // namespace

extern const Kind procedure_kind;
constinit const Kind procedure_kind = {
    .name = "procedure",
    .catalog = ProcedureRelationId,
    .rank = Rank::function,
    .list = list,
    .covers = covers,
    .describe = describe_routine,
    .target = routine_target,
    .grant_target = nullptr,
    .create = create_routine,
    .alter = alter_routine,
    .drop = drop_routine,
    .rename = nullptr,
    .holds_queries = true,
};

}  // namespace xc
