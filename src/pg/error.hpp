// A server error as a C++ exception: it owns the whole report, so SQLSTATE, detail, hint and context survive the way
// through C++ frames.
#pragma once

#include <exception>
#include <string>

struct ErrorData;

namespace pg {

class Error : public std::exception {
 public:
  explicit Error(ErrorData* report) : report_(report) {}  // palloc'd in a context that outlives the handling
  const char* what() const noexcept override;
  ErrorData* report() const { return report_; }
  std::string sqlstate() const;
  std::string message() const;
  std::string detail() const;
  // query_canceled, admin_shutdown, crash_shutdown and the like: never to be swallowed.
  bool is_interrupt() const;

 private:
  ErrorData* report_;
};

}  // namespace pg
