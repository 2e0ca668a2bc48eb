// Where values of a type can be stored, also inside arrays, domains, composites and ranges.
#pragma once

#include <map>
#include <set>

#include "pg/call.hpp"

namespace xc {

struct Reach {
  struct Dependent {
    Oid catalog;
    Oid object;
    int column;
    auto operator<=>(const Dependent&) const = default;
  };
  std::set<Oid> types;                         // the type and all types that contain it
  std::map<Oid, std::set<AttrNumber>> tables;  // relations with storage or statistics, and their columns of such types
  std::set<Dependent> dependents;              // everything that refers to one of the types
};

// Takes the lock on all tables concerned, in OID order.
Reach lock_reach(Oid type, LOCKMODE mode);

// Partitioned and foreign tables have no rows of their own.
bool stores_rows(Oid relation);
bool is_other_sessions_temporary(Oid relation);

}  // namespace xc
