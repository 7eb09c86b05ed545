#pragma once

#include <memory>
#include <string>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include "io/host/log/messages.h"
#include "io/media/medium.h"
#include "io/media/send_errors.h"

namespace hb::io {

// How a medium tells an operator, by way of its observer, what became of it. Part of the medium.
class MediumReports {
 public:
  MediumReports(asio::io_context& loop, MediumObserver& observer, Medium& medium)
      : loop_(loop), observer_(observer), medium_(medium) {}

  void tell(const Message& message) { observer_.on_report(medium_, message); }

  // From within send(), which promises not to call the observer.
  void tell_soon(Message message) {
    asio::post(loop_, [this, alive = std::weak_ptr(alive_), message = std::move(message)] {
      if (!alive.expired()) tell(message);
    });
  }

  // A packet could not be sent. `make` is asked for the line if one is due.
  template <class Make>
  void send_failed(const Make& make) {
    const SendErrors::Verdict verdict = send_errors_.failed();
    if (verdict == SendErrors::Verdict::kSilent) return;
    tell_soon(make());
    if (verdict == SendErrors::Verdict::kReport) return;
    tell_soon(message<"medium-send-suppressed">(medium_.description()));
  }
  void sent() {
    if (send_errors_.succeeded()) tell_soon(message<"medium-sends-again">(medium_.description()));
  }

  // A peer's name has got an address, or has lost it.
  void tell_name(const std::string& name, bool resolves) {
    tell(resolves ? message<"peer-name-resolves">(medium_.description(), name)
                  : message<"peer-name-unresolved">(medium_.description(), name));
  }

 private:
  asio::io_context& loop_;
  MediumObserver& observer_;
  Medium& medium_;
  SendErrors send_errors_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace hb::io
