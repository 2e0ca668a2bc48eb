// What of a history can be kept elsewhere, small enough to write down: the newest commit, and the newest of the records
// beside the commits. Both are ends of chains, so whoever has them can tell that everything before is still as it was.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.hpp"
#include "verify/verify.hpp"

namespace xc::verify {

struct HistoryDigest {
  std::int64_t seq = 0;     // 0: there was no commit
  Digest commit;
  std::int64_t record = 0;  // 0: there was no record
  Digest note;
  std::string at;           // when it was taken, for people
  std::vector<std::string> waiting;  // ids of the changes in the queue
};

HistoryDigest digest_now();
std::string text_of(const HistoryDigest& digest);
// Refusal(invalid_parameter) when it is no such text.
HistoryDigest digest_of(std::string_view text);
// Does the history still have all that it had then, where it had it?
void prove(const HistoryDigest& digest, const std::function<void(const Finding&)>& report);

}  // namespace xc::verify
