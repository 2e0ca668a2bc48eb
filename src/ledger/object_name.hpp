// What people call an object, and the key that it has in a tree. All of these name the same table or function:
//   table public.orders     public.orders     orders
//   function public.f(integer,pg_catalog.text)   public.f(int, text)   f(integer,text)   f
//   trigger audit on public.orders     audit on orders     audit
// A name without a schema is looked for along the search_path, as SQL does.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.hpp"
#include "store/store.hpp"

namespace xc::ledger {

struct ObjectName {
  std::string text;
  std::vector<std::string> search_path;  // quoted schema names

  // With the session's search_path: make it before a pg::Pinned scope begins.
  explicit ObjectName(std::string name);
};

// The objects among which a name is looked for: those the ledger ever knew that pass `exists`.
struct Names {
  std::string where;                                         // "at chg-20260122-001", for errors
  std::function<bool(const std::string& key)> exists;
  std::vector<std::string> unrecorded;                       // keys that exist and that the ledger may not know (drift)
  std::function<void(const std::function<void(const std::string& key)>&)> all;  // for "did you mean"
};
Names names_in(store::Nodes& nodes, const tree::Ref& root, std::string where);
Names names_ever();

// The key of the one object that the name means; nothing when there is none. Refusal(invalid_parameter) with the
// candidates in its detail when there are several.
std::optional<std::string> find_object(const Names& names, const ObjectName& name);
// The same, with Refusal(unknown_object) when there is none: its detail names the nearest.
std::string require_object(const Names& names, const ObjectName& name);
// The object as HEAD knows it, else as any earlier commit does.
std::string find_in_history(const ObjectName& name);

}  // namespace xc::ledger
