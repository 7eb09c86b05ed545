#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace hb::io {

// Cuts a stream of bytes into lines and bounds what it lets through: lines of `longest_line` bytes
// (the rest of a longer one comes as another line), `most_output` bytes in all. After that one line
// tells that the rest is dropped.
class LineSplitter {
 public:
  using OnLine = std::function<void(std::string_view)>;

  LineSplitter(std::size_t longest_line, std::size_t most_output)
      : longest_line_(longest_line), left_(most_output) {}

  void feed(std::string_view bytes, const OnLine& on_line);
  // The end of the stream: hands out a last line without an end.
  void finish(const OnLine& on_line);

 private:
  void hand_out(const OnLine& on_line);

  std::size_t longest_line_;
  std::size_t left_;
  bool told_ = false;  // that the rest is dropped
  std::string line_;
};

}  // namespace hb::io
