// Arguments and results of the read functions; see reading.hpp.
#include "ledger/reading.hpp"

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "pg/server.hpp"

extern "C" {
#include "utils/timestamp.h"
}

namespace xc::ledger {

std::optional<std::string> text_argument(FunctionCallInfo fcinfo, int index) {
  if (PG_ARGISNULL(index)) return std::nullopt;
  const char* value = pg::call([&]() -> const char* { return text_to_cstring(PG_GETARG_TEXT_PP(index)); });
  return std::string(value);
}

std::optional<TimestampTz> time_argument(FunctionCallInfo fcinfo, int index) {
  if (PG_ARGISNULL(index)) return std::nullopt;
  return PG_GETARG_TIMESTAMPTZ(index);
}

std::optional<std::int64_t> int_argument(FunctionCallInfo fcinfo, int index) {
  if (PG_ARGISNULL(index)) return std::nullopt;
  return PG_GETARG_INT32(index);
}

std::string required_text(FunctionCallInfo fcinfo, int index, const char* name) {
  std::optional<std::string> value = text_argument(fcinfo, index);
  if (!value) throw Refusal(code::invalid_parameter, fmt::format("{} must not be null", name));
  return std::move(*value);
}

void has_to_write(const char* function) {
  pg::call([&] {
    PreventCommandDuringRecovery(function);
    PreventCommandIfReadOnly(function);
  });
}

Datum text_result(std::string_view text) { return pg::arg(text).value; }


pg::Arg text_array(const std::vector<std::string>& texts) {
  std::vector<Datum> values;
  for (const std::string& text : texts) values.push_back(pg::arg(text).value);
  const Datum array = pg::call([&] {
    return PointerGetDatum(construct_array(values.data(), static_cast<int>(values.size()), TEXTOID, -1, false, TYPALIGN_INT));
  });
  return {TEXTARRAYOID, array, false};
}

}  // namespace xc::ledger
