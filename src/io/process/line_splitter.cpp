#include "io/process/line_splitter.h"

#include <algorithm>

namespace hb::io {

void LineSplitter::feed(std::string_view bytes, const OnLine& on_line) {
  while (!bytes.empty()) {
    if (left_ == 0) {
      if (!line_.empty()) hand_out(on_line);
      if (!told_) on_line("(more output follows, which is dropped)");
      told_ = true;
      return;
    }
    const std::size_t room = std::min(longest_line_ - line_.size(), left_);
    const std::string_view piece = bytes.substr(0, room);
    const std::size_t end = std::min(piece.find('\n'), piece.size());
    const bool whole = end < piece.size();
    line_ += piece.substr(0, end);
    left_ -= end + (whole ? 1 : 0);
    bytes.remove_prefix(end + (whole ? 1 : 0));
    if (whole || line_.size() == longest_line_) {
      hand_out(on_line);
      // The end of a line that was just handed out for its length makes no empty one.
      if (!whole && !bytes.empty() && bytes.front() == '\n') bytes.remove_prefix(1);
    }
  }
}

void LineSplitter::finish(const OnLine& on_line) {
  if (!line_.empty()) hand_out(on_line);
}

void LineSplitter::hand_out(const OnLine& on_line) {
  std::string line = std::move(line_);
  line_.clear();
  if (!line.empty() && line.back() == '\r') line.pop_back();
  on_line(line);
}

}  // namespace hb::io
