#include "tools/fifo_message.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io_error.h"
#include "io/unique_fd.h"

namespace hb::tools {

Expected<std::pair<std::string, std::string>, std::string> parse_field(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    return unexpected(fmt::format("\"{}\" should be name=value", text));
  }
  const std::string_view name = text.substr(0, equals);
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
      std::string_view::npos) {
    return unexpected(fmt::format("\"{}\" cannot be the name of a field", name));
  }
  const std::string_view value = text.substr(equals + 1);
  if (value.find_first_of("\n\r") != std::string_view::npos) {
    return unexpected(fmt::format("the value of {} has more than one line", name));
  }
  return std::pair(std::string(name), std::string(value));
}

std::string classic_message(const Fields& fields) {
  std::string message = ">>>\n";
  for (const auto& [name, value] : fields) message += fmt::format("{}={}\n", name, value);
  return message + "<<<\n";
}

Expected<void, std::string> send_to_daemon(const std::string& fifo, const std::string& message) {
  // Another writer may have died in the middle of a line, which would swallow our first one.
  const std::string text = "\n" + message;
  if (text.size() > PIPE_BUF) {
    return unexpected(fmt::format("the message has {} bytes, {} are the most", message.size(),
                                  static_cast<int>(PIPE_BUF) - 1));
  }
  const io::UniqueFd pipe(::open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  if (!pipe) {
    const int code = errno;
    if (code == ENXIO || code == ENOENT) {
      return unexpected(fmt::format("heartbeat does not run on this node: nobody reads {}", fifo));
    }
    if (code == EACCES || code == EPERM) {
      return unexpected(fmt::format("only root may do this: {} cannot be written to", fifo));
    }
    return unexpected(io::IoError{code, "open " + fifo}.text());
  }
  struct stat status {};
  if (::fstat(pipe.get(), &status) != 0 || !S_ISFIFO(status.st_mode)) {
    return unexpected(fmt::format("{} is not a FIFO", fifo));
  }
  ::signal(SIGPIPE, SIG_IGN);  // a daemon that goes just now is an error, not our end
  const ssize_t written = ::write(pipe.get(), text.data(), text.size());
  if (written < 0 && errno == EAGAIN) {
    return unexpected(fmt::format("heartbeat does not read {}, which is full", fifo));
  }
  if (written < 0) return unexpected(io::IoError{errno, "write to " + fifo}.text());
  return {};
}

}  // namespace hb::tools
