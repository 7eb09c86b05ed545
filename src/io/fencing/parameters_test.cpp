#include "io/fencing/parameters.h"

#include <gtest/gtest.h>

namespace hb::io {
namespace {

TEST(PositionalParameters, TheLastOneTakesTheRest) {
  const auto got = positional_parameters({"hostlist", "arg2"}, "  n1 n2 and more \n");
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, (FenceParameters{{"hostlist", "n1"}, {"arg2", "n2 and more"}}));
}

TEST(PositionalParameters, TooFewAreRefusedWithoutQuotingThem) {
  const auto got = positional_parameters({"ipaddr", "login", "password"}, "10.0.0.1 hunter2");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), "3 parameters are needed (ipaddr login password), 2 are given");
}

TEST(PositionalParameters, ADeviceWithoutParametersTakesNone) {
  EXPECT_TRUE(positional_parameters({}, "  "));
  EXPECT_FALSE(positional_parameters({}, "x"));
}

TEST(NamedParameters, BlanksQuotesAndComments) {
  const auto got = named_parameters(
      "# a comment\nip=10.0.0.1 host_list=\"n1 n2\"\n"
      "  password=a=b#c\n# more\nempty=\n");
  ASSERT_TRUE(got);
  EXPECT_EQ(*got,
            (FenceParameters{
                {"ip", "10.0.0.1"}, {"host_list", "n1 n2"}, {"password", "a=b#c"}, {"empty", ""}}));
}

TEST(NamedParameters, WhatIsNoneIsCountedNotQuoted) {
  for (const char* text : {"ip=1 hunter2", "ip=1 =hunter2", "ip=1 a b=2", "ip=1 pass word=hunter2",
                           "ip=1 pa$s=hunter2"}) {
    const auto got = named_parameters(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error(), "word 2 of the parameters is no name=value");
  }
  EXPECT_EQ(named_parameters("a=\"never ends").error(),
            "the quote in word 1 of the parameters does not end");
}

TEST(NamedLines, AreReadAsAgentsReadThem) {
  const auto got =
      named_lines("# comment\n\n  ip=10.0.0.1 \r\npassword=two words = three\nx=\" y \"\n");
  ASSERT_TRUE(got);
  EXPECT_EQ(*got,
            (FenceParameters{{"ip", "10.0.0.1"}, {"password", "two words = three"}, {"x", " y "}}));
  for (const char* text : {"ip=1\nhunter2", "ip=1\nhunter2 = x", "ip=1\n=hunter2"})
    EXPECT_EQ(named_lines(text).error(), "word 2 of the parameters is no name=value") << text;
}

TEST(ParameterNames, AreThoseOfVariables) {
  EXPECT_EQ(*parameter_names(" hostlist\nip_addr\tmib-version "),
            (std::vector<std::string>{"hostlist", "ip_addr", "mib-version"}));
  EXPECT_TRUE(parameter_names("")->empty());
  EXPECT_FALSE(parameter_names("usage: ratest <op>"));
  std::string many;
  for (std::size_t i = 0; i <= kMostParameters; ++i) many += "n" + std::to_string(i) + " ";
  EXPECT_FALSE(parameter_names(many));
}

TEST(Secrets, AreKnownByTheirNamesAndLeftOut) {
  const auto secrets = secrets_of({{"ipaddr", "10.0.0.9"},
                                   {"PASSWD", "hunter2"},
                                   {"community", "hunter22"},
                                   {"ilo_password", ""}});
  EXPECT_EQ(secrets, (std::vector<std::string>{"hunter22", "hunter2"}));
  EXPECT_EQ(without_secrets("login hunter2 at 10.0.0.9, hunter22!", secrets),
            "login *** at 10.0.0.9, ***!");
  EXPECT_EQ(without_secrets("***", {"*"}), "*********") << "and it ends";
}

TEST(ParameterLine, IsTheFirstThatSaysSomething) {
  EXPECT_EQ(parameter_line("# one\n\n   \n  n1 n2  \nn3\n"), "n1 n2");
  EXPECT_EQ(parameter_line("# only a comment"), "");
}

}  // namespace
}  // namespace hb::io
