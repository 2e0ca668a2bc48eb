// See modifying.hpp.
#include "pg/modifying.hpp"

#include "pg/server.hpp"

extern "C" {
#include "executor/executor.h"
#include "nodes/parsenodes.h"
}

namespace pg {

namespace {

ExecutorCheckPerms_hook_type previous_check = nullptr;
void (*check_table)(Oid, Rows) = nullptr;

template <class Entry>
void check_all(List* entries) {
  ListCell* cell;
  foreach (cell, entries) {
    const auto* entry = static_cast<const Entry*>(lfirst(cell));
    if ((entry->requiredPerms & (ACL_UPDATE | ACL_DELETE)) != 0) check_table(entry->relid, Rows::changed);
    else if ((entry->requiredPerms & ACL_INSERT) != 0) check_table(entry->relid, Rows::added);
  }
}

extern "C" {

#if PG_VERSION_NUM >= 160000
static bool xc_check_permissions(List* range_table, List* permissions, bool raise) {
  check_all<RTEPermissionInfo>(permissions);
  return previous_check == nullptr || previous_check(range_table, permissions, raise);
}
#else
static bool xc_check_permissions(List* range_table, bool raise) {
  check_all<RangeTblEntry>(range_table);
  return previous_check == nullptr || previous_check(range_table, raise);
}
#endif

}  // extern "C"

}  // namespace

void watch_modified_tables(void (*check)(Oid table, Rows what)) {
  check_table = check;
  previous_check = ExecutorCheckPerms_hook;
  ExecutorCheckPerms_hook = xc_check_permissions;
}

}  // namespace pg
