#include "io/media/receive_batch.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

#include <sys/mman.h>

#include "base/assert.h"
#include "io/boot_time.h"

namespace hb::io {

ReceiveBatch::ReceiveBatch() {
  constexpr std::size_t kBytes = kDatagrams * kSlotBytes;
  void* memory =
      ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // Huge pages would make all of it resident at the first packet.
  ::madvise(memory, kBytes, MADV_NOHUGEPAGE);
  memory_ = static_cast<char*>(memory);

  for (std::size_t i = 0; i < kDatagrams; ++i) {
    slots_[i] = {.iov_base = memory_ + i * kSlotBytes, .iov_len = kSlotBytes};
    headers_[i].msg_hdr.msg_iov = &slots_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
    headers_[i].msg_hdr.msg_control = controls_[i].bytes.data();
    headers_[i].msg_hdr.msg_controllen = kControlBytes;
  }
}

ReceiveBatch::~ReceiveBatch() { ::munmap(memory_, kDatagrams * kSlotBytes); }

std::size_t ReceiveBatch::receive(int socket) {
  while (filled_ > 0) headers_[--filled_].msg_hdr.msg_controllen = kControlBytes;
  // A waiting socket error is handed out first, once, in the place of datagrams: ask again then.
  for (int attempt = 0; attempt < 2; ++attempt) {
    const int count = ::recvmmsg(socket, headers_.data(), kDatagrams, MSG_DONTWAIT, nullptr);
    if (count >= 0) return filled_ = static_cast<std::size_t>(count);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
  }
  return 0;
}

std::string_view ReceiveBatch::datagram(std::size_t index) const {
  HB_ASSERT(index < kDatagrams);
  return {memory_ + index * kSlotBytes, headers_[index].msg_len};
}

std::optional<Duration> ReceiveBatch::stamp(std::size_t index) const {
  HB_ASSERT(index < kDatagrams);
  const msghdr& header = headers_[index].msg_hdr;
  const cmsghdr* control = CMSG_FIRSTHDR(&header);
  if (control == nullptr || control->cmsg_level != SOL_SOCKET ||
      control->cmsg_type != SO_TIMESTAMPNS) {
    return std::nullopt;
  }
  timespec time{};
  std::memcpy(&time, CMSG_DATA(control), sizeof time);
  return duration_of(time);
}

ReceiveBatch::Use::Use(ReceiveBatch& batch) : batch_(batch) {
  HB_ASSERT(!batch.in_use_);  // drain() called from within on_datagram()
  batch.in_use_ = true;
}

}  // namespace hb::io
