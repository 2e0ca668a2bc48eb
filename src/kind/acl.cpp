// Access control lists as values; see acl.hpp. Text work only; satellites.cpp reads one from the catalogs.
#include "kind/acl.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>

#include "core/sql.hpp"
#include "pg/server.hpp"

namespace xc::acl {

namespace {

struct Right {
  char letter;
  std::string_view keyword;
};

// In the server's order, so that the index is the bit.
constexpr std::array<Right, 15> rights = {{
    {'a', "INSERT"}, {'r', "SELECT"}, {'w', "UPDATE"}, {'d', "DELETE"}, {'D', "TRUNCATE"},
    {'x', "REFERENCES"}, {'t', "TRIGGER"}, {'X', "EXECUTE"}, {'U', "USAGE"}, {'C', "CREATE"},
    {'T', "TEMPORARY"}, {'c', "CONNECT"}, {'s', "SET"}, {'A', "ALTER SYSTEM"}, {'m', "MAINTAIN"},
}};

constexpr bool in_server_order() {
  const std::string_view known = ACL_ALL_RIGHTS_STR;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (rights[i].letter != known[i]) return false;
  }
  return true;
}
static_assert(in_server_order());

struct Defaults {
  char what;
  std::string_view all;      // what ALL means, and what the owner has
  std::string_view of_public;
};

#if PG_VERSION_NUM >= 170000
constexpr std::string_view all_of_relation = "arwdDxtm";
#else
constexpr std::string_view all_of_relation = "arwdDxt";
#endif

constexpr std::array<Defaults, 9> defaults = {{
    {'r', all_of_relation, ""},
    {'s', "rwU", ""},
    {'f', "X", "X"},
    {'n', "UC", ""},
    {'T', "U", "U"},
    {'l', "U", "U"},
    {'F', "U", ""},
    {'S', "U", ""},
    {'L', "rw", ""},
}};

constexpr std::string_view column_rights = "arwx";

constexpr Rights bits(std::string_view letters) {
  Rights result = 0;
  for (std::size_t i = 0; i < rights.size(); ++i) {
    if (letters.find(rights[i].letter) != std::string_view::npos) result |= Rights{1} << i;
  }
  return result;
}

std::string letters(Rights set) {
  std::string result;
  for (std::size_t i = 0; i < rights.size(); ++i) {
    if ((set >> i & 1) != 0) result += rights[i].letter;
  }
  return result;
}

Rights all_of(char what) {
  if (what == 'c') return bits(column_rights);
  for (const Defaults& entry : defaults) {
    if (entry.what == what) return bits(entry.all);
  }
  return 0;
}

std::optional<std::size_t> index_of(const Entries& entries, const Entry& key) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].same_key(key)) return i;
  }
  return {};
}

bool holds(const Entries& entries, const Entry& key) { return index_of(entries, key).has_value(); }

const Entry& entry_like(const Entries& entries, const Entry& key) {
  static const Entry nothing;
  const auto index = index_of(entries, key);
  return index ? entries[*index] : nothing;
}

// --- statements ---

std::string rights_list(Rights set, const Subject& subject) {
  const std::string column = subject.column.empty() ? std::string() : " (" + subject.column + ")";
  if (set == all_of(subject.what)) return "ALL" + column;
  std::vector<std::string> words;
  for (std::size_t i = 0; i < rights.size(); ++i) {
    if ((set >> i & 1) != 0) words.push_back(std::string(rights[i].keyword) + column);
  }
  return sql::join(words, ", ");
}

class Writer {
 public:
  Writer(const Subject& subject, Script& script) : subject_(subject), script_(script) {}

  void raise(const Entry& from, const Entry& to) {
    grant(to.plain & ~(from.plain | from.grantable), to, "");
    grant(to.grantable & ~from.grantable, to, " WITH GRANT OPTION");
  }

  void lower(const Entry& from, const Entry& to) {
    const Rights wants = to.plain | to.grantable;
    revoke("", (from.plain | from.grantable) & ~wants, from, "");
    revoke("GRANT OPTION FOR ", from.grantable & ~to.grantable & wants, from, "");
  }

  void revoke_all_of(const Entry& entry) { lower(entry, Entry()); }
  void revoke_everything(const std::string& grantee, const std::string& grantor = {}) {
    Entry key;
    key.grantee = grantee;
    key.grantor = grantor;
    revoke("", all_of(subject_.what), key, " CASCADE");
  }

  std::vector<std::string> losers;  // who lost rights that columns have, too

 private:
  void grant(Rights set, const Entry& key, std::string_view option) {
    if (set == 0) return;
    add(subject_.prefix + "GRANT " + rights_list(set, subject_) + " ON " + subject_.on + " TO " + key.grantee +
            std::string(option), key);
  }

  void revoke(std::string_view option, Rights set, const Entry& key, std::string_view behavior) {
    if (set == 0) return;
    if ((set & bits(column_rights)) != 0) losers.push_back(key.grantee);
    add(subject_.prefix + "REVOKE " + std::string(option) + rights_list(set, subject_) + " ON " + subject_.on +
            " FROM " + key.grantee + std::string(behavior), key);
  }

  void add(std::string text, const Entry& key) {
    script_.add(Stage::decorate, std::move(text))
        .locks(Lock::none)
        .as(key.grantor)
        .naming_role(key.grantee)
        .naming_role(key.grantor)
        .naming_role(subject_.prefix.empty() ? std::string_view() : subject_.owner);
  }

  const Subject& subject_;
  Script& script_;
};

// One list as the planner sees it: entries whose place in the array pg_dump shows, and entries whose place it does not
// (those of the base list, and the owner's own, which it prints first wherever it stands).
struct State {
  Entries listed;
  Entries loose;
};

State state_of(const Json& value, const Subject& subject) {
  State state;
  for (Entry& entry : entries_of(value, subject.base)) {
    const bool own = entry.grantor.empty() && entry.grantee == subject.owner;
    const bool unprinted = std::find(subject.base.begin(), subject.base.end(), entry) != subject.base.end();
    (own || unprinted ? state.loose : state.listed).push_back(std::move(entry));
  }
  return state;
}

// Entries that can stay where they are in the array. A new entry goes to the end, so when order matters it is the
// longest start of the wanted list that is there already in that order.
std::vector<bool> kept_entries(const State& from, const State& to, bool ordered) {
  std::vector<bool> kept(to.listed.size(), false);
  std::size_t next = 0;
  for (std::size_t i = 0; i < to.listed.size(); ++i) {
    const auto at = index_of(from.listed, to.listed[i]);
    if (ordered && (!at || *at < next)) break;
    if (!at) continue;
    kept[i] = true;
    next = *at + 1;
  }
  return kept;
}

// Grants by others hang on the grant options of those others. One that would lose its ground on the way cannot stay
// where it is, and with it those behind.
void let_go_of_cut_chains(const State& from, const State& to, std::vector<bool>& kept) {
  const auto loses_ground = [&](const Entry& dependent) {
    for (const Entry& entry : from.listed) {
      if (dependent.grantor.empty() || entry.grantee != dependent.grantor) continue;
      const auto at = index_of(to.listed, entry);
      const Rights stays = at && kept[*at] ? to.listed[*at].grantable : 0;
      if ((entry.grantable & ~stays & (dependent.plain | dependent.grantable)) != 0) return true;
    }
    return false;
  };
  for (bool again = true; again;) {
    again = false;
    for (std::size_t i = 0; i < to.listed.size() && !again; ++i) {
      if (!kept[i] || !loses_ground(to.listed[i])) continue;
      std::fill(kept.begin() + static_cast<std::ptrdiff_t>(i), kept.end(), false);
      again = true;
    }
  }
}

// The order in which entries can be revoked: a grantor after those it has granted to, else the last first.
Entries revocation_order(Entries entries) {
  Entries result;
  while (!entries.empty()) {
    const auto grants_nothing = [&](const Entry& entry) {
      return std::none_of(entries.begin(), entries.end(), [&](const Entry& other) {
        return &other != &entry && other.grantor == entry.grantee;
      });
    };
    auto next = std::find_if(entries.rbegin(), entries.rend(), grants_nothing);
    if (next == entries.rend()) next = entries.rbegin();
    result.push_back(*next);
    entries.erase(std::next(next).base());
  }
  return result;
}

// Takes back what others than the owner have granted, last first: only they can.
void write_withdrawals(const Entries& entries, Writer& writer) {
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (!entry->grantor.empty()) writer.revoke_everything(entry->grantee, entry->grantor);
  }
}

Entry entry_from(const Json& item) {
  Entry entry;
  entry.grantee = item["grantee"].str();
  entry.grantor = item["grantor"].str();
  entry.plain = bits(item["privileges"].str());
  entry.grantable = bits(item["grantable"].str());
  return entry;
}

Json json_of(const Entry& entry) {
  Json item = Json::object();
  item.set("grantee", entry.grantee).set("grantor", entry.grantor);
  item.set("privileges", letters(entry.plain)).set("grantable", letters(entry.grantable));
  return item;
}

}  // namespace

char what_of(std::string_view grant_target) {
  struct Word {
    std::string_view word;
    char what;
  };
  constexpr std::array<Word, 14> words = {{{"TABLE ", 'r'}, {"VIEW ", 'r'}, {"MATERIALIZED VIEW ", 'r'},
                                           {"FOREIGN TABLE ", 'r'}, {"SEQUENCE ", 's'}, {"FUNCTION ", 'f'}, {"PROCEDURE ", 'f'},
                                           {"ROUTINE ", 'f'}, {"SCHEMA ", 'n'}, {"TYPE ", 'T'}, {"DOMAIN ", 'T'},
                                           {"LANGUAGE ", 'l'}, {"FOREIGN DATA WRAPPER ", 'F'}, {"FOREIGN SERVER ", 'S'}}};
  for (const Word& entry : words) {
    if (grant_target.starts_with(entry.word)) return entry.what;
  }
  return no_privileges;
}

Entries built_in(char what, const std::string& owner) {
  Entries result;
  for (const Defaults& entry : defaults) {
    if (entry.what != what) continue;
    if (!entry.of_public.empty()) result.push_back({std::string(everyone), "", bits(entry.of_public), 0});
    result.push_back({owner, "", bits(entry.all), 0});
  }
  return result;
}

Entries base_of(char what, const std::string& owner, std::string_view grant_target) {
  Entries result = built_in(what, owner);
  // pg_dump compares the schema public with what initdb has given it.
  if (grant_target == "SCHEMA public") result.push_back({std::string(everyone), "", bits("U"), 0});
  return result;
}

Json value_of(const Entries& entries, const Entries& base, const std::string& owner) {
  Entries granted;
  for (const Entry& entry : entries) {
    if (std::find(base.begin(), base.end(), entry) == base.end()) granted.push_back(entry);
  }
  std::stable_partition(granted.begin(), granted.end(),
                        [&](const Entry& entry) { return entry.grantee == owner && entry.grantor.empty(); });
  Json grants = Json::array();
  for (const Entry& entry : granted) grants.push(json_of(entry));
  Json revokes = Json::array();
  for (const Entry& entry : base) {
    if (std::find(entries.begin(), entries.end(), entry) == entries.end()) revokes.push(entry.grantee);
  }
  if (grants.items().empty() && revokes.items().empty()) return {};
  Json value = Json::object();
  value.set("grants", std::move(grants)).set("revokes", std::move(revokes));
  return value;
}

bool allows(const Entry& entry, char letter) { return ((entry.plain | entry.grantable) & bits(std::string_view(&letter, 1))) != 0; }

Entries entries_of(const Json& value, const Entries& base) {
  Entries result;
  for (const Entry& entry : base) {
    const Json::Array& gone = value["revokes"].items();
    if (std::find(gone.begin(), gone.end(), Json(entry.grantee)) == gone.end()) result.push_back(entry);
  }
  for (const Json& item : value["grants"].items()) result.push_back(entry_from(item));
  return result;
}

Entries with_new_owner(Entries entries, const std::string& old_owner, const std::string& new_owner) {
  Entries result;
  for (Entry& entry : entries) {
    if (entry.grantee == old_owner) entry.grantee = new_owner;
    if (entry.grantor == new_owner) entry.grantor.clear();
    const auto at = index_of(result, entry);
    if (!at) {
      result.push_back(std::move(entry));
      continue;
    }
    Entry& merged = result[*at];
    merged.grantable |= entry.grantable;
    merged.plain = (merged.plain | entry.plain) & ~merged.grantable;
  }
  return result;
}

std::string grant_target_of(const Kind& kind, const Json& body) {
  return kind.grant_target != nullptr ? kind.grant_target(body) : kind.target(body);
}

Subject subject_of(const Object& to) {
  Subject subject;
  subject.on = grant_target_of(*to.kind, to.body);
  subject.what = what_of(subject.on);
  subject.owner = to.body["owner"].str();
  subject.base = base_of(subject.what, subject.owner, subject.on);
  return subject;
}

std::vector<std::string> write_steps(const Json& from_value, const Json& to_value, const Subject& subject,
                                     Script& script) {
  if (from_value == to_value) return {};
  const State from = state_of(from_value, subject);
  const State to = state_of(to_value, subject);
  Writer writer(subject, script);

  std::vector<bool> kept = kept_entries(from, to, subject.ordered);
  let_go_of_cut_chains(from, to, kept);

  // What goes, and what has to come back at another place.
  Entries gone;
  for (const Entry& entry : from.listed) {
    const auto at = index_of(to.listed, entry);
    if (!(at && kept[*at]) && !holds(to.loose, entry)) gone.push_back(entry);
  }
  for (const Entry& entry : from.loose) {
    if (!holds(to.loose, entry)) gone.push_back(entry);
  }
  for (const Entry& entry : revocation_order(std::move(gone))) writer.revoke_all_of(entry);

  // What stays. GRANT comes before REVOKE, since an entry that became empty in between would lose its place; grantors
  // gain before and lose after those they have granted to.
  struct Pair {
    Entry from, to;
  };
  std::vector<Pair> stay;
  for (const Entry& entry : to.loose) {
    stay.push_back({entry_like(holds(from.loose, entry) ? from.loose : from.listed, entry), entry});
  }
  for (std::size_t i = 0; i < to.listed.size(); ++i) {
    if (kept[i]) stay.push_back({entry_like(from.listed, to.listed[i]), to.listed[i]});
  }
  for (const Pair& pair : stay) writer.raise(pair.from, pair.to);
  for (auto pair = stay.rbegin(); pair != stay.rend(); ++pair) writer.lower(pair->from, pair->to);

  // The rest of the list, in its order.
  for (std::size_t i = 0; i < to.listed.size(); ++i) {
    if (!kept[i]) writer.raise(Entry(), to.listed[i]);
  }
  return writer.losers;
}

void write_reset_steps(const Json& to_value, const std::vector<std::string>& others, const Subject& subject,
                       Script& script) {
  const Entries entries = entries_of(to_value, subject.base);
  std::vector<std::string> grantees = others;
  for (const Entry& entry : entries) grantees.push_back(entry.grantee);
  std::sort(grantees.begin(), grantees.end());
  grantees.erase(std::unique(grantees.begin(), grantees.end()), grantees.end());

  Writer writer(subject, script);
  write_withdrawals(entries, writer);
  for (const std::string& grantee : grantees) writer.revoke_everything(grantee);
  for (const Entry& entry : entries) writer.raise(Entry(), entry);
}

void write_removal_steps(const Json& from, const Subject& subject, Script& script) {
  const Entries entries = entries_of(from, subject.base);
  Writer writer(subject, script);
  write_withdrawals(entries, writer);
  for (const Entry& entry : entries) {
    if (entry.grantor.empty()) writer.revoke_everything(entry.grantee);
  }
}

bool has_other_grantors(const Json& value) {
  const auto& grants = value["grants"].items();
  return std::any_of(grants.begin(), grants.end(), [](const Json& item) { return item.has("grantor"); });
}

}  // namespace xc::acl
