#include "core/sequence/ack_window.h"

#include <algorithm>

namespace hb::core {

void AckWindow::peer_alive(const NodeName& peer, SeqNo highest_sent) {
  living_.insert_or_assign(peer, Entry{.counts_from = highest_sent, .acknowledged = SeqNo(0)});
}

bool AckWindow::acknowledged(const NodeName& peer, SeqNo seq, SeqNo highest_sent) {
  const auto found = living_.find(peer);
  if (found == living_.end() || seq > highest_sent || seq <= found->second.acknowledged)
    return false;
  found->second.acknowledged = seq;
  return true;
}

bool AckWindow::full(SeqNo highest_sent) const {
  return std::any_of(living_.begin(), living_.end(), [&](const auto& entry) {
    const SeqNo reached = std::max(entry.second.counts_from, entry.second.acknowledged);
    return highest_sent.value() - reached.value() > kFlowControlLimit;
  });
}

}  // namespace hb::core
