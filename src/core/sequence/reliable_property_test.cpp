#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "core/sequence/retransmit_schedule.h"
#include "core/sequence/send_history.h"
#include "core/sequence/sequence_tracker.h"

// The reliable messaging against models that are slow and obvious: sets of everything that ever
// came, looked through from the beginning each time.
namespace hb::core {
namespace {

using namespace std::chrono_literals;

// What a tracker must answer, from the set of all numbers that came in this life.
class SlowTracker {
 public:
  Admission admit(std::uint64_t generation, std::uint64_t seq) {
    if (seq == 0) return Admission::kOld;
    if (generation < generation_) return Admission::kStaleGeneration;
    if (generation > generation_) {
      const bool known = generation_ != 0;
      generation_ = generation;
      begin_with(seq);
      return known ? Admission::kNewIncarnation : Admission::kDeliver;
    }
    const std::uint64_t newest = *came_.rbegin();
    if (seq == newest) return Admission::kDuplicate;
    if (seq < newest) {
      if (!missing().contains(seq)) return Admission::kOld;
      came_.insert(seq);
      return Admission::kFilled;
    }
    if (seq - newest - 1 > kLargestGap) {
      begin_with(seq);
      return Admission::kJump;
    }
    came_.insert(seq);
    const std::set<std::uint64_t> all = missing();
    std::size_t surplus = all.size() > kMostMissing ? all.size() - kMostMissing : 0;
    for (auto n = all.begin(); surplus > 0; ++n, --surplus) lost_.insert(*n);
    return seq == newest + 1 ? Admission::kDeliver : Admission::kGap;
  }

  void give_up(std::uint64_t seq) { lost_.insert(seq); }

  std::set<std::uint64_t> missing() const {
    std::set<std::uint64_t> all;
    if (came_.empty()) return all;
    for (std::uint64_t n = *came_.begin(); n < *came_.rbegin(); ++n) {
      if (!came_.contains(n) && !lost_.contains(n)) all.insert(n);
    }
    return all;
  }

  // Whether everything up to here came, or is lost for good.
  bool complete_to(std::uint64_t seq) const {
    return seq <= *came_.rbegin() && (missing().empty() || *missing().begin() > seq);
  }

 private:
  void begin_with(std::uint64_t seq) {
    came_ = {seq};
    lost_.clear();
  }

  std::uint64_t generation_ = 0;
  std::set<std::uint64_t> came_;
  std::set<std::uint64_t> lost_;
};

std::set<std::uint64_t> plain(const std::set<SeqNo>& numbers) {
  std::set<std::uint64_t> all;
  for (const SeqNo n : numbers) all.insert(n.value());
  return all;
}

struct Arrival {
  std::uint64_t generation, seq;
};

// Numbers near the newest one, with now and then a hole, a jump, a repetition or another life.
Arrival any_arrival(Arrival newest) {
  switch (*rc::gen::weightedElement<int>({{12, 0}, {6, 1}, {8, 2}, {1, 3}, {1, 4}, {1, 5}})) {
    case 0:
      return {newest.generation, newest.seq + 1};
    case 1:
      return {newest.generation, newest.seq + *rc::gen::inRange<std::uint64_t>(2, 12)};
    case 2: {
      const std::uint64_t back = *rc::gen::inRange<std::uint64_t>(0, 30);
      return {newest.generation, newest.seq - std::min(newest.seq, back)};
    }
    case 3:  // around the largest gap that is asked for
      return {newest.generation, newest.seq + *rc::gen::inRange<std::uint64_t>(240, 260)};
    case 4:
      return {newest.generation - 1, newest.seq + 1};
    default:
      return {newest.generation + 1, *rc::gen::inRange<std::uint64_t>(1, 5)};
  }
}

RC_GTEST_PROP(ReliableMessaging, ClassifiesAsTheSlowTrackerDoes, ()) {
  const std::uint64_t trigger = *rc::gen::inRange<std::uint64_t>(0, kAckEvery);
  SequenceTracker tracker(trigger);
  SlowTracker slow;
  Arrival newest{*rc::gen::inRange<std::uint64_t>(1, 5), *rc::gen::inRange<std::uint64_t>(1, 400)};
  const int length = *rc::gen::inRange(1, 200);
  for (int i = 0; i < length; ++i) {
    const Arrival arrival = i == 0 ? newest : any_arrival(newest);
    const Admission want = slow.admit(arrival.generation, arrival.seq);
    RC_ASSERT(tracker.admit(Generation(arrival.generation), SeqNo(arrival.seq)) == want);
    RC_ASSERT(plain(tracker.missing()) == slow.missing());

    const std::optional<SeqNo> ack = tracker.take_due_ack();
    RC_ASSERT(!tracker.take_due_ack());
    if (ack) {
      RC_ASSERT(ack->value() % kAckEvery == trigger);
      RC_ASSERT(slow.complete_to(ack->value()));
    }
    const bool in_order = want == Admission::kDeliver && slow.missing().empty();
    if (in_order && arrival.seq % kAckEvery == trigger) RC_ASSERT(ack == SeqNo(arrival.seq));

    if (tracker.newest()) newest = {tracker.generation().value(), tracker.newest()->value()};
    if (!tracker.missing().empty() && *rc::gen::inRange(0, 10) == 0) {
      const SeqNo lost = *tracker.missing().begin();
      RC_ASSERT(tracker.give_up(lost));
      slow.give_up(lost.value());
    }
  }
}

// A sender and a receiver with a network between them that loses, doubles and disorders both what
// is sent and what is asked for. Time goes on by milliseconds.
class Wire {
 public:
  Wire(std::uint64_t seed, double loss, double duplicate, Duration most_delay)
      : random_(seed), loss_(loss), duplicate_(duplicate), most_delay_(most_delay) {}

  void send_next() {
    wire::Packet packet;
    packet.header.seq = history_.next_seq();
    history_.record(packet);
    deliver_to_receiver(history_.highest());
  }

  void run_for(Duration length) {
    for (const Instant end = now_ + length; now_ < end; now_ += 1ms) {
      while (!under_way_.empty() && under_way_.begin()->first <= now_) {
        const Packet packet = under_way_.begin()->second;
        under_way_.erase(under_way_.begin());
        packet.request ? answer(*packet.request) : receive(packet.seq);
      }
      for (const SeqRange& range : schedule_.take_due(now_)) throw_in({SeqNo(), range});
    }
  }

  void heal() { loss_ = 0; }
  const std::map<SeqNo, int>& delivered() const { return delivered_; }
  const SequenceTracker& tracker() const { return tracker_; }

 private:
  struct Packet {
    SeqNo seq;
    std::optional<SeqRange> request;
  };

  void deliver_to_receiver(SeqNo seq) { throw_in({seq, std::nullopt}); }

  void throw_in(const Packet& packet) {
    if (random_.chance(loss_)) return;
    const int copies = random_.chance(duplicate_) ? 2 : 1;
    for (int i = 0; i < copies; ++i)
      under_way_.emplace(now_ + random_.between(0ms, most_delay_), packet);
  }

  void answer(SeqRange wanted) {
    const SendHistory::Answer answer = history_.answer(wanted, now_);
    for (const wire::Packet& packet : answer.again) deliver_to_receiver(*packet.header.seq);
    for (const wire::RetransmitNak& nak : answer.refusals) tracker_.give_up(nak.seq);
  }

  void receive(SeqNo seq) {
    switch (tracker_.admit(Generation(1), seq)) {
      case Admission::kDeliver:
      case Admission::kGap:
      case Admission::kFilled:
      case Admission::kJump:
      case Admission::kNewIncarnation:
        ++delivered_[seq];
        break;
      case Admission::kDuplicate:
      case Admission::kOld:
      case Admission::kStaleGeneration:
        break;
    }
    schedule_.follow(tracker_.missing(), now_, random_);
  }

  Random random_;
  double loss_;
  double duplicate_;
  Duration most_delay_;
  Instant now_{1h};
  SendHistory history_{250ms};
  SequenceTracker tracker_{3};
  RetransmitSchedule schedule_{250ms};
  std::multimap<Instant, Packet> under_way_;
  std::map<SeqNo, int> delivered_;
};

// The first that arrives sets the position; from there on each comes exactly once, as long as the
// sender keeps what is asked for.
RC_GTEST_PROP(ReliableMessaging, DeliversEachPacketExactlyOnce, ()) {
  Wire wire(*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::inRange(0, 70) / 100.0,
            *rc::gen::inRange(0, 50) / 100.0, std::chrono::milliseconds(*rc::gen::inRange(0, 40)));
  const int count = *rc::gen::inRange(1, 300);
  for (int i = 0; i < count; ++i) {
    wire.send_next();
    wire.run_for(10ms);
  }
  wire.heal();
  wire.send_next();  // shows what is missing at the end
  wire.run_for(2s);
  RC_ASSERT(wire.tracker().missing().empty());
  std::uint64_t expected = wire.delivered().begin()->first.value();
  for (const auto& [seq, times] : wire.delivered()) {
    RC_ASSERT(times == 1);
    RC_ASSERT(seq.value() == expected);
    ++expected;
  }
  RC_ASSERT(expected == static_cast<std::uint64_t>(count) + 2);
}

// A schedule asks for each missing number, no sooner than allowed, no later than the longest delay
// after it was found missing or asked for last, and for nothing else.
RC_GTEST_PROP(ReliableMessaging, AsksForExactlyWhatIsMissingInTime, ()) {
  constexpr Duration kLongest = 250ms;
  RetransmitSchedule schedule(kLongest);
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  std::map<SeqNo, Instant> waiting_since;
  Instant now{1h};
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    std::set<SeqNo> missing;
    for (const auto n :
         *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(1, 120)))
      missing.insert(SeqNo(n));
    schedule.follow(missing, now, random);
    std::erase_if(waiting_since, [&](const auto& entry) { return !missing.contains(entry.first); });
    for (const SeqNo seq : missing) waiting_since.try_emplace(seq, now);

    now += std::chrono::milliseconds(*rc::gen::inRange(0, 300));
    std::set<SeqNo> asked;
    for (const SeqRange& range : schedule.take_due(now)) {
      RC_ASSERT(range.last.value() - range.first.value() < kRetransmitBatch);
      for (SeqNo n = range.first; n <= range.last; n = next(n)) RC_ASSERT(asked.insert(n).second);
    }
    for (auto& [seq, since] : waiting_since) {
      if (asked.contains(seq)) {
        RC_ASSERT(now - since >= 50ms);
        since = now;
      } else {
        RC_ASSERT(now - since < kLongest);
      }
    }
    for (const SeqNo seq : asked) RC_ASSERT(missing.contains(seq));
    RC_ASSERT(schedule.next().has_value() == !missing.empty());
    if (!missing.empty()) RC_ASSERT(*schedule.next() > now && *schedule.next() <= now + kLongest);
  }
}

}  // namespace
}  // namespace hb::core
