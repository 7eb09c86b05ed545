#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/expected.h"
#include "io/io_error.h"

struct nl_sock;
struct nl_msg;
struct nl_object;

namespace hb::io {

// One rtnetlink socket. Requests are answered by the kernel within the call that sends them, so a
// request from the event loop costs microseconds and waits for nobody.
class NetlinkSocket {
 public:
  using ObjectHandler = std::function<void(nl_object*)>;

  // Errors: no socket to be had, or a group that the kernel does not know.
  [[nodiscard]] static Expected<NetlinkSocket, IoError> open(const std::vector<int>& groups = {});

  NetlinkSocket() = default;

  [[nodiscard]] int fd() const;  // -1 if not open

  // Sends a dump request (which it frees) and calls `handler` for each object of the answer. If
  // something changed meanwhile the dump is repeated, and objects may come twice.
  [[nodiscard]] Expected<void, IoError> dump(nl_msg* request, const ObjectHandler& handler,
                                             const std::string& attempted) const;

  // Sends a request (which it frees) and waits for the acknowledgement.
  [[nodiscard]] Expected<void, IoError> request(nl_msg* message,
                                                const std::string& attempted) const;

  // Hands out what waits in the socket without blocking. Error ENOBUFS: reports were lost.
  [[nodiscard]] Expected<void, IoError> receive(const ObjectHandler& handler) const;

 private:
  struct Free {
    void operator()(nl_sock* socket) const;
  };
  std::unique_ptr<nl_sock, Free> socket_;
};

}  // namespace hb::io
