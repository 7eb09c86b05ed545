#pragma once

#include <string_view>

namespace hb::io {

// The readiness protocol of systemd: one datagram to the socket named by $NOTIFY_SOCKET. Spoken
// here rather than by libsystemd, whose seven libraries would be 1.2 MB more of resident memory.
class SystemdNotifier {
 public:
  // Looks at the environment once; without $NOTIFY_SOCKET every call does nothing.
  SystemdNotifier();

  void ready(std::string_view status);
  void reloading();  // followed by ready() when the reload is over
  void stopping();
  void status(std::string_view text);  // one line, shown by `systemctl status`
  void main_pid(long pid);

 private:
  void send(std::string_view assignments) const;

  char path_[108] = {};  // as in sockaddr_un; '@' already replaced by NUL
  std::size_t length_ = 0;
};

}  // namespace hb::io
