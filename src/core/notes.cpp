#include "core/notes.h"

#include <array>

#include "base/assert.h"
#include "base/message_text.h"

namespace hb::core {
namespace {

using enum Severity;

// The words before the colon and around the names are those of 3.0.6 wherever log filters know them
// (spec: ha-cf 12.3).
constexpr std::array kKinds = std::to_array<NoteKind>({
    {NoteId::kStatusUpdate, kInfo, "status-update",
     "Status update for node {peer}: status {status}",
     "The node announced another state: init and up while it starts, active as a full member."},
    {NoteId::kLinkUp, kInfo, "link-up", "Link {peer}:{link} up.",
     "A packet of the node came by this link for the first time, or again after silence."},
    {NoteId::kLinkDead, kWarning, "link-dead", "Link {peer}:{link} dead.",
     "The node is not heard by this link any more. Check cable, switch and interface; while "
     "another link is up the node counts as alive."},
    {NoteId::kNodeDead, kWarning, "node-dead",
     "node {peer}: is dead (silent {silent} ms, deadtime {deadtime} ms, {evidence})",
     "No packet of the node came by any link for its deadtime. Its resources are taken over."},
    {NoteId::kPingNodeDead, kWarning, "ping-node-dead",
     "node {peer}: is dead (ping node, silent {silent} ms, deadping {deadping} ms)",
     "The host did not answer any ping for deadping: it is down, or the way to it is cut. Nothing "
     "moves by itself; clients such as ipfail may act on it."},
    {NoteId::kLateHeartbeat, kWarning, "late-heartbeat",
     "Late heartbeat: Node {peer}: interval {interval} ms",
     "Longer than warntime between two heartbeats: the node or the network is overloaded. Raise "
     "deadtime if that is normal here."},
    {NoteId::kLateBeyondDeadtime, kCritical, "late-beyond-deadtime",
     "Late heartbeat: Node {peer}: interval {interval} ms (> deadtime)",
     "Longer than our deadtime between two heartbeats, though not longer than what the node had "
     "announced, or our host did not run meanwhile. Nothing is taken over."},
    {NoteId::kLapse, kWarning, "lapse",
     "This host was held up for {lapse} ms; nobody is judged before what waits has been read",
     "The daemon did not run for that long: starved processor, suspended process or paused "
     "machine. The time is not counted as silence of others."},
    {NoteId::kLapseBeyondDeadtime, kCritical, "lapse-beyond-deadtime",
     "This host was held up for {lapse} ms, longer than its own deadtime: others may have taken "
     "over; asking them before serving on",
     "The others had reason to declare this node dead. What they have taken over is released "
     "here."},
    {NoteId::kNodeRestarted, kWarning, "node-restarted", "Heartbeat restart on node {peer}",
     "The node is heard with a later generation: its daemon has been started anew."},
    {NoteId::kNodeReturned, kCritical, "node-returned",
     "Cluster node {peer} returning after partition.",
     "A node that counted as dead is heard again in the same life, so it lived all the time: the "
     "network was cut, or one side did not run. Deadtime may be too small, links too few."},
    {NoteId::kReplay, kWarning, "replay",
     "Packet of node {peer} with old generation {old_generation} (now {generation}) dropped: "
     "replay, or held back on the way",
     "An authentic packet of an earlier life of the node. If that goes on, somebody replays "
     "traffic, or the node has lost its hb_generation file."},
    {NoteId::kStrangerIgnored, kWarning, "stranger",
     "Packet of unknown node {peer} on link {link} ignored: no node line in ha.cf names it",
     "It carries our key but is not in our configuration. Another cluster on the same port and "
     "key?"},
    {NoteId::kPingFromNode, kWarning, "ping-from-node",
     "Ping status in the name of node {peer} on link {link} ignored",
     "This kind of packet can be replayed, so it proves nothing: a ping node is there when it "
     "answers a ping of ours, and a node when it speaks for itself."},
    {NoteId::kPacketLost, kError, "packet-lost", "Packet {packet} of node {peer} is lost for good",
     "The node does not keep that packet any more, or is a 3.0.6 and does not send it again. "
     "Clients may have missed a message."},
    {NoteId::kGapTooLarge, kWarning, "gap-too-large",
     "More than 250 packets of node {peer} missing: none of them is asked for",
     "The link was down for long, or the node sends faster than the network carries."},
    {NoteId::kTooManyMissing, kWarning, "too-many-missing",
     "More than 500 packets of node {peer} missing: the {count} oldest of them are given up",
     "The network loses more than can be sent again. Clients may have missed messages."},
    {NoteId::kBadRetransmitRequest, kWarning, "bad-retransmit-request",
     "Node {peer} asks for packets {first} to {last}, which were never sent",
     "The request is ignored. After a restart of this node that can happen once."},
    {NoteId::kFlowControlOff, kWarning, "flow-control-off",
     "Node {peer} does not speak protocol 1: flow control is off until the next start",
     "A very old release in the cluster. Messages of clients are not slowed down any more."},
    {NoteId::kLocalStatus, kInfo, "local-status", "Local status now set to: '{status}'",
     "Our own state."},
    {NoteId::kCommunicationUp, kInfo, "communication-up",
     "Comm_now_up(): updating status to active",
     "All nodes are heard or dead; resources are managed from now on."},
    {NoteId::kNodeListDiffers, kWarning, "node-list-differs",
     "Node {peer} has other nodes in its ha.cf than this node",
     "Make the node lines of all nodes equal."},
    {NoteId::kNodeJoined, kInfo, "node-joined",
     "Node {peer} joins the cluster, heard on link {link}",
     "autojoin lets nodes in that no file names. The node is remembered in hostcache."},
    {NoteId::kNodeAdded, kInfo, "node-added", "Node {peer} added to the cluster",
     "By hb_addnode, here or on another node. It takes nothing and nothing of it is taken before "
     "it is heard. Add it to the node lines of ha.cf where autojoin is none."},
    {NoteId::kNodeDeleted, kInfo, "node-deleted", "Node {peer} deleted from the cluster",
     "By hb_delnode, here or on another node. Take it out of the node lines of ha.cf as well."},
    {NoteId::kNodeNotAdded, kError, "node-not-added",
     "Node {peer} cannot be added: not a name of 1 to 63 plain characters, or 100 nodes are there",
     "hb_addnode had no effect for this name."},
    {NoteId::kDeleteRefused, kError, "delete-refused",
     "hb_delnode refused because of node {peer}: {reason}",
     "A node can be deleted when it is dead and all others are up, so that all of them forget it. "
     "Stop the node that is to go and wait for its deadtime; start the others."},
    {NoteId::kDeletedHere, kError, "deleted-here",
     "This node has been deleted from the cluster and shuts down",
     "hb_delnode named this node, on another node that did not hear it. To take part again, add it "
     "with hb_addnode there and start it."},
    {NoteId::kWeightSet, kInfo, "weight-set", "Node {peer} has weight {weight} now",
     "By hb_setweight, here or on another node: its votes for the quorum."},
    {NoteId::kSiteSet, kInfo, "site-set", "Node {peer} is at site {site} now",
     "By hb_setsite, here or on another node."},
    {NoteId::kUuidChanged, kInfo, "uuid-changed",
     "Node {peer} has another uuid: was {old_uuid}, is {uuid}",
     "Its hb_uuid file was made anew, as after a new installation."},
    {NoteId::kOurNameTaken, kCritical, "our-name-taken",
     "Another machine calls itself {node}, as this one does (uuid {uuid}): its packets are ignored",
     "Two machines have one node name: a copied disk, or a wrong host name or nodeinfo. Stop "
     "heartbeat on the wrong one, give it a name of its own and remove its "
     "/var/lib/heartbeat/hb_uuid."},
    {NoteId::kSameName, kCritical, "same-name",
     "Two machines call themselves {peer} (one has uuid {uuid}): the one with the lower generation "
     "is ignored",
     "A copied disk, or a wrong host name or nodeinfo. Stop heartbeat on the wrong one, give it a "
     "name of its own and remove its /var/lib/heartbeat/hb_uuid."},
    {NoteId::kSameUuid, kCritical, "same-uuid",
     "Nodes {peer} and {other} have the same uuid {uuid}",
     "One disk is a copy of the other. Stop heartbeat on the copy, remove its "
     "/var/lib/heartbeat/hb_uuid and start it again; 3.0.6 would take the two for one node."},
    {NoteId::kConfigDiffers, kWarning, "config-differs",
     "Nodes {peer} and {other} have different {files}: make them equal",
     "haresources must be the same on all nodes, and so must the nodes, the times, auto_failback, "
     "autojoin and crm in ha.cf: else the nodes do not agree on who serves what and when. Compare "
     "the files, correct them, reload."},
    {NoteId::kPeerWithoutTcp, kWarning, "peer-without-tcp",
     "Node {peer} does not know the medium tcp: it is reached by the other media alone",
     "It runs 3.0.6, which has no tcp. Give it a bcast, mcast, ucast or serial line too, or "
     "upgrade it."},
    {NoteId::kInitialAcquisition, kInfo, "initial-acquisition",
     "Initial resource acquisition complete ({reason})",
     "What should run here after the start does."},
    {NoteId::kRemoteStable, kInfo, "remote-stable", "remote resource transition completed.",
     "The other node has finished its resource work."},
    {NoteId::kLocalStable, kInfo, "local-stable", "local resource transition completed.",
     "This node has finished its resource work."},
    {NoteId::kResourceStatus, kInfo, "resource-status", "Resource status: {holding}",
     "What this node holds: none, local (its own groups), foreign (the other's), all; transition "
     "while something moves or the other node is not settled."},
    {NoteId::kTakeover, kInfo, "takeover", "Resources being acquired from {peer}.",
     "What the other node held is started here."},
    {NoteId::kOwnAcquired, kInfo, "own-acquired", "Local Resource acquisition completed.",
     "What prefers this node runs here, or could not be started: the lines above tell."},
    {NoteId::kTakeoverComplete, kInfo, "takeover-complete",
     "mach_down takeover complete for node {peer}.",
     "What prefers the node that is gone runs here, or could not be started: the lines above tell. "
     "The daemon takes it by itself; the words are those of the script mach_down of 3.0.6."},
    {NoteId::kDeadNodeHeldNothing, kInfo, "dead-node-held-nothing",
     "Dead node {peer} gave up resources.", "It held nothing, so nothing has to be fenced."},
    {NoteId::kNoFencing, kWarning, "no-fencing",
     "No STONITH device configured. Shared disks are not protected.",
     "Nothing makes sure that a silent node really is down. Configure stonith for shared data."},
    {NoteId::kShutdownNotice, kInfo, "shutdown-notice", "Received shutdown notice from '{peer}'.",
     "The other node has released everything and leaves."},
    {NoteId::kBothOwn, kError, "both-own", "Both machines own {whose} resources!",
     "Both nodes report the same groups: the cluster was split. One side gives them up."},
    {NoteId::kNobodyOwns, kError, "nobody-owns", "No one owns {whose} resources! Taking them.",
     "Both nodes are settled and neither holds these groups."},
    {NoteId::kYield, kWarning, "yield",
     "Giving up {whose} resources: {peer} holds or may hold them too",
     "After a partition or a lapse a group ran twice, or may have; this side yields."},
    {NoteId::kKeepTowardsOldPeer, kInfo, "keep-towards-old-peer",
     "Keeping resources: {peer} is a 3.0.6 and restarts by itself after a partition",
     "After a partition both sides served. A 3.0.6 gives up and restarts by itself, so this side "
     "keeps what it has."},
    {NoteId::kFailback, kInfo, "failback", "Failback: {peer} gets its resources back",
     "auto_failback is on, and the preferred node is back and settled."},
    {NoteId::kStartGroup, kInfo, "start-group", "Acquiring resource group: {group}",
     "The resources of the group are started one after the other."},
    {NoteId::kStopGroup, kInfo, "stop-group", "Releasing resource group: {group}",
     "The resources of the group are stopped, the last one first."},
    {NoteId::kGroupTaken, kInfo, "group-taken", "Resource group {group} is running here",
     "Every resource of the group has been started."},
    {NoteId::kGroupReleased, kInfo, "group-released", "Resource group {group} is released",
     "Every resource of the group has been stopped; another node may start it."},
    {NoteId::kStartFailed, kCritical, "start-failed",
     "Giving up resources due to failure of {resource} ({problem})",
     "The script did not start the resource. Its output stands above."},
    {NoteId::kGroupFailed, kError, "group-failed",
     "Resource group {group} could not be started here and is released",
     "One of its resources did not start; those before it are stopped again. The cause stands "
     "above."},
    {NoteId::kGroupMoved, kWarning, "group-moved",
     "A group failed to start: handing over {whose} resources to {peer}",
     "The other node is asked to take them. Mend the cause here before moving them back."},
    {NoteId::kGroupStuck, kError, "group-stuck",
     "{whose} resources fail to start on both nodes: left down. Mend the cause, then run "
     "hb_takeover",
     "To and fro would not help. A takeover or standby command clears the failure."},
    {NoteId::kGroupRetry, kInfo, "group-retry", "Trying resource group {group} again",
     "A start that failed is tried again, because nobody else holds the group."},
    {NoteId::kStopRetry, kWarning, "stop-retry",
     "Retrying failed stop operation [{resource}] ({problem})",
     "The script did not stop the resource; it is asked again after a second."},
    {NoteId::kStopNotCompliant, kError, "stop-not-compliant",
     "{resource}: stop fails, but status says that it is not running: script probably not "
     "LSB-compliant. Reboot narrowly avoided",
     "Mend the script: stopping what is stopped must succeed."},
    {NoteId::kStopFailed, kCritical, "stop-failed",
     "Resource STOP failure of {resource}. Reboot required!",
     "The resource runs on and cannot be stopped; only a reset keeps its data from running twice."},
    {NoteId::kLeftover, kWarning, "leftover",
     "{resource} was left running by an earlier life; stopping it",
     "The daemon was killed, or somebody started the resource by hand."},
    {NoteId::kFenceNeeded, kWarning, "fence-needed",
     "Node {peer} may hold resources and must be reset before they are taken.",
     "It is silent, or was never heard, and did not say that it released everything."},
    {NoteId::kFenced, kInfo, "fenced", "node {peer} now reset.",
     "A STONITH device confirms it. What the node held is taken now."},
    {NoteId::kFenceFailed, kError, "fence-failed",
     "STONITH of {peer} failed.  Retrying... (try {try}: {problem})",
     "Nothing of that node is taken until a device succeeds, the node comes back, or an operator "
     "who has switched it off says so with hb_fence_confirm."},
    {NoteId::kFenceCancelled, kInfo, "fence-cancelled", "STONITH of {peer} is not needed any more.",
     "The node is back and has said what it holds, or this node leaves. It is not shot."},
    {NoteId::kFenceLate, kWarning, "fence-late",
     "A STONITH attempt succeeded after the node had come back: {peer}",
     "The node may have been reset while it served. It does not count as confirmation."},
    {NoteId::kFenceConfirmedByOperator, kWarning, "fence-confirmed-by-operator",
     "An operator confirms that node {peer} is down.",
     "What the node held is taken now. If it does run, its data are in danger."},
    {NoteId::kFenceConfirmationRefused, kWarning, "fence-confirmation-refused",
     "Confirmation that node {peer} is down ignored: {reason}",
     "Only a node that is to be fenced can be confirmed, and only while it is not heard."},
    {NoteId::kFenceDidNotWork, kCritical, "fence-did-not-work",
     "Node {peer} is heard in the same life although its reset was confirmed: fencing does not "
     "work!",
     "Both may have used the same data. Check the STONITH device, or who confirmed by hand."},
    {NoteId::kStandbyWanted, kInfo, "standby-wanted", "{peer} wants to go standby [{whose}]",
     "hb_standby, hb_takeover or an operator on that node asked for it."},
    {NoteId::kStandbyGiving, kInfo, "standby-giving",
     "standby: {peer} can take our {whose} resources",
     "The other node has agreed; what it is to have is stopped here."},
    {NoteId::kStandbyGiven, kInfo, "standby-given", "Local standby process completed [{whose}].",
     "This node has released what it was asked for; the other takes it now."},
    {NoteId::kStandbyTaking, kInfo, "standby-taking",
     "standby: acquire [{whose}] resources from {peer}",
     "The other node has released them, and they are started here."},
    {NoteId::kStandbyTaken, kInfo, "standby-taken", "Standby resource acquisition done [{whose}].",
     "What the other node gave runs here."},
    {NoteId::kStandbyOtherDone, kInfo, "standby-other-done",
     "Other node completed standby takeover of {whose} resources.",
     "What this node gave runs there: the move is complete."},
    {NoteId::kStandbyNoReply, kWarning, "standby-no-reply",
     "No reply to standby request.  Standby request cancelled.",
     "The other node did not agree within ten seconds, did not begin to give what it had offered, "
     "or did not finish within an hour."},
    {NoteId::kStandbyRefused, kWarning, "standby-refused", "standby request ignored: {reason}",
     "Repeat it when both nodes are settled."},
    {NoteId::kStandbyBusy, kWarning, "standby-busy",
     "Standby in progress- new request from {peer} ignored", "Wait for the one under way."},
    {NoteId::kStandbyCancelled, kInfo, "standby-cancelled", "Cancelling pending standby operation",
     "The other node left, or this one stops, in the middle of a move; who holds what is settled "
     "anew."},
    {NoteId::kStandbyUnexpected, kWarning, "standby-unexpected",
     "Ignored standby message '{message}' from {peer}", "It does not fit what is under way here."},
    {NoteId::kTakeoverAsked, kInfo, "takeover-asked", "{peer} asks for our {whose} resources",
     "hb_takeover was called there."},
    {NoteId::kShutdownBegins, kInfo, "shutdown-begins", "Heartbeat shutdown in progress.",
     "SIGTERM or `heartbeat -k`: resources are released, then the peers are told."},
    {NoteId::kShutdownUnderway, kInfo, "shutdown-underway", "Heartbeat shutdown already underway.",
     "It was asked to stop again; the first stop goes on."},
    {NoteId::kRelinquished, kInfo, "relinquished", "All HA resources relinquished.",
     "Nothing runs here any more, the peers may take it."},
    {NoteId::kShutdownComplete, kInfo, "shutdown-complete", "{node} Heartbeat shutdown complete.",
     "The daemon ends now."},

    {NoteId::kClientStarting, kInfo, "client-starting",
     "Starting child client \"{client}\" as {user}",
     "A program of a respawn or failfast line is started."},
    {NoteId::kClientRespawn, kError, "client-respawn",
     "Respawning client \"{client}\": it ended with {outcome} after {lived} s",
     "The program should run as long as heartbeat does, but it ended. It is started again: at once "
     "if it had run for half a minute, else a second later. Its own log says why it ended."},
    {NoteId::kClientTooFast, kError, "client-too-fast",
     "Client {client} \"respawning too fast\": {count} short lives in a row; next attempt in "
     "{wait} s",
     "It ends soon after each start, so it is tried less and less often. A reload tries again at "
     "once; exit code 100 of the program means that it is not to be started again."},
    {NoteId::kClientNotStarted, kError, "client-not-started", "Cannot exec [{client}]: {problem}",
     "The program is gone or cannot be executed, or its user cannot be assumed. Mend that, then "
     "reload."},
    {NoteId::kClientFinished, kWarning, "client-finished",
     "Managed {client} exited with return code 100; it is not started again",
     "Exit code 100 says that the program is not wanted on this node. The next start of heartbeat "
     "starts it again."},
    {NoteId::kClientFailed, kCritical, "client-failed",
     "Managed failfast client {client} ended with {outcome}",
     "A failfast line asks for the machine to be reset when the program fails."},
    {NoteId::kClientStopping, kInfo, "client-stopping", "Stopping client \"{client}\"",
     "The shutdown has come to this client: it gets SIGTERM, and its end is waited for."},
    {NoteId::kClientStopped, kInfo, "client-stopped", "Client \"{client}\" stopped: {outcome}",
     "The next client is stopped, or the shutdown goes on."},
    {NoteId::kClientKilled, kWarning, "client-killed",
     "Client \"{client}\" has not ended {waited} s after SIGTERM: SIGKILL",
     "It and all that it had started are killed, so that the shutdown goes on. `env "
     "CLIENTSTOPMAX=seconds` gives clients more time."},
    {NoteId::kClientStuck, kError, "client-stuck",
     "Client \"{client}\" does not end even by SIGKILL; going on without it",
     "The kernel holds the process in a system call, as a dead NFS server or disk does. It ends "
     "when that does."},
});

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i].id != static_cast<NoteId>(i)) return false;
  }
  return true;
}
static_assert(rows_are_in_order(), "one row for each NoteId, in the order of the enumerators");

}  // namespace

const NoteKind& kind(NoteId id) {
  const auto index = static_cast<std::size_t>(id);
  HB_ASSERT(index < kKinds.size());
  return kKinds[index];
}

std::string render(const Note& note) { return fill_places(kind(note.id).text, note.arguments); }

std::span<const NoteKind> note_kinds() { return kKinds; }

}  // namespace hb::core
