// A server module for tests alone: SQL functions that go wrong in every way that C++ in a server can, through the
// boundary of src/pg. test/boundary/run builds it, loads it into a private server, and never installs it.
#include <fstream>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "pg/attempt.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/entry.hpp"
#include "pg/query.hpp"
#include "pg/scope.hpp"
#include "pg/server.hpp"

extern "C" {
#include "fmgr.h"
#include "utils/resowner.h"

__attribute__((visibility("default"))) const Pg_magic_struct* PG_MAGIC_FUNCTION_NAME(void);
const Pg_magic_struct* PG_MAGIC_FUNCTION_NAME(void) {
#ifdef PG_MODULE_MAGIC_EXT
  static const Pg_magic_struct data = PG_MODULE_MAGIC_DATA(.name = "xconnect_boundary");
#else
  static const Pg_magic_struct data = PG_MODULE_MAGIC_DATA;
#endif
  return &data;
}
}

namespace {

constinit int live_objects = 0;
constinit int plain_variable = 0;

// A C++ object that can be seen to leak: by its number and, with a million bytes in it, by the size of the process.
class Live {
 public:
  explicit Live(std::size_t bytes = 1) : bytes_(bytes, 'x') { ++live_objects; }
  Live(const Live& other) : bytes_(other.bytes_) { ++live_objects; }
  ~Live() { --live_objects; }
  Live& operator=(const Live&) = delete;

 private:
  std::string bytes_;
};

constexpr std::size_t megabyte = 1'000'000;

// An exception that carries an object of its own.
class Laden : public std::runtime_error {
 public:
  explicit Laden(const std::string& message) : std::runtime_error(message), load_(megabyte) {}

 private:
  Live load_;
};

[[noreturn]] void server_error() {
  ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION), errmsg("the message"), errdetail("the detail"), errhint("the hint"),
                  errcontext("the context"), err_generic_string(PG_DIAG_TABLE_NAME, "the table")));
  pg_unreachable();
}

std::string text_arg(FunctionCallInfo fcinfo, int number) {
  if (PG_ARGISNULL(number)) return {};
  return pg::call([&] { return text_to_cstring(PG_GETARG_TEXT_PP(number)); });
}

Datum text_result(const std::string& text) {
  return pg::call([&] { return PointerGetDatum(cstring_to_text_with_len(text.data(), static_cast<int>(text.size()))); });
}

[[noreturn]] void throw_it(const std::string& what) {
  if (what == "refusal") throw xc::Refusal(xc::code::would_lose_data, "the message").detail("the detail").hint("the hint");
  if (what == "bare refusal") throw xc::Refusal(xc::code::drifted, "100% of the message");
  if (what == "bad_alloc") throw std::bad_alloc();
  if (what == "no memory") {
    std::string large(std::size_t{1} << 46, 'x');
    throw std::logic_error("there were 64 TB");
  }
  if (what == "runtime_error") throw std::runtime_error("a library's message, 100% of it");
  if (what == "laden") throw Laden(std::string(100'000, 'm'));
  if (what == "busy") throw pg::Busy();
  if (what == "number") throw 42;
  if (what == "server error") pg::call([] { server_error(); });
  throw xc::Refusal(xc::code::invalid_parameter, "throw_it does not know " + what);
}

std::string words(const std::optional<pg::Failure>& failure) {
  if (!failure) return "done";
  return fmt::format("{}|{}|{}|{}", failure->sqlstate, failure->message, failure->detail, failure->hint);
}

std::string first_field(const std::string& sql) {
  const auto rows = pg::query(sql);
  if (rows.empty() || rows[0].empty() || !rows[0][0]) return {};
  return *rows[0][0];
}

}  // namespace

// ---- what can be seen from outside -------------------------------------------------------------------------------

XC_FUNCTION(xc_test_live) { return Int32GetDatum(live_objects); }

// Resident memory of this backend that is its own, in kilobytes.
XC_FUNCTION(xc_test_memory) {
  std::ifstream statm("/proc/self/statm");
  std::int64_t size = 0, resident = 0, shared = 0;
  statm >> size >> resident >> shared;
  return Int64GetDatum((resident - shared) * 4);
}

// What a scope may have left behind that SQL alone does not show.
XC_FUNCTION(xc_test_state) {
  Oid role = InvalidOid;
  int context = 0;
  GetUserIdAndSecContext(&role, &context);
  return text_result(fmt::format("variable {}, role {}, context {}, memory {}, owner {}", plain_variable,
                                 pg::role_name(role), context, CurrentMemoryContext->name,
                                 CurrentResourceOwner != nullptr ? "set" : "none"));
}

// ---- going wrong --------------------------------------------------------------------------------------------------

XC_FUNCTION(xc_test_throw) {
  const Live object(megabyte);
  throw_it(text_arg(fcinfo, 0));
}

// C++ code has no business inside pg::call, but must not bring the server down from there.
XC_FUNCTION(xc_test_throw_in_call) {
  const Live object(megabyte);
  const std::string what = text_arg(fcinfo, 0);
  pg::call([&] { throw_it(what); });
  return 0;
}

// What pg::call is there to prevent.
XC_FUNCTION(xc_test_unguarded) {
  const Live object(megabyte);
  server_error();
}

// Runs SQL with C++ frames and objects on the way up, the statement's and another function's.
XC_FUNCTION(xc_test_through) {
  const Live object(megabyte);
  const auto deeper = [](const std::string& sql) {
    const Live another;
    return first_field(sql);
  };
  return text_result(deeper(text_arg(fcinfo, 0)));
}

// ---- attempts -----------------------------------------------------------------------------------------------------

// Each statement in an attempt of its own; how each went.
XC_FUNCTION(xc_test_attempt) {
  std::string result;
  const Datum array = PG_GETARG_DATUM(0);
  for (const std::string& sql : pg::text_array(array)) {
    const auto failure = pg::attempt([&] {
      const Live object;
      const pg::Arena arena("attempt");
      pg::run(sql);
    });
    result += (result.empty() ? "" : "\n") + words(failure);
  }
  return text_result(result);
}

// An attempt that runs a statement and then throws.
XC_FUNCTION(xc_test_attempt_throw) {
  const std::string sql = text_arg(fcinfo, 0);
  const std::string what = text_arg(fcinfo, 1);
  const auto failure = pg::attempt([&] {
    const Live object;
    pg::run(sql);
    throw_it(what);
  });
  return text_result(words(failure));
}

// An attempt in an attempt: outer statement, inner statement, another outer one.
XC_FUNCTION(xc_test_attempt_nested) {
  std::string inner_words;
  const std::string first = text_arg(fcinfo, 0), inner = text_arg(fcinfo, 1), last = text_arg(fcinfo, 2);
  const auto failure = pg::attempt([&] {
    pg::run(first);
    inner_words = words(pg::attempt([&] { pg::run(inner); }));
    pg::run(last);
  });
  return text_result(inner_words + "\n" + words(failure));
}

// ---- scopes -------------------------------------------------------------------------------------------------------

// Runs SQL inside every scope, or inside one of them.
XC_FUNCTION(xc_test_scoped) {
  const std::string scope = text_arg(fcinfo, 0);
  const std::string sql = text_arg(fcinfo, 1);
  const auto has = [&](const char* name) { return scope == name || scope == "all"; };
  std::optional<pg::Arena> arena;
  std::optional<pg::Pinned> pinned;
  std::optional<pg::AsRole> role;
  std::optional<pg::Setting> setting;
  std::optional<pg::Restored<int>> restored;
  if (has("arena")) arena.emplace("test");
  if (has("pinned")) pinned.emplace(pg::Pinned::For::statements);
  if (has("role")) {
    const Oid other = pg::call([] { return get_role_oid("boundary_other", false); });
    role.emplace(other, true);
  }
  if (has("setting")) setting.emplace("work_mem", "1234kB");
  if (has("restored")) restored.emplace(plain_variable, 42);
  const std::string result = fmt::format("{} {}", plain_variable, first_field(sql));
  restored.reset();
  setting.reset();
  role.reset();
  pinned.reset();
  arena.reset();
  return text_result(result);
}

// An error inside all scopes that never leaves C++.
XC_FUNCTION(xc_test_scoped_attempt) {
  const std::string what = text_arg(fcinfo, 0);
  const auto failure = pg::attempt([&] {
    const pg::Arena arena("test");
    const pg::Pinned pinned(pg::Pinned::For::statements);
    const Oid other = pg::call([] { return get_role_oid("boundary_other", false); });
    const pg::AsRole role(other, true);
    const pg::Setting setting("work_mem", "1234kB");
    const pg::Restored<int> restored(plain_variable, 42);
    throw_it(what);
  });
  return text_result(words(failure));
}
