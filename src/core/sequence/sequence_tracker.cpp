#include "core/sequence/sequence_tracker.h"

namespace hb::core {

Admission SequenceTracker::admit(Generation generation, SeqNo seq) {
  due_ack_.reset();
  pushed_out_ = 0;
  if (seq.value() == 0) return Admission::kOld;
  if (generation < generation_) return Admission::kStaleGeneration;
  if (generation > generation_) {
    const bool known_before = generation_.value() != 0;
    generation_ = generation;
    missing_.clear();
    newest_.reset();
    floor_ = SeqNo(0);
    admit_first(seq);
    return known_before ? Admission::kNewIncarnation : Admission::kDeliver;
  }
  if (!newest_) return seq <= floor_ ? Admission::kOld : admit_first(seq);
  if (seq == *newest_) return Admission::kDuplicate;
  return seq > *newest_ ? admit_ahead(seq) : admit_missing(seq);
}

Admission SequenceTracker::admit_first(SeqNo seq) {
  newest_ = seq;
  if (seq.value() % kAckEvery == ack_trigger_) due_ack_ = seq;
  return Admission::kDeliver;
}

Admission SequenceTracker::admit_ahead(SeqNo seq) {
  const SeqNo before = *newest_;
  newest_ = seq;
  const std::uint64_t skipped = seq.value() - before.value() - 1;
  if (skipped > kLargestGap) {
    lost_ += skipped + missing_.size();
    missing_.clear();
    return Admission::kJump;
  }
  for (SeqNo n = next(before); n < seq; n = next(n)) missing_.insert(n);
  for (; missing_.size() > kMostMissing; ++pushed_out_) missing_.erase(missing_.begin());
  lost_ += pushed_out_;
  if (skipped > 0) return Admission::kGap;
  if (missing_.empty() && seq.value() % kAckEvery == ack_trigger_) due_ack_ = seq;
  return Admission::kDeliver;
}

Admission SequenceTracker::admit_missing(SeqNo seq) {
  const auto found = missing_.find(seq);
  if (found == missing_.end()) return Admission::kOld;
  const bool was_smallest = found == missing_.begin();
  missing_.erase(found);
  // All below the next hole has now arrived: acknowledge the last trigger number in there. When the
  // last hole closes, 3.0.6 leaves it to the next trigger number; acknowledging at once is as valid
  // and unblocks the peer's clients sooner.
  if (was_smallest) {
    const std::uint64_t complete =
        missing_.empty() ? newest_->value() : missing_.begin()->value() - 1;
    const std::uint64_t behind = (complete + kAckEvery - ack_trigger_) % kAckEvery;
    if (complete >= behind && complete - behind >= seq.value()) due_ack_ = SeqNo(complete - behind);
  }
  return Admission::kFilled;
}

bool SequenceTracker::give_up(SeqNo seq) {
  if (missing_.erase(seq) == 0) return false;
  ++lost_;
  return true;
}

void SequenceTracker::peer_died() {
  if (newest_) floor_ = *newest_;
  newest_.reset();
  missing_.clear();
  due_ack_.reset();
}

}  // namespace hb::core
