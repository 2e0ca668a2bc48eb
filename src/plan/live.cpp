// Reading objects that the ledger knows from the catalogs; see live.hpp.
#include "plan/live.hpp"

#include <fmt/format.h>

#include "core/refusal.hpp"
#include "kind/describe.hpp"
#include "pg/deparse.hpp"
#include "pg/snapshot.hpp"
#include "pg/server.hpp"

namespace xc::plan {

namespace {

// As the steps that ran already have left it.
std::optional<Object> describe_now(Address address) {
  const pg::LatestSnapshot snapshot;
  return describe(address);
}

// Recorded addresses are those of the database that recorded them: after a restore or pg_upgrade they can mean nothing,
// or another object.
std::optional<Object> find_by_name(const Kind& kind, const std::string& key) {
  for (const std::uint32_t oid : rows_of(kind)) {
    if (std::string(kind.name) + " " + pg::object_identity(kind.catalog, oid) == key) return describe_now({kind.catalog, oid});
  }
  return {};
}

}  // namespace

void refuse_drift(const std::string& key, const std::string& how) {
  throw Refusal(code::drifted, fmt::format("{} {}", key, how))
      .detail("A change bypassed capture. It has to be recorded before anything is built on it.")
      .hint("SELECT * FROM xc_drift(); shows it, SELECT xc_adopt('reason'); records it.");
}

Object live_object(const std::string& key, const Digest& at_head) {
  const Kind* kind = store::object(at_head).kind;
  const auto recorded = ledger::recorded(key);
  std::optional<Object> live = recorded ? describe_now(recorded->address) : std::nullopt;
  if (!live || live->key() != key) live = find_by_name(*kind, key);
  if (!live) refuse_drift(key, "is not there any more");
  if (store::blob_hash(live->body.dump()) != at_head) refuse_drift(key, "reads differently from HEAD");
  return std::move(*live);
}

Object live_object_named(const Kind& kind, const std::string& key) {
  std::optional<Object> live = find_by_name(kind, key);
  if (!live) throw Refusal(code::internal, fmt::format("{} is not there", key));
  return std::move(*live);
}

Object live_object(Address address) {
  std::optional<Object> live = describe_now(address);
  if (!live) throw Refusal(code::internal, fmt::format("object {} of catalog {} is gone", address.object, address.catalog));
  return std::move(*live);
}

}  // namespace xc::plan
