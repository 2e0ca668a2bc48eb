// See compliance.hpp. A person is whoever logged in, whoever the session is of, and whom xconnect.author names: SET ROLE and
// SET SESSION AUTHORIZATION make nobody another person.
#include "ledger/compliance.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "core/sql.hpp"
#include "ledger/ledger.hpp"
#include "ledger/note.hpp"
#include "ledger/reading.hpp"
#include "pg/encoding.hpp"
#include "pg/server.hpp"

namespace xc::ledger {

namespace {

constexpr const char* statuses[] = {"VERIFIED", "REJECTED"};

std::string status_of(const std::string& given) {
  std::string status = given;
  std::transform(status.begin(), status.end(), status.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  if (std::find(std::begin(statuses), std::end(statuses), status) != std::end(statuses)) return status;
  throw Refusal(code::invalid_parameter, fmt::format("\"{}\" is not a status of a verification", given))
      .detail("It is VERIFIED or REJECTED.")
      .hint("SELECT xc_verify_change('chg-20260122-001', 'VERIFIED', 'looked at the plan and the rows');");
}

}  // namespace

void verify_change(const std::string& change_id, const std::string& given, const std::string& note) {
  has_to_write("xc_verify_change()");
  const std::string status = status_of(given);
  const Change me = describe_session();
  std::set<std::string> persons = {me.author, me.session_user};
  if (const char* login = pg::call([] { return GetUserNameFromId(GetAuthenticatedUserId(), true); })) persons.insert(login);
  {
    const Reading scope;
    const auto rows = pg::query("SELECT author, session_user_name FROM xconnect.change WHERE change_id = $1", {pg::arg(change_id)});
    if (rows.empty()) {
      throw Refusal(code::unknown_rev, fmt::format("there is no change \"{}\"", change_id)).hint("SELECT * FROM xc_log(max_count => 20);");
    }
    for (const pg::Field& author : rows[0]) {
      if (!persons.contains(*author)) continue;
      throw Refusal(code::own_change, fmt::format("{} is a change of {}, and nobody verifies their own", change_id, *author))
          .detail(fmt::format("Its author is {}, recorded for the session of {}; this session is of {}.", *rows[0][0], *rows[0][1], me.session_user))
          .hint(fmt::format("Ask somebody else to run SELECT xc_verify_change({}, {});", sql::literal(change_id), sql::literal(status)));
    }
  }
  add_row("compliance_log", {pg::arg(change_id), pg::arg_time(pg::now()), pg::arg(me.author), pg::arg(status),
                             note.empty() ? pg::null_arg() : pg::arg(note)}, Chain::linked);
}

}  // namespace xc::ledger
