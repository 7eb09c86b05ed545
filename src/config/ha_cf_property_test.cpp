// Values → text → values, and what -v prints → values, for random configurations.

#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "config/fake_world.h"
#include "config/ha_cf_parser.h"

namespace hb::config {
namespace {

using std::chrono::milliseconds;

// Some spelling of a time of whole milliseconds.
std::string spelling(milliseconds time) {
  const long long ms = time.count();
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return fmt::format("{}ms", ms);
    case 1:
      return fmt::format("{}us", ms * 1000);
    case 2:
      return fmt::format("{}.{:03}s", ms / 1000, ms % 1000);
    default:
      return fmt::format("{}.{:03}", ms / 1000, ms % 1000);
  }
}

std::string spelling(bool on) {
  return on ? *rc::gen::element("on", "true", "YES", "y", "1")
            : *rc::gen::element("off", "False", "no", "N", "0");
}

milliseconds any_time() { return milliseconds(*rc::gen::inRange(1, 100'000'000)); }

// A name of the characters that no rule of ha.cf takes for itself.
std::string any_word() {
  static const std::string kCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-_./:;=@!";
  std::string word = *rc::gen::container<std::string>(rc::gen::elementOf(kCharacters));
  word.resize(std::min<std::size_t>(word.size(), 60));
  return word.empty() ? "x" : word;
}

struct Written {
  HaCf want;
  std::string text;
};

void line(std::string& text, std::string_view name, std::string_view value) {
  text += fmt::format("{}{}{}{}\n", *rc::gen::element("", " ", "\t"), name,
                      *rc::gen::element(" ", "\t ", " ,", " , "), value);
}

void write_scalars(Written& written) {
  HaCf& want = written.want;
  std::string& text = written.text;
  want.keepalive = any_time();
  line(text, "keepalive", spelling(std::chrono::duration_cast<milliseconds>(want.keepalive)));
  want.deadtime = any_time();
  line(text, "deadtime", spelling(std::chrono::duration_cast<milliseconds>(want.deadtime)));
  want.warntime = any_time();
  line(text, "warntime", spelling(std::chrono::duration_cast<milliseconds>(want.warntime)));
  want.hopfudge = *rc::gen::inRange(0, 256);
  line(text, "hopfudge", std::to_string(want.hopfudge));
  want.debug = *rc::gen::inRange(0, 256);
  line(text, "debug", std::to_string(want.debug));
  want.rtprio = *rc::gen::inRange(1, 100);
  line(text, "rtprio", std::to_string(*want.rtprio));
  want.realtime = *rc::gen::arbitrary<bool>();
  line(text, "realtime", spelling(want.realtime));
  want.log_badpack = *rc::gen::arbitrary<bool>();
  line(text, "log_badpack", spelling(want.log_badpack));
  want.auto_failback = *rc::gen::arbitrary<bool>() ? AutoFailback::kOn : AutoFailback::kOff;
  line(text, "auto_failback", spelling(want.auto_failback == AutoFailback::kOn));
  want.cluster = any_word();
  line(text, "cluster", want.cluster);
  want.logfile = "/" + any_word();
  line(text, "logfile", *want.logfile);
}

void write_nodes(Written& written) {
  std::set<std::string> names;
  const int number = *rc::gen::inRange(0, 20);
  for (int i = 0; i < number; ++i) {
    const std::string name = any_word();
    line(written.text, "node", name);
    if (names.insert(name).second) written.want.nodes.push_back({NodeName(name), {}});
  }
}

void write_media(Written& written) {
  std::optional<std::uint16_t> bcast_port;
  std::optional<std::uint16_t> ucast_port;
  const int number = *rc::gen::inRange(0, 20);
  for (int i = 0; i < number; ++i) {
    const std::string interface = *rc::gen::element("eth0", "eth1", "lo");
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        written.want.udpport = static_cast<std::uint16_t>(*rc::gen::inRange(1, 65536));
        line(written.text, "udpport", std::to_string(written.want.udpport));
        break;
      case 1:
        if (!bcast_port) bcast_port = written.want.udpport;
        line(written.text, "bcast", interface);
        written.want.media.push_back({Bcast{interface, *bcast_port}, {}});
        break;
      case 2: {
        if (!ucast_port) ucast_port = written.want.udpport;
        const std::string host = fmt::format("10.0.0.{}", *rc::gen::inRange(1, 255));
        line(written.text, "ucast", fmt::format("{} {}", interface, host));
        written.want.media.push_back(
            {Ucast{interface, host, *IpAddress::parse(host), *ucast_port}, {}});
        break;
      }
      default: {
        const std::string group = fmt::format("239.0.0.{}", *rc::gen::inRange(1, 255));
        const auto port = static_cast<std::uint16_t>(*rc::gen::inRange(1, 65536));
        const auto ttl = static_cast<std::uint8_t>(*rc::gen::inRange(0, 256));
        const bool loop = *rc::gen::arbitrary<bool>();
        line(written.text, "mcast",
             fmt::format("{} {} {} {} {:d}", interface, group, port, ttl, loop));
        written.want.media.push_back(
            {Mcast{interface, *IpAddress::parse(group), port, ttl, loop}, {}});
      }
    }
  }
}

TEST(HaCfProperty, TextMeansItsValuesAndPrintsBackToThem) {
  const bool held = rc::check([] {
    Written written;
    write_scalars(written);
    write_nodes(written);
    write_media(written);
    const FakeWorld world;
    const HaCfResult parsed = parse_ha_cf(written.text, "f", NodeName("n"), world);
    RC_ASSERT(parsed.refused.empty());
    const HaCf& got = parsed.ha_cf;
    RC_ASSERT(got.keepalive == written.want.keepalive);
    RC_ASSERT(got.deadtime == written.want.deadtime);
    RC_ASSERT(got.warntime == written.want.warntime);
    RC_ASSERT(got.hopfudge == written.want.hopfudge);
    RC_ASSERT(got.debug == written.want.debug);
    RC_ASSERT(got.rtprio == written.want.rtprio);
    RC_ASSERT(got.realtime == written.want.realtime);
    RC_ASSERT(got.log_badpack == written.want.log_badpack);
    RC_ASSERT(got.auto_failback == written.want.auto_failback);
    RC_ASSERT(got.cluster == written.want.cluster);
    RC_ASSERT(got.logfile == written.want.logfile);
    RC_ASSERT(got.nodes == written.want.nodes);
    RC_ASSERT(got.media == written.want.media);
    RC_ASSERT(got.udpport == written.want.udpport);

    const HaCfResult again = parse_ha_cf(print(got), "printed", NodeName("n"), world);
    RC_ASSERT(again.refused.empty());
    RC_ASSERT(again.ha_cf == got);
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace hb::config
