#include "io/media/ping/hba_medium.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace hb::io {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The program is played by a shell script.
class HbaMediumTest : public ::testing::Test, public MediumObserver {
 protected:
  ~HbaMediumTest() override { fs::remove(program_); }

  void on_datagram(Medium&, std::string_view datagram) override { heard_.emplace_back(datagram); }
  void on_report(Medium&, const Message& report) override { reports_.push_back(report.text); }

  std::unique_ptr<Medium> with_program(const std::string& script) {
    std::ofstream(program_) << "#!/bin/sh\n" << script << "\n";
    fs::permissions(program_, fs::perms::owner_all);
    return make_hba_medium({loop_, batch_, *this},
                           {.card = "card0", .interval = 250ms, .program = program_.string()});
  }
  void until(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!holds() && std::chrono::steady_clock::now() < end) {
      loop_.run_one_for(50ms);
      loop_.restart();
    }
    EXPECT_TRUE(holds()) << ::testing::PrintToString(reports_);
  }

  fs::path program_ = fs::temp_directory_path() / ("hba-program-" + std::to_string(::getpid()));
  asio::io_context loop_;
  ReceiveBatch batch_;
  std::vector<std::string> heard_, reports_;
};

TEST_F(HbaMediumTest, EachOkIsAnAnswerWithThePacketSentLast) {
  const auto medium = with_program("echo ok; sleep 60");
  medium->send("a packet");
  ASSERT_TRUE(medium->open());
  until([&] { return !heard_.empty(); });
  EXPECT_THAT(heard_, ElementsAre("a packet"));
}

TEST_F(HbaMediumTest, TheProgramIsToldCardAndInterval) {
  const auto medium = with_program("echo no $*; sleep 60");
  ASSERT_TRUE(medium->open());
  until([&] { return !reports_.empty(); });
  EXPECT_THAT(reports_, ElementsAre("hbaping card0: no answer: card0 250"));
}

TEST_F(HbaMediumTest, AReasonIsToldOnce) {
  const auto medium =
      with_program("for i in 1 2 3; do echo no light; done; echo no card; sleep 60");
  ASSERT_TRUE(medium->open());
  until([&] { return reports_.size() >= 2; });
  EXPECT_THAT(reports_,
              ElementsAre("hbaping card0: no answer: light", "hbaping card0: no answer: card"));
}

TEST_F(HbaMediumTest, OtherLinesAndLongOnesAreNothing) {
  const auto medium = with_program("echo okay; head -c 100000 /dev/zero; echo; echo ok; sleep 60");
  medium->send("a packet");
  ASSERT_TRUE(medium->open());
  until([&] { return !heard_.empty(); });
  EXPECT_THAT(heard_, ElementsAre("a packet"));
}

TEST_F(HbaMediumTest, DrainReadsWhatTheProgramHasSaid) {
  const auto medium = with_program("echo ok; sleep 60");
  medium->send("a packet");
  ASSERT_TRUE(medium->open());
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (heard_.empty() && std::chrono::steady_clock::now() < end) medium->drain();
  EXPECT_THAT(heard_, ElementsAre("a packet"));
}

TEST_F(HbaMediumTest, AProgramThatIsNotThereIsAnError) {
  const auto medium =
      make_hba_medium({loop_, batch_, *this}, {.card = "card0", .program = "/nonexistent/program"});
  const auto opened = medium->open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ENOENT);
  EXPECT_EQ(medium->state(), MediumState::kWaiting);
}

TEST_F(HbaMediumTest, AProgramThatEndsIsTold) {
  const auto medium = with_program("exit 3");
  ASSERT_TRUE(medium->open());
  until([&] { return !reports_.empty(); });
  EXPECT_THAT(reports_, ElementsAre(HasSubstr("has ended")));
  EXPECT_EQ(medium->state(), MediumState::kWaiting);
}

}  // namespace
}  // namespace hb::io
