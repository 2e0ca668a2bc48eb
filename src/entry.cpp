// Module magic, configuration parameters, and the installation of the hooks: nothing else.
#include "capture/hooks.hpp"
#include "capture/settings.hpp"
#include "core/hash.hpp"
#include "ledger/correlation.hpp"
#include "pg/encoding.hpp"
#include "pg/entry.hpp"
#include "pg/others_code.hpp"
#include "vault/preserve.hpp"
#include "pg/server.hpp"

extern "C" {
#include "fmgr.h"
#include "utils/guc.h"
}

extern "C" {
__attribute__((visibility("default"))) const Pg_magic_struct* PG_MAGIC_FUNCTION_NAME(void);
__attribute__((visibility("default"))) void _PG_init(void);

const Pg_magic_struct* PG_MAGIC_FUNCTION_NAME(void) {
#ifdef PG_MODULE_MAGIC_EXT
  static const Pg_magic_struct data = PG_MODULE_MAGIC_DATA(.name = "xconnect", .version = XC_VERSION);
#else
  static const Pg_magic_struct data = PG_MODULE_MAGIC_DATA;
#endif
  return &data;
}
}

namespace xc::capture {

constinit Settings settings = {};

namespace {

constexpr config_enum_entry on_capture_error_values[] = {
    {"abort", on_error_abort, false}, {"warn", on_error_warn, false}, {nullptr, 0, false}};

constexpr config_enum_entry require_reason_values[] = {
    {"off", require_reason_off, false}, {"warn", require_reason_warn, false}, {"on", require_reason_on, false}, {nullptr, 0, false}};

void text_setting(const char* name, const char* description, char** variable, GucContext context) {
  DefineCustomStringVariable(name, description, nullptr, variable, "", context, 0, nullptr, nullptr, nullptr);
}

// The query of a change runs as the role that made it, when it is rolled back: so that role has to have set it, and not
// the owner of the database for all who come there, nor anybody for another role.
bool of_the_session(char** value, void**, GucSource source) {
  const bool of_database_or_role = (source >= PGC_S_GLOBAL && source < PGC_S_CLIENT) || source == PGC_S_TEST;
  if (**value == '\0' || !of_database_or_role) return true;
  GUC_check_errdetail("It is a query that runs as the role whose session it is set in: no setting of databases or roles gives it.");
  return false;
}

void define_settings() {
  text_setting("xconnect.author", "Who the ledger names as the author of changes; empty: the session user.",
               &settings.author, PGC_SUSET);
  DefineCustomBoolVariable("xconnect.capture", "Record schema changes of this session.", nullptr, &settings.capture, true,
                           PGC_SUSET, 0, nullptr, nullptr, nullptr);
  text_setting("xconnect.correlation_id", "An identifier that the ledger keeps with changes.", &settings.correlation_id,
               PGC_USERSET);
  text_setting("xconnect.expected", "What changes of this session are expected to do.", &settings.expected, PGC_USERSET);
  DefineCustomEnumVariable("xconnect.on_capture_error",
                           "What to do when a change cannot be recorded: abort the transaction, or warn and note a gap.",
                           nullptr, &settings.on_capture_error, on_error_abort, on_capture_error_values, PGC_SUSET, 0,
                           nullptr, nullptr, nullptr);
  DefineCustomStringVariable("xconnect.preserve", "What the vault keeps of what is dropped: a list.",
                             "tables: the rows of tables and materialized views, and the values of sequences; columns: the values of columns that are dropped or converted, also of rows that are updated or rewritten since; truncate: the rows of truncated tables, too; none: nothing.",
                             &settings.preserve_words, "tables", PGC_SUSET, GUC_LIST_INPUT, vault::check_preserve,
                             vault::assign_preserve, nullptr);
  DefineCustomIntVariable("xconnect.preserve_age", "How long rows wait in the vault; -1: without end.",
                          "A change that commits after that announces what is older with a warning, and one of the next lets it go.",
                          &settings.preserve_age, 7 * 24 * 60, -1, INT_MAX, PGC_SUSET, GUC_UNIT_MIN, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("xconnect.preserve_count", "How many tables wait in the vault; -1: any number.",
                          "Each is a table in the catalogs. With more the oldest are let go, as with xconnect.preserve_age.",
                          &settings.preserve_count, 1000, -1, INT_MAX, PGC_SUSET, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("xconnect.preserve_disk_free",
                          "Per cent of a disk that must be free for rows to be kept on it; 0: whatever is free.",
                          "With less a DROP TABLE frees its space at once, and the oldest in the vault are let go, as with xconnect.preserve_age.",
                          &settings.preserve_disk_free, 20, 0, 100, PGC_SUSET, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("xconnect.preserve_size", "How much waits in the vault on disk; -1: without limit.",
                          "A larger table is not kept when it is dropped, with a warning. With more the oldest are let go, as with xconnect.preserve_age.",
                          &settings.preserve_size, 10 * 1024, -1, INT_MAX, PGC_SUSET, GUC_UNIT_MB, nullptr, nullptr, nullptr);
  text_setting("xconnect.reason", "Why the schema is changed; kept in the ledger.", &settings.reason, PGC_USERSET);
  DefineCustomEnumVariable("xconnect.require_reason",
                           "Whether a schema change needs a reason: xconnect.reason, or a comment in front of it, /* reason: ... */.",
                           "warn: without one there is a warning; on: it fails before it does anything.", &settings.require_reason,
                           require_reason_off, require_reason_values, PGC_SUSET, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("xconnect.seal_lock_timeout",
                          "How long a commit waits for other commits that record a change.",
                          "After that its change is queued, and the next one to record a change links it.",
                          &settings.seal_lock_timeout, 5000, 1, 3600000, PGC_SUSET, GUC_UNIT_MS, nullptr, nullptr,
                          nullptr);
  text_setting("xconnect.secrets", "Values of options that are secrets, one a line, for rollbacks that have to set them again; kept nowhere.",
               &settings.secrets, PGC_USERSET);
  DefineCustomStringVariable("xconnect.validate_with", "A query that returns true when the change is in order.", nullptr,
                             &settings.validate_with, "", PGC_USERSET, 0, of_the_session, nullptr, nullptr);
  MarkGUCPrefixReserved("xconnect");
}

}  // namespace

}  // namespace xc::capture

extern "C" void _PG_init(void) {
  xc::install_sha256(pg::server_sha256);
  xc::capture::define_settings();
  xc::ledger::install_correlation_in_errors();
  xc::capture::install_hooks();
  pg::install_function_hooks();
}
