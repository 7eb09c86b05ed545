#include "io/host/log/format.h"

#include <array>
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

void append_file_line(LogBuffer& out, const LogSpeaker& speaker, const LogLine& line,
                      bool syslog_format) {
  const std::tm& t = line.local_time;
  const auto end = std::back_inserter(out);
  if (syslog_format) {
    fmt::format_to(end, "{} {:02} {:02}:{:02}:{:02} {} {}: [{}]: {}: ", month_of(t), t.tm_mday,
                   t.tm_hour, t.tm_min, t.tm_sec, speaker.host, speaker.entity, speaker.pid,
                   word(line.severity));
  } else {
    fmt::format_to(end, "{}[{}]: {:04}/{:02}/{:02}_{:02}:{:02}:{:02} {}: ", speaker.entity,
                   speaker.pid, t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min,
                   t.tm_sec, word(line.severity));
  }
  append_one_line(out, line.text, Log::kLongest);
  out.push_back('\n');
}

void append_syslog_datagram(LogBuffer& out, const LogSpeaker& speaker, const LogLine& line,
                            int facility) {
  const std::tm& t = line.local_time;
  fmt::format_to(std::back_inserter(out), "<{}>{} {:2} {:02}:{:02}:{:02} {}: [{}]: {}: ",
                 facility | static_cast<int>(line.severity), month_of(t), t.tm_mday, t.tm_hour,
                 t.tm_min, t.tm_sec, speaker.entity, speaker.pid, word(line.severity));
  append_one_line(out, line.text, Log::kLongest);
}

}  // namespace hb::io
