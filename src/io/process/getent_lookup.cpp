#include "io/process/getent_lookup.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace hb::io {
namespace {

constexpr std::size_t kMostAddresses = 16;  // of one name

}  // namespace

std::optional<asio::ip::address> address_of_getent(std::string_view line) {
  const std::string word(line.substr(0, line.find_first_of(" \t")));
  std::error_code error;
  const asio::ip::address address = asio::ip::make_address(word, error);
  if (error || (address.is_v6() && address.to_v6().is_v4_mapped())) return std::nullopt;
  return address;
}

void GetentLookup::look_up(const std::string& name, bool ipv6, Done done) {
  const auto found = std::make_shared<std::vector<asio::ip::address>>();
  ProcessRequest request;
  request.argv = {program_, ipv6 ? "ahostsv6" : "ahostsv4", "--", name};
  request.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"};
  request.time_limit = kTimeLimit;
  runner_.run(
      std::move(request),
      [found](OutputStream stream, std::string_view line) {
        if (stream != OutputStream::kStandardOutput || found->size() >= kMostAddresses) return;
        const auto address = address_of_getent(line);
        if (!address) return;
        if (std::find(found->begin(), found->end(), *address) == found->end()) {
          found->push_back(*address);
        }
      },
      [found, done = std::move(done)](const Expected<ProcessExit, IoError>&) {
        done(std::move(*found));
      });
}

}  // namespace hb::io
