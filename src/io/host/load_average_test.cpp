#include "io/host/load_average.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace hb::io {
namespace {

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
