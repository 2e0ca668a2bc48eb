// Does the history hold together? Every hash is computed again, every reference is followed, every column is compared
// with the hashed content beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace xc::verify {

struct Finding {
  std::string severity;  // error: the history is damaged or was edited; warning: it is whole, capture is not armed
  std::string what;      // blob, tree, commit, change, object, statement, digest, note, table, pending, event trigger, or a table beside the ledger
  std::string where;     // a hash, a change id, a name
  std::string finding;
};

// The caller holds a ledger::Reading. Reads in pages: memory does not grow with the length of history.
// since: up to that commit, history is taken on trust (its number and hash were kept elsewhere); 0: nothing is.
void verify(std::int64_t since, const std::function<void(const Finding&)>& report);

}  // namespace xc::verify
