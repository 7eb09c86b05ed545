"""The planted bugs: each is one wrong line of the core that some cluster daemon has really had."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """Replaces `right`, which stands exactly once in `file` (below src/core), by `wrong`."""

    name: str
    file: str
    right: str
    wrong: str
    story: str  # what an operator would have suffered
    old: bool = False  # only a 3.0.6 as partner suffers from it


MUTANTS = [
    # --- life and death ---
    Mutant(
        "late-deadline", "liveness/peer_liveness.h",
        "return last_heard_ + deadtime_; }",
        "return last_heard_ + deadtime_ + std::chrono::milliseconds(7); }",
        "a death is noticed some milliseconds later than promised"),
    Mutant(
        "short-deadtime", "liveness/peer_liveness.h",
        "void set_deadtime(Duration deadtime) { deadtime_ = deadtime; }",
        "void set_deadtime(Duration deadtime) { deadtime_ = deadtime - deadtime / 8; }",
        "a node is declared dead before its deadtime is over"),
    Mutant(
        "judge-before-reading", "node.cpp",
        "    watch_.judge(now, out_);",
        """    for (auto& [name, peer] : peers_) {
      if (watch_.declare_dead_if_silent(peer, now, out_)) peer_died(peer, now);
    }
    watch_.judge(now, out_);""",
        "a node that was held up declares others dead whose packets wait in its sockets"),
    Mutant(
        "no-excuse", "liveness/peer_watch.cpp",
        "peer.liveness.excuse(*lapse, now);",
        "peer.liveness.excuse(Duration(0), now);",
        "a node that was held up takes its own silence for that of the others"),
    Mutant(
        "heard-when-read", "node.cpp",
        "const Instant heard_at = now - received.waited;",
        "const Instant heard_at = now;",
        "a heartbeat that waited in its socket counts from when it was read: deaths are noticed late"),
    Mutant(
        "duplicates-are-life", "node.cpp",
        """case Admission::kDuplicate:
        watch_.link_heard(peer, link, *header.seq, heard_at, out_);
        return false;""",
        """case Admission::kDuplicate:
        watch_.link_heard(peer, link, *header.seq, heard_at, out_);
        heard(peer, heard_at, now);
        return false;""",
        "the last packet of a dead node, replayed, keeps it alive"),
    Mutant(
        "the-dead-rise", "sequence/sequence_tracker.cpp",
        "if (newest_) floor_ = *newest_;",
        "floor_ = SeqNo(0);",
        "a packet held back on a slow path brings a dead node back"),
    Mutant(
        "stale-generation", "sequence/sequence_tracker.cpp",
        "if (generation < generation_) return Admission::kStaleGeneration;",
        "",
        "packets of an earlier life of a node are taken for its present one"),

    Mutant(
        "ping-judged-before-reading", "node.cpp",
        "if (pings_.overdue(now)) watch_.drain(out_);",
        "if (pings_.overdue(now)) pings_.judge(now, out_);",
        "a node that was held up declares a router dead whose answers wait in its sockets"),
    Mutant(
        "ping-nodes-by-initdead", "node.cpp",
        "pings_.communication_up();",
        "",
        "the death of a router is noticed much later than deadping says"),
    Mutant(
        "ping-nodes-stay-dead", "liveness/ping_nodes.cpp",
        "  if (watched.state == NodeState::kPing) return;\n",
        "  if (watched.state != NodeState::kInit) return;\n",
        "a router that was away once counts as dead for ever"),

    # --- reliable messages ---
    Mutant(
        "forgotten-ack", "node.cpp",
        "out_.send(wire::Ack{*due}, peer.name);",
        "static_cast<void>(due);",
        "clients of the other node stand still after a while"),
    Mutant(
        "gap-not-noticed", "sequence/sequence_tracker.cpp",
        "for (SeqNo n = next(before); n < seq; n = next(n)) missing_.insert(n);",
        "for (SeqNo n = next(next(before)); n < seq; n = next(n)) missing_.insert(n);",
        "a lost message is never asked for"),
    Mutant(
        "refusal-ignored", "sequence/sequence_tracker.cpp",
        "if (missing_.erase(seq) == 0) return false;",
        "if (!missing_.contains(seq)) return false;",
        "a number that nobody has any more is asked for until the end of days"),
    Mutant(
        "wrong-packet-again", "sequence/send_history.cpp",
        "Sent& again = sent(n);",
        "Sent& again = sent(n.value() > lowest_kept ? SeqNo(n.value() - 1) : n);",
        "who asks for a packet gets its neighbour"),
    Mutant(
        "endless-history", "sequence/send_history.cpp",
        "if (sent_.size() < kHistoryLength) sent_.emplace_back();",
        "sent_.emplace_back();",
        "memory grows with every heartbeat"),
    Mutant(
        "delivered-twice", "sequence/sequence_tracker.cpp",
        """  const bool was_smallest = found == missing_.begin();
  missing_.erase(found);""",
        """  const bool was_smallest = found == missing_.begin();
  if (!was_smallest) missing_.erase(found);""",
        "a message that was sent again is delivered twice"),
    Mutant(
        "no-order", "../client/ordering.cpp",
        "while (!queue.waiting.empty() && queue.waiting.begin()->first == queue.expected) {",
        "while (!queue.waiting.empty()) {",
        "a client gets messages in the order in which the network brought them"),
    Mutant(
        "order-forgets", "../client/ordering.cpp",
        "if (key.order - queue.expected >= kOrderWindow) begin(queue, key);",
        "if (key.order - queue.expected >= 2) begin(queue, key);",
        "a client loses what was sent again when two messages in a row were lost"),

    # --- who serves ---
    Mutant(
        "takes-without-asking", "resources/resource_machine.cpp",
        "  if (!partner_.alive) {\n    start_alone(others, now, out);",
        "  if (!partner_.stable) {\n    start_alone(others, now, out);",
        "a node that joins takes what the other one serves"),
    Mutant(
        "done-before-stopped", "resources/handing_over.cpp",
        """void ResourceMachine::proceed_standby(Instant now, Outbox& out) {
  if (!holdings_.settled()) return;""",
        """void ResourceMachine::proceed_standby(Instant now, Outbox& out) {""",
        "a standby hands over while the resources still run"),
    Mutant(
        "leaves-before-stopped", "resources/resource_machine.cpp",
        "if (phase_ == Phase::kLeaving && holdings_.settled()) {",
        "if (phase_ == Phase::kLeaving) {",
        "a graceful stop announces its end while the resources still run"),
    Mutant(
        "stop-failure-ignored", "resources/holdings.cpp",
        'out.add(Reboot{"resource " + resource + " cannot be stopped"});',
        "",
        "a resource that cannot be stopped is neither reset nor served by anybody else"),
    Mutant(
        "stuck-is-released", "resources/group_runner.cpp",
        "if (runs_on && job_ != Job::kClear) stuck_ = true;",
        "",
        "a resource that cannot be stopped is called released, and runs on two nodes"),
    Mutant(
        "both-keep", "resources/resource_machine.cpp",
        "const wire::Hold twice = hold() & partner_.claimed();",
        "const wire::Hold twice = wire::kHoldNone;",
        "after a healed partition both go on serving"),
    Mutant(
        "amnesia", "resources/holdings.cpp",
        """  group.state = job.kind == GroupRunner::Job::kTake ? State::kTaking : State::kReleasing;
  record_held(out);""",
        """  group.state = job.kind == GroupRunner::Job::kTake ? State::kTaking : State::kReleasing;""",
        "after a crash of the daemon a start does not know what the last life was about to start"),
    Mutant(
        "unanswered-start", "resources/resource_machine.cpp",
        """  report(out);
  // It may have come up only now""",
        """  // It may have come up only now""",
        "a node that joins waits for ever for what the other one holds"),
    Mutant(
        "no-reminder", "resources/resource_machine.cpp",
        """  report(out);
  spoke_ = false;""",
        """  static_cast<void>(out);
  spoke_ = false;""",
        'a 3.0.6 that heard our "starting" late is in transition for ever', old=True),
    Mutant(
        "no-relearning", "node.cpp",
        "if (beyond) resources_.lapsed(now, out_);",
        "",
        "a node that was held up beyond its deadtime serves on as if nobody had taken over"),

    # --- fencing ---
    Mutant(
        "takes-unconfirmed", "resources/resource_machine.cpp",
        """    failback_owed_ = true;
    if (awaited_.empty()) {""",
        """    failback_owed_ = true;
    if (true) {""",
        "what a dead node held is taken before its reset is confirmed"),
    Mutant(
        "starts-unconfirmed", "resources/resource_machine.cpp",
        """  failback_owed_ = !absent.empty();
  if (awaited_.empty()) {""",
        """  failback_owed_ = !absent.empty();
  if (true) {""",
        "a node that starts alone serves at once, whoever else may"),
    Mutant(
        "shoots-once", "fencing/fencing.cpp",
        "victim.due = now + retry_interval_;",
        "victim.due = Instant::max();",
        "a reset that fails once is never tried again, and nobody serves"),
    Mutant(
        "any-confirmation-will-do", "fencing/fencing.cpp",
        "const auto found = victims_.find(peer);",
        "const auto found = victims_.begin();",
        "an operator confirms one node, and another one's resources are taken"),
    Mutant(
        "shoots-who-is-back", "fencing/fencing.cpp",
        "if (!victim.heard && !victim.running && now >= victim.due)",
        "if (!victim.running && now >= victim.due)",
        "a node that has come back is reset while it joins"),
    Mutant(
        "ring-forgets-what-was-asked-for", "ring/ring_relay.cpp",
        "if (!is_new(admission) && !was_awaited) return std::nullopt;",
        "if (!is_new(admission)) return std::nullopt;",
        "on serial lines a lost message reaches the neighbour that asked for it and nobody behind it"),
    Mutant(
        "endless-ring", "ring/ring_relay.cpp",
        "if (!is_new(admission) && !was_awaited) return std::nullopt;",
        "",
        "on serial lines in a ring every packet goes round until its ttl ends"),
    Mutant(
        "alone-counts-as-both", "resources/holdings.cpp",
        "      group.failures = group.failed && group.wanted ? 1 : 0;\n",
        "",
        "what failed more than once while a node was alone is never tried by the one that comes back"),
    Mutant(
        "asked-once", "resources/resource_machine.cpp",
        "if (move_again_ && now >= *move_again_) move_again_.reset();",
        "",
        "a partner that did not answer is not asked again to take what fails"),
    Mutant(
        "empty-side-of-unknown-files", "resources/resource_machine.cpp",
        "return partner.facts.same_groups ? sides & sides_with_groups() : sides;",
        "return sides & sides_with_groups();",
        "a node whose file may have other groups is not reset, as if it held none"),
]
