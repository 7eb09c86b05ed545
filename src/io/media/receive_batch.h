#pragma once

#include <array>
#include <cstddef>
#include <ctime>
#include <optional>
#include <string_view>

#include <sys/socket.h>

#include "base/time.h"

namespace hb::io {

// Room for the datagrams of one recvmmsg(2), shared by all media of a loop. The kernel writes only
// as much of a slot as a datagram is long, so small packets keep one page of each slot resident.
class ReceiveBatch {
 public:
  // Also what one turn of the loop takes from one medium: timers and the other media come in
  // between, however much one of them has to say.
  static constexpr std::size_t kDatagrams = 16;
  static constexpr std::size_t kSlotBytes = 64 * 1024;  // a UDP datagram has at most 65507

  ReceiveBatch();
  ~ReceiveBatch();
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;

  // Reads what waits, without blocking: the number of datagrams, 0 if there was none or the socket
  // has an error to be looked at elsewhere. Destroys what the batch held.
  [[nodiscard]] std::size_t receive(int socket);
  [[nodiscard]] std::string_view datagram(std::size_t index) const;
  // When the datagram came in, since 1970; of a socket with SO_TIMESTAMPNS alone.
  [[nodiscard]] std::optional<Duration> stamp(std::size_t index) const;

  // Held by whoever is walking through the datagrams.
  class Use {
   public:
    explicit Use(ReceiveBatch& batch);
    ~Use() { batch_.in_use_ = false; }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    ReceiveBatch& batch_;
  };

 private:
  char* memory_;
  static constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(timespec));
  struct alignas(cmsghdr) Control {
    std::array<char, kControlBytes> bytes;
  };

  std::array<iovec, kDatagrams> slots_{};
  std::array<Control, kDatagrams> controls_{};
  std::array<mmsghdr, kDatagrams> headers_{};
  std::size_t filled_ = 0;  // of them, by the last recvmmsg(2)
  bool in_use_ = false;
};

}  // namespace hb::io
