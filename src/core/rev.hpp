// The syntax of a rev, the name by which every function takes a commit:
//   HEAD   HEAD~3   HEAD^   a change id   a full or short hash   a tag   @2026-01-22 14:30   and any of them with ~n or ^
// What a rev names is looked up elsewhere (ledger/rev.hpp); this is text only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace xc {

struct Rev {
  enum class Base : std::uint8_t { head, hash, change, tag, time } base = Base::head;
  std::string name;        // hash: its digits in lower case; change, tag: as given; time: what follows the @
  std::int64_t back = 0;   // how many commits before it

  // Refusal(bad_rev), with the forms that work in its detail.
  static Rev parse(std::string_view text);
};

inline constexpr std::size_t shortest_hash = 4;

// May a tag have this name: does it read as a tag and as nothing else?
bool is_tag_name(std::string_view name);
// "A tag is named with …": for errors.
std::string_view tag_name_rules();

}  // namespace xc
