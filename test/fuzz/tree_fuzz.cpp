// Two ways to read the input: as a node that may be damaged, and as edits that a std::map follows.
#include <cstdint>
#include <cstdlib>
#include <map>

#include "unit/support.hpp"

namespace {

using Content = std::map<std::string, xc::Digest>;

void require(bool condition) {
  if (!condition) std::abort();
}

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// No bytes make the tree do worse than refuse, be they a root or, for a node that checks, edited.
void read_node(std::string_view bytes) {
  xc::MemoryNodes nodes;
  const xc::tree::Ref root{xc::sha256(bytes)};
  nodes.plant(root.hash, std::string(bytes));
  const xc::tree::Ref empty = xc::tree::empty(nodes);
  bool sound = false;
  try {
    sound = xc::tree::check(bytes).empty();
  } catch (const xc::Refusal&) {
  }
  try {
    const xc::tree::Ref edited = xc::tree::apply(nodes, root, {{"a", root.hash}, {"b", {}}});
    xc::tree::diff(nodes, empty, edited, [](const auto&, const auto&, const auto&) {});
    xc::tree::find(nodes, root, "c");
    std::size_t entries = 0;
    xc::tree::walk(nodes, root, [&](const std::string&, const xc::Digest&) { ++entries; });
    require(entries == xc::tree::size(nodes, root));
  } catch (const xc::Refusal&) {
    require(!sound);
  }
}

// Eight tables have something on them, sixteen things each.
std::string key_on_table(unsigned char number) { return "x" + std::to_string(number / 8 % 16) + " on " + std::to_string(number % 8); }

// Each pair of bytes is an edit, a zero ends a batch.
void follow_edits(std::string_view bytes) {
  xc::MemoryNodes nodes;
  const xc::tree::Ref empty = xc::tree::empty(nodes);
  xc::tree::Ref root = empty;
  Content content;
  Content before;
  std::vector<xc::tree::Edit> batch;
  const auto flush = [&] {
    const xc::tree::Ref edited = xc::tree::apply(nodes, root, std::move(batch));
    batch.clear();
    Content left = before;
    xc::tree::diff(nodes, root, edited, [&](const std::string& key, const auto& from, const auto& to) {
      require(from != to && left.contains(key) == from.has_value());
      if (to)
        left[key] = *to;
      else
        left.erase(key);
    });
    require(left == content);
    root = edited;
    before = content;
  };
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    if (bytes[i] == '\0') {
      flush();
      continue;
    }
    const auto number = static_cast<unsigned char>(bytes[i]);
    const std::string key = number < 128 ? std::string(1, bytes[i]) : key_on_table(number);
    if (static_cast<unsigned char>(bytes[i + 1]) < 100) {
      content.erase(key);
      batch.push_back({key, {}});
    } else {
      content[key] = xc::sha256(bytes.substr(i + 1, 1));
      batch.push_back({key, content[key]});
    }
  }
  flush();

  Content walked;
  xc::tree::walk(nodes, root, [&](const std::string& key, const xc::Digest& blob) { walked[key] = blob; });
  require(walked == content && xc::tree::size(nodes, root) == content.size());
  std::vector<xc::tree::Edit> all;
  for (const auto& [key, blob] : content) all.push_back({key, blob});
  require(xc::tree::apply(nodes, empty, all) == root);
  for (const auto& [hash, stored] : nodes.stored) xc::tree::check(stored.bytes);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  xc::install_sha256(xc::openssl_sha256);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  if (data[0] % 2 == 0)
    read_node(text_of(data + 1, size - 1));
  else
    follow_edits(text_of(data + 1, size - 1));
  return 0;
}
