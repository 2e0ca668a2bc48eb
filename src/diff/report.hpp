// Differences as rows and as text, the same for xc_diff(), xc_diff_text() and xc_drift().
#pragma once

#include <functional>
#include <string>

#include "diff/compare.hpp"
#include "pg/query.hpp"

namespace xc::diff {

// change_type, object_type, object_schema, object_name, identity, old_ddl, new_ddl.
pg::Fields row_of(const State& from, const State& to, const Change& change);
// A unified diff of one object, a/<key> against b/<key>, /dev/null where it is not.
std::string text_of(const State& from, const State& to, const Change& change);

}  // namespace xc::diff
