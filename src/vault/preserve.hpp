// xconnect.preserve: a list of what the vault keeps.
#pragma once

#include "pg/server.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace xc::vault {

enum Preserve {
  preserve_tables = 1,    // rows of tables and materialized views that are dropped, values of sequences
  preserve_truncate = 2,  // rows of tables that are truncated
  preserve_columns = 4,   // values of columns that are dropped or converted
};

bool is_preserved(Preserve what);  // by this session
bool is_preserved_at_all();        // anything

// Of the parameter; in malloc's memory, as the server wants it.
bool check_preserve(char** value, void** extra, GucSource source);
void assign_preserve(const char* value, void* extra);

}  // namespace xc::vault
