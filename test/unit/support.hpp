// What the tests and fuzzers stand on: OpenSSL's SHA-256, and tree nodes in memory that count their traffic.
#pragma once

#include <openssl/sha.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
  std::shared_ptr<const tree::Stored> get(const tree::Ref& node) override {
    ++gets;
    const auto found = stored.find(node.hash);
    if (found == stored.end()) throw Refusal(code::data_corrupted, "there is no tree node " + node.hash.hex());
    return std::make_shared<const tree::Stored>(found->second);
  }

  void put(const Digest& hash, tree::Stored node) override {
    ++puts;
    stored.try_emplace(hash, std::move(node));
  }

  // Bytes that nobody put, as damage leaves them; their children are wherever one looks.
  void plant(const Digest& hash, std::string bytes) {
    stored[hash] = {std::move(bytes), std::vector<std::uint64_t>(16)};
  }

  const std::string& bytes(const tree::Ref& node) const { return stored.at(node.hash).bytes; }

  std::size_t gets = 0;
  std::size_t puts = 0;
  std::unordered_map<Digest, tree::Stored, DigestHash> stored;
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
