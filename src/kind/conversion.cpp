// Conversions between encodings.
#include <fmt/format.h>

#include "core/sql.hpp"
#include "kind/difference.hpp"
#include "kind/kind.hpp"
#include "kind/whole.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_conversion.h"
#include "mb/pg_wchar.h"
}

namespace xc {

namespace {

std::string encoding(int number) { return pg::call([&] { return pg_encoding_to_char(number); }); }

void describe(std::uint32_t oid, Object& object) {
  const pg::Row row = pg::row_of(ConversionRelationId, oid).value();
  const auto& form = row.form<FormData_pg_conversion>();
  object.body.set("default", form.condefault);
  object.body.set("from", encoding(form.conforencoding));
  object.body.set("to", encoding(form.contoencoding));
  object.body.set("function", pg::function_name(form.conproc));
}

std::string target(const Json& body) { return "CONVERSION " + qualified_name(body); }

void create(const Object& to, Script& script) {
  const Json& body = to.body;
  write_creation(fmt::format("CREATE {}{} FOR {} TO {} FROM {}", body["default"].truth() ? "DEFAULT " : "", target(body),
                             sql::literal(body["from"].str()), sql::literal(body["to"].str()), body["function"].str()),
                 script);
}

}  // namespace

extern const Kind conversion_kind;
constinit const Kind conversion_kind = {
    .name = "conversion",
    .catalog = ConversionRelationId,
    .rank = Rank::conversion,
    .describe = describe,
    .target = target,
    .grant_target = nullptr,
    .create = create,
    .alter = alter_nothing,
    .drop = drop_target,
    .rename = nullptr,
};

}  // namespace xc
