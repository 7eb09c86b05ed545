#include "base/resource_script.h"

#include <string>

#include <gtest/gtest.h>

namespace hb {
namespace {

TEST(StockScripts, NeedTheMarkerAsALineOfItsOwn) {
  const std::string marker(kBuiltInMarker);
  const auto is_stock = [&](const std::string& text) { return is_stock_script("IPaddr2", text); };
  EXPECT_TRUE(is_stock("#!/bin/sh\n" + marker + "\nexit 0\n"));
  EXPECT_TRUE(is_stock("#!/bin/sh\n" + marker));
  EXPECT_TRUE(is_stock("echo '" + marker + "'\n" + marker + "\n")) << "the second time counts";
  EXPECT_FALSE(is_stock("#!/bin/sh\nexit 0\n"));
  EXPECT_FALSE(is_stock("echo " + marker + "\n"));
  EXPECT_FALSE(is_stock(marker + " no longer\n"));
  EXPECT_FALSE(is_stock(""));
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

TEST(ScriptPaths, StayBelowTheirDirectory) {
  for (const char* path : {"web", "sub/web", "sub//web", "./web", ".hidden", "a=b,c", "..web"}) {
    EXPECT_TRUE(is_script_path(path)) << path;
  }
  for (const char* path : {"", "..", "../web", "sub/../web", "sub/.."}) {
    EXPECT_FALSE(is_script_path(path)) << path;
  }
  EXPECT_FALSE(is_script_path(std::string_view("web\0", 4)));
  EXPECT_FALSE(is_script_path(std::string(4096, 'a')));
}

}  // namespace
}  // namespace hb
