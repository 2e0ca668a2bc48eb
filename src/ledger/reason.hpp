// Reasons: where a statement says one, which are real, and where one is required.
#pragma once

#include <string>
#include <string_view>
#include <vector>

struct Node;

namespace xc::ledger {

enum ReasonLevel { reason_off, reason_warn, reason_on };

// Of a comment in front of the statement: /* reason: … */; "" when it has none.
std::string reason_in(std::string_view statement);
// Somebody's words, not nothing and not a placeholder ("-", "x", "test").
bool is_real_reason(std::string_view reason);

// Sets the level for a schema or object by its key; "default" removes it.
void set_reason_rule(const std::string& key, const std::string& level);
// Does this database have such rules? Known without reading, until one is set.
bool has_reason_rules();
// What is required of a change of these objects ("table public.orders"): the strictest of the levels that the rules for the
// object, else those for its schema, else the setting, give.
ReasonLevel level_for(const std::vector<std::string>& keys);

}  // namespace xc::ledger
