// See point.hpp.
#include "pg/point.hpp"

#ifdef XC_POINTS

#include <csignal>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/refusal.hpp"
#include "pg/call.hpp"
#include "pg/server.hpp"

extern "C" {
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/timeout.h"
}

namespace pg {

namespace {

char* setting = nullptr;

struct Armed {
  std::string name, what;
  long passes = 0;  // until it happens; 0: not armed
};
Armed& armed() {
  static Armed instance;
  return instance;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// SHOW tells how many points are still to be passed; 0: it has happened.
const char* still_to_pass() {
  static std::string text;
  text = std::to_string(armed().passes);
  return text.c_str();
}

void arm(std::string_view text) {
  Armed& next = armed();
  next = {};
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return;
  next.name = trimmed(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 1);
  const std::size_t second = rest.find(':');
  next.passes = second == std::string_view::npos ? 1 : std::atol(std::string(rest.substr(second + 1)).c_str());
  next.what = trimmed(rest.substr(0, second));
}

[[noreturn]] void raise(int code, const char* message) {
  call([&] { ereport(ERROR, (errcode(code), errmsg("%s", message))); });
  pg_unreachable();
}

// As the server does it by itself: a signal, or a timeout that runs out, and the next look at it.
void interrupt() {
  call([] {
    for (int i = 0; i < 200; ++i) {
      pg_usleep(1000);
      CHECK_FOR_INTERRUPTS();
    }
  });
}

void happen(const std::string& what) {
  if (what == "error") raise(ERRCODE_INTERNAL_ERROR, "an error at a point");
  if (what == "out of memory") raise(ERRCODE_OUT_OF_MEMORY, "out of memory");
  if (what == "disk full") raise(ERRCODE_DISK_FULL, "could not extend file \"base/1/2\": No space left on device");
  if (what == "deadlock") raise(ERRCODE_T_R_DEADLOCK_DETECTED, "deadlock detected");
  if (what == "no memory") throw std::bad_alloc();
  if (what == "exception") throw std::runtime_error("an exception at a point");
  if (what == "refusal") throw xc::Refusal(xc::code::internal, "a refusal at a point");
  if (what == "cancel") std::raise(SIGINT);
  if (what == "terminate") std::raise(SIGTERM);
  if (what == "statement timeout") enable_timeout_after(STATEMENT_TIMEOUT, 1);
  if (what == "lock timeout") enable_timeout_after(LOCK_TIMEOUT, 1);
  if (what == "kill server") ::kill(PostmasterPid, SIGKILL);
  if (what == "kill" || what == "kill server") std::raise(SIGKILL);
  interrupt();
}

}  // namespace

void point(const char* name) {
  Armed& next = armed();
  if (next.passes == 0 || (next.name != "*" && next.name != name)) return;
  if (--next.passes > 0) return;
  const std::string what = next.what;
  next = {};
  const std::string where = name;
  const char* words = what.c_str();
  const char* place = where.c_str();
  call([&] { ereport(LOG, (errmsg("xconnect point \"%s\": %s", place, words))); });
  happen(what);
}

void define_point_setting() {
  DefineCustomStringVariable("xconnect.point", "Where something goes wrong, in builds for tests.", nullptr, &setting, "", PGC_USERSET, 0,
                             nullptr, [](const char* value, void*) { arm(value); }, still_to_pass);
}

}  // namespace pg

#endif
