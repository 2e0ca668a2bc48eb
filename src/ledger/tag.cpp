// Rows of xconnect.tag; see tag.hpp.
#include "ledger/tag.hpp"

#include <optional>

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "core/rev.hpp"
#include "core/sql.hpp"
#include "ledger/ledger.hpp"
#include "ledger/note.hpp"
#include "ledger/reading.hpp"
#include "pg/encoding.hpp"
#include "pg/table.hpp"
#include "pg/server.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace xc::ledger {
namespace {

// The tag's commit number, once nobody else can set it any more.
std::optional<std::int64_t> tagged_seq(const std::string& name) {
  Reading reading;
  pg::run("LOCK TABLE xconnect.tag IN SHARE ROW EXCLUSIVE MODE");
  const auto rows = pg::query("SELECT seq FROM xconnect.tag WHERE name = $1 ORDER BY tagged_at DESC LIMIT 1", {pg::arg(name)});
  if (rows.empty() || !rows[0][0]) return std::nullopt;
  return std::stoll(*rows[0][0]);
}

void append(const std::string& name, const std::optional<std::int64_t>& seq, const std::string& note) {
  const std::string author = describe_session().author;
  add_row("tag", {pg::arg(name), seq ? pg::arg(*seq) : pg::null_arg(), note.empty() ? pg::null_arg() : pg::arg(note),
                  pg::arg(author), pg::arg_time(pg::now())}, Chain::linked);
}

}  // namespace

void add_tag(const std::string& name, const store::Commit& commit, const std::string& note) {
  has_to_write("xc_tag()");
  if (!is_tag_name(name))
    throw Refusal(code::invalid_parameter, fmt::format("\"{}\" cannot be the name of a tag", name))
        .detail(std::string(tag_name_rules()))
        .hint("SELECT xc_tag('v1.0');");
  if (const std::optional<std::int64_t> seq = tagged_seq(name)) {
    const std::optional<store::Commit> there = store::commit(*seq);
    throw Refusal(code::tag_exists, fmt::format("tag \"{}\" exists", name))
        .detail(there ? fmt::format("It names {}.", there->change_id) : std::string())
        .hint(fmt::format("SELECT xc_untag({});", sql::literal(name)));
  }
  append(name, commit.seq, note);
}

void remove_tag(const std::string& name) {
  has_to_write("xc_untag()");
  if (!tagged_seq(name))
    throw Refusal(code::unknown_rev, fmt::format("there is no tag \"{}\"", name))
        .hint("SELECT name, seq, tagged_at FROM xconnect.tag ORDER BY tagged_at;");
  append(name, std::nullopt, "");
}

}  // namespace xc::ledger
