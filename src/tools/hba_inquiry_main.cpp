// hba_inquiry ADAPTER MILLISECONDS: asks, so often, whether the storage behind a Fibre Channel
// adapter answers. Each time one line: `ok`, or `no REASON`. Run by the daemon for `hbaping`, so
// that a vendor's library that blocks or crashes does it here. Ends when nobody reads any more.

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tools/hba_api.h"

namespace {

using hb::tools::HbaAdapter;
using hb::tools::HbaLibrary;

// Whether somebody still reads.
bool say(std::string line) {
  for (char& c : line) {
    if (c == '\n') c = ' ';
  }
  line += '\n';
  return ::write(STDOUT_FILENO, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

std::optional<std::chrono::milliseconds> parse_interval(const char* text) {
  unsigned value = 0;
  const char* end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, value);
  if (error != std::errc{} || rest != end || value == 0) return std::nullopt;
  return std::chrono::milliseconds(value);
}

// The library may come, or be mended, while we run; it is loaded once.
class Inquirer {
 public:
  explicit Inquirer(std::string adapter) : name_(std::move(adapter)) {}

  std::string ask() {
    if (!library_) {
      auto loaded = HbaLibrary::load();
      if (!loaded) return "no " + loaded.error();
      library_.emplace(std::move(*loaded));
      adapter_.emplace(*library_, name_);
    }
    const auto answered = adapter_->inquire();
    return answered ? "ok" : "no " + answered.error();
  }

 private:
  std::string name_;
  std::optional<HbaLibrary> library_;
  std::optional<HbaAdapter> adapter_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto interval = argc == 3 ? parse_interval(argv[2]) : std::nullopt;
  if (!interval) {
    fmt::print(stderr, "usage: {} ADAPTER MILLISECONDS\n", argv[0]);
    return 2;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // also when a call into the library never returns
  ::signal(SIGPIPE, SIG_IGN);
  Inquirer inquirer(argv[1]);
  for (auto next = std::chrono::steady_clock::now(); say(inquirer.ask());) {
    next = std::max(next + *interval, std::chrono::steady_clock::now());
    std::this_thread::sleep_until(next);
  }
  return 0;
}
