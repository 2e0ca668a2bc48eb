// See status.hpp. The working tree is read whole for the count of drift: as dear as xc_drift() itself.
#include "verify/status.hpp"

#include <map>
#include <optional>

#include <fmt/format.h>

#include "capture/settings.hpp"
#include "core/tree.hpp"
#include "diff/compare.hpp"
#include "kind/kind.hpp"
#include "ledger/place.hpp"
#include "pg/attempt.hpp"
#include "pg/encoding.hpp"
#include "pg/query.hpp"
#include "pg/statement.hpp"
#include "store/store.hpp"
#include "verify/uncovered.hpp"
#include "pg/server.hpp"

extern "C" {
#include "access/xlog.h"
#include "utils/guc.h"
}

namespace xc::verify {
namespace {

using Facts = std::vector<Fact>;

std::string scalar(const char* sql) {
  const auto rows = pg::query(sql);
  return rows.empty() ? std::string() : rows[0][0].value_or("");
}

void add_head(Facts& facts, const std::optional<store::Commit>& head) {
  if (!head) {
    facts.push_back({"head", "", "there is no commit: SELECT xc_adopt('baseline'); records what there is"});
    return;
  }
  facts.push_back({"head", head->hash.hex(), fmt::format("{}, {}", head->change_id, pg::iso_time(head->committed_at))});
  facts.push_back({"tree", head->tree.hash.hex(), "equal for equal schemas"});
  facts.push_back({"changes", std::to_string(head->seq), "SELECT * FROM xc_log(max_count => 20);"});
}

// Keys begin with their type; which words are the type the table of kinds knows.
void add_objects(Facts& facts, const store::Commit& head) {
  std::map<std::string, std::size_t> counts;
  store::Nodes nodes;
  std::size_t total = 0;
  tree::walk(nodes, head.tree, [&](const std::string& key, const Digest&) {
    ++total;
    std::string_view type = "other";
    std::size_t longest = 0;
    for (const Kind* kind : kinds()) {
      const std::string_view name = kind->name;
      if (name.size() > longest && key.starts_with(name) && key.size() > name.size() && key[name.size()] == ' ') {
        type = name;
        longest = name.size();
      }
    }
    ++counts[std::string(type)];
  });
  facts.push_back({"objects", std::to_string(total), "under version control"});
  for (const Kind* kind : kinds()) {
    const auto found = counts.find(kind->name);
    if (found != counts.end()) facts.push_back({fmt::format("objects: {}", kind->name), std::to_string(found->second), ""});
  }
}

std::string why_not_armed() {
  const auto triggers = pg::query(
      "SELECT f.proname, t.evtname, t.evtenabled FROM pg_catalog.pg_proc f"
      " LEFT JOIN pg_catalog.pg_event_trigger t ON t.evtfoid = f.oid"
      " WHERE f.pronamespace = 'xconnect'::pg_catalog.regnamespace AND f.prorettype = 'event_trigger'::pg_catalog.regtype"
      " AND t.evtenabled IS DISTINCT FROM 'A' ORDER BY 1");
  std::string reasons;
  const auto add = [&](const std::string& reason) { reasons += (reasons.empty() ? "" : "; ") + reason; };
  for (const pg::Fields& row : triggers) {
    if (!row[1]) add(fmt::format("no event trigger calls xconnect.{}()", *row[0]));
    else if (row[2] == "D") add(fmt::format("event trigger {} is disabled", *row[1]));
    else add(fmt::format("event trigger {} is not ENABLE ALWAYS", *row[1]));
  }
  if (const char* reason = pg::keeps_event_triggers_off()) add(fmt::format("no event trigger fires in this session: {}", reason));
  if (!capture::settings.capture) add("xconnect.capture is off in this session");
  return reasons;
}

void add_capture(Facts& facts) {
  const std::string reasons = why_not_armed();
  facts.push_back({"capture", reasons.empty() ? "armed" : "not armed", reasons});
  const char* preload = GetConfigOption("shared_preload_libraries", true, false);
  const bool preloaded = preload != nullptr && std::string_view(preload).find("xconnect") != std::string_view::npos;
  facts.push_back({"library", preloaded ? "preloaded" : "loaded on demand",
                   preloaded ? "" : "a session's first DDL loads it; with shared_preload_libraries = 'xconnect' it sees all statements from the start"});
}

void add_drift(Facts& facts, const store::Commit& head) {
  std::size_t count = 0;
  const auto failure = pg::attempt(
      [&] { count = diff::compare(diff::State::at(head), diff::State::working()).size(); });
  if (failure) facts.push_back({"drift", "unknown", fmt::format("the catalogs could not be read: {}", failure->message)});
  else facts.push_back({"drift", std::to_string(count),
                        count == 0 ? "the catalogs are as HEAD has them"
                                   : "SELECT * FROM xc_drift(); shows it, SELECT xc_adopt('reason'); records it"});
}

void add_uncovered(Facts& facts) {
  std::size_t total = 0;
  const std::vector<Uncovered> all = uncovered();
  for (const Uncovered& one : all) total += one.count;
  facts.push_back({"not covered", std::to_string(total), total == 0 ? "every object is under version control"
                                                                    : "objects of kinds that are not recorded; docs/coverage.md"});
  for (const Uncovered& one : all) facts.push_back({"not covered: " + one.label, std::to_string(one.count), one.examples});
}

void add_invalid_indexes(Facts& facts) {
  const auto rows = pg::query(
      "SELECT count(*), string_agg(indexrelid::pg_catalog.regclass::text, ', ' ORDER BY indexrelid)"
      " FROM (SELECT i.indexrelid, i.indrelid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
      " WHERE NOT i.indisvalid AND c.relkind = 'i' LIMIT 10) i");
  if (rows[0][0] != "0") facts.push_back({"invalid indexes", *rows[0][0], rows[0][1].value_or("") + ": pg_dump leaves them out; REINDEX or DROP INDEX"});
}

// pg_dump prints how they differ from what initdb, or the extension that made them, granted.
void add_system_grants(Facts& facts) {
  const auto rows = pg::query(fmt::format(
      "SELECT count(*), string_agg(pg_catalog.pg_describe_object(a.classoid, a.objoid, a.objsubid), ', ' ORDER BY a.classoid, a.objoid, a.objsubid)"
      " FROM (SELECT c.tableoid, c.oid, 0, c.relacl, pg_catalog.acldefault('r', c.relowner) FROM pg_catalog.pg_class c WHERE c.relnamespace = {0}"
      " UNION ALL SELECT c.tableoid, c.oid, t.attnum, t.attacl, pg_catalog.acldefault('c', c.relowner) FROM pg_catalog.pg_attribute t"
      " JOIN pg_catalog.pg_class c ON c.oid = t.attrelid WHERE c.relnamespace = {0}"
      " UNION ALL SELECT f.tableoid, f.oid, 0, f.proacl, pg_catalog.acldefault('f', f.proowner) FROM pg_catalog.pg_proc f WHERE f.pronamespace = {0}"
      " UNION ALL SELECT t.tableoid, t.oid, 0, t.typacl, pg_catalog.acldefault('T', t.typowner) FROM pg_catalog.pg_type t WHERE t.typnamespace = {0}"
      " UNION ALL SELECT l.tableoid, l.oid, 0, l.lanacl, pg_catalog.acldefault('l', l.lanowner) FROM pg_catalog.pg_language l"
      " UNION ALL SELECT n.tableoid, n.oid, 0, n.nspacl, pg_catalog.acldefault('n', n.nspowner) FROM pg_catalog.pg_namespace n WHERE n.oid = {0})"
      " a (classoid, objoid, objsubid, acl, built_in) LEFT JOIN pg_catalog.pg_init_privs i USING (classoid, objoid, objsubid)"
      " WHERE a.objoid < {1} AND a.acl IS DISTINCT FROM i.initprivs"
      " AND NOT (coalesce(a.acl, a.built_in) @> coalesce(i.initprivs, a.built_in) AND coalesce(i.initprivs, a.built_in) @> coalesce(a.acl, a.built_in))",
      static_cast<unsigned>(PG_CATALOG_NAMESPACE), static_cast<unsigned>(FirstNormalObjectId)));
  if (rows[0][0] != "0") facts.push_back({"grants on system objects", *rows[0][0], rows[0][1].value_or("") + ": pg_dump prints them, the history does not hold them"});
}

// The server leaves nobody's tables out of them. None of our rows is decoded, but a subscriber asks for every table by name.
void add_publications(Facts& facts) {
  const auto rows = pg::query("SELECT count(*), string_agg(pubname, ', ' ORDER BY pubname) FROM pg_catalog.pg_publication WHERE puballtables");
  if (rows[0][0] == "0") return;
  facts.push_back({"publications of all tables", *rows[0][0],
                   fmt::format("{}: list the tables of schema xconnect too. No row of theirs is sent, but a new subscriber refuses tables that it"
                               " does not have: publish FOR TABLES IN SCHEMA to subscribers to come", rows[0][1].value_or(""))});
}

void add_records(Facts& facts) {
  facts.push_back({"gaps", scalar("SELECT count(*) FROM xconnect.gap"),
                   scalar("SELECT description FROM xconnect.gap ORDER BY noted_at DESC LIMIT 1")});
  const std::string pending = scalar("SELECT count(*) FROM xconnect.pending");
  facts.push_back({"pending", pending, pending == "0" ? "" : "changes that the next commit of a change links"});
  facts.push_back({"tags", scalar("SELECT count(*) FROM (SELECT DISTINCT ON (name) seq FROM xconnect.tag"
                                  " ORDER BY name, tagged_at DESC) t WHERE seq IS NOT NULL"), ""});
}

void add_vault(Facts& facts) {
  const auto rows = pg::query("SELECT count(*), coalesce(pg_catalog.pg_size_pretty(sum(pg_catalog.pg_total_relation_size(store))), '0 bytes'),"
                              " pg_catalog.to_char(min(kept_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'),"
                              " (SELECT count(*) FROM xconnect.vault_notice) FROM xconnect.vault WHERE waits_since IS NOT NULL");
  const auto setting = [](const char* name) { return std::string(GetConfigOptionByName(name, nullptr, false)); };
  const std::string limits = fmt::format("preserve {}, at most {}, {}, {} tables, {} % of the disk free", setting("xconnect.preserve"),
                                         setting("xconnect.preserve_size"), setting("xconnect.preserve_age"),
                                         setting("xconnect.preserve_count"), setting("xconnect.preserve_disk_free"));
  std::string state;
  if (rows[0][0] != "0") state = fmt::format("tables whose rows wait, the oldest since {}: SELECT * FROM xc_vault()", *rows[0][2]);
  if (rows[0][3] != "0") state += fmt::format("; {} beyond the limits, one of the next changes lets them go", *rows[0][3]);
  facts.push_back({"vault", *rows[0][0], state});
  facts.push_back({"vault size", *rows[0][1], limits});
}

std::string describe(const ledger::Place& place) {
  return fmt::format("database {}, OID {} of system {}", place.database, place.database_oid, place.system);
}

// The place that the history was in before it came here: with a copy it goes on in both.
void add_place(Facts& facts) {
  const ledger::Place here = ledger::here();
  facts.push_back({"database", here.database, fmt::format("OID {} of system {}", here.database_oid, here.system)});
  const std::vector<ledger::Place> places = ledger::places();
  std::optional<ledger::Place> from;
  std::string arrived;
  for (const ledger::Place& place : places) {
    if (!ledger::is_same_database(place, here)) {
      from = place;
      arrived.clear();
    } else if (arrived.empty()) {
      arrived = place.since == 0 ? place.arrived_by + ", without a history" : fmt::format("{}, at change number {}", place.arrived_by, place.since);
    }
  }
  if (from) facts.push_back({"copy", "yes", fmt::format("of {}{}{}", describe(*from), arrived.empty() ? "" : "; by ", arrived)});
  else if (arrived.starts_with("restore")) facts.push_back({"copy", "no", "restored without a history"});
  else facts.push_back({"copy", "no", "the history began here"});
  if (ledger::has_to_settle())
    facts.push_back({"restore", "not settled", "the next statement that changes the schema, and is not the restore's, compares what is here with HEAD"});
}

void add_versions(Facts& facts) {
  facts.push_back({"extension", scalar("SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'xconnect'"), ""});
  facts.push_back({"server", scalar("SHOW server_version"), RecoveryInProgress() ? "standby: read only" : ""});
  const std::string recorded = scalar("SELECT server_version FROM xconnect.change ORDER BY seq DESC LIMIT 1");
  facts.push_back({"server at head", recorded, ""});
}

}  // namespace

std::vector<Fact> status() {
  Facts facts;
  const std::optional<store::Commit> head = store::head();
  add_head(facts, head);
  if (head) add_objects(facts, *head);
  add_capture(facts);
  if (head) add_drift(facts, *head);
  add_uncovered(facts);
  add_invalid_indexes(facts);
  add_system_grants(facts);
  add_publications(facts);
  add_records(facts);
  add_vault(facts);
  add_place(facts);
  add_versions(facts);
  return facts;
}

}  // namespace xc::verify
