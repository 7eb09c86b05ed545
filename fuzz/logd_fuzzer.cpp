#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_check.h"
#include "wire/local_frame.h"
#include "wire/log_record.h"

// What any local process may write into the socket of the logging daemon: a stream of frames, each
// with a record. The first byte says where the stream is cut in two, as a socket may do.
namespace hb::fuzz {
namespace {

constexpr std::size_t kKept = 2048;

struct Seen {
  std::string bodies;
  std::size_t frames = 0;
  bool sound = true;
};

Seen read(std::string_view first, std::string_view second) {
  Seen seen;
  wire::LocalFrameReader reader(kKept);
  const auto take = [&](const wire::LocalFrame& frame) {
    HB_FUZZ_CHECK(frame.body.size() <= kKept && frame.body.size() <= frame.length);
    ++seen.frames;
    seen.bodies.append(frame.body).append("|");
    const auto record = wire::decode_log_record(frame.body, frame.length);
    if (!record) {
      HB_FUZZ_CHECK(!wire::word(record.error()).empty());
      return;
    }
    HB_FUZZ_CHECK(record->priority >= 0 && record->priority <= 7);
    HB_FUZZ_CHECK(record->entity.size() <= wire::LogRecord::kEntityLongest);
    HB_FUZZ_CHECK(record->text.find('\0') == std::string::npos);
    const std::string body = wire::encode_log_record(*record);
    HB_FUZZ_CHECK(wire::decode_log_record(body, body.size()) == *record);
  };
  seen.sound = reader.feed(first, take) && reader.feed(second, take);
  return seen;
}

void run(std::string_view input) {
  if (input.empty()) return;
  const auto cut = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  const Seen whole = read(input, {});
  const Seen parts =
      read(input.substr(0, cut), input.substr(std::min<std::size_t>(cut, input.size())));
  HB_FUZZ_CHECK(whole.frames == parts.frames && whole.bodies == parts.bodies);
  HB_FUZZ_CHECK(whole.sound == parts.sound);
}

}  // namespace
}  // namespace hb::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hb::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
