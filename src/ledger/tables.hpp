// The tables that hold the history, in one list: what nobody may write to, what xc_verify() looks at, what a restore replaces.
#pragma once

namespace xc::ledger {

inline constexpr const char* history_tables[] = {
    "blob",  "pack",    "change",     "change_object", "pending",        "gap",     "tag",  "place", "address", "secret_key", "compliance_log", "reason_rule", "alert", "note", "moved", "dropped_column", "restore", "vault",
};

// Those whose rows stand beside the chain of changes, and are noted in a chain of their own.
inline constexpr const char* noted_tables[] = {"tag", "gap", "compliance_log", "reason_rule", "alert", "place", "moved", "dropped_column", "vault", "pending"};

}  // namespace xc::ledger
