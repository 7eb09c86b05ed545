#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include <asio/local/stream_protocol.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/eventually_testing.h"
#include "io/ipc/apphbd_client.h"
#include "io/ipc/apphbd_protocol.h"

namespace hb::io {
namespace {

using namespace std::chrono_literals;

std::string hex(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xfU];
  }
  return text;
}

// Recorded between apphbtest and the apphbd of 3.0.6 (cluster-glue 1.0.12, Debian 12).
TEST(ApphbdProtocol, FramesAreThoseOfTheOriginal) {
  EXPECT_EQ(hex(apphbd::interval_frame(1s)), "10000000cdab0000736574696e740000e803000000000000");
  EXPECT_EQ(hex(apphbd::warn_frame(1s)), "10000000cdab00007365747761726e00e803000000000000");
  EXPECT_EQ(hex(apphbd::heartbeat_frame()), "08000000cdab00006862000000000000");
  EXPECT_EQ(hex(apphbd::unregister_frame()), "08000000cdab0000756e726567000000");
  const std::string frame =
      apphbd::register_frame({"apphb_normal", "apphb_normal_6981", "/", 6981, 0, 0});
  ASSERT_EQ(frame.size(), 796U);
  EXPECT_EQ(hex(frame.substr(0, 30)),
            "14030000cdab0000726567000000000061707068625f6e6f726d616c0000");
  EXPECT_EQ(frame.substr(8 + 8 + 256, 18), std::string("apphb_normal_6981\0", 18));
  EXPECT_EQ(frame.substr(8 + 8 + 512, 2), std::string("/\0", 2));
  EXPECT_EQ(hex(frame.substr(784)), "451b00000000000000000000");
}

TEST(ApphbdProtocol, LongNamesAreCutBeforeTheirEnd) {
  const std::string frame = apphbd::register_frame({std::string(300, 'x'), "", "/", 2, 0, 0});
  ASSERT_EQ(frame.size(), 796U);
  EXPECT_EQ(frame[8 + 8 + 254], 'x');
  EXPECT_EQ(frame[8 + 8 + 255], '\0');
}

TEST(ApphbdProtocol, OnlyAnAnswerIsOne) {
  using namespace std::string_literals;
  EXPECT_EQ(apphbd::parse_reply("\4\0\0\0\xcd\xab\0\0\0\0\0\0"s), 0);
  EXPECT_EQ(apphbd::parse_reply("\4\0\0\0\xcd\xab\0\0\x16\0\0\0"s), 22);
  EXPECT_EQ(apphbd::parse_reply("\5\0\0\0\xcd\xab\0\0\0\0\0\0"s), std::nullopt);
  EXPECT_EQ(apphbd::parse_reply("\4\0\0\0\xcd\xac\0\0\0\0\0\0"s), std::nullopt);
  EXPECT_EQ(apphbd::parse_reply("\4\0\0\0\xcd\xab\0\0\0\0\0"s), std::nullopt);
}

// Answers each request but heartbeats with the next of its answers; afterwards with 0.
class Server {
 public:
  Server(asio::io_context& loop, const std::string& path)
      : acceptor_(loop, asio::local::stream_protocol::endpoint(path)), socket_(loop) {
    accept();
  }

  std::deque<int> answers;
  bool silent = false;
  std::vector<std::string> heard;  // types of the requests
  int connections = 0;

  void hang_up() { socket_.close(); }

 private:
  void accept() {
    acceptor_.async_accept(
        [this](const asio::error_code& error, asio::local::stream_protocol::socket socket) {
          if (error) return;
          ++connections;
          socket_ = std::move(socket);
          read_header();
          accept();
        });
  }

  void read_header() {
    asio::async_read(socket_, asio::buffer(header_), [this](const asio::error_code& error, auto) {
      if (error) return;
      body_.resize(static_cast<unsigned char>(header_[0]) |
                   static_cast<std::size_t>(static_cast<unsigned char>(header_[1])) << 8U);
      asio::async_read(socket_, asio::buffer(body_), [this](const asio::error_code& failed, auto) {
        if (failed) return;
        heard.emplace_back(body_.c_str());
        if (heard.back() != "hb" && !silent) answer();
        read_header();
      });
    });
  }

  void answer() {
    std::string frame("\4\0\0\0\xcd\xab\0\0\0\0\0\0", 12);
    if (!answers.empty()) {
      frame[8] = static_cast<char>(answers.front());
      answers.pop_front();
    }
    asio::error_code gone;  // who has taken leave does not wait for the answer
    asio::write(socket_, asio::buffer(frame), gone);
  }

  asio::local::stream_protocol::acceptor acceptor_;
  asio::local::stream_protocol::socket socket_;
  std::array<char, 8> header_{};
  std::string body_;
};

class ApphbdClientTest : public testing::Test {
 protected:
  ApphbdClientTest() {
    std::string pattern = testing::TempDir() + "hb-apphbd-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~ApphbdClientTest() override {
    ::unlink(path().c_str());
    ::rmdir(directory_.c_str());
  }

  [[nodiscard]] std::string path() const { return directory_ + "/apphb.comm"; }

  ApphbdClient::Options options() {
    return {.socket = path(),
            .registration = {"heartbeat", "main", "/", ::getpid(), ::getuid(), ::getgid()},
            .interval = 10s,
            .warntime = 5s,
            .retry = 1ms};
  }

  template <class Condition>
  bool eventually(Condition condition) {
    return io::eventually(loop_, condition);
  }

  asio::io_context loop_;
  std::string directory_;
  std::vector<ApphbdClient::News> news_;
  ApphbdClient::OnNews on_news_ = [this](const auto& news) { news_.push_back(news); };
};

using Heard = std::vector<std::string>;

TEST_F(ApphbdClientTest, RegistersBeatsAndTakesLeave) {
  Server server(loop_, path());
  ApphbdClient client(loop_, options(), on_news_);
  client.start();
  client.heartbeat();  // too early: nothing comes of it
  ASSERT_TRUE(eventually([&] { return !news_.empty(); }));
  EXPECT_TRUE(news_.back().registered);
  client.heartbeat();
  client.heartbeat();
  client.stop();
  client.heartbeat();
  EXPECT_TRUE(eventually([&] { return server.heard.size() >= 6; }));
  EXPECT_EQ(server.heard, (Heard{"reg", "setint", "setwarn", "hb", "hb", "unreg"}));
}

TEST_F(ApphbdClientTest, WithoutAServerItTriesAgainAndTellsOnce) {
  ApphbdClient client(loop_, options(), on_news_);
  client.start();
  ASSERT_TRUE(eventually([&] { return !news_.empty(); }));
  EXPECT_FALSE(news_.back().registered);
  loop_.restart();
  loop_.run_for(20ms);
  EXPECT_EQ(news_.size(), 1U);
  Server server(loop_, path());
  ASSERT_TRUE(eventually([&] { return news_.back().registered; }));
  EXPECT_EQ(news_.size(), 2U);
}

TEST_F(ApphbdClientTest, ARefusalIsToldAndTriedAgain) {
  Server server(loop_, path());
  server.answers = {22};
  ApphbdClient client(loop_, options(), on_news_);
  client.start();
  ASSERT_TRUE(eventually([&] { return news_.size() >= 2; }));
  EXPECT_NE(news_[0].text.find("Invalid argument"), std::string::npos) << news_[0].text;
  EXPECT_TRUE(news_[1].registered);
  EXPECT_EQ(server.connections, 2);
}

TEST_F(ApphbdClientTest, AServerThatGoesIsToldAndLookedForAgain) {
  Server server(loop_, path());
  ApphbdClient client(loop_, options(), on_news_);
  client.start();
  ASSERT_TRUE(eventually([&] { return !news_.empty(); }));
  server.hang_up();
  ASSERT_TRUE(eventually([&] { return news_.size() >= 3; }));
  EXPECT_FALSE(news_[1].registered);
  EXPECT_TRUE(news_[2].registered);
}

TEST_F(ApphbdClientTest, AServerThatDoesNotReadBlocksNobody) {
  // Connected and registered, then it reads no more: the socket fills up, and is given up.
  Server server(loop_, path());
  ApphbdClient client(loop_, options(), on_news_);
  client.start();
  ASSERT_TRUE(eventually([&] { return !news_.empty(); }));
  int beats = 0;
  while (news_.size() < 2 && beats < 1'000'000) {  // the server has no turn meanwhile
    client.heartbeat();
    ++beats;
  }
  EXPECT_EQ(news_.size(), 2U);
  EXPECT_FALSE(news_.back().registered);
}

TEST_F(ApphbdClientTest, ItMayBeDestroyedAtAnyMoment) {
  Server server(loop_, path());
  server.silent = true;
  for (int turns = 0; turns < 6; ++turns) {
    ApphbdClient client(loop_, options(), on_news_);
    client.start();
    loop_.restart();
    for (int i = 0; i < turns; ++i) loop_.poll_one();
  }
  loop_.restart();
  loop_.run_for(5ms);
  EXPECT_TRUE(news_.empty());
}

}  // namespace
}  // namespace hb::io
