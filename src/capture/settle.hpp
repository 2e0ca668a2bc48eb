// A history that came from elsewhere, and what is to be done before the first change here is recorded in it.
//
// A dump makes the extension, then the objects, then fills our tables, then makes the rest. None of this is recorded
// statement by statement: in a session that loads a dump capture holds still from CREATE EXTENSION on, the rows that arrive
// take the place of the new baseline, and the first statement that is not the restore's compares the whole of the catalogs
// with HEAD. What is equal (all of it, mostly) needs no change, only its new addresses; what differs becomes one change of
// kind restore. Without rows (pg_dump -s) there is a baseline then. pg_upgrade ends the same way.
#pragma once

struct Node;

namespace xc::capture {

// Does this session load a dump? All that pg_dump and pg_restore write or run begins with the same settings.
bool is_restoring();
// Rows that come otherwise than by recording a change come with a dump, or not at all: this says so.
[[noreturn]] void refuse_rows_by_hand();
// The extension was made by one: no baseline yet.
void begin_restore();
// Before a statement that changes the schema: what is to be settled is read then, and written with its change.
void before_statement(const Node* statement);
// A restore goes on in another session; until that ends nothing can be settled.
bool restore_goes_on();
// Under the seal lock, before the change of this transaction.
void settle();
// For functions: at once, when that is possible.
void settle_if_possible();
// At the end of the transaction.
void forget_what_was_read(bool aborted);

}  // namespace xc::capture
