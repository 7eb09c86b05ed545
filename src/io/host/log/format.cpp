#include "io/host/log/format.h"

#include <array>
#include <cstdint>
#include <iterator>

#include "io/host/log/log.h"

namespace hb::io {
namespace {

// Not strftime(): a log must not change with the locale.
constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

const char* month_of(const std::tm& time) {
  return kMonths.at(static_cast<std::size_t>(time.tm_mon) % kMonths.size());
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

}  // namespace

void append_one_line(LogBuffer& out, std::string_view text, std::size_t limit) {
  text = text.substr(0, limit);
  while (text.ends_with('\n')) text.remove_suffix(1);
  for (const char c : text) {
    if (!is_control(c)) {
      out.push_back(c);
    } else if (c == '\n') {
      out.append(std::string_view("\\n"));
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
}

namespace {

void append_text(LogBuffer& out, const LogLine& line) {
  if (line.severity_word) {
    out.append(word(line.severity));
    out.append(std::string_view(": "));
  }
  append_one_line(out, line.text, Log::kLongest);
}

constexpr std::size_t kEntityLongest = 63;  // bytes, of which any may be of another process

void append_entity(LogBuffer& out, std::string_view entity) {
  append_one_line(out, entity, kEntityLongest);
}

// 64 bits of FNV-1a. Twice, from two beginnings, they name a row; no secret, only a name.
std::uint64_t fnv(std::string_view text, std::uint64_t hash) {
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return hash;
}

constexpr std::size_t kFieldLongest = 1024;  // bytes of one value
constexpr std::size_t kFieldsMost = 16;

void append_field(LogBuffer& out, const MessageField& field) {
  out.append(std::string_view("HB_"));
  for (const char c : field.name) {
    const bool letter = c >= 'a' && c <= 'z';
    const bool digit = c >= '0' && c <= '9';
    out.push_back(letter ? static_cast<char>(c - 'a' + 'A') : digit ? c : '_');
  }
  out.push_back('=');
  append_one_line(out, field.value, kFieldLongest);
  out.push_back('\n');
}

}  // namespace

void append_file_line(LogBuffer& out, const LogSpeaker& speaker, const LogLine& line,
                      bool syslog_format) {
  const std::tm& t = line.local_time;
  const auto end = std::back_inserter(out);
  if (syslog_format) {
    fmt::format_to(end, "{} {:02} {:02}:{:02}:{:02} {} ", month_of(t), t.tm_mday, t.tm_hour,
                   t.tm_min, t.tm_sec, speaker.host);
    append_entity(out, speaker.entity);
    fmt::format_to(end, ": [{}]: ", speaker.pid);
  } else {
    append_entity(out, speaker.entity);
    fmt::format_to(end, "[{}]: {:04}/{:02}/{:02}_{:02}:{:02}:{:02} ", speaker.pid, t.tm_year + 1900,
                   t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
  }
  append_text(out, line);
  out.push_back('\n');
}

void append_syslog_datagram(LogBuffer& out, const LogSpeaker& speaker, const LogLine& line,
                            int facility, std::string_view prefix) {
  const std::tm& t = line.local_time;
  const auto end = std::back_inserter(out);
  fmt::format_to(end, "<{}>{} {:2} {:02}:{:02}:{:02} ", facility | static_cast<int>(line.severity),
                 month_of(t), t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
  if (!prefix.empty()) fmt::format_to(end, "{}: ", prefix);
  append_entity(out, speaker.entity);
  fmt::format_to(end, "{}[{}]: ", prefix.empty() ? ": " : "", speaker.pid);
  append_text(out, line);
}

void append_journal_datagram(LogBuffer& out, const LogSpeaker& speaker, const LogEntry& entry,
                             int facility, std::string_view prefix) {
  const Message& message = entry.message;
  const auto end = std::back_inserter(out);
  fmt::format_to(end, "PRIORITY={}\nSYSLOG_FACILITY={}\nSYSLOG_PID={}\nSYSLOG_IDENTIFIER=",
                 static_cast<int>(message.severity), facility >> 3, speaker.pid);
  append_entity(out, prefix.empty() ? std::string_view(speaker.entity) : prefix);
  out.append(std::string_view("\nMESSAGE="));
  if (!prefix.empty()) {
    append_entity(out, speaker.entity);
    fmt::format_to(end, "[{}]: ", speaker.pid);
  }
  append_text(out, {message.severity, message.text, {}, entry.severity_word});
  out.push_back('\n');
  if (message.id.empty()) return;
  fmt::format_to(end, "MESSAGE_ID={}\nHB_ID={}\n", journal_message_id(message.id), message.id);
  for (std::size_t i = 0; i < message.fields.size() && i < kFieldsMost; ++i) {
    append_field(out, message.fields[i]);
  }
}

std::string journal_message_id(std::string_view id) {
  return fmt::format("{:016x}{:016x}", fnv(id, 0xcbf29ce484222325ULL),
                     fnv(id, fnv("heartbeat", 0xcbf29ce484222325ULL)));
}

}  // namespace hb::io
