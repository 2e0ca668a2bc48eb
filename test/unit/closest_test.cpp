#include "core/closest.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using Names = std::vector<std::string>;

TEST(Closest, NearestFirst) {
  EXPECT_EQ(xc::closest("order", {"customers", "orders", "border", "o"}), (Names{"border", "orders"}));
  EXPECT_EQ(xc::closest("odrers", {"orders", "invoices"}), (Names{"orders"}));
}

TEST(Closest, CaseDoesNotMatter) { EXPECT_EQ(xc::closest("ORDERS", {"\"Orders\"", "orders"}), (Names{"orders", "\"Orders\""})); }

TEST(Closest, NamesThatHoldItCount) { EXPECT_EQ(xc::closest("customer", {"all_the_customers_of_today", "x"}), (Names{"all_the_customers_of_today"})); }

TEST(Closest, NothingNear) {
  EXPECT_TRUE(xc::closest("orders", {"invoice_line", "zz"}).empty());
  EXPECT_TRUE(xc::closest("", {"abc"}).empty());
  EXPECT_TRUE(xc::closest("abc", {}).empty());
}

TEST(Closest, NoMoreThanAskedFor) {
  EXPECT_EQ(xc::closest("t1", {"t2", "t3", "t4", "t5"}, 2).size(), 2U);
  EXPECT_EQ(xc::closest("t1", {"t2", "t2", "t2"}).size(), 1U);
}

}  // namespace
