// The server's own text for things, under a Pinned scope: names come out schema-qualified and quoted.
#pragma once

#include <exception>
#include <optional>
#include <string>

#include "pg/call.hpp"

namespace pg {

// The server locks every relation that a query names before it deparses the query. Capture must never wait for a
// user's lock, nor ask for one while it holds the seal lock, so those locks are asked for without waiting first:
// Busy says that another transaction holds one of them exclusively.
class Busy : public std::exception {
 public:
  const char* what() const noexcept override { return "a relation is locked by another transaction"; }
};
// While this is true, as it is but where a commit is sealed, the deparse functions wait for locks as any statement does.
extern bool may_wait_for_locks;

// Keeps a relation as it is until the end of the transaction, without waiting. Busy also when it has just gone.
void keep_relation(Oid relation);

std::string object_identity(Oid catalog, Oid object);                  // getObjectIdentity(); "" when gone
std::string object_type(Oid catalog, Oid object);                      // "table", "function", …
std::string schema_name(Oid schema);                                   // quoted; "" when gone
std::string role_name(Oid role);                                       // quoted; "public" for InvalidOid; "" when gone
std::string relation_name(Oid relation);                               // qualified and quoted; "" when gone
std::string function_name(Oid function);                               // qualified and quoted, no arguments
std::string function_signature(Oid function);                          // regprocedure, qualified
std::string type_name(Oid type, int typmod = -1);                      // format_type with schema
std::string collation_name(Oid collation);                             // qualified
std::string opclass_name(Oid opclass);                                 // qualified
std::string operator_signature(Oid oper);                              // regoperator, qualified
std::string tablespace_name(Oid tablespace);                           // quoted; "" for the database's default
std::string access_method_name(Oid method);
std::string column_name(Oid relation, int attribute);                  // quoted

// pg_get_expr, not pretty. holder: the row that the expression stands in, when it can hold a query (a policy's can).
std::string expression(Datum node_tree, Oid relation, std::optional<ObjectAddress> holder = std::nullopt);
std::string view_definition(Oid view);                                 // pg_get_viewdef(oid) as pg_dump asks for it, no final ";"
std::string rule_definition(Oid rule);
std::string index_definition(Oid index);
std::string constraint_definition(Oid constraint);
std::string trigger_definition(Oid trigger);                           // as pg_dump asks for it (pretty = false)
std::string statistics_definition(Oid statistics);
std::string partition_key(Oid relation);
std::string function_definition(Oid function);                         // pg_get_functiondef
std::string function_arguments(Oid function);                          // with defaults
std::string function_identity_arguments(Oid function);
std::string function_result(Oid function);
std::optional<std::string> function_sql_body(Oid function);            // pg_get_function_sqlbody
std::string text_output(Oid type, Datum value);                        // the type's output function

}  // namespace pg
