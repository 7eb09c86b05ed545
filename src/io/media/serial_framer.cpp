#include "io/media/serial_framer.h"

#include <algorithm>

namespace hb::io {
namespace {

constexpr std::string_view kStart = ">>>", kEnd = "<<<";

}  // namespace

void SerialFramer::reset() {
  if (within_) ++broken_;
  packet_.clear();
  line_begins_ = 0;
  within_ = whole_ = false;
}

bool SerialFramer::take(std::string_view& bytes) {
  if (whole_) {
    within_ = false;  // not broken: it was handed over
    reset();
  }
  const std::size_t newline = bytes.find('\n');
  const bool ends = newline != bytes.npos;
  const std::string_view piece = bytes.substr(0, ends ? newline + 1 : bytes.size());
  bytes.remove_prefix(piece.size());
  packet_ += piece;
  // Of a line between packets only the beginning matters.
  if (!within_ && !line().starts_with(kStart))
    packet_.resize(std::min(packet_.size(), kStart.size()));
  if (packet_.size() > kLongest) {
    within_ = true;  // whatever it was, it is lost
    reset();
    return false;
  }
  return ends && line_ended();
}

bool SerialFramer::line_ended() {
  if (line().starts_with(kStart)) {  // also within a packet: that one has lost its end
    if (within_) ++broken_;
    packet_.erase(0, line_begins_);
    within_ = true;
  } else if (!within_) {
    packet_.clear();
  } else if (line().starts_with(kEnd)) {
    whole_ = true;
    return true;
  }
  line_begins_ = packet_.size();
  return false;
}

}  // namespace hb::io
