#include "io/process/script_files.h"

#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "io/process/test_directory.h"

namespace hb::io {
namespace {

namespace fs = std::filesystem;

TEST(StockScripts, AreThoseOfOursThatAreBuiltIn) {
  std::set<std::string> stock;
  for (const auto& entry : fs::directory_iterator(HB_SOURCE_DIR "/scripts/resource.d")) {
    const std::string name = entry.path().filename();
    if (is_stock_script(entry.path(), name)) stock.insert(name);
  }
  EXPECT_EQ(stock, (std::set<std::string>{"IPaddr", "IPaddr2", "IPv6addr", "OCF"}));
}

TEST(StockScripts, NeedTheMarkerAsALineOfItsOwn) {
  const TestDirectory files;
  const std::string marker(kBuiltInMarker);
  const auto is_stock = [&](const std::string& text) {
    files.write("IPaddr2", text, 0755);
    return is_stock_script(files / "IPaddr2", "IPaddr2");
  };
  EXPECT_TRUE(is_stock("#!/bin/sh\n" + marker + "\nexit 0\n"));
  EXPECT_TRUE(is_stock("#!/bin/sh\n" + marker));
  EXPECT_TRUE(is_stock("echo '" + marker + "'\n" + marker + "\n")) << "the second time counts";
  EXPECT_FALSE(is_stock("#!/bin/sh\nexit 0\n"));
  EXPECT_FALSE(is_stock("echo " + marker + "\n"));
  EXPECT_FALSE(is_stock(marker + " no longer\n"));
  EXPECT_FALSE(is_stock_script(files / "missing", "IPaddr2"));
}

TEST(ScriptNames, AreNoPaths) {
  for (const char* name : {"web", "IPaddr2", "drbd-disk", "a_b.c+d@e"}) {
    EXPECT_TRUE(is_script_name(name)) << name;
  }
  for (const char* name : {"", ".", "..", ".hidden", "a/b", "/bin/sh", "a b", "a\n", "a;b"}) {
    EXPECT_FALSE(is_script_name(name)) << name;
  }
  EXPECT_TRUE(is_script_name(std::string(255, 'a')));
  EXPECT_FALSE(is_script_name(std::string(256, 'a')));
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
