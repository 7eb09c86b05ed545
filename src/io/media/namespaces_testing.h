#pragma once

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sched.h>

#include "io/unique_fd.h"

// For tests only. They need root and fail without it: a test that skips itself shows nothing.
namespace hb::io::testing {

// A private network namespace, made at construction; dies with the last descriptor and process in
// it. Sockets belong to the namespace in which they were made, wherever they are used.
class NetworkNamespace {
 public:
  // Runs `action` inside.
  template <class Action>
  auto in(Action&& action) const {
    struct Back {
      UniqueFd before = current();
      ~Back() { switch_to(before); }
    } back;
    switch_to(fd_);
    return std::forward<Action>(action)();
  }

  NetworkNamespace() {
    const UniqueFd before = current();
    if (::unshare(CLONE_NEWNET) != 0) fail("unshare(CLONE_NEWNET)");
    fd_ = current();
    switch_to(before);
    in([] { run("ip link set lo up"); });
  }

  // For good: what the process does from now on happens inside.
  void enter() const { switch_to(fd_); }

  // Its name for the tools: `ip link add … netns NAME`.
  [[nodiscard]] std::string path() const {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd_.get());
  }

  static void run(const std::string& command) {
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
  }

 private:
  static UniqueFd current() {
    UniqueFd fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!fd) fail("open /proc/thread-self/ns/net");
    return fd;
  }
  static void switch_to(const UniqueFd& target) {
    if (::setns(target.get(), CLONE_NEWNET) != 0) fail("setns");
  }
  [[noreturn]] static void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
  }

  UniqueFd fd_;
};

}  // namespace hb::io::testing
