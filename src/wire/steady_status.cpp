#include "wire/steady_status.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "wire/classic.h"
#include "wire/field_rules.h"
#include "wire/netstring.h"

namespace hb::wire {
namespace {

struct Name {
  std::string_view name;  // of the field, with the equals sign
  StatusText::Place place;
};
constexpr std::array<Name, 4> kNames = {{
    {"seq=", StatusText::kNumber},
    {"ts=", StatusText::kTime},
    {"ld=", StatusText::kLoad},
    {"auth=", StatusText::kAuth},
}};
constexpr std::string_view kString = "(0)";

// Others are written or read in another way (field_rules.h).
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool same_but_for_places(const Packet& a, const Packet& b) {
  const Header& one = a.header;
  const Header& other = b.header;
  const auto* status = std::get_if<Status>(&a.body);
  const auto* other_status = std::get_if<Status>(&b.body);
  return status != nullptr && other_status != nullptr && *status == *other_status &&
         one.src == other.src && one.src_uuid == other.src_uuid && one.dest == other.dest &&
         one.dest_uuid == other.dest_uuid && one.generation == other.generation &&
         one.ttl == other.ttl;
}

}  // namespace

// --- the text ---

std::optional<StatusText> StatusText::of_datagram(std::string_view datagram) {
  const auto frame = frame_netstring(datagram);
  if (!frame || frame->trailer.empty()) return std::nullopt;
  StatusText found{std::string(datagram)};
  const auto place = [&](Place where, std::string_view value) {
    found.place(
        where, std::string_view(found.text_)
                   .substr(static_cast<std::size_t>(value.data() - datagram.data()), value.size()));
  };
  std::string_view rest = frame->body.substr(kNetstringStart.size());
  while (!rest.starts_with(kNetstringEnd)) {
    const auto content = take_netstring(rest);
    if (!content) return std::nullopt;
    if (!content->starts_with(kString)) continue;
    const std::string_view field = content->substr(kString.size());
    for (const Name& known : kNames) {
      if (field.starts_with(known.name)) place(known.place, field.substr(known.name.size()));
    }
  }
  place(kSignature, frame->trailer);
  found.signed_size_ = frame->body.size();
  if (!found.complete()) return std::nullopt;
  found.find_fixed_parts();
  return found;
}

std::optional<StatusText> StatusText::of_lines(std::string lines) {
  StatusText found{std::move(lines)};
  std::string_view rest = found.text_;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    for (const Name& known : kNames) {
      if (line.starts_with(known.name)) found.place(known.place, line.substr(known.name.size()));
    }
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  if (!found.complete()) return std::nullopt;
  return found;
}

// Of fields of one name the first counts.
void StatusText::place(Place place, std::string_view in_text) {
  Span& span = places_[place];
  if (span.size > 0) return;
  span = {static_cast<std::size_t>(in_text.data() - text_.data()), in_text.size()};
}

void StatusText::find_fixed_parts() {
  std::array<Span, kPlaces> places = places_;
  std::sort(places.begin(), places.end(), [](Span a, Span b) { return a.at < b.at; });
  std::size_t from = 0;
  for (const Span& span : places) {
    if (span.size == 0) continue;
    fixed_.push_back({from, span.at - from});
    from = span.at + span.size;
  }
  fixed_.push_back({from, text_.size() - from});
}

bool StatusText::matches(std::string_view datagram) const {
  return datagram.size() == text_.size() &&
         std::all_of(fixed_.begin(), fixed_.end(), [&](const Span& span) {
           return std::memcmp(datagram.data() + span.at, text_.data() + span.at, span.size) == 0;
         });
}

std::string_view StatusText::value(Place place, std::string_view datagram) const {
  return datagram.substr(places_[place].at, places_[place].size);
}

std::string_view StatusText::signed_part(std::string_view datagram) const {
  return datagram.substr(0, signed_size_);
}

bool StatusText::put(Place place, std::string_view value) {
  if (value.size() != places_[place].size) return false;
  std::copy(value.begin(), value.end(),
            text_.begin() + static_cast<std::ptrdiff_t>(places_[place].at));
  return true;
}

// --- of others ---

const Packet* HeardStatuses::recall(std::string_view datagram, const KeyRing& keys) {
  const auto found = std::find_if(heard_.begin(), heard_.end(),
                                  [&](const Heard& heard) { return heard.text.matches(datagram); });
  if (found == heard_.end()) return nullptr;
  const StatusText& text = found->text;
  const std::string_view signature = text.value(StatusText::kSignature, datagram);
  if (!keys.verify(text.signed_part(datagram), signature, AuthPlace::kTrailer)) return nullptr;

  const auto number = parse_unsigned(text.value(StatusText::kNumber, datagram), 16);
  const auto time = parse_unsigned(text.value(StatusText::kTime, datagram), 16);
  const std::string_view load = text.value(StatusText::kLoad, datagram);
  if (number.value_or(0) == 0 || time.value_or(0) == 0 || !is_plain(load) ||
      !is_plain(text.value(StatusText::kAuth, datagram))) {
    return nullptr;
  }
  Header& header = found->packet.header;
  header.seq = SeqNo(*number);
  header.timestamp = *time;
  header.load->assign(load);
  return &found->packet;
}

void HeardStatuses::remember(std::string_view datagram, const Packet& packet) {
  if (!std::holds_alternative<Status>(packet.body) || !packet.header.load) return;
  auto text = StatusText::of_datagram(datagram);
  if (!text) return;
  const auto of_sender = std::find_if(heard_.begin(), heard_.end(), [&](const Heard& heard) {
    return heard.packet.header.src == packet.header.src;
  });
  if (of_sender != heard_.end()) {
    *of_sender = {*std::move(text), packet};
  } else if (heard_.size() < kMost) {
    heard_.push_back({*std::move(text), packet});
  } else {
    heard_[oldest_] = {*std::move(text), packet};
    oldest_ = (oldest_ + 1) % kMost;
  }
}

// --- our own ---

const std::string* SaidStatus::repeat(const Packet& packet, const KeyRing& keys) {
  if (!said_ || !packet.header.seq || !packet.header.load || !is_plain(*packet.header.load) ||
      !same_but_for_places(packet, said_->packet)) {
    return nullptr;
  }
  const std::string time = to_hex(packet.header.timestamp);
  const auto fill = [&](StatusText& text) {
    return text.put(StatusText::kTime, time) && text.put(StatusText::kLoad, *packet.header.load);
  };
  if (!fill(said_->datagram) || (said_->lines && !fill(*said_->lines))) return nullptr;
  return finish(*packet.header.seq, keys);
}

const std::string* SaidStatus::repeat(SeqNo number, const KeyRing& keys) {
  if (!said_ || number != next(*said_->packet.header.seq)) return nullptr;
  return finish(number, keys);
}

const std::string* SaidStatus::finish(SeqNo number, const KeyRing& keys) {
  const std::string digits = to_hex(number.value());
  const auto fill = [&](StatusText& text) { return text.put(StatusText::kNumber, digits); };
  StatusText& datagram = said_->datagram;
  const auto sign = [&](StatusText::Place place, std::string_view bytes) {
    signature_.clear();
    keys.sign(bytes, signature_);
    return datagram.put(place, signature_);
  };
  const bool filled =
      fill(datagram) &&
      (!said_->lines || (fill(*said_->lines) && sign(StatusText::kAuth, said_->lines->text()))) &&
      sign(StatusText::kSignature, datagram.signed_part(datagram.text()));
  if (!filled) return nullptr;
  said_->packet.header.seq = number;
  return &datagram.text();
}

void SaidStatus::remember(const Packet& packet, const Message& message, std::string_view datagram,
                          const KeyRing& keys) {
  if (!std::holds_alternative<Status>(packet.body)) return;
  said_.reset();
  auto text = StatusText::of_datagram(datagram);
  if (!text) return;
  Said said{.packet = packet, .datagram = *std::move(text), .lines = std::nullopt};
  if (said.datagram.has(StatusText::kAuth)) {
    std::string lines;
    if (!encode_classic_lines(message, lines, "auth")) return;
    said.lines = StatusText::of_lines(std::move(lines));
    if (!said.lines) return;
  }
  said_ = std::move(said);
  // Whatever else may be between the packet and its datagram: it is not repeated unless this is
  // all.
  const std::string* again = repeat(packet, keys);
  if (again == nullptr || *again != datagram) said_.reset();
}

}  // namespace hb::wire
