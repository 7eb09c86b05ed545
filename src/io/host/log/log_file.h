#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "io/host/log/entry.h"
#include "io/host/log/log_targets.h"
#include "io/unique_fd.h"

namespace hb::io {

// A log file, appended to line by line. Follows its name: when log rotation has moved it away, a
// new one is opened. Never fails towards the caller; take_note() says what an operator should know.
class LogFile {
 public:
  // mode: of a file that is made, whatever the umask is.
  explicit LogFile(std::string path, std::optional<LogOwner> owner = std::nullopt,
                   mode_t mode = 0644);

  // Whether the line is in the file.
  bool append(std::string_view line, std::int64_t now_seconds);
  void reopen() { file_.reset(); }
  // What was written is on the disk afterwards, if the disk can do that.
  void sync() const;

  // That it was rotated, cannot be written, can be written again: to be written elsewhere, or here
  // when it works again.
  [[nodiscard]] std::optional<Message> take_note();

 private:
  bool ensure_open();
  void look_for_rotation(std::int64_t now_seconds);
  bool failed(const std::string& what, int code);
  bool succeeded();

  std::string path_;
  std::optional<LogOwner> owner_;
  mode_t mode_;
  UniqueFd file_;
  std::int64_t last_look_ = 0;  // seconds
  bool torn_ = false;           // the last line was written in part
  std::uint64_t lost_ = 0;      // lines since it last worked
  std::optional<Message> note_;
};

}  // namespace hb::io
