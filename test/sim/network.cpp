#include "sim/network.h"

namespace hb::sim {

Network::Network(std::size_t hosts, std::size_t links, std::uint64_t seed)
    : hosts_(hosts), links_(links), lines_(hosts * hosts * links) {
  Random seeds(seed);
  for (Line& line : lines_) line.random = Random(seeds.next());
}

Network::Fate Network::draw(HostId from, HostId to, LinkId link) {
  Line& line = at(from, to, link);
  const Noise& noise = line.noise;
  Fate fate;
  if (line.cuts > 0) return fate;
  if (noise.loss > 0 && line.random.chance(noise.loss)) return fate;
  fate.count = noise.duplicate > 0 && line.random.chance(noise.duplicate) ? 2 : 1;
  for (int i = 0; i < fate.count; ++i) {
    Copy& copy = fate.copies[i];
    copy.delay = line.random.between(noise.least_delay, noise.most_delay);
    if (noise.reorder > 0 && line.random.chance(noise.reorder)) copy.delay += noise.late;
    copy.corrupt = noise.corrupt > 0 && line.random.chance(noise.corrupt);
  }
  fate.replay = noise.replay > 0 && line.random.chance(noise.replay);
  return fate;
}

void Network::set_noise(const Noise& noise) {
  for (Line& line : lines_) line.noise = noise;
}

void Network::mend_all() {
  for (Line& line : lines_) line.cuts = 0;
}

bool Network::is_cut(HostId from, HostId to, LinkId link) const {
  return lines_[index(from, to, link)].cuts > 0;
}

}  // namespace hb::sim
