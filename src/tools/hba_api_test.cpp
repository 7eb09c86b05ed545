#include "tools/hba_api.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "io/eventually_testing.h"
#include "io/media/ping/hba_medium.h"

namespace hb::tools {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kCard = "lab-card-0";

// A vendor's library in a directory of its own, registered as real ones are: in /etc/hba.conf,
// which is another file for this process alone.
class HbaTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ASSERT_EQ(::unshare(CLONE_NEWNS), 0) << "needs root";
    ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    directory_ = fs::temp_directory_path() / ("hba-test-" + std::to_string(::getpid()));
    fs::create_directories(directory_);
    fs::copy_file(HB_HBA_VENDOR, directory_ / "vendor.so", fs::copy_options::overwrite_existing);
    std::ofstream(directory_ / "hba.conf")
        << "org.example.lab " << (directory_ / "vendor.so").string() << "\n";
    ASSERT_EQ(
        ::mount((directory_ / "hba.conf").c_str(), "/etc/hba.conf", nullptr, MS_BIND, nullptr), 0);
  }
  static void TearDownTestSuite() {
    ::umount("/etc/hba.conf");
    fs::remove_all(directory_);
  }

  static void card_is(const std::string& state) {
    std::ofstream(directory_ / "state.new") << state;
    fs::rename(directory_ / "state.new", directory_ / "state");
  }

  static fs::path directory_;
};
fs::path HbaTest::directory_;

TEST_F(HbaTest, TheAdaptersOfTheVendorAreListed) {
  card_is("ok");
  const auto library = HbaLibrary::load();
  ASSERT_TRUE(library) << library.error();
  EXPECT_THAT(library->adapters(), ElementsAre(kCard));
}

struct StateCase {
  const char* state;
  const char* reason;  // "" if it answers
};
class HbaStateTest : public HbaTest, public ::testing::WithParamInterface<StateCase> {};

TEST_P(HbaStateTest, IsTold) {
  card_is(GetParam().state);
  const auto library = HbaLibrary::load();
  ASSERT_TRUE(library) << library.error();
  HbaAdapter adapter(*library, kCard);
  const auto answered = adapter.inquire();
  const std::string reason = answered ? "" : answered.error();
  EXPECT_THAT(reason, HasSubstr(GetParam().reason));
  EXPECT_EQ(reason.empty(), std::string(GetParam().reason).empty()) << reason;
}
INSTANTIATE_TEST_SUITE_P(, HbaStateTest,
                         ::testing::Values(StateCase{"ok", ""}, StateCase{"complains", ""},
                                           StateCase{"stale", ""},
                                           StateCase{"down", "no answer in time"},
                                           StateCase{"unplugged", "there are: lab-card-0"},
                                           StateCase{"", "/etc/hba.conf"}),
                         [](const auto& instance) {
                           return *instance.param.state ? instance.param.state : "NoCard";
                         });

TEST_F(HbaTest, ACardThatComesBackAnswersAgain) {
  card_is("ok");
  const auto library = HbaLibrary::load();
  ASSERT_TRUE(library);
  HbaAdapter adapter(*library, kCard);
  EXPECT_TRUE(adapter.inquire());
  for (const char* state : {"unplugged", "down"}) {
    card_is(state);
    EXPECT_FALSE(adapter.inquire()) << state;
    card_is("ok");
    EXPECT_TRUE(adapter.inquire()) << state;
  }
}

TEST_F(HbaTest, AnotherNameIsNoCard) {
  card_is("ok");
  const auto library = HbaLibrary::load();
  ASSERT_TRUE(library);
  EXPECT_EQ(HbaAdapter(*library, "scsi0").inquire().error(),
            "no adapter scsi0; there are: lab-card-0");
}

// --- the program, and the medium that runs it ---

class HbaMediumAndProgramTest : public HbaTest, public io::MediumObserver {
 protected:
  void on_datagram(io::Medium&, std::string_view datagram) override {
    heard_.emplace_back(datagram);
  }
  void on_report(io::Medium&, const io::Message& report) override {
    reports_.push_back(report.text);
  }
  // Turns the loop until it holds.
  bool until(const std::function<bool()>& holds) { return io::eventually(loop_, holds); }

  asio::io_context loop_;
  io::ReceiveBatch batch_;
  std::vector<std::string> heard_, reports_;
  std::unique_ptr<io::Medium> medium_ = io::make_hba_medium(
      {loop_, batch_, *this}, {.card = kCard, .interval = 20ms, .program = HB_HBA_INQUIRY});
};

TEST_F(HbaMediumAndProgramTest, AnswersAndFailuresComeThrough) {
  card_is("ok");
  ASSERT_TRUE(medium_->open());
  medium_->send("a packet");
  EXPECT_TRUE(until([&] { return heard_.size() >= 3; }));
  EXPECT_EQ(heard_.front(), "a packet");
  card_is("down");
  EXPECT_TRUE(until([&] { return !reports_.empty(); }));
  EXPECT_THAT(reports_, ElementsAre(HasSubstr("no answer in time")));
  heard_.clear();
  card_is("ok");
  EXPECT_TRUE(until([&] { return !heard_.empty(); }));
}

// The loop turns on, nobody answers, and the end of the medium is the end of the program.
TEST_F(HbaMediumAndProgramTest, ALibraryThatHangsHoldsNobodyUp) {
  card_is("ok");
  ASSERT_TRUE(medium_->open());
  medium_->send("a packet");
  EXPECT_TRUE(until([&] { return !heard_.empty(); }));
  card_is("hangs");
  const auto settled = [&] {
    const std::size_t before = heard_.size();
    loop_.run_for(200ms);
    loop_.restart();
    return heard_.size() == before;
  };
  EXPECT_TRUE(until(settled));
  EXPECT_TRUE(medium_->drain());
  medium_.reset();
  loop_.run_for(2s);  // the child is reaped, then there is nothing left to do
  EXPECT_TRUE(loop_.stopped());
}

TEST_F(HbaMediumAndProgramTest, ALibraryThatCrashesTakesOnlyTheProgramAlong) {
  card_is("crashes");
  ASSERT_TRUE(medium_->open());
  EXPECT_TRUE(until([&] { return !reports_.empty(); }));
  EXPECT_THAT(reports_, Contains(HasSubstr("has ended")));
  EXPECT_EQ(medium_->state(), io::MediumState::kWaiting);
}

}  // namespace
}  // namespace hb::tools
