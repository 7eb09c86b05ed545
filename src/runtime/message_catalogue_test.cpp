#include "runtime/message_catalogue.h"

#include <fstream>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/host/log/format.h"

namespace hb::runtime {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string file(const std::string& path) {
  std::ifstream stream(std::string(HB_SOURCE_DIR) + path);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

TEST(MessageCatalogue, ThePageIsUpToDate) {
  EXPECT_EQ(file("/docs/messages.md"), render_message_page()) << "run ./dev docs";
}
TEST(MessageCatalogue, TheJournalsCatalogueIsUpToDate) {
  EXPECT_EQ(file("/packaging/heartbeat.catalog"), render_journal_catalogue()) << "run ./dev docs";
}

TEST(MessageCatalogue, NoTwoRowsShareAnId) {
  std::set<std::string_view> ids;
  std::set<std::string> journal_ids;
  for (const CatalogueEntry& entry : message_catalogue()) {
    EXPECT_TRUE(ids.insert(entry.id).second) << entry.id;
    EXPECT_TRUE(journal_ids.insert(io::journal_message_id(entry.id)).second) << entry.id;
  }
}

struct Line {
  const char* name;
  const char* line;
  const char* id;  // empty: none
};
class RecognisedLineTest : public ::testing::TestWithParam<Line> {};
TEST_P(RecognisedLineTest, IsFoundByItsWords) {
  const auto found = recognise_line(GetParam().line);
  EXPECT_EQ(found ? found->id : "", GetParam().id);
}
INSTANTIATE_TEST_SUITE_P(
    , RecognisedLineTest,
    ::testing::Values(Line{"OfAFile",
                           "Nov 02 16:04:47 node1 heartbeat: [25267]: info: Link bob:eth0 up.",
                           "link-up"},
                      Line{"OfTheJournal",
                           "heartbeat[12]: WARN: node bob: is dead (silent 10000 ms, deadtime "
                           "10000 ms, eth0)",
                           "node-dead"},
                      Line{"OfThreeZeroSix", "info: Comm_now_up(): updating status to active",
                           "communication-up"},
                      Line{"TheMoreSpecificOfTwo",
                           "Late heartbeat: Node bob: interval 9000 ms (> deadtime)",
                           "late-beyond-deadtime"},
                      Line{"OfTheShell", "Rebooting system.  Reason: x", "reboot"},
                      Line{"OfSomethingElse", "sshd[1]: Accepted publickey for root", ""}),
    [](const auto& row) { return row.param.name; });

// What log watchers, test suites and logcheck look for in the lines of 3.0.6 (spec: ha-cf 12.3),
// with our names of the places.
TEST(MessageCatalogue, HasAllLinesThatToolsRelyOn) {
  std::vector<std::string> texts;
  for (const CatalogueEntry& entry : message_catalogue()) texts.emplace_back(entry.text);
  for (const char* words : {
           "Configuration validated. Starting heartbeat",
           "heartbeat: version",
           "Heartbeat generation:",
           "Local status now set to:",
           "Link {peer}:{link} up.",
           "Link {peer}:{link} dead.",
           "Status update for node {peer}: status {status}",
           "node {peer}: is dead",
           "Dead node {peer} gave up resources.",
           "Resources being acquired from {peer}.",
           "Comm_now_up(): updating status to active",
           "Initial resource acquisition complete ({reason})",
           "local resource transition completed.",
           "remote resource transition completed.",
           "Local Resource acquisition completed.",
           "mach_down takeover complete for node {peer}.",
           "{peer} wants to go standby [{whose}]",
           "standby: acquire [{whose}] resources from {peer}",
           "Standby resource acquisition done [{whose}].",
           "Received shutdown notice from '{peer}'.",
           "Heartbeat shutdown in progress.",
           "All HA resources relinquished.",
           "Heartbeat shutdown complete.",
           "Heartbeat restart on node {peer}",
           "returning after partition",
           "Late heartbeat: Node {peer}: interval {interval} ms",
           "No STONITH device configured.",
           "Resetting node {peer} with [{device}]",
           "node {peer} now reset.",
           "STONITH of {peer} failed.  Retrying...",
           "Both machines own {whose} resources!",
           "No one owns {whose} resources!",
       }) {
    EXPECT_THAT(texts, Contains(HasSubstr(words)));
  }
}

TEST(MessageCatalogue, ProposesWhatWasMeant) {
  EXPECT_THAT(similar_ids("nodedead"), Contains("node-dead"));
  EXPECT_EQ(similar_ids("Node-Dead").front(), "node-dead");
  EXPECT_THAT(similar_ids("standby"), Each(StartsWith("standby-")));
  EXPECT_THAT(similar_ids("qqqqqqqq"), IsEmpty());
  EXPECT_THAT(similar_ids(std::string(100000, 'n')), IsEmpty());
}

TEST(MessageCatalogue, AnExplanationShowsAllOfTheRow) {
  const std::string text = render_explanation(*find_message("node-dead"));
  EXPECT_THAT(text, StartsWith("node-dead (WARN)\n"));
  EXPECT_THAT(text, HasSubstr("{peer}: is dead"));
  EXPECT_THAT(text, HasSubstr("No packet of the node came by any link"));
}

}  // namespace
}  // namespace hb::runtime
