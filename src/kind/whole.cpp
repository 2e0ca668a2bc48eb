// See whole.hpp.
#include "kind/whole.hpp"

#include <utility>

#include "kind/difference.hpp"

namespace xc {

Change alter_nothing(const Object& from, const Object& to, Script&) {
  return same_apart_from(from.body, to.body, {}) ? Change::in_place : Change::replace;
}

void drop_target(const Object& from, Script& script) {
  script.add(Stage::drop, "DROP " + from.kind->target(from.body)).locks(Lock::none).because("it does not exist in the target");
}

Step& write_creation(std::string statement, Script& script) {
  return script.add(Stage::create, std::move(statement)).locks(Lock::none).because("it exists in the target");
}

}  // namespace xc
