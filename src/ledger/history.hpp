// The versions of one object, renames followed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/store.hpp"

namespace xc::ledger {

struct Version {
  std::int64_t seq = 0;             // of the commit that made it
  std::string action;               // CREATE, ALTER, DROP, RENAME
  std::string key;                  // the object's key then
  std::optional<Digest> blob;       // nothing: dropped
};

// Newest first. The object is the one that has the key at HEAD; when none has, the one that had it last, under the names
// that it was given afterwards. A new object under the name of a dropped one continues its history.
struct Span {
  std::int64_t first_seq = 1;
  std::int64_t last_seq = INT64_MAX;
  std::int64_t most = INT64_MAX;    // so many, the newest
};
std::vector<Version> history(const std::string& key, const Span& span = {});

}  // namespace xc::ledger
