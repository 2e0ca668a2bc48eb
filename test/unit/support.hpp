// What the tests and fuzzers stand on: OpenSSL's SHA-256, and tree nodes in memory that count their traffic.
#pragma once

#include <openssl/sha.h>

#include <string>
#include <string_view>
#include <unordered_map>

#include "core/hash.hpp"
#include "core/refusal.hpp"
#include "core/tree.hpp"

namespace xc {

inline Digest openssl_sha256(std::string_view bytes) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.bytes.data());
  return digest;
}

class MemoryNodes : public tree::Nodes {
 public:
  std::string get(const Digest& hash) override {
    ++gets;
    const auto found = stored.find(hash);
    if (found == stored.end()) throw Refusal(code::data_corrupted, "there is no tree node " + hash.hex());
    return found->second;
  }

  void put(const Digest& hash, std::string_view bytes) override {
    ++puts;
    stored.try_emplace(hash, bytes);
  }

  std::size_t gets = 0;
  std::size_t puts = 0;
  std::unordered_map<Digest, std::string, DigestHash> stored;
};

// The SQLSTATE of the Refusal that an action throws, or "" when it throws none.
template <class Action>
std::string refusal_of(Action action) {
  try {
    action();
  } catch (const Refusal& refusal) {
    return refusal.sqlstate();
  }
  return {};
}

}  // namespace xc
