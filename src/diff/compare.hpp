// Two states of the schema, and what differs between them. A state is a commit, or the working tree: what the catalogs
// say now. Objects that bear another name are known by their catalog address, so a rename is a rename here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capture/capture.hpp"
#include "kind/kind.hpp"
#include "store/store.hpp"

namespace xc::diff {

class State {
 public:
  static State at(const store::Commit& commit);
  static State empty();
  static State working();                        // reads the whole catalog
  static State of(capture::Delta delta);         // HEAD with what differs from it

  const tree::Ref& root() const { return root_; }
  const std::string& name() const { return name_; }  // "chg-20260122-001", "the working tree"
  store::Nodes& nodes() const { return *nodes_; }
  // The object that has the key in this state; `blob` is its hash in the state's tree.
  Object object(const std::string& key, const Digest& blob) const;
  Address address(const std::string& key) const;  // {0,0} when nothing recorded one
  bool is_working() const { return working_; }
  std::vector<std::string> drifted_keys() const;  // of the working tree: the keys whose objects HEAD has not, or not so

 private:
  std::shared_ptr<store::Nodes> nodes_;
  tree::Ref root_;
  std::int64_t seq_ = 0;
  std::string name_;
  bool working_ = false;
  std::map<std::string, capture::Difference> fresh_;  // what only the catalogs have, by key
};

struct Change {
  enum class What : std::uint8_t { create, alter, drop, rename } what;
  std::string from_key, to_key;                  // "" when it is not there
  std::optional<Digest> from, to;
  const std::string& key() const { return to_key.empty() ? from_key : to_key; }
};
const char* name_of(Change::What what);          // CREATE, ALTER, DROP, RENAME

// What turns `from` into `to`, in the order of the kinds and, in a kind, of the keys.
std::vector<Change> compare(const State& from, const State& to);

}  // namespace xc::diff
