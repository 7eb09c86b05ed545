#include <algorithm>
#include <cerrno>
#include <ctime>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/host/log/log_socket.h"
#include "io/unique_fd.h"
#include "wire/local_frame.h"
#include "wire/log_record.h"

// ha_logger: one line a script has to say, to the logging daemon (spec: client-api 8.5).
namespace hb::logd {
namespace {

constexpr char kSocket[] = "/var/lib/heartbeat/log_daemon";
constexpr int kUserFacility = 1 << 3;       // LOG_USER
constexpr int kPatience = 10'000;           // ms that a daemon may take to read
constexpr std::size_t kLineLongest = 1023;  // bytes; what is longer goes in pieces, as ever

int help() {
  std::cout << "usage: ha_logger [-t tag] [-D ha-log|ha-debug] [message...]\n";
  return 1;
}

class Logger {
 public:
  explicit Logger(std::string tag, int priority) : tag_(std::move(tag)), priority_(priority) {}

  bool connect() {
    socket_ = io::connect_local(kSocket, SOCK_STREAM);
    return static_cast<bool>(socket_);
  }

  bool say(std::string_view text) {
    do {
      if (!send(text.substr(0, kLineLongest))) return false;
      text.remove_prefix(std::min(text.size(), kLineLongest));
    } while (!text.empty());
    return true;
  }

 private:
  bool send(std::string_view text) {
    std::string frame;
    wire::append_local_frame(frame, wire::encode_log_record({.facility = kUserFacility,
                                                             .priority = priority_,
                                                             .priority_word = false,
                                                             .pid = ::getpid(),
                                                             .entity = tag_,
                                                             .unix_time = std::time(nullptr),
                                                             .text = std::string(text)}));
    std::string_view rest = frame;
    while (!rest.empty()) {
      const ssize_t sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(sent));
        continue;
      }
      pollfd ready{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
      if (errno == EINTR) continue;
      if (errno != EAGAIN || ::poll(&ready, 1, kPatience) <= 0) return false;
    }
    return true;
  }

  std::string tag_;
  int priority_;
  io::UniqueFd socket_;
};

int run(int argc, char** argv) {
  std::string tag = "cluster";
  int priority = 6;
  ::opterr = 0;
  for (int option = 0; (option = ::getopt(argc, argv, "t:D:h")) != -1;) {
    const std::string_view value = ::optarg == nullptr ? "" : ::optarg;
    if (option == 't') {
      tag = value;
    } else if (option == 'D' && (value == "ha-log" || value == "ha-debug")) {
      priority = value == "ha-debug" ? 7 : 6;
    } else {
      return help();
    }
  }
  Logger logger(tag, priority);
  bool sent = logger.connect();
  if (::optind < argc) {
    for (int i = ::optind; sent && i < argc; ++i) sent = logger.say(argv[i]);
  } else if (sent) {
    for (std::string line; sent && std::getline(std::cin, line);) sent = logger.say(line);
  }
  if (!sent) std::cerr << "logd is not running";
  return sent ? 0 : 1;
}

}  // namespace
}  // namespace hb::logd

int main(int argc, char** argv) {
  try {
    return hb::logd::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "ha_logger: " << error.what() << "\n";
    return 1;
  }
}
