#include "io/fencing/device_talk.h"

#include <utility>

#include <fmt/format.h>

namespace hb::io {

std::string text_of(const DeviceTalk::Result& result) {
  return result ? result->text() : result.error().text();
}

void DeviceTalk::ask(const std::shared_ptr<Conversation>& conversation, ProcessRequest request,
                     Answered then) {
  auto answer = std::make_shared<std::string>();
  conversation->process = runner_.run(
      std::move(request),
      [answer](OutputStream stream, std::string_view line) {
        if (stream != OutputStream::kStandardOutput) return;
        if (answer->size() + line.size() < kMostAnswer) answer->append(line).append("\n");
      },
      [conversation, answer, then = std::move(then)](const Result& result) {
        if (conversation->over) return;
        conversation->process.reset();
        then(result, *answer);
      });
}

void DeviceTalk::command(const std::shared_ptr<Conversation>& conversation,
                         const std::shared_ptr<DeviceSlot>& slot, ProcessRequest request,
                         std::function<void(const Result&)> then) {
  conversation->process = runner_.run(
      std::move(request),
      [this, conversation, slot, secrets = slot->device->secrets(), lines = 0](
          OutputStream, std::string_view line) mutable {
        if (conversation->over || ++lines > kMostLines) return;
        std::string text = lines < kMostLines ? without_secrets(std::string(line), secrets)
                                              : std::string("(what follows is not logged)");
        tell({.kind = FenceEvent::Kind::kOutput, .device = slot->name, .detail = std::move(text)});
      },
      [conversation, then = std::move(then)](const Result& result) {
        if (conversation->over) return;
        conversation->process.reset();
        then(result);
      });
}

void DeviceTalk::introduce(const std::shared_ptr<Conversation>& conversation,
                           const std::shared_ptr<DeviceSlot>& slot, Ready then) {
  if (!slot->device) return then(unexpected(slot->reason));
  if (auto objection = slot->device->objection()) {
    tell({.kind = FenceEvent::Kind::kRefused, .device = slot->name, .detail = *objection});
    return then(unexpected(std::move(*objection)));
  }
  std::optional<ProcessRequest> request = slot->device->introduction();
  if (!request) return then({});
  ask(conversation, std::move(*request),
      [this, conversation, slot, then = std::move(then)](const Result& result,
                                                         const std::string& answer) {
        const auto known = slot->device->introduced(result && result->succeeded(), answer);
        if (known) return introduce(conversation, slot, then);
        then(unexpected(fmt::format("{} ({})", known.error(), text_of(result))));
      });
}

void DeviceTalk::break_off(Conversation& conversation) {
  conversation.over = true;
  if (conversation.process) runner_.stop(*conversation.process);
}

}  // namespace hb::io
