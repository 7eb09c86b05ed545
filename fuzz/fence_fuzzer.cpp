#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "fuzz_check.h"
#include "io/fencing/fence_agent.h"
#include "io/fencing/parameters.h"

// What fencing devices are configured with, and what their programs answer. Whatever stands there,
// an agent is told to do what we say, once and first, and no log shows a password.
namespace hb::fuzz {
namespace {

const NodeName kSelf("ada");
const NodeName kVictim("bob");

bool has_line_end(std::string_view text) {
  return text.find_first_of("\r\n") != std::string_view::npos;
}

// As an agent reads it: names with `-` or `_`, the rest of the line is the value.
void look_at_input(const std::string& input) {
  int number = 0;
  for (const std::string& line : split_words(input, "\r\n")) {
    const std::size_t equals = line.find('=');
    HB_FUZZ_CHECK(equals != std::string::npos && equals > 0);
    const std::string name = line.substr(0, equals);
    HB_FUZZ_CHECK((name == "action") == (number == 0));
    HB_FUZZ_CHECK((name == "nodename") == (number == 1));
    HB_FUZZ_CHECK(name != "option" && name.find_first_of(" \t-") == std::string::npos);
    ++number;
  }
}

void use_agent(const io::FenceParameters& parameters, std::string_view description) {
  auto agent = io::FenceAgent::make("fence_x", parameters, {.self = kSelf});
  if (!agent) return;
  static_cast<void>(agent->introduced(true, std::string(description)));
  static_cast<void>(agent->doubt(kVictim));
  const io::ProcessRequest reset = agent->reset(kVictim);
  look_at_input(reset.input);
  HB_FUZZ_CHECK(reset.argv.size() == 1);
  // A device that may reset the other node may not reset this one, whatever it is told.
  HB_FUZZ_CHECK(agent->cannot_reset(kVictim) || agent->cannot_reset(kSelf));
}

void look_at_parameters(std::string_view text, std::string_view rest) {
  for (const auto& parsed : {io::named_parameters(text), io::named_lines(text)}) {
    if (!parsed) continue;
    use_agent(*parsed, rest);
    const auto secrets = io::secrets_of(*parsed);
    const std::string shown = io::without_secrets(std::string(rest), secrets);
    for (const std::string& secret : secrets) {
      const bool of_stars = secret.find('*') != std::string::npos;
      HB_FUZZ_CHECK(of_stars || shown.find(secret) == std::string::npos);
    }
  }
  if (const auto lines = io::named_lines(text)) {
    for (const auto& [name, value] : *lines) HB_FUZZ_CHECK(value.find('\n') == std::string::npos);
  }
  // Written out and read again they are the same.
  if (const auto named = io::named_parameters(text)) {
    std::string again;
    for (const auto& [name, value] : *named) {
      if (value.find('"') != std::string::npos) return;
      again += fmt::format("{}=\"{}\" ", name, value);
    }
    HB_FUZZ_CHECK(io::named_parameters(again) == named);
  }
}

void look_at_answer(std::string_view answer, std::string_view text) {
  for (const std::string& plug : io::listed_plugs(answer)) {
    HB_FUZZ_CHECK(!plug.empty() && plug.find(',') == std::string::npos && !has_line_end(plug));
  }
  const std::string parameter = io::plug_parameter(answer);
  HB_FUZZ_CHECK(parameter.empty() || parameter == "plug" || parameter == "port");

  const auto names = io::parameter_names(answer);
  if (!names) return;
  HB_FUZZ_CHECK(names->size() <= io::kMostParameters);
  for (const bool from_file : {false, true}) {
    const auto parameters = io::parameters_of(*names, text, from_file);
    if (!parameters) continue;
    for (const auto& [name, value] : *parameters) {
      HB_FUZZ_CHECK(std::find(names->begin(), names->end(), name) != names->end());
      HB_FUZZ_CHECK(name.find('=') == std::string::npos);
    }
  }
}

void run(std::string_view input) {
  const std::size_t zero = std::min(input.find('\0'), input.size());
  const std::string_view first = input.substr(0, zero);
  const std::string_view second = input.substr(std::min(zero + 1, input.size()));
  look_at_parameters(first, second);
  look_at_answer(second, first);
}

}  // namespace
}  // namespace hb::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hb::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
