// See statement.hpp.
#include "pg/statement.hpp"

#include <algorithm>
#include <string_view>

#include "pg/call.hpp"
#include "pg/server.hpp"

extern "C" {
#include "commands/event_trigger.h"
#include "parser/scanner.h"
}

namespace pg {

namespace {

constexpr std::string_view blank = " \t\r\n\f\v;";

#if PG_VERSION_NUM >= 180000

// The server no longer counts what stands before a statement as part of it: where the one before ends is to be found
// again. Whoever sends a thousand statements as one string does not pay for them each time: we remember how far we got.
struct {
  const char* source;
  int end;
} known = {nullptr, 0};

// The place behind the last semicolon before the statement.
int begin_of(const char* source, int location) {
  const std::string_view before(source, static_cast<std::size_t>(location));
  const std::size_t last = before.find_last_not_of(" \t\r\n\f\v");
  if (last == std::string_view::npos) return 0;
  const std::size_t line = before.find_last_of('\n', last) + 1;
  const bool in_comment = before.substr(line, last - line).find("--") != std::string_view::npos;
  if (before[last] == ';' && !in_comment) return static_cast<int>(last) + 1;
  const bool continued = known.source == source && known.end <= location && source[known.end] == ';';
  const int from = continued ? known.end : 0;
  const std::string part(before.substr(static_cast<std::size_t>(from)));
  const char* text = part.c_str();
  return from + call([&] {
           core_yy_extra_type extra;
           core_yyscan_t scanner = scanner_init(text, &extra, &ScanKeywords, ScanKeywordTokens);
           extra.escape_string_warning = false;
           int begin = 0;
           core_YYSTYPE value;
           YYLTYPE place = 0;
           for (int token = core_yylex(&value, &place, scanner); token != 0;
                token = core_yylex(&value, &place, scanner)) {
             if (token == ';') begin = place + 1;
           }
           scanner_finish(scanner);
           return begin;
         });
}

#else

int begin_of(const char*, int location) { return location; }

#endif

}  // namespace

std::string statement_text(const char* source, int location, int length) {
  int begin = 0;
  if (location >= 0) {
    begin = begin_of(source, location);
#if PG_VERSION_NUM >= 180000
    known = {source, length > 0 ? location + length : 0};
#endif
  }
  const std::string_view rest(source + begin);
  const std::string_view text =
      location >= 0 && length > 0 ? rest.substr(0, static_cast<std::size_t>(location + length - begin)) : rest;
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(blank) + 1 - first));
}

const char* keeps_event_triggers_off() {
  if (!IsUnderPostmaster) return "single-user mode";
#if PG_VERSION_NUM >= 170000
  if (!event_triggers) return "event_triggers = off";
#endif
  return nullptr;
}

const char* keeps_event_triggers_from(int tag) {
  return command_tag_event_trigger_ok(static_cast<CommandTag>(tag)) ? keeps_event_triggers_off() : nullptr;
}

}  // namespace pg
