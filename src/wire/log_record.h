#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/expected.h"

namespace hb::wire {

// One message to the logging daemon: the body of a local frame (spec: client-api 8.3).
struct LogRecord {
  int facility = 0;            // syslog's number, already shifted; the daemon has its own
  int priority = 6;            // 0…7 as in syslog
  bool priority_word = true;   // whether the word of the priority is to be shown
  std::int32_t pid = 0;        // of the sender, by its own account
  std::string entity;          // the program; at most kEntityLongest bytes
  std::int64_t unix_time = 0;  // seconds
  std::string text;

  static constexpr std::size_t kEntityLongest = 63;

  friend bool operator==(const LogRecord&, const LogRecord&) = default;
};

inline constexpr std::size_t kLogRecordHeaderSize = 96;

enum class LogRecordError : std::uint8_t {
  kTooShort,     // shorter than its own fixed part
  kUnknownType,  // not a message
  kBadPriority,  // not of 0…7
  kTextTooLong,  // announces more text than the frame holds, or less than none
};
[[nodiscard]] std::string_view word(LogRecordError error);

// What is longer is cut: the entity at kEntityLongest. Text ends at its first NUL.
[[nodiscard]] std::string encode_log_record(const LogRecord& record);

/// @param body     the first bytes of the frame's body; all, or as many as were kept.
/// @param length   of the whole body. Text that was not kept is missing at the end.
/// The entity and the text end at their first NUL, whatever follows; nothing in them is escaped.
[[nodiscard]] Expected<LogRecord, LogRecordError> decode_log_record(std::string_view body,
                                                                    std::size_t length);

}  // namespace hb::wire
