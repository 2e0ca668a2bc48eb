// A list of checks, each on its own: one that cannot read its rows (a damaged page, a missing node) is itself a finding,
// and the others go on. What SQL can check in one scan is SQL; what needs the formats of trees and JSON is C++.
#include "verify/verify.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/json.hpp"
#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "ledger/reading.hpp"
#include "ledger/tables.hpp"
#include "pg/attempt.hpp"
#include "pg/encoding.hpp"
#include "pg/progress.hpp"
#include "pg/table.hpp"
#include "store/store.hpp"
#include "verify/notes.hpp"
#include "pg/server.hpp"

extern "C" {
#include "datatype/timestamp.h"
#include "mb/pg_wchar.h"
}

namespace xc::verify {
namespace {

using Report = std::function<void(const Finding&)>;

// --- checks in SQL: where it is, and what is wrong ---

struct SqlCheck {
  const char* severity;
  const char* what;
  const char* sql;  // {encoding}: the one that texts are hashed in; {tables}: the names of the history's tables; {since}: up to there it is taken on trust
};

constexpr SqlCheck sql_checks[] = {
    {"error", "blob", R"(
      SELECT encode(hash, 'hex'), 'the content does not have this hash'
        FROM xconnect.blob b WHERE sha256(convert_to(content, '{encoding}')) <> hash
         AND ({since} = 0 OR EXISTS (SELECT FROM xconnect.change_object o WHERE o.seq > {since} AND b.hash IN (o.before, o.after))))"},
    {"error", "tree", R"(
      SELECT encode(hash, 'hex'), 'the content does not have this hash' FROM xconnect.tree
       WHERE {since} = 0 AND sha256(content) IS DISTINCT FROM hash)"},
    {"error", "tree", R"(
      SELECT 'pack ' || id, CASE WHEN id <> expected THEN 'pack ' || expected || ' is missing before it'
                                 ELSE 'it does not have as many hashes as contents, homes and bases' END
        FROM (SELECT id, lag(id, 1, 0::bigint) OVER (ORDER BY id) + 1 AS expected, cardinality(hashes) AS hashes,
                     cardinality(contents) AS contents, cardinality(homes) AS homes, cardinality(bases) AS bases FROM xconnect.pack) p
       WHERE {since} = 0 AND (id <> expected OR hashes <> contents OR hashes <> homes OR hashes <> bases))"},
    {"error", "commit", R"(
      SELECT change_id, 'what it consists of does not have its hash'
        FROM xconnect.commit WHERE seq > {since} AND sha256(convert_to(content, '{encoding}')) <> hash)"},
    {"error", "commit", R"(
      SELECT change_id, CASE WHEN seq <> expected THEN 'it is number ' || seq || ', and should be number ' || expected
                             WHEN parent IS DISTINCT FROM previous THEN 'its parent is not the commit before it'
                             ELSE 'it is older than the commit before it' END
        FROM (SELECT change_id, seq, lag(seq, 1, {since} - ({since} > 0)::integer::bigint) OVER w + 1 AS expected, parent, lag(hash) OVER w AS previous,
                     committed_at, lag(committed_at) OVER w AS before
                FROM xconnect.commit WHERE seq >= {since} WINDOW w AS (ORDER BY seq)) k
       WHERE (seq <> expected OR parent IS DISTINCT FROM previous OR committed_at < before) AND ({since} = 0 OR seq <> {since}))"},
    {"error", "commit", R"(
      SELECT change_id, 'its tree ' || encode(tree, 'hex') || ' is not where it should be'
        FROM xconnect.commit k LEFT JOIN xconnect.pack p ON p.id = k.tree_home / 256
       WHERE k.seq > {since} AND k.tree IS DISTINCT FROM p.hashes[k.tree_home % 256 + 1])"},
    {"error", "change", R"(
      SELECT change_id, 'the content does not have the hash of the row'
        FROM xconnect.change WHERE seq > {since} AND sha256(convert_to(content, '{encoding}')) <> hash)"},
    {"error", "change", R"(
      SELECT change_id, 'its previous_hash is not the hash of the row before it'
        FROM (SELECT seq, change_id, previous_hash, lag(hash) OVER (ORDER BY seq) AS previous FROM xconnect.change WHERE seq >= {since}) c
       WHERE previous_hash IS DISTINCT FROM previous AND ({since} = 0 OR seq > {since}))"},
    {"error", "change", R"(
      SELECT change_id, CASE WHEN change_id <> id THEN 'its id should be ' || id
                             ELSE 'its number of the day does not follow that of the row before it' END
        FROM (SELECT seq, change_id, day_changes, day_rollbacks,
                     CASE WHEN day = lag(day) OVER w THEN lag(day_changes) OVER w ELSE 0 END + (NOT back)::integer AS changes,
                     CASE WHEN day = lag(day) OVER w THEN lag(day_rollbacks) OVER w ELSE 0 END + back::integer AS rollbacks,
                     CASE WHEN back THEN 'rbk-' ELSE 'chg-' END || day || '-' ||
                     lpad(number, greatest(3, length(number)), '0') AS id
                FROM (SELECT seq, change_id, day_changes, day_rollbacks, to_char(committed_at, 'YYYYMMDD') AS day,
                             kind = 'rollback' AS back,
                             CASE WHEN kind = 'rollback' THEN day_rollbacks ELSE day_changes END::text AS number
                        FROM xconnect.change WHERE seq >= {since}) c
              WINDOW w AS (ORDER BY seq)) c
       WHERE (change_id <> id OR day_changes <> changes OR day_rollbacks <> rollbacks) AND ({since} = 0 OR seq > {since}))"},
    {"error", "object", R"(
      SELECT o.object || ' in change number ' || o.seq, 'the ledger has no such change'
        FROM xconnect.change_object o WHERE ({since} = 0 OR o.seq > {since}) AND NOT EXISTS (SELECT FROM xconnect.change c WHERE c.seq = o.seq))"},
    {"error", "object", R"(
      SELECT o.object || ' in change number ' || o.seq, 'its blob ' || encode(b.hash, 'hex') || ' is missing'
        FROM xconnect.change_object o CROSS JOIN LATERAL (VALUES (o.before), (o.after)) b(hash)
       WHERE ({since} = 0 OR o.seq > {since}) AND b.hash IS NOT NULL AND NOT EXISTS (SELECT FROM xconnect.blob x WHERE x.hash = b.hash))"},
    {"error", "blob", R"(
      SELECT encode(b.hash, 'hex'), 'no change of the history made it'
        FROM xconnect.blob b WHERE {since} = 0 AND NOT EXISTS (SELECT FROM xconnect.change_object o WHERE o.after = b.hash))"},
    {"error", "tag", R"(
      SELECT t.name, 'it names commit number ' || t.seq || ', which does not exist'
        FROM xconnect.tag t WHERE t.seq IS NOT NULL AND NOT EXISTS (SELECT FROM xconnect.commit k WHERE k.seq = t.seq))"},
    {"error", "table", R"(
      SELECT 'xconnect.' || c.relname, 'rows of ' || i.inhrelid::regclass || ' are read with it'
        FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhparent
       WHERE c.relnamespace = 'xconnect'::regnamespace AND c.relname = ANY (ARRAY[{tables}]))"},
    {"error", "table", R"(
      SELECT 'xconnect.' || n.name, CASE WHEN c.relkind = 'r' THEN 'it is not a member of the extension' ELSE 'it does not exist' END
        FROM unnest(ARRAY[{tables}]) n(name)
        LEFT JOIN pg_catalog.pg_class c ON c.relname = n.name AND c.relnamespace = 'xconnect'::regnamespace
       WHERE c.relkind IS DISTINCT FROM 'r'
          OR NOT EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'xconnect'
                          WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
                            AND d.refclassid = 'pg_catalog.pg_extension'::regclass))"},
    {"warning", "table", R"(
      SELECT 'xconnect.' || c.relname,
             CASE WHEN t.oid IS NULL THEN 'its trigger receive is missing: statements can change its rows'
                  WHEN NOT c.relhastriggers OR t.tgenabled <> 'A' THEN 'its trigger receive is switched off: statements can change its rows'
                  WHEN t.tgtype <> 62 OR t.tgqual IS NOT NULL OR f.prosrc IS DISTINCT FROM 'xconnect_receive' OR f.probin IS DISTINCT FROM v.probin
                    THEN 'its trigger receive is not the one that the extension made'
                  WHEN c.relhasrules THEN 'it has a rule' WHEN c.relrowsecurity THEN 'it has row security' ELSE 'it has other triggers' END
        FROM pg_catalog.pg_class c
        LEFT JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid AND t.tgname = 'receive'
        LEFT JOIN pg_catalog.pg_proc f ON f.oid = t.tgfoid
        JOIN pg_catalog.pg_proc v ON v.proname = 'command_start' AND v.pronamespace = c.relnamespace
       WHERE c.relnamespace = 'xconnect'::regnamespace AND c.relname = ANY (ARRAY[{tables}])
         AND (t.oid IS NULL OR t.tgenabled <> 'A' OR NOT c.relhastriggers OR t.tgtype <> 62 OR t.tgqual IS NOT NULL
              OR f.prosrc IS DISTINCT FROM 'xconnect_receive' OR f.probin IS DISTINCT FROM v.probin
              OR c.relhasrules OR c.relrowsecurity
              OR EXISTS (SELECT FROM pg_catalog.pg_trigger o WHERE o.tgrelid = c.oid AND o.tgname <> 'receive' AND NOT o.tgisinternal)))"},
    {"error", "pending", R"(
      SELECT id::text, 'its content is not what was queued'
        FROM xconnect.pending
       WHERE substring(sha256(convert_to(to_char(noted_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || E'\n' || content, '{encoding}')) FOR 16) <> uuid_send(id))"},
    {"warning", "event trigger", R"(
      SELECT e.name, CASE WHEN t.evtname IS NULL THEN 'it does not exist: schema changes are not seen'
                          WHEN t.evtenabled = 'D' THEN 'it is disabled: schema changes are not seen'
                          ELSE 'it is not ENABLE ALWAYS: session_replication_role = replica switches it off' END
        FROM (SELECT substring(f.oid::regproc::text FROM '[^.]*$') AS function, f.oid,
                     'xconnect_' || f.proname AS name
                FROM pg_catalog.pg_proc f
               WHERE f.pronamespace = 'xconnect'::regnamespace AND f.prorettype = 'event_trigger'::regtype) e
        LEFT JOIN pg_catalog.pg_event_trigger t ON t.evtfoid = e.oid
       WHERE t.evtenabled IS DISTINCT FROM 'A')"},
};

constexpr int most_findings = 1000;  // of one check

std::string filled_in(std::string sql, std::int64_t since) {
  const auto fill = [&](std::string_view mark, const std::string& value) {
    for (std::size_t at = sql.find(mark); at != std::string::npos; at = sql.find(mark, at + value.size())) sql.replace(at, mark.size(), value);
  };
  std::string names;
  for (const char* table : ledger::history_tables) names += (names.empty() ? "" : ",") + sql::literal(table);
  fill("{tables}", names);
  fill("{since}", std::to_string(since));
  fill("{encoding}", GetDatabaseEncoding() == PG_SQL_ASCII ? "SQL_ASCII" : "UTF8");
  return sql;
}

void run(const SqlCheck& check, std::int64_t since, const Report& report) {
  for (const pg::Fields& row : pg::query(fmt::format("{} LIMIT {}", filled_in(check.sql, since), most_findings)))
    report({check.severity, check.what, row[0].value_or(""), row[1].value_or("")});
}

// Of the commits after one, those of a check.
class Counted {
 public:
  Counted(pg::Progress::Unit unit, std::int64_t from)
      : from_(std::max<std::int64_t>(from, 0)), progress_(pg::Progress::Work::verification, unit, newest() - from_) {}
  void at(std::int64_t seq) { progress_.at(seq - from_); }

 private:
  static std::int64_t newest() {
    const auto head = store::head();
    return head ? head->seq : 0;
  }
  std::int64_t from_;
  pg::Progress progress_;
};

// --- the ledger's rows against their hashed content ---

constexpr const char* changes_sql = R"(
SELECT seq, change_id, content, kind, status, author, session_user_name, current_user_name, application_name, client_addr,
       backend_pid, transaction_id, server_version, correlation_id, reason, expected, validate_with, target, details,
       to_char(started_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), to_char(committed_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       encode(previous_hash, 'hex')
  FROM xconnect.change WHERE seq > $1 ORDER BY seq LIMIT 100)";
constexpr std::size_t first_member = 3;
constexpr const char* members[] = {"kind", "status", "author", "session_user", "current_user", "application_name",
                                   "client_addr", "backend_pid", "transaction_id", "server_version", "correlation_id",
                                   "reason", "expected", "validate_with", "target", "details", "started_at",
                                   "committed_at", "previous"};

constexpr const char* objects_sql = R"(
SELECT action, object, encode(before, 'hex'), encode(after, 'hex'), renamed_from, coalesce(rows_lost, 0), catalog::bigint,
       oid_in_catalog::bigint, array_to_string(parts, ','), ordinal, seq
  FROM xconnect.change_object WHERE seq BETWEEN $1 AND $2 ORDER BY seq, ordinal)";
constexpr const char* statements_sql =
    "SELECT tag, statement, within, ordinal, seq FROM xconnect.change_statement WHERE seq BETWEEN $1 AND $2 ORDER BY seq, ordinal";

using BySeq = std::map<std::string, std::vector<pg::Fields>>;  // the rows of each change

// The last column is the number of the change.
BySeq rows_of(const char* sql, const std::string& first, const std::string& last) {
  BySeq result;
  for (pg::Fields& row : pg::query(sql, {pg::arg(static_cast<std::int64_t>(std::stoll(first))),
                                         pg::arg(static_cast<std::int64_t>(std::stoll(last)))})) {
    std::vector<pg::Fields>& rows = result[row.back().value_or("")];
    rows.push_back(std::move(row));
  }
  return result;
}

std::string as_text(const Json& value) {
  if (value.is_array()) {
    std::string list;
    for (const Json& item : value.items()) list += (list.empty() ? "" : ",") + std::to_string(item.integer());
    return list;
  }
  if (value.is_string()) return value.str();
  return value.is_null() ? std::string() : std::to_string(value.integer());
}

bool same(const pg::Fields& row, std::size_t first, const Json& json, std::initializer_list<const char*> names) {
  std::size_t column = first;
  for (const char* name : names) {
    const std::string have = row[column++].value_or("");
    const std::string want = as_text(json[name]);
    if (have != want && !(want.empty() && have == "0")) return false;
  }
  return true;
}

void check_lists(const pg::Fields& change, const Json& content, const std::vector<pg::Fields>& objects,
                 const std::vector<pg::Fields>& statements, const Report& report) {
  const auto& listed = content["objects"].items();
  bool equal = objects.size() == listed.size();
  for (std::size_t i = 0; equal && i < objects.size(); ++i) {
    equal = objects[i][9] == std::to_string(i + 1) &&
            same(objects[i], 0, listed[i],
                 {"action", "object", "before", "after", "renamed_from", "rows_lost", "catalog", "oid", "parts"});
  }
  if (!equal) report({"error", "object", *change[1], "its rows in change_object are not what the hashed content says"});

  const auto& said = content["statements"].items();
  equal = statements.size() == said.size();
  for (std::size_t i = 0; equal && i < statements.size(); ++i)
    equal = statements[i][3] == std::to_string(i + 1) && same(statements[i], 0, said[i], {"tag", "statement", "within"});
  if (!equal) report({"error", "statement", *change[1], "its statements are not what the hashed content says"});
}

void check_change(const pg::Fields& change, const std::vector<pg::Fields>& objects,
                  const std::vector<pg::Fields>& statements, const Report& report) {
  Json content;
  try {
    content = Json::parse(*change[2]);
  } catch (const Refusal& refusal) {
    report({"error", "change", *change[1], fmt::format("its content cannot be read: {}", refusal.what())});
    return;
  }
  std::string differing;
  const auto compare = [&](const char* name, const std::string& have) {
    if (as_text(content[name]) != have) differing += (differing.empty() ? "" : ", ") + std::string(name);
  };
  compare("change_id", *change[1]);
  compare("seq", *change[0]);
  for (std::size_t i = 0; i < std::size(members); ++i) compare(members[i], change[first_member + i].value_or(""));
  if (!differing.empty())
    report({"error", "change", *change[1], fmt::format("columns are not what the hashed content says: {}", differing)});
  check_lists(change, content, objects, statements, report);
}

void check_changes(std::int64_t after, const Report& report) {
  Counted progress(pg::Progress::Unit::changes_verified, after);
  for (;;) {
    pg::Arena arena("xconnect verify");
    const auto page = pg::query(changes_sql, {pg::arg(after)});
    if (page.empty()) return;
    BySeq objects = rows_of(objects_sql, *page.front()[0], *page.back()[0]);
    BySeq statements = rows_of(statements_sql, *page.front()[0], *page.back()[0]);
    for (const pg::Fields& change : page) check_change(change, objects[*change[0]], statements[*change[0]], report);
    after = std::stoll(*page.back()[0]);
    progress.at(after);
  }
}

// --- tree nodes: their format, their children, the blobs that they name ---

std::string unhex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return bytes;
}

// One leaf, to walk it.
class OneNode : public tree::Nodes {
 public:
  explicit OneNode(std::string_view bytes) : node_(std::make_shared<const tree::Stored>(tree::Stored{std::string(bytes), {}})) {}
  std::shared_ptr<const tree::Stored> get(const tree::Ref&) override { return node_; }
  void put(const Digest&, tree::Stored) override {}

 private:
  std::shared_ptr<const tree::Stored> node_;
};

// What a page of nodes refers to: other nodes, each with the home it is said to have, and blobs.
struct Named {
  std::vector<std::string> children;
  std::vector<std::int64_t> homes;
  std::vector<std::string> blobs;
};

void report_missing(const Named& named, const Report& report) {
  const auto report_all = [&](const char* what, std::string_view sql, const std::vector<pg::Arg>& args) {
    for (const pg::Fields& row : pg::query(fmt::format("{} LIMIT {}", sql, most_findings), args))
      report({"error", what, *row[0], "it is missing, and a tree refers to it"});
  };
  report_all("tree", R"(
    SELECT DISTINCT n.hash FROM unnest($1, $2) AS n (hash, home) LEFT JOIN xconnect.pack p ON p.id = n.home / 256
     WHERE decode(n.hash, 'hex') IS DISTINCT FROM p.hashes[n.home % 256 + 1])",
             {ledger::text_array(named.children), pg::arg_int8_array(named.homes, false)});
  report_all("blob", R"(
    SELECT DISTINCT h FROM unnest($1) h WHERE NOT EXISTS (SELECT FROM xconnect.blob x WHERE x.hash = decode(h, 'hex')))",
             {ledger::text_array(named.blobs)});
}

// So many, of 8 bytes each and nothing else; nothing where it is not that.
std::optional<std::vector<std::int64_t>> homes_in(const pg::Field& hex, std::size_t count) {
  if (!hex || hex->size() != count * 16) return std::nullopt;
  std::vector<std::int64_t> homes;
  for (std::size_t i = 0; i < count; ++i) homes.push_back(static_cast<std::int64_t>(std::stoull(hex->substr(i * 16, 16), nullptr, 16)));
  return homes;
}

// The children of a node, unless it is damaged; the blobs that it names are added to those of the page.
std::optional<std::vector<Digest>> check_node(const std::string& hash, const std::string& bytes, Named& named, const Report& report) {
  try {
    std::vector<Digest> below = tree::check(bytes);
    if (below.empty()) {
      OneNode leaf(bytes);
      tree::walk(leaf, {Digest::from_hex(hash)}, [&](const std::string&, const Digest& blob) { named.blobs.push_back(blob.hex()); });
    }
    return below;
  } catch (const Refusal& refusal) {
    report({"error", "tree", hash, refusal.what()});
    return std::nullopt;
  }
}

constexpr const char* nodes_sql = R"(
SELECT pack, encode(hash, 'hex'), encode(content, 'hex'), encode(homes, 'hex')
  FROM xconnect.tree
 WHERE pack > $1 AND pack <= (SELECT max(id) FROM (SELECT id FROM xconnect.pack WHERE id > $1 ORDER BY id LIMIT 200) page)
   AND hash IS NOT NULL AND content IS NOT NULL
 ORDER BY pack, number)";

// Every commit repeats most of what the nodes before it referred to: what was found lately is not looked for again.
void check_nodes(const Report& report) {
  constexpr std::size_t most_found = 100'000;
  std::set<std::pair<Digest, std::int64_t>> found;
  std::int64_t after = INT64_MIN;
  for (;;) {
    pg::Arena arena("xconnect verify");
    const auto page = pg::query(nodes_sql, {pg::arg(after)});
    if (page.empty()) return;
    if (found.size() > most_found) found.clear();
    Named named;
    for (const pg::Fields& row : page) {
      const auto children = check_node(*row[1], unhex(*row[2]), named, report);
      if (!children) continue;
      const auto homes = homes_in(row[3], children->size());
      if (!homes) {
        report({"error", "tree", *row[1], "it does not say where its children are"});
        continue;
      }
      for (std::size_t i = 0; i < homes->size(); ++i) {
        if (!found.emplace((*children)[i], (*homes)[i]).second) continue;
        named.children.push_back((*children)[i].hex());
        named.homes.push_back((*homes)[i]);
      }
    }
    report_missing(named, report);
    after = std::stoll(*page.back()[0]);
  }
}

// --- what the ledger says of a commit's objects must lead from its parent's tree to its own ---

struct Moved {
  std::string from, to;  // keys; "" where there is none
  std::optional<Digest> before, after;
};

void check_tree_of(const std::string& change_id, const std::optional<tree::Ref>& parent, const tree::Ref& expected,
                   const std::vector<Moved>& moves, const Report& report) {
  try {
    store::Nodes nodes;
    const tree::Ref base = parent ? *parent : tree::empty(nodes);
    std::vector<tree::Edit> edits;
    for (const Moved& moved : moves) {
      if (moved.before && tree::find(nodes, base, moved.from) != moved.before)
        report({"error", "object", change_id, fmt::format("{} was not before it what the ledger says", moved.from)});
      if (moved.before) edits.push_back({moved.from, std::nullopt});
    }
    for (const Moved& moved : moves)
      if (moved.after) edits.push_back({moved.to, moved.after});
    if (tree::apply(nodes, base, std::move(edits)) != expected)
      report({"error", "commit", change_id, "its tree is not its parent's with the ledger's changes"});
  } catch (const Refusal& refusal) {
    report({"error", "commit", change_id, refusal.what()});
  }
}

std::optional<Digest> digest_of(const pg::Field& hex) {
  if (!hex) return std::nullopt;
  return Digest::from_hex(*hex);
}

constexpr const char* moves_sql = R"(
SELECT object, renamed_from, encode(before, 'hex'), encode(after, 'hex'), seq FROM xconnect.change_object
 WHERE seq BETWEEN $1 AND $2 AND coalesce(length(before), 32) = 32 AND coalesce(length(after), 32) = 32
 ORDER BY seq, ordinal)";

void check_trees(std::int64_t after, const Report& report) {
  Counted progress(pg::Progress::Unit::trees_verified, after);
  std::optional<tree::Ref> parent;
  if (const auto trusted = after > 0 ? store::commit(after) : std::nullopt) parent = trusted->tree;
  for (;;) {
    pg::Arena arena("xconnect verify");
    const auto page = pg::query("SELECT seq, change_id, encode(tree, 'hex'), tree_home FROM xconnect.commit WHERE seq > $1"
                                " AND length(tree) = 32 ORDER BY seq LIMIT 100", {pg::arg(after)});
    if (page.empty()) return;
    BySeq objects = rows_of(moves_sql, *page.front()[0], *page.back()[0]);
    for (const pg::Fields& commit : page) {
      std::vector<Moved> moves;
      for (const pg::Fields& row : objects[*commit[0]])
        moves.push_back({row[1] ? *row[1] : *row[0], *row[0], digest_of(row[2]), digest_of(row[3])});
      const tree::Ref tree{Digest::from_hex(*commit[2]), static_cast<std::uint64_t>(std::stoll(*commit[3]))};
      check_tree_of(*commit[1], parent, tree, moves, report);
      parent = tree;
    }
    after = std::stoll(*page.back()[0]);
    progress.at(after);
  }
}

void guarded(const char* what, const Report& report, const std::function<void()>& check) {
  if (const auto failure = pg::attempt(check))
    report({"error", what, "", fmt::format("cannot be checked: {}", failure->message)});
}

}  // namespace

void verify(std::int64_t since, const Report& report) {
  {
    pg::Progress progress(pg::Progress::Work::verification, pg::Progress::Unit::checks_made, std::size(sql_checks));
    std::int64_t done = 0;
    for (const SqlCheck& check : sql_checks) {
      progress.at(done++);
      guarded(check.what, report, [&] { run(check, since, report); });
    }
  }
  // A number below 1 is found as well.
  const std::int64_t after = since > 0 ? since : INT64_MIN;
  guarded("change", report, [&] { check_changes(after, report); });
  if (since == 0) guarded("tree", report, [&] { check_nodes(report); });
  guarded("commit", report, [&] { check_trees(after, report); });
  guarded("note", report, [&] { check_notes(report); });
  for (const char* table : ledger::noted_tables) guarded(table, report, [&] { check_noted_rows(table, report); });
  guarded("address", report, [&] { check_addresses(report); });
}

}  // namespace xc::verify
