// Scopes over server state; see scope.hpp.
#include "pg/scope.hpp"

#include <exception>

#include "pg/server.hpp"

extern "C" {
#include "pgtime.h"
#include "utils/guc.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "parser/parser.h"
#include "utils/resowner.h"
}

namespace pg {

bool unwinding(int at_entry) { return std::uncaught_exceptions() > at_entry; }

// The format settings are assigned as variables and not through set_config_option: that costs microseconds a setting
// on the path of every DDL, can fail, and would have to be undone by a GUC nest level; an assignment has none of this,
// and the destructor restores the values even when an error unwinds the stack.
Pinned::Pinned(For use)
    : exceptions_(std::uncaught_exceptions()),
      timezone_(session_timezone),
      date_style_(DateStyle),
      date_order_(DateOrder),
      interval_style_(IntervalStyle),
      extra_float_digits_(extra_float_digits),
      bytea_output_(bytea_output),
      quote_all_(quote_all_identifiers),
      conforming_(standard_conforming_strings) {
  nest_ = call([&] {
#if PG_VERSION_NUM < 170000
    if (use == For::deparsing) {
      OverrideSearchPath path = {};
      path.addCatalog = true;
      PushOverrideSearchPath(&path);
      return 0;
    }
#else
    (void)use;
#endif
    const int nest = NewGUCNestLevel();
    (void)set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                            false);
    return nest;
  });
  session_timezone = call([] { return pg_tzset("UTC"); });
  DateStyle = USE_ISO_DATES;
  DateOrder = DATEORDER_MDY;
  IntervalStyle = INTSTYLE_POSTGRES;
  extra_float_digits = 1;
  bytea_output = BYTEA_OUTPUT_HEX;
  quote_all_identifiers = false;
  standard_conforming_strings = true;
}

Pinned::~Pinned() {
  session_timezone = static_cast<pg_tz*>(timezone_);
  DateStyle = date_style_;
  DateOrder = date_order_;
  IntervalStyle = interval_style_;
  extra_float_digits = extra_float_digits_;
  bytea_output = bytea_output_;
  quote_all_identifiers = quote_all_;
  standard_conforming_strings = conforming_;
  if (unwinding(exceptions_)) return;
#if PG_VERSION_NUM < 170000
  if (nest_ == 0) {
    PopOverrideSearchPath();
    return;
  }
#endif
  AtEOXact_GUC(false, nest_);
}

AsRole::AsRole(Oid role, bool restricted) : exceptions_(std::uncaught_exceptions()) {
  GetUserIdAndSecContext(&role_, &context_);
  SetUserIdAndSecContext(role, context_ | SECURITY_LOCAL_USERID_CHANGE |
                                   (restricted ? SECURITY_RESTRICTED_OPERATION : 0));
}

AsRole::~AsRole() {
  // Unlike GUCs this cannot fail, and leaving it to the abort would run handlers in between as the wrong role.
  SetUserIdAndSecContext(role_, context_);
}

Setting::Setting(const char* name, const char* value) : exceptions_(std::uncaught_exceptions()), nest_(0) {
  nest_ = call([&] {
    const int nest = NewGUCNestLevel();
    (void)set_config_option(name, value, superuser() ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                            false);
    return nest;
  });
}

Setting::~Setting() {
  if (!unwinding(exceptions_)) AtEOXact_GUC(false, nest_);
}

Borrowing::Borrowing()
    : outer_(CurrentResourceOwner), own_(call([] { return ResourceOwnerCreate(CurrentResourceOwner, "xconnect borrowing"); })) {
  CurrentResourceOwner = own_;
}

void Borrowing::let_go() {
  CurrentResourceOwner = outer_;
  call([&] {
    for (const ResourceReleasePhase phase : {RESOURCE_RELEASE_BEFORE_LOCKS, RESOURCE_RELEASE_LOCKS, RESOURCE_RELEASE_AFTER_LOCKS}) {
      ResourceOwnerRelease(own_, phase, false, false);
    }
    ResourceOwnerDelete(own_);
  });
}

Arena::Arena(const char* name) : context_(nullptr), outer_(CurrentMemoryContext) {
  context_ = call([&] { return AllocSetContextCreateInternal(CurrentMemoryContext, name, ALLOCSET_DEFAULT_SIZES); });
  MemoryContextSwitchTo(context_);
}

Arena::~Arena() {
  MemoryContextSwitchTo(outer_);
  // An error report that is on its way up may live in here; the transaction's end frees it.
  if (std::uncaught_exceptions() == 0) MemoryContextDelete(context_);
}

}  // namespace pg
