// SQL from C++, for what is not on the path of every DDL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pg/call.hpp"

namespace pg {

struct Arg {
  Oid type = InvalidOid;
  Datum value = 0;
  bool null = false;
};
Arg arg(std::string_view text);
Arg arg(const std::optional<std::string>& text);
inline Arg arg(const std::string& text) { return arg(std::string_view(text)); }
inline Arg arg(const char* text) { return arg(std::string_view(text)); }
Arg arg(std::int64_t number);
Arg arg_bytes(std::string_view bytes);

using Field = std::optional<std::string>;  // the type's text output
using Fields = std::vector<Field>;

// Runs one statement through SPI and gives its rows as text.
std::vector<Fields> query(std::string_view sql, const std::vector<Arg>& args = {});
// The same for its effect; gives the number of rows processed.
std::uint64_t run(std::string_view sql, const std::vector<Arg>& args = {});
// The search path in which run() runs its statements, for functions of others that find their names by it; nullptr: ours.
extern const char* path_for_others;

// Rows of a set-returning SQL function (materialize mode).
class Result {
 public:
  explicit Result(FunctionCallInfo fcinfo);
  void row(const std::vector<Arg>& values);       // values of exactly the columns' types
  void row_text(const std::vector<Field>& values);// values through the columns' input functions
  // Runs a query and returns its rows; the columns' types must be the function's.
  void rows_of(std::string_view sql, const std::vector<Arg>& args = {});

 private:
  ReturnSetInfo* info_;
  AttInMetadata* metadata_;
};

}  // namespace pg
