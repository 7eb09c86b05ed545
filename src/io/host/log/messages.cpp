#include "io/host/log/messages.h"

namespace hb::io {

std::span<const MessageKind> message_kinds() { return kMessageTable; }

Message detail::make_message(const MessageKind& kind, std::span<const std::string> values) {
  return {std::string(kind.id), kind.severity, fill_places(kind.text, values),
          named_values(kind.text, values)};
}

}  // namespace hb::io
