#pragma once

#include <ctime>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/message_text.h"
#include "io/host/log/severity.h"

namespace hb::io {

// What is said: a row of the table of messages, or of the core's notes, with its places filled.
struct Message {
  std::string id;  // stable; empty: the line of another process
  Severity severity = Severity::kInfo;
  std::string text;
  std::vector<MessageField> fields = {};  // for logs that know fields
};

// A message on its way through the log: said when, and by whom.
struct LogEntry {
  Message message;
  std::time_t when = 0;
  // Of another process, whose line the logging daemon writes; else this process.
  std::string entity = {};
  pid_t pid = 0;
  bool severity_word = true;
};

}  // namespace hb::io
