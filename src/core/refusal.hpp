// Errors of our own: thrown in plain C++, turned into a server error at the entry point (src/pg/entry.hpp).
// The code is a SQLSTATE; docs/reference.md lists the class XC.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace xc {

namespace code {
inline constexpr const char* unknown_rev = "XC001";         // no commit, change or tag by that name
inline constexpr const char* ambiguous_rev = "XC002";       // short hash matches several commits
inline constexpr const char* bad_rev = "XC003";             // not the syntax of a rev
inline constexpr const char* unknown_object = "XC004";      // object does not exist at that rev
inline constexpr const char* already_rolled_back = "XC005";
inline constexpr const char* dependent_changes = "XC006";   // later changes depend on it
inline constexpr const char* would_lose_data = "XC007";
inline constexpr const char* not_reached = "XC008";         // the result is not the target: everything undone
inline constexpr const char* drifted = "XC009";             // the catalogs differ from HEAD
inline constexpr const char* unsupported = "XC010";         // a kind or change that cannot be planned
inline constexpr const char* ledger_tampered = "XC011";
inline constexpr const char* capture_off = "XC012";
inline constexpr const char* reason_required = "XC013";
inline constexpr const char* head_moved = "XC014";          // another transaction committed a change meanwhile
inline constexpr const char* append_only = "XC015";
inline constexpr const char* tag_exists = "XC016";
inline constexpr const char* own_change = "XC017";          // nobody verifies their own
inline constexpr const char* data_corrupted = "XX001";
inline constexpr const char* internal = "XX000";
inline constexpr const char* invalid_parameter = "22023";
}  // namespace code

class Refusal : public std::runtime_error {
 public:
  Refusal(const char* sqlstate, const std::string& message) : std::runtime_error(message), sqlstate_(sqlstate) {}
  Refusal&& detail(std::string text) && { detail_ = std::move(text); return std::move(*this); }
  Refusal&& hint(std::string text) && { hint_ = std::move(text); return std::move(*this); }

  const char* sqlstate() const { return sqlstate_; }
  const std::string& detail() const { return detail_; }
  const std::string& hint() const { return hint_; }

 private:
  const char* sqlstate_;
  std::string detail_;
  std::string hint_;
};

}  // namespace xc
