#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <sys/types.h>

#include "io/host/log/entry.h"
#include "io/host/log/severity.h"

namespace hb::io {

using LogBuffer = fmt::memory_buffer;

// Who speaks: the same in every line.
struct LogSpeaker {
  std::string entity;  // base name of the program
  std::string host;    // uname -n
  pid_t pid = 0;
};

// What is said, and when.
struct LogLine {
  Severity severity;
  std::string_view text;
  std::tm local_time;
  bool severity_word = true;  // whether the severity's word stands before the text
};

constexpr int kDefaultFacility = 3 << 3;  // LOG_DAEMON

// Appends text as one line: control characters escaped (\n, \t kept, \x1b …), trailing newlines
// left out, cut at `limit` bytes of the original.
void append_one_line(LogBuffer& out, std::string_view text, std::size_t limit);

// A line of a log file with its newline (spec: ha-cf 12.1). `syslog_format` is `syslogmsgfmt`:
//   Nov 02 16:04:47 node1 heartbeat: [25267]: info: text      true
//   heartbeat[25267]: 2026/11/02_16:04:47 info: text          false
void append_file_line(LogBuffer& out, const LogSpeaker& speaker, const LogLine& line,
                      bool syslog_format);

// A datagram to the system's log: `<134>Nov  2 16:04:47 heartbeat: [25267]: info: text`. 3.0.6 has
// a NUL behind it, which syslog daemons strip. With a prefix it is the ident, and the entity goes
// into the text: `prefix: heartbeat[25267]: info: text` (spec: client-api 8.2, syslogprefix).
void append_syslog_datagram(LogBuffer& out, const LogSpeaker& speaker, const LogLine& line,
                            int facility, std::string_view prefix = {});

// A datagram of the journal's native protocol: MESSAGE, PRIORITY, SYSLOG_FACILITY, and what only
// the journal keeps: MESSAGE_ID and HB_ID of the row that the line was made of, and HB_<PLACE> for
// what stands at its places (HB_PEER, HB_LINK, HB_GROUP …).
void append_journal_datagram(LogBuffer& out, const LogSpeaker& speaker, const LogEntry& entry,
                             int facility, std::string_view prefix = {});

// The journal's MESSAGE_ID of a row: 32 hex digits that depend on its name alone.
[[nodiscard]] std::string journal_message_id(std::string_view id);

}  // namespace hb::io
