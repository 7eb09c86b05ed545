#include "io/net/netlink_socket.h"

#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/object.h>
#include <netlink/route/addr.h>
#include <sys/socket.h>

namespace hb::io {
namespace {

constexpr int kReportBuffer = 1 << 20;  // some thousand reports between two turns of the loop
constexpr int kDumpAttempts = 5;        // a dump during which something changed is repeated

struct FreeCallbacks {
  void operator()(nl_cb* callbacks) const { nl_cb_put(callbacks); }
};
using Callbacks = std::unique_ptr<nl_cb, FreeCallbacks>;

struct FreeMessage {
  void operator()(nl_msg* message) const { nlmsg_free(message); }
};

// What the callbacks of one exchange write down.
struct Exchange {
  const NetlinkSocket::ObjectHandler* handler = nullptr;
  int kernel_error = 0;  // errno in the kernel's answer
};

void hand_out(nl_object* object, void* exchange) {
  (*static_cast<Exchange*>(exchange)->handler)(object);
}

int on_valid(nl_msg* message, void* exchange) {
  if (static_cast<Exchange*>(exchange)->handler != nullptr) {
    // An object that libnl cannot parse is of a kind that we do not look at.
    static_cast<void>(nl_msg_parse(message, hand_out, exchange));
  }
  return NL_OK;
}

int on_error(sockaddr_nl*, nlmsgerr* error, void* exchange) {
  static_cast<Exchange*>(exchange)->kernel_error = -error->error;
  return NL_STOP;
}

int accept_any_sequence(nl_msg*, void*) { return NL_OK; }

Callbacks make_callbacks(Exchange& exchange) {
  Callbacks callbacks(nl_cb_alloc(NL_CB_DEFAULT));
  nl_cb_set(callbacks.get(), NL_CB_VALID, NL_CB_CUSTOM, on_valid, &exchange);
  // Reports carry the sequence number of whoever caused them.
  nl_cb_set(callbacks.get(), NL_CB_SEQ_CHECK, NL_CB_CUSTOM, accept_any_sequence, nullptr);
  nl_cb_err(callbacks.get(), NL_CB_CUSTOM, on_error, &exchange);
  return callbacks;
}

// libnl folds errno into fewer codes of its own; these are the ones that matter here.
int to_errno(int libnl_error) {
  switch (-libnl_error) {
    case NLE_AGAIN:
      return EAGAIN;
    case NLE_NOMEM:
      return ENOBUFS;
    case NLE_DUMP_INTR:
      return EBUSY;
    case NLE_PERM:
      return EPERM;
    default:
      return EIO;
  }
}

}  // namespace

void NetlinkSocket::Free::operator()(nl_sock* socket) const { nl_socket_free(socket); }

Expected<NetlinkSocket, IoError> NetlinkSocket::open(const std::vector<int>& groups) {
  NetlinkSocket result;
  result.socket_.reset(nl_socket_alloc());
  nl_sock* socket = result.socket_.get();
  if (socket == nullptr) return unexpected(IoError{ENOMEM, "make a netlink socket"});

  if (nl_connect(socket, NETLINK_ROUTE) < 0) return unexpected(IoError{errno, "open rtnetlink"});
  for (const int group : groups) {
    if (nl_socket_add_membership(socket, group) < 0) {
      return unexpected(IoError{errno, "join rtnetlink group " + std::to_string(group)});
    }
  }
  if (groups.empty()) {
    // Lets the kernel filter dumps; those that cannot send everything, which is filtered here too.
    const int on = 1;
    setsockopt(nl_socket_get_fd(socket), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  } else {
    nl_socket_set_nonblocking(socket);
    nl_socket_set_buffer_size(socket, kReportBuffer, 0);  // the kernel may cap it
  }
  return result;
}

int NetlinkSocket::fd() const { return socket_ ? nl_socket_get_fd(socket_.get()) : -1; }

Expected<void, IoError> NetlinkSocket::dump(nl_msg* request, const ObjectHandler& handler,
                                            const std::string& attempted) const {
  const std::unique_ptr<nl_msg, FreeMessage> owned(request);
  for (int attempt = 1;; ++attempt) {
    Exchange exchange{&handler, 0};
    const Callbacks callbacks = make_callbacks(exchange);
    nlmsg_hdr(request)->nlmsg_seq = NL_AUTO_SEQ;
    int result = nl_send_auto(socket_.get(), request);
    if (result >= 0) result = nl_recvmsgs(socket_.get(), callbacks.get());

    if (exchange.kernel_error != 0) return unexpected(IoError{exchange.kernel_error, attempted});
    if (result >= 0) return {};
    // Objects seen twice are harmless to every caller: each describes a present state.
    if (result == -NLE_DUMP_INTR && attempt < kDumpAttempts) continue;
    return unexpected(IoError{to_errno(result), attempted});
  }
}

Expected<void, IoError> NetlinkSocket::request(nl_msg* message,
                                               const std::string& attempted) const {
  const std::unique_ptr<nl_msg, FreeMessage> owned(message);
  Exchange exchange;
  const Callbacks callbacks = make_callbacks(exchange);
  int result = nl_send_auto(socket_.get(), message);
  if (result >= 0) result = nl_recvmsgs(socket_.get(), callbacks.get());
  if (exchange.kernel_error != 0) return unexpected(IoError{exchange.kernel_error, attempted});
  if (result < 0) return unexpected(IoError{to_errno(result), attempted});
  return {};
}

Expected<void, IoError> NetlinkSocket::receive(const ObjectHandler& handler) const {
  Exchange exchange{&handler, 0};
  const Callbacks callbacks = make_callbacks(exchange);
  for (;;) {
    const int result = nl_recvmsgs(socket_.get(), callbacks.get());
    if (result == -NLE_AGAIN) return {};
    if (result < 0) return unexpected(IoError{to_errno(result), "read reports of rtnetlink"});
  }
}

}  // namespace hb::io
