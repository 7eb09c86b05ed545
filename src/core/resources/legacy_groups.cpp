#include <algorithm>

#include "core/resources/resource_machine.h"

// `auto_failback legacy`: the protocol from before 1.0, which moves single groups instead of sides
// (spec: resources 5).
namespace hb::core {

void ResourceMachine::ask_for_own_groups(Instant now, Outbox& out) {
  for (const ResourceGroup& group : groups_) {
    if (group.preferred != self_ || holdings_.held(group.key)) continue;
    // A partner that is no full member yet holds nothing and answers nothing.
    if (partner_.facts.active) {
      out.send(wire::GroupRequest{group.key});
    } else {
      holdings_.want_group(group.key, true, now, out);
    }
  }
}

void ResourceMachine::on(const NodeName& from, SeqNo seq, const wire::GroupRequest& m, Instant now,
                         Outbox& out) {
  if (!hear(from, seq) || !legacy() || phase_ != Phase::kMember) return;
  want_ = wire::kHoldNone;                       // from now on by group, not by side
  holdings_.want_group(m.key, false, now, out);  // also what waits for its turn to be taken
  if (holdings_.held(m.key)) {
    const bool asked = std::find(legacy_requests_.begin(), legacy_requests_.end(), m.key) !=
                       legacy_requests_.end();
    if (!asked) legacy_requests_.push_back(m.key);
  } else {
    out.send(wire::GroupReply{.key = m.key, .owned = false, .ok = true}, from);
  }
  proceed(now, out);
}

// A full member has its groups or is about to ask for them; one that believed itself alone, as
// after a cut or when it started before it heard us, does not ask.
void ResourceMachine::yield_legacy_groups(Instant now, Outbox& out) {
  want_ = wire::kHoldNone;  // from now on by group, not by side
  for (const ResourceGroup& group : groups_) {
    if (group.preferred != partner_.name) continue;
    if (holdings_.held(group.key))
      out.note(NoteId::kYield, group.key.value(), partner_.name.value());
    holdings_.want_group(group.key, false, now, out);
  }
}

// A partner that declared us dead took our groups. In the legacy protocol this is the only word of
// it that is ever said.
void ResourceMachine::on(const NodeName& from, SeqNo seq, const wire::FenceResult& m, Instant now,
                         Outbox&) {
  if (!hear(from, seq) || !legacy() || m.node != self_ || phase_ != Phase::kMember) return;
  if (!heal_deadline_) heal_deadline_ = now + kOldPartnerRestarts;
}

// A 3.0.6 that was held up, or that heard us late, takes our groups, keeps its own and does not
// restart. It has told nothing of that, so we ask it for ours until it answers, and leave it its
// own.
void ResourceMachine::each_its_own(Instant now, Outbox& out) {
  if (phase_ != Phase::kMember || partner_.facts.extended) return;
  yield_legacy_groups(now, out);
  for (const ResourceGroup& group : groups_) {
    if (group.preferred != self_) continue;
    out.send(wire::GroupRequest{group.key});
    heal_deadline_ = now + kOldPartnerRestarts;
  }
}

void ResourceMachine::proceed_legacy_requests(Outbox& out) {
  std::erase_if(legacy_requests_, [&](const GroupKey& key) {
    if (holdings_.held(key)) return false;
    out.send(wire::GroupReply{.key = key, .owned = true, .ok = true}, partner_.name);
    return true;
  });
}

void ResourceMachine::on(const NodeName& from, SeqNo seq, const wire::GroupReply& m, Instant now,
                         Outbox& out) {
  if (!hear(from, seq) || !legacy() || !m.ok || phase_ != Phase::kMember) return;
  heal_deadline_.reset();
  holdings_.want_group(m.key, true, now, out);
  proceed(now, out);
}

}  // namespace hb::core
