#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace hb::io {

// Cuts a byte stream into messages of the classic form: from a line that begins with ">>>" to one
// that begins with "<<<" (spec: client-api 4.1, wire-protocol 4). Looks at nothing in between.
//
// Junk is skipped up to the next start line, and a start line inside a message drops what was
// begun: its writer was interrupted, or another wrote into it. Lines may be of any length (3.0.6
// breaks them at 510 bytes); a message may have kMessageLimit bytes.
class ClassicAssembler {
 public:
  static constexpr std::size_t kMessageLimit = 256 * 1024;

  // Receives the message with its markers; valid during the call only.
  using OnMessage = std::function<void(std::string_view message)>;

  // Takes the next bytes of the stream; calls `on_message` for each message that ends in them.
  void feed(std::string_view bytes, const OnMessage& on_message);

  // Messages that were begun and not ended, or too long; lines between messages.
  [[nodiscard]] std::uint64_t broken_messages() const { return broken_messages_; }
  [[nodiscard]] std::uint64_t skipped_lines() const { return skipped_lines_; }

 private:
  void append(std::string_view bytes);
  void end_of_line(const OnMessage& on_message);
  void begin_message();
  void drop_message();

  std::string text_;            // the message from its start line on; without one, the current line
  std::size_t line_begin_ = 0;  // of the current line, in text_
  bool in_message_ = false;
  bool overlong_ = false;  // the rest of the current line is thrown away
  std::uint64_t broken_messages_ = 0, skipped_lines_ = 0;
};

}  // namespace hb::io
