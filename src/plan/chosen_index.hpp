// ADD CONSTRAINT lets a foreign key stand on the oldest of the unique indexes that fit the columns it refers to. Which one
// it stands on tells which can be dropped; where the target has another one, it has to be named.
#pragma once

#include "plan/work.hpp"

namespace xc::plan {

// Sets Object::chosen_index of a foreign key that is made; true when it is another than before.
bool note_chosen_index(Item& item, const Work& work);

// Does a foreign key stand on one of several that fit? Then it cannot be left to the server to make it again.
bool stands_on_one_of_several(Address foreign_key);

}  // namespace xc::plan
