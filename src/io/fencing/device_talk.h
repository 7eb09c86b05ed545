#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/fencing/device.h"
#include "io/fencing/fence_event.h"
#include "io/process/process_runner.h"

namespace hb::io {

// A line of ha.cf: a device, or why it is none.
struct DeviceSlot {
  std::string name;
  std::unique_ptr<FenceDevice> device;
  std::string reason;
  int attempts = 0;  // that are using it
};
using DeviceSlots = std::vector<std::shared_ptr<DeviceSlot>>;

// One thread of questions and answers, which its owner may end at any time.
struct Conversation {
  std::optional<ProcessId> process;  // that is awaited
  bool over = false;                 // no answer reaches anybody any more
};

// Runs the programs of devices, one after the other within a conversation, and hands their answers
// on. What they print for people goes to the log, bounded and without secrets.
class DeviceTalk {
 public:
  static constexpr std::size_t kMostAnswer = 65536;  // bytes; the rest is not looked at
  static constexpr int kMostLines = 100;             // a program in the log; the rest is counted

  using Result = Expected<ProcessExit, IoError>;
  using Answered = std::function<void(const Result&, const std::string& answer)>;
  using Ready = std::function<void(const Expected<void, std::string>&)>;

  DeviceTalk(ProcessRunner& runner, OnFenceEvent& on_event)
      : runner_(runner), on_event_(on_event) {}

  // Runs one program for its answer on standard output.
  void ask(const std::shared_ptr<Conversation>& conversation, ProcessRequest request,
           Answered then);
  // Runs one program whose output is for people.
  void command(const std::shared_ptr<Conversation>& conversation,
               const std::shared_ptr<DeviceSlot>& slot, ProcessRequest request,
               std::function<void(const Result&)> then);
  // Asks whatever has to be asked before a device can be used. `then` may be called from within.
  void introduce(const std::shared_ptr<Conversation>& conversation,
                 const std::shared_ptr<DeviceSlot>& slot, Ready then);

  // Ends its program, if one runs.
  void break_off(Conversation& conversation);

  void tell(const FenceEvent& event) const {
    if (on_event_) on_event_(event);
  }

 private:
  ProcessRunner& runner_;
  OnFenceEvent& on_event_;
};

[[nodiscard]] std::string text_of(const DeviceTalk::Result& result);

}  // namespace hb::io
