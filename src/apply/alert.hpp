// What is to be known of a rollback that failed although everything it did, what it would have written included, was undone:
// a process of its own writes it, as the server's way is.
#pragma once

#include <string>

#include "pg/attempt.hpp"

namespace xc::apply {

// Warns, and has a row written into xconnect.alert and a notification sent, both at once. Where no process is to be had, the
// warning in the server's log has it all.
void raise_alert(const std::string& operation, const std::string& change, const std::string& step, const pg::Failure& failure);

}  // namespace xc::apply
