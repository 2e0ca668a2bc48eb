// Tags: names that people give to commits. Append only: a removal is a row too.
#pragma once

#include <string>

#include "store/store.hpp"

namespace xc::ledger {

// Refusal: invalid_parameter for a name that could be taken for another rev, tag_exists.
void add_tag(const std::string& name, const store::Commit& commit, const std::string& note);
// Refusal(unknown_rev) when there is no such tag.
void remove_tag(const std::string& name);

}  // namespace xc::ledger
