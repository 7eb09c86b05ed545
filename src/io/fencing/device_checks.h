#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "io/fencing/device_talk.h"

namespace hb::io {

// Asks each device for its status and its hosts, all at once, and tells what is not as it should
// be. Has no other effect than that the devices know their hosts. A device that an attempt needs is
// left alone; the next check will find it again.
class DeviceChecks {
 public:
  explicit DeviceChecks(DeviceTalk& talk) : talk_(talk) {}
  ~DeviceChecks() { end(); }
  DeviceChecks(const DeviceChecks&) = delete;
  DeviceChecks& operator=(const DeviceChecks&) = delete;

  // While a check is under way the next one begins after it: no program is disturbed.
  void begin(const DeviceSlots& slots, std::vector<NodeName> peers);
  // An attempt needs this device now.
  void leave_alone(const std::shared_ptr<DeviceSlot>& slot);
  void end();

 private:
  struct Look {
    std::shared_ptr<DeviceSlot> slot;
    std::shared_ptr<Conversation> conversation = std::make_shared<Conversation>();
    bool works = false;
    bool done = false;
    bool broken_off = false;
  };

  [[nodiscard]] bool is_done() const;
  void look_at(const std::shared_ptr<Look>& look);
  void ask_status(const std::shared_ptr<Look>& look);
  void ask_hosts(const std::shared_ptr<Look>& look);
  void finish(Look& look);
  void compare() const;

  DeviceTalk& talk_;
  std::vector<std::shared_ptr<Look>> looks_;
  std::vector<NodeName> peers_;
  std::optional<DeviceSlots> next_;
};

}  // namespace hb::io
