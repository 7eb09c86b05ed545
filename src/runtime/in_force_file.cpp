#include "runtime/in_force_file.h"

#include <cerrno>
#include <random>
#include <string>

#include <unistd.h>

#include "io/host/state_files.h"
#include "wire/digest.h"

namespace hb::runtime {
namespace {

constexpr std::size_t kSaltSize = 32;
// Far above what 100 nodes, 64 media and a long haresources say.
constexpr std::size_t kLargestInForce = 64U << 20U;

std::string fresh_salt() {
  std::random_device device;
  std::string salt;
  while (salt.size() < kSaltSize) salt += static_cast<char>(device() & 0xffU);
  return salt;
}

}  // namespace

config::Disguise keyed_disguise(std::string salt) {
  return [salt = std::move(salt)](std::string_view secret) {
    const wire::KeyedDigest digest(wire::DigestMethod::kSha1, salt);
    return std::string(digest.compute(secret).view());
  };
}

Expected<void, io::IoError> InForceFile::write(const config::Configuration& configuration,
                                               bool resource_management) const {
  config::InForce in_force;
  in_force.pid = ::getpid();
  in_force.salt = fresh_salt();
  in_force.resource_management = resource_management;
  in_force.statements = config::statements(configuration, keyed_disguise(in_force.salt));
  return io::atomic_write_file(path_, config::render(in_force), 0600);
}

Expected<config::InForce, io::IoError> InForceFile::read() const {
  const auto text = io::read_own_file(path_, kLargestInForce);
  if (!text) return unexpected(text.error());
  auto in_force = config::parse_in_force(*text);
  if (!in_force) {
    return unexpected(io::IoError{EBADMSG, path_.string() + ": " + in_force.error()});
  }
  return std::move(*in_force);
}

}  // namespace hb::runtime
