#include "io/ipc/apphbd_protocol.h"

#include <array>
#include <cstring>
#include <type_traits>

namespace hb::io::apphbd {
namespace {

constexpr std::uint32_t kMagic = 0xabcd;
constexpr std::size_t kType = 8;    // bytes of the name of a request
constexpr std::size_t kText = 256;  // bytes of each text of a registration

template <class Number>
void append_raw(std::string& text, Number number) {
  static_assert(std::is_integral_v<Number>);
  std::array<char, sizeof number> bytes{};
  std::memcpy(bytes.data(), &number, sizeof number);
  text.append(bytes.data(), bytes.size());
}

void append_little(std::string& text, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) {
    text.push_back(static_cast<char>((number >> static_cast<unsigned>(shift)) & 0xffU));
  }
}

// Padded with NUL, and ended by one at least.
void append_text(std::string& text, std::string_view value, std::size_t size) {
  const std::string_view kept = value.substr(0, size - 1);
  text += kept;
  text.append(size - kept.size(), '\0');
}

std::string frame(const std::string& body) {
  std::string text;
  append_little(text, static_cast<std::uint32_t>(body.size()));
  append_little(text, kMagic);
  return text + body;
}

std::string request(std::string_view type) {
  std::string body;
  append_text(body, type, kType);
  return body;
}

std::string request_with_time(std::string_view type, Duration time) {
  std::string body = request(type);
  append_raw(body, static_cast<unsigned long>(to_ms(time)));
  return frame(body);
}

std::uint32_t read_little(std::string_view bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;) number = number << 8U | static_cast<unsigned char>(bytes[i]);
  return number;
}

}  // namespace

std::string register_frame(const Registration& registration) {
  std::string body = request("reg");
  append_text(body, registration.application, kText);
  append_text(body, registration.instance, kText);
  append_text(body, registration.directory, kText);
  append_raw(body, registration.pid);
  append_raw(body, registration.uid);
  append_raw(body, registration.gid);
  return frame(body);
}

std::string interval_frame(Duration interval) { return request_with_time("setint", interval); }
std::string warn_frame(Duration warntime) { return request_with_time("setwarn", warntime); }
std::string heartbeat_frame() { return frame(request("hb")); }
std::string unregister_frame() { return frame(request("unreg")); }

std::optional<int> parse_reply(std::string_view text) {
  if (text.size() != kReply || read_little(text) != 4 || read_little(text.substr(4)) != kMagic) {
    return std::nullopt;
  }
  std::int32_t answer = 0;
  std::memcpy(&answer, text.data() + kHeader, sizeof answer);
  return answer;
}

}  // namespace hb::io::apphbd
