// What depends on an object now: pg_depend followed from row to row, told in objects.
#pragma once

#include <string>
#include <vector>

#include "kind/kind.hpp"
#include "ledger/object_name.hpp"

namespace xc::diff {

// Where the object that the name means stands in the catalogs now. Refusal(unknown_object). The caller holds a Reading.
Address live_address(const ledger::ObjectName& name);

struct Dependent {
  int depth = 0;
  std::string key;
  std::string path;  // "table public.t -> view public.v -> view public.w"
  std::string why;   // "uses column total; stops DROP without CASCADE"
};

// Nearest first, each once.
std::vector<Dependent> dependents(Address object);

}  // namespace xc::diff
