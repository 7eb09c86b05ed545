#include <algorithm>

#include <gtest/gtest.h>

#include "core/names_testing.h"
#include "core/node.h"

namespace hb::core {
namespace {

using wire::NodeState;

// Node ada of a cluster without resources; the others are played by the test.
class MembershipTest : public testing::Test {
 protected:
  MembershipTest() {
    settings_.self = NodeName("ada");
    settings_.uuid = uuid(1);
    settings_.nodes = {NodeName("ada"), NodeName("bob")};
    settings_.generation = Generation(100);
    settings_.keepalive = 200ms;
    settings_.deadtime = 1s;
    settings_.initdead = 3s;
    settings_.manage_resources = false;
  }

  void start() {
    node_.emplace(settings_);
    step(HostReport{.wall_seconds = 1000, .load = "0"});
    step(Started{});
  }

  void step(const Input& input) {
    for (const Effect& effect : node_->step(now_, input)) effects_.push_back(effect);
  }

  struct From {
    std::string name;
    std::uint64_t generation = 1;
    std::uint64_t seq = 1;
    std::uint64_t timestamp = 1000;
    std::uint8_t uuid = 2;
  };
  void says(const From& from, wire::Body body) {
    wire::Header header;
    header.src = NodeName(from.name);
    header.src_uuid = uuid(from.uuid);
    header.generation = Generation(from.generation);
    header.seq = SeqNo(from.seq);
    header.timestamp = from.timestamp;
    step(PacketReceived{{std::move(header), std::move(body)}, LinkName("eth0")});
  }
  void is_active(const From& from) {
    says(from, wire::Status{.state = NodeState::kActive,
                            .deadtime_ms = 1000,
                            .protocol = 1,
                            .extended = std::nullopt});
  }

  void run_for(Duration length) {
    const Instant end = now_ + length;
    for (int steps = 0; node_->next_deadline() && *node_->next_deadline() <= end; ++steps) {
      ASSERT_LT(steps, 1000) << "always due";
      now_ = std::max(now_, *node_->next_deadline());
      step(DeadlineReached{});
      step(MediaDrained{});
    }
    now_ = end;
  }

  std::vector<std::string> others() const {
    std::vector<std::string> names;
    for (const PeerView& peer : node_->peers()) names.push_back(peer.name.value());
    return names;
  }
  int told(NoteId id) const {
    return static_cast<int>(std::count_if(effects_.begin(), effects_.end(), [&](const Effect& e) {
      const auto* note = std::get_if<Note>(&e);
      return note != nullptr && note->id == id;
    }));
  }
  template <class Body>
  int sent() const {
    return static_cast<int>(std::count_if(effects_.begin(), effects_.end(), [&](const Effect& e) {
      const auto* send = std::get_if<Send>(&e);
      return send != nullptr && std::holds_alternative<Body>(send->packet.body);
    }));
  }
  std::optional<RecordHosts> recorded() const {
    std::optional<RecordHosts> last;
    for (const Effect& effect : effects_) {
      if (const auto* record = std::get_if<RecordHosts>(&effect)) last = *record;
    }
    return last;
  }

  Settings settings_;
  Instant now_{1h};
  std::optional<Node> node_;
  Effects effects_;
};

using Names = std::vector<std::string>;

// --- joining ---

TEST_F(MembershipTest, AStrangerIsIgnoredWithoutAutojoin) {
  start();
  is_active({.name = "cyd", .uuid = 3});
  EXPECT_EQ(others(), Names{"bob"});
  EXPECT_EQ(told(NoteId::kStrangerIgnored), 1);
}

TEST_F(MembershipTest, AStrangerJoinsByBeingHeardAndIsRemembered) {
  settings_.autojoin = Autojoin::kOther;
  start();
  is_active({.name = "cyd", .uuid = 3});
  EXPECT_EQ(others(), (Names{"bob", "cyd"}));
  EXPECT_EQ(told(NoteId::kNodeJoined), 1);
  ASSERT_TRUE(recorded());
  EXPECT_EQ(recorded()->hosts.back(), (HostEntry{.name = NodeName("cyd"), .uuid = uuid(3)}));
  is_active({.name = "cyd", .seq = 2, .uuid = 3});
  EXPECT_EQ(node_->peers().back().state, NodeState::kActive);
}

TEST_F(MembershipTest, WhoIsRememberedIsExpected) {
  settings_.autojoin = Autojoin::kAny;
  settings_.nodes.clear();
  settings_.known_hosts = {{.name = NodeName("bob"), .uuid = uuid(2)}};
  start();
  EXPECT_EQ(others(), Names{"bob"});
}

TEST_F(MembershipTest, WithAutojoinEverybodyGetsInitdeadToBeHeard) {
  settings_.autojoin = Autojoin::kOther;
  start();
  is_active({.name = "bob"});
  says({.name = "bob", .seq = 2}, wire::NodesReply{.nodes = settings_.nodes, .deleted = {}});
  run_for(2900ms);
  EXPECT_EQ(node_->state(), NodeState::kUp);
  is_active({.name = "bob", .seq = 3});
  run_for(200ms);
  EXPECT_EQ(node_->state(), NodeState::kActive);
}

TEST_F(MembershipTest, TheListOfAMemberReplacesThatOfOneWhoJoins) {
  settings_.autojoin = Autojoin::kOther;
  settings_.nodes.emplace_back("old");
  start();
  is_active({.name = "bob"});
  says({.name = "bob", .seq = 2},
       wire::NodesReply{.nodes = {NodeName("ada"), NodeName("bob"), NodeName("cyd")},
                        .deleted = {NodeName("old")}});
  EXPECT_EQ(others(), (Names{"bob", "cyd"}));
  ASSERT_TRUE(recorded());
  EXPECT_EQ(recorded()->deleted.front().name, NodeName("old"));
}

TEST_F(MembershipTest, WithoutAutojoinAnotherListIsToldAndNotTakenOver) {
  start();
  is_active({.name = "bob"});
  says({.name = "bob", .seq = 2}, wire::NodesReply{.nodes = {NodeName("bob")}, .deleted = {}});
  EXPECT_EQ(told(NoteId::kNodeListDiffers), 1);
  EXPECT_EQ(others(), Names{"bob"});
}

// --- administration ---

TEST_F(MembershipTest, AddnodeIsForAllNodesAndTakesNothingOver) {
  settings_.manage_resources = true;
  start();
  is_active({.name = "bob"});
  says({.name = "bob", .seq = 2}, wire::NodesReply{.nodes = settings_.nodes, .deleted = {}});
  step(Injected{wire::AddNodes{{NodeName("cyd"), NodeName("ada")}}, std::nullopt});
  EXPECT_EQ(sent<wire::AddNodes>(), 1);
  EXPECT_EQ(told(NoteId::kNodeAdded), 1);
  for (std::uint64_t seq = 3; seq < 30; ++seq) {
    is_active({.name = "bob", .seq = seq});
    run_for(200ms);
  }
  EXPECT_EQ(node_->peers().back().state, NodeState::kDead);
  EXPECT_EQ(told(NoteId::kTakeover), 0);
}

TEST_F(MembershipTest, AddnodeOfAPeerCountsHereToo) {
  start();
  says({.name = "bob"}, wire::AddNodes{{NodeName("cyd")}});
  EXPECT_EQ(others(), (Names{"bob", "cyd"}));
}

TEST_F(MembershipTest, ALivingNodeIsNotDeleted) {
  start();
  is_active({.name = "bob"});
  step(Injected{wire::DeleteNodes{{NodeName("bob")}}, std::nullopt});
  EXPECT_EQ(others(), Names{"bob"});
  EXPECT_EQ(told(NoteId::kDeleteRefused), 1);
}

TEST_F(MembershipTest, NobodyIsDeletedWhileAnotherNodeIsDown) {
  settings_.nodes.emplace_back("cyd");
  start();
  run_for(4s);  // neither was heard
  step(Injected{wire::DeleteNodes{{NodeName("bob")}}, std::nullopt});
  EXPECT_EQ(told(NoteId::kDeleteRefused), 1);
  step(Injected{wire::DeleteNodes{{NodeName("bob"), NodeName("cyd")}}, std::nullopt});
  EXPECT_EQ(others(), Names{});
  EXPECT_EQ(recorded()->deleted.size(), 2U);
}

TEST_F(MembershipTest, WhoFindsItselfDeletedLeaves) {
  start();
  is_active({.name = "bob"});
  says({.name = "bob", .seq = 2}, wire::NodesReply{.nodes = settings_.nodes, .deleted = {}});
  says({.name = "bob", .seq = 3}, wire::DeleteNodes{{NodeName("ada")}});
  step(ClientsStopped{});
  run_for(3s);
  EXPECT_EQ(told(NoteId::kDeletedHere), 1);
  EXPECT_TRUE(std::any_of(effects_.begin(), effects_.end(), [](const Effect& effect) {
    return std::holds_alternative<Exit>(effect);
  }));
}

TEST_F(MembershipTest, WeightAndSiteAreRemembered) {
  start();
  step(Injected{wire::SetWeight{.node = NodeName("bob"), .weight = 7}, std::nullopt});
  step(Injected{wire::SetSite{.node = NodeName("bob"), .site = "north"}, std::nullopt});
  ASSERT_TRUE(recorded());
  EXPECT_EQ(recorded()->hosts.back().weight, 7U);
  EXPECT_EQ(recorded()->hosts.back().site, "north");
}

// --- identity ---

TEST_F(MembershipTest, AnotherMachineWithOurNameIsToldOnce) {
  start();
  is_active({.name = "ada", .generation = 55, .uuid = 9});
  is_active({.name = "ada", .generation = 55, .seq = 2, .uuid = 9});
  EXPECT_EQ(told(NoteId::kOurNameTaken), 1);
}

TEST_F(MembershipTest, ACopyOfOurDiskIsToldByItsTime) {
  start();
  is_active({.name = "ada", .generation = 99, .timestamp = 999, .uuid = 1});  // our earlier life
  EXPECT_EQ(told(NoteId::kOurNameTaken), 0);
  is_active({.name = "ada", .generation = 99, .timestamp = 2000, .uuid = 1});
  EXPECT_EQ(told(NoteId::kOurNameTaken), 1);
}

TEST_F(MembershipTest, ANodeWithOurUuidIsToldAndHeard) {
  start();
  is_active({.name = "bob", .uuid = 1});
  EXPECT_EQ(told(NoteId::kSameUuid), 1);
  EXPECT_EQ(node_->peers().front().state, NodeState::kActive);
}

TEST_F(MembershipTest, TwoNodesWithOneUuidAreToldAndStayTwo) {
  settings_.nodes.emplace_back("cyd");
  start();
  is_active({.name = "bob", .uuid = 2});
  is_active({.name = "cyd", .uuid = 2});
  EXPECT_EQ(told(NoteId::kSameUuid), 1);
  EXPECT_EQ(others(), (Names{"bob", "cyd"}));
}

TEST_F(MembershipTest, TwoMachinesWithOneNameAreToldWhenTheyTakeTurns) {
  start();
  is_active({.name = "bob", .generation = 5, .timestamp = 1000});
  is_active({.name = "bob", .generation = 7, .timestamp = 1000, .uuid = 3});
  EXPECT_EQ(told(NoteId::kUuidChanged), 1);
  EXPECT_EQ(told(NoteId::kSameName), 0) << "a new installation looks like this";
  is_active({.name = "bob", .generation = 5, .seq = 2, .timestamp = 1001});
  EXPECT_EQ(told(NoteId::kSameName), 0) << "held back on the way";
  is_active({.name = "bob", .generation = 5, .seq = 9, .timestamp = 1060});
  EXPECT_EQ(told(NoteId::kSameName), 1);
}

// --- configuration ---

TEST_F(MembershipTest, DifferentFilesAreToldOnceAPair) {
  settings_.config = wire::ConfigDigests{.ha_cf = 1, .haresources = 2};
  start();
  const auto tells = [&](std::uint64_t seq, wire::ConfigDigests digests) {
    says({.name = "bob", .seq = seq}, wire::Status{.state = NodeState::kActive,
                                                   .deadtime_ms = 1000,
                                                   .protocol = 1,
                                                   .extended = 1,
                                                   .config = digests});
  };
  tells(1, {.ha_cf = 1, .haresources = 2});
  EXPECT_EQ(told(NoteId::kConfigDiffers), 0);
  tells(2, {.ha_cf = 1, .haresources = 3});
  tells(3, {.ha_cf = 1, .haresources = 3});
  EXPECT_EQ(told(NoteId::kConfigDiffers), 1);
}

TEST_F(MembershipTest, NewTimesAreAnnouncedAtOnceAndKept) {
  start();
  is_active({.name = "bob"});
  effects_.clear();
  settings_.keepalive = 1s;
  settings_.deadtime = 10s;
  step(SettingsChanged{settings_});
  ASSERT_EQ(sent<wire::Status>(), 1);
  const auto& send = std::get<Send>(effects_.front());
  EXPECT_EQ(std::get<wire::Status>(send.packet.body).deadtime_ms, 10000);
  EXPECT_EQ(*node_->next_deadline(), now_ + 1s);
}

TEST_F(MembershipTest, AShorterKeepaliveCountsFromNowOn) {
  settings_.keepalive = 10s;
  settings_.deadtime = settings_.initdead = 60s;
  start();
  settings_.keepalive = 100ms;
  step(SettingsChanged{settings_});
  effects_.clear();
  run_for(1s);
  EXPECT_GE(sent<wire::Status>(), 9);
}

// Found by the receive fuzzer: the time for strangers to be heard was over, and nobody took note.
TEST_F(MembershipTest, ANodeThatStillClearsUpIsNotBusyWaitingForStrangers) {
  settings_.autojoin = Autojoin::kOther;
  settings_.manage_resources = true;
  settings_.left_running = {
      {GroupKey("10.0.0.1"), NodeName("ada"), {{"IPaddr", {"10.0.0.1"}, "10.0.0.1"}}}};
  start();
  run_for(10s);
  EXPECT_EQ(told(NoteId::kCommunicationUp), 0);
  EXPECT_GT(*node_->next_deadline(), now_);
}

TEST_F(MembershipTest, NodesCanBeAddedAndDeadOnesRemovedByAReload) {
  start();
  is_active({.name = "bob"});
  settings_.nodes.emplace_back("cyd");
  step(SettingsChanged{settings_});
  EXPECT_EQ(others(), (Names{"bob", "cyd"}));
  settings_.nodes = {NodeName("ada"), NodeName("bob")};
  step(SettingsChanged{settings_});
  EXPECT_EQ(others(), Names{"bob"});
  run_for(4s);
  settings_.nodes = {NodeName("ada")};
  step(SettingsChanged{settings_});
  EXPECT_EQ(others(), Names{});
}

TEST_F(MembershipTest, ALivingNodeStaysWhateverTheFileSays) {
  start();
  is_active({.name = "bob"});
  settings_.nodes = {NodeName("ada")};
  step(SettingsChanged{settings_});
  EXPECT_EQ(others(), Names{"bob"});
}

}  // namespace
}  // namespace hb::core
