// Objects as the catalogs have them now.
#pragma once

#include <optional>
#include <string>

#include "kind/kind.hpp"
#include "ledger/ledger.hpp"

namespace xc::plan {

// HEAD's object of that key, read from the catalogs. Refusal(drifted) when it is not there or does not read as at HEAD.
Object live_object(const std::string& key, const Digest& at_head);
// The object at an address; Refusal(internal) when it is gone.
Object live_object(Address address);
// Looks through all objects of the kind.
Object live_object_named(const Kind& kind, const std::string& key);
[[noreturn]] void refuse_drift(const std::string& key, const std::string& how);

}  // namespace xc::plan
