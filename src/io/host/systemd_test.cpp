#include "io/host/systemd.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/host/datagram_listener_testing.h"
#include "io/host/temporary_directory_testing.h"

namespace hb::io {
namespace {

using testing::DatagramListener;
using ::testing::StartsWith;
using testing::TemporaryDirectory;

// With systemd at a socket of this name.
void expect_conversation(const std::string& name) {
  DatagramListener systemd(name);
  ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
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
  expect_conversation((directory / "notify").string());
}

TEST(Systemd, IsToldByAnAbstractSocket) {
  expect_conversation("@hb-notify-" + std::to_string(::getpid()));
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
