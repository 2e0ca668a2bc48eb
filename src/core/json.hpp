// The canonical form: the one JSON that is hashed. Members are sorted by key, there is no white space, and a
// member that is null is absent, so a description that grows a new optional property keeps its old hash.
// Numbers are 64-bit integers only: nothing the catalogs print needs a float, and floats have no single spelling.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace xc {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;
  Json(const Json& other);
  Json(Json&& other) noexcept = default;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept = default;
  ~Json() = default;
  Json(bool value) : value_(value) {}
  Json(int value) : value_(static_cast<std::int64_t>(value)) {}
  Json(std::int64_t value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}

  static Json array() { return Json(Array{}); }
  static Json object() { return Json(Object{}); }
  // Throws Refusal(data_corrupted) when the text is not in canonical-form JSON's grammar (white space is accepted).
  static Json parse(std::string_view text);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  // Readers never fail: a value of another type reads as false, 0, "" or an empty list.
  bool truth() const;
  std::int64_t integer() const;
  const std::string& str() const;
  const Array& items() const&;
  const Object& members() const&;
  // A range-for over a temporary's would go on when that is gone.
  const Array& items() const&& = delete;
  const Object& members() const&& = delete;
  const Json& operator[](std::string_view key) const;  // a null value when absent
  bool has(std::string_view key) const { return !(*this)[key].is_null(); }

  // Sets a member; null, false, "", [] and {} erase it: the canonical form holds no defaults. 0 is a value and stays.
  Json& set(std::string_view key, Json value);
  // Sets a member whatever its value, for the few places where "" or false differs from absent (null still erases).
  Json& put(std::string_view key, Json value);
  Json& push(Json value);

  // Takes members that are already sorted, without duplicates and nulls: the parser's way in.
  static Json from_sorted(Object members) { return Json(std::move(members)); }

  std::string dump() const;
  bool operator==(const Json& other) const;

 private:
  explicit Json(Array value) : value_(std::move(value)) {}
  explicit Json(Object value) : value_(std::move(value)) {}
  void dump_to(std::string& out) const;

  std::variant<std::monostate, bool, std::int64_t, std::string, Array, Object> value_;
};

}  // namespace xc
