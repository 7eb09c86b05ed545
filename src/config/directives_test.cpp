#include "config/directives.h"

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "config/fake_world.h"
#include "config/ha_cf_parser.h"

namespace hb::config {
namespace {

HaCfResult parse(const std::string& text) {
  return parse_ha_cf(text, "ha.cf", NodeName("node1"), FakeWorld());
}

TEST(Directives, EveryNameIsThereOnce) {
  std::set<std::string_view> names;
  for (const Directive& directive : directives()) {
    EXPECT_TRUE(names.insert(directive.name).second) << directive.name;
    EXPECT_EQ(find_directive(directive.name), &directive);
    if (!directive.alias.empty()) {
      EXPECT_TRUE(names.insert(directive.alias).second) << directive.alias;
      EXPECT_EQ(find_directive(directive.alias), &directive);
    }
  }
  EXPECT_EQ(find_directive(""), nullptr);
  EXPECT_EQ(find_directive("Node"), nullptr);
}

// The names of the specification, ha-cf 4, 5.1 to 5.4 and 16; a forgotten one would be "illegal".
TEST(Directives, AllOfTheSpecificationAreKnown) {
  for (const std::string_view name : {"node",
                                      "cluster",
                                      "quorum_server",
                                      "autojoin",
                                      "uuidfrom",
                                      "hbgenmethod",
                                      "hopfudge",
                                      "max_rexmit_delay",
                                      "msgfmt",
                                      "compression",
                                      "compression_threshold",
                                      "traditional_compression",
                                      "log_badpack",
                                      "keepalive",
                                      "deadtime",
                                      "warntime",
                                      "initdead",
                                      "deadping",
                                      "conn_logd_time",
                                      "logfile",
                                      "debugfile",
                                      "logfacility",
                                      "syslogmsgfmt",
                                      "use_logd",
                                      "debug",
                                      "auto_failback",
                                      "nice_failback",
                                      "hbversion",
                                      "realtime",
                                      "rtprio",
                                      "memreserve",
                                      "watchdog",
                                      "use_apphbd",
                                      "coredumps",
                                      "coreroot",
                                      "env",
                                      "normalpoll",
                                      "crm",
                                      "pacemaker",
                                      "crm_daemon_dir",
                                      "crmd_spawns_pengine",
                                      "record_config_changes",
                                      "record_pengine_inputs",
                                      "enable_config_writes",
                                      "udpport",
                                      "udp",
                                      "bcast",
                                      "ucast",
                                      "ucast6",
                                      "mcast",
                                      "mcast6",
                                      "serial",
                                      "tcp",
                                      "baud",
                                      "ping",
                                      "ping6",
                                      "ping_group",
                                      "hbaping",
                                      "rds",
                                      "tipc",
                                      "openais",
                                      "apiauth",
                                      "respawn",
                                      "failfast",
                                      "stonith",
                                      "stonith_host"}) {
    EXPECT_NE(find_directive(name), nullptr) << name;
  }
  EXPECT_EQ(find_directive("gen"), nullptr);
}

TEST(Directives, EveryRowSaysEnough) {
  for (const Directive& directive : directives()) {
    EXPECT_FALSE(directive.help.empty()) << directive.name;
    EXPECT_FALSE(directive.accepted.empty()) << directive.name;
    EXPECT_FALSE(directive.since.empty()) << directive.name;
    EXPECT_EQ(directive.effect == Effect::kBuilt, directive.effect_note.empty()) << directive.name;
  }
}

// The defaults of the table and those of struct HaCf are the same values.
TEST(Directives, DefaultsOfTableAndValuesAgree) {
  std::string text;
  for (const Directive& directive : directives()) {
    if (directive.default_text.empty()) continue;
    text += std::string(directive.name) + " " + std::string(directive.default_text) + "\n";
  }
  const HaCfResult written = parse(text);
  EXPECT_TRUE(written.refused.empty());
  EXPECT_EQ(written.ha_cf, parse("").ha_cf);
  HaCf defaults = parse("").ha_cf;
  defaults.parameters.clear();
  defaults.apiauth.clear();
  EXPECT_EQ(defaults, HaCf());
}

// Every row finds its parser, whatever the line says.
TEST(Directives, EveryRowIsParsed) {
  for (const Directive& directive : directives()) {
    for (const std::string arguments : {"", " x", " 1", " on", " a b c d e f g", " * x"}) {
      const HaCfResult result = parse(std::string(directive.name) + arguments);
      if (directive.effect == Effect::kRefused) {
        EXPECT_EQ(result.diagnostics.size(), 1U) << directive.name << arguments;
      }
    }
  }
}

TEST(Directives, NearestNameIsProposed) {
  EXPECT_EQ(nearest_directive("Node"), "node");
  EXPECT_EQ(nearest_directive("keep_alive"), "keepalive");
  EXPECT_EQ(nearest_directive("dead-time"), "deadtime");
  EXPECT_EQ(nearest_directive("foo"), "");
  EXPECT_EQ(nearest_directive("hbapin"), "hbaping");
  EXPECT_EQ(nearest_directive("openai"), "");
  EXPECT_EQ(nearest_directive(std::string(1000, 'n')), "");
}

TEST(DefaultTable, HasTheFormOf306) {
  const std::string table = render_default_table(TableStyle::kPlain, "4.0.0");
  EXPECT_EQ(table.substr(0, table.find("deadtime")),
            "Directive                Default   Description\n" + std::string(80, '-') +
                "\ncluster                  linux-ha  name of the cluster\n"
                "hopfudge                 1         hops that a message may make beyond the "
                "number of nodes\n"
                "keepalive                1000ms    interval between two heartbeats\n");
  const std::string wiki = render_default_table(TableStyle::kWiki, "4.0.0");
  EXPECT_NE(wiki.find("heartbeat 4.0.0"), std::string::npos);
  EXPECT_NE(wiki.find("||keepalive||1000ms||interval between two heartbeats||\n"),
            std::string::npos);
}

// If this fails: build hb_directive_doc and write its output to docs/directives.md.
TEST(DirectivePage, IsUpToDate) {
  std::ifstream file(std::string(HB_SOURCE_DIR) + "/docs/directives.md");
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(page, render_directive_page());
}

}  // namespace
}  // namespace hb::config
