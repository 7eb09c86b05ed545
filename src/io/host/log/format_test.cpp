#include "io/host/log/format.h"

#include <string>

#include <gtest/gtest.h>
#include <syslog.h>

namespace hb::io {
namespace {

const LogSpeaker kSpeaker{"heartbeat", "node1", 25267};

LogLine line(Severity severity, std::string_view text) {
  std::tm time{};
  time.tm_year = 2026 - 1900;
  time.tm_mon = 10;
  time.tm_mday = 2;
  time.tm_hour = 6;
  time.tm_min = 4;
  time.tm_sec = 7;
  return {severity, text, time};
}

std::string file_line(const LogLine& what, bool syslog_format) {
  LogBuffer out;
  append_file_line(out, kSpeaker, what, syslog_format);
  return fmt::to_string(out);
}
std::string one_line(std::string_view text, std::size_t limit = 100) {
  LogBuffer out;
  append_one_line(out, text, limit);
  return fmt::to_string(out);
}

TEST(LogFormat, FileInTheFormOfSyslogPadsTheDayWithZero) {
  EXPECT_EQ(file_line(line(Severity::kInfo, "Link node2:eth0 up."), true),
            "Nov 02 06:04:07 node1 heartbeat: [25267]: info: Link node2:eth0 up.\n");
}
TEST(LogFormat, FileInTheOtherForm) {
  EXPECT_EQ(file_line(line(Severity::kError, "no"), false),
            "heartbeat[25267]: 2026/11/02_06:04:07 ERROR: no\n");
}
TEST(LogFormat, SyslogPadsTheDayWithABlankAndCarriesThePriority) {
  LogBuffer out;
  append_syslog_datagram(out, kSpeaker, line(Severity::kInfo, "text"), LOG_LOCAL0);
  EXPECT_EQ(fmt::to_string(out), "<134>Nov  2 06:04:07 heartbeat: [25267]: info: text");
}
TEST(LogFormat, SeverityWords) {
  std::string words;
  for (int i = 0; i <= static_cast<int>(Severity::kDebug); ++i) {
    words += word(static_cast<Severity>(i));
    words += ' ';
  }
  EXPECT_EQ(words, "EMERG ALERT CRIT ERROR WARN notice info debug ");
}
TEST(LogFormat, Facilities) {
  EXPECT_EQ(parse_facility("daemon"), LOG_DAEMON);
  EXPECT_EQ(parse_facility("local7"), LOG_LOCAL7);
  EXPECT_EQ(parse_facility("none"), std::nullopt);
  EXPECT_EQ(parse_facility("Daemon"), std::nullopt);
}

TEST(LogFormat, OneMessageIsOneLine) {
  EXPECT_EQ(one_line("device a\ndevice b\n\n"), "device a\\ndevice b");
  EXPECT_EQ(one_line("bell \a escape \x1b[2J nul " + std::string(1, '\0') + " del \x7f"),
            "bell \\x07 escape \\x1b[2J nul \\x00 del \\x7f");
  EXPECT_EQ(one_line("tab\tand K\xc3\xb6ln stay"), "tab\tand K\xc3\xb6ln stay");
}
TEST(LogFormat, LongTextIsCut) { EXPECT_EQ(one_line(std::string(200, 'x'), 10), "xxxxxxxxxx"); }

}  // namespace
}  // namespace hb::io
