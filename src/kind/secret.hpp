// Passwords and the like, in options and connection strings, are never written into the history. A body holds the mark of
// such a value instead: its digest under the key in xconnect.secret_key, so that a change of it is a change, and only
// the server's own superusers can try values against it.
//
// The statements of a plan hold marks as well. Each is filled in when its statement runs: with the value of a live
// option that has this mark, or with one that the setting xconnect.secrets gives.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kind/script.hpp"

namespace xc {

// Is the value of an option of that name a secret? By the words that the name contains; docs/coverage.md lists them.
bool names_a_secret(std::string_view option);
// Does a connection string hold one?
bool holds_a_secret(std::string_view connection);

// By CREATE EXTENSION: the key, made of the server's strong random numbers.
void make_secret_key();

std::string mark_of(std::string_view value);
bool is_mark(std::string_view text);

// Values that are known now, by their marks.
class Secrets {
 public:
  // Those of all options and connection strings in the catalogs, and those given by the setting.
  static Secrets known();

  // The marks of the step that no known value has: the names of their options.
  std::vector<std::string> missing(const Step& step) const;
  // The statement with the values in their places.
  std::string fill_in(const Step& step) const;

 private:
  void add(std::string value);
  std::map<std::string, std::string, std::less<>> values_;
};

// The statement as people complete it by hand.
std::string with_blanks(const Step& step);

}  // namespace xc
