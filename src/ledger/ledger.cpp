// Appending to the ledger and looking up what it knows of an object; see ledger.hpp.
#include "ledger/ledger.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "capture/settings.hpp"
#include "ledger/correlation.hpp"
#include "ledger/note.hpp"
#include "ledger/place.hpp"
#include "pg/deparse.hpp"
#include "pg/encoding.hpp"
#include "pg/scope.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

extern "C" {
#include "postmaster/bgworker.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
}

namespace xc::ledger {

namespace {

Oid table(const char* name) { return pg::relation_named("xconnect", name); }

// Nobody has run REINDEX CONCURRENTLY yet, in most databases.
std::optional<pg::Row> newest_move(const char* index, const std::vector<pg::TableKey>& keys) {
  if (!pg::has_pages(table("moved"))) return std::nullopt;
  const auto rows = pg::table_scan(table("moved"), table(index), keys, true, 1);
  return rows.empty() ? std::nullopt : std::optional(rows.front());
}

enum ObjectColumn {
  o_seq = 1, o_ordinal, o_action, o_object, o_before, o_after, o_renamed_from, o_catalog, o_oid, o_parts, o_rows_lost
};

std::optional<Digest> maybe_digest(const pg::Row& row, int column) {
  if (row.null(column)) return std::nullopt;
  return Digest::from_raw(row.text(column));
}

Address address_of(const pg::Row& row) {
  return {DatumGetObjectId(row.datum(o_catalog)), DatumGetObjectId(row.datum(o_oid))};
}

Recorded recorded_of(const pg::Row& row) {
  Recorded recorded = {DatumGetInt64(row.datum(o_seq)), row.text(o_object), address_of(row), pg::int8_array(row, o_parts),
                       maybe_digest(row, o_after)};
  bring_here(recorded.seq, recorded.address, recorded.parts);
  return recorded;
}

std::optional<Recorded> newest(const char* index, const std::vector<pg::TableKey>& keys) {
  const auto rows = pg::table_scan(table("change_object"), table(index), keys, true, 1);
  if (rows.empty()) return std::nullopt;
  return recorded_of(rows.front());
}

Json hex(const std::optional<Digest>& digest) { return digest ? Json(digest->hex()) : Json(); }

Json json_of(const ObjectChange& object) {
  Json parts = Json::array();
  for (const std::int64_t part : object.parts) parts.push(part);
  Json json = Json::object();
  return json.set("action", object.action).set("after", hex(object.after)).set("before", hex(object.before))
      .set("catalog", static_cast<std::int64_t>(object.address.catalog)).set("object", object.key)
      .set("oid", static_cast<std::int64_t>(object.address.object)).set("parts", std::move(parts))
      .set("renamed_from", object.renamed_from).set("rows_lost", object.rows_lost);
}

enum DroppedColumnColumn { d_relation = 1, d_attnum, d_seq, d_type, d_missing, d_file };

DroppedColumn dropped_column_of(const pg::Row& row) {
  DroppedColumn column;
  column.relation = DatumGetObjectId(row.datum(d_relation));
  column.attnum = static_cast<int>(DatumGetInt64(row.datum(d_attnum)));
  column.type = DatumGetObjectId(row.datum(d_type));
  if (!row.null(d_missing)) column.missing = row.text(d_missing);
  column.file = DatumGetObjectId(row.datum(d_file));
  column.seq = DatumGetInt64(row.datum(d_seq));
  return column;
}

std::vector<pg::Arg> row_of(const DroppedColumn& column, std::int64_t seq) {
  return {pg::arg_oid(column.relation), pg::arg(std::int64_t{column.attnum}), pg::arg(seq), pg::arg_oid(column.type),
          pg::arg(column.missing), pg::arg_oid(column.file)};
}

std::string client_address() {
  const char* text = pg::call([]() -> const char* {
    LOCAL_FCINFO(info, 0);
    InitFunctionCallInfoData(*info, nullptr, 0, InvalidOid, nullptr, nullptr);
    const Datum address = inet_client_addr(info);
    return info->isnull ? "" : DatumGetCString(DirectFunctionCall1(inet_out, address));
  });
  return text;
}

pg::Arg maybe_bytes(const std::optional<Digest>& digest) { return digest ? pg::arg_bytes(digest->raw()) : pg::null_arg(); }
pg::Arg optional_text(const std::string& text) { return text.empty() ? pg::null_arg() : pg::arg(std::string_view(text)); }

}  // namespace

Json json_of(const Statement& statement) {
  Json json = Json::object();
  json.set("tag", statement.tag).set("statement", statement.text);
  if (statement.within != 0) json.set("within", statement.within);
  return json;
}

Statement statement_of(const Json& json) {
  return {json["tag"].str(), json["statement"].str(), static_cast<int>(json["within"].integer())};
}

std::optional<Recorded> recorded(Address address) {
  const std::vector<pg::TableKey> keys = {{o_catalog, pg::arg_oid(address.catalog)}, {o_oid, pg::arg_oid(address.object)}};
  // An older row of that address is of another place's object.
  if (auto known = newest("change_object_address_idx", keys); known && known->seq > settled_at()) return known;
  const auto moved = newest_move("moved_address_idx", {{1, pg::arg_oid(address.catalog)}, {2, pg::arg_oid(address.object)}});
  if (!moved) {
    const auto name = arrived_as(address);
    return name ? recorded(*name, settled_at()) : std::nullopt;
  }
  auto known = recorded(moved->text(4));
  if (known) known->address = address;
  return known;
}

std::set<Address> addresses_in(std::uint32_t catalog) {
  std::set<Address> addresses;
  for (const pg::Row& row : pg::table_scan(table("change_object"), table("change_object_address_idx"),
                                           {{o_catalog, pg::arg_oid(catalog)}})) {
    addresses.insert(recorded_of(row).address);
  }
  return addresses;
}

Address address_now(const Recorded& known) {
  const auto moved = newest_move("moved_object_idx", {{4, pg::arg(known.key)}});
  if (!moved || DatumGetInt64(moved->datum(3)) < known.seq) return known.address;
  return {DatumGetObjectId(moved->datum(1)), DatumGetObjectId(moved->datum(2))};
}

bool is_of(Address address, const Recorded& known) {
  if (address == known.address) return true;
  if (!pg::has_pages(table("moved"))) return false;
  const auto moves = pg::table_scan(table("moved"), table("moved_address_idx"), {{1, pg::arg_oid(address.catalog)}, {2, pg::arg_oid(address.object)}});
  return std::any_of(moves.begin(), moves.end(), [&](const pg::Row& move) {
    const std::int64_t seq = DatumGetInt64(move.datum(3));
    if (move.text(4) != known.key || seq < known.seq) return false;
    const auto then = recorded(known.key, seq);
    return then && then->seq == known.seq;
  });
}

void note_moved(std::string_view key, Address address, std::int64_t head_seq) {
  add_row("moved", {pg::arg_oid(address.catalog), pg::arg_oid(address.object), pg::arg(head_seq), pg::arg(key)}, Chain::beside);
}

std::optional<Recorded> recorded(std::string_view key, std::int64_t at_seq) {
  return newest("change_object_object_idx", {{o_object, pg::arg(key)}, {o_seq, pg::arg(at_seq), true}});
}

std::optional<Recorded> recorded_before_arrival(std::string_view key) {
  const auto rows = pg::table_scan(table("change_object"), table("change_object_object_idx"), {{o_object, pg::arg(key)}}, true, 1);
  if (rows.empty()) return std::nullopt;
  const pg::Row& row = rows.front();
  Recorded recorded = {DatumGetInt64(row.datum(o_seq)), row.text(o_object), address_of(row), pg::int8_array(row, o_parts),
                       maybe_digest(row, o_after)};
  bring_to_head(recorded.seq, recorded.address, recorded.parts);
  return recorded;
}

namespace {

// A background worker has no client that says what it is.
std::string program() {
  if (application_name != nullptr && application_name[0] != '\0') return application_name;
  return MyBgworkerEntry != nullptr ? MyBgworkerEntry->bgw_name : "";
}

}  // namespace

std::string role_name(std::uint32_t role) {
  const char* name = pg::call([&] { return GetUserNameFromId(role, true); });
  return name != nullptr ? name : fmt::format("(dropped role {})", role);
}

Change describe_session() {
  Change change;
  change.session_user = role_name(GetSessionUserId());
  change.current_user = role_name(GetUserId());
  change.author = capture::settings.author[0] != '\0' ? capture::settings.author : change.session_user;
  change.application_name = program();
  change.reason = capture::settings.reason;
  change.expected = capture::settings.expected;
  change.validate_with = capture::settings.validate_with;
  change.correlation_id = correlation_id();
  change.backend_pid = MyProcPid;
  change.started_at = pg::transaction_start();
  change.transaction_id = std::to_string(pg::call([] { return U64FromFullTransactionId(GetTopFullTransactionId()); }));
  change.client_addr = client_address();
  return change;
}

store::Commit append(const std::optional<store::Commit>& parent, const tree::Ref& tree, const Change& change) {
  const bool is_rollback = change.kind == "rollback";
  store::Commit commit;
  commit.seq = parent ? parent->seq + 1 : 1;
  if (parent) commit.parent = parent->hash;
  commit.tree = tree;
  // A clock that went back must not give an id or a time that was there before.
  commit.committed_at = std::max(pg::now(), parent ? parent->committed_at : INT64_MIN);
  const std::string day = pg::utc_day(commit.committed_at);
  const bool goes_on = parent && pg::utc_day(parent->committed_at) == day;
  commit.day_changes = (goes_on ? parent->day_changes : 0) + (is_rollback ? 0 : 1);
  commit.day_rollbacks = (goes_on ? parent->day_rollbacks : 0) + (is_rollback ? 1 : 0);
  commit.change_id = fmt::format("{}-{}-{:03}", is_rollback ? "rbk" : "chg", day, is_rollback ? commit.day_rollbacks : commit.day_changes);
  const std::optional<Digest> previous = parent ? std::optional(parent->change_hash) : std::nullopt;

  Json objects = Json::array();
  for (const ObjectChange& object : change.objects) objects.push(json_of(object));
  Json statements = Json::array();
  for (const Statement& statement : change.statements) statements.push(json_of(statement));
  Json content = Json::object();
  content.set("application_name", change.application_name).set("author", change.author)
      .set("backend_pid", change.backend_pid).set("change_id", commit.change_id).set("client_addr", change.client_addr)
      .set("committed_at", pg::iso_time(commit.committed_at)).set("correlation_id", change.correlation_id)
      .set("current_user", change.current_user).set("details", change.details).set("expected", change.expected)
      .set("format", 1).set("kind", change.kind).set("objects", std::move(objects)).set("previous", hex(previous))
      .set("reason", change.reason).set("seq", commit.seq).set("server_version", PG_VERSION)
      .set("session_user", change.session_user).set("started_at", pg::iso_time(change.started_at))
      .set("statements", std::move(statements)).set("status", "COMMITTED").set("target", change.target)
      .set("transaction_id", change.transaction_id).set("validate_with", change.validate_with);
  const std::string text = content.dump();
  commit.change_hash = sha256(pg::to_utf8(text));
  commit.hash = store::hash_of(commit);

  std::vector<std::string_view> tags, texts;
  std::vector<int> within;
  for (const Statement& statement : change.statements) {
    tags.push_back(statement.tag);
    texts.push_back(statement.text);
    within.push_back(statement.within);
  }
  pg::Appender(table("change"))
      .row({pg::arg(commit.seq), pg::arg_bytes(commit.hash.raw()), maybe_bytes(commit.parent), pg::arg_bytes(tree.hash.raw()),
            pg::arg(static_cast<std::int64_t>(tree.home)), pg::arg(commit.change_id), pg::arg_time(commit.committed_at),
            pg::arg_bytes(commit.change_hash.raw()), maybe_bytes(previous), pg::arg_int(commit.day_changes),
            pg::arg_int(commit.day_rollbacks), pg::arg(change.kind), pg::arg(std::string_view("COMMITTED")), pg::arg(change.author),
            pg::arg(change.session_user), pg::arg(change.current_user), optional_text(change.application_name),
            optional_text(change.client_addr), pg::arg_int(change.backend_pid), pg::arg(change.transaction_id),
            pg::arg(std::string_view(PG_VERSION)), optional_text(change.correlation_id), optional_text(change.reason),
            optional_text(change.expected), optional_text(change.validate_with), optional_text(change.target),
            optional_text(change.details), pg::arg_time(change.started_at), pg::arg_text_array(tags), pg::arg_text_array(texts),
            pg::arg_int_array(within), pg::arg(text)});
  if (!change.objects.empty()) {
    pg::Appender rows(table("change_object"));
    const pg::Arena arena("xconnect rows");
    int ordinal = 0;
    for (const ObjectChange& object : change.objects) {
      arena.reset();
      rows.row({pg::arg(commit.seq), pg::arg_int(++ordinal), pg::arg(object.action), pg::arg(object.key), maybe_bytes(object.before),
                maybe_bytes(object.after), optional_text(object.renamed_from), pg::arg_oid(object.address.catalog),
                pg::arg_oid(object.address.object), pg::arg_int8_array(object.parts),
                object.rows_lost == 0 ? pg::null_arg() : pg::arg(object.rows_lost)});
    }
  }
  for (const DroppedColumn& column : change.dropped_columns) add_row("dropped_column", row_of(column, commit.seq), Chain::beside);
  return commit;
}

std::optional<DroppedColumn> dropped_column(std::uint32_t relation, int attnum) {
  const auto rows = pg::table_scan(table("dropped_column"), table("dropped_column_idx"),
                                   {{d_relation, pg::arg_oid(relation)}, {d_attnum, pg::arg(std::int64_t{attnum})}}, true, 1);
  if (rows.empty()) return std::nullopt;
  return dropped_column_of(rows.front());
}

void copy_dropped_column(std::uint32_t from, std::uint32_t to, int attnum) {
  auto column = dropped_column(from, attnum);
  if (!column) return;
  column->relation = to;
  add_row("dropped_column", row_of(*column, column->seq), Chain::beside);
}

std::vector<DroppedColumn> dropped_columns() {
  std::map<std::pair<std::uint32_t, int>, DroppedColumn> last;
  for (const pg::Row& row : pg::table_scan(table("dropped_column"))) {
    DroppedColumn column = dropped_column_of(row);
    const auto [found, is_new] = last.try_emplace({column.relation, column.attnum}, column);
    if (!is_new && found->second.seq < column.seq) found->second = std::move(column);
  }
  std::vector<DroppedColumn> columns;
  for (auto& [place, column] : last) columns.push_back(std::move(column));
  return columns;
}

void spoil_dropped_column(DroppedColumn column) {
  column.type = 0;
  add_row("dropped_column", row_of(column, column.seq + 1), Chain::beside);
}

namespace {

ObjectChange object_change_of(const pg::Row& row) {
  ObjectChange object;
  object.action = row.text(o_action);
  object.key = row.text(o_object);
  object.before = maybe_digest(row, o_before);
  object.after = maybe_digest(row, o_after);
  object.renamed_from = row.text(o_renamed_from);
  object.address = address_of(row);
  object.parts = pg::int8_array(row, o_parts);
  bring_here(DatumGetInt64(row.datum(o_seq)), object.address, object.parts);
  if (const auto lost = row.maybe(o_rows_lost)) object.rows_lost = DatumGetInt64(*lost);
  return object;
}

}  // namespace

std::optional<Entry> entry(std::string_view change_id) {
  const auto rows = pg::table_scan(table("change"), table("change_change_id_key"), {{store::c_change_id, pg::arg(change_id)}}, false, 1);
  if (rows.empty()) return std::nullopt;
  Entry entry;
  entry.change_id = rows.front().text(store::c_change_id);
  entry.seq = DatumGetInt64(rows.front().datum(store::c_seq));
  entry.kind = rows.front().text(store::c_kind);
  entry.status = rows.front().text(store::c_status);
  entry.target = rows.front().text(store::c_target);
  for (const pg::Row& row : pg::table_scan(table("change_object"), table("change_object_pkey"), {{o_seq, pg::arg(entry.seq)}})) {
    entry.objects.push_back(object_change_of(row));
  }
  return entry;
}

std::vector<ObjectChange> objects_since(std::int64_t seq) {
  std::vector<ObjectChange> objects;
  for (const pg::Row& row :
       pg::table_scan(table("change_object"), table("change_object_pkey"), {{o_seq, pg::arg(seq + 1), false, true}})) {
    objects.push_back(object_change_of(row));
  }
  return objects;
}

std::vector<std::int64_t> later_changes(std::string_view key, std::int64_t seq) {
  std::vector<std::int64_t> later;
  for (const pg::Row& row :
       pg::table_scan(table("change_object"), table("change_object_object_idx"), {{o_object, pg::arg(key)}}, true)) {
    const std::int64_t at = DatumGetInt64(row.datum(o_seq));
    if (at <= seq) break;
    later.push_back(at);
  }
  std::reverse(later.begin(), later.end());
  return later;
}

}  // namespace xc::ledger
