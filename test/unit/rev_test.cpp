#include "core/rev.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/refusal.hpp"

namespace {

using xc::Rev;

struct Case {
  const char* text;
  Rev::Base base;
  const char* name;
  std::int64_t back;
};

TEST(Rev, EveryFormIsRecognised) {
  const Case cases[] = {
      {"HEAD", Rev::Base::head, "HEAD", 0},
      {"head", Rev::Base::head, "HEAD", 0},
      {"  HEAD ", Rev::Base::head, "HEAD", 0},
      {"HEAD~3", Rev::Base::head, "HEAD", 3},
      {"HEAD^", Rev::Base::head, "HEAD", 1},
      {"HEAD~", Rev::Base::head, "HEAD", 1},
      {"HEAD^^~2^", Rev::Base::head, "HEAD", 5},
      {"HEAD~0", Rev::Base::head, "HEAD", 0},
      {"beef", Rev::Base::hash, "beef", 0},
      {"BEEF12~1", Rev::Base::hash, "beef12", 1},
      {"2026", Rev::Base::hash, "2026", 0},
      {"chg-20260122-001", Rev::Base::change, "chg-20260122-001", 0},
      {"RBK-20260122-1234^", Rev::Base::change, "rbk-20260122-1234", 1},
      {"v1.2", Rev::Base::tag, "v1.2", 0},
      {"bee", Rev::Base::tag, "bee", 0},
      {"release/2026-01", Rev::Base::tag, "release/2026-01", 0},
      {"vor-der-Übergabe~2", Rev::Base::tag, "vor-der-Übergabe", 2},
      {"@2026-01-22 14:30", Rev::Base::time, "2026-01-22 14:30", 0},
      {"@yesterday~1", Rev::Base::time, "yesterday", 1},
      {"@ 2026-01-22 14:30:00+01 ", Rev::Base::time, "2026-01-22 14:30:00+01", 0},
  };
  for (const Case& expected : cases) {
    const Rev rev = Rev::parse(expected.text);
    EXPECT_EQ(rev.base, expected.base) << expected.text;
    EXPECT_EQ(rev.name, expected.name) << expected.text;
    EXPECT_EQ(rev.back, expected.back) << expected.text;
  }
}

TEST(Rev, HashOfFullLength) {
  const std::string full(64, 'a');
  EXPECT_EQ(Rev::parse(full).base, Rev::Base::hash);
  EXPECT_EQ(Rev::parse(full + "a").base, Rev::Base::tag);
}

TEST(Rev, BadSyntaxNamesTheFormsThatWork) {
  for (const char* text : {"", "  ", "~1", "^", "HEAD~x", "HEAD^2", "HEAD~-1", "HEAD 1", "@", "@~1", "two words", "a:b", "-x",
                           "chg-2026", "chg-20260122-01", "rbk-2026012x-001", "HEAD~99999999999999999999", "it's"}) {
    try {
      Rev::parse(text);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const xc::Refusal& refusal) {
      EXPECT_STREQ(refusal.sqlstate(), xc::code::bad_rev) << text;
      EXPECT_NE(refusal.detail().find("HEAD~3"), std::string::npos) << text;
      EXPECT_NE(refusal.hint().find("xc_log"), std::string::npos) << text;
    }
  }
}

TEST(Rev, StepsBackDoNotOverflow) {
  EXPECT_EQ(Rev::parse("HEAD~999999999999~999999999999").back, 1'000'000'000'000);
}

TEST(Rev, TagsDoNotLookLikeOtherRevs) {
  for (const char* name : {"v1", "prod", "1.0", "abc", "before-migration", "feature/x", "_x"}) EXPECT_TRUE(xc::is_tag_name(name)) << name;
  for (const char* name : {"", "HEAD", "Head", "dead", "12345", "chg-1", "rbk-x", "a~1", "a^", "@x", "a b", ".hidden", "-x", "a:b"})
    EXPECT_FALSE(xc::is_tag_name(name)) << name;
  EXPECT_FALSE(xc::is_tag_name(std::string(101, 'x')));
}

}  // namespace
