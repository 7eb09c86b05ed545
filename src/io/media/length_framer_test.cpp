#include "io/media/length_framer.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hb::io {
namespace {

using ::testing::ElementsAre;

std::string framed(std::string_view packet) {
  std::string out;
  LengthFramer::frame(packet, out);
  return out;
}

TEST(LengthFramer, TheLengthComesFirstHighestByteFirst) {
  EXPECT_EQ(framed("ab"), std::string("\0\0\0\2ab", 6));
  EXPECT_EQ(framed(std::string(258, 'x')).substr(0, 4), std::string("\0\0\1\2", 4));
}

TEST(LengthFramer, FindsPacketsHoweverTheyAreCut) {
  const std::string stream =
      framed("one") + framed("2") + framed(std::string(LengthFramer::kLongest, 'x'));
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{3}, std::size_t{4096}, stream.size()}) {
    LengthFramer framer;
    std::vector<std::string> packets;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      ASSERT_TRUE(framer.feed(std::string_view(stream).substr(at, piece),
                              [&](std::string_view packet) { packets.emplace_back(packet); }));
    }
    EXPECT_THAT(packets, ElementsAre("one", "2", std::string(LengthFramer::kLongest, 'x')));
  }
}

TEST(LengthFramer, ALengthOutOfBoundsEndsTheStream) {
  const auto none = [](std::string_view) { FAIL(); };
  EXPECT_FALSE(LengthFramer().feed(std::string_view("\0\0\0\0", 4), none));
  EXPECT_FALSE(LengthFramer().feed("GET / HTTP/1.0\r\n", none));
  const std::size_t longer = LengthFramer::kLongest + 1;
  EXPECT_FALSE(LengthFramer().feed(framed(std::string(longer, 'x')), none));
}

}  // namespace
}  // namespace hb::io
