// Values → text → values, for haresources and authkeys: whatever way they are written in.

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "config/authkeys.h"
#include "config/fake_world.h"
#include "config/haresources.h"

namespace hb::config {
namespace {

std::string any_of(std::string_view characters, std::size_t longest) {
  std::string text = *rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string(characters))));
  text.resize(std::min(text.size(), longest));
  return text;
}

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kArgument = "abcxyz0189-_./=+@,";

std::string blank() { return *rc::gen::element<std::string>(" ", "\t", "   ", " \\\n  "); }
std::string comment() { return *rc::gen::element<std::string>("", " ", " # why", "#"); }

ResourceSpec any_resource() {
  ResourceSpec spec;
  if (*rc::gen::inRange(0, 4) == 0) {
    spec.text = "10.0." + std::to_string(*rc::gen::inRange(0, 256)) + "." +
                std::to_string(*rc::gen::inRange(1, 255));
    spec.script = "IPaddr";
    spec.arguments = {spec.text};
    return spec;
  }
  // A name of hexadecimal digits before `::` may begin a bare IPv6 address instead.
  spec.script = spec.text = "x" + any_of(kLetters, 12);
  const int arguments = *rc::gen::inRange(0, 4);
  for (int i = 0; i < arguments; ++i) {
    spec.arguments.push_back(any_of(kArgument, 20));
    spec.text += "::" + spec.arguments.back();
  }
  return spec;
}

std::vector<ResourceGroup> any_groups() {
  std::vector<ResourceGroup> groups;
  std::set<std::string> keys;
  const int count = *rc::gen::inRange(0, 8);
  for (int i = 0; i < count; ++i) {
    ResourceGroup group;
    group.preferred = NodeName(any_of(kLetters, 12));
    const int resources = *rc::gen::inRange(1, 5);
    for (int k = 0; k < resources; ++k) group.resources.push_back(any_resource());
    group.key = GroupKey(group.resources.front().text);
    if (keys.insert(group.key.value()).second) groups.push_back(std::move(group));
  }
  return groups;
}

TEST(HaresourcesProperty, TextMeansItsGroups) {
  const bool held = rc::check([] {
    const std::vector<ResourceGroup> groups = any_groups();
    std::string text;
    for (const ResourceGroup& group : groups) {
      text += *rc::gen::element("", "\n", "# a line\n", "  ") + group.preferred.value();
      for (const ResourceSpec& resource : group.resources) text += blank() + resource.text;
      text += comment() + "\n";
    }
    const HaresourcesResult parsed = parse_haresources(text, "f", FakeWorld());
    for (const Diagnostic& diagnostic : parsed.diagnostics)
      RC_ASSERT(diagnostic.severity != Severity::kError);
    RC_ASSERT(parsed.groups.size() == groups.size());
    for (std::size_t i = 0; i < groups.size(); ++i) RC_ASSERT(parsed.groups[i].group == groups[i]);
  });
  EXPECT_TRUE(held);
}

Authkeys any_authkeys() {
  Authkeys keys;
  for (int number = 0; number <= wire::kHighestKeyNumber; ++number) {
    if (*rc::gen::inRange(0, 4) != 0) continue;
    const auto method = *rc::gen::element(wire::DigestMethod::kCrc, wire::DigestMethod::kMd5,
                                          wire::DigestMethod::kSha1);
    const bool needs_secret = method != wire::DigestMethod::kCrc;
    keys.keys.push_back({.number = number,
                         .method = method,
                         .secret = needs_secret ? any_of("abcXYZ019!#$%&*+-./:;<=>?@", 90) : ""});
  }
  if (keys.keys.empty())
    keys.keys = {{.number = 1, .method = wire::DigestMethod::kCrc, .secret = ""}};
  keys.sending = (*rc::gen::elementOf(keys.keys)).number;
  return keys;
}

TEST(AuthkeysProperty, TextMeansItsKeysInWhateverOrder) {
  const bool held = rc::check([] {
    const Authkeys keys = any_authkeys();
    std::vector<std::string> lines = {"auth " + std::to_string(keys.sending)};
    for (const wire::Key& key : keys.keys) {
      // A secret that begins with # would be a comment.
      RC_PRE(!key.secret.starts_with('#'));
      lines.push_back(std::to_string(key.number) + *rc::gen::element(" ", "\t ") +
                      std::string(word(key.method)) + " " + key.secret);
    }
    std::string text;
    while (!lines.empty()) {
      const auto at = lines.begin() + *rc::gen::inRange<std::ptrdiff_t>(
                                          0, static_cast<std::ptrdiff_t>(lines.size()));
      text += *rc::gen::element("", "# keys\n", "\n", "  ") + *at +
              *rc::gen::element<std::string>("\n", " # why\n");
      lines.erase(at);
    }
    const AuthkeysResult parsed = parse_authkeys(text, "f");
    RC_ASSERT(parsed.keys.has_value());
    RC_ASSERT(*parsed.keys == keys);
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace hb::config
