#include "runtime/message_catalogue.h"

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

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

TEST(MessageCatalogue, TheFilterOfLogcheckIsUpToDate) {
  EXPECT_EQ(file("/packaging/heartbeat.logcheck"), render_logcheck_filter()) << "run ./dev docs";
}

// Whether logcheck would pass over the line.
bool is_filtered(const std::string& line) {
  std::istringstream filter(render_logcheck_filter());
  for (std::string expression; std::getline(filter, expression);) {
    if (expression.starts_with('#')) continue;
    if (std::regex_search(line, std::regex(expression, std::regex::extended))) return true;
  }
  return false;
}

TEST(MessageCatalogue, LogcheckPassesOverWhatIsOnlyInformation) {
  const std::string before = "Nov 02 16:04:47 node1 heartbeat: [25267]: ";
  EXPECT_TRUE(is_filtered(before + "info: Link bob:eth0 up."));
  EXPECT_TRUE(
      is_filtered("2026-11-02T16:04:47.123456+01:00 node1 heartbeat[25267]: info: "
                  "Running web::x (2.4) start"));
  EXPECT_FALSE(is_filtered(before + "WARN: Link bob:eth0 up."));
  EXPECT_FALSE(is_filtered(before + "info: web: the disk is on fire")) << "what a script printed";
  EXPECT_FALSE(is_filtered(before + "WARN: node bob: is dead (silent 1 ms, deadtime 1 ms, eth0)"));
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
    ::testing::Values(
        Line{"OfAFile", "Nov 02 16:04:47 node1 heartbeat: [25267]: info: Link bob:eth0 up.",
             "link-up"},
        Line{"OfTheJournal",
             "heartbeat[12]: WARN: node bob: is dead (silent 10000 ms, deadtime "
             "10000 ms, eth0)",
             "node-dead"},
        Line{"OfThreeZeroSix", "info: Comm_now_up(): updating status to active",
             "communication-up"},
        Line{"TheMoreSpecificOfTwo", "Late heartbeat: Node bob: interval 9000 ms (> deadtime)",
             "late-beyond-deadtime"},
        Line{"OfTheShell", "Rebooting system.  Reason: x", "reboot"},
        Line{"OfSomethingElse", "sshd[1]: Accepted publickey for root", ""},
        Line{"OfAnErrorInAFile",
             "heartbeat[123]: 2026/11/26_16:04:47 ERROR: /etc/ha.d/ha.cf:18:1: "
             "Illegal directive [foo] in /etc/ha.d/ha.cf; found \"foo\"",
             "config-error"},
        Line{"OfAWarningOfAWholeFile",
             "Nov 02 16:04:47 node1 heartbeat: [25267]: WARN: /etc/ha.d/ha.cf: "
             "everybody can read this file",
             "config-warning"},
        Line{"OfARemarkWithoutAColumn", "info: /etc/ha.d/haresources:3: only one", "config-info"},
        Line{"OfACheck", "new/ha.cf:1:2: warning: udp is an old name", "config-warning"},
        Line{"OfAFileOfTheLoggingDaemon",
             "logd: [3]: ERROR: /run/l.cf:1:9: logmode cannot have this value", "config-error"},
        Line{"OfTheShellOfAScript", "ERROR: /etc/init.d/x: 12: foo: not found", ""},
        Line{"OfAPlaceWithoutASeverity", "/etc/ha.d/ha.cf:1:2: foo", ""},
        Line{"OfAPlaceAndNothingElse", "ERROR: /etc/ha.d/ha.cf:12", ""}),
    [](const auto& row) { return row.param.name; });

TEST(MessageCatalogue, AFindingIsRepeatedAboveWhatItMeans) {
  const auto found =
      recognise_line("heartbeat: [1]: ERROR: /etc/ha.d/ha.cf:18:1: Illegal directive");
  ASSERT_TRUE(found);
  const std::string text = render_explanation(*found);
  EXPECT_THAT(text,
              StartsWith("config-error (ERROR)\n  /etc/ha.d/ha.cf:18:1: Illegal directive\n"));
  EXPECT_THAT(text, HasSubstr("cannot be used as it is"));
}

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
