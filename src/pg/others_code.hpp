// Functions of other roles, run by a statement of ours with the caller's rights: a default of a table that somebody else
// owns, the condition of his index, the check of his domain. The server runs some of it when it only has to make the
// object again (what is constant in a partition key, in a generated column), as whoever runs the statement.
//
// Within this scope such a function runs with the rights of the role whose object the statement is about, in a
// security-restricted context; with those of its own owner when that role is unknown or a superuser.
#pragma once

#include "pg/server.hpp"

namespace pg {

class OthersCode {
 public:
  explicit OthersCode(Oid responsible = InvalidOid);
  ~OthersCode();
  OthersCode(const OthersCode&) = delete;
  OthersCode& operator=(const OthersCode&) = delete;

 private:
  bool was_active_;
  Oid was_responsible_;
};

// Once a backend, from _PG_init.
void install_function_hooks();

}  // namespace pg
