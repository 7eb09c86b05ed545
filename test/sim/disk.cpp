#include "sim/disk.h"

#include "io/host/host_cache.h"
#include "io/host/state_files.h"

namespace hb::sim {

Disk::Disk(std::optional<std::uint64_t> generation) {
  if (generation) generation_ = io::generation_text(Generation(*generation));
  installed_ = generation_;
}

Disk::Identity Disk::start(std::uint64_t wall_seconds, Random& random) {
  const auto content = generation_ ? std::optional<std::string_view>(*generation_) : std::nullopt;
  const Generation generation = io::generation_after(content, wall_seconds).generation;
  generation_ = io::generation_text(generation);
  if (!installed_) installed_ = generation_;
  if (!uuid_ || !io::uuid_in(*uuid_)) {
    Uuid::Bytes bytes{};
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
    uuid_ = Uuid(bytes).raw();
  }
  return {generation, *Uuid::from_bytes(*uuid_)};
}

void Disk::lose() {
  generation_.reset();
  uuid_.reset();
  hosts_.clear();
  restored_ = false;
}

void Disk::tear(Random& random) {
  if (random.chance(0.5)) {
    const bool has_text = generation_ && !generation_->empty();
    if (has_text) generation_->resize(random.below(generation_->size()));
  } else {
    generation_ = "\x7f\x45\x4c\x46 17";
  }
  if (uuid_) uuid_->resize(7);
  hosts_.resize(random.below(hosts_.size() + 1));
  restored_ = false;
}

void Disk::write_generation(Generation generation) {
  generation_ = io::generation_text(generation);
  restored_ = false;
}

void Disk::write_hosts(const std::vector<HostEntry>& hosts) { hosts_ = io::host_cache_text(hosts); }

std::vector<HostEntry> Disk::hosts() const { return io::parse_host_cache(hosts_).hosts; }

void Disk::restore_old() {
  generation_ = installed_;
  restored_ = true;
}

}  // namespace hb::sim
