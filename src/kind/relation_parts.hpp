// What several kinds around a relation share: storage parameters, the attributes of constraints, and the properties of
// an index, which belong to the index or to the constraint that it backs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kind/kind.hpp"

namespace xc {

bool take_prefix(std::string& text, std::string_view prefix);
bool take_suffix(std::string& text, std::string_view suffix);

// --- storage parameters: ["fillfactor=70", …] in catalog order ---
Json read_options(std::optional<std::uintptr_t> reloptions);
std::string with_clause(const Json& options);  // " WITH (…)" or ""
// alter: "ALTER INDEX public.i"; prefix: "toast." or nothing.
void write_option_steps(const Json& from, const Json& to, const std::string& alter, Script& script,
                        const std::string& prefix = {});

// --- constraints ---
// Moves deferrability and NOT VALID from the end of the definition into members of the body, and back.
void take_constraint_attributes(std::uint32_t constraint, std::string& definition, Json& body);
std::string constraint_attributes(const Json& body);
void rename_constraint(const Object& from, std::string_view new_name, Script& script);
// "ALTER TABLE t <verb> CONSTRAINT c"
std::string constraint_statement(const Json& body, std::string_view verb);

// --- indexes ---
// Does pg_dump print it: ready, valid unless it is on a partitioned table, and not of a TOAST table.
bool index_is_dumped(std::uint32_t index);
// options, tablespace, clustered, replica_identity, statistics ({"column number": target}), attached_to (the parent
// index), partitioned.
Json read_index(std::uint32_t index);
// Cuts WITH and WHERE off the end of the definition of an index or exclusion constraint; returns the predicate as it
// follows WHERE. When the text does not end as expected it is left whole, and the options leave the properties.
std::string take_index_tail(std::uint32_t index, std::string& definition, Json& properties, bool parenthesised);
// WITH, tablespace and WHERE in the order of the grammar. tablespace_words: " TABLESPACE ", " USING INDEX TABLESPACE ".
std::string index_tail(const Json& properties, const Json& predicate, std::string_view tablespace_words);

struct IndexNames {
  std::string qualified, bare, table;
};
// The steps between two values of the properties; for a new index those that CREATE does not bring about.
Change write_index_steps(const Json& from, const Json& to, const IndexNames& names, Script& script);
void write_new_index_steps(const Json& to, const IndexNames& names, Script& script);
// Takes an index (qualified) out of the partitioned table's index that it is part of.
void write_index_detachment(const std::string& index, Stage stage, Script& script);

}  // namespace xc
