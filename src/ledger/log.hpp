// The log: changes newest first, each with a line that says what it did.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pg/query.hpp"

namespace xc::ledger {

struct LogFilter {
  std::int64_t first_seq = 1;
  std::int64_t last_seq = INT64_MAX;
  std::optional<std::vector<std::int64_t>> seqs;  // only these
  std::optional<std::string> author;
  std::int64_t max_count = INT64_MAX;
};

// Visits rows of change_id, kind, status, committed_at, author, reason, objects, summary, commit. Memory does not grow
// with their number.
void log(const LogFilter& filter, const std::function<void(const pg::Fields&)>& visit);

struct Deed {
  std::string action, key;
};
// "ALTER table public.orders, CREATE index public.i and 12 more": what matters to people first, tables before their
// constraints. `total`: how many there are, when `deeds` has not all.
std::string summary(std::vector<Deed> deeds, std::size_t total);

}  // namespace xc::ledger
