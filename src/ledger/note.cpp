// See note.hpp.
#include "ledger/note.hpp"

#include <algorithm>

#include "capture/seal.hpp"
#include "core/json.hpp"
#include "pg/deparse.hpp"
#include "pg/encoding.hpp"
#include "pg/scope.hpp"
#include "store/store.hpp"
#include "pg/server.hpp"

namespace xc::ledger {

namespace {

enum NoteColumn { n_number = 1, n_seq, n_relation, n_content, n_hash };

Oid table_of(const char* name) { return pg::relation_named("xconnect", name); }

TupleDesc shape_of(Oid table) {
  return pg::call([&] {
    Relation relation = table_open(table, AccessShareLock);
    TupleDesc shape = CreateTupleDescCopy(RelationGetDescr(relation));
    table_close(relation, AccessShareLock);
    return shape;
  });
}

const char* column_name(TupleDesc shape, std::size_t i) { return NameStr(TupleDescAttr(shape, static_cast<int>(i))->attname); }

// By the columns' text output, as SQL spells them.
Json spelled(TupleDesc shape, const std::vector<pg::Arg>& values) {
  Json row = Json::object();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].null) row.put(column_name(shape, i), pg::text_output(values[i].type, values[i].value));
  }
  return row;
}

std::vector<pg::Arg> values_of(TupleDesc shape, const pg::Row& row) {
  std::vector<pg::Arg> values;
  for (int i = 0; i < shape->natts; ++i) {
    const auto value = row.maybe(i + 1);
    values.push_back({TupleDescAttr(shape, i)->atttypid, value.value_or(0), !value.has_value()});
  }
  return values;
}

void write(const char* table, std::int64_t seq, Chain chain, Json content) {
  std::optional<Note> previous;
  // A chain needs one writer at a time, up to its commit. Who cannot wait for the other one stands beside it.
  const bool linked = chain == Chain::linked && capture::lock_in_time("note");
  if (linked) previous = newest_note();
  const std::int64_t number = linked ? (previous ? previous->number : 0) + 1 : 0;
  content.set("format", 1).set("noted_at", pg::iso_time(pg::now())).set("number", number).set("relation", table).set("seq", seq);
  if (previous) content.set("previous", previous->hash.hex());
  const std::string text = content.dump();
  pg::Appender(table_of("note"))
      .row({pg::arg(number), pg::arg(seq), pg::arg(table), pg::arg(text), pg::arg_bytes(sha256(pg::to_utf8(text)).raw())});
  pg::call([] { CommandCounterIncrement(); });
}

std::int64_t head_seq() {
  const auto head = store::head();
  return head ? head->seq : 0;
}

}  // namespace

void add_row(const char* table, const std::vector<pg::Arg>& values, Chain chain, std::optional<std::int64_t> seq) {
  const pg::Pinned pinned;
  pg::Appender(table_of(table)).row(values);
  write(table, seq ? *seq : head_seq(), chain, Json::object().set("row", spelled(shape_of(table_of(table)), values)));
}

void remove_row(const char* table, const pg::Row& row, Chain chain, std::optional<std::int64_t> seq) {
  const pg::Pinned pinned;
  const TupleDesc shape = shape_of(table_of(table));
  Json content = Json::object();
  content.set("removed", true).set("row", spelled(shape, values_of(shape, row)));
  pg::table_delete(table_of(table), row);
  write(table, seq ? *seq : head_seq(), chain, std::move(content));
}

void note_rows(const char* table, std::int64_t seq, const std::vector<std::vector<pg::Arg>>& rows) {
  const pg::Pinned pinned;
  const TupleDesc shape = shape_of(table_of(table));
  std::vector<std::pair<std::string, std::string>> lines;
  for (const auto& values : rows) {
    lines.emplace_back(pg::text_output(values[1].type, values[1].value), spelled(shape, values).dump());
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const auto& [key, line] : lines) text += (text.empty() ? "" : "\n") + line;
  Json content = Json::object();
  content.set("rows", static_cast<std::int64_t>(rows.size())).set("sha256", sha256(pg::to_utf8(text)).hex());
  write(table, seq, Chain::beside, std::move(content));
}

void note_pending(const pg::Arg& id, bool removed) {
  Json content = Json::object();
  content.set("removed", removed).set("row", Json::object().set("id", pg::text_output(id.type, id.value)));
  write("pending", head_seq(), Chain::beside, std::move(content));
}

void note_secret_key() {
  for (const pg::Row& row : pg::table_scan(table_of("secret_key"))) {
    write("secret_key", head_seq(), Chain::linked, Json::object().set("sha256", sha256(row.text(1)).hex()));
  }
}

std::optional<Note> newest_note() {
  const auto rows = pg::table_scan(table_of("note"), table_of("note_number_idx"), {}, true, 1);
  if (rows.empty() || DatumGetInt64(rows.front().datum(n_number)) == 0) return std::nullopt;
  return Note{DatumGetInt64(rows.front().datum(n_number)), Digest::from_raw(rows.front().text(n_hash))};
}

}  // namespace xc::ledger
