// See patch.hpp.
#include "core/patch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "core/refusal.hpp"

namespace xc::patch {

namespace {

constexpr std::size_t number_size = 2;
constexpr std::size_t head_size = 3 * number_size;
constexpr std::size_t most_bytes = 0xffff;
// Bytes at the front that are compared in place, even where the lengths differ: counts stand there.
constexpr std::size_t front = 12;

void append_number(std::string& out, std::size_t number) {
  out += static_cast<char>(static_cast<unsigned char>(number >> 8));
  out += static_cast<char>(static_cast<unsigned char>(number));
}

void append(std::string& out, std::size_t at, std::size_t removed, std::string_view added) {
  append_number(out, at);
  append_number(out, removed);
  append_number(out, added.size());
  out += added;
}

// How many bytes at the front are the same in two texts of one length: words first, since most are.
std::size_t same_at_front(std::string_view from, std::string_view to) {
  std::size_t same = 0;
  for (std::uint64_t a = 0, b = 0; same + sizeof a <= from.size(); same += sizeof a) {
    std::memcpy(&a, from.data() + same, sizeof a);
    std::memcpy(&b, to.data() + same, sizeof b);
    if (a != b) break;
  }
  while (same < from.size() && from[same] == to[same]) ++same;
  return same;
}

// Of two texts of one length, which stand at `at` in the whole. Bytes that are the same by chance between others are not
// worth an operation of their own.
void append_runs(std::string& out, std::size_t at, std::string_view from, std::string_view to) {
  for (std::size_t i = same_at_front(from, to); i < from.size(); i += same_at_front(from.substr(i), to.substr(i))) {
    std::size_t end = i + 1;
    for (std::size_t j = end; j < from.size() && j - end < head_size; ++j) {
      if (from[j] != to[j]) end = j + 1;
    }
    append(out, at + i, end - i, to.substr(i, end - i));
    i = end;
  }
}

}  // namespace

bool between(std::string_view from, std::string_view to, std::size_t most, std::string& patch) {
  patch.clear();
  if (from.size() > most_bytes || to.size() > most_bytes) return false;
  if (from.size() == to.size()) {
    append_runs(patch, 0, from, to);
  } else {
    const std::size_t in_place = std::min({front, from.size(), to.size()});
    append_runs(patch, 0, from.substr(0, in_place), to.substr(0, in_place));
    from.remove_prefix(in_place);
    to.remove_prefix(in_place);
    const std::size_t shorter = std::min(from.size(), to.size());
    const std::size_t same = same_at_front(from.substr(0, shorter), to.substr(0, shorter));
    const auto last = static_cast<std::ptrdiff_t>(shorter - same);
    const auto same_at_end = static_cast<std::size_t>(std::mismatch(from.rbegin(), from.rbegin() + last, to.rbegin()).first - from.rbegin());
    append(patch, in_place + same, from.size() - same - same_at_end, to.substr(same, to.size() - same - same_at_end));
  }
  return patch.size() < most;
}

std::string apply(std::string_view from, std::string_view patch) {
  const auto damaged = [] { throw Refusal(code::data_corrupted, "a patch that does not fit its base"); };
  const auto number = [&] {
    const std::size_t value = static_cast<std::size_t>(static_cast<unsigned char>(patch[0])) << 8 | static_cast<unsigned char>(patch[1]);
    patch.remove_prefix(number_size);
    return value;
  };
  std::string bytes(from);
  while (!patch.empty()) {
    if (patch.size() < head_size) damaged();
    const std::size_t at = number();
    const std::size_t removed = number();
    const std::size_t added = number();
    if (added > patch.size() || at > bytes.size() || removed > bytes.size() - at) damaged();
    bytes.replace(at, removed, patch.substr(0, added));
    patch.remove_prefix(added);
  }
  return bytes;
}

}  // namespace xc::patch
