#include "io/host/systemd.h"

#include <cstddef>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "io/host/temporary_directory_testing.h"
#include "io/unique_fd.h"

namespace hb::io {
namespace {

using ::testing::StartsWith;
using testing::TemporaryDirectory;

// Plays systemd.
class Listener {
 public:
  explicit Listener(const std::string& name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  std::string next() {
    std::string text(500, '\0');
    const ssize_t size = ::recv(socket_.get(), text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }

 private:
  UniqueFd socket_;
};

void expect_conversation(Listener& systemd) {
  SystemdNotifier notifier;
  EXPECT_EQ(::getenv("NOTIFY_SOCKET"), nullptr) << "children must not inherit it";
  notifier.ready("running");
  EXPECT_EQ(systemd.next(), "READY=1\nSTATUS=running");
  notifier.status("2 of 2 nodes active");
  EXPECT_EQ(systemd.next(), "STATUS=2 of 2 nodes active");
  notifier.reloading();
  EXPECT_THAT(systemd.next(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  notifier.main_pid(42);
  EXPECT_EQ(systemd.next(), "MAINPID=42");
  notifier.stopping();
  EXPECT_EQ(systemd.next(), "STOPPING=1");
}

TEST(Systemd, IsToldByASocketInTheFileSystem) {
  const TemporaryDirectory directory;
  Listener systemd((directory / "notify").string());
  expect_conversation(systemd);
}

TEST(Systemd, IsToldByAnAbstractSocket) {
  Listener systemd("@hb-notify-" + std::to_string(::getpid()));
  expect_conversation(systemd);
}

TEST(Systemd, IsNotToldWhenItDoesNotListen) {
  ::unsetenv("NOTIFY_SOCKET");
  SystemdNotifier().ready("running");
  for (const std::string useless : {"", "/", "relative", "/nowhere/notify"}) {
    ::setenv("NOTIFY_SOCKET", useless.c_str(), 1);
    SystemdNotifier().ready("running");
  }
  ::setenv("NOTIFY_SOCKET", ("/" + std::string(200, 'x')).c_str(), 1);
  SystemdNotifier().ready("running");
}

}  // namespace
}  // namespace hb::io
