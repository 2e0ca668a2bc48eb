// Access control lists as values: what pg_dump prints of one, and the statements that turn one into another.
//
// pg_dump prints an ACL as its difference from the one the object would have if nobody had granted anything: items that
// are not in that base list become GRANTs in array order (the owner's own first), items of the base list that are gone
// or altered become REVOKEs. The value is exactly that, null when nothing would be printed:
//   grants   [{"grantee": role or PUBLIC, "grantor": role, absent for the owner,
//              "privileges": letters without grant option, "grantable": letters with it}]
//   revokes  [grantee]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "kind/kind.hpp"
#include "kind/script.hpp"

namespace xc::acl {

// Bit i is the i-th letter of the server's ACL_ALL_RIGHTS_STR.
using Rights = std::uint32_t;

struct Entry {
  std::string grantee;    // quoted, or PUBLIC
  std::string grantor;    // quoted; "" is the owner
  Rights plain = 0;       // held without grant option
  Rights grantable = 0;   // held with it
  bool operator==(const Entry&) const = default;
  bool same_key(const Entry& other) const { return grantee == other.grantee && grantor == other.grantor; }
};
using Entries = std::vector<Entry>;

// The kind of thing an ACL is about, by the letters of the SQL function acldefault(): 'r' relation, 's' sequence,
// 'f' function, 'n' schema, 'T' type, 'l' language, 'F' foreign data wrapper, 'S' foreign server, 'c' column.
constexpr char no_privileges = '\0';           // nothing can be granted on it
char what_of(std::string_view grant_target);   // of "TABLE public.orders"

// The list of an object nobody has granted anything on; pg_dump's base list, which differs for the schema public.
Entries built_in(char what, const std::string& owner);
Entries base_of(char what, const std::string& owner, std::string_view grant_target);

Json value_of(const Entries& entries, const Entries& base, const std::string& owner);
Entries entries_of(const Json& value, const Entries& base);

// Does it hold the right of that letter, with or without grant option?
bool allows(const Entry& entry, char letter);

// What ALTER … OWNER TO makes of a list.
Entries with_new_owner(Entries entries, const std::string& old_owner, const std::string& new_owner);

// What the statements are about.
struct Subject {
  std::string prefix;         // "ALTER DEFAULT PRIVILEGES FOR ROLE r ", else empty
  std::string on;             // "TABLE public.orders", "TABLES"
  std::string column;         // quoted, or empty
  char what = 'r';
  std::string owner;          // quoted
  Entries base;
  bool ordered = true;        // false: the server sorts the array by itself
};

std::string grant_target_of(const Kind& kind, const Json& body);
Subject subject_of(const Object& to);

// Writes the steps and returns the grantees that lose column-like rights (INSERT, SELECT, UPDATE, REFERENCES): a REVOKE
// on a table takes them from its columns, too.
std::vector<std::string> write_steps(const Json& from, const Json& to, const Subject& subject, Script& script);

// The same end from whatever state: everything that the value names is revoked first.
void write_reset_steps(const Json& to, const std::vector<std::string>& others, const Subject& subject, Script& script);

// Revokes all that the value names.
void write_removal_steps(const Json& from, const Subject& subject, Script& script);

// Has somebody else than the owner granted? What such grants hang on may be in another list (a column's, on the
// table's).
bool has_other_grantors(const Json& value);

}  // namespace xc::acl
