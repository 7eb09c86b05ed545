#include "io/ipc/classic_assembler.h"

namespace hb::io {
namespace {

constexpr std::string_view kStart = ">>>";
constexpr std::string_view kEnd = "<<<";

}  // namespace

void ClassicAssembler::feed(std::string_view bytes, const OnMessage& on_message) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    if (newline == std::string_view::npos) return append(bytes);
    append(bytes.substr(0, newline + 1));
    end_of_line(on_message);
    bytes.remove_prefix(newline + 1);
  }
}

// Never holds more than the limit: what a writer sends without end is thrown away as it comes.
void ClassicAssembler::append(std::string_view bytes) {
  if (overlong_) return;
  if (text_.size() + bytes.size() <= kMessageLimit) {
    text_.append(bytes);
    return;
  }
  overlong_ = true;
  drop_message();
}

void ClassicAssembler::end_of_line(const OnMessage& on_message) {
  if (overlong_) {  // its end is the end of the throwing away; a new message may follow
    overlong_ = false;
    return;
  }
  const std::string_view line = std::string_view(text_).substr(line_begin_);
  if (line.starts_with(kStart)) {
    begin_message();
  } else if (!in_message_) {
    ++skipped_lines_;
    text_.clear();
  } else if (line.starts_with(kEnd)) {
    on_message(text_);
    in_message_ = false;
    text_.clear();
  }
  line_begin_ = text_.size();
}

// The start line just read is the end of text_.
void ClassicAssembler::begin_message() {
  if (in_message_) ++broken_messages_;
  text_.erase(0, line_begin_);
  in_message_ = true;
}

void ClassicAssembler::drop_message() {
  ++(in_message_ ? broken_messages_ : skipped_lines_);
  in_message_ = false;
  text_.clear();
  text_.shrink_to_fit();
  line_begin_ = 0;
}

}  // namespace hb::io
