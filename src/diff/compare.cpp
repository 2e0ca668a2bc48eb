// Tree against tree, equal subtrees skipped; then the differing keys are paired: first by catalog address, which knows
// renames and swapped names, then by key. See compare.hpp.
#include "diff/compare.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "ledger/ledger.hpp"

namespace xc::diff {
namespace {

struct Side {
  std::string key;
  Digest blob;
};

Change changed(Change::What what, const Side* from, const Side* to) {
  Change change{what, {}, {}, {}, {}};
  if (from != nullptr) {
    change.from_key = from->key;
    change.from = from->blob;
  }
  if (to != nullptr) {
    change.to_key = to->key;
    change.to = to->blob;
  }
  return change;
}

// The place of a key's type in the table of kinds. Types are prefixes of keys; the longest that fits is the key's.
std::size_t rank_of(const std::string& key) {
  std::size_t rank = kinds().size();
  std::size_t longest = 0;
  for (std::size_t i = 0; i < kinds().size(); ++i) {
    const std::string_view type = kinds()[i]->name;
    if (type.size() > longest && key.starts_with(type) && key.size() > type.size() && key[type.size()] == ' ') {
      rank = i;
      longest = type.size();
    }
  }
  return rank;
}

}  // namespace

State State::at(const store::Commit& commit) {
  State state;
  state.nodes_ = std::make_shared<store::Nodes>();
  state.root_ = commit.tree;
  state.seq_ = commit.seq;
  state.name_ = commit.change_id;
  return state;
}

State State::empty() {
  State state;
  state.nodes_ = std::make_shared<store::Nodes>();
  state.root_ = tree::empty(*state.nodes_);
  state.name_ = "nothing";
  return state;
}

State State::working() { return of(capture::collect_everything()); }

State State::of(capture::Delta delta) {
  State state;
  state.nodes_ = std::make_shared<store::Nodes>();
  state.root_ = capture::working_root(*state.nodes_, delta);
  state.seq_ = delta.head ? delta.head->seq : 0;
  state.name_ = "the working tree";
  state.working_ = true;
  for (capture::Difference& difference : delta.differences)
    if (difference.exists) state.fresh_.insert_or_assign(difference.key, std::move(difference));
  return state;
}

Object State::object(const std::string& key, const Digest& blob) const {
  const auto fresh = fresh_.find(key);
  return fresh != fresh_.end() ? fresh->second.after() : store::object(blob);
}

Address State::address(const std::string& key) const {
  const auto fresh = fresh_.find(key);
  if (fresh != fresh_.end()) return fresh->second.address;
  const std::optional<ledger::Recorded> recorded = ledger::recorded(key, seq_);
  return recorded ? recorded->address : Address{};
}

std::vector<std::string> State::drifted_keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, difference] : fresh_) keys.push_back(key);
  return keys;
}

const char* name_of(Change::What what) {
  switch (what) {
    case Change::What::create: return "CREATE";
    case Change::What::alter: return "ALTER";
    case Change::What::drop: return "DROP";
    case Change::What::rename: return "RENAME";
  }
  return "";
}

std::vector<Change> compare(const State& from, const State& to) {
  std::vector<Side> before;
  std::vector<Side> after;
  store::Nodes& nodes = from.is_working() ? from.nodes() : to.nodes();  // the working tree has nodes that are not stored
  tree::diff(nodes, from.root(), to.root(),
             [&](const std::string& key, const std::optional<Digest>& was, const std::optional<Digest>& is) {
               if (was) before.push_back({key, *was});
               if (is) after.push_back({key, *is});
             });

  std::map<Address, const Side*> by_address;
  std::map<std::string, const Side*> by_key;
  for (const Side& side : before) {
    by_key.emplace(side.key, &side);
    const Address address = from.address(side.key);
    if (address != Address{}) by_address.emplace(address, &side);
  }
  std::vector<Change> changes;
  std::vector<const Side*> unpaired;
  for (const Side& side : after) {
    const auto twin = by_address.find(to.address(side.key));
    if (twin == by_address.end() || twin->second == nullptr || !by_key.contains(twin->second->key)) {
      unpaired.push_back(&side);
      continue;
    }
    const Side* const was = twin->second;
    changes.push_back(changed(was->key == side.key ? Change::What::alter : Change::What::rename, was, &side));
    by_key.erase(was->key);
  }
  for (const Side* side : unpaired) {
    const auto twin = by_key.find(side->key);
    const Side* const was = twin == by_key.end() ? nullptr : twin->second;
    changes.push_back(changed(was == nullptr ? Change::What::create : Change::What::alter, was, side));
    if (was != nullptr) by_key.erase(twin);
  }
  for (const auto& [key, side] : by_key) changes.push_back(changed(Change::What::drop, side, nullptr));

  std::vector<std::pair<std::size_t, std::size_t>> order;
  for (std::size_t i = 0; i < changes.size(); ++i) order.emplace_back(rank_of(changes[i].key()), i);
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    return std::tie(a.first, changes[a.second].key()) < std::tie(b.first, changes[b.second].key());
  });
  std::vector<Change> sorted;
  sorted.reserve(changes.size());
  for (const auto& [rank, index] : order) sorted.push_back(std::move(changes[index]));
  return sorted;
}

}  // namespace xc::diff
