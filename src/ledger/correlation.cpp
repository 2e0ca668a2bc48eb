// See correlation.hpp.
#include "ledger/correlation.hpp"

#include <cstring>

#include "capture/settings.hpp"
#include "pg/entry.hpp"
#include "pg/server.hpp"

extern "C" {
#include "utils/fmgrprotos.h"
#include "utils/uuid.h"
}

namespace xc::ledger {

namespace {

// Plain bytes: errors read it.
constinit char made[40] = {};
constinit char line[200] = {};

bool is_set() { return capture::settings.correlation_id != nullptr && capture::settings.correlation_id[0] != '\0'; }

// Nothing when nobody can know it yet.
pg::ErrorNote note_for_errors() {
  const char* id = is_set() ? capture::settings.correlation_id : made;
  if (id[0] == '\0') return {};
  strlcpy(line, "correlation id ", sizeof line);
  strlcat(line, id, sizeof line);
  return {line, is_set()};
}

}  // namespace

std::string correlation_id() {
  if (is_set()) return capture::settings.correlation_id;
  if (made[0] == '\0') strlcpy(made, new_correlation_id().c_str(), sizeof made);
  return made;
}

std::string new_correlation_id() {
  return pg::call([]() -> const char* {
    return DatumGetCString(DirectFunctionCall1(uuid_out, DirectFunctionCall1(gen_random_uuid, 0)));
  });
}

void forget_correlation_id() { made[0] = '\0'; }

void install_correlation_in_errors() { pg::error_note = note_for_errors; }

}  // namespace xc::ledger
