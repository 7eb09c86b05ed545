#include "runtime/ping_set.h"

#include <algorithm>
#include <utility>

#include "base/overloaded.h"

namespace hb::runtime {

void PingSet::apply(const std::vector<PingSpec>& wanted) {
  std::erase_if(entries_, [&](const Entry& entry) {
    return std::find(wanted.begin(), wanted.end(), entry.spec) == wanted.end();
  });
  for (const PingSpec& spec : wanted) {
    const auto same = [&](const Entry& entry) { return entry.spec == spec; };
    if (std::none_of(entries_.begin(), entries_.end(), same)) open(spec);
  }
}

void PingSet::open(const PingSpec& spec) {
  const io::MediaContext context{loop_, batch_, *this, &names_};
  Entry entry{spec, std::visit(Overloaded{
                                   [&](const io::PingConfig& ping) -> std::unique_ptr<io::Medium> {
                                     return io::make_ping_medium(context, ping);
                                   },
                                   [&](const io::HbaConfig& hba) -> std::unique_ptr<io::Medium> {
                                     return io::make_hba_medium(context, hba);
                                   },
                               },
                               spec)};
  if (const auto opened = entry.medium->open(); opened) {
    log_.say<"ping-started">(entry.medium->description());
  } else {
    log_.say<"ping-failed">(entry.medium->description(), opened.error().text());
  }
  entries_.push_back(std::move(entry));
}

void PingSet::ask(const NodeName& node, std::string_view packet) {
  for (const Entry& entry : entries_) {
    if (entry.medium->link_name().value() == node.value()) entry.medium->send(packet);
  }
}

void PingSet::drain() {
  for (const Entry& entry : entries_) static_cast<void>(entry.medium->drain());
}

void PingSet::on_datagram(io::Medium& medium, std::string_view packet) {
  listener_(medium, packet);
}

void PingSet::on_report(io::Medium&, const io::Message& report) { log_.write(report); }

}  // namespace hb::runtime
