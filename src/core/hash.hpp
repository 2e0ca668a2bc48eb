// SHA-256 names of blobs, tree nodes, commits and ledger rows. The core has no implementation of its own: the
// module installs the server's (pg_cryptohash), the unit tests install OpenSSL's.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace xc {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  auto operator<=>(const Digest&) const = default;
  std::string hex() const;
  std::string_view raw() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  static Digest from_raw(std::string_view raw);   // Refusal(data_corrupted) unless 32 bytes
  static Digest from_hex(std::string_view hex);   // Refusal(data_corrupted) unless 64 hex digits
};

struct DigestHash {
  std::size_t operator()(const Digest& digest) const noexcept;
};

using Sha256 = Digest (*)(std::string_view);
void install_sha256(Sha256 implementation);
Digest sha256(std::string_view bytes);

}  // namespace xc
