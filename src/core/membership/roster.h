#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/host_entry.h"
#include "base/ids.h"
#include "base/uuid.h"

namespace hb::core {

// The normal nodes of the cluster, this one included, in a fixed order, and those that were
// deleted. Knows names, not lives: who may be added or removed now, the node decides
// (spec: wire-protocol 9.1, 12.5, 12.6; ha-cf 8.4).
class Roster {
 public:
  // With ping nodes no more than 3.0.6 can hold; an admission beyond is refused.
  static constexpr std::size_t kMostNodes = 100;

  // The nodes of the file first, then what the hostcache adds; the node itself is always one.
  Roster(const NodeName& self, const Uuid& uuid, const std::vector<NodeName>& configured,
         const std::vector<HostEntry>& known, std::vector<HostEntry> deleted);

  [[nodiscard]] const std::vector<HostEntry>& hosts() const { return hosts_; }
  [[nodiscard]] const std::vector<HostEntry>& deleted() const { return deleted_; }
  [[nodiscard]] std::vector<NodeName> names() const;
  [[nodiscard]] const HostEntry* find(const NodeName& name) const;
  // Whose uuid it is; null belongs to nobody.
  [[nodiscard]] const HostEntry* find(const Uuid& uuid) const;
  [[nodiscard]] bool contains(const NodeName& name) const { return find(name) != nullptr; }

  // Each answers whether anything has changed.
  bool add(const NodeName& name, const Uuid& uuid = {});  // also strikes it from the deleted ones
  bool remove(const NodeName& name);                      // to the deleted ones
  bool forget(const NodeName& name);                      // without a trace
  bool set_uuid(const NodeName& name, const Uuid& uuid);
  bool set_weight(const NodeName& name, std::uint32_t weight);
  bool set_site(const NodeName& name, std::string site);
  bool set_deleted(const std::vector<NodeName>& names);  // what another node says of them

 private:
  [[nodiscard]] HostEntry* mutable_find(const NodeName& name);

  NodeName self_;
  std::vector<HostEntry> hosts_;
  std::vector<HostEntry> deleted_;
};

}  // namespace hb::core
