#include "runtime/translate.h"

#include <gtest/gtest.h>

namespace hb::runtime {
namespace {

using namespace std::chrono_literals;

config::Located<config::Medium> ucast(const std::string& interface, const std::string& host) {
  return {
      config::Ucast{
          .interface = interface, .host = host, .address = *IpAddress::parse(host), .port = 694},
      {}};
}

TEST(ToUdpMedia, JoinsTheUcastLinesOfOneInterface) {
  config::HaCf ha_cf;
  ha_cf.media = {ucast("eth0", "192.0.2.1"),
                 {config::Bcast{.interface = "eth1", .port = 694}, {}},
                 ucast("eth0", "192.0.2.2"),
                 ucast("eth1", "198.51.100.1")};
  const std::vector<MediumSpec> media = to_media(ha_cf);
  ASSERT_EQ(media.size(), 3U);
  EXPECT_EQ(std::get<io::UcastConfig>(media[0]).peers.size(), 2U);
  EXPECT_EQ(std::get<io::BcastConfig>(media[1]).interface, "eth1");
  EXPECT_EQ(std::get<io::UcastConfig>(media[2]).interface, "eth1");
}

TEST(ToUdpMedia, APeerByNameJoinsTheMediumOfItsInterface) {
  config::HaCf ha_cf;
  ha_cf.media = {
      ucast("eth0", "192.0.2.1"),
      {config::Ucast{.interface = "eth0", .host = "bob", .address = std::nullopt, .port = 694}, {}},
      {config::Tcp{.interface = "eth0", .host = "bob", .address = std::nullopt, .port = 694}, {}},
      {config::Tcp{.interface = "eth0",
                   .host = "fd00::2",
                   .address = IpAddress::parse("fd00::2"),
                   .port = 694},
       {}}};
  const std::vector<MediumSpec> media = to_media(ha_cf);
  ASSERT_EQ(media.size(), 3U);
  EXPECT_EQ(std::get<io::UcastConfig>(media[0]).peers.size(), 1U);
  EXPECT_EQ(std::get<io::UcastConfig>(media[0]).names, std::vector<std::string>{"bob"});
  EXPECT_EQ(std::get<io::TcpConfig>(media[1]).names, std::vector<std::string>{"bob"});
  EXPECT_TRUE(std::get<io::TcpConfig>(media[2]).peers.front().is_v6());
}

TEST(ToUdpMedia, KeepsWhatASerialLineSays) {
  config::HaCf ha_cf;
  ha_cf.media = {{config::Serial{.device = "/dev/ttyS0", .baud = 9600}, {}}};
  const std::vector<MediumSpec> media = to_media(ha_cf);
  ASSERT_EQ(media.size(), 1U);
  EXPECT_EQ(std::get<io::SerialConfig>(media[0]).device, "/dev/ttyS0");
  EXPECT_EQ(std::get<io::SerialConfig>(media[0]).baud, 9600);
}

TEST(ToUdpMedia, KeepsTheFamiliesApart) {
  config::HaCf ha_cf;
  ha_cf.media = {
      ucast("eth0", "192.0.2.1"),
      {config::Ucast6{.interface = "eth0", .address = *IpAddress::parse("fd00::1"), .port = 694},
       {}},
      {config::Ucast6{.interface = "eth0", .address = *IpAddress::parse("fe80::2"), .port = 694},
       {}},
      {config::Mcast6{.interface = "eth1",
                      .group = *IpAddress::parse("ff02::7"),
                      .port = 700,
                      .hops = 2,
                      .loop = true},
       {}}};
  const std::vector<MediumSpec> media = to_media(ha_cf);
  ASSERT_EQ(media.size(), 3U);
  EXPECT_EQ(std::get<io::UcastConfig>(media[0]).peers.size(), 1U);
  EXPECT_EQ(std::get<io::UcastConfig>(media[1]).peers.size(), 2U);
  const auto& group = std::get<io::McastConfig>(media[2]);
  EXPECT_EQ(group.group.to_string(), "ff02::7");
  EXPECT_EQ(group.hops, 2);
}

TEST(ToSettings, CarriesWhatTheCoreNeeds) {
  config::Configuration c;
  c.self = NodeName("ada");
  c.ha_cf.nodes = {{NodeName("ada"), {}}, {NodeName("bob"), {}}};
  c.ha_cf.media = {
      {config::Ping{.host = "192.0.2.9", .address = *IpAddress::parse("192.0.2.9")}, {}}};
  c.ha_cf.deadping = 7s;
  c.ha_cf.auto_failback = config::AutoFailback::kOn;
  c.ha_cf.env = {{"STOPRETRYMAX", "3"}, {"FENCEDELAY", "2"}};
  c.ha_cf.stonith = {{"*", "external/x", "y", ""}};
  const core::Settings settings =
      to_settings(c, {.uuid = {}, .generation = Generation(7), .seed = 1}, true);
  EXPECT_EQ(settings.self, NodeName("ada"));
  EXPECT_EQ(settings.nodes.size(), 2U);
  EXPECT_EQ(settings.ping_nodes, (std::vector<core::PingNode>{{NodeName("192.0.2.9"), "ping"}}));
  EXPECT_EQ(settings.deadping, 7s);
  EXPECT_EQ(settings.generation, Generation(7));
  EXPECT_EQ(settings.failback, core::Failback::kOn);
  EXPECT_EQ(settings.stop_retries, 3);
  EXPECT_TRUE(settings.fencing.configured);
  EXPECT_EQ(settings.fencing.start_delay, 2s);
}

TEST(ToLogTargets, FallsBackToSyslog) {
  EXPECT_TRUE(to_log_targets(config::HaCf{}).facility.has_value());
  config::HaCf ha_cf;
  ha_cf.logfile = "/var/log/ha-log";
  EXPECT_EQ(to_log_targets(ha_cf).logfile, "/var/log/ha-log");
  EXPECT_FALSE(to_log_targets(ha_cf).facility.has_value());
}

}  // namespace
}  // namespace hb::runtime
