#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

// What a client of apphbd, the application heartbeat daemon, says and hears (spec: client-api 7.3).
// Frames are a length and a magic number, little-endian, then structs in the order of the host.
namespace hb::io::apphbd {

inline constexpr std::string_view kSocket = "/run/heartbeat/apphb.comm";
inline constexpr std::size_t kHeader = 8;
inline constexpr std::size_t kReply = kHeader + 4;  // bytes of an answer

struct Registration {
  std::string application;  // names of 1 … 255 and 0 … 255 bytes; what is longer is cut
  std::string instance;
  std::string directory;  // that the process works in
  std::int32_t pid = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

// Whole frames.
[[nodiscard]] std::string register_frame(const Registration& registration);
[[nodiscard]] std::string interval_frame(Duration interval);  // then it is missed
[[nodiscard]] std::string warn_frame(Duration warntime);      // then it is late
[[nodiscard]] std::string heartbeat_frame();                  // has no answer
[[nodiscard]] std::string unregister_frame();

/// The answer: 0 or an errno of the server.
/// @param frame  kReply bytes.
/// @return none if it is no answer.
[[nodiscard]] std::optional<int> parse_reply(std::string_view frame);

}  // namespace hb::io::apphbd
