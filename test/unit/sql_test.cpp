// Literals and lists.
#include "core/sql.hpp"

#include <gtest/gtest.h>

namespace xc::sql {
namespace {

TEST(sql, literal_doubles_quotes_and_leaves_backslashes) {
  EXPECT_EQ(literal(""), "''");
  EXPECT_EQ(literal("it's"), "'it''s'");
  EXPECT_EQ(literal("'"), "''''");
  EXPECT_EQ(literal("a\\'; DROP"), "'a\\''; DROP'");
  EXPECT_EQ(literal("é\n"), "'é\n'");
}

TEST(sql, join_separates_but_does_not_end) {
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"a"}, ", "), "a");
  EXPECT_EQ(join({"a", "", "c"}, ", "), "a, , c");
}

}  // namespace
}  // namespace xc::sql
