#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/authkeys.h"
#include "fuzz_check.h"

// Keys that are accepted hold the sending one, each number once; no message holds a secret of the
// file; the keys written out again mean the same.
namespace hb::fuzz {
namespace {

// Secrets so short that a message may hold the same letters by chance prove nothing.
constexpr std::size_t kTellingSecret = 12;

void run(std::string_view input) {
  const config::AuthkeysResult result = config::parse_authkeys(input, "authkeys");
  HB_FUZZ_CHECK(result.diagnostics.size() <= config::Diagnostics::kMostKept + 2);
  if (!result.keys) return;

  bool has_sending = false;
  int last = -1;
  std::string text = "auth " + std::to_string(result.keys->sending) + "\n";
  for (const wire::Key& key : result.keys->keys) {
    HB_FUZZ_CHECK(key.number > last && key.number <= wire::kHighestKeyNumber);
    HB_FUZZ_CHECK(key.secret.empty() == (key.method == wire::DigestMethod::kCrc));
    has_sending = has_sending || key.number == result.keys->sending;
    last = key.number;
    text +=
        std::to_string(key.number) + " " + std::string(word(key.method)) + " " + key.secret + "\n";
    for (const config::Diagnostic& diagnostic : result.diagnostics) {
      HB_FUZZ_CHECK(key.secret.size() < kTellingSecret ||
                    config::render(diagnostic).find(key.secret) == std::string::npos);
    }
  }
  HB_FUZZ_CHECK(has_sending);
  HB_FUZZ_CHECK(config::parse_authkeys(text, "again").keys == result.keys);
}

}  // namespace
}  // namespace hb::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hb::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
