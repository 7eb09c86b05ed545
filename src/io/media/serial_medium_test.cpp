#include "io/media/serial_medium.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "io/media/patience_testing.h"
#include "io/unique_fd.h"

namespace hb::io {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kSerialPacket = ">>>\nt=status\nst=up\n<<<\n";

// A device whose other end is in our hands, under a name of our own, as an adapter has that comes
// and goes.
class Cable {
 public:
  explicit Cable(const std::string& name)
      : name_(name), master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    EXPECT_EQ(::grantpt(master_.get()), 0);
    EXPECT_EQ(::unlockpt(master_.get()), 0);
    ::fcntl(master_.get(), F_SETFL, O_NONBLOCK);
    std::filesystem::remove(name_);
    std::filesystem::create_symlink(::ptsname(master_.get()), name_);
  }
  ~Cable() { std::filesystem::remove(name_); }
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;

  void put(const std::string& bytes) {
    EXPECT_EQ(::write(master_.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  std::string take() {
    std::array<char, 65536> buffer;
    const ssize_t size = ::read(master_.get(), buffer.data(), buffer.size());
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }
  [[nodiscard]] termios settings() const {
    termios line{};
    EXPECT_EQ(::tcgetattr(master_.get(), &line), 0);
    return line;
  }

 private:
  std::string name_;
  UniqueFd master_;
};

class SerialMediumTest : public ::testing::Test, public MediumObserver {
 protected:
  SerialMediumTest() {
    std::string directory = std::filesystem::temp_directory_path() / "hb-serial.XXXXXX";
    directory_ = ::mkdtemp(directory.data());
    cable_.emplace(device());
  }
  ~SerialMediumTest() override {
    cable_.reset();
    std::filesystem::remove_all(directory_);
  }

  [[nodiscard]] std::string device() const { return directory_ / "ttyTEST"; }
  [[nodiscard]] std::filesystem::path lock_file() const {
    std::string name = device();
    std::erase(name, '/');
    return directory_ / ("LCK.." + name);
  }

  void on_datagram(Medium&, std::string_view packet) override { heard_.emplace_back(packet); }
  void on_report(Medium&, const Message& report) override { reports_.push_back(report.text); }

  std::unique_ptr<Medium> make(int baud = 460800) {
    return make_serial_medium(
        {loop_, batch_, *this},
        SerialConfig{.device = device(), .baud = baud, .lock_directory = directory_});
  }
  std::unique_ptr<Medium> opened(int baud = 460800) {
    auto medium = make(baud);
    const auto result = medium->open();
    EXPECT_TRUE(result) << result.error().text();
    return medium;
  }

  void until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition() && std::chrono::steady_clock::now() < end) loop_.run_one_for(10ms);
    ASSERT_TRUE(condition()) << "heard " << heard_.size() << ", reports "
                             << ::testing::PrintToString(reports_);
  }
  // What has left by the line, until it is as long as this.
  std::string taken(std::size_t size) {
    std::string all;
    until([&] { return (all += cable_->take()).size() >= size; });
    return all;
  }

  std::filesystem::path directory_;
  std::optional<Cable> cable_;
  asio::io_context loop_;
  ReceiveBatch batch_;
  std::vector<std::string> heard_, reports_;
};

TEST_F(SerialMediumTest, SendsAndReceivesPackets) {
  const auto medium = opened();
  EXPECT_EQ(medium->carrier(), wire::Carrier::kSerial);
  EXPECT_EQ(medium->link_name(), LinkName(device()));
  medium->send(kSerialPacket);
  EXPECT_EQ(taken(kSerialPacket.size()), kSerialPacket);
  EXPECT_EQ(medium->statistics().sent, 1U);
  cable_->put("noise\n" + kSerialPacket + kSerialPacket);
  until([&] { return heard_.size() == 2; });
  EXPECT_EQ(heard_.front(), kSerialPacket);
}

TEST_F(SerialMediumTest, TheLineIsSetAsTheSpecificationSays) {
  const auto medium = opened(57600);
  const termios line = cable_->settings();
  EXPECT_EQ(::cfgetospeed(&line), static_cast<speed_t>(B57600));
  EXPECT_EQ(line.c_cflag & (CSIZE | PARENB | CSTOPB), static_cast<tcflag_t>(CS8));
  EXPECT_NE(line.c_cflag & CRTSCTS, 0U);
  EXPECT_EQ(line.c_lflag & (ICANON | ECHO | ISIG), 0U);
  EXPECT_EQ(line.c_oflag & OPOST, 0U);
  EXPECT_EQ(line.c_iflag & (IXON | IXOFF | ICRNL), 0U);
}

TEST_F(SerialMediumTest, StripsBitSevenAndCarriageReturns) {
  const auto medium = opened();
  std::string line = ">>>\r\nt=status\r\nst=up\r\n<<<\r\n";
  line[2] = static_cast<char>(line[2] | 0x80);
  cable_->put(line);
  until([&] { return heard_.size() == 1; });
  EXPECT_EQ(heard_.front(), kSerialPacket);
}

class EveryBaudTest : public SerialMediumTest, public ::testing::WithParamInterface<int> {};

TEST_P(EveryBaudTest, Opens) {
  const auto medium = opened(GetParam());
  EXPECT_EQ(medium->state(), MediumState::kOpen);
}
INSTANTIATE_TEST_SUITE_P(Rates, EveryBaudTest,
                         ::testing::Values(9600, 19200, 38400, 57600, 115200, 230400, 460800));

TEST_F(SerialMediumTest, WritesNoFasterThanTheLineCarries) {
  const auto medium = opened(9600);
  const std::string packet = ">>>\n" + std::string(952 - 8, 'x') + "\n<<<";  // about a second
  const auto began = std::chrono::steady_clock::now();
  medium->send(packet);
  EXPECT_EQ(taken(packet.size()).size(), packet.size());
  // The last chunk is written a chunk's time after the one before it, behind the break.
  EXPECT_GE(std::chrono::steady_clock::now() - began, 500ms);
}

TEST_F(SerialMediumTest, WhatTheLineCannotCarryIsDroppedOldestFirst) {
  const auto medium = opened(9600);  // two seconds are 1920 bytes
  for (int i = 0; i < 20; ++i) {
    medium->send(">>>\n" + std::to_string(i) + std::string(190, 'x') + "\n<<<\n");
  }
  EXPECT_EQ(medium->statistics().send_drops, 11U);
  EXPECT_THAT(taken(50), HasSubstr(">>>\n11x"));
}

TEST_F(SerialMediumTest, ALineThatTakesNothingCostsPacketsOnly) {
  const auto medium = opened();
  // Nobody reads: what the driver holds fills up.
  std::size_t sent = 0;
  const std::string packet = ">>>\n" + std::string(4000, 'x') + "\n<<<\n";
  until([&] {
    if (sent++ % 2 == 0) medium->send(packet);
    return !reports_.empty();
  });
  EXPECT_THAT(reports_.front(), HasSubstr("Write timeout"));
  EXPECT_GE(medium->statistics().send_drops, 1U);
  EXPECT_EQ(medium->state(), MediumState::kOpen);
  std::string all;
  until([&] {
    all += cable_->take();
    medium->send(kSerialPacket);
    return all.ends_with(kSerialPacket);
  });
}

TEST_F(SerialMediumTest, OpeningNamesWhatIsMissing) {
  cable_.reset();
  const auto medium = make();
  const auto result = medium->open();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ENOENT);
  EXPECT_THAT(result.error().text(), HasSubstr("ttyTEST"));
  medium->send(kSerialPacket);
  EXPECT_EQ(medium->statistics().unsent, 1U);
}

TEST_F(SerialMediumTest, ADeviceThatGoesIsWaitedForAndFoundAgain) {
  const auto medium = opened();
  cable_->put(">>>\nhalf of a pac");
  cable_.reset();
  until([&] { return medium->state() == MediumState::kWaiting; });
  EXPECT_THAT(reports_, ElementsAre(HasSubstr("waiting for the device")));
  EXPECT_FALSE(std::filesystem::exists(lock_file()));
  cable_.emplace(device());
  until([&] { return medium->state() == MediumState::kOpen; });
  EXPECT_EQ(reports_.size(), 2U);
  EXPECT_EQ(medium->statistics().reopened, 1U);
  cable_->put("ket\n<<<\n" + kSerialPacket);
  until([&] { return !heard_.empty(); });
  EXPECT_THAT(heard_, ElementsAre(kSerialPacket));
  medium->send(kSerialPacket);
  EXPECT_EQ(taken(kSerialPacket.size()), kSerialPacket);
}

TEST_F(SerialMediumTest, NoTerminalIsRefused) {
  cable_.reset();
  std::filesystem::create_symlink("/dev/null", device());
  const auto result = make()->open();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ENOTTY);
}

TEST_F(SerialMediumTest, TheDeviceIsLockedWhileItIsOpen) {
  auto medium = opened();
  std::ifstream lock(lock_file());
  pid_t pid = 0;
  lock >> pid;
  EXPECT_EQ(pid, ::getpid());
  medium.reset();
  EXPECT_FALSE(std::filesystem::exists(lock_file()));
}

TEST_F(SerialMediumTest, ALockOfALivingProcessIsRespectedAndOneOfADeadProcessIsNot) {
  std::ofstream(lock_file()) << "         1\n";
  const auto refused = make()->open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EBUSY);
  EXPECT_THAT(refused.error().text(), HasSubstr("used by process 1"));
  std::ofstream(lock_file()) << "2147483646\n";
  EXPECT_TRUE(make()->open());
}

TEST_F(SerialMediumTest, DrainReadsWhatWaitsWithoutTheLoop) {
  const auto medium = opened();
  cable_->put(kSerialPacket + kSerialPacket);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (heard_.size() < 2 && std::chrono::steady_clock::now() < end) {
    EXPECT_TRUE(medium->drain());
  }
  EXPECT_EQ(heard_.size(), 2U);
}

TEST_F(SerialMediumTest, AMediumMayGoWhileItsHandlersAreOnTheirWay) {
  auto medium = opened();
  medium->send(kSerialPacket);
  cable_->put(kSerialPacket);
  medium.reset();
  loop_.run();
  EXPECT_THAT(heard_, IsEmpty());
}

}  // namespace
}  // namespace hb::io
