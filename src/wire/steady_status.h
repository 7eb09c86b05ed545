#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/key_ring.h"
#include "wire/message.h"
#include "wire/packet.h"

// In a calm cluster each status of a node says what the one before it said, but for its number, the
// time and the load. Here the rest is kept as it was read or written, so that a heartbeat costs its
// digests and little else. What comes out is what PacketCodec and packet_message.h would make.
namespace hb::wire {

// The text of a status, with places for what differs from one to the next.
class StatusText {
 public:
  enum Place : std::uint8_t { kNumber, kTime, kLoad, kAuth, kSignature };
  static constexpr std::size_t kPlaces = 5;

  // None if it is no packet of the netstring form that has the first three in fields of its own.
  [[nodiscard]] static std::optional<StatusText> of_datagram(std::string_view datagram);
  // The same for the lines of the classic form, over which `auth` is made.
  [[nodiscard]] static std::optional<StatusText> of_lines(std::string lines);

  // Whether the datagram differs in the places at most.
  [[nodiscard]] bool matches(std::string_view datagram) const;
  [[nodiscard]] std::string_view value(Place place, std::string_view datagram) const;
  [[nodiscard]] std::string_view signed_part(std::string_view datagram) const;

  [[nodiscard]] bool has(Place place) const { return places_[place].size > 0; }
  // False if it does not fit.
  [[nodiscard]] bool put(Place place, std::string_view value);
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Span {
    std::size_t at = 0, size = 0;  // size 0: not in the text
  };

  explicit StatusText(std::string text) : text_(std::move(text)) {}
  void place(Place place, std::string_view in_text);
  [[nodiscard]] bool complete() const { return has(kNumber) && has(kTime) && has(kLoad); }
  void find_fixed_parts();

  std::string text_;
  std::array<Span, kPlaces> places_{};
  std::vector<Span> fixed_;  // what lies between the places
  std::size_t signed_size_ = 0;
};

// What the peers said last.
class HeardStatuses {
 public:
  // The packet in the datagram; null if it must be read, because it says something else or is not
  // signed by one of the keys.
  [[nodiscard]] const Packet* recall(std::string_view datagram, const KeyRing& keys);
  // `packet` was read from an authentic datagram. All but a status is passed over.
  void remember(std::string_view datagram, const Packet& packet);

 private:
  struct Heard {
    StatusText text;
    Packet packet;
  };
  static constexpr std::size_t kMost = 128;  // nodes; each sends one text for most of the time

  std::vector<Heard> heard_;
  std::size_t oldest_ = 0;
};

// What we said last.
class SaidStatus {
 public:
  // The datagram of the packet; null if it must be written.
  [[nodiscard]] const std::string* repeat(const Packet& packet, const KeyRing& keys);
  // The same for a packet of which it is known that it says what the one before it said, and has
  // the number after it.
  [[nodiscard]] const std::string* repeat(SeqNo number, const KeyRing& keys);
  // The packet was written as this message and sealed as this datagram.
  void remember(const Packet& packet, const Message& message, std::string_view datagram,
                const KeyRing& keys);
  // For changed keys or another form.
  void forget() { said_.reset(); }

 private:
  // Puts the number in and signs.
  [[nodiscard]] const std::string* finish(SeqNo number, const KeyRing& keys);

  struct Said {
    Packet packet;  // with the number that was said last
    StatusText datagram;
    std::optional<StatusText> lines;  // if the datagram has `auth`
  };

  std::optional<Said> said_;
  std::string signature_;  // its room is kept
};

}  // namespace hb::wire
