// What the ledger tells planning: which changes touched an object, under which names, and what has been undone already.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.hpp"

namespace xc::plan {

class Past {
 public:
  const ledger::Entry& change(std::int64_t seq);       // read once, kept
  const ledger::Entry& change(std::string_view id);    // Refusal(unknown_rev) when there is none

  // The key that HEAD's object `key` had at a commit, renames followed back. Nothing when it is another object than any
  // that was there: it was created since, or dropped and created.
  std::optional<std::string> key_at(std::string key, std::int64_t seq);
  // What stood at an address at a commit.
  std::optional<std::string> key_of(Address address, std::int64_t seq);
  // The keys at a commit of what became the object at an address: of the lives it had before it was made anew, the last
  // first.
  std::vector<std::string> keys_in_other_lives(Address now, std::int64_t seq);
  // The numbers that the parts of the object, as it was recorded, have at an address where it was made anew: 0 for parts
  // that it never had there.
  std::vector<std::int64_t> numbers_at(Address now, const ledger::Recorded& then);
  // The changes after seq that touched the key, renames away from it included; newest first.
  std::vector<std::int64_t> touching(const std::string& key, std::int64_t seq);
  // The rollback that undid the change and was not undone itself.
  std::optional<std::string> undone_by(const std::string& change_id);

  // "chg-20260122-001 by alice at 2026-01-22 14:30:00+00: CREATE view public.v, and 2 more"
  std::string line(std::int64_t seq);

 private:
  std::map<std::int64_t, ledger::Entry> changes_;
};

}  // namespace xc::plan
