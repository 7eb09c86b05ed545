#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "byte_reader.h"
#include "config/difference.h"
#include "config/fake_world.h"
#include "config/ha_cf_parser.h"
#include "config/in_force.h"
#include "fuzz_check.h"

// Two sets of files, six texts ended by NUL. Whatever is in force, nothing differs from itself; the
// way back has as many changes as the way there; what a daemon leaves for others to compare with is
// read as it was written.
namespace hb::fuzz {
namespace {

config::Configuration next_configuration(ByteReader& bytes) {
  static const config::FakeWorld world;
  config::Configuration configuration;
  configuration.self = NodeName("node1");
  configuration.ha_cf = config::parse_ha_cf(bytes.text(), "ha.cf", configuration.self, world).ha_cf;
  if (auto keys = config::parse_authkeys(bytes.text(), "authkeys").keys) {
    configuration.keys = std::move(*keys);
  }
  for (const auto& located : config::parse_haresources(bytes.text(), "haresources", world).groups) {
    configuration.groups.push_back(located.group);
  }
  return configuration;
}

std::vector<config::Statement> plain(const config::Configuration& configuration) {
  return config::statements(configuration,
                            [](std::string_view secret) { return std::string(secret); });
}

void run(std::string_view input) {
  ByteReader bytes(input);
  const config::Configuration before = next_configuration(bytes);
  const config::Configuration after = next_configuration(bytes);
  HB_FUZZ_CHECK(config::compare(before, before).empty());
  HB_FUZZ_CHECK(config::compare(after, after).empty());
  const config::Difference there = config::compare(before, after);
  const config::Difference back = config::compare(after, before);
  HB_FUZZ_CHECK(there.changes().size() == back.changes().size());
  HB_FUZZ_CHECK(there.needs_restart() == back.needs_restart());
  for (const char c : config::render(there)) {
    HB_FUZZ_CHECK(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  }
  HB_FUZZ_CHECK(!config::render_json(there).empty());

  const config::InForce left{1, std::string(input.substr(0, 8)), true, plain(before)};
  const auto read = config::parse_in_force(config::render(left));
  HB_FUZZ_CHECK(read && *read == left);
  static_cast<void>(config::parse_in_force(input));
}

}  // namespace
}  // namespace hb::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hb::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
