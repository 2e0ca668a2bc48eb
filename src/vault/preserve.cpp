// See preserve.hpp.
#include "vault/preserve.hpp"

#include <string_view>

#include "capture/settings.hpp"
#include "pg/server.hpp"

namespace xc::vault {

namespace {

struct Word {
  std::string_view name;
  int bits;
};
constexpr Word words[] = {
    {"none", 0},
    {"tables", preserve_tables},
    {"columns", preserve_columns},
    {"truncate", preserve_tables | preserve_truncate},
};

// Bits of a list, or -1.
int parse(std::string_view list) {
  constexpr std::string_view between = ", \t\n";
  int bits = 0;
  for (std::size_t at = list.find_first_not_of(between); at != std::string_view::npos; at = list.find_first_not_of(between, at)) {
    const std::size_t end = list.find_first_of(between, at);
    const std::string_view name = list.substr(at, end == std::string_view::npos ? end : end - at);
    bool known = false;
    for (const Word& word : words) {
      if (name.size() != word.name.size() || pg_strncasecmp(name.data(), word.name.data(), name.size()) != 0) continue;
      known = true;
      bits |= word.bits;
    }
    if (!known) return -1;
    if (end == std::string_view::npos) break;
    at = end;
  }
  return bits;
}

}  // namespace

bool check_preserve(char** value, void** extra, GucSource) {
  const int bits = parse(*value);
  if (bits < 0) {
    GUC_check_errdetail("It is a list of: tables, columns, truncate; or none.");
    return false;
  }
#if PG_VERSION_NUM >= 160000
  auto* parsed = static_cast<int*>(guc_malloc(LOG, sizeof(int)));
#else
  auto* parsed = static_cast<int*>(malloc(sizeof(int)));
#endif
  if (parsed == nullptr) return false;
  *parsed = bits;
  *extra = parsed;
  return true;
}

void assign_preserve(const char*, void* extra) { capture::settings.preserve = *static_cast<int*>(extra); }

bool is_preserved_at_all() { return capture::settings.preserve != 0; }
bool is_preserved(Preserve what) { return (capture::settings.preserve & what) != 0; }

}  // namespace xc::vault
