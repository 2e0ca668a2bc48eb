// The SQL functions that show objects and differences, in the order of api.sql.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "diff/compare.hpp"
#include "diff/dependents.hpp"
#include "diff/render.hpp"
#include "diff/report.hpp"
#include "ledger/history.hpp"
#include "ledger/object_name.hpp"
#include "ledger/reading.hpp"
#include "ledger/rev.hpp"
#include "pg/encoding.hpp"
#include "pg/entry.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

namespace {

using namespace xc;
using namespace xc::diff;
using ledger::ObjectName;
using ledger::Reading;

ledger::Names names_in(const State& state) {
  ledger::Names names = ledger::names_in(state.nodes(), state.root(), "in " + state.name());
  names.unrecorded = state.drifted_keys();
  return names;
}

std::string ddl_in(const State& state, const std::string& key) {
  return ddl(state.object(key, *tree::find(state.nodes(), state.root(), key)));
}

// What xc_diff() and xc_diff_text() are asked for.
struct Question {
  store::Commit from_commit;
  std::optional<store::Commit> to_commit;
  std::optional<ObjectName> name;

  explicit Question(FunctionCallInfo fcinfo)
      : from_commit(ledger::resolve_rev(ledger::text_argument(fcinfo, 0).value_or("HEAD"))) {
    if (const auto to = ledger::text_argument(fcinfo, 1)) to_commit = ledger::resolve_rev(*to);
    if (const auto object = ledger::text_argument(fcinfo, 2)) name.emplace(*object);
  }
};

void visit_differences(const Question& question,
                       const std::function<void(const State&, const State&, const diff::Change&)>& visit) {
  const State from = State::at(question.from_commit);
  const State to = question.to_commit ? State::at(*question.to_commit) : State::working();
  std::string key;
  bool of_to = true;
  if (question.name) {
    std::optional<std::string> found = ledger::find_object(names_in(to), *question.name);
    of_to = found.has_value();
    key = found ? *found : ledger::require_object(names_in(from), *question.name);
  }
  for (const diff::Change& change : compare(from, to)) {
    if (!key.empty() && (of_to ? change.to_key : change.from_key) != key) continue;
    pg::Arena arena("xconnect diff");
    visit(from, to, change);
  }
}

}  // namespace

XC_FUNCTION(xc_show) {
  const store::Commit commit = ledger::resolve_rev(ledger::text_argument(fcinfo, 0).value_or("HEAD"));
  std::optional<ObjectName> name;
  if (const auto object = ledger::text_argument(fcinfo, 1)) name.emplace(*object);
  std::string shown;
  {
    Reading reading;
    const State state = State::at(commit);
    shown = name ? ddl_in(state, ledger::require_object(names_in(state), *name)) : script(state);
  }
  return ledger::text_result(shown);
}

XC_FUNCTION(xc_diff) {
  const Question question(fcinfo);
  pg::Result result(fcinfo);
  Reading reading;
  visit_differences(question, [&](const State& from, const State& to, const diff::Change& change) {
    result.row_text(row_of(from, to, change));
  });
  return 0;
}

XC_FUNCTION(xc_diff_text) {
  const Question question(fcinfo);
  std::string shown;
  {
    Reading reading;
    visit_differences(question, [&](const State& from, const State& to, const diff::Change& change) {
      shown += text_of(from, to, change);
    });
  }
  return ledger::text_result(shown);
}

XC_FUNCTION(xc_history) {
  const ObjectName name(ledger::required_text(fcinfo, 0, "object"));
  pg::Result result(fcinfo);
  Reading reading;
  const std::vector<ledger::Version> versions = ledger::history(ledger::find_in_history(name));
  constexpr std::size_t page_size = 500;
  for (std::size_t first = 0; first < versions.size(); first += page_size) {
    pg::Arena arena("xconnect history");
    const std::size_t end = std::min(first + page_size, versions.size());
    std::vector<std::int64_t> seqs;
    for (std::size_t i = first; i < end; ++i) seqs.push_back(versions[i].seq);
    std::map<std::int64_t, pg::Fields> changes;
    for (pg::Fields& row :
         pg::query("SELECT c.seq, c.change_id, c.committed_at, c.author, encode(c.commit_hash, 'hex') FROM xconnect.change c"
                   " WHERE c.seq = ANY ($1)", {pg::arg_int8_array(seqs)})) {
      const std::int64_t seq = std::stoll(*row[0]);
      changes.emplace(seq, std::move(row));
    }
    for (std::size_t i = first; i < end; ++i) {
      const ledger::Version& version = versions[i];
      const auto change = changes.find(version.seq);
      if (change == changes.end()) continue;
      const pg::Fields& row = change->second;
      const pg::Field shown = version.blob ? pg::Field(ddl(store::object(*version.blob))) : std::nullopt;
      result.row_text({std::to_string(versions.size() - i), row[1], row[2], row[3], version.action, version.key, row[4], shown});
    }
  }
  return 0;
}

XC_FUNCTION(xc_as_of) {
  const ObjectName name(ledger::required_text(fcinfo, 0, "object"));
  const auto time = ledger::time_argument(fcinfo, 1);
  if (!time) throw Refusal(code::invalid_parameter, "at must not be null");
  const std::int64_t seq = ledger::last_seq_at(*time);
  const std::optional<store::Commit> commit = store::commit(seq);
  if (!commit) {
    const std::optional<store::Commit> first = store::commit(1);
    throw Refusal(code::unknown_rev, "there is no commit at or before that time")
        .detail(first ? fmt::format("The first, {}, is of {}.", ledger::commit_name(*first), pg::iso_time(first->committed_at))
                      : std::string());
  }
  std::optional<std::string> shown;
  {
    Reading reading;
    const State state = State::at(*commit);
    if (const auto key = ledger::find_object(names_in(state), name)) {
      shown = ddl_in(state, *key);
    } else {
      for (const ledger::Version& version : ledger::history(ledger::find_in_history(name))) {
        if (version.seq > seq) continue;
        if (version.blob) shown = ddl(store::object(*version.blob));
        break;
      }
    }
  }
  if (!shown) PG_RETURN_NULL();
  return ledger::text_result(*shown);
}

XC_FUNCTION(xc_dependents) {
  const ObjectName name(ledger::required_text(fcinfo, 0, "object"));
  pg::Result result(fcinfo);
  Reading reading;
  for (const Dependent& dependent : dependents(live_address(name)))
    result.row_text({std::to_string(dependent.depth), dependent.key, dependent.path, dependent.why});
  return 0;
}
