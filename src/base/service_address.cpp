#include "base/service_address.h"

#include <algorithm>
#include <bit>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/encoding.h"

namespace hb {
namespace {

constexpr std::size_t kLongestInterface = 15;  // IFNAMSIZ without the NUL

// A part of the text and where it begins, so that each error can point at it.
struct Part {
  std::string_view text;
  std::size_t position = 0;
};

AddressError wrong(const Part& part, std::string expected) {
  return {part.position, std::string(part.text), std::move(expected)};
}

// Cuts the parts between slashes off the front, one by one. Several slashes in a row count as one
// and are noted.
class Parts {
 public:
  Parts(std::string_view text, std::vector<AddressError>& ignored)
      : text_(text), ignored_(ignored) {}

  [[nodiscard]] bool done() const { return next_ >= text_.size(); }

  [[nodiscard]] Part rest() const { return {text_.substr(next_), next_}; }

  Part take() {
    const std::size_t end = std::min(text_.find('/', next_), text_.size());
    const Part part{text_.substr(next_, end - next_), next_};
    next_ = std::min(text_.find_first_not_of('/', end), text_.size());
    if (next_ > end + 1) {
      ignored_.push_back(wrong({text_.substr(end, next_ - end), end}, "a single /"));
    }
    return part;
  }

 private:
  std::string_view text_;
  std::vector<AddressError>& ignored_;
  std::size_t next_ = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// 255.255.255.0 is 24; none for a mask with holes.
std::optional<unsigned> prefix_of_mask(const IpAddress& mask) {
  std::uint32_t bits = 0;
  for (const std::uint8_t byte : mask.bytes()) bits = bits << 8 | byte;
  const auto ones = static_cast<unsigned>(std::countl_one(bits));
  const std::uint32_t without_holes = ones == 0 ? 0 : ~std::uint32_t{0} << (32 - ones);
  if (bits != without_holes) return std::nullopt;
  return ones;
}

Expected<unsigned, AddressError> parse_mask(const Part& part, AddressFamily family) {
  const bool ipv4 = family == AddressFamily::kIpv4;
  if (ipv4 && part.text.find('.') != std::string_view::npos) {
    const auto mask = IpAddress::parse(part.text);
    const auto prefix = mask ? prefix_of_mask(*mask) : std::nullopt;
    if (prefix) return *prefix;
  } else if (const auto prefix = parse_unsigned(part.text);
             prefix && *prefix <= address_bits(family)) {
    return static_cast<unsigned>(*prefix);
  }
  return unexpected(wrong(part, ipv4
                                    ? "a prefix length from 0 to 32 or a mask such as 255.255.255.0"
                                    : "a prefix length from 0 to 128"));
}

bool can_be_in_a_name(char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':' && c != '%'; }

// `eth0` or `eth0:web`; Linux keeps the whole `eth0:web` as the label of the address.
Expected<void, AddressError> parse_interface(const Part& part, ServiceAddress& result) {
  const std::size_t colon = std::min(part.text.find(':'), part.text.size());
  const std::string_view name = part.text.substr(0, colon);
  const std::string_view label = part.text.substr(std::min(colon + 1, part.text.size()));

  const bool good_name = !name.empty() && name.size() <= kLongestInterface && name != "." &&
                         name != ".." && std::all_of(name.begin(), name.end(), can_be_in_a_name);
  if (!good_name) {
    return unexpected(wrong(part, "an interface name of 1 to 15 characters"));
  }
  result.interface = std::string(name);
  if (colon == part.text.size()) return {};

  const bool good_label = !label.empty() && part.text.size() <= kLongestInterface &&
                          std::all_of(label.begin(), label.end(), can_be_in_a_name);
  if (!good_label) {
    return unexpected(wrong(part, "interface:label of together at most 15 characters"));
  }
  result.label = std::string(part.text);
  return {};
}

Expected<void, AddressError> parse_broadcast(const Part& part, ServiceAddress& result) {
  if (result.address.family() == AddressFamily::kIpv6) {
    return unexpected(wrong(part, "nothing: IPv6 has no broadcast address"));
  }
  result.broadcast = IpAddress::parse(part.text);
  if (result.broadcast && result.broadcast->family() == AddressFamily::kIpv4) return {};
  return unexpected(wrong(part, "an IPv4 broadcast address"));
}

// What follows the mask: interface, broadcast address or one after the other.
Expected<void, AddressError> parse_place(Parts& parts, ServiceAddress& result) {
  Part part = parts.take();
  if (!is_digit(part.text.front())) {
    if (auto parsed = parse_interface(part, result); !parsed) return parsed;
    if (parts.done()) return {};
    part = parts.take();
  }
  return parse_broadcast(part, result);
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string terminated(text);
  if (terminated.size() != std::char_traits<char>::length(terminated.c_str())) return std::nullopt;

  IpAddress result;
  const bool ipv6 = text.find(':') != std::string_view::npos;
  result.family_ = ipv6 ? AddressFamily::kIpv6 : AddressFamily::kIpv4;
  if (inet_pton(ipv6 ? AF_INET6 : AF_INET, terminated.c_str(), result.bytes_.data()) != 1) {
    return std::nullopt;
  }
  return result;
}

std::optional<IpAddress> IpAddress::from_bytes(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  IpAddress result;
  result.family_ = bytes.size() == 4 ? AddressFamily::kIpv4 : AddressFamily::kIpv6;
  std::copy(bytes.begin(), bytes.end(), result.bytes_.begin());
  return result;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const int family = family_ == AddressFamily::kIpv4 ? AF_INET : AF_INET6;
  return inet_ntop(family, bytes_.data(), buffer.data(), buffer.size());
}

bool IpAddress::is_within(const IpAddress& network, unsigned prefix) const {
  if (family_ != network.family_) return false;
  for (std::size_t i = 0; i < bytes().size() && prefix > 0; ++i) {
    const unsigned bits = std::min(prefix, 8U);
    const unsigned mask = 0xffU << (8 - bits) & 0xffU;
    if (((bytes_[i] ^ network.bytes_[i]) & mask) != 0) return false;
    prefix -= bits;
  }
  return true;
}

std::optional<IpAddress> broadcast_of(const IpAddress& address, unsigned prefix) {
  if (address.family() == AddressFamily::kIpv6 || prefix >= 31) return std::nullopt;
  std::array<std::uint8_t, 4> bytes{};
  std::copy(address.bytes().begin(), address.bytes().end(), bytes.begin());
  for (unsigned bit = prefix; bit < 32; ++bit) {
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] | (0x80U >> (bit % 8)));
  }
  return IpAddress::from_bytes(bytes);
}

Expected<ServiceAddress, AddressError> parse_service_address(std::string_view text) {
  ServiceAddress result;
  Parts parts(text, result.ignored);
  result.text = std::string(text);

  const Part address = parts.take();
  const auto parsed = IpAddress::parse(address.text);
  if (!parsed) {
    return unexpected(wrong(address, "an IPv4 or IPv6 address"));
  }
  result.address = *parsed;
  if (parts.done()) return result;

  const auto prefix = parse_mask(parts.take(), result.address.family());
  if (!prefix) return unexpected(prefix.error());
  result.prefix = *prefix;
  if (parts.done()) return result;

  if (auto place = parse_place(parts, result); !place) return unexpected(place.error());
  if (!parts.done()) {
    result.ignored.push_back(wrong(parts.rest(), "nothing more after the broadcast address"));
  }
  return result;
}

}  // namespace hb
