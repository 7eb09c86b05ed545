#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/time.h"

namespace hb::sim {

using HostId = std::uint8_t;  // place in the list of nodes
using LinkId = std::uint8_t;  // place in the list of links

inline constexpr std::size_t kMostHosts = 16;

enum class EventKind : std::uint8_t {
  kArrival,  // a packet; `slot` names the flight
  kWake,     // the timer of a host
  kResume,   // a host that was paused, or was busy, runs again
  kDrain,    // a host reads its sockets, as it was told to
  kAgent,    // the end of an agent; `slot` names the run
  kAction,   // what a plan or a test does to the world; `slot` names it
};

struct Event {
  Instant at;
  std::uint64_t order;  // of creation: breaks ties
  EventKind kind;
  HostId host = 0;
  std::uint32_t life = 0;  // of the host; a later one is not concerned
  std::uint32_t slot = 0;
};

// What is to come, earliest first; of the same instant in the order of creation. Plain values in
// one heap: an event costs no allocation of its own.
class EventQueue {
 public:
  void push(Instant at, EventKind kind, HostId host, std::uint32_t life, std::uint32_t slot) {
    heap_.push_back({at, order_++, kind, host, life, slot});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  [[nodiscard]] const Event& next() const { return heap_.front(); }

  Event pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Event event = heap_.back();
    heap_.pop_back();
    return event;
  }

 private:
  static bool later(const Event& a, const Event& b) {
    return a.at != b.at ? a.at > b.at : a.order > b.order;
  }

  std::vector<Event> heap_;
  std::uint64_t order_ = 0;
};

// Values with a number each; the number of one that was taken out is used again. A value stays
// where it is until then.
template <class T>
class SlotTable {
 public:
  std::uint32_t put(T value) {
    if (free_.empty()) {
      values_.push_back(std::move(value));
      return static_cast<std::uint32_t>(values_.size() - 1);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    values_[slot] = std::move(value);
    return slot;
  }
  T& operator[](std::uint32_t slot) { return values_[slot]; }
  T take(std::uint32_t slot) {
    free_.push_back(slot);
    return std::move(values_[slot]);
  }
  void drop(std::uint32_t slot) { free_.push_back(slot); }
  [[nodiscard]] std::size_t used() const { return values_.size() - free_.size(); }

 private:
  std::deque<T> values_;
  std::vector<std::uint32_t> free_;
};

}  // namespace hb::sim
