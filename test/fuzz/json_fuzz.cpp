// Whatever parses has one spelling: parse, dump, parse and dump again must not move.
#include <cstdint>
#include <cstdlib>

#include "core/json.hpp"
#include "core/refusal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  xc::Json value;
  try {
    value = xc::Json::parse({reinterpret_cast<const char*>(data), size});
  } catch (const xc::Refusal&) {
    return 0;
  }
  const std::string text = value.dump();
  const xc::Json again = xc::Json::parse(text);
  if (!(again == value) || again.dump() != text) std::abort();
  return 0;
}
