// Reading one object whole: the kind's body plus what all kinds share. The caller holds a pg::Pinned.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "kind/kind.hpp"

namespace xc {

// Nothing when the row is gone or no kind covers it. Filters (temporary, system, extension members) are the caller's:
// see owner_of() in parts.hpp.
std::optional<Object> describe(Address address);

// Satellites. add_satellites fills owner, acl, comment, labels, depends of a body (satellites.cpp); the others write the
// steps for them (decorate.cpp): all of a new object's, or the difference.
void add_satellites(Object& object);
// Both want the script that create() or alter() has already written to: they add to its end (what they write undoes
// what a REVOKE on a table does to the privileges of its columns), and the change of owner goes to its front.
// born_acl: the ACL value that the object has right after its creation, when default privileges give it one.
void decorate_new(const Object& to, Script& script, const Json& born_acl = Json());
void decorate_changed(const Object& from, const Object& to, Script& script);
// What an object like this gets from ALTER DEFAULT PRIVILEGES when the role creates it now and hands it to its owner
// (reads the catalogs); null when nothing does.
Json acl_at_birth(const Object& to, std::uint32_t creator);

// --- readers, for the satellites of parts (columns, attributes of composite types, domain constraints) ---
// Comment and labels of a part: numbers are attnums; 0 is the object itself.
std::string read_comment(std::uint32_t catalog, std::uint32_t object, std::int32_t part = 0);
Json read_labels(std::uint32_t catalog, std::uint32_t object, std::int32_t part = 0);
// The same for the object and all its parts, in one scan each; only parts that have something are in the map.
struct Notes {
  std::string comment;
  Json labels;  // [{"label": …, "provider": …}], null when there are none
};
std::map<std::int32_t, Notes> read_notes(std::uint32_t catalog, std::uint32_t object);
// An aclitem[] (row.maybe(Anum_pg_attribute_attacl)) as an acl value, null when it is the default. `what` as for the
// SQL function acldefault(): 'c' column, 'r' relation, 's' sequence, 'f' function, 'n' schema, 'T' type. The owner is
// the object's (for a column: the table's).
Json read_acl(char what, std::uint32_t owner, std::optional<std::uintptr_t> acl);

// COMMENT ON and SECURITY LABEL steps between two values that hold "comment" and "labels" (Json() for nothing).
// target: "COLUMN public.orders.id".
void write_note_steps(const Json& from, const Json& to, const std::string& target, Script& script);

// GRANT/REVOKE statements that turn one acl value (see acl.hpp) into another, array order included.
// column: quoted column name for a column's ACL, or empty; then owner must be the object's (quoted).
void write_acl_steps(const Json& from, const Json& to, const std::string& grant_target, const std::string& column,
                     Script& script, const std::string& owner = {});

}  // namespace xc
