// Digests in their two spellings, and the seam through which the SHA-256 implementation comes in.
#include "core/hash.hpp"

#include <cstring>

#include "core/refusal.hpp"
#include "core/only.hpp"

namespace xc {
namespace {

constinit Sha256 installed = nullptr;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string Digest::hex() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  result.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

Digest Digest::from_raw(std::string_view raw) {
  Digest digest;
  if (raw.size() != digest.bytes.size())
    throw Refusal(code::data_corrupted, "a hash has 32 bytes, not " + std::to_string(raw.size()));
  std::memcpy(digest.bytes.data(), raw.data(), raw.size());
  return digest;
}

Digest Digest::from_hex(std::string_view hex) {
  Digest digest;
  if (hex.size() != 2 * digest.bytes.size())
    throw Refusal(code::data_corrupted, "a hash has 64 hex digits, not " + std::to_string(hex.size()));
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) throw Refusal(code::data_corrupted, "a hash has hex digits only");
    digest.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

std::size_t DigestHash::operator()(const Digest& digest) const noexcept {
  // Any eight bytes of a digest are as good as another hash of it.
  std::size_t result;
  std::memcpy(&result, digest.bytes.data(), sizeof result);
  return result;
}

void install_sha256(Sha256 implementation) { installed = implementation; }

Digest sha256(std::string_view bytes) {
  if (installed == nullptr) throw Refusal(code::internal, "no SHA-256 implementation is installed");
  return installed(bytes);
}

}  // namespace xc
