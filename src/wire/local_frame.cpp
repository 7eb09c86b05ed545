#include "wire/local_frame.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"

namespace hb::wire {
namespace {

constexpr std::uint32_t kMagic = 0x0000abcd;

std::string_view take(std::string_view& bytes, std::size_t count) {
  const std::string_view taken = bytes.substr(0, count);
  bytes.remove_prefix(taken.size());
  return taken;
}

}  // namespace

void append_local_frame(std::string& out, std::string_view body) {
  HB_ASSERT(body.size() <= kLocalBodyLongest);
  char header[kLocalHeaderSize];
  const auto length = static_cast<std::uint32_t>(body.size());
  std::memcpy(header, &length, sizeof length);
  std::memcpy(header + sizeof length, &kMagic, sizeof kMagic);
  out.append(header, sizeof header).append(body);
}

bool LocalFrameReader::read_header() {
  std::int32_t length = 0;
  std::uint32_t magic = 0;
  std::memcpy(&length, header_.data(), sizeof length);
  std::memcpy(&magic, header_.data() + sizeof length, sizeof magic);
  header_.clear();
  if (magic != kMagic || length < 0 || static_cast<std::size_t>(length) > kLocalBodyLongest) {
    return false;
  }
  length_ = static_cast<std::size_t>(length);
  arrived_ = 0;
  body_.clear();
  in_body_ = true;
  return true;
}

bool LocalFrameReader::feed(std::string_view bytes, const OnFrame& on_frame) {
  while (!broken_) {
    if (!in_body_) {
      header_ += take(bytes, kLocalHeaderSize - header_.size());
      if (header_.size() < kLocalHeaderSize) return true;
      broken_ = !read_header();
      continue;
    }
    const std::string_view piece = take(bytes, length_ - arrived_);
    arrived_ += piece.size();
    body_ += piece.substr(0, keep_ - std::min(keep_, body_.size()));
    if (arrived_ < length_) return true;
    in_body_ = false;
    on_frame({body_, length_});
  }
  return false;
}

}  // namespace hb::wire
