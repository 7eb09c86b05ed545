#include "io/filter/filter_program.h"

#include <array>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "io/unique_fd.h"

namespace hb::io {
namespace {

using Width = FilterProgram::Width;

// Two connected sockets; the kernel runs the filter of the second on what the first one sends.
class FilterProgramTest : public ::testing::Test {
 protected:
  FilterProgramTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    from_.reset(ends[0]);
    to_.reset(ends[1]);
  }

  void attach() { ASSERT_TRUE(attach_filter(to_.get(), std::move(program_).finish())); }

  // What arrives of it; empty: nothing.
  std::string passes(const std::string& packet) {
    (void)::send(from_.get(), packet.data(), packet.size(), 0);
    std::string buffer(64, '\0');
    const ssize_t size = ::recv(to_.get(), buffer.data(), buffer.size(), 0);
    buffer.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return buffer;
  }

  FilterProgram program_;
  FilterProgram::Label here_;
  UniqueFd from_, to_;
};

TEST_F(FilterProgramTest, TakesWhatIsAskedFor) {
  program_.load(Width::kHalf, 1);
  program_.jump_if_not(0x6263, here_);  // "bc"
  program_.answer(FilterProgram::kWhole);
  program_.put(here_);
  program_.answer(FilterProgram::kNothing);
  attach();
  EXPECT_EQ(passes("abcd"), "abcd");
  EXPECT_EQ(passes("abdc"), "");
  EXPECT_EQ(passes("ab"), "") << "what is loaded lies beyond its end";
}

TEST_F(FilterProgramTest, LooksBeyondAnIpv4HeaderOfAnyLength) {
  program_.base_is_ip_payload();
  program_.load_further(Width::kByte, 1);
  program_.jump_if('x', here_);
  program_.answer(FilterProgram::kNothing);
  program_.put(here_);
  program_.answer(FilterProgram::kWhole);
  attach();
  const std::string shortest = "\x45" + std::string(19, '.'),
                    longer = "\x46" + std::string(23, '.');
  EXPECT_EQ(passes(shortest + "-x"), shortest + "-x");
  EXPECT_EQ(passes(shortest + "x-"), "");
  EXPECT_EQ(passes(longer + "-x"), longer + "-x");
}

TEST_F(FilterProgramTest, LooksAsFarOnAsThePacketSays) {
  program_.load(Width::kByte, 0);
  program_.base_is_what_is_loaded();
  program_.load_further(Width::kByte, 2);
  program_.jump_if('x', here_);
  program_.answer(FilterProgram::kNothing);
  program_.put(here_);
  program_.answer(FilterProgram::kWhole);
  attach();
  EXPECT_EQ(passes("\x03----x"), "\x03----x");
  EXPECT_EQ(passes("\x02----x"), "");
}

TEST_F(FilterProgramTest, TheLengthIsAskedForFirst) {
  program_.load_length();
  program_.jump_if_less(3, here_);
  program_.answer(FilterProgram::kNothing);
  program_.put(here_);
  program_.answer(1);
  attach();
  EXPECT_EQ(passes("ab"), "a") << "as much of it as the answer says";
  EXPECT_EQ(passes("abc"), "");
}

TEST_F(FilterProgramTest, AProgramWithoutAnAnswerIsRefused) {
  program_.load_length();
  EXPECT_FALSE(attach_filter(to_.get(), std::move(program_).finish()));
}

}  // namespace
}  // namespace hb::io
