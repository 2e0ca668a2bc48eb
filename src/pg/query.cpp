// SQL from C++; see query.hpp.
#include "pg/query.hpp"

#include <exception>
#include <optional>

#include "core/refusal.hpp"
#include "pg/scope.hpp"
#include "pg/server.hpp"

extern "C" {
#include "executor/spi.h"
#include "utils/tuplestore.h"
}

namespace pg {

namespace {

// SPI_finish on success only: an abort ends the SPI levels by itself.
class Session {
 public:
  Session() : exceptions_(std::uncaught_exceptions()) {
    call([] { SPI_connect(); });
  }
  ~Session() {
    if (!unwinding(exceptions_)) SPI_finish();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

 private:
  int exceptions_;
};

void execute(std::string_view sql, const std::vector<Arg>& args) {
  const std::string text(sql);
  std::vector<Oid> types;
  std::vector<Datum> values;
  std::vector<char> nulls;
  for (const Arg& arg : args) {
    types.push_back(arg.type);
    values.push_back(arg.value);
    nulls.push_back(arg.null ? 'n' : ' ');
  }
  const int result = call([&] {
    return SPI_execute_with_args(text.c_str(), static_cast<int>(args.size()), types.data(), values.data(), nulls.data(),
                                 false, 0);
  });
  if (result < 0) throw xc::Refusal(xc::code::internal, std::string("SPI: ") + SPI_result_code_string(result));
}

}  // namespace

Arg arg(std::string_view text) {
  const char* data = text.data();
  const auto length = static_cast<int>(text.size());
  return {TEXTOID, call([&] { return PointerGetDatum(cstring_to_text_with_len(data, length)); }), false};
}

Arg arg(const std::optional<std::string>& text) {
  if (!text) return {TEXTOID, 0, true};
  return arg(std::string_view(*text));
}

Arg arg(std::int64_t number) { return {INT8OID, Int64GetDatum(number), false}; }

Arg arg_bytes(std::string_view bytes) {
  Arg result = arg(bytes);
  result.type = BYTEAOID;
  return result;
}

std::vector<Fields> query(std::string_view sql, const std::vector<Arg>& args) {
  Session session;
  execute(sql, args);
  std::vector<Fields> rows;
  if (SPI_tuptable == nullptr) return rows;
  const std::uint64_t count = SPI_processed;
  const int columns = SPI_tuptable->tupdesc->natts;
  rows.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    Fields fields;
    fields.reserve(static_cast<std::size_t>(columns));
    for (int column = 1; column <= columns; ++column) {
      const char* value = call([&]() -> const char* { return SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, column); });
      fields.push_back(value == nullptr ? Field() : Field(value));
    }
    rows.push_back(std::move(fields));
  }
  return rows;
}

constinit const char* path_for_others = nullptr;

std::uint64_t run(std::string_view sql, const std::vector<Arg>& args) {
  std::optional<Setting> path;
  if (path_for_others != nullptr) path.emplace("search_path", path_for_others);
  Session session;
  execute(sql, args);
  return SPI_processed;
}

Result::Result(FunctionCallInfo fcinfo) : info_(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo)), metadata_(nullptr) {
  metadata_ = call([&] {
    // A function that returns a set of a plain type has no row type of its own.
    const bool is_row = get_call_result_type(fcinfo, nullptr, nullptr) != TYPEFUNC_SCALAR;
    InitMaterializedSRF(fcinfo, is_row ? 0 : MAT_SRF_USE_EXPECTED_DESC);
    return TupleDescGetAttInMetadata(info_->setDesc);
  });
}

void Result::row(const std::vector<Arg>& values) {
  std::vector<Datum> datums;
  std::vector<char> nulls;
  for (const Arg& value : values) {
    datums.push_back(value.value);
    nulls.push_back(value.null);
  }
  call([&] {
    tuplestore_putvalues(info_->setResult, info_->setDesc, datums.data(), reinterpret_cast<bool*>(nulls.data()));
  });
}

void Result::row_text(const std::vector<Field>& values) {
  std::vector<char*> texts;
  for (const Field& value : values) texts.push_back(value ? const_cast<char*>(value->c_str()) : nullptr);
  call([&] {
    HeapTuple tuple = BuildTupleFromCStrings(metadata_, texts.data());
    tuplestore_puttuple(info_->setResult, tuple);
    heap_freetuple(tuple);
  });
}

void Result::rows_of(std::string_view sql, const std::vector<Arg>& args) {
  for (const Fields& fields : query(sql, args)) row_text(fields);
}

}  // namespace pg
