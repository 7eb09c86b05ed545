#include "io/ipc/classic_assembler.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hb::io {
namespace {

const std::string kStandby = ">>>\nt=ask_resources\nrsc_hold=all\ninfo=me\n<<<\n";
const std::string kWeight = ">>>\nt=setweight\nnode=node2\nweight=50\n<<<\n";

struct Case {
  std::string name, stream;
  std::vector<std::string> messages;
  std::uint64_t broken = 0, skipped = 0;
};

const std::vector<Case> kCases = {
    {"OneMessage", kStandby, {kStandby}},
    {"TwoInARow", kStandby + kWeight, {kStandby, kWeight}},
    {"EmptyMessage", ">>>\n<<<\n", {">>>\n<<<\n"}},
    {"JunkBefore", "junk\n\n<<<\n" + kStandby, {kStandby}, 0, 3},
    {"JunkBetween", kStandby + "t=status\n" + kWeight, {kStandby, kWeight}, 0, 1},
    {"InterruptedWriter", ">>>\nt=lost\n" + kStandby, {kStandby}, 1, 0},
    {"TwoWritersMixed", ">>>\nt=a\n>>>\nt=b\n<<<\n<<<\n", {">>>\nt=b\n<<<\n"}, 1, 1},
    {"WriterWhoDiedWithinALine", "half a li\n" + kStandby, {kStandby}, 0, 1},
    {"NotEndedYet", ">>>\nt=x\n", {}},
    {"LineWithoutEnd", ">>>\nt=x\n<<<", {}},
    {"LineOf510Bytes",
     ">>>\nx=" + std::string(508, 'a') + "\n<<<\n",
     {">>>\nx=" + std::string(508, 'a') + "\n<<<\n"}},
    {"LongerLineThan306Takes",
     ">>>\nx=" + std::string(20000, 'a') + "\n<<<\n",
     {">>>\nx=" + std::string(20000, 'a') + "\n<<<\n"}},
    {"MarkerInsideALine", ">>>\nx=>>>\ny=<<<\n<<<\n", {">>>\nx=>>>\ny=<<<\n<<<\n"}},
    {"NulBytesAreKept",
     std::string(">>>\nx=\0y\n<<<\n", 13),
     {std::string(">>>\nx=\0y\n<<<\n", 13)}},
    {"TooLongMessage",
     ">>>\n" + std::string(ClassicAssembler::kMessageLimit, 'x') + "\nt=rest\n<<<\n" + kStandby,
     {kStandby},
     1,
     2},
    {"TooLongJunk",
     std::string(3 * ClassicAssembler::kMessageLimit, 'x') + "\n" + kStandby,
     {kStandby},
     0,
     1},
};

class ClassicAssemblerTest : public ::testing::TestWithParam<Case> {};

std::vector<std::string> feed_in_pieces(ClassicAssembler& assembler, std::string_view stream,
                                        std::size_t piece) {
  std::vector<std::string> messages;
  for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size()))) {
    assembler.feed(stream.substr(0, piece),
                   [&](std::string_view message) { messages.emplace_back(message); });
  }
  return messages;
}

TEST_P(ClassicAssemblerTest, CutsTheStreamHoweverItArrives) {
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 4096U, 1U << 24U}) {
    SCOPED_TRACE("pieces of " + std::to_string(piece));
    ClassicAssembler assembler;
    EXPECT_EQ(feed_in_pieces(assembler, GetParam().stream, piece), GetParam().messages);
    EXPECT_EQ(assembler.broken_messages(), GetParam().broken);
    EXPECT_EQ(assembler.skipped_lines(), GetParam().skipped);
  }
}

INSTANTIATE_TEST_SUITE_P(Streams, ClassicAssemblerTest, ::testing::ValuesIn(kCases),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace hb::io
