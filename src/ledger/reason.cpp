// See reason.hpp.
#include "ledger/reason.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "capture/settings.hpp"
#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "ledger/ledger.hpp"
#include "ledger/note.hpp"
#include "ledger/reading.hpp"
#include "pg/encoding.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

extern "C" {
#include "utils/inval.h"
}

namespace xc::ledger {

namespace {

constexpr std::string_view blank = " \t\r\n\f\v";
constexpr std::string_view placeholders[] = {"test",  "testing", "tests", "none", "null", "nil",  "todo", "tbd",    "tba",  "fixme", "wip",  "temp",
                                             "tmp",   "foo",     "bar",   "baz",  "asdf", "qwer", "qwerty", "reason", "why",  "because", "change",
                                             "changes", "update", "fix",  "misc", "stuff", "something", "whatever", "nothing", "no reason", "placeholder", "xxx"};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) + 1 - first);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

// ---- rules ----

enum RuleColumn { r_object = 1, r_level, r_set_at, r_set_by };

using Rules = std::map<std::string, std::string, std::less<>>;

// Read once a backend, and again after somebody has set one.
struct Known {
  Oid table = InvalidOid;
  bool watched = false;
  std::optional<Rules> rules;
};

Known& known() {
  static Known instance;
  return instance;
}

extern "C" {
static void xc_forget_rules(Datum, Oid relation) {
  if (relation == InvalidOid || relation == known().table) known().rules.reset();
}
}

Oid rule_table() { return pg::relation_named("xconnect", "reason_rule"); }

const Rules& rules() {
  if (known().rules) return *known().rules;
  static const Rules none;
  const Oid table = rule_table();
  if (!OidIsValid(table)) return none;
  if (!known().watched) pg::call([] { CacheRegisterRelcacheCallback(xc_forget_rules, 0); });
  known().watched = true;
  known().table = table;
  auto rows = pg::table_scan(table);
  std::stable_sort(rows.begin(), rows.end(), [](const pg::Row& a, const pg::Row& b) {
    return DatumGetInt64(a.datum(r_set_at)) < DatumGetInt64(b.datum(r_set_at));
  });
  Rules all;
  for (const pg::Row& row : rows) {
    if (row.null(r_level)) all.erase(row.text(r_object));
    else all[row.text(r_object)] = row.text(r_level);
  }
  return known().rules.emplace(std::move(all));
}

ReasonLevel level_of(std::string_view name) { return name == "on" ? reason_on : name == "warn" ? reason_warn : reason_off; }

// "table public.orders", "trigger audit on public.orders" -> "public.orders"
std::string_view relation_in(std::string_view key) {
  key = key.substr(0, sql::find_unquoted(key, "("));
  key = key.substr(0, sql::find_unquoted(key, " USING "));
  for (std::size_t space = sql::find_unquoted(key, " "); space != std::string_view::npos; space = sql::find_unquoted(key, " ")) key.remove_prefix(space + 1);
  return key;
}

std::string schema_rule(std::string_view key) {
  const std::string_view relation = relation_in(key);
  const std::size_t dot = sql::find_unquoted(relation, ".");
  return dot == std::string_view::npos ? std::string() : "schema " + std::string(relation.substr(0, dot));
}

// What stands on a table is part of it.
std::string whole_rule(std::string_view key) {
  if (sql::find_unquoted(key, " on ") == std::string_view::npos) return {};
  return "table " + std::string(relation_in(key));
}

}  // namespace

std::string reason_in(std::string_view statement) {
  for (;;) {
    statement = trimmed(statement);
    if (!statement.starts_with("/*")) return {};
    const std::size_t end = statement.find("*/");
    if (end == std::string_view::npos) return {};
    const std::string_view comment = trimmed(statement.substr(2, end - 2));
    constexpr std::string_view mark = "reason:";
    if (lower(comment.substr(0, mark.size())) == mark) return std::string(trimmed(comment.substr(mark.size())));
    statement.remove_prefix(end + 2);
  }
}

bool is_real_reason(std::string_view reason) {
  const std::string text = lower(trimmed(reason));
  std::string letters;
  for (const char c : text) {
    if (is_letter(c) || (c == ' ' && !letters.empty())) letters += c;
  }
  const std::string_view words = trimmed(letters);
  if (words.size() < 3) return false;
  if (words.find_first_not_of(words.front()) == std::string_view::npos) return false;
  return std::find(std::begin(placeholders), std::end(placeholders), words) == std::end(placeholders);
}

void set_reason_rule(const std::string& key, const std::string& level) {
  if (level != "off" && level != "warn" && level != "on" && level != "default") {
    throw Refusal(code::invalid_parameter, fmt::format("\"{}\" is not a level", level))
        .detail("It is off, warn, on, or default: as the setting xconnect.require_reason says.")
        .hint(fmt::format("SELECT xc_require_reason({}, 'on');", sql::literal(key)));
  }
  const Change me = describe_session();
  add_row("reason_rule", {pg::arg(key), level == "default" ? pg::null_arg() : pg::arg(level), pg::arg_time(pg::now()), pg::arg(me.author)},
          Chain::linked);
  const Oid table = rule_table();
  pg::call([&] { CacheInvalidateRelcacheByRelid(table); });
  known().rules.reset();
}

bool has_reason_rules() { return !rules().empty(); }

ReasonLevel level_for(const std::vector<std::string>& keys) {
  const auto setting = static_cast<ReasonLevel>(capture::settings.require_reason);
  if (rules().empty()) return keys.empty() ? reason_off : setting;
  ReasonLevel strictest = reason_off;
  for (const std::string& key : keys) {
    ReasonLevel level = setting;
    for (const std::string& rule : {key, whole_rule(key), schema_rule(key)}) {
      const auto found = rule.empty() ? rules().end() : rules().find(rule);
      if (found == rules().end()) continue;
      level = level_of(found->second);
      break;
    }
    strictest = std::max(strictest, level);
  }
  return strictest;
}

}  // namespace xc::ledger
