// Writes what all kinds share: ALTER … OWNER TO, GRANT and REVOKE, COMMENT ON, SECURITY LABEL, DEPENDS ON EXTENSION, by
// the kind's target(). Text work only.
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/sql.hpp"
#include "kind/acl.hpp"
#include "kind/describe.hpp"

namespace xc {

namespace {

const std::string& owner_of_body(const Json& body) { return body["owner"].str(); }

constexpr std::string_view depends_member = "depends_on_extensions";

acl::Subject column_subject(const std::string& grant_target, const std::string& column, const std::string& owner) {
  acl::Subject subject;
  subject.on = grant_target;
  subject.column = column;
  subject.what = 'c';
  subject.owner = owner;
  return subject;
}

bool mentions(const Json& list, const std::string& role_name) {
  const auto& grants = list["grants"].items();
  return std::any_of(grants.begin(), grants.end(), [&](const Json& item) {
    return item["grantee"].str() == role_name || item["grantor"].str() == role_name;
  });
}

constexpr std::array<std::string_view, 2> column_members = {"columns", "system_columns"};

bool columns_mention(const Json& body, const std::string& role_name) {
  return std::any_of(column_members.begin(), column_members.end(), [&](std::string_view member) {
    const auto& columns = body[member].items();
    return std::any_of(columns.begin(), columns.end(), [&](const Json& column) { return mentions(column["acl"], role_name); });
  });
}

const Json& column_named(const Json& columns, const Json& name) {
  static const Json nothing;
  for (const Json& column : columns.items()) {
    if (column["name"] == name) return column;
  }
  return nothing;
}

// Those of other columns are the kind's own steps.
void write_system_columns(const Json& from, const Object& to, Script& script) {
  const std::string target = acl::grant_target_of(*to.kind, to.body);
  const Json& old_columns = from["system_columns"];
  const Json& columns = to.body["system_columns"];
  const auto write = [&](const Json& name) {
    write_acl_steps(column_named(old_columns, name)["acl"], column_named(columns, name)["acl"], target, name.str(), script,
                    owner_of_body(to.body));
  };
  for (const Json& column : old_columns.items()) {
    if (column_named(columns, column["name"]).is_null()) write(column["name"]);
  }
  for (const Json& column : columns.items()) write(column["name"]);
}

// The kind's own steps have brought the privileges of columns to their end, but
//   - a REVOKE on the table takes the rights from its columns, too (losers: from whom);
//   - a new owner takes over what the lists say of the old one (all);
//   - grants by others may hang on grant options for the table, which came only now: write_acl_steps() has left them.
// Those columns are done again.
void redo_column_privileges(const Json& from, const Object& to, const std::vector<std::string>& losers, bool all,
                            Script& script) {
  const std::string target = acl::grant_target_of(*to.kind, to.body);
  const std::string& owner = owner_of_body(to.body);
  std::vector<std::string> others = losers;
  if (all) others.push_back(owner);
  for (const std::string_view member : column_members) {
    for (const Json& column : to.body[member].items()) {
      const Json& list = column["acl"];
      const Json& old_list = column_named(from[member], column["name"])["acl"];
      const bool left = list != old_list && (acl::has_other_grantors(list) || acl::has_other_grantors(old_list));
      const bool lost = std::any_of(losers.begin(), losers.end(),
                                    [&](const std::string& loser) { return mentions(list, loser); });
      if (all || left || lost) {
        acl::write_reset_steps(list, others, column_subject(target, column["name"].str(), owner), script);
      }
    }
  }
}

Step owner_step(const Object& to, Stage stage) {
  Step step;
  step.sql = "ALTER " + to.kind->target(to.body) + " OWNER TO " + owner_of_body(to.body);
  step.stage = stage;
  step.naming_role(owner_of_body(to.body)).because("its owner");
  return step;
}

// Behind the first step of a stage, or in front of all steps.
void insert_step(Script& script, Step step, bool behind_creation) {
  auto& steps = script.steps();
  auto at = steps.begin();
  if (behind_creation) {
    // As late as the creation goes, but before the first step that runs as the owner to be.
    bool created = false;
    for (auto it = steps.begin(); it != steps.end(); ++it) {
      if (it->stage != Stage::create) continue;
      if (created && !it->run_as.empty()) break;
      created = true;
      at = it + 1;
    }
  }
  steps.insert(at, std::move(step));
}

bool is_identity(const Json& body) { return body.has("identity_kind"); }  // of a sequence

void write_labels(const Json& from, const Json& to, const std::string& target, Script& script) {
  const auto find = [](const Json& labels, const Json& like) -> const Json* {
    for (const Json& label : labels.items()) {
      if (label["provider"] == like["provider"]) return &label;
    }
    return nullptr;
  };
  const auto add = [&](const Json& label, const std::string& value) {
    script.add(Stage::decorate, "SECURITY LABEL FOR " + label["provider"].str() + " ON " + target + " IS " + value)
        .locks(Lock::share_update_exclusive);
  };
  for (const Json& label : from.items()) {
    if (find(to, label) == nullptr) add(label, "NULL");
  }
  for (const Json& label : to.items()) {
    const Json* old = find(from, label);
    if (old == nullptr || !(*old == label)) add(label, sql::literal(label["label"].str()));
  }
}

// "ALTER … DEPENDS ON EXTENSION" names the index where the object is the constraint on it, and an aggregate as a function.
std::string extension_dependent(const Object& object) {
  const std::string target = object.kind->target(object.body);
  if (target.starts_with("AGGREGATE ")) return acl::grant_target_of(*object.kind, object.body);
  if (!target.starts_with("CONSTRAINT ")) return target;
  return "INDEX " + object.body["schema"].str() + "." + object.body["name"].str();
}

void write_extension_dependencies(const Json& from, const Object& to, Script& script) {
  const auto has = [](const Json& list, const Json& item) {
    const auto& items = list.items();
    return std::find(items.begin(), items.end(), item) != items.end();
  };
  const Json& wanted = to.body[depends_member];
  const auto add = [&](std::string_view no, const Json& extension) {
    script.add(Stage::decorate, "ALTER " + extension_dependent(to) + std::string(no) + " DEPENDS ON EXTENSION " +
                                    extension.str());
  };
  for (const Json& extension : from.items()) {
    if (!has(wanted, extension)) add(" NO", extension);
  }
  for (const Json& extension : wanted.items()) {
    if (!has(from, extension)) add("", extension);
  }
}

void write_object_notes(const Json& from, const Object& to, Script& script) {
  if (from["comment"] == to.body["comment"] && from["labels"] == to.body["labels"]) return;
  write_note_steps(from, to.body, to.kind->target(to.body), script);
}

}  // namespace

void write_note_steps(const Json& from, const Json& to, const std::string& target, Script& script) {
  if (!(from["comment"] == to["comment"])) {
    const std::string value = to.has("comment") ? sql::literal(to["comment"].str()) : "NULL";
    script.add(Stage::decorate, "COMMENT ON " + target + " IS " + value).locks(Lock::share_update_exclusive);
  }
  write_labels(from["labels"], to["labels"], target, script);
}

void write_acl_steps(const Json& from, const Json& to, const std::string& grant_target, const std::string& column,
                     Script& script, const std::string& owner) {
  acl::Subject subject = column_subject(grant_target, column, owner);
  if (column.empty()) {
    subject.what = acl::what_of(grant_target);
    subject.base = acl::base_of(subject.what, owner, grant_target);
  }
  if (!column.empty() && (acl::has_other_grantors(from) || acl::has_other_grantors(to))) {
    if (from != to) acl::write_removal_steps(from, subject, script);  // redo_column_privileges() gives them
    return;
  }
  acl::write_steps(from, to, subject, script);
}

void decorate_new(const Object& to, Script& script, const Json& born_acl) {
  const std::string& owner = owner_of_body(to.body);
  if (!owner.empty()) {
    // An identity sequence comes with its column and follows its table.
    if (!is_identity(to.body)) insert_step(script, owner_step(to, Stage::create), true);
    const acl::Subject subject = acl::subject_of(to);
    const Json born = born_acl.is_null()
                          ? acl::value_of(acl::built_in(subject.what, owner), subject.base, owner)
                          : born_acl;
    write_system_columns(Json(), to, script);
    const auto losers = acl::write_steps(born, to.body["acl"], subject, script);
    redo_column_privileges(Json(), to, losers, false, script);
  }
  write_extension_dependencies(Json(), to, script);
  write_object_notes(Json(), to, script);
}

void decorate_changed(const Object& from, const Object& to, Script& script) {
  const std::string& owner = owner_of_body(to.body);
  const std::string& old_owner = owner_of_body(from.body);
  if (!owner.empty()) {
    const bool moves = owner != old_owner;
    const bool follows_table = to.body.has("owned_by") && from.body["owned_by"] == to.body["owned_by"];
    if (moves && !follows_table && !is_identity(to.body)) {
      if (from.body.has("owned_by")) {
        script.steps().push_back(owner_step(to, Stage::change));  // after OWNED BY NONE
      } else {
        insert_step(script, owner_step(to, Stage::change), false);
      }
    }
    const acl::Subject subject = acl::subject_of(to);
    Json carried = from.body["acl"];
    if (moves) {
      acl::Entries entries =
          acl::entries_of(carried, acl::base_of(subject.what, old_owner, acl::grant_target_of(*from.kind, from.body)));
      carried = acl::value_of(acl::with_new_owner(std::move(entries), old_owner, owner), subject.base, owner);
    }
    write_system_columns(from.body, to, script);
    const auto losers = acl::write_steps(carried, to.body["acl"], subject, script);
    const bool taken_over = moves && (columns_mention(from.body, old_owner) || columns_mention(from.body, owner));
    redo_column_privileges(from.body, to, losers, taken_over, script);
  }
  write_extension_dependencies(from.body[depends_member], to, script);
  write_object_notes(from.body, to, script);
}

}  // namespace xc
