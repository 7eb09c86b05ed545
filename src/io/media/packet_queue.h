#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <utility>

namespace hb::io {

// Packets that wait for a line or connection slower than we are. When they would take more than
// `limit` bytes the oldest go, since the newest heartbeat says more than any before it, and a long
// queue would make all of them late. One packet always fits, however large.
class PacketQueue {
 public:
  explicit PacketQueue(std::size_t limit) : limit_(limit) {}

  // Returns how many packets had to go for it.
  std::size_t push(std::string packet) {
    std::size_t dropped = 0;
    while (!packets_.empty() && bytes_ + packet.size() > limit_) {
      bytes_ -= packets_.front().size();
      packets_.pop_front();
      ++dropped;
    }
    bytes_ += packet.size();
    packets_.push_back(std::move(packet));
    return dropped;
  }

  // The oldest; not of an empty queue.
  [[nodiscard]] std::string pop() {
    std::string packet = std::move(packets_.front());
    packets_.pop_front();
    bytes_ -= packet.size();
    return packet;
  }

  // Returns how many there were.
  std::size_t clear() {
    bytes_ = 0;
    return std::exchange(packets_, {}).size();
  }

  [[nodiscard]] bool empty() const { return packets_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t limit_;
  std::size_t bytes_ = 0;
  std::deque<std::string> packets_;
};

}  // namespace hb::io
