// The contract of an object kind. Adding a kind is one file in this folder and one line in kinds.cpp; nothing outside
// this folder names a kind.
//
// A kind does two jobs. Reading: describe() turns catalog rows into an Object, whose body is everything that
// pg_dump -s prints of it. Writing: create(), alter(), drop() turn bodies into steps of SQL; they are pure text work
// on the bodies and never look at the catalogs, so that two stored commits can be compared without a live object.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "kind/script.hpp"

namespace pg {
class Row;
}

namespace xc {

// Where an object stands in the catalogs: class and OID of its row, as in pg_depend.
struct Address {
  std::uint32_t catalog = 0;
  std::uint32_t object = 0;
  auto operator<=>(const Address&) const = default;
};

struct Kind;
struct Beside;

// What waits in the vault for a relation that is made anew (src/vault): the rows of a table, the value of a sequence.
struct Gap {
  std::size_t number = 0;          // of a column that was dropped before the table was
  std::string type;                // a built-in one of the same physical shape
};
struct Kept {
  std::uint32_t relation = 0;      // the one that was dropped
  std::uint32_t store = 0;         // the table of the vault
  std::vector<Gap> gaps;
  std::optional<std::int64_t> rows, last_value;
  std::uint32_t type = 0;          // the OID of a type that such rows hold
  bool truncated = false;          // it is the same table that held the rows, unless it was dropped since
  std::string empty_since;         // it held none, and that is what comes back: when it was left so
};

// One object, described. The body of every kind holds, beside its own properties (all identifiers are stored quoted, all
// references schema-qualified, all expressions as the server deparses them under the pinned settings of pg/pinned.hpp):
//   format    1
//   type      Kind::name
//   identity  as pg_identify_object() prints it; type + " " + identity is the object's key in the tree
//   schema    quoted, when the object lives in one        name   quoted, when it has one
//   owner, acl, comment, labels, depends                  filled for all kinds by kind/satellites.cpp
struct Object {
  const Kind* kind = nullptr;
  Address address;                 // {0,0} when it was read from a stored commit and never existed here
  Json body;
  std::vector<std::int64_t> parts; // catalog numbers of its parts in the body's order (attnums of columns, OIDs of enum
                                   // labels): never hashed, kept beside the blob to know renamed parts for certain
  std::optional<Kept> kept;        // comes back with it when it is created
  std::vector<std::string> passed_over;  // indexes of the partitioned table it joins, that are not to look for their part
                                         // in it: it has none, or is given a certain one (src/plan/partition_indexes.hpp)
  std::string chosen_index;              // of several that fit a foreign key the one that it stands on, unless it is the
                                         // server's choice (src/plan/chosen_index.hpp)
  std::map<std::int64_t, std::string> written_as;  // dropped columns that come back, by number: the type of their values,
                                         // where it is another one and they are converted
  std::vector<std::string> merged;       // columns that are renamed and converted with a parent's (src/plan/merged_columns.hpp)
  std::vector<std::string> before_parents;  // columns that come back before a parent has them (the same)

  const std::string& identity() const { return body["identity"].str(); }
  std::string key() const { return body["type"].str() + " " + identity(); }
};

// Creation order among objects that do not depend on each other: pg_dump's (pg_dump_sort.c, dbObjectTypePriority).
enum class Rank : std::uint8_t {
  schema, language, collation, transform, extension, type, cast, function, aggregate, access_method, operators,
  operator_family, operator_class, conversion, text_search, wrapper, server, user_mapping, sequence, table, foreign_table,
  identity, partition, view, constraint, index, statistics, foreign_key, rule, trigger, policy, publication, subscription,
  default_acl, event_trigger
};

enum class Change : std::uint8_t {
  in_place,    // alter() wrote all the steps
  replace,     // only DROP and CREATE get there; the planner rebuilds what depends on it
};

struct Kind {
  const char* name;      // as pg_identify_object() calls its type: "table", "materialized view", "table constraint"
  std::uint32_t catalog; // class OID of its rows (e.g. RelationRelationId)
  Rank rank;

  // --- reading; may throw pg::Error, run under pg::Pinned ---
  // OIDs of all objects of this kind in the database, those of the system and of extensions included; nullptr: of all rows
  // of the catalog.
  std::vector<std::uint32_t> (*list)() = nullptr;
  // Is this row of `catalog` an object of this kind? nullptr: every row is. Cheap: asked for every touched address. Rows
  // that only belong to another object (index of a constraint, row type of a table, internal trigger) are not objects:
  // false here, and parts.cpp says whose they are.
  bool (*covers)(const pg::Row& row) = nullptr;
  // Body without the satellites (format, type, identity, schema, name, owner, acl, comment, labels, depends are added
  // by the caller) plus parts. Called only for an object of this kind.
  void (*describe)(std::uint32_t oid, Object& object);

  // --- writing; pure ---
  // How statements name it: "TABLE public.orders", "TRIGGER t ON public.orders", "CONSTRAINT c ON public.orders":
  // what follows COMMENT ON, SECURITY LABEL ON, ALTER … OWNER TO, ALTER … RENAME TO, ALTER … SET SCHEMA.
  std::string (*target)(const Json& body);
  // What follows GRANT … ON, when it differs from target(); nullptr: same as target (or the kind has no ACL).
  std::string (*grant_target)(const Json& body);
  void (*create)(const Object& to, Script& script);
  // From and to have the same kind; names and schemas are already equal (renames run before). Satellites are not its
  // business. Writes the steps, or says that only DROP and CREATE can do it (then what it wrote is thrown away).
  Change (*alter)(const Object& from, const Object& to, Script& script);
  void (*drop)(const Object& from, Script& script);
  // ALTER … RENAME TO when "ALTER <target> RENAME TO name" is not the syntax (nullptr: it is).
  void (*rename)(const Object& from, std::string_view new_name, Script& script);

  // What this server tells of such an object and an older one, which recorded it, did not: as this one has it by itself
  // (older.hpp). nullptr: there is nothing. Reads the catalogs.
  void (*complete)(Object& to, Beside& beside) = nullptr;

  // Is there an ALTER … SET SCHEMA for it (nullptr: there is)? Otherwise it is dropped and made again.
  bool (*moves)(const Json& body) = nullptr;

  // Objects that read differently when this one is made, altered or dropped, although no dependency is recorded (the
  // operators that name it as commutator). Called while the row exists; nullptr: there are none.
  std::vector<Address> (*entangled)(std::uint32_t oid) = nullptr;
  // Do rows of its catalog hold queries? What joins relations gives the columns aliases, and reads differently when one of
  // them has a column more.
  bool holds_queries = false;
};

// The explicit table of kinds, in rank order.
const std::vector<const Kind*>& kinds();
const Kind* kind_named(std::string_view name);               // nullptr when unknown
const Kind* kind_of(Address address);                        // reading; nullptr when no kind covers the row
bool holds_queries(std::uint32_t catalog);                   // Kind::holds_queries, of any kind

std::vector<std::uint32_t> rows_of(const Kind& kind);          // reading; Kind::list

// While one exists, kind_of() is worked out once for each address: for a time in which nobody changes the catalogs.
class KindsRemembered {
 public:
  KindsRemembered();
  ~KindsRemembered();
  KindsRemembered(const KindsRemembered&) = delete;
  KindsRemembered& operator=(const KindsRemembered&) = delete;

 private:
  std::map<Address, const Kind*> kinds_;
  std::map<Address, const Kind*>* outer_;
};

}  // namespace xc
