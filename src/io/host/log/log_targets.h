#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "io/host/log/logd_socket.h"

namespace hb::io {

struct LogOwner {
  uid_t user;
  gid_t group;
};

// All that are given are written to (spec: ha-cf 12.2), but a logging daemon that takes a message
// has it alone.
struct LogTargets {
  std::string logfile;          // everything but debug; empty: none
  std::string debugfile;        // everything
  std::optional<int> facility;  // syslog, everything
  std::optional<LogdTarget> logd;
  bool syslog_format = true;      // `syslogmsgfmt`: line format of the files
  bool standard_error = false;    // during start, everything, in the file format
  std::optional<LogOwner> owner;  // of the files
  mode_t mode = 0644;             // of files that are made
  bool sync_severe = false;       // files reach the disk after a batch with an error in it
  std::string syslog_prefix;      // ident in syslog in place of the entity; empty: none
  std::string syslog_socket = "/dev/log";
  // Where `syslog_socket` leads to the journal's `dev-log` beside this, lines go here instead.
  std::string journal_socket = "/run/systemd/journal/socket";
};

}  // namespace hb::io
