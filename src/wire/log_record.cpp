#include "wire/log_record.h"

#include <cstring>

namespace hb::wire {
namespace {

constexpr std::int32_t kTypeMessage = 2;
constexpr std::size_t kEntitySize = 64;

// The fixed part, as the C compilers of both sides lay it out.
struct Header {
  std::int32_t type = kTypeMessage;
  std::int32_t facility = 0;
  std::int32_t priority = 0;
  std::int32_t text_size = 0;  // with its NUL
  std::int32_t priority_word = 0;
  std::int32_t pid = 0;
  char entity[kEntitySize] = {};
  std::int64_t unix_time = 0;
};
static_assert(sizeof(Header) == kLogRecordHeaderSize);

std::string_view until_nul(std::string_view bytes) { return bytes.substr(0, bytes.find('\0')); }

}  // namespace

std::string_view word(LogRecordError error) {
  switch (error) {
    case LogRecordError::kTooShort:
      return "shorter than a record";
    case LogRecordError::kUnknownType:
      return "of an unknown type";
    case LogRecordError::kBadPriority:
      return "priority out of range";
    case LogRecordError::kTextTooLong:
      return "its text is longer than the message";
  }
  return "";
}

std::string encode_log_record(const LogRecord& record) {
  const std::string_view text = until_nul(record.text);
  Header header;
  header.facility = record.facility;
  header.priority = record.priority;
  header.text_size = static_cast<std::int32_t>(text.size() + 1);
  header.priority_word = record.priority_word ? 1 : 0;
  header.pid = record.pid;
  record.entity.copy(header.entity, kEntitySize - 1);
  header.unix_time = record.unix_time;

  std::string body(sizeof header, '\0');
  std::memcpy(body.data(), &header, sizeof header);
  body += text;
  body += '\0';
  return body;
}

Expected<LogRecord, LogRecordError> decode_log_record(std::string_view body, std::size_t length) {
  if (body.size() < sizeof(Header)) return unexpected(LogRecordError::kTooShort);
  Header header;
  std::memcpy(&header, body.data(), sizeof header);
  if (header.type != kTypeMessage) return unexpected(LogRecordError::kUnknownType);
  if (header.priority < 0 || header.priority > 7) return unexpected(LogRecordError::kBadPriority);
  if (header.text_size < 0 || static_cast<std::size_t>(header.text_size) > length - sizeof header) {
    return unexpected(LogRecordError::kTextTooLong);
  }
  LogRecord record;
  record.facility = header.facility;
  record.priority = header.priority;
  record.priority_word = header.priority_word != 0;
  record.pid = header.pid;
  record.entity = until_nul({header.entity, LogRecord::kEntityLongest});
  record.unix_time = header.unix_time;
  record.text = until_nul(body.substr(sizeof header, static_cast<std::size_t>(header.text_size)));
  return record;
}

}  // namespace hb::wire
