// Digests and their spellings.
#include "core/hash.hpp"

#include <gtest/gtest.h>

#include "support.hpp"

namespace xc {
namespace {

constexpr const char* abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(hash, is_sha256) {
  EXPECT_EQ(sha256("abc").hex(), abc);
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(hash, reads_back_both_spellings) {
  const Digest digest = sha256("abc");
  EXPECT_EQ(Digest::from_hex(digest.hex()), digest);
  EXPECT_EQ(Digest::from_raw(digest.raw()), digest);
  EXPECT_EQ(Digest::from_hex("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"), digest);
}

TEST(hash, refuses_other_lengths_and_digits) {
  const std::string hex = abc;
  EXPECT_EQ(refusal_of([&] { Digest::from_hex(hex.substr(1)); }), code::data_corrupted);
  EXPECT_EQ(refusal_of([&] { Digest::from_hex("g" + hex.substr(1)); }), code::data_corrupted);
  EXPECT_EQ(refusal_of([&] { Digest::from_raw(std::string(31, 'x')); }), code::data_corrupted);
}

TEST(hash, orders_as_its_hex_does) {
  const Digest a = sha256("a");
  const Digest b = sha256("b");
  EXPECT_EQ(a < b, a.hex() < b.hex());
}

TEST(hash, refuses_to_work_without_an_implementation) {
  install_sha256(nullptr);
  EXPECT_EQ(refusal_of([] { sha256("abc"); }), code::internal);
  install_sha256(openssl_sha256);
}

}  // namespace
}  // namespace xc
