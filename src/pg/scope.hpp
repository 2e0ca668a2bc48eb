// Scopes over server state. Plain variables of ours and of the server's that cannot fail to be restored are always
// restored; what the server's abort undoes by itself (user id, GUC nest, SPI) is undone here on success only.
#pragma once

#include <string_view>

#include "pg/call.hpp"

namespace pg {

bool unwinding(int at_entry);  // is an exception under way that was not when the scope began?

// Settings that change the text of deparsed definitions, pinned: TimeZone UTC, DateStyle ISO, IntervalStyle postgres,
// extra_float_digits 1, bytea_output hex, quote_all_identifiers off, standard_conforming_strings on, search_path
// pg_catalog only (temporary tables excluded), so that every other name comes out schema-qualified.
class Pinned {
 public:
  // For statements that may run users' functions the path is a setting, so that a function's own SET search_path counts;
  // for deparsing alone it is not (before 17), which is cheaper by some microseconds on the path of every DDL.
  enum class For { deparsing, statements };
  explicit Pinned(For use = For::deparsing);
  ~Pinned();
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  int exceptions_;
  int nest_ = 0;  // of the settings; 0: the path is an override
  void* timezone_;
  int date_style_, date_order_, interval_style_, extra_float_digits_, bytea_output_;
  bool quote_all_, conforming_;
};

// Runs as the role, in a security-restricted context when asked.
class AsRole {
 public:
  explicit AsRole(Oid role, bool restricted = false);
  ~AsRole();
  AsRole(const AsRole&) = delete;
  AsRole& operator=(const AsRole&) = delete;

 private:
  int exceptions_;
  Oid role_ = InvalidOid;
  int context_ = 0;
};

// Sets one configuration parameter until the end of the scope.
class Setting {
 public:
  Setting(const char* name, const char* value);
  ~Setting();
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  int exceptions_;
  int nest_;
};

// A plain variable, restored whatever happens.
template <class T>
class Restored {
 public:
  Restored(T& variable, T value) : variable_(variable), was_(variable) { variable = value; }
  ~Restored() { variable_ = was_; }
  Restored(const Restored&) = delete;
  Restored& operator=(const Restored&) = delete;

 private:
  T& variable_;
  T was_;
};

// What is opened and locked until let_go() is closed and unlocked by it, locks included that are kept to the end of the
// transaction otherwise. For reading only: what is written stays written. After an error the server's abort lets go.
class Borrowing {
 public:
  Borrowing();
  ~Borrowing() { CurrentResourceOwner = outer_; }
  void let_go();
  Borrowing(const Borrowing&) = delete;
  Borrowing& operator=(const Borrowing&) = delete;

 private:
  ResourceOwner outer_;
  ResourceOwner own_;
};

// A memory context for the work of this scope; current within it, deleted at its end.
class Arena {
 public:
  explicit Arena(const char* name);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  MemoryContext context() const { return context_; }
  // Frees what it holds: for the next turn of a loop.
  void reset() const { MemoryContextReset(context_); }

 private:
  MemoryContext context_;
  MemoryContext outer_;
};

}  // namespace pg
