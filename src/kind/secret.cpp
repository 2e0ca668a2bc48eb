// Marks instead of secrets; see secret.hpp.
#include "kind/secret.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include <fmt/format.h>

#include "core/hash.hpp"
#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "pg/catalog.hpp"
#include "pg/scope.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/xact.h"
#include "common/hmac.h"
#include "common/sha2.h"
#include "utils/guc.h"
}

namespace xc {

namespace {

constexpr std::string_view prefix = "xconnect-secret:";
constexpr std::size_t digest_digits = PG_SHA256_DIGEST_LENGTH * 2;

constexpr std::array<std::string_view, 10> words = {"pass",        "pwd",        "secret",  "token",  "credential",
                                                    "private_key", "access_key", "api_key", "apikey", "account_key"};

bool contains_word(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

// Says whether there has to be one: postgres_fdw's password_required.
constexpr std::string_view flag_suffix = "_required";

std::string key() {
  const Oid table = pg::relation_named("xconnect", "secret_key");
  const auto rows = OidIsValid(table) ? pg::table_scan(table) : std::vector<pg::Row>();
  if (rows.size() == 1) return rows.front().text(1);
  throw Refusal(code::internal, "the key for the digests of secrets is missing")
      .detail("xconnect.secret_key must have one row.")
      .hint("SELECT * FROM xc_verify();");
}

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

// --- statements ---

// Calls `visit` for every literal of the statement and puts what it returns in its place.
std::string with_literals(const std::string& sql, const std::function<std::string(const std::string&)>& visit) {
  std::string out;
  for (std::size_t i = 0; i < sql.size();) {
    const char quote = sql[i];
    if (quote != '\'' && quote != '"') {
      out += sql[i++];
      continue;
    }
    std::string value;
    std::size_t end = i + 1;
    for (; end < sql.size(); ++end) {
      if (sql[end] == quote && (end + 1 == sql.size() || sql[end + 1] != quote)) break;
      if (sql[end] == quote) ++end;
      value += sql[end];
    }
    const std::size_t length = std::min(end + 1, sql.size()) - i;
    out += quote == '"' ? sql.substr(i, length) : visit(value);
    i += length;
  }
  return out;
}

}  // namespace

bool names_a_secret(std::string_view option) { return contains_word(option) && !option.ends_with(flag_suffix); }

bool holds_a_secret(std::string_view connection) {
  const std::size_t scheme = connection.find("://");
  const bool names_a_user = scheme != std::string_view::npos && connection.find('@', scheme) != std::string_view::npos;
  return names_a_user || contains_word(connection);
}

void make_secret_key() {
  std::array<char, PG_SHA256_DIGEST_LENGTH> random;
  pg::call([&] {
    if (!pg_strong_random(random.data(), random.size())) ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values")));
  });
  pg::Appender(pg::relation_named("xconnect", "secret_key")).row({pg::arg_bytes({random.data(), random.size()})});
  pg::call([] { CommandCounterIncrement(); });
}

std::string mark_of(std::string_view value) {
  const std::string secret_key = key();
  std::array<std::uint8_t, PG_SHA256_DIGEST_LENGTH> digest{};
  const bool done = pg::call([&] {
    pg_hmac_ctx* context = pg_hmac_create(PG_SHA256);
    if (context == nullptr) return false;
    const bool ok = pg_hmac_init(context, bytes_of(secret_key), secret_key.size()) >= 0 &&
                    pg_hmac_update(context, bytes_of(value), value.size()) >= 0 &&
                    pg_hmac_final(context, digest.data(), digest.size()) >= 0;
    pg_hmac_free(context);
    return ok;
  });
  if (!done) throw Refusal(code::internal, "could not compute the digest of a secret");
  std::string mark(prefix);
  for (const std::uint8_t byte : digest) mark += fmt::format("{:02x}", byte);
  return mark;
}

bool is_mark(std::string_view text) {
  if (!text.starts_with(prefix) || text.size() != prefix.size() + digest_digits) return false;
  return text.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos;
}

// --- known values ---

namespace {

using Take = std::function<void(std::string value)>;

void take_options(const std::optional<Datum>& options, const Take& take) {
  if (!options) return;
  for (const std::string& option : pg::text_array(*options)) {
    const std::size_t equals = option.find('=');
    if (equals == std::string::npos) continue;
    std::string value = option.substr(equals + 1);
    if (names_a_secret(std::string_view(option).substr(0, equals)) || is_mark(value)) take(std::move(value));
  }
}

void take_columns_options(Oid relation, const Take& take) {
  for (const pg::Row& row : pg::scan(AttributeRelationId, AttributeRelidNumIndexId,
                                     {pg::oid_key(Anum_pg_attribute_attrelid, relation)})) {
    take_options(row.maybe(Anum_pg_attribute_attfdwoptions), take);
  }
}

struct Source {
  Oid catalog;
  int options;
};
constexpr std::array<Source, 4> sources = {{
    {ForeignDataWrapperRelationId, Anum_pg_foreign_data_wrapper_fdwoptions},
    {ForeignServerRelationId, Anum_pg_foreign_server_srvoptions},
    {UserMappingRelationId, Anum_pg_user_mapping_umoptions},
    {ForeignTableRelationId, Anum_pg_foreign_table_ftoptions},
}};

void take_settings(const Take& take) {
  const char* setting = pg::call([] { return GetConfigOption("xconnect.secrets", true, false); });
  if (setting == nullptr) return;
  std::string_view rest(setting);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    take(std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace

void Secrets::add(std::string value) {
  std::string mark = mark_of(value);
  values_.insert_or_assign(std::move(mark), std::move(value));
}

Secrets Secrets::known() {
  Secrets secrets;
  const Take take = [&](std::string value) { secrets.add(std::move(value)); };
  for (const Source& source : sources) {
    for (const pg::Row& row : pg::scan(source.catalog, InvalidOid, {})) {
      take_options(row.maybe(source.options), take);
      if (source.catalog == ForeignTableRelationId) {
        take_columns_options(row.form<FormData_pg_foreign_table>().ftrelid, take);
      }
    }
  }
  for (const pg::Row& row : pg::scan(SubscriptionRelationId, InvalidOid, {})) {
    if (row.form<FormData_pg_subscription>().subdbid != MyDatabaseId) continue;
    take(row.text(Anum_pg_subscription_subconninfo));
  }
  take_settings(take);
  return secrets;
}

std::vector<std::string> Secrets::missing(const Step& step) const {
  std::vector<std::string> names;
  for (const Step::Secret& secret : step.secrets) {
    if (!values_.contains(secret.mark)) names.push_back(secret.name);
  }
  return names;
}

// Only marks that the kind itself has put there count: a text that somebody made to look like one is left alone, and a
// statement with such a text does not run.
std::string Secrets::fill_in(const Step& step) const {
  std::size_t filled = 0;
  std::string sql = with_literals(step.sql, [&](const std::string& text) {
    const auto value = is_mark(text) ? values_.find(text) : values_.end();
    if (value == values_.end()) return sql::literal(text);
    ++filled;
    return sql::literal(value->second);
  });
  if (filled == step.secrets.size()) return sql;
  throw Refusal(code::unsupported, "a text in the statement looks like the mark of a secret").detail(step.sql);
}

std::string with_blanks(const Step& step) {
  return with_literals(step.sql, [](const std::string& text) { return sql::literal(is_mark(text) ? "..." : text); });
}

}  // namespace xc
