// The scope in which the read functions run their SQL: as the bootstrap superuser, so that EXECUTE on the function is
// the only right a caller needs (SECURITY DEFINER in SQL would do the same but is listed by the core's own tests), with
// a fixed search_path and fixed text formats, so that values pass through text unchanged.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pg/query.hpp"
#include "pg/scope.hpp"

namespace xc::ledger {

class Reading {
 public:
  Reading() : role_(BOOTSTRAP_SUPERUSERID) {}

 private:
  pg::AsRole role_;
  pg::Pinned pinned_;
};

// Arguments of SQL functions; nothing when null.
std::optional<std::string> text_argument(FunctionCallInfo fcinfo, int index);
std::optional<TimestampTz> time_argument(FunctionCallInfo fcinfo, int index);
std::optional<std::int64_t> int_argument(FunctionCallInfo fcinfo, int index);
// The same, where null makes no sense: Refusal(invalid_parameter).
std::string required_text(FunctionCallInfo fcinfo, int index, const char* name);

// On a standby, and in a read-only transaction: the server's error, with the function's name ("xc_tag()").
void has_to_write(const char* function);

Datum text_result(std::string_view text);
pg::Arg text_array(const std::vector<std::string>& texts);

}  // namespace xc::ledger
