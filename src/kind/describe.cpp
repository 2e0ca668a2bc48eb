// Reads one object whole: the kind's own body, what identifies it (through the server's own table of object
// properties, so that nothing here names a kind), and its satellites.
#include "kind/describe.hpp"

#include <array>
#include <string>
#include <string_view>

#include "core/refusal.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

namespace xc {

namespace {

constexpr int body_format = 1;

void add_name(const pg::Row& row, Object& object) {
  const Oid catalog = object.address.catalog;
  const AttrNumber schema = pg::call([&] { return get_object_attnum_namespace(catalog); });
  const AttrNumber name = pg::call([&] { return get_object_attnum_name(catalog); });
  if (schema != InvalidAttrNumber) {
    object.body.set("schema", pg::schema_name(DatumGetObjectId(row.datum(schema))));
  }
  if (name != InvalidAttrNumber) object.body.set("name", pg::quoted(row.text(name)));
}

// Members that are the same for all kinds; a kind that sets one itself would lose it.
void check_members(const Object& object) {
  constexpr std::array<std::string_view, 7> satellites = {"owner", "acl", "comment", "labels", "depends", "default_depends",
                                                          "depends_on_extensions"};
  for (const std::string_view member : satellites) {
    if (!object.body.has(member)) continue;
    throw Refusal(code::internal, "kind \"" + std::string(object.kind->name) + "\" sets the member \"" +
                                      std::string(member) + "\", which is not its own");
  }
}

}  // namespace

std::optional<Object> describe(Address address) {
  const Kind* kind = kind_of(address);
  if (kind == nullptr) return {};
  const std::optional<pg::Row> row = pg::row_of(address.catalog, address.object);
  if (!row) return {};

  Object object;
  object.kind = kind;
  object.address = address;
  object.body = Json::object();
  object.body.put("format", body_format);
  object.body.put("type", kind->name);
  object.body.put("identity", pg::object_identity(address.catalog, address.object));
  add_name(*row, object);
  kind->describe(address.object, object);
  check_members(object);
  add_satellites(object);
  return object;
}

}  // namespace xc
