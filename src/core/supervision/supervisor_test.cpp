#include "core/supervision/supervisor.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/overloaded.h"

namespace hb::core {
namespace {

// A shell that obeys: what it was told, as words, with the seconds since the beginning.
//
//   start a, term a, kill a, gone, reboot a; notes by name
class SupervisorTest : public testing::Test {
 protected:
  static ManagedClient line(const std::string& command, bool failfast = false) {
    return {.user = "hacluster", .command = command, .failfast = failfast};
  }

  void feed(const SupervisorInput& input) {
    for (const SupervisorEffect& effect : machine_.step(now_, input)) obey(effect);
  }

  void want(std::vector<ManagedClient> clients) { feed(ClientsWanted{std::move(clients)}); }

  // Ends the life that runs by this name.
  void end(const std::string& command, ClientEnd how) {
    const auto found = running_.find(command);
    ASSERT_NE(found, running_.end()) << command;
    const ClientLife life = found->second;
    running_.erase(found);
    feed(ClientEnded{life, how});
  }
  void exits(const std::string& command, int code) { end(command, {.code = code, .signal = {}}); }
  void dies(const std::string& command, int signal) {
    end(command, {.code = {}, .signal = signal});
  }

  void run_until(Instant end) {
    while (machine_.next_deadline() && *machine_.next_deadline() <= end) {
      now_ = std::max(now_, *machine_.next_deadline());
      feed(SupervisionDue{});
    }
    now_ = end;
  }
  void run_for(Duration time) { run_until(now_ + time); }

  std::vector<std::string> told() { return std::exchange(told_, {}); }
  [[nodiscard]] bool noted(NoteId id) const {
    return std::find(notes_.begin(), notes_.end(), id) != notes_.end();
  }

  Supervisor machine_{10s};
  Instant now_{1h};
  const Instant begin_ = now_;
  std::map<std::string, ClientLife> running_;
  std::vector<std::string> told_;
  std::vector<NoteId> notes_;

 private:
  void obey(const SupervisorEffect& effect) {
    std::visit(Overloaded{
                   [&](const StartClient& e) {
                     running_[e.client.command] = e.life;
                     tell("start " + e.client.command);
                   },
                   [&](const TerminateClient& e) { tell("term " + name(e.life)); },
                   [&](const KillClient& e) { tell("kill " + name(e.life)); },
                   [&](const Reboot& e) { tell("reboot " + e.reason); },
                   [&](const AllClientsStopped&) { tell("gone"); },
                   [&](const Note& note) {
                     EXPECT_FALSE(render(note).empty());
                     notes_.push_back(note.id);
                   },
               },
               effect);
  }

  void tell(const std::string& what) {
    told_.push_back(fmt::format(
        "{} {}", std::chrono::duration_cast<std::chrono::seconds>(now_ - begin_).count(), what));
  }

  std::string name(ClientLife life) const {
    for (const auto& [command, its] : running_) {
      if (its == life) return command;
    }
    return "?";
  }
};

using Told = std::vector<std::string>;

TEST_F(SupervisorTest, NothingStartsBeforeCommunicationIsUp) {
  want({line("a"), line("b")});
  run_for(1h);
  EXPECT_EQ(told(), Told{});
  EXPECT_EQ(machine_.next_deadline(), std::nullopt);
}

TEST_F(SupervisorTest, ClientsStartInFileOrder) {
  want({line("b"), line("a"), line("c")});
  feed(ClientsMayRun{});
  EXPECT_EQ(told(), (Told{"0 start b", "0 start a", "0 start c"}));
}

TEST_F(SupervisorTest, TwoEqualLinesAreTwoPrograms) {
  want({line("a"), line("a")});
  feed(ClientsMayRun{});
  EXPECT_EQ(told(), (Told{"0 start a", "0 start a"}));
  want({line("a")});
  EXPECT_EQ(told().size(), 1U);  // one of them is stopped
}

TEST_F(SupervisorTest, AClientStopsAsItWasStartedBackwardsOneByOne) {
  want({line("a"), line("b"), line("c")});
  feed(ClientsMayRun{});
  told();
  feed(ClientsMustStop{});
  EXPECT_EQ(told(), Told{"0 term c"});
  run_for(2s);
  dies("c", 15);
  EXPECT_EQ(told(), Told{"2 term b"});
  exits("b", 0);
  EXPECT_EQ(told(), Told{"2 term a"});
  exits("a", 7);  // however it ends, nothing starts any more
  EXPECT_EQ(told(), Told{"2 gone"});
  run_for(1h);
  EXPECT_EQ(told(), Told{});
}

TEST_F(SupervisorTest, WhatDoesNotEndIsKilledAndTheNextOneFollows) {
  want({line("a"), line("b")});
  feed(ClientsMayRun{});
  feed(ClientsMustStop{});
  told();
  run_for(9s);
  EXPECT_EQ(told(), Told{});
  run_for(1s);
  EXPECT_EQ(told(), Told{"10 kill b"});
  EXPECT_TRUE(noted(NoteId::kClientKilled));
  dies("b", 9);
  EXPECT_EQ(told(), Told{"10 term a"});
}

TEST_F(SupervisorTest, NobodyWaitsForWhatTheKernelHolds) {
  want({line("a"), line("b")});
  feed(ClientsMayRun{});
  feed(ClientsMustStop{});
  told();
  run_for(10s + Supervisor::kKillPatience);
  EXPECT_EQ(told(), (Told{"10 kill b", "15 term a"}));
  EXPECT_TRUE(noted(NoteId::kClientStuck));
  dies("b", 9);
  dies("a", 15);
  EXPECT_EQ(told(), Told{"15 gone"});
}

TEST_F(SupervisorTest, WithoutClientsTheyAreGoneAtOnce) {
  feed(ClientsMustStop{});
  EXPECT_EQ(told(), Told{"0 gone"});
}

TEST_F(SupervisorTest, StoppingBeforeTheyMayRunNeverStartsThem) {
  want({line("a")});
  feed(ClientsMustStop{});
  EXPECT_EQ(told(), Told{"0 gone"});
  feed(ClientsMayRun{});
  want({line("a"), line("b")});
  run_for(1h);
  EXPECT_EQ(told(), Told{});
}

TEST_F(SupervisorTest, ElevenStartsInTenSecondsThenLessAndLessOften) {
  want({line("a")});
  feed(ClientsMayRun{});
  Told starts = told();
  for (int i = 0; i < 10; ++i) {
    exits("a", 1);
    run_for(1s);
    for (const std::string& word : told()) starts.push_back(word);
  }
  ASSERT_EQ(starts.size(), 11U);
  EXPECT_EQ(starts.back(), "10 start a");
  EXPECT_FALSE(noted(NoteId::kClientTooFast));

  std::vector<Duration> pauses;
  for (int i = 0; i < 6; ++i) {
    exits("a", 1);
    EXPECT_TRUE(noted(NoteId::kClientTooFast));
    const Instant ended = now_;
    run_until(*machine_.next_deadline());
    EXPECT_EQ(told().size(), 1U);
    pauses.push_back(now_ - ended);
  }
  EXPECT_EQ(pauses, (std::vector<Duration>{1min, 2min, 4min, 8min, 15min, 15min}));
}

TEST_F(SupervisorTest, ALongLifeIsFollowedAtOnceAndForgivesShortOnes) {
  want({line("a")});
  feed(ClientsMayRun{});
  for (int i = 0; i < 10; ++i) {
    exits("a", 0);
    run_for(1s);
  }
  told();
  run_for(Supervisor::kShortLife);
  dies("a", 11);
  EXPECT_EQ(told(), Told{"40 start a"});
  for (int i = 0; i < 10; ++i) {
    exits("a", 0);
    run_for(1s);
  }
  EXPECT_FALSE(noted(NoteId::kClientTooFast));
}

TEST_F(SupervisorTest, ALifeTooShortByANanosecondIsShort) {
  want({line("a")});
  feed(ClientsMayRun{});
  told();
  run_for(Supervisor::kShortLife - Duration(1));
  exits("a", 0);
  EXPECT_EQ(told(), Told{});
  run_for(1s);
  EXPECT_EQ(told(), Told{"30 start a"});
}

TEST_F(SupervisorTest, Exit100IsNeverFollowed) {
  want({line("a"), line("b")});
  feed(ClientsMayRun{});
  told();
  exits("a", 100);
  EXPECT_TRUE(noted(NoteId::kClientFinished));
  run_for(24h);
  EXPECT_EQ(told(), Told{});
  want({line("a"), line("b")});  // nor by a reload that leaves the line as it was
  EXPECT_EQ(told(), Told{});
}

TEST_F(SupervisorTest, ALateWordOfAnEarlierLifeChangesNothing) {
  want({line("a")});
  feed(ClientsMayRun{});
  const ClientLife first = running_.at("a");
  run_for(1min);
  exits("a", 0);
  told();
  feed(ClientEnded{first, {.code = 100, .signal = {}}});
  run_for(1min);
  exits("a", 0);
  EXPECT_EQ(told(), Told{"120 start a"});
}

struct FailfastCase {
  const char* name;
  ClientEnd end;
  bool reboot;
};
class FailfastTest : public SupervisorTest, public testing::WithParamInterface<FailfastCase> {};
TEST_P(FailfastTest, Resets) {
  want({line("a", true)});
  feed(ClientsMayRun{});
  told();
  end("a", GetParam().end);
  run_for(1s);
  EXPECT_EQ(told(), GetParam().reboot ? Told{"0 reboot a"} : Told{"1 start a"});
}
INSTANTIATE_TEST_SUITE_P(
    Ends, FailfastTest,
    testing::Values(FailfastCase{"ExitZeroIsFollowed", {.code = 0, .signal = {}}, false},
                    FailfastCase{"AnyOtherCodeResets", {.code = 3, .signal = {}}, true},
                    FailfastCase{"Code100ResetsToo", {.code = 100, .signal = {}}, true},
                    FailfastCase{"ASignalResets", {.code = {}, .signal = 9}, true}),
    [](const auto& row) { return row.param.name; });

TEST_F(SupervisorTest, AFailfastClientThatIsToldToStopResetsNothing) {
  want({line("a", true), line("b", true)});
  feed(ClientsMayRun{});
  feed(ClientsMustStop{});
  dies("b", 15);
  exits("a", 1);
  told_.erase(std::remove_if(told_.begin(), told_.end(),
                             [](const auto& word) { return word.find("reboot") == word.npos; }),
              told_.end());
  EXPECT_EQ(told(), Told{});
}

TEST_F(SupervisorTest, WhatCannotBeStartedIsTriedRarelyAndResetsNothing) {
  want({line("a", true)});
  feed(ClientsMayRun{});
  told();
  feed(ClientNotStarted{running_.at("a"), "no such file"});
  run_for(59s);
  EXPECT_EQ(told(), Told{});
  run_for(1s);
  EXPECT_EQ(told(), Told{"60 start a"});
}

TEST_F(SupervisorTest, AReloadStopsWhatIsGoneThenStartsWhatIsNew) {
  want({line("a"), line("b"), line("c")});
  feed(ClientsMayRun{});
  told();
  want({line("b"), line("a -x"), line("d")});
  EXPECT_EQ(told(), Told{"0 term c"});
  dies("c", 15);
  EXPECT_EQ(told(), Told{"0 term a"});
  run_for(3s);
  dies("a", 15);
  EXPECT_EQ(told(), (Told{"3 start a -x", "3 start d"}));
  // Stopped in the order of the file of now.
  feed(ClientsMustStop{});
  EXPECT_EQ(told(), Told{"3 term d"});
}

TEST_F(SupervisorTest, ALineThatIsTakenBackWhileItStopsStartsAgain) {
  want({line("a")});
  feed(ClientsMayRun{});
  want({});
  want({line("a")});
  told();
  dies("a", 15);
  EXPECT_EQ(told(), Told{"0 start a"});
}

// Found by the last test here: the restart was due and not allowed, over and over.
TEST_F(SupervisorTest, ARestartThatIsDueWaitsForARemovalWithoutAskingAllTheTime) {
  want({line("a"), line("b")});
  feed(ClientsMayRun{});
  exits("a", 1);
  want({line("a")});
  told();
  EXPECT_EQ(machine_.next_deadline(), now_ + 10s);  // SIGKILL for b
  run_for(2s);
  EXPECT_EQ(told(), Told{});
  dies("b", 15);
  EXPECT_EQ(told(), Told{"2 start a"});
}

TEST_F(SupervisorTest, AReloadTriesAgainWhatFailedTooFast) {
  want({line("a")});
  feed(ClientsMayRun{});
  for (int i = 0; i < 10; ++i) {
    exits("a", 1);
    run_for(1s);
  }
  exits("a", 1);
  told();
  run_for(5s);
  want({line("a")});
  EXPECT_EQ(told(), Told{"15 start a"});
}

TEST_F(SupervisorTest, LeavingOvertakesAReloadThatIsUnderWay) {
  want({line("a"), line("b"), line("c")});
  feed(ClientsMayRun{});
  told();
  want({line("c"), line("d")});
  EXPECT_EQ(told(), Told{"0 term b"});
  feed(ClientsMustStop{});
  EXPECT_EQ(told(), Told{});  // b ends first
  dies("b", 15);
  EXPECT_EQ(told(), Told{"0 term c"});
  dies("c", 15);
  EXPECT_EQ(told(), Told{"0 term a"});
  dies("a", 15);
  EXPECT_EQ(told(), Told{"0 gone"});
}

// No plan of ends and reloads makes it start what runs, or leave anything behind.
TEST_F(SupervisorTest, WhateverHappensEachLineHasAtMostOneLife) {
  std::uint32_t state = 7;
  const auto draw = [&](std::uint32_t below) {
    state = state * 1664525U + 1013904223U;
    return (state >> 8U) % below;
  };
  feed(ClientsMayRun{});
  for (int i = 0; i < 20000; ++i) {
    switch (draw(4)) {
      case 0: {
        std::vector<ManagedClient> lines;
        for (const char* name : {"a", "b", "c", "d"}) {
          if (draw(3) > 0) lines.push_back(line(name));
        }
        want(lines);
        break;
      }
      case 1:
      case 2:
        if (!running_.empty()) {
          auto at = running_.begin();
          std::advance(at, draw(static_cast<std::uint32_t>(running_.size())));
          exits(at->first, static_cast<int>(draw(2)) * 100);
        }
        break;
      default:
        run_for(std::chrono::milliseconds(draw(40000)));
    }
    std::map<std::string, int> lives;
    for (const std::string& word : told()) {
      if (word.find("start") != word.npos) ++lives[word.substr(word.rfind(' '))];
    }
    for (const auto& [name, count] : lives) EXPECT_LE(count, 1) << name;
  }
  feed(ClientsMustStop{});
  while (!running_.empty()) dies(running_.begin()->first, 9);
  EXPECT_TRUE(told().back().ends_with(" gone"));
}

}  // namespace
}  // namespace hb::core
