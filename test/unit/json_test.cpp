// The canonical form: one spelling for every value, and nothing else is read back.
#include "core/json.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "support.hpp"

namespace xc {
namespace {

using namespace std::string_literals;

std::string refused(std::string_view text) {
  return refusal_of([&] { Json::parse(text); });
}

Json random_json(std::mt19937& random, int depth) {
  const auto pick = [&random](unsigned below) { return static_cast<unsigned>(random()) % below; };
  const auto text = [&] {
    std::string result;
    for (unsigned i = pick(12); i > 0; --i) result += static_cast<char>(pick(4) == 0 ? pick(256) : 'a' + pick(26));
    return result;
  };
  switch (pick(depth == 0 ? 4 : 6)) {
    case 0:
      return Json(text());
    case 1:
      return Json(static_cast<std::int64_t>((std::uint64_t{random()} << 32 | random()) >> pick(64)));
    case 2:
      return Json(pick(2) == 0);
    case 3:
      return Json();
    case 4: {
      Json list = Json::array();
      for (unsigned i = pick(5); i > 0; --i) list.push(random_json(random, depth - 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (unsigned i = pick(8); i > 0; --i) object.put(text(), random_json(random, depth - 1));
      return object;
    }
  }
}

TEST(json, dumps_golden_bytes) {
  Json column = Json::object();
  column.set("type", "numeric(10,2)").set("name", "amount").set("not_null", true);
  Json table = Json::object();
  table.set("type", "table").set("identity", "public.\"Größe\"").set("format", 1).set("owner", "alice");
  table.set("columns", Json::array().push(column).push(Json::object()))
      .set("comment", "tab\there \"quoted\" \\ \x01\x7f");
  const std::string golden = R"~({"columns":[{"name":"amount","not_null":true,"type":"numeric(10,2)"},{}],)~"
                             R"~("comment":"tab\there \"quoted\" \\ \u0001)~"
                             "\x7f"
                             R"~(","format":1,"identity":"public.\"Größe\"","owner":"alice","type":"table"})~";
  EXPECT_EQ(table.dump(), golden);
  // printf … | sha256sum
  EXPECT_EQ(sha256(golden).hex(), "e19c05228941f96c4a98da35d2b8f7385af81fa9e2cd19aa1b687717d4ba3d61");
  EXPECT_EQ(Json::parse(golden), table);
}

TEST(json, escapes_only_what_json_forbids) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  std::string expected =
      R"("\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f)"
      R"(\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f !\"#)";
  for (int c = '$'; c < '\\'; ++c) expected += static_cast<char>(c);
  expected += "\\\\";
  for (int c = ']'; c < 256; ++c) expected += static_cast<char>(c);
  expected += '"';
  EXPECT_EQ(Json(all).dump(), expected);
  EXPECT_EQ(Json::parse(expected).str(), all);
}

TEST(json, bytes_that_are_not_utf8_pass_verbatim) {
  const std::string latin1 =
      "gr\xf6\xdf"
      "e";
  EXPECT_EQ(Json(latin1).dump(), "\"" + latin1 + "\"");
  EXPECT_EQ(Json::parse("\"" + latin1 + "\"").str(), latin1);
}

TEST(json, set_erases_defaults_and_keeps_zero) {
  Json object = Json::object();
  object.set("a", 1).set("b", "x").set("c", true).set("d", Json::array().push(1)).set("e", Json::object().set("f", 1));
  object.set("z", 0);
  EXPECT_EQ(object.dump(), R"({"a":1,"b":"x","c":true,"d":[1],"e":{"f":1},"z":0})");
  object.set("a", Json()).set("b", "").set("c", false).set("d", Json::array()).set("e", Json::object());
  EXPECT_EQ(object.dump(), R"({"z":0})");
  object.set("absent", "");
  EXPECT_EQ(object.dump(), R"({"z":0})");
}

TEST(json, put_keeps_everything_but_null) {
  Json object;
  object.put("e", "").put("a", 0).put("c", false).put("d", Json::array()).put("b", Json::object()).put("n", Json());
  EXPECT_EQ(object.dump(), R"({"a":0,"b":{},"c":false,"d":[],"e":""})");
  object.put("e", Json());
  EXPECT_FALSE(object.has("e"));
}

TEST(json, a_later_value_replaces_an_earlier_one) {
  Json object;
  object.set("k", 1).set("a", 0).set("k", "two");
  EXPECT_EQ(object.dump(), R"({"a":0,"k":"two"})");
}

TEST(json, null_becomes_what_is_written_to_it_and_other_types_refuse) {
  EXPECT_EQ(Json().set("a", 1).dump(), R"({"a":1})");
  EXPECT_EQ(Json().push(1).dump(), "[1]");
  EXPECT_EQ(refusal_of([] { Json("text").set("a", 1); }), code::internal);
  EXPECT_EQ(refusal_of([] { Json::object().push(1); }), code::internal);
}

TEST(json, readers_never_fail) {
  const Json number(7);
  EXPECT_EQ(number.str(), "");
  EXPECT_FALSE(number.truth());
  EXPECT_TRUE(number.items().empty());
  EXPECT_TRUE(number["a"]["b"].is_null());
  EXPECT_EQ(Json("7").integer(), 0);
  EXPECT_EQ(Json::parse(R"({"a":{"b":[1,2]}})")["a"]["b"].items().at(1).integer(), 2);
}

TEST(json, types_are_told_apart) {
  EXPECT_NE(Json(1), Json(true));
  EXPECT_NE(Json(0), Json());
  EXPECT_NE(Json::array(), Json::object());
  EXPECT_NE(Json("1"), Json(1));
}

TEST(json, parse_sorts_and_drops_null_members) {
  EXPECT_EQ(Json::parse(" { \"b\" : 1 ,\n\t\"a\":[ ] , \"n\":null,\"B\":{} }\r\n").dump(), R"({"B":{},"a":[],"b":1})");
  EXPECT_EQ(Json::parse("[null,1]").dump(), "[null,1]");
}

TEST(json, parse_reads_every_escape) {
  EXPECT_EQ(Json::parse(R"("\/\b\f\n\r\t\"\\\u0041\u00e9\u20AC\ud83d\ude00")").str(), "/\b\f\n\r\t\"\\Aé€😀");
}

TEST(json, integers_keep_all_64_bits) {
  for (const std::int64_t value : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
                                   std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(Json(value).dump(), std::to_string(value));
    EXPECT_EQ(Json::parse(std::to_string(value)).integer(), value);
  }
}

TEST(json, refuses_what_has_no_single_spelling) {
  for (const char* text :
       {"1.0", "1e3", "1E3", "01", "-01", "-0", "00", "9223372036854775808", "-9223372036854775809", "+1", ".5", "-",
        "0x1", "NaN", "1.", R"({"a":1,"a":2})", R"({"b":1,"a":null,"b":1})", R"({"a":null,"a":1})"})
    EXPECT_EQ(refused(text), code::data_corrupted) << text;
}

TEST(json, refuses_broken_text) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[",
                           "\"",
                           "tru",
                           "nul",
                           "truex",
                           "[1,]",
                           "[,1]",
                           "[1 2]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{1:1}",
                           "{} {}",
                           "1 2",
                           "[1]]",
                           "'a'",
                           "\"\n\"",
                           "\"\\x\"",
                           "\"\\u12g4\"",
                           "\"\\u12",
                           "\"\\ud800\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\udc00\"",
                           "\"\\",
                           "// c\n1",
                           "\xEF\xBB\xBF"
                           "1"})
    EXPECT_EQ(refused(text), code::data_corrupted) << text;
}

TEST(json, refuses_every_prefix_of_a_document) {
  const std::string text = R"({"a":[true,false,null,-12,"x\u00e9\n"],"b":{"c":{}}})";
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_EQ(refused(text.substr(0, length)), code::data_corrupted) << length;
  EXPECT_EQ(refused(text), "");
}

TEST(json, nesting_is_limited) {
  EXPECT_EQ(refused(std::string(200, '[') + std::string(200, ']')), "");
  EXPECT_EQ(refused(std::string(201, '[') + std::string(201, ']')), code::data_corrupted);
  EXPECT_EQ(refused(std::string(5'000'000, '[')), code::data_corrupted);
}

TEST(json, random_values_survive_the_round_trip) {
  std::mt19937 random(20260122);
  for (int i = 0; i < 3000; ++i) {
    const Json value = random_json(random, 4);
    const std::string text = value.dump();
    const Json again = Json::parse(text);
    ASSERT_EQ(again, value) << text;
    ASSERT_EQ(again.dump(), text);
  }
}

}  // namespace
}  // namespace xc
