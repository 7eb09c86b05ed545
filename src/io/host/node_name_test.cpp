#include "io/host/node_name.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "io/host/load_average.h"
#include "io/host/temporary_directory_testing.h"

namespace hb::io {
namespace {

using testing::TemporaryDirectory;

NodeName name_with(const std::string& nodeinfo) {
  const TemporaryDirectory directory;
  testing::write(directory / "nodeinfo", nodeinfo);
  return local_node_name(directory / "nodeinfo");
}

TEST(LocalNodeName, IsTheFirstLineOfNodeinfo) {
  EXPECT_EQ(name_with("MyNode\nanother\n"), NodeName("mynode"));
}
TEST(LocalNodeName, NeedsNoNewline) { EXPECT_EQ(name_with("mynode"), NodeName("mynode")); }
TEST(LocalNodeName, LosesDosLineEndsAndBlanks) {
  EXPECT_EQ(name_with(" mynode \r\n"), NodeName("mynode"));
}
TEST(LocalNodeName, IsTheHostNameWithoutNodeinfo) {
  EXPECT_EQ(local_node_name("/nowhere/nodeinfo"), NodeName(to_lower(host_name())));
  EXPECT_EQ(name_with(""), NodeName(to_lower(host_name())));
  EXPECT_EQ(name_with("\nmynode\n"), NodeName(to_lower(host_name())));
}

TEST(LoadAverage, IsOneShortLine) {
  const LoadAverage load;
  for (int i = 0; i < 2; ++i) {
    const auto line = load.read();
    ASSERT_TRUE(line);
    EXPECT_LE(line->size(), 63U);
    EXPECT_EQ(line->find('\n'), std::string::npos);
    EXPECT_EQ(split_words(*line).size(), 5U) << *line;
  }
}

}  // namespace
}  // namespace hb::io
