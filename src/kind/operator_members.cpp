// See operator_members.hpp.
#include "kind/operator_members.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/sql.hpp"
#include "pg/catalog.hpp"
#include "pg/deparse.hpp"
#include "pg/server.hpp"

extern "C" {
#include "catalog/pg_amop.h"
#include "catalog/pg_amproc.h"
#include "catalog/pg_opfamily.h"
}

namespace xc {

namespace {

struct Member {
  int number;
  Json json;
};

Json operator_member(const FormData_pg_amop& form) {
  Json member = Json::object();
  member.put("number", form.amopstrategy);
  member.set("operator", pg::operator_signature(form.amopopr));
  member.set("left", pg::type_name(form.amoplefttype)).set("right", pg::type_name(form.amoprighttype));
  if (OidIsValid(form.amopsortfamily)) member.set("order_by", family_name(form.amopsortfamily));
  return member;
}

Json function_member(const FormData_pg_amproc& form) {
  Json member = Json::object();
  member.put("number", form.amprocnum);
  member.set("function", pg::function_signature(form.amproc));
  member.set("left", pg::type_name(form.amproclefttype)).set("right", pg::type_name(form.amprocrighttype));
  return member;
}

struct Place {
  int number;
  int position;
};

int by_number(const void* a, const void* b) {
  return static_cast<const Place*>(a)->number - static_cast<const Place*>(b)->number;
}

// pg_dump sorts by number alone, so where numbers are equal the order in which it finds them shows, and how the server
// sorts: by the same algorithm as here.
Json in_dump_order(std::vector<Member> members) {
  std::vector<Place> places;
  for (const Member& member : members) places.push_back({member.number, static_cast<int>(places.size())});
  pg_qsort(places.data(), places.size(), sizeof(Place), by_number);
  Json result = Json::array();
  for (const Place& place : places) result.push(std::move(members[static_cast<std::size_t>(place.position)].json));
  return result;
}

bool has_member(const Json& list, const Json& member) {
  return std::find(list.items().begin(), list.items().end(), member) != list.items().end();
}

bool has_ties(const Json& members) {
  std::set<std::int64_t> numbers;
  for (const Json& member : members.items()) {
    if (!numbers.insert(member["number"].integer()).second) return true;
  }
  return false;
}

// Where numbers are equal only adding them all in their order makes sure of it; see in_dump_order().
Json staying(const Json& from, const Json& to) {
  Json result = Json::array();
  if (from != to && (has_ties(from) || has_ties(to))) return result;
  for (const Json& member : from.items()) {
    if (has_member(to, member)) result.push(member);
  }
  return result;
}

void add_drops(const char* what, const Json& from, const Json& stay, std::vector<std::string>& clauses) {
  for (const Json& member : from.items()) {
    if (has_member(stay, member)) continue;
    clauses.push_back(fmt::format("{} {} ({}, {})", what, member["number"].integer(), member["left"].str(), member["right"].str()));
  }
}

void add_definitions(const Json& to, const Json& stay, std::vector<std::string>& clauses) {
  for (const Json& member : to.items()) {
    if (!has_member(stay, member)) clauses.push_back(member_definition(member));
  }
}

}  // namespace

std::string family_name(std::uint32_t family) {
  const auto row = pg::row_of(OperatorFamilyRelationId, family);
  if (!row) return {};
  const auto& form = row->form<FormData_pg_opfamily>();
  return pg::schema_name(form.opfnamespace) + "." + pg::quoted(NameStr(form.opfname));
}

void describe_members(Address owner, std::uint32_t family, Json& body) {
  std::vector<Member> operators;
  std::vector<Member> functions;
  for (const pg::Row& found : pg::scan(DependRelationId, DependReferenceIndexId,
                                       {pg::oid_key(Anum_pg_depend_refclassid, owner.catalog),
                                        pg::oid_key(Anum_pg_depend_refobjid, owner.object)})) {
    const auto& depend = found.form<FormData_pg_depend>();
    if (depend.classid == AccessMethodOperatorRelationId) {
      const auto row = pg::row_of(depend.classid, depend.objid);
      if (!row || row->form<FormData_pg_amop>().amopfamily != family) continue;
      operators.push_back({row->form<FormData_pg_amop>().amopstrategy, operator_member(row->form<FormData_pg_amop>())});
    } else if (depend.classid == AccessMethodProcedureRelationId) {
      const auto row = pg::row_of(depend.classid, depend.objid);
      if (!row || row->form<FormData_pg_amproc>().amprocfamily != family) continue;
      functions.push_back({row->form<FormData_pg_amproc>().amprocnum, function_member(row->form<FormData_pg_amproc>())});
    }
  }
  body.set("operators", in_dump_order(std::move(operators)));
  body.set("functions", in_dump_order(std::move(functions)));
}

std::string member_definition(const Json& member) {
  if (member.has("function")) {
    return fmt::format("FUNCTION {} ({}, {}) {}", member["number"].integer(), member["left"].str(), member["right"].str(),
                       member["function"].str());
  }
  std::string text = fmt::format("OPERATOR {} {}", member["number"].integer(), member["operator"].str());
  if (member.has("order_by")) text += " FOR ORDER BY " + member["order_by"].str();
  return text;
}

std::vector<std::string> member_definitions(const Json& body) {
  std::vector<std::string> clauses;
  for (const char* list : {"operators", "functions"}) {
    for (const Json& member : body[list].items()) clauses.push_back(member_definition(member));
  }
  return clauses;
}

void write_member_steps(const Json& from, const Json& to, const std::string& family, Script& script) {
  const Json operators = staying(from["operators"], to["operators"]);
  const Json functions = staying(from["functions"], to["functions"]);
  std::vector<std::string> drops;
  add_drops("OPERATOR", from["operators"], operators, drops);
  add_drops("FUNCTION", from["functions"], functions, drops);
  if (!drops.empty()) {
    script.add(Stage::release, fmt::format("ALTER {} DROP\n    {}", family, sql::join(drops, ",\n    ")))
        .locks(Lock::none)
        .because("members that the target does not have");
  }
  std::vector<std::string> definitions;
  add_definitions(to["operators"], operators, definitions);
  add_definitions(to["functions"], functions, definitions);
  if (definitions.empty()) return;
  script.add(Stage::change, fmt::format("ALTER {} ADD\n    {}", family, sql::join(definitions, ",\n    ")))
      .locks(Lock::none)
      .because("members that the target has");
}

}  // namespace xc
