// Renames, from the outside inwards: schemas, what stands in schemas, what stands on relations, parts. Each of these
// moves the names of all that is inside, so the objects are read again in between.
#include "plan/renames.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "plan/live.hpp"
#include "plan/names.hpp"

namespace xc::plan {

namespace {

bool is_schema(const Pair& pair) { return pair.kind().rank == Rank::schema; }

// A table takes along what stands on it, and the sequences of its columns.
bool follows_another(const Pair& pair) {
  return stands_on_relation(pair.from->body) || pair.from->body.has("owned_by");
}

class Renames {
 public:
  Renames(std::vector<Pair>& pairs, const Run& run) : pairs_(pairs), run_(run) {}

  void run_all() {
    move_all(is_schema);
    make_schemas();
    move_all([](const Pair& pair) { return !is_schema(pair) && !follows_another(pair); });
    part_from_renamed();
    move_all([](const Pair& pair) { return !is_schema(pair) && follows_another(pair); });
    rename_parts();
    split_the_rest();
  }

 private:
  struct Move {
    Pair* pair;
    Place to;
  };

  // --- running ---

  void run(const Pair& pair, const Script& script) {
    for (const Step& step : script.steps()) {
      run_(planned(step, *pair.from));
      any_ran_ = true;
    }
  }

  void rename(Pair& pair, const std::string& name) {
    const Kind& kind = pair.kind();
    Script script;
    if (kind.rename != nullptr) {
      kind.rename(*pair.from, name, script);
    } else {
      script.add(Stage::rename, fmt::format("ALTER {} RENAME TO {}", kind.target(pair.from->body), name));
    }
    for (Step& step : script.steps()) step.because("it has another name in the target");
    change_place(pair, script);
  }

  void set_schema(Pair& pair, const std::string& schema) {
    Script script;
    script.add(Stage::rename, fmt::format("ALTER {} SET SCHEMA {}", pair.kind().target(pair.from->body), schema))
        .because("it is in another schema in the target");
    change_place(pair, script);
  }

  void change_place(Pair& pair, const Script& script) {
    leave(pair);
    run(pair, script);
    refresh(pair);
    enter(pair);
  }

  void refresh(Pair& pair) { pair.from = live_object(pair.from->address); }

  void refresh_all() {
    if (!any_ran_) return;
    for (Pair& pair : pairs_) {
      if (pair.from) refresh(pair);
    }
    any_ran_ = false;
  }

  // --- who holds which name ---

  void leave(Pair& pair) {
    for (const std::string& name : names_held(*pair.from)) holders_[name].erase(&pair);
  }

  void enter(Pair& pair) {
    for (const std::string& name : names_held(*pair.from)) holders_[name].insert(&pair);
  }

  Pair* holder_of(const Pair& pair, const Place& place) {
    for (const std::string& name : names_held(*pair.from, place)) {
      for (Pair* holder : holders_[name]) {
        if (holder != &pair) return holder;
      }
    }
    return nullptr;
  }

  // --- moving ---

  static bool wants_to_move(const Pair& pair) {
    if (!pair.from || !pair.to) return false;
    const Place is = place_of(pair.from->body);
    const Place wanted = place_of(pair.to->body);
    if (is.scope == wanted.scope || follows_another(pair)) return is.name != wanted.name;
    return pair.kind().moves == nullptr || pair.kind().moves(pair.from->body);
  }

  template <class Which>
  void move_all(Which which) {
    holders_.clear();
    std::vector<Move> moves;
    for (Pair& pair : pairs_) {
      if (pair.from) enter(pair);
      if (wants_to_move(pair) && which(pair)) moves.push_back({&pair, place_of(pair.to->body)});
    }
    while (!moves.empty()) {
      const auto free = std::find_if(moves.begin(), moves.end(), [&](const Move& one) { return !holder_of(*one.pair, one.to); });
      if (free != moves.end()) {
        move(*free->pair, free->to);
        moves.erase(free);
      } else if (!make_way(*holder_of(*moves.front().pair, moves.front().to))) {
        moves.erase(moves.begin());  // see split_the_rest()
      }
    }
    refresh_all();
  }

  void move(Pair& pair, const Place& to) {
    const Place from = place_of(pair.from->body);
    const bool moves = from.scope != to.scope && !follows_another(pair);
    if (moves) {
      if (from.name != to.name && holder_of(pair, {to.scope, from.name}) != nullptr) {
        rename(pair, holder_of(pair, {from.scope, to.name}) == nullptr ? to.name : temporary_name());
      }
      set_schema(pair, to.scope);
    }
    if (place_of(pair.from->body).name != to.name) rename(pair, to.name);
  }

  // For objects that swap their names, or whose name another one takes before they are dropped. False when the object
  // only ever follows another.
  bool make_way(Pair& pair) {
    const Place before = place_of(pair.from->body);
    rename(pair, temporary_name());
    return place_of(pair.from->body) != before;
  }

  std::string temporary_name() { return fmt::format("xc_tmp_{}", ++temporaries_); }

  // --- the rest ---

  // Schemas that something moves into are made now, all others when their turn comes.
  void make_schemas() {
    std::set<std::string> needed;
    for (const Pair& pair : pairs_) {
      if (wants_to_move(pair) && !follows_another(pair)) needed.insert(place_of(pair.to->body).scope);
      if (pair.from && pair.to) needed.insert(pair.to->body["multirange_schema"].str());
    }
    for (Pair& pair : pairs_) {
      if (pair.from || !is_schema(pair) || !needed.contains(pair.to->body["name"].str())) continue;
      Script script;
      pair.kind().create(*pair.to, script);
      for (const Step& step : script.steps()) run_(planned(step, *pair.to));
      pair.from = live_object_named(pair.kind(), pair.to->key());
    }
  }

  // A table that leaves a parent leaves it before columns and constraints of either are renamed: neither follows the other.
  void part_from_renamed() {
    const std::set<std::string> renamed = relations_with_renamed_parts();
    for (Pair& pair : pairs_) {
      if (!pair.from || !pair.to) continue;
      Object parted = *pair.from;
      const bool is_renamed = renamed.contains(relation_name(parted));
      const auto parts_from = [&](const Json& parent) { return is_renamed || renamed.contains(parent.str()); };
      Json parents = Json::array();
      for (const Json& parent : pair.from->body["inherits"].items()) {
        const Json::Array& wanted = pair.to->body["inherits"].items();
        const bool stays = std::find(wanted.begin(), wanted.end(), parent) != wanted.end();
        if (stays || !parts_from(parent)) parents.push(parent);
      }
      if (parents.items().size() != pair.from->body["inherits"].items().size()) {
        parted.body.set("inherits", parents.items().empty() ? Json() : std::move(parents));
      }
      const Json& whole = pair.from->body["partition_of"];
      if (!whole.is_null() && whole != pair.to->body["partition_of"] && parts_from(whole)) {
        parted.body.set("partition_of", Json()).set("partition_bound", Json());
      }
      if (parted.body != pair.from->body) part(pair, parted);
    }
    refresh_all();
  }

  void part(Pair& pair, const Object& parted) {
    Script all;
    pair.kind().alter(*pair.from, parted, all);
    Script script;
    for (const Step& step : all.steps()) {
      if (step.stage == Stage::release) script.steps().push_back(step);
    }
    run(pair, script);
  }

  std::set<std::string> relations_with_renamed_parts() const {
    std::set<std::string> relations;
    for (const Pair& pair : pairs_) {
      if (!pair.from || !pair.to) continue;
      const std::string name = relation_name(*pair.from);
      if (!name.empty() && names_of_columns(*pair.from) != names_of_columns(*pair.to)) relations.insert(name);
      if (stands_on_relation(pair.from->body) && place_of(pair.from->body).name != place_of(pair.to->body).name) {
        relations.insert(pair.from->body["table"].str());
      }
    }
    return relations;
  }

  static std::vector<std::string> names_of_columns(const Object& relation) {
    std::vector<std::string> names;
    for (const Json& column : relation.body["columns"].items()) names.push_back(column["name"].str());
    return names;
  }

  void rename_parts() {
    std::map<std::string, Pair*> relations;
    for (Pair& pair : pairs_) {
      if (pair.from) relations.emplace(relation_name(*pair.from), &pair);
    }
    std::set<Pair*> done;
    for (Pair& pair : pairs_) rename_parts_of(pair, relations, done);
    refresh_all();
  }

  // Parents first: what is renamed there is renamed in their children, too.
  void rename_parts_of(Pair& pair, const std::map<std::string, Pair*>& relations, std::set<Pair*>& done) {
    if (!pair.from || !pair.to || !done.insert(&pair).second) return;
    for (const std::string& parent : parents_of(pair.from->body)) {
      const auto found = relations.find(parent);
      if (found != relations.end()) rename_parts_of(*found->second, relations, done);
    }
    if (any_ran_) refresh(pair);
    if (place_of(pair.from->body) != place_of(pair.to->body) || takes_a_name(pair)) return;
    Script script;
    if (pair.kind().alter(*pair.from, *pair.to, script) == Change::replace) return;
    Script renames;
    for (const Step& step : script.steps()) {
      if (step.stage == Stage::rename) renames.steps().push_back(step);
    }
    run(pair, renames);
  }

  // Does a part of it get a name that another object has, until that goes?
  bool takes_a_name(const Pair& pair) const {
    const std::vector<std::string> held = all_names_held(*pair.from);
    std::vector<std::string> wanted = all_names_held(*pair.to);
    std::erase_if(wanted, [&](const std::string& name) { return std::find(held.begin(), held.end(), name) != held.end(); });
    return !wanted.empty() && std::any_of(pairs_.begin(), pairs_.end(), [&](const Pair& other) {
      if (&other == &pair || !other.from) return false;
      const std::vector<std::string> names = all_names_held(*other.from);
      return std::find_first_of(names.begin(), names.end(), wanted.begin(), wanted.end()) != names.end();
    });
  }

  void split_the_rest() {
    std::vector<Pair> split;
    for (Pair& pair : pairs_) {
      if (!pair.from || !pair.to || place_of(pair.from->body) == place_of(pair.to->body)) continue;
      split.push_back({std::nullopt, std::move(pair.to)});
      pair.to.reset();
    }
    for (Pair& pair : split) pairs_.push_back(std::move(pair));
  }

  std::vector<Pair>& pairs_;
  const Run& run_;
  std::map<std::string, std::set<Pair*>> holders_;
  int temporaries_ = 0;
  bool any_ran_ = false;
};

}  // namespace

void run_renames(std::vector<Pair>& pairs, const Run& run) { Renames(pairs, run).run_all(); }

}  // namespace xc::plan
