// See layout.hpp.
#include "vault/layout.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "capture/touched.hpp"
#include "core/refusal.hpp"
#include "ledger/ledger.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "vault/carry.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/transam.h"
#include "access/tupdesc_details.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
}

namespace xc::vault {

namespace {

struct Shape {
  std::int16_t length;
  bool by_value;
  char align;
  Oid type;
};

// One for every shape that built-in types have.
constexpr Shape shapes[] = {
    {-1, false, TYPALIGN_INT, BYTEAOID},    {-1, false, TYPALIGN_DOUBLE, PATHOID},    {1, true, TYPALIGN_CHAR, CHAROID},
    {2, true, TYPALIGN_SHORT, INT2OID},     {4, true, TYPALIGN_INT, INT4OID},         {8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, INT8OID},
    {6, false, TYPALIGN_SHORT, TIDOID},     {6, false, TYPALIGN_INT, MACADDROID},     {8, false, TYPALIGN_INT, MACADDR8OID},
    {12, false, TYPALIGN_DOUBLE, TIMETZOID}, {12, false, TYPALIGN_INT, ACLITEMOID},   {16, false, TYPALIGN_CHAR, UUIDOID},
    {16, false, TYPALIGN_DOUBLE, INTERVALOID}, {24, false, TYPALIGN_DOUBLE, CIRCLEOID}, {32, false, TYPALIGN_DOUBLE, BOXOID},
    {64, false, TYPALIGN_CHAR, NAMEOID},
};

// Types that no release changes the values of, and that no other version refuses.
constexpr Oid plain_types[] = {
    BOOLOID, BYTEAOID, CHAROID, NAMEOID, INT2OID, INT4OID, INT8OID, OIDOID, FLOAT4OID, FLOAT8OID, NUMERICOID, TEXTOID, VARCHAROID, BPCHAROID,
    DATEOID, TIMEOID, TIMETZOID, TIMESTAMPOID, TIMESTAMPTZOID, INTERVALOID, UUIDOID, INETOID, CIDROID, MACADDROID, MACADDR8OID,
    BITOID, VARBITOID, JSONBOID, TSVECTOROID, POINTOID, BOXOID, POLYGONOID, CIRCLEOID,
};

std::vector<pg::Row> columns_of(Oid relation) {
  std::vector<pg::Row> columns;
  for (int number = 1;; ++number) {
    auto row = pg::attribute(relation, number);
    if (!row) return columns;
    columns.push_back(*row);
  }
}

}  // namespace

Oid type_in_values(Oid type) {
  for (;;) {
    const auto row = type < FirstNormalObjectId ? std::nullopt : pg::find(TYPEOID, type);
    if (!row || row->form<FormData_pg_type>().typtype != TYPTYPE_DOMAIN) return type;
    type = row->form<FormData_pg_type>().typbasetype;
  }
}

Oid stand_in(const FormData_pg_attribute& column) {
  for (const Shape& shape : shapes) {
    if (shape.length == column.attlen && shape.by_value == column.attbyval && shape.align == column.attalign) return shape.type;
  }
  return InvalidOid;
}

bool is_own_stand_in(const FormData_pg_attribute& column) {
  return !column.attisdropped && std::find(std::begin(plain_types), std::end(plain_types), column.atttypid) != std::end(plain_types);
}

TupleDesc stand_ins(Relation relation, const std::set<AttrNumber>& own) {
  const TupleDesc from = RelationGetDescr(relation);
  return pg::call([&] {
    TupleDesc desc = CreateTemplateTupleDesc(from->natts);
    for (int i = 0; i < from->natts; ++i) {
      char name[NAMEDATALEN] = "column_";
      pg_lltoa(i + 1, name + strlen(name));
      const auto number = static_cast<AttrNumber>(i + 1);
      const auto& column = *TupleDescAttr(from, i);
      TupleDescInitEntry(desc, number, name, own.contains(number) ? column.atttypid : stand_in(column), -1, 0);
    }
    return desc;
  });
}

bool has_stand_ins(Oid relation) {
  for (const pg::Row& row : columns_of(relation)) {
    if (!OidIsValid(stand_in(row.form<FormData_pg_attribute>()))) return false;
  }
  return true;
}

namespace {

// The type of a column's values. One that was dropped in this transaction (a DROP that takes the table along can take
// its identity column first) is there all the same, as long as nothing has rewritten the table since.
Oid type_of_values(const FormData_pg_attribute& column, Oid file) {
  if (!column.attisdropped) return column.atttypid;
  const auto& dropped = capture::touched().dropped_columns();
  const auto noted = dropped.find({column.attrelid, column.attnum});
  if (noted == dropped.end() || noted->second.file != file || noted->second.missing) return InvalidOid;
  return noted->second.type;
}

// Whose OIDs values of a type can hold, of the user's types: those of enums are OIDs of labels.
void add_types_held(Oid type, bool as_element, std::set<Oid>& held) {
  const auto row = type < FirstNormalObjectId ? std::nullopt : pg::find(TYPEOID, type);
  if (!row) return;
  const auto& form = row->form<FormData_pg_type>();
  const bool is_array = form.typtype == TYPTYPE_BASE && OidIsValid(form.typelem);
  const bool names_itself = form.typtype != TYPTYPE_DOMAIN || as_element;
  if (is_array) return add_types_held(form.typelem, true, held);
  if (names_itself && !held.insert(type).second) return;
  switch (form.typtype) {
    case TYPTYPE_DOMAIN: return add_types_held(form.typbasetype, as_element, held);
    case TYPTYPE_RANGE: return add_types_held(pg::call([&] { return get_range_subtype(type); }), false, held);
    case TYPTYPE_MULTIRANGE: return add_types_held(pg::call([&] { return get_multirange_range(type); }), false, held);
    case TYPTYPE_COMPOSITE:
      for (const pg::Row& column : columns_of(form.typrelid)) add_types_held(column.form<FormData_pg_attribute>().atttypid, false, held);
      return;
    default: return;
  }
}

Json described(const FormData_pg_attribute& column) {
  Json json = Json::object();
  json.set("modifier", std::int64_t{column.atttypmod}).set("dimensions", std::int64_t{column.attndims});
  if (OidIsValid(column.attcollation)) json.set("collation", std::int64_t{column.attcollation});
  return json;
}

Json live(const FormData_pg_attribute& column, Oid declared) {
  Json json = described(column);
  if (!column.attisdropped) json.set("name", pg::name_of(column.attname));
  const Oid type = type_in_values(declared);
  json.set("type", std::int64_t{type});
  // An array does not know its own type, but that of its elements.
  const Oid element = pg::call([&] { return get_element_type(type); });
  if (OidIsValid(element)) json.set("element", std::int64_t{element});
  std::set<Oid> held;
  add_types_held(declared, false, held);
  if (held.empty()) return json;
  Json holds = Json::array();
  for (const Oid one : held) holds.push(std::int64_t{one});
  return json.set("holds", std::move(holds));
}

Json dead(const FormData_pg_attribute& column) { return described(column).set("dropped", true); }

}  // namespace

Json layout_of(Oid relation, const std::vector<std::int64_t>& parts) {
  const auto table = pg::find(RELOID, relation);
  Json layout = Json::array();
  if (!table) return layout;
  std::map<int, Json> carried;
  for (const Carried& one : carried_when_dropped(relation)) {
    carried.emplace(one.column, Json::object().set("of", std::int64_t{one.of}).set("bytes", one.bytes).set("since", one.since).set("key", one.key));
  }
  for (const pg::Row& row : columns_of(relation)) {
    const auto& form = row.form<FormData_pg_attribute>();
    const bool at_head = std::find(parts.begin(), parts.end(), std::int64_t{form.attnum}) != parts.end();
    const Oid type = at_head ? type_of_values(form, table->form<FormData_pg_class>().relfilenode) : InvalidOid;
    Json column = OidIsValid(type) ? live(form, type) : dead(form);
    if (const auto found = carried.find(form.attnum); found != carried.end()) column.set("carried", found->second);
    layout.push(std::move(column));
  }
  return layout;
}

Json versions_of(Oid relation) {
  Json versions = Json::array();
  for (const pg::Row& row : columns_of(relation)) versions.push(pg::attribute_version(row));
  return versions;
}

std::vector<Gap> gaps_of(const Json& layout, Oid store) {
  std::vector<Gap> gaps;
  for (const pg::Row& row : columns_of(store)) {
    const auto& form = row.form<FormData_pg_attribute>();
    const auto number = static_cast<std::size_t>(form.attnum);
    if (number > layout.items().size() || !layout.items()[number - 1]["dropped"].truth()) continue;
    gaps.push_back({number, pg::type_name(form.atttypid)});
  }
  return gaps;
}

Datum as_stand_in(Datum array, const FormData_pg_attribute& column, Oid type) {
  int one = 1;
  bool null = false;
  Datum missing = array_get_element(array, 1, &one, -1, column.attlen, column.attbyval, column.attalign, &null);
  return PointerGetDatum(construct_array(&missing, 1, type, column.attlen, column.attbyval, column.attalign));
}

std::string bytes_of_missing_value(Datum array) {
  return pg::call([&] {
    const auto* value = PG_DETOAST_DATUM(array);
    const std::size_t size = VARSIZE(value);
    char* text = static_cast<char*>(palloc(2 * size + 3));
    text[0] = '\\';
    text[1] = 'x';
    text[2 + hex_encode(reinterpret_cast<const char*>(value), size, text + 2)] = '\0';
    return text;
  });
}

Datum missing_value(const std::string& bytes, const FormData_pg_attribute& column, Oid type) {
  const Datum value = pg::call([&]() -> Datum {
    const auto* kept = DatumGetByteaPP(DirectFunctionCall1(byteain, CStringGetDatum(bytes.c_str())));
    const std::size_t size = VARSIZE_ANY_EXHDR(kept);
    if (size < sizeof(ArrayType)) return 0;
    auto* array = static_cast<ArrayType*>(palloc(size));  // aligned
    std::memcpy(array, VARDATA_ANY(kept), size);
    if (VARATT_IS_EXTENDED(array) || VARSIZE(array) != size || ARR_NDIM(array) != 1) return 0;
    return as_stand_in(PointerGetDatum(array), column, type);
  });
  if (value == 0) throw Refusal(code::data_corrupted, "the ledger's value of rows older than a dropped column is damaged").hint("SELECT * FROM xc_verify();");
  return value;
}

bool is_older_than(AttrNumber column, TupleTableSlot* slot) {
  bool copied = false;
  HeapTuple row = ExecFetchSlotHeapTuple(slot, false, &copied);
  const bool is = HeapTupleHeaderGetNatts(row->t_data) < column;
  if (copied) heap_freetuple(row);
  return is;
}

void copy_missing_value(Oid from, Oid to, AttrNumber column) {
  const auto source = pg::attribute(from, column);
  const auto target = pg::attribute(to, column);
  if (!source || !target) return;
  const auto& form = source->form<FormData_pg_attribute>();
  const auto& target_form = target->form<FormData_pg_attribute>();
  const auto value = source->maybe(Anum_pg_attribute_attmissingval);
  if (!form.atthasmissing || !value || target_form.attisdropped) return;
  const Datum copy = pg::call([&] { return as_stand_in(*value, form, target_form.atttypid); });
  pg::update(AttributeRelationId, target->modified({{Anum_pg_attribute_atthasmissing, BoolGetDatum(true)},
                                                    {Anum_pg_attribute_attmissingval, copy}}));
}

}  // namespace xc::vault
