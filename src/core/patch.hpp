// What turns some bytes into others that are much like them.
//
// A patch is a row of operations, each on what the ones before it have made: two bytes where, two bytes how many bytes go
// there, two bytes how many come in their place, and those. Numbers have the most significant byte first.
#pragma once

#include <string>
#include <string_view>

namespace xc::patch {

// Into patch. False where it would not be shorter than `most` bytes; then patch can hold anything.
bool between(std::string_view from, std::string_view to, std::size_t most, std::string& patch);
// Refusal(data_corrupted): it is no patch of these bytes.
std::string apply(std::string_view from, std::string_view patch);

}  // namespace xc::patch
