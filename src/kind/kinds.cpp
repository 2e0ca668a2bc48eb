// The explicit table of kinds, and the three ways to find one. A new kind is declared and listed here.
#include <algorithm>
#include <optional>

#include "kind/kind.hpp"
#include "pg/catalog.hpp"

namespace xc {

extern const Kind schema_kind, extension_kind, enum_kind, composite_kind, domain_kind, range_kind, function_kind,
    procedure_kind, sequence_kind, table_kind, view_kind, materialized_view_kind, constraint_kind, index_kind,
    statistics_kind, foreign_key_kind, rule_kind, trigger_kind, policy_kind, default_acl_kind,
    text_search_parser_kind, text_search_template_kind, text_search_dictionary_kind, text_search_configuration_kind,
    language_kind, collation_kind, transform_kind, cast_kind, aggregate_kind, access_method_kind, conversion_kind,
    operator_kind, operator_family_kind, operator_class_kind, base_type_kind,
    foreign_data_wrapper_kind, server_kind, user_mapping_kind, foreign_table_kind, publication_kind, subscription_kind,
    event_trigger_kind;

const std::vector<const Kind*>& kinds() {
  static const std::vector<const Kind*> table = {
      &schema_kind,     &language_kind,  &collation_kind, &transform_kind,         //
      &extension_kind,                                                             //
      &enum_kind,       &composite_kind, &domain_kind, &range_kind, &cast_kind,    //
      &base_type_kind,                                                             //
      &function_kind,   &procedure_kind, &aggregate_kind,                          //
      &access_method_kind, &operator_kind, &operator_family_kind,                  //
      &operator_class_kind, &conversion_kind,                                      //
      &text_search_parser_kind, &text_search_template_kind,                        //
      &text_search_dictionary_kind, &text_search_configuration_kind,               //
      &foreign_data_wrapper_kind, &server_kind, &user_mapping_kind,                //
      &sequence_kind,   &table_kind,     &view_kind,   &materialized_view_kind,    //
      &foreign_table_kind,                                                         //
      &constraint_kind, &index_kind,     &statistics_kind, &foreign_key_kind,      //
      &rule_kind,       &trigger_kind,   &policy_kind,                             //
      &publication_kind, &subscription_kind,                                       //
      &default_acl_kind, &event_trigger_kind,
  };
  return table;
}

const Kind* kind_named(std::string_view name) {
  for (const Kind* kind : kinds()) {
    if (kind->name == name) return kind;
  }
  return nullptr;
}

namespace {

constinit std::map<Address, const Kind*>* remembered = nullptr;  // null: nothing is remembered

const Kind* find_kind(Address address) {
  std::optional<pg::Row> row;
  for (const Kind* kind : kinds()) {
    if (kind->catalog != address.catalog) continue;
    if (!row) row = pg::row_of(address.catalog, address.object);
    if (!row) return nullptr;
    if (kind->covers == nullptr || kind->covers(*row)) return kind;
  }
  return nullptr;
}

}  // namespace

const Kind* kind_of(Address address) {
  if (remembered == nullptr) return find_kind(address);
  const auto known = remembered->find(address);
  if (known != remembered->end()) return known->second;
  const Kind* kind = find_kind(address);
  remembered->emplace(address, kind);
  return kind;
}

bool holds_queries(std::uint32_t catalog) {
  return std::any_of(kinds().begin(), kinds().end(), [&](const Kind* kind) { return kind->catalog == catalog && kind->holds_queries; });
}

std::vector<std::uint32_t> rows_of(const Kind& kind) {
  return kind.list == nullptr ? pg::oids_of(kind.catalog) : kind.list();
}

KindsRemembered::KindsRemembered() : outer_(remembered) { remembered = &kinds_; }
KindsRemembered::~KindsRemembered() { remembered = outer_; }

}  // namespace xc
