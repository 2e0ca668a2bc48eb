// Lines to numbers, numbers to the longest common subsequence, flags to hunks. The table of subsequences is quadratic, so
// it is only made of what can differ: common ends and lines that the other text does not have never reach it, and a pair
// of texts too large for it is cut at lines that are unique in both.
#include "core/text_diff.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/only.hpp"

namespace xc {
namespace {

constexpr std::size_t context = 3;
// Cells of the table: four megabytes.
constexpr std::size_t largest_product = 1'000'000;

struct Text {
  std::vector<std::string_view> lines;  // each with its newline
  std::vector<int> numbers;             // equal lines have equal numbers
  std::vector<bool> changed;            // removed or added
};

// Positions in a text that take part in a comparison.
using Positions = std::vector<std::size_t>;

Text split(std::string_view text, std::unordered_map<std::string_view, int>& known) {
  Text result;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    const std::string_view line = text.substr(0, newline == text.npos ? newline : newline + 1);
    text.remove_prefix(line.size());
    result.lines.push_back(line);
    result.numbers.push_back(known.emplace(line, static_cast<int>(known.size())).first->second);
  }
  result.changed.resize(result.lines.size());
  return result;
}

class Comparison {
 public:
  Comparison(Text& from, Text& to) : from_(from), to_(to) {}

  void run() {
    Positions a(from_.lines.size());
    Positions b(to_.lines.size());
    for (std::size_t i = 0; i < a.size(); ++i) a[i] = i;
    for (std::size_t i = 0; i < b.size(); ++i) b[i] = i;
    compare(std::move(a), std::move(b));
  }

 private:
  bool equal(std::size_t a, std::size_t b) const { return from_.numbers[a] == to_.numbers[b]; }

  void compare(Positions a, Positions b) {
    trim(a, b);
    drop_unmatched(a, b);
    trim(a, b);
    if (a.empty() || b.empty()) return change(a, b);
    if ((a.size() + 1) * (b.size() + 1) <= largest_product) return shortest(a, b);
    cut(a, b);
  }

  void change(const Positions& a, const Positions& b) {
    for (const std::size_t i : a) from_.changed[i] = true;
    for (const std::size_t i : b) to_.changed[i] = true;
  }

  void trim(Positions& a, Positions& b) const {
    const auto same = [this](std::size_t left, std::size_t right) { return equal(left, right); };
    const auto front = std::mismatch(a.begin(), a.end(), b.begin(), b.end(), same);
    a.erase(a.begin(), front.first);
    b.erase(b.begin(), front.second);
    const auto back = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend(), same);
    a.erase(back.first.base(), a.end());
    b.erase(back.second.base(), b.end());
  }

  // How often each line stands at the positions.
  static std::unordered_map<int, int> count(const Text& text, const Positions& positions) {
    std::unordered_map<int, int> result;
    result.reserve(positions.size());
    for (const std::size_t position : positions) ++result[text.numbers[position]];
    return result;
  }

  void drop_unmatched(Positions& a, Positions& b) {
    const auto in_a = count(from_, a);
    const auto in_b = count(to_, b);
    drop(from_, a, in_b);
    drop(to_, b, in_a);
  }

  static void drop(Text& text, Positions& positions, const std::unordered_map<int, int>& other) {
    std::erase_if(positions, [&](std::size_t position) {
      if (other.contains(text.numbers[position])) return false;
      text.changed[position] = true;
      return true;
    });
  }

  // The table holds, for every pair of places, the length of the longest common subsequence of what follows there.
  void shortest(const Positions& a, const Positions& b) {
    const std::size_t width = b.size() + 1;
    std::vector<std::uint32_t> longest((a.size() + 1) * width);
    for (std::size_t i = a.size(); i-- > 0;) {
      for (std::size_t j = b.size(); j-- > 0;) {
        longest[i * width + j] = equal(a[i], b[j]) ? longest[(i + 1) * width + j + 1] + 1
                                                   : std::max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
      }
    }
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
      if (i < a.size() && j < b.size() && equal(a[i], b[j])) {
        ++i;
        ++j;
      } else if (j == b.size() || (i < a.size() && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) {
        from_.changed[a[i++]] = true;
      } else {
        to_.changed[b[j++]] = true;
      }
    }
  }

  // Keeps the longest run of lines that are unique on both sides and in the same order on both, and compares what is
  // between them. Without any such line the whole counts as changed: right, if not short.
  void cut(const Positions& a, const Positions& b) {
    const auto anchors = unique_in_order(a, b);
    if (anchors.empty()) return change(a, b);
    std::size_t a_from = 0;
    std::size_t b_from = 0;
    const auto part = [](const Positions& all, std::size_t from, std::size_t to) {
      return Positions(all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(to));
    };
    for (const auto& [in_a, in_b] : anchors) {
      compare(part(a, a_from, in_a), part(b, b_from, in_b));
      a_from = in_a + 1;
      b_from = in_b + 1;
    }
    compare(part(a, a_from, a.size()), part(b, b_from, b.size()));
  }

  std::vector<std::pair<std::size_t, std::size_t>> unique_in_order(const Positions& a, const Positions& b) const {
    const auto in_a = count(from_, a);
    const auto in_b = count(to_, b);
    std::unordered_map<int, std::size_t> place_in_b;
    for (std::size_t i = 0; i < b.size(); ++i) place_in_b[to_.numbers[b[i]]] = i;
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const int number = from_.numbers[a[i]];
      if (in_a.at(number) == 1 && in_b.at(number) == 1) pairs.emplace_back(i, place_in_b[number]);
    }
    // Longest increasing subsequence: ends[n] is the pair that ends the lowest run of n + 1 pairs.
    std::vector<std::size_t> ends;
    constexpr std::size_t none = static_cast<std::size_t>(-1);
    std::vector<std::size_t> previous(pairs.size(), none);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const auto place = std::partition_point(ends.begin(), ends.end(),
                                              [&](std::size_t end) { return pairs[end].second < pairs[i].second; });
      if (place != ends.begin()) previous[i] = *(place - 1);
      if (place == ends.end())
        ends.push_back(i);
      else
        *place = i;
    }
    std::vector<std::pair<std::size_t, std::size_t>> result;
    for (std::size_t i = ends.empty() ? none : ends.back(); i != none; i = previous[i]) result.push_back(pairs[i]);
    std::reverse(result.begin(), result.end());
    return result;
  }

  Text& from_;
  Text& to_;
};

// Half-open ranges of lines on both sides.
struct Range {
  std::size_t from_begin, from_end, to_begin, to_end;
};

std::vector<Range> changes(const Text& from, const Text& to) {
  std::vector<Range> result;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < from.lines.size() || j < to.lines.size()) {
    Range range{i, i, j, j};
    while (i < from.lines.size() && from.changed[i]) ++i;
    while (j < to.lines.size() && to.changed[j]) ++j;
    range.from_end = i;
    range.to_end = j;
    if (range.from_begin != i || range.to_begin != j) {
      result.push_back(range);
    } else {
      ++i;
      ++j;
    }
  }
  return result;
}

void append_number(std::size_t number, std::string& out) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

// "12,3", "12" for one line, and the line before for none.
void append_lines(std::size_t begin, std::size_t end, std::string& out) {
  append_number(end == begin ? begin : begin + 1, out);
  if (end - begin == 1) return;
  out += ',';
  append_number(end - begin, out);
}

void append_side(char mark, const Text& text, std::size_t begin, std::size_t end, std::string& out) {
  for (std::size_t i = begin; i < end; ++i) {
    out += mark;
    out += text.lines[i];
    if (!text.lines[i].ends_with('\n')) out += "\n\\ No newline at end of file\n";
  }
}

void append_hunk(const Text& from, const Text& to, const Range* first, const Range* last, std::string& out) {
  const std::size_t lead = std::min(context, first->from_begin);
  const std::size_t tail = std::min(context, from.lines.size() - last->from_end);
  out += "@@ -";
  append_lines(first->from_begin - lead, last->from_end + tail, out);
  out += " +";
  append_lines(first->to_begin - lead, last->to_end + tail, out);
  out += " @@\n";
  std::size_t at = first->from_begin - lead;
  for (const Range* range = first; range <= last; ++range) {
    append_side(' ', from, at, range->from_begin, out);
    append_side('-', from, range->from_begin, range->from_end, out);
    append_side('+', to, range->to_begin, range->to_end, out);
    at = range->from_end;
  }
  append_side(' ', from, at, at + tail, out);
}

}  // namespace

std::string unified_diff(std::string_view from, std::string_view to, std::string_view from_name,
                         std::string_view to_name) {
  std::string out;
  if (from == to) return out;
  std::unordered_map<std::string_view, int> known;
  Text old_text = split(from, known);
  Text new_text = split(to, known);
  Comparison(old_text, new_text).run();

  out.append("--- ").append(from_name).append("\n+++ ").append(to_name).append("\n");
  const std::vector<Range> all = changes(old_text, new_text);
  for (std::size_t first = 0; first < all.size();) {
    std::size_t last = first;
    while (last + 1 < all.size() && all[last + 1].from_begin - all[last].from_end <= 2 * context) ++last;
    append_hunk(old_text, new_text, &all[first], &all[last], out);
    first = last + 1;
  }
  return out;
}

}  // namespace xc
