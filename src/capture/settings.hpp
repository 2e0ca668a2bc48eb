// The configuration parameters xconnect.*: their variables (never null), defined in src/entry.cpp.
#pragma once

namespace xc::capture {

enum OnCaptureError { on_error_abort, on_error_warn };
enum RequireReason { require_reason_off, require_reason_warn, require_reason_on };

struct Settings {
  bool capture;
  int on_capture_error;
  int preserve;           // bits; vault/preserve.hpp
  char* preserve_words;
  int preserve_size;      // megabytes; -1: no limit, as in the next two
  int preserve_age;       // minutes
  int preserve_count;
  int preserve_disk_free; // per cent
  int require_reason;
  int seal_lock_timeout;  // milliseconds
  char* author;
  char* reason;
  char* expected;
  char* validate_with;
  char* correlation_id;
  char* secrets;
};

extern Settings settings;

}  // namespace xc::capture
