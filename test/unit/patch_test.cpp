// Patches: whatever two texts are, the one becomes the other, and what is no patch is refused.
#include "core/patch.hpp"

#include <optional>
#include <random>

#include <gtest/gtest.h>

#include "support.hpp"

namespace xc {
namespace {

constexpr std::size_t any = 1'000'000;

std::optional<std::string> between(std::string_view from, std::string_view to, std::size_t most) {
  std::string patch = "what was there before";
  return patch::between(from, to, most, patch) ? std::optional(patch) : std::nullopt;
}

void expect_there_and_back(const std::string& a, const std::string& b) {
  const auto patch = between(a, b, any);
  ASSERT_TRUE(patch);
  EXPECT_EQ(patch::apply(a, *patch), b);
}

TEST(patch, of_equal_texts_is_empty) { EXPECT_EQ(between("abc", "abc", any), ""); }

TEST(patch, replaces_in_place) {
  const std::string a(500, 'a');
  std::string b = a;
  b.replace(100, 32, std::string(32, 'b'));
  const auto patch = between(a, b, any);
  ASSERT_TRUE(patch);
  EXPECT_EQ(*patch, std::string("\x00\x64\x00\x20\x00\x20", 6) + std::string(32, 'b'));
  EXPECT_EQ(patch::apply(a, *patch), b);
}

TEST(patch, takes_in_and_gives_up) {
  const std::string a = "L1" + std::string(200, 'x') + "tail";
  const std::string b = "L2" + std::string(100, 'x') + "something new" + std::string(100, 'x') + "tail";
  EXPECT_LT(between(a, b, any)->size(), 30U);
  expect_there_and_back(a, b);
  expect_there_and_back(b, a);
  expect_there_and_back(a, "");
  expect_there_and_back("", a);
}

TEST(patch, turns_any_text_into_any_other) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string a(random() % 40, 'a');
    for (char& byte : a) byte = static_cast<char>('a' + random() % 2);
    std::string b = a;
    for (std::size_t edits = random() % 4; edits > 0; --edits) {
      const std::size_t at = random() % (b.size() + 1);
      b.replace(at, random() % 5, std::string(random() % 5, static_cast<char>('a' + random() % 3)));
    }
    expect_there_and_back(a, b);
  }
}

TEST(patch, is_none_where_it_would_be_too_long) {
  EXPECT_FALSE(between(std::string(100, 'a'), std::string(100, 'b'), 50));
  EXPECT_FALSE(between(std::string(70'000, 'a'), std::string(70'000, 'b'), any));
}

TEST(patch, that_does_not_fit_is_refused) {
  const auto refused = [](const std::string& from, const std::string& patch) { return refusal_of([&] { (void)patch::apply(from, patch); }); };
  EXPECT_EQ(refused("abc", "x"), code::data_corrupted);
  EXPECT_EQ(refused("abc", std::string("\0\4\0\0\0\0", 6)), code::data_corrupted);   // beyond the end
  EXPECT_EQ(refused("abc", std::string("\0\1\0\3\0\0", 6)), code::data_corrupted);   // more than there is
  EXPECT_EQ(refused("abc", std::string("\0\0\0\0\0\2x", 7)), code::data_corrupted);  // ends too early
}

}  // namespace
}  // namespace xc
