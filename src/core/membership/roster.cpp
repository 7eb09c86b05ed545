#include "core/membership/roster.h"

#include <algorithm>
#include <utility>

namespace hb::core {
namespace {

// Names come from the network and go into files of one line a node, and into the environment of
// scripts.
bool is_acceptable(const NodeName& name) {
  constexpr std::size_t kLongest = 63;  // bytes, as in ha.cf
  const std::string& text = name.value();
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) > ' ' && c != '\x7f' && c != '#' && c != ',' &&
                  c != '/';
         });
}

auto by_name(const NodeName& name) {
  return [&name](const HostEntry& host) { return host.name == name; };
}

}  // namespace

Roster::Roster(const NodeName& self, const Uuid& uuid, const std::vector<NodeName>& configured,
               const std::vector<HostEntry>& known, std::vector<HostEntry> deleted)
    : self_(self), deleted_(std::move(deleted)) {
  for (const NodeName& name : configured) hosts_.push_back({.name = name});
  for (const HostEntry& host : known) {
    if (HostEntry* const listed = mutable_find(host.name)) {
      *listed = host;
    } else if (hosts_.size() < kMostNodes && is_acceptable(host.name)) {
      hosts_.push_back(host);
    }
  }
  if (!contains(self)) hosts_.push_back({.name = self});
  mutable_find(self)->uuid = uuid;
  std::erase_if(deleted_, [&](const HostEntry& host) { return contains(host.name); });
}

std::vector<NodeName> Roster::names() const {
  std::vector<NodeName> names;
  names.reserve(hosts_.size());
  for (const HostEntry& host : hosts_) names.push_back(host.name);
  return names;
}

const HostEntry* Roster::find(const NodeName& name) const {
  const auto found = std::find_if(hosts_.begin(), hosts_.end(), by_name(name));
  return found == hosts_.end() ? nullptr : &*found;
}

const HostEntry* Roster::find(const Uuid& uuid) const {
  if (uuid.is_null()) return nullptr;
  const auto found = std::find_if(hosts_.begin(), hosts_.end(),
                                  [&](const HostEntry& host) { return host.uuid == uuid; });
  return found == hosts_.end() ? nullptr : &*found;
}

HostEntry* Roster::mutable_find(const NodeName& name) {
  return const_cast<HostEntry*>(std::as_const(*this).find(name));
}

bool Roster::add(const NodeName& name, const Uuid& uuid) {
  if (contains(name) || hosts_.size() >= kMostNodes || !is_acceptable(name)) return false;
  HostEntry entry{.name = name, .uuid = uuid};
  const auto before = std::find_if(deleted_.begin(), deleted_.end(), by_name(name));
  if (before != deleted_.end()) {
    if (uuid.is_null()) entry.uuid = before->uuid;
    deleted_.erase(before);
  }
  hosts_.push_back(std::move(entry));
  return true;
}

bool Roster::remove(const NodeName& name) {
  const HostEntry* const host = find(name);
  if (host == nullptr || name == self_) return false;
  // The oldest makes room: the list informs, it keeps nobody out.
  if (deleted_.size() >= kMostNodes) deleted_.erase(deleted_.begin());
  deleted_.push_back(*host);
  return forget(name);
}

bool Roster::forget(const NodeName& name) {
  return name != self_ && std::erase_if(hosts_, by_name(name)) > 0;
}

bool Roster::set_uuid(const NodeName& name, const Uuid& uuid) {
  HostEntry* const host = mutable_find(name);
  return host != nullptr && std::exchange(host->uuid, uuid) != uuid;
}

bool Roster::set_weight(const NodeName& name, std::uint32_t weight) {
  HostEntry* const host = mutable_find(name);
  return host != nullptr && std::exchange(host->weight, weight) != weight;
}

bool Roster::set_site(const NodeName& name, std::string site) {
  HostEntry* const host = mutable_find(name);
  if (host == nullptr || host->site == site) return false;
  host->site = std::move(site);
  return true;
}

bool Roster::set_deleted(const std::vector<NodeName>& names) {
  std::vector<HostEntry> fresh;
  for (const NodeName& name : names) {
    if (contains(name) || !is_acceptable(name) || fresh.size() >= kMostNodes) continue;
    const auto before = std::find_if(deleted_.begin(), deleted_.end(), by_name(name));
    fresh.push_back(before == deleted_.end() ? HostEntry{.name = name} : *before);
  }
  return std::exchange(deleted_, fresh) != fresh;
}

}  // namespace hb::core
