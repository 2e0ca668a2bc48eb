// The SQL function that views read nodes with.
#include <string>

#include "core/patch.hpp"
#include "core/refusal.hpp"
#include "pg/entry.hpp"
#include "pg/query.hpp"
#include "pg/server.hpp"

XC_FUNCTION(xc_patched) {
  const auto bytes = [&](int argument) {
    const bytea* value = pg::call([&] { return PG_GETARG_BYTEA_PP(argument); });
    return std::string_view(VARDATA_ANY(value), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(value)));
  };
  try {
    return pg::arg_bytes(xc::patch::apply(bytes(0), bytes(1))).value;
  } catch (const xc::Refusal&) {
    fcinfo->isnull = true;
    return 0;
  }
}
