#include "io/host/log/format.h"

#include <string>

#include <gtest/gtest.h>
#include <syslog.h>

#include "io/host/log/messages.h"

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
  return {severity, text, time, true};
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
TEST(LogFormat, ThePrefixOfSyslogStandsForTheEntity) {
  LogBuffer out;
  append_syslog_datagram(out, kSpeaker, line(Severity::kInfo, "text"), LOG_DAEMON, "linux-ha");
  EXPECT_EQ(fmt::to_string(out), "<30>Nov  2 06:04:07 linux-ha: heartbeat[25267]: info: text");
}
TEST(LogFormat, WithoutTheWordOfTheSeverity) {
  LogLine bare = line(Severity::kInfo, "text");
  bare.severity_word = false;
  EXPECT_EQ(file_line(bare, false), "heartbeat[25267]: 2026/11/02_06:04:07 text\n");
}
TEST(LogFormat, AnEntityOfAnotherProcessStaysInItsLine) {
  LogBuffer out;
  append_file_line(out, {"a\nb" + std::string(100, 'x'), "node1", 1}, line(Severity::kInfo, "text"),
                   false);
  EXPECT_EQ(fmt::to_string(out),
            "a\\nb" + std::string(60, 'x') + "[1]: 2026/11/02_06:04:07 info: text\n");
}

std::string journal(const LogEntry& entry, std::string_view prefix = {}) {
  LogBuffer out;
  append_journal_datagram(out, kSpeaker, entry, LOG_LOCAL0, prefix);
  return fmt::to_string(out);
}
TEST(LogFormat, TheJournalGetsTheFieldsOfTheRow) {
  EXPECT_EQ(journal({message<"address-restored">("10.0.0.1", "eth0"), 0}),
            "PRIORITY=4\nSYSLOG_FACILITY=16\nSYSLOG_PID=25267\nSYSLOG_IDENTIFIER=heartbeat\n"
            "MESSAGE=WARN: Address 10.0.0.1 was gone from eth0 and has been put back\n"
            "MESSAGE_ID=" +
                journal_message_id("address-restored") +
                "\nHB_ID=address-restored\nHB_ADDRESS=10.0.0.1\nHB_INTERFACE=eth0\n");
}
TEST(LogFormat, TheJournalGetsNoFieldFromInsideAValue) {
  const std::string datagram = journal({message<"agent-output">("web", "x\nPRIORITY=0"), 0});
  EXPECT_EQ(datagram.find("\nPRIORITY=0"), std::string::npos) << datagram;
  EXPECT_NE(datagram.find("HB_LINE=x\\nPRIORITY=0\n"), std::string::npos) << datagram;
}
TEST(LogFormat, ALineOfAnotherProcessHasNoIdInTheJournal) {
  EXPECT_EQ(journal({{"", Severity::kInfo, "text"}, 0, {}, 0, false}, "linux-ha"),
            "PRIORITY=6\nSYSLOG_FACILITY=16\nSYSLOG_PID=25267\nSYSLOG_IDENTIFIER=linux-ha\n"
            "MESSAGE=heartbeat[25267]: text\n");
}
// Saved queries of the journal rely on it.
TEST(LogFormat, TheJournalsIdOfARowStaysTheSame) {
  EXPECT_EQ(journal_message_id("node-dead"), "52970c276adb5e8e94691872772f650c");
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
