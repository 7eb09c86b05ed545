#include "io/media/ping/hba_medium.h"

#include <cerrno>
#include <optional>
#include <utility>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/host/log/messages.h"
#include "io/process/spawn.h"

namespace hb::io {
namespace {

using asio::posix::stream_descriptor;

constexpr std::chrono::seconds kRestartAfter{5};
// A call into the library that has not come back by then is given up, with the program.
constexpr std::chrono::seconds kPatience{60};
constexpr std::size_t kLongestLine = 1024;  // bytes; what has no end by then is dropped

// A child that was killed, until it is gone and can be reaped; nobody waits for it.
void reap_later(asio::io_context& loop, UniqueFd pidfd) {
  auto ended = std::make_shared<stream_descriptor>(loop, pidfd.release());
  ended->async_wait(stream_descriptor::wait_read, [ended](const std::error_code&) {
    siginfo_t info{};
    ::waitid(P_PIDFD, static_cast<id_t>(ended->native_handle()), &info, WEXITED | WNOHANG);
  });
}

class HbaMedium final : public Medium {
 public:
  HbaMedium(const MediaContext& context, HbaConfig config)
      : context_(context),
        config_(std::move(config)),
        link_name_(config_.card),
        description_("hbaping " + config_.card),
        output_(context.loop),
        timer_(context.loop) {}
  ~HbaMedium() override { end_program(); }

  Expected<void, IoError> open() override {
    auto started = start_program();
    if (!started) restart_later();
    return started;
  }

  void send(std::string_view packet) override { packet_ = packet; }
  bool drain() override {
    read_lines();
    return true;
  }
  void interface_changed() override {}

  [[nodiscard]] MediumState state() const override {
    return output_.is_open() ? MediumState::kOpen : MediumState::kWaiting;
  }
  [[nodiscard]] const MediumStatistics& statistics() const override { return statistics_; }
  [[nodiscard]] const LinkName& link_name() const override { return link_name_; }
  [[nodiscard]] const std::string& interface() const override { return no_interface_; }
  [[nodiscard]] const std::string& description() const override { return description_; }

 private:
  Expected<void, IoError> start_program();
  void end_program();
  void restart_later();
  void be_patient();

  void wait_for_lines();
  void read_lines();
  void take_line(std::string_view line);
  void tell(std::string reason);

  MediaContext context_;
  HbaConfig config_;
  LinkName link_name_;
  std::string description_;
  std::string no_interface_;

  pid_t pid_ = -1;
  UniqueFd pidfd_;
  stream_descriptor output_;
  asio::steady_timer timer_;  // patience while the program runs, else its restart
  std::string line_;          // its begin, as far as it was read
  std::string packet_;        // what the ping node says when it answers
  std::string told_;          // why it does not answer, as it was told last
  MediumStatistics statistics_;

  // Handlers that are already on their way when the program or the medium goes look at these first.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::shared_ptr<const bool> running_;
};

Expected<void, IoError> HbaMedium::start_program() {
  auto spawned = spawn({config_.program, config_.card, std::to_string(config_.interval.count())},
                       {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}, "/");
  if (!spawned) return unexpected(std::move(spawned.error()));
  pid_ = spawned->pid;
  pidfd_ = std::move(spawned->pidfd);
  output_.assign(spawned->standard_output.release());
  line_.clear();
  running_ = std::make_shared<const bool>(true);
  wait_for_lines();
  be_patient();
  return {};
}

// What libraries of vendors say on standard error goes nowhere: the end that we held is closed.
void HbaMedium::end_program() {
  running_.reset();
  timer_.cancel();
  if (!output_.is_open()) return;
  std::error_code ignored;
  output_.close(ignored);
  ::kill(-pid_, SIGKILL);
  reap_later(context_.loop, std::move(pidfd_));
}

void HbaMedium::restart_later() {
  timer_.expires_after(kRestartAfter);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
    if (error || alive.expired()) return;
    if (const auto started = start_program(); !started) {
      tell(started.error().text());
      restart_later();
      return;
    }
    ++statistics_.reopened;
  });
}

void HbaMedium::be_patient() {
  timer_.expires_after(kPatience);
  timer_.async_wait([this, running = std::weak_ptr(running_)](const std::error_code& error) {
    if (error || running.expired()) return;
    tell(fmt::format("an inquiry takes longer than {} s", kPatience.count()));
    end_program();
    restart_later();
  });
}

// --- what the program says ---

void HbaMedium::wait_for_lines() {
  output_.async_wait(stream_descriptor::wait_read,
                     [this, running = std::weak_ptr(running_)](const std::error_code& error) {
                       if (error || running.expired()) return;
                       read_lines();
                       if (!running.expired()) wait_for_lines();
                     });
}

void HbaMedium::read_lines() {
  while (output_.is_open()) {
    char bytes[kLongestLine];
    const ssize_t size = ::read(output_.native_handle(), bytes, sizeof bytes);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) {
      tell("the program that asks the library has ended");
      end_program();
      restart_later();
      return;
    }
    line_.append(bytes, static_cast<std::size_t>(size));
    for (std::size_t end = line_.find('\n'); end != std::string::npos; end = line_.find('\n')) {
      const std::string line = line_.substr(0, end);
      line_.erase(0, end + 1);
      take_line(line);
    }
    if (line_.size() > kLongestLine) line_.clear();
  }
}

void HbaMedium::take_line(std::string_view line) {
  be_patient();
  if (line.starts_with("no ")) return tell(std::string(line.substr(3)));
  if (line != "ok") return;
  told_.clear();
  ++statistics_.received;
  if (!packet_.empty()) context_.observer.on_datagram(*this, packet_);
}

void HbaMedium::tell(std::string reason) {
  if (reason == told_) return;
  told_ = std::move(reason);
  context_.observer.on_report(*this, message<"hbaping-no-answer">(description_, told_));
}

}  // namespace

std::unique_ptr<Medium> make_hba_medium(const MediaContext& context, HbaConfig config) {
  return std::make_unique<HbaMedium>(context, std::move(config));
}

}  // namespace hb::io
