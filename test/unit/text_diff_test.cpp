// Unified diffs: the exact text, and that following one leads from the old text to the new.
#include "core/text_diff.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <random>
#include <vector>

namespace xc {
namespace {

std::string of(std::string_view from, std::string_view to) { return unified_diff(from, to, "old", "new"); }

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    const std::size_t end = text.find('\n') == text.npos ? text.size() : text.find('\n') + 1;
    result.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return result;
}

// What a patch tool makes of it; "FAILED" when a line does not match.
std::string patched(std::string_view text, std::string_view patch) {
  const auto source = lines(text);
  std::string result;
  std::size_t at = 0;
  for (const std::string_view line : lines(patch)) {
    if (line.starts_with("---") && line.ends_with("old\n")) continue;
    if (line.starts_with("+++") && line.ends_with("new\n")) continue;
    if (line.starts_with("@@ -")) {
      std::size_t begin = 0;
      const auto end = std::from_chars(line.data() + 4, line.data() + line.size(), begin).ptr;
      const bool empty = std::string_view(end, 2) == ",0";
      for (const std::size_t target = empty ? begin : begin - 1; at < target; ++at) result += source.at(at);
    } else if (line.starts_with('\\')) {
      result.pop_back();
    } else if (line.starts_with('+')) {
      result += line.substr(1);
    } else {
      std::string expected(line.substr(1));
      if (at >= source.size()) return "FAILED";
      if (!source[at].ends_with('\n')) expected.pop_back();
      if (source[at] != expected) return "FAILED";
      if (line.starts_with(' ')) {
        result += source[at];
        if (!source[at].ends_with('\n')) result += '\n';
      } else if (!source[at].ends_with('\n')) {
        result += '\n';  // eaten by the marker that follows
      }
      ++at;
    }
  }
  for (; at < source.size(); ++at) result += source[at];
  return result;
}

std::size_t changed_lines(std::string_view patch) {
  std::size_t count = 0;
  for (const std::string_view line : lines(patch)) count += line.starts_with('+') || line.starts_with('-') ? 1 : 0;
  return count - 2;
}

TEST(text_diff, equal_texts_differ_in_nothing) {
  EXPECT_EQ(of("", ""), "");
  EXPECT_EQ(of("a\nb\n", "a\nb\n"), "");
}

TEST(text_diff, has_the_text_of_diff_u) {
  EXPECT_EQ(of("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "--- old\n+++ new\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(text_diff, counts_of_one_and_none_are_short) {
  EXPECT_EQ(of("", "a\n"), "--- old\n+++ new\n@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(of("a\nb\n", ""), "--- old\n+++ new\n@@ -1,2 +0,0 @@\n-a\n-b\n");
  EXPECT_EQ(of("a\n", "b\n"), "--- old\n+++ new\n@@ -1 +1 @@\n-a\n+b\n");
}

TEST(text_diff, marks_a_missing_newline) {
  EXPECT_EQ(of("a", "a\n"), "--- old\n+++ new\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
  EXPECT_EQ(of("x\na", "y\na"), "--- old\n+++ new\n@@ -1,2 +1,2 @@\n-x\n+y\n a\n\\ No newline at end of file\n");
}

TEST(text_diff, near_changes_share_a_hunk_and_far_ones_do_not) {
  EXPECT_EQ(of("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n"),
            "--- old\n+++ new\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
  EXPECT_EQ(of("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n"),
            "--- old\n+++ new\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}

TEST(text_diff, is_the_shortest_one) {
  EXPECT_EQ(changed_lines(of("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n")), 5U);
}

TEST(text_diff, random_texts_are_patched_right) {
  std::mt19937 random(9);
  for (int round = 0; round < 2000; ++round) {
    const unsigned alphabet = 1 + static_cast<unsigned>(random() % 8);
    const auto text = [&] {
      std::string result;
      for (std::size_t i = random() % 30; i > 0; --i) {
        result += static_cast<char>('a' + random() % alphabet);
        if (i > 1 || random() % 3 != 0) result += '\n';
      }
      return result;
    };
    const std::string from = text();
    const std::string to = text();
    ASSERT_EQ(patched(from, of(from, to)), to) << of(from, to);
  }
}

std::string script(std::size_t tables, std::mt19937& random, unsigned changed_in_ten_thousand) {
  std::string result;
  for (std::size_t i = 0; i < tables; ++i) {
    result += "CREATE TABLE public.t" + std::to_string(i) + " (\n    id integer NOT NULL,\n    name text\n);\n\n";
    if (random() % 10'000 < changed_in_ten_thousand)
      result += "ALTER TABLE public.t" + std::to_string(i) + " OWNER TO bob;\n\n";
  }
  return result;
}

TEST(text_diff, a_small_change_in_a_large_script_is_found_at_once) {
  std::mt19937 random(1);
  const std::string from = script(50'000, random, 0);
  std::string to = from;
  to.replace(to.find("t25000 ("), 7, "renamed ");
  EXPECT_EQ(changed_lines(of(from, to)), 2U);
}

TEST(text_diff, many_changes_in_large_scripts_are_patched_right) {
  std::mt19937 random(2);
  for (const unsigned changed : {10U, 2'000U, 9'000U}) {
    const std::string from = script(10'000, random, changed);
    const std::string to = script(10'000, random, changed);
    ASSERT_EQ(patched(from, of(from, to)), to);
  }
}

TEST(text_diff, large_texts_without_a_unique_line_are_patched_right) {
  std::mt19937 random(4);
  const auto text = [&] {
    std::string result;
    for (int i = 0; i < 20'000; ++i) result += random() % 2 == 0 ? "a\n" : "b\n";
    return result;
  };
  const std::string from = text();
  const std::string to = text();
  EXPECT_EQ(patched(from, of(from, to)), to);
}

}  // namespace
}  // namespace xc
