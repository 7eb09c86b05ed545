#include "io/media/serial_medium.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "io/media/medium_reports.h"
#include "io/media/packet_queue.h"
#include "io/media/serial_framer.h"
#include "io/media/serial_port.h"

namespace hb::io {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kChunk = 512;   // bytes written at once, as in 3.0.6
constexpr int kBitsPerByte = 10;      // with start and stop bit
constexpr milliseconds kBreak{250};   // sent on opening
constexpr milliseconds kGiveUp{500};  // a line that takes nothing for so long loses the packet
constexpr milliseconds kRetry{500};   // how often a missing device is looked for
constexpr std::size_t kSerialReadSize = 4096;
constexpr int kReadsPerTurn = 4;  // then the other media have their turn

class SerialMedium final : public Medium {
 public:
  SerialMedium(const MediaContext& context, SerialConfig config)
      : context_(context),
        config_(std::move(config)),
        link_name_(config_.device),
        description_("serial " + config_.device),
        port_(context.loop),
        pace_(context.loop),
        stall_(context.loop),
        retry_(context.loop),
        reports_(context.loop, context.observer, *this),
        queue_(static_cast<std::size_t>(config_.baud / kBitsPerByte *
                                        SerialConfig::kQueueTime.count())) {}
  ~SerialMedium() override { close(); }

  Expected<void, IoError> open() override {
    auto opened = open_now();
    if (!opened) try_again_later();
    return opened;
  }

  void send(std::string_view packet) override;
  bool drain() override;
  void interface_changed() override {}

  [[nodiscard]] wire::Carrier carrier() const override { return wire::Carrier::kSerial; }
  [[nodiscard]] MediumState state() const override {
    return port_.is_open() ? MediumState::kOpen : MediumState::kWaiting;
  }
  [[nodiscard]] const MediumStatistics& statistics() const override { return statistics_; }
  [[nodiscard]] const LinkName& link_name() const override { return link_name_; }
  [[nodiscard]] const std::string& interface() const override { return interface_; }
  [[nodiscard]] const std::string& description() const override { return description_; }

 private:
  Expected<void, IoError> open_now();
  void close();
  void lost(const IoError& why);
  void try_again_later();

  void begin_with_break();
  void write_on();
  void write_after(std::chrono::nanoseconds pause);
  void wait_for_room();
  void give_up();
  void go_on();

  void wait_for_bytes();
  // Whether more may be waiting.
  bool read_some();

  MediaContext context_;
  SerialConfig config_;
  LinkName link_name_;
  std::string description_;
  std::string interface_;  // none: no news of the network concern it

  std::optional<DeviceLock> lock_;
  asio::posix::stream_descriptor port_;
  asio::steady_timer pace_, stall_, retry_;
  MediumReports reports_;
  SerialFramer framer_;
  PacketQueue queue_;
  std::string current_;  // being written
  std::size_t written_ = 0;
  bool writing_ = false;  // a break, a pause or a wait is on; it goes on by itself
  bool waiting_reported_ = false;
  MediumStatistics statistics_;

  // Handlers that are already on their way when the port or the medium goes look at these first.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::shared_ptr<const bool> open_, stalled_;
};

// --- the device ---

Expected<void, IoError> SerialMedium::open_now() {
  auto opened = open_serial_port(config_.device, config_.baud, config_.lock_directory);
  if (!opened) return unexpected(std::move(opened.error()));
  std::error_code error;
  port_.assign(opened->fd.get(), error);
  if (error) return unexpected(IoError{error.value(), "watch " + config_.device});
  (void)opened->fd.release();  // port_ closes it
  lock_ = std::move(opened->lock);
  open_ = std::make_shared<const bool>(true);
  waiting_reported_ = false;
  wait_for_bytes();
  begin_with_break();
  return {};
}

void SerialMedium::close() {
  open_.reset();
  stalled_.reset();
  pace_.cancel();
  stall_.cancel();
  writing_ = false;
  written_ = 0;
  statistics_.send_drops += queue_.clear() + (current_.empty() ? 0 : 1);
  current_.clear();
  framer_.reset();
  if (!port_.is_open()) return;
  // Closing waits for output that the line does not take, up to half a minute.
  ::tcflush(port_.native_handle(), TCIOFLUSH);
  std::error_code ignored;
  port_.close(ignored);
  lock_.reset();
}

// Not within send(): it tells the observer.
void SerialMedium::lost(const IoError& why) {
  close();
  reports_.tell(message<"serial-waits">(description_, why.text()));
  waiting_reported_ = true;
  context_.observer.on_lost(*this);
  try_again_later();
}

void SerialMedium::try_again_later() {
  retry_.expires_after(kRetry);
  retry_.async_wait([this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
    if (error || alive.expired()) return;
    const bool told = waiting_reported_;
    if (const auto opened = open_now(); !opened) {
      if (!std::exchange(waiting_reported_, true)) {
        reports_.tell(message<"serial-waits">(description_, opened.error().text()));
      }
      return try_again_later();
    }
    ++statistics_.reopened;
    if (told) reports_.tell(message<"medium-open">(description_));
  });
}

// --- writing ---

void SerialMedium::send(std::string_view packet) {
  if (!port_.is_open()) {
    ++statistics_.unsent;
    return;
  }
  statistics_.send_drops += queue_.push(std::string(packet));
  if (!writing_) write_on();
}

// tcsendbreak() would do this too, and sleep meanwhile.
void SerialMedium::begin_with_break() {
  writing_ = true;
  ::ioctl(port_.native_handle(), TIOCSBRK);
  pace_.expires_after(kBreak);
  pace_.async_wait([this, open = std::weak_ptr(open_)](const std::error_code& error) {
    if (error || open.expired()) return;
    ::ioctl(port_.native_handle(), TIOCCBRK);
    writing_ = false;
    write_on();
  });
}

// One chunk, then a pause for as long as the line takes to carry it: so nothing old fills the
// driver's buffer while something new waits here.
void SerialMedium::write_on() {
  if (current_.empty()) {
    if (queue_.empty()) return;
    current_ = queue_.pop();
    written_ = 0;
  }
  const std::size_t size = std::min(kChunk, current_.size() - written_);
  const ssize_t done = ::write(port_.native_handle(), current_.data() + written_, size);
  if (done < 0) {
    if (errno == EAGAIN || errno == EINTR) return wait_for_room();
    const int code = errno;  // the device is gone; reading will say so, unless this is first
    writing_ = true;
    asio::post(context_.loop, [this, open = std::weak_ptr(open_), code] {
      if (!open.expired()) lost(IoError{code, "write to " + config_.device});
    });
    return;
  }
  written_ += static_cast<std::size_t>(done);
  statistics_.sent_bytes += static_cast<std::size_t>(done);
  if (written_ == current_.size()) {
    current_.clear();
    ++statistics_.sent;
    reports_.sent();
  }
  write_after(std::chrono::nanoseconds(std::chrono::seconds(1)) * done * kBitsPerByte /
              config_.baud);
}

void SerialMedium::write_after(std::chrono::nanoseconds pause) {
  writing_ = true;
  pace_.expires_after(pause);
  pace_.async_wait([this, open = std::weak_ptr(open_)](const std::error_code& error) {
    if (error || open.expired()) return;
    writing_ = false;
    write_on();
  });
}

void SerialMedium::wait_for_room() {
  writing_ = true;
  stalled_ = std::make_shared<const bool>(true);
  stall_.expires_after(kGiveUp);
  stall_.async_wait([this, stalled = std::weak_ptr(stalled_)](const std::error_code& error) {
    if (!error && !stalled.expired()) give_up();
  });
  port_.async_wait(asio::posix::stream_descriptor::wait_write,
                   [this, stalled = std::weak_ptr(stalled_)](const std::error_code&) {
                     if (stalled.expired()) return;
                     stall_.cancel();
                     go_on();
                   });
}

void SerialMedium::go_on() {
  stalled_.reset();
  writing_ = false;
  write_on();
}

// The other end holds the line, or there is none. A part of the packet may have left: whoever
// receives it finds the next one by its beginning.
void SerialMedium::give_up() {
  ::tcflush(port_.native_handle(), TCOFLUSH);
  current_.clear();
  ++statistics_.send_drops;
  reports_.send_failed([&] { return message<"serial-timeout">(description_); });
  port_.cancel();  // the wait for room; that for bytes begins again by itself
  go_on();
}

// --- reading ---

void SerialMedium::wait_for_bytes() {
  port_.async_wait(asio::posix::stream_descriptor::wait_read,
                   [this, open = std::weak_ptr(open_)](const std::error_code&) {
                     if (open.expired()) return;
                     for (int i = 0; i < kReadsPerTurn && !open.expired() && read_some(); ++i) {
                     }
                     if (!open.expired()) wait_for_bytes();
                   });
}

bool SerialMedium::read_some() {
  std::array<char, kSerialReadSize> buffer;
  const ssize_t size = ::read(port_.native_handle(), buffer.data(), buffer.size());
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (size <= 0) {
    lost(IoError{size == 0 ? EIO : errno, "read from " + config_.device});
    return false;
  }
  framer_.feed({buffer.data(), static_cast<std::size_t>(size)}, [this](std::string_view packet) {
    ++statistics_.received;
    statistics_.received_bytes += packet.size();
    context_.observer.on_datagram(*this, packet);
  });
  return static_cast<std::size_t>(size) == buffer.size();
}

bool SerialMedium::drain() {
  const std::weak_ptr open(open_);
  for (std::size_t i = 0; i < kDrainBudget / kReadsPerTurn; ++i) {
    if (open.expired() || !read_some()) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<Medium> make_serial_medium(const MediaContext& context, SerialConfig config) {
  return std::make_unique<SerialMedium>(context, std::move(config));
}

}  // namespace hb::io
