// See others_code.hpp. The server asks when it looks a function up whether it shall tell of its calls; then it does not
// inline it either. Outside a scope the answer is no, so that nothing costs anything.
#include "pg/others_code.hpp"

#include <vector>

#include "pg/entry.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/transam.h"
#include "fmgr.h"
}

namespace pg {

namespace {

needs_fmgr_hook_type previous_needs = nullptr;
fmgr_hook_type previous_hook = nullptr;

bool active = false;
Oid responsible_now = InvalidOid;

// Calls that the server told us of and that have not ended; those of them that run as somebody else.
int depth = 0;
struct Switched {
  int depth;
  Oid role;
  int context;
};
std::vector<Switched>& switched() {
  static std::vector<Switched> instance;
  return instance;
}

Oid owner_of(Oid function) {
  HeapTuple row = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(row)) return InvalidOid;
  const Oid owner = reinterpret_cast<Form_pg_proc>(GETSTRUCT(row))->proowner;
  ReleaseSysCache(row);
  return owner;
}

bool is_somebody_elses(Oid function) {
  if (function < FirstNormalObjectId) return false;
  return call([&] {
    const Oid owner = owner_of(function);
    return OidIsValid(owner) && !superuser_arg(owner);
  });
}

// InvalidOid: as it is.
Oid role_for(Oid function) {
  if (!active || !is_somebody_elses(function)) return InvalidOid;
  return call([&]() -> Oid {
    const Oid now = GetUserId();
    const Oid owner = owner_of(function);
    if (owner == now) return InvalidOid;
    const Oid role = OidIsValid(responsible_now) && !superuser_arg(responsible_now) ? responsible_now : owner;
    if (role == now) return InvalidOid;
    return superuser() || has_privs_of_role(now, role) ? role : InvalidOid;
  });
}

void begins(Oid function) {
  const Oid role = role_for(function);
  if (OidIsValid(role)) {
    Switched entry{depth, InvalidOid, 0};
    GetUserIdAndSecContext(&entry.role, &entry.context);
    switched().push_back(entry);
    SetUserIdAndSecContext(role, entry.context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
  }
  ++depth;
}

void ends() {
  --depth;
  if (switched().empty() || switched().back().depth != depth) return;
  SetUserIdAndSecContext(switched().back().role, switched().back().context);
  switched().pop_back();
}

}  // namespace

OthersCode::OthersCode(Oid responsible) : was_active_(active), was_responsible_(responsible_now) {
  active = true;
  responsible_now = responsible;
}

OthersCode::~OthersCode() {
  active = was_active_;
  responsible_now = was_responsible_;
}

}  // namespace pg

namespace {

extern "C" {

static bool xc_needs_function_hook(Oid function) {
  if (pg::previous_needs != nullptr && pg::previous_needs(function)) return true;
  return pg::active && pg::enter([&] { return pg::is_somebody_elses(function); });
}

static void xc_function_hook(FmgrHookEventType event, FmgrInfo* function, Datum* own) {
  if (pg::previous_hook != nullptr) pg::previous_hook(event, function, own);
  if (event == FHET_START) {
    const Oid oid = function->fn_oid;
    pg::enter([&] { pg::begins(oid); });
  } else {
    pg::ends();
  }
}

}  // extern "C"

}  // namespace

namespace pg {

void install_function_hooks() {
  previous_needs = needs_fmgr_hook;
  needs_fmgr_hook = xc_needs_function_hook;
  previous_hook = fmgr_hook;
  fmgr_hook = xc_function_hook;
}

}  // namespace pg
