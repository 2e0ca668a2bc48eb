// Memory that runs out at every allocation in turn: an exception, nothing lost, nothing freed twice (the sanitizers tell).
#include <cstdlib>
#include <functional>
#include <new>

#include <gtest/gtest.h>

#include "core/json.hpp"
#include "core/text_diff.hpp"
#include "support.hpp"

namespace {

constinit long until_failure = 0;  // 0: never

void* allocate(std::size_t size) {
  if (until_failure > 0 && --until_failure == 0) throw std::bad_alloc();
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size == 0 ? 1 : size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size == 0 ? 1 : size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

// How often it failed before it went through.
long fails_at_each(const std::function<void()>& work) {
  for (long n = 1;; ++n) {
    until_failure = n;
    try {
      work();
      const bool went_through = until_failure > 0;
      until_failure = 0;
      if (went_through) return n - 1;
    } catch (const std::bad_alloc&) {
      until_failure = 0;
    }
  }
}

constexpr const char* text =
    R"({"columns":[{"name":"one whose name is kept on the heap","type":"integer"},{"list":[1,true,["deeper, and too long to be kept inside"]]}],"of":{"its":{"own":"members, each of them somewhere else"}}})";

TEST(Memory, RunsOutWhileJsonIsCopied) {
  const auto json = xc::Json::parse(text);
  xc::Json other = xc::Json::array();
  EXPECT_GT(fails_at_each([&] {
              const xc::Json copy = json;
              other = copy;
            }), 10);
  EXPECT_EQ(other, json);
}

TEST(Memory, RunsOutWhileJsonIsReadAndWritten) {
  EXPECT_GT(fails_at_each([] {
              auto json = xc::Json::parse(text);
              json.set("and", xc::Json::array().push(json)).set("of", xc::Json());
              (void)json.dump();
            }), 10);
}

TEST(Memory, RunsOutWhileTextsAreCompared) {
  EXPECT_GT(fails_at_each([] { (void)xc::unified_diff("a\nb\nc\n", "a\nx\nc\nd\n", "from", "to"); }), 3);
}

}  // namespace
