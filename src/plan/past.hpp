// What the ledger tells planning: which changes touched an object, under which names, and what has been undone already.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/place.hpp"

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
  // What an object that was recorded so, at a commit, reads as now where nothing happened to it but that a newer server
  // writes it otherwise (older.hpp): the ledger has that of all objects that were there when the history came to it, and of
  // those that were brought back since.
  Digest written_now(const std::string& key, const Digest& blob, std::int64_t seq);
  bool is_now(const std::string& key, const Digest& blob, std::int64_t seq, const std::optional<Digest>& now);
  // How HEAD's object `key` read where its history came to since the commit, the first such place first.
  std::vector<Object> readings_since(const std::string& key, std::int64_t seq);
  // The changes after seq that touched the key, renames away from it included; newest first. Not those that only say that
  // a newer server writes it otherwise.
  std::vector<std::int64_t> touching(const std::string& key, std::int64_t seq);
  // The rollback that undid the change and was not undone itself.
  std::optional<std::string> undone_by(const std::string& change_id);

  // "chg-20260122-001 by alice at 2026-01-22 14:30:00+00: CREATE view public.v, and 2 more"
  std::string line(std::int64_t seq);

 private:
  // One writing and the next, and the change that brought it.
  struct Writing {
    std::int64_t seq = 0;
    Digest before, after;
  };
  bool only_written_otherwise(const std::string& key, std::int64_t seq);
  // By key: of objects that a change says are written otherwise, and nothing else, before and after.
  using Rewritten = std::map<std::string, std::pair<Digest, Digest>>;
  const Rewritten& rewritten(const ledger::Arrival& arrival);
  const std::map<std::string, std::vector<Writing>>& brought_back();
  std::vector<std::string> synonyms(const std::string& key, const std::string& blob);
  std::vector<Digest> writings(const std::string& key, const Digest& blob, std::int64_t seq);

  std::map<std::int64_t, ledger::Entry> changes_;
  std::map<std::int64_t, Rewritten> rewritten_;
  std::optional<std::map<std::string, std::vector<Writing>>> brought_back_;
};

}  // namespace xc::plan
