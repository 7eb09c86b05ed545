// Runs the transcripts of test/vectors/config: files in, every message out.

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/configuration.h"
#include "config/fake_world.h"
#include "config/ha_cf_parser.h"

namespace hb::config {
namespace {

constexpr std::string_view kGoodHaCf =
    "node node1 node2\nbcast eth0\nlogfacility local0\nauto_failback on\n";
constexpr std::string_view kGoodAuthkeys = "auth 1\n1 sha1 secret\n";
constexpr std::string_view kGoodHaresources = "node1 10.0.0.100 apache\n";

struct Section {
  std::string header;  // without "-- "
  std::string text;
};
struct VectorCase {
  std::string claim;
  std::vector<Section> sections;  // but "expect"
  std::string expected;
};
struct Transcript {
  std::string head;
  std::vector<VectorCase> cases;
};

Transcript read_transcript(const std::string& path) {
  std::ifstream file(path);
  Transcript transcript;
  std::string* text = &transcript.head;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("== ")) {
      transcript.cases.push_back({line.substr(3), {}, ""});
      text = nullptr;
    } else if (line == "-- expect") {
      text = &transcript.cases.back().expected;
    } else if (line.starts_with("-- ")) {
      transcript.cases.back().sections.push_back({line.substr(3), ""});
      text = &transcript.cases.back().sections.back().text;
    } else if (text != nullptr) {
      *text += line + "\n";
    }
  }
  // The blank line before the next case belongs to the form, not to the expectation.
  for (VectorCase& one : transcript.cases) {
    while (one.expected.ends_with("\n\n") || one.expected == "\n") one.expected.pop_back();
  }
  return transcript;
}

void write_transcript(const std::string& path, const Transcript& transcript) {
  std::ofstream file(path);
  file << transcript.head;
  for (const VectorCase& one : transcript.cases) {
    file << "== " << one.claim << "\n";
    for (const Section& section : one.sections) {
      file << "-- " << section.header << "\n" << section.text;
    }
    file << "-- expect\n" << one.expected;
    if (&one != &transcript.cases.back()) file << "\n";
  }
}

Sources sources_of(const VectorCase& one) {
  Sources sources;
  sources.self = NodeName("node1");
  sources.ha_cf = {"ha.cf", std::string(kGoodHaCf), 0, 0644, 0};
  sources.authkeys = {"authkeys", std::string(kGoodAuthkeys), 0, 0600, 0};
  sources.haresources = {"haresources", std::string(kGoodHaresources), 0, 0644, 0};
  for (const Section& section : one.sections) {
    std::istringstream header(section.header);
    std::string name;
    std::string word;
    header >> name >> word;
    if (name == "without") {
      sources.resource_management = false;
      continue;
    }
    SourceFile& file = name == "authkeys"      ? sources.authkeys
                       : name == "haresources" ? sources.haresources
                                               : sources.ha_cf;
    file.text = section.text;
    if (name == "ha.cf+") *file.text += kGoodHaCf;
    if (word == "unreadable") {
      file.text.reset();
      file.error = EACCES;
    } else if (!word.empty()) {
      file.mode = static_cast<std::uint32_t>(std::stoul(word, nullptr, 8));
      header >> file.owner;
    }
  }
  return sources;
}

std::string diagnostics_of(const CheckResult& result) {
  std::string text;
  for (const Diagnostic& diagnostic : result.diagnostics) text += render(diagnostic) + "\n";
  return text;
}

// What the files mean, without what every file means.
std::string values_of(const Configuration& configuration) {
  std::string text;
  const auto out = std::back_inserter(text);
  std::istringstream lines(print(configuration.ha_cf));
  for (std::string line; std::getline(lines, line);) {
    const std::string name = line.substr(0, line.find_first_of("\t "));
    const Parameter* parameter = find_parameter(configuration.ha_cf, name);
    if (parameter != nullptr && !parameter->given) continue;
    if (name == "apiauth" && configuration.ha_cf.apiauth.size() == 5) continue;
    fmt::format_to(out, "  {}\n", line.substr(0, line.find("\t#")));
  }
  for (const auto& [medium, where] : configuration.ha_cf.media) {
    if (const auto* bcast = std::get_if<Bcast>(&medium)) {
      fmt::format_to(out, "  # {} uses port {}\n", bcast->interface, bcast->port);
    } else if (const auto* ucast = std::get_if<Ucast>(&medium)) {
      fmt::format_to(out, "  # {} is {} port {}\n", ucast->host,
                     ucast->address ? ucast->address->text() : "looked up,", ucast->port);
    }
  }
  for (const wire::Key& key : configuration.keys.keys) {
    fmt::format_to(out, "  key {} {} [{}]{}\n", key.number, wire::word(key.method), key.secret,
                   key.number == configuration.keys.sending ? " signs" : "");
  }
  for (const ResourceGroup& group : configuration.groups) {
    fmt::format_to(out, "  group {} on {}\n", group.key.value(), group.preferred.value());
    for (const ResourceSpec& resource : group.resources) {
      fmt::format_to(out, "    {}({})\n", resource.script, fmt::join(resource.arguments, ", "));
    }
  }
  return text;
}

// What is said about a mistake does not change when more directives take effect.
bool is_passing(const Diagnostic& diagnostic) {
  return diagnostic.problem.find(" has no effect yet: ") != std::string::npos;
}

std::string run(const VectorCase& one, bool lasting) {
  CheckResult result = check(sources_of(one), FakeWorld());
  if (lasting) {
    auto& all = result.diagnostics;
    all.erase(std::remove_if(all.begin(), all.end(), is_passing), all.end());
  }
  std::string text = diagnostics_of(result);
  if (result.configuration) text += values_of(*result.configuration);
  return text;
}

void run_transcript(const std::string& name, bool lasting = false) {
  const std::string path = std::string(HB_SOURCE_DIR) + "/test/vectors/config/" + name;
  Transcript transcript = read_transcript(path);
  ASSERT_FALSE(transcript.cases.empty()) << path;
  const bool update = std::getenv("HB_UPDATE_VECTORS") != nullptr;
  for (VectorCase& one : transcript.cases) {
    SCOPED_TRACE(one.claim);
    const std::string got = run(one, lasting);
    if (update) {
      one.expected = got;
    } else {
      EXPECT_EQ(got, one.expected);
    }
  }
  if (update) write_transcript(path, transcript);
}

TEST(ConfigVectors, BrokenFilesGetTheirLocatedErrors) {
  run_transcript("broken.txt");
  const Transcript transcript =
      read_transcript(std::string(HB_SOURCE_DIR) + "/test/vectors/config/broken.txt");
  EXPECT_GE(transcript.cases.size(), 40U);
  for (const VectorCase& one : transcript.cases) {
    EXPECT_FALSE(check(sources_of(one), FakeWorld()).configuration) << one.claim;
  }
}

TEST(ConfigVectors, GoodFilesMeanWhatTheySay) {
  run_transcript("good.txt");
  const Transcript transcript =
      read_transcript(std::string(HB_SOURCE_DIR) + "/test/vectors/config/good.txt");
  for (const VectorCase& one : transcript.cases) {
    EXPECT_TRUE(check(sources_of(one), FakeWorld()).configuration) << one.claim;
  }
}

// Each is told with a place and with what would be right, unless the message says it.
TEST(ConfigVectors, PlantedMistakesAreFound) {
  run_transcript("mistakes.txt", true);
  const Transcript transcript =
      read_transcript(std::string(HB_SOURCE_DIR) + "/test/vectors/config/mistakes.txt");
  EXPECT_GE(transcript.cases.size(), 40U);
  for (const VectorCase& one : transcript.cases) {
    const CheckResult result = check(sources_of(one), FakeWorld());
    const auto told = std::count_if(
        result.diagnostics.begin(), result.diagnostics.end(), [](const Diagnostic& d) {
          return d.severity != Severity::kInfo && !d.where.file.empty() && !is_passing(d);
        });
    EXPECT_GE(told, 1) << one.claim;
  }
}

TEST(ConfigVectors, HarmlessFilesAreNotComplainedAbout) {
  run_transcript("harmless.txt");
  const Transcript transcript =
      read_transcript(std::string(HB_SOURCE_DIR) + "/test/vectors/config/harmless.txt");
  for (const VectorCase& one : transcript.cases) {
    const CheckResult result = check(sources_of(one), FakeWorld());
    EXPECT_TRUE(result.configuration) << one.claim;
    for (const Diagnostic& diagnostic : result.diagnostics) ADD_FAILURE() << render(diagnostic);
  }
}

// print() is the inverse of parse_ha_cf(): what -v shows can be used as ha.cf.
TEST(ConfigVectors, WhatIsPrintedMeansTheSame) {
  const Transcript transcript =
      read_transcript(std::string(HB_SOURCE_DIR) + "/test/vectors/config/good.txt");
  const FakeWorld world;
  for (const VectorCase& one : transcript.cases) {
    SCOPED_TRACE(one.claim);
    const auto first = check(sources_of(one), world).configuration;
    ASSERT_TRUE(first);
    const std::string text = print(first->ha_cf);
    const HaCfResult second = parse_ha_cf(text, "printed", first->self, world);
    EXPECT_EQ(second.ha_cf, first->ha_cf) << text;
    EXPECT_TRUE(second.refused.empty());
  }
}

}  // namespace
}  // namespace hb::config
