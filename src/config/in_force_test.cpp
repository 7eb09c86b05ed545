#include "config/in_force.h"

#include <gtest/gtest.h>

namespace hb::config {
namespace {

InForce some() {
  return {4711,
          std::string("salt\0\xff", 6),
          false,
          {{"keepalive", "", "2s", "2000ms"},
           {"haresources", "odd\xff\"name\n", "node1 odd", "x"},
           {"key", "1", "sha1", "sha1 disguised"}}};
}

TEST(InForce, IsReadAsWritten) {
  const auto read = parse_in_force(render(some()));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, some());
}

struct ForeignCase {
  std::string claim;
  std::string text;
};

class ForeignInForceTest : public testing::TestWithParam<ForeignCase> {};

TEST_P(ForeignInForceTest, IsAnErrorInWords) {
  const auto read = parse_in_force(GetParam().text);
  ASSERT_FALSE(read);
  EXPECT_FALSE(read.error().empty());
}

const std::vector<ForeignCase> kForeign = {
    {"Empty", ""},
    {"Torn", R"({"format":1,"salt":"00","statem)"},
    {"NoObject", "[1]"},
    {"NoPid", R"({"format":1,"resource_management":true,"salt":"","statements":[]})"},
    {"AnotherFormat", R"({"format":2})"},
    {"WithoutSalt", R"({"format":1,"pid":1,"resource_management":true,"statements":[]})"},
    {"StatementsAreNoList",
     R"({"format":1,"pid":1,"resource_management":true,"salt":"","statements":7})"},
    {"StatementIncomplete",
     R"({"format":1,"pid":1,"resource_management":true,"salt":"","statements":[{"directive":"x"}]})"},
    {"WrongType", R"({"format":"1","pid":1,"resource_management":true,"salt":"","statements":[]})"},
};

INSTANTIATE_TEST_SUITE_P(All, ForeignInForceTest, testing::ValuesIn(kForeign),
                         [](const auto& one) { return one.param.claim; });

}  // namespace
}  // namespace hb::config
