// History is append-only: what would change or remove it by statements is refused here, whoever asks, with XC015. Our own
// writer works below statements. What cannot be refused (a catalog edited by hand, a data file) xc_verify() finds.
#pragma once

#include "pg/server.hpp"

extern "C" {
#include "catalog/objectaccess.h"
}

namespace xc::capture {

// Before a utility statement. A DROP EXTENSION that says CASCADE, or that has only a baseline to lose, lets history go.
void guard_statement(const Node* statement);
// What a statement does on its way (CASCADE, DROP OWNED, TRUNCATE) to objects that it does not name.
void guard_access(ObjectAccessType access, Oid catalog, Oid object, const void* argument);
// A statement that was allowed to drop the extension has ended.
void end_of_drop();
// Refuses statements that change rows of these tables; once a backend.
void install_guard();
[[noreturn]] void refuse_change_of(const char* what, Oid table);

}  // namespace xc::capture
