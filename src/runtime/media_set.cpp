#include "runtime/media_set.h"

#include <algorithm>
#include <utility>

namespace hb::runtime {
namespace {

// Each reads up to Medium::kDrainBudget datagrams: all that a socket's buffer can hold, and an end
// even while a flood goes on.
constexpr int kDrainRounds = 8;

}  // namespace

void MediaSet::apply(const std::vector<MediumSpec>& wanted) {
  std::erase_if(entries_, [&](const Entry& entry) {
    if (std::find(wanted.begin(), wanted.end(), entry.spec) != wanted.end()) return false;
    entry.medium->drain();  // a change of ucast lines makes the medium anew: lose nothing by it
    log_.info("{}: closed", entry.medium->description());
    return true;
  });
  for (const MediumSpec& spec : wanted) {
    const auto same = [&](const Entry& entry) { return entry.spec == spec; };
    if (std::none_of(entries_.begin(), entries_.end(), same)) open(spec);
  }
}

void MediaSet::open(const MediumSpec& spec) {
  Entry entry{spec, io::make_udp_medium({loop_, batch_, *this}, spec)};
  if (auto opened = entry.medium->open(); opened) {
    log_.info("{}: heartbeat started on {}", entry.medium->description(),
              entry.medium->interface());
  } else {
    log_.error("{}: {}", entry.medium->description(), opened.error().text());
    entry.open_error = std::move(opened.error());
  }
  entries_.push_back(std::move(entry));
}

std::optional<io::IoError> MediaSet::all_failed() const {
  const bool any_open = std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
    return entry.medium->state() == io::MediumState::kOpen;
  });
  if (any_open || entries_.empty()) return std::nullopt;
  return entries_.front().open_error;
}

void MediaSet::send(std::string_view datagram) {
  for (const Entry& entry : entries_) entry.medium->send(datagram);
}

void MediaSet::drain() {
  for (const Entry& entry : entries_) {
    for (int round = 0; round < kDrainRounds && !entry.medium->drain(); ++round) {
    }
  }
}

void MediaSet::interface_changed(const io::LinkEvent& event) {
  for (const Entry& entry : entries_) {
    const std::string& interface = entry.medium->interface();
    if (interface == event.link.name || interface == event.old_name)
      entry.medium->interface_changed();
  }
}

void MediaSet::on_datagram(io::Medium& medium, std::string_view datagram) {
  listener_(medium, datagram);
}

void MediaSet::on_report(io::Medium& medium, const io::MediumReport& report) {
  log_report(log_, medium, report);
}

void log_report(io::Log& log, const io::Medium& medium, const io::MediumReport& report) {
  switch (report.level) {
    case io::MediumReport::Level::kInfo:
      return log.info("{}: {}", medium.description(), report.text);
    case io::MediumReport::Level::kWarning:
      return log.warning("{}: {}", medium.description(), report.text);
    case io::MediumReport::Level::kError:
      return log.error("{}: {}", medium.description(), report.text);
  }
}

}  // namespace hb::runtime
