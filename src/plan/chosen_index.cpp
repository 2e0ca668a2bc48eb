// The unique indexes that the referenced table has when the foreign key is made: those that stay, from the catalogs, and
// those that the plan makes. See chosen_index.hpp.
#include "plan/chosen_index.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kind/difference.hpp"
#include "kind/parts.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/query.hpp"
#include "plan/live.hpp"
#include "pg/server.hpp"

namespace xc::plan {

namespace {

struct Index {
  std::string key, name;
  std::set<std::string> columns;
  std::uint32_t oid = 0;  // 0: the plan makes it
};

// The columns of a list "(a, "b c" DESC, …)" that begins there.
std::set<std::string> columns_in(const std::string& text, std::size_t at) {
  std::set<std::string> columns;
  std::string word;
  bool quoted = false, ended = false;
  int depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') quoted = !quoted;
    if (!quoted && c == '(' && depth++ == 0) continue;
    if (!quoted && (c == ',' || c == ')') && depth == 1) {
      columns.insert(std::exchange(word, {}));
      ended = false;
      if (c == ')') break;
      ++at;  // the space that follows
    } else if (!quoted && c == ' ') {
      ended = true;
    } else if (!ended) {
      word += c;
    }
    if (!quoted && c == ')') --depth;
  }
  return columns;
}

std::set<std::string> referenced_columns(const Json& foreign_key) {
  const std::string table = foreign_key["references"].str();
  const std::string& definition = foreign_key["definition"].str();
  const std::size_t at = definition.find(" REFERENCES " + table + "(");
  return at == std::string::npos ? std::set<std::string>() : columns_in(definition, definition.find('(', at + 12 + table.size()));
}

// Does the plan make a unique index of that table, for itself or behind a constraint?
void add_made(const Item& item, const std::string& table, std::vector<Index>& indexes) {
  if (!item.creates() || item.pair.to->body["table"].str() != table) return;
  const Json& body = item.pair.to->body;
  const std::string& definition = body["definition"].str();
  if ((!body["unique"].truth() && !body.has("index")) || body.has("predicate")) return;
  indexes.push_back({item.pair.to->key(), qualified_name(body), columns_in(definition, definition.find('(')), 0});
}

bool fits(const pg::Row& index) {
  return index.form<FormData_pg_index>().indisunique && index.null(Anum_pg_index_indpred) && index.null(Anum_pg_index_indexprs);
}

std::vector<pg::Row> indexes_on(Oid table) {
  std::vector<pg::Row> indexes =
      pg::scan(IndexRelationId, IndexIndrelidIndexId, {pg::oid_key(Anum_pg_index_indrelid, table)});
  std::erase_if(indexes, [](const pg::Row& index) { return !fits(index); });
  return indexes;
}

std::set<std::string> columns_of(const FormData_pg_index& index) {
  std::set<std::string> columns;
  for (int i = 0; i < index.indnkeyatts; ++i) columns.insert(pg::column_name(index.indrelid, index.indkey.values[i]));
  return columns;
}

// Unless the plan drops it.
void add_kept(const FormData_pg_index& index, const Work& work, std::vector<Index>& indexes) {
  const auto owner = owner_of({RelationRelationId, index.indexrelid});
  if (!owner) return;
  const std::size_t item = work.at(*owner);
  if (item != Work::npos && work.items()[item].drops()) return;
  const Object object = item == Work::npos ? live_object(*owner) : *work.items()[item].pair.to;
  indexes.push_back({object.key(), qualified_name(object.body), columns_of(index), index.indexrelid});
}

std::vector<Index> indexes_of(const std::string& table, const Work& work) {
  std::vector<Index> indexes;
  for (const Item& item : work.items()) add_made(item, table, indexes);
  const auto live = pg::query("SELECT pg_catalog.to_regclass($1)::oid", {pg::arg(table)});
  if (!live.front()[0]) return indexes;
  for (const pg::Row& index : indexes_on(static_cast<Oid>(std::stoul(*live.front()[0])))) {
    add_kept(index.form<FormData_pg_index>(), work, indexes);
  }
  return indexes;
}

// ALTER COLUMN TYPE makes indexes anew.
bool ages_tell(const std::string& table, const Work& work) {
  const std::size_t item = work.relation_after(table);
  return item == Work::npos || work.items()[item].script.rebuild_columns().empty();
}

std::string chosen_index(const Json& foreign_key, const Work& work) {
  const std::string& table = foreign_key["references"].str();
  const std::set<std::string> columns = referenced_columns(foreign_key);
  std::vector<Index> fitting = indexes_of(table, work);
  std::erase_if(fitting, [&](const Index& one) { return one.columns != columns; });
  const auto& needed = foreign_key["depends"].items();
  const auto chosen = std::find_if(fitting.begin(), fitting.end(), [&](const Index& one) {
    return std::find(needed.begin(), needed.end(), Json(one.key)) != needed.end();
  });
  if (chosen == fitting.end()) return {};
  const auto is_later = [&](const Index& one) { return chosen->oid != 0 && (one.oid == 0 || one.oid >= chosen->oid); };
  if (fitting.size() == 1 || (ages_tell(table, work) && std::all_of(fitting.begin(), fitting.end(), is_later))) return {};
  return chosen->name;
}

}  // namespace

bool note_chosen_index(Item& item, const Work& work) {
  if (!item.creates() || !item.pair.to->body.has("references")) return false;
  Object& to = *item.pair.to;
  const std::string before = std::exchange(to.chosen_index, chosen_index(to.body, work));
  return to.chosen_index != before;
}

bool stands_on_one_of_several(Address foreign_key) {
  const auto row = foreign_key.catalog == ConstraintRelationId ? pg::find(CONSTROID, foreign_key.object) : std::nullopt;
  if (!row || row->form<FormData_pg_constraint>().contype != CONSTRAINT_FOREIGN) return false;
  const auto chosen = pg::find(INDEXRELID, row->form<FormData_pg_constraint>().conindid);
  if (!chosen) return false;
  const auto indexes = indexes_on(chosen->form<FormData_pg_index>().indrelid);
  const std::set<std::string> columns = columns_of(chosen->form<FormData_pg_index>());
  return std::count_if(indexes.begin(), indexes.end(), [&](const pg::Row& index) {
    return columns_of(index.form<FormData_pg_index>()) == columns;
  }) > 1;
}

}  // namespace xc::plan
