#include "io/process/script_files.h"

#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "base/resource_script.h"
#include "io/process/test_directory.h"

namespace hb::io {
namespace {

namespace fs = std::filesystem;

TEST(StockScripts, AreThoseOfOursThatAreBuiltIn) {
  std::set<std::string> stock;
  for (const auto& entry : fs::directory_iterator(HB_SOURCE_DIR "/scripts/resource.d")) {
    const std::string name = entry.path().filename();
    if (is_stock_script(name, read_small_file(entry.path(), kLongestStockScript))) {
      stock.insert(name);
    }
  }
  EXPECT_EQ(stock, (std::set<std::string>{"IPaddr", "IPaddr2", "IPv6addr", "OCF"}));
}

TEST(SmallFiles, AreReadWholeOrNotAtAll) {
  const TestDirectory files;
  files.write("four", "1234");
  EXPECT_EQ(read_small_file(files / "four", 4), "1234");
  EXPECT_EQ(read_small_file(files / "four", 3), "");
  EXPECT_EQ(read_small_file(files / "missing", 4), "");
}

TEST(ExecutableFiles, AreRegularAndMayBeRun) {
  const TestDirectory files;
  files.script("script", "exit 0");
  files.write("text", "");
  fs::create_directory(files / "directory");
  fs::create_symlink("script", files / "link");
  EXPECT_TRUE(is_executable_file(files / "script"));
  EXPECT_TRUE(is_executable_file(files / "link"));
  EXPECT_FALSE(is_executable_file(files / "text"));
  EXPECT_FALSE(is_executable_file(files / "directory"));
  EXPECT_FALSE(is_executable_file(files / "missing"));
}

}  // namespace
}  // namespace hb::io
