#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/host/log/entry.h"
#include "io/unique_fd.h"

namespace hb::io {

// A log daemon that takes datagrams: syslog's, or the journal's own socket. One that does not read
// is waited for once, then each datagram is only tried.
class LogSocket {
 public:
  explicit LogSocket(std::string path) : path_(std::move(path)) {}

  // Whether it was taken. What was not is counted, and told of.
  bool send(std::string_view datagram);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::optional<Message> take_note();

 private:
  bool try_send(std::string_view datagram);
  bool ensure_connected();

  std::string path_;
  UniqueFd socket_;
  bool stalled_ = false;
  std::uint64_t lost_ = 0;
  std::optional<Message> note_;
};

/// Connects to a unix socket of the given type, without blocking.
/// Returns an empty descriptor and sets errno when that fails; a path too long is ENAMETOOLONG.
[[nodiscard]] UniqueFd connect_local(const std::string& path, int type);

}  // namespace hb::io
