// Every catalog whose rows pg_dump prints and that may have no kind, or not one for all of its rows. Whether a row is
// covered is asked of the table of kinds, so a new kind takes its objects off this list by itself.
#include "verify/uncovered.hpp"

#include <fmt/format.h>

#include "kind/parts.hpp"
#include "pg/deparse.hpp"
#include "pg/query.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_cast.h"
#include "catalog/pg_conversion.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_transform.h"
}

namespace xc::verify {
namespace {

struct Source {
  const char* label;
  Oid catalog;       // InvalidOid: no kind can cover them, and no extension can own them
  const char* rows;  // what follows "SELECT x.oid FROM pg_catalog."; x is the catalog
};

constexpr Source sources[] = {
    {"access methods", AccessMethodRelationId, "pg_am x WHERE true"},
    {"aggregate functions", ProcedureRelationId, "pg_proc x WHERE prokind = 'a'"},
    {"base types", TypeRelationId,
     "pg_type x WHERE typtype = 'b' AND typisdefined AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = x.oid)"},
    {"casts", CastRelationId, "pg_cast x WHERE true"},
    {"collations", CollationRelationId, "pg_collation x WHERE true"},
    {"conversions", ConversionRelationId, "pg_conversion x WHERE true"},
    {"event triggers", EventTriggerRelationId, "pg_event_trigger x WHERE true"},
    {"foreign data wrappers", ForeignDataWrapperRelationId, "pg_foreign_data_wrapper x WHERE true"},
    {"foreign servers", ForeignServerRelationId, "pg_foreign_server x WHERE true"},
    {"foreign tables", RelationRelationId, "pg_class x WHERE relkind = 'f'"},
    {"functions and procedures", ProcedureRelationId, "pg_proc x WHERE prokind <> 'a'"},
    {"indexes, sequences, tables and views", RelationRelationId, "pg_class x WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'i', 'I')"},
    {"languages", LanguageRelationId, "pg_language x WHERE true"},
    {"large objects", InvalidOid, "pg_largeobject_metadata x WHERE true"},
    {"operator classes", OperatorClassRelationId, "pg_opclass x WHERE true"},
    {"operator families", OperatorFamilyRelationId, "pg_opfamily x WHERE true"},
    {"operators", OperatorRelationId, "pg_operator x WHERE true"},
    {"publications", PublicationRelationId, "pg_publication x WHERE true"},
    {"shell types", TypeRelationId, "pg_type x WHERE NOT typisdefined"},
    {"subscriptions", SubscriptionRelationId,
     "pg_subscription x WHERE subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())"},
    {"text search configurations", TSConfigRelationId, "pg_ts_config x WHERE true"},
    {"text search dictionaries", TSDictionaryRelationId, "pg_ts_dict x WHERE true"},
    {"text search parsers", TSParserRelationId, "pg_ts_parser x WHERE true"},
    {"text search templates", TSTemplateRelationId, "pg_ts_template x WHERE true"},
    {"transforms", TransformRelationId, "pg_transform x WHERE true"},
    {"types", TypeRelationId,
     "pg_type x WHERE typtype IN ('c', 'd', 'e', 'r', 'm') AND typisdefined AND"
     " (typrelid = 0 OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = x.typrelid AND c.relkind = 'c'))"},
    {"user mappings", UserMappingRelationId, "pg_user_mapping x WHERE true"},
};
constexpr std::size_t most_examples = 3;

// Ours, the system's, an extension's and temporary ones are known to parts.cpp.
bool is_uncovered(Address address) {
  return !OidIsValid(address.catalog) || (!owner_of(address) && why_untracked(address) == Untracked::unsupported);
}

std::string name_of(Address address) {
  if (!OidIsValid(address.catalog)) return std::to_string(address.object);
  return pg::object_identity(address.catalog, address.object);
}

}  // namespace

std::vector<Uncovered> uncovered() {
  std::vector<Uncovered> result;
  for (const Source& source : sources) {
    Uncovered found{source.label, 0, {}};
    for (const pg::Fields& row : pg::query(fmt::format("SELECT x.oid FROM pg_catalog.{} AND x.oid >= {} ORDER BY 1",
                                                       source.rows, static_cast<unsigned>(FirstNormalObjectId)))) {
      const Address address{source.catalog, static_cast<std::uint32_t>(std::stoul(*row[0]))};
      if (!is_uncovered(address)) continue;
      if (++found.count <= most_examples) found.examples += (found.count == 1 ? "" : ", ") + name_of(address);
    }
    if (found.count > most_examples) found.examples += ", ...";
    if (found.count > 0) result.push_back(std::move(found));
  }
  return result;
}

}  // namespace xc::verify
