// In which sessions a trigger fires, as ALTER TABLE says it.
#pragma once

#include "pg/server.hpp"

extern "C" {
#include "commands/trigger.h"
}

namespace xc {

constexpr const char* trigger_enabled = "ENABLE";

inline const char* trigger_state(char enabled) {
  switch (enabled) {
    case TRIGGER_FIRES_ALWAYS:
      return "ENABLE ALWAYS";
    case TRIGGER_FIRES_ON_REPLICA:
      return "ENABLE REPLICA";
    case TRIGGER_DISABLED:
      return "DISABLE";
    default:
      return trigger_enabled;
  }
}

}  // namespace xc
