#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "io/unique_fd.h"

namespace hb::io {

struct LogOwner {
  uid_t user;
  gid_t group;
};

// A log file, appended to line by line. Follows its name: when log rotation has moved it away, a
// new one is opened. Never fails towards the caller; take_note() says what an operator should know.
class LogFile {
 public:
  LogFile(std::string path, std::optional<LogOwner> owner);

  void append(std::string_view line, std::int64_t now_seconds);
  void reopen() { file_.reset(); }

  // "log-rotate detected …", "cannot write …"; to be written elsewhere, or here when it works
  // again.
  [[nodiscard]] std::optional<std::string> take_note();

 private:
  bool ensure_open();
  void look_for_rotation(std::int64_t now_seconds);
  void failed(const std::string& what, int code);
  void succeeded();

  std::string path_;
  std::optional<LogOwner> owner_;
  UniqueFd file_;
  std::int64_t last_look_ = 0;  // seconds
  bool torn_ = false;           // the last line was written in part
  std::uint64_t lost_ = 0;      // lines since it last worked
  std::optional<std::string> note_;
};

// The system's log, by datagrams. A log daemon that does not read is waited for once, then each
// line is only tried.
class SyslogSocket {
 public:
  explicit SyslogSocket(std::string path) : path_(std::move(path)) {}

  void send(std::string_view datagram);

  [[nodiscard]] std::optional<std::string> take_note();

 private:
  bool try_send(std::string_view datagram);
  bool ensure_connected();

  std::string path_;
  UniqueFd socket_;
  bool stalled_ = false;
  std::uint64_t lost_ = 0;
  std::optional<std::string> note_;
};

}  // namespace hb::io
