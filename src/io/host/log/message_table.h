#pragma once

#include <array>
#include <string_view>

#include "io/host/log/severity.h"

namespace hb::io {

// One kind of line: everything that is logged around the core has a row here. (The core's own lines
// are core/notes.cpp.) `heartbeat explain`, docs/messages.md and the journal's catalogue are made
// of both.
struct MessageKind {
  std::string_view id;  // stable: filters and monitoring rely on it
  Severity severity;
  std::string_view text;         // {name} is a place, see base/message_text.h
  std::string_view explanation;  // what it means; what to do
};

// Sorted by what they are about, not by severity. Words that log filters of 3.0.6 know stay as they
// are (spec: ha-cf 12.3).
inline constexpr std::array kMessageTable = std::to_array<MessageKind>({
    // --- start ---
    {"start-banner", Severity::kInfo, "**************************", "A new life begins below."},
    {"start", Severity::kInfo, "Configuration validated. Starting heartbeat {version}",
     "The three files are without errors."},
    {"version", Severity::kInfo, "heartbeat: version {version}", "Which release runs."},
    {"already-running", Severity::kInfo, "heartbeat: already running [pid {pid}]",
     "Nothing was started: the daemon of this node runs. Stop it with `heartbeat -k`."},
    {"not-started", Severity::kError, "Heartbeat not started: configuration error.",
     "The errors stand above, each with its place. `heartbeat --check` shows them again."},
    {"start-failed-system", Severity::kError, "{problem}",
     "The system refused what the start needs; what was tried and the system's answer stand in the "
     "line. The daemon is not started."},
    {"keys-unusable", Severity::kError, "Keys cannot be used: {reason}",
     "authkeys was read, but its keys are not accepted. Mend it, then start or reload again."},
    {"stdio-not-detached", Severity::kWarning, "{problem}",
     "The daemon keeps the terminal's descriptors; it runs on."},

    // --- configuration ---
    {"config-error", Severity::kError, "{finding}",
     "ha.cf, authkeys or haresources cannot be used as it is; file, line, what stands there and "
     "what "
     "would be right are in the line. A running daemon goes on with what it has."},
    {"config-warning", Severity::kWarning, "{finding}",
     "The files can be used, but this is probably not what was meant."},
    {"config-info", Severity::kInfo, "{finding}", "Worth knowing about the files; nothing to do."},
    {"config-reread", Severity::kInfo, "Rereading configuration files.",
     "The answer to HUP or `heartbeat -r`: all three files are read and checked."},
    {"config-refused", Severity::kError, "The configuration is not changed: it has errors.",
     "The errors stand above. The daemon goes on as before; mend the files and reload again."},
    {"config-unchanged", Severity::kInfo, "Configuration unchanged.",
     "The files say what is in force already."},
    {"config-change", Severity::kInfo, "Configuration: {change}",
     "One difference between the files and what was in force; it is in force now."},
    {"config-change-waits", Severity::kWarning, "Configuration: {change}",
     "One difference that cannot come into force while the daemon runs. Restart it for that; move "
     "the resources away with hb_standby before."},
    {"config-waits", Severity::kError,
     "The configuration is not changed: it cannot be while that is so.",
     "The reason stands above. Nothing of the new files is in force; reload when it is mended."},
    {"config-node-alive", Severity::kError,
     "Node {peer} has gone from {file}, but may be alive: stop it, and reload once it is known to "
     "be "
     "dead",
     "A node that is taken out of the cluster must be certain to serve nothing."},
    {"in-force-not-told", Severity::kWarning, "heartbeat --check --diff will not work: {problem}",
     "What is in force could not be written to /run/heartbeat/in-force; the daemon is not "
     "concerned."},
    {"keys-reread", Severity::kInfo, "Rereading authentication file.",
     "Other keys are in force from now on."},
    {"groups-changed", Severity::kInfo, "{file} has changed: {count} resource groups",
     "The new groups are in force: added ones are started where they belong, removed ones "
     "released."},
    {"groups-read", Severity::kInfo,
     "{file} has changed: {count} resource groups, which count from the next move on",
     "Edited, and not reloaded. `heartbeat -r` brings it into force at once; `heartbeat --check "
     "--diff` shows what that changes."},
    {"groups-refused", Severity::kError,
     "{file} has changed, and a check finds errors: heartbeat goes on with the old one. "
     "`heartbeat --check` names them",
     "Mend the file; it is read again at the next move or reload."},

    // --- identity and state files ---
    {"generation", Severity::kInfo, "Heartbeat generation: {generation}",
     "The number of this life. Peers tell a restarted node by it; it never goes back."},
    {"generation-first", Severity::kWarning, "No previous generation - starting at {generation}",
     "Right on a new node. On an old one hb_generation was lost: peers may take its packets for "
     "replays until they see the later number."},
    {"generation-unreadable", Severity::kWarning,
     "{file} holds no generation of this node - starting after the current time, at {generation}",
     "The file was torn or overwritten, perhaps by a full disk, or is another's: it is not one "
     "number with a newline behind it, or the number lies more than ten years ahead of the clock. "
     "The number chosen is above every earlier one, so the node keeps its place; the file is "
     "written anew."},
    {"uuid-made", Severity::kInfo, "No uuid found - generated {uuid}",
     "Right on a new node. A node that had one is a stranger to its peers' tables now."},
    {"uuid-recalled", Severity::kWarning, "{file} holds no uuid - taking {uuid} from {hostcache}",
     "The file must hold 16 bytes that are not all zero. It was torn or overwritten; the uuid that "
     "the node had was found in the list of nodes, and the file is written anew. Check the disk."},
    {"uuid-lost", Severity::kWarning, "{file} holds no uuid - generated {uuid}",
     "The file must hold 16 bytes that are not all zero. It was torn or overwritten, and no list "
     "of nodes says what stood there: the node has a new uuid, which its peers take over when "
     "they hear it. Check the disk."},

    {"hostcache-not-written", Severity::kError, "{problem}",
     "hostcache or delhostcache could not be written: nodes that joined or were deleted are "
     "forgotten at the next start. Check the disk below /var/lib/heartbeat."},
    {"hostcache-unreadable", Severity::kError,
     "{problem}; the nodes that it names must be heard to be known again",
     "hostcache or delhostcache exists but cannot be read. Check its permissions and the disk."},
    {"hostcache-line", Severity::kWarning,
     "{file}: {problem}; passed over, the file is written anew",
     "A line of hostcache or delhostcache makes no sense: a torn or edited file. The other lines "
     "count."},

    // --- media and packets ---
    {"medium-started", Severity::kInfo, "{medium}: heartbeat started on {link}",
     "The medium of ha.cf is open."},
    {"no-carrier", Severity::kWarning, "{interface}: no carrier. Is the cable plugged in?",
     "The interface of a medium has lost its link: cable, switch or the other side. The other "
     "media "
     "go on."},
    {"medium-closed", Severity::kInfo, "{medium}: closed", "ha.cf does not name it any more."},
    {"medium-failed", Severity::kError, "{medium}: {problem}",
     "The medium cannot be opened; the others are used. Check the interface, the address and who "
     "else has the port."},
    {"medium-none", Severity::kError,
     "None of the media in ha.cf can be used yet; add bcast, mcast or ucast",
     "Without a medium there is no heartbeat. Add a line for one."},
    {"medium-open", Severity::kInfo, "{medium}: open", "What the medium waited for is there now."},
    {"medium-reopened", Severity::kInfo, "{medium}: the interface has changed, opened anew",
     "The interface was made anew, or has another address: sockets of before would hear nothing."},
    {"medium-waits", Severity::kWarning, "{medium}: waiting: {problem}",
     "The interface is missing or has no address, or another program has the port. The medium "
     "opens "
     "by itself as soon as it can; until then only the other media carry heartbeats."},
    {"medium-send-failed", Severity::kError,
     "{medium}: cannot send {bytes} bytes to {destination}: {reason}",
     "The system refuses to send: check the interface, the route to that address and packet "
     "filters. Each packet is tried, whatever became of the one before."},
    {"medium-send-suppressed", Severity::kError,
     "Temporarily Suppressing write error messages. Is a cable unplugged on {medium}?",
     "Ten packets could not be sent; the errors go on without lines, up to the thousandth. Check "
     "the cable, then interface, route and packet filters."},
    {"medium-sends-again", Severity::kInfo, "{medium}: sending works again",
     "The end of errors that were not shown any more."},
    {"peer-name-unresolved", Severity::kWarning,
     "{medium}: {name} does not resolve now; it is tried again",
     "The name has no address of the wanted family now. One that it had is kept. Look at "
     "/etc/hosts and the name servers (`getent ahosts NAME`), or write the address into ha.cf."},
    {"peer-name-resolves", Severity::kInfo, "{medium}: {name} resolves now",
     "The name that did not resolve before has an address."},
    {"serial-waits", Severity::kWarning, "{medium}: waiting for the device: {problem}",
     "The device is missing, in use, or has hung up. It is opened by itself as soon as it can be."},
    {"serial-timeout", Severity::kError,
     "{medium}: Write timeout: the line takes nothing. Is the cable unplugged, or made without RTS "
     "and CTS?",
     "The other end does not let us send for half a second, so the packet is lost. A null modem "
     "cable with RTS and CTS crossed is needed, and a running daemon at the other end."},
    {"tcp-connected", Severity::kInfo, "{medium}: connected with {address}",
     "Packets go to that peer by this connection."},
    {"tcp-refused", Severity::kWarning,
     "{medium}: {address} refuses connections: no heartbeat with a tcp line listens there. 3.0.6 "
     "does not know tcp; towards it use ucast or bcast",
     "The host answers, but nothing listens at that port. Start the daemon there, or add the tcp "
     "line to its ha.cf."},
    {"tcp-not-connected", Severity::kWarning, "{medium}: no connection with {address}: {problem}",
     "The peer cannot be connected to; it is tried again by itself. Check that it runs, the route, "
     "and packet filters for TCP."},
    {"tcp-lost", Severity::kWarning, "{medium}: lost the connection with {address}: {problem}",
     "The connection broke; it is dialled anew by itself."},
    {"tcp-stranger", Severity::kWarning,
     "{medium}: {address} may not connect: it is the address of no tcp line",
     "Somebody else dialled in, and was hung up on. If it is a node, add its tcp line to ha.cf."},
    {"bad-packet", Severity::kWarning,
     "Packet on {medium} dropped: {reason} ({count} more since the last such line)",
     "Something that is no authentic packet of this cluster arrives: another key or method in a "
     "peer's authkeys, another cluster on the port, or an attack. `log_badpack off` silences it."},
    {"bad-injection", Severity::kError,
     "Message from the FIFO dropped: {reason} ({count} more since the last such line)",
     "A script wrote something into the daemon's FIFO that is no message."},
    {"send-failed", Severity::kError, "Message cannot be sent: {reason}",
     "The message is longer than a packet may be, or cannot be encoded. Peers do not get it."},

    {"ping-started", Severity::kInfo, "{medium}: ping heartbeat started.",
     "The ping node is asked from now on."},
    {"ping-failed", Severity::kError,
     "{medium}: {problem}; it counts as silent until that is mended",
     "The ping node cannot be asked: no permission for raw sockets, no route, no such card. It is "
     "tried again by itself."},
    {"ping-host-refused", Severity::kWarning,
     "{medium}: {host} cannot be asked, so it counts as silent: {problem}",
     "The system does not send to that address: no route, no neighbour, or no address of a host. "
     "It is tried again with each heartbeat."},
    {"ping-host-asked", Severity::kInfo, "{medium}: {host} can be asked again",
     "The system sends to that address again. Whether it answers is told as the ping node's "
     "status."},
    {"hbaping-no-answer", Severity::kWarning, "{medium}: no answer: {reason}",
     "The storage behind the Fibre Channel adapter does not answer, or the adapter cannot be "
     "asked. Told once for each reason."},
    {"ping-not-asked", Severity::kError, "Ping node {peer} cannot be asked: {reason}",
     "The question cannot be encoded or signed; authkeys and msgfmt are what it depends on."},

    // --- resources ---
    {"agent-run", Severity::kInfo, "Running {resource} {operation}",
     "A resource is started or stopped, by its script or by the daemon itself."},
    {"agent-ask", Severity::kDebug, "Asking whether {resource} runs",
     "The resource is asked for its status."},
    {"agent-slow", Severity::kWarning,
     "{resource} {operation} has been running for {elapsed} and goes on; it is given {limit}",
     "The script of the resource hangs or takes its time, and the rest of the group waits for it. "
     "See what it does (`ps axf`). When its time is over it is ended, and the operation counts as "
     "failed."},
    {"agent-output", Severity::kInfo, "{resource}: {line}", "What a resource script printed."},
    {"event-output", Severity::kInfo, "rc.d/{event}: {line}", "What an event script printed."},
    {"address-conflict", Severity::kCritical,
     "Address {address} on {interface} is also used by the machine with hardware address {owner}",
     "Two machines answer for the service address: clients reach either. Find the other by its "
     "hardware address; after a partition the surplus side gives up by itself."},
    {"address-restored", Severity::kWarning,
     "Address {address} was gone from {interface} and has been put back",
     "Somebody or something removed a service address: another tool that manages the interface, or "
     "the interface itself came back."},
    {"address-lost", Severity::kError,
     "Address {address} is gone and cannot be put back yet: {problem}",
     "The service cannot be reached. It is tried again when the interface changes."},
    {"reboot", Severity::kEmergency, "Rebooting system.  Reason: {reason}",
     "A resource could not be stopped and would run twice, or a failfast client ended: a reset is "
     "all that protects the data."},

    // --- fencing ---
    {"fence-device-unusable", Severity::kError, "STONITH device {device} cannot be used: {problem}",
     "A line of ha.cf makes no device: its parameters, or the file that holds them. Nothing of a "
     "dead node is taken unless another device resets it. Mend it and reload."},
    {"fence-device-refused", Severity::kCritical, "STONITH device {device} is refused: {problem}",
     "Its program is not there, or others than root could change it: it would be run as root. "
     "Mend owner and mode; it is looked at anew before each use."},
    {"fence-check", Severity::kInfo, "Checking status of STONITH device [{device}]",
     "At start, when communication is up, after a reload and each hour."},
    {"fence-device-fails", Severity::kError, "STONITH device {device} not operational! {problem}",
     "This may mean that the device has failed: nothing of a dead node could be taken then. Try "
     "it by hand."},
    {"fence-no-device-for", Severity::kWarning,
     "No STONITH device that works can reset node {peer}: {problem}",
     "If that node dies, nothing that it held is taken before hb_fence_confirm. Add the node to "
     "the host list of a device, under its name in ha.cf."},
    {"fence-begins", Severity::kInfo, "Resetting node {peer} with [{device}]",
     "A dead node may hold resources, so it is reset before they are taken."},
    {"fence-operator-needed", Severity::kCritical,
     "OPERATOR INTERVENTION REQUIRED to reset {peer}. Run \"meatclient -c {peer}\" or "
     "\"hb_fence_confirm {peer}\" AFTER power-cycling the machine.",
     "The device is a human: switch that machine off or reset it, then say so. What it held is "
     "taken then, not before."},
    {"fence-not-reset", Severity::kError, "Host {peer} not reset! ({device}: {problem})",
     "The device has failed; it is tried again or the next one has its turn."},
    {"fence-not-its-host", Severity::kInfo, "Device {device} cannot reset host {peer}. ({problem})",
     "Right if another device is there for that node; the next one has its turn."},
    {"fence-output", Severity::kInfo, "{device}: {line}",
     "What a device printed; values of passwords are left out."},

    // --- process ---
    {"core-policy-refused", Severity::kError, "{problem}",
     "`coredumps` or `coreroot` could not be put into force; the daemon goes on as it was."},
    {"core-files-overwritten", Severity::kWarning,
     "Core dumps could be lost if multiple dumps occur. Set /proc/sys/kernel/core_uses_pid to 1, "
     "or "
     "a core_pattern that tells processes apart",
     "`coredumps` is on, but each core file takes the place of the one before. `sysctl "
     "kernel.core_uses_pid=1` mends it; `coredumps off` does without core files."},
    {"held-groups-not-read", Severity::kWarning,
     "What an earlier daemon left running is not known: {problem}",
     "The list of held groups that a killed daemon leaves in /run/heartbeat cannot be read, or "
     "somebody but root may have written it. Of what may still run here only service addresses are "
     "released. Look whether resources of haresources run on this node, and who changed the file."},
    {"held-groups-not-written", Severity::kWarning,
     "Should this daemon be killed, its successor will not know what it held: {problem}",
     "The list of held groups could not be written to /run/heartbeat. A daemon that is started "
     "after a crash would then release service addresses only. Make room, or mend the directory."},
    {"scratch-not-renewed", Severity::kWarning,
     "Resource scripts find marks of earlier runs: {problem}",
     "The directory rsctmp, where resource scripts note what runs, could not be emptied at the "
     "start. Scripts that trust such notes may take for running what is not. Empty it by hand."},
    {"no-realtime", Severity::kWarning, "Running without realtime priority: {problem}",
     "On a busy machine heartbeats may come late. Allow it (LimitRTPRIO), or set `realtime off`."},
    {"memory-not-locked", Severity::kWarning, "Memory is not locked: {problem}",
     "On a machine that swaps heartbeats may come late. Raise LimitMEMLOCK."},
    {"watchdog-armed", Severity::kInfo,
     "Watchdog {device}: resets this machine {timeout} s after our last heartbeat",
     "The device is open and fed. A daemon that hangs is followed by a reset."},
    {"watchdog-not-opened", Severity::kError,
     "{problem}: if this machine hangs it is not reset. Load its driver (`modprobe softdog "
     "nowayout=0` if it has none of hardware), see that nothing else holds the device, then "
     "`heartbeat -r`",
     "The watchdog of ha.cf cannot be used; heartbeat runs without it."},
    {"watchdog-timeout-kept", Severity::kError, "{problem}: the device keeps the one that it has",
     "The driver does not take our timeout. If its own is longer than the peers' deadtime they may "
     "take over before this machine is reset."},
    {"watchdog-lost", Severity::kError, "{problem}: it does not protect this node any more",
     "The device failed while it was fed. It is opened again at the next reload or start."},
    {"watchdog-not-disarmed", Severity::kCritical,
     "{problem}: it cannot be disarmed and may reset this machine",
     "The driver was loaded with nowayout, or the device failed. Expect a reset after its "
     "timeout."},
    {"apphbd-registered", Severity::kInfo, "Registered with apphbd as {name}",
     "apphbd watches this daemon from now on."},
    {"apphbd-away", Severity::kWarning,
     "Not registered with apphbd: {problem}; trying again every {interval} s",
     "use_apphbd is on, but apphbd does not run or refuses. Start it, or set `use_apphbd off`."},
    {"alarm", Severity::kError, "Unexpected alarm",
     "SIGALRM came, which the daemon does not use: somebody sent it. Nothing else happens."},
    {"debug-level", Severity::kDebug, "debug now set to {level} [pid {pid}]",
     "SIGUSR1 raises the level, SIGUSR2 lowers it."},

    // --- the log itself ---
    {"log-rotated", Severity::kInfo, "log-rotate detected on logfile {file}",
     "The file was moved away; a new one is written."},
    {"log-reopened", Severity::kInfo, "SIGHUP received, re-opened log files",
     "The logging daemon has opened its files anew."},
    {"log-target-lost", Severity::kWarning, "cannot log: {problem}",
     "One of the places that lines go to does not take them; the others do. Check the disk, the "
     "path, and whether the log daemon runs. Lines are tried there again and counted."},
    {"log-target-back", Severity::kWarning,
     "{target} takes lines again; {count} messages were lost",
     "What the place missed may stand in the others."},
    {"log-dropped", Severity::kWarning, "{count} messages were dropped: the log is too slow",
     "Lines came faster than all places together took them: a slow or stuck disk. Heartbeats were "
     "not delayed. The oldest lines made room."},
    {"logd-started", Severity::kInfo, "logging daemon started [pid {pid}], version {version}",
     "ha_logd takes lines from now on."},
    {"logd-stopped", Severity::kInfo, "logging daemon stopped [pid {pid}]",
     "ha_logd was asked to end; what had been sent to it is written."},
    {"logd-crowd", Severity::kWarning,
     "more than {clients} clients: another one was turned away ({count} more since the last such "
     "line)",
     "Some program connects to ha_logd and never leaves. Find it with `ss -xp`."},
    {"logd-accept-failed", Severity::kError, "cannot take another client: {problem}",
     "Usually the limit of open files. It is tried again every second."},
    {"logd-bad-stream", Severity::kWarning,
     "client {pid} was disconnected: what it sends is no message ({count} more since the last such "
     "line)",
     "Some program writes into ha_logd's socket without speaking its protocol."},
    {"logd-bad-record", Severity::kWarning,
     "a message of client {pid} was dropped: {reason} ({count} more since the last such line)",
     "The program speaks the protocol wrongly, or somebody tries what ha_logd takes."},
    {"log-no-thread", Severity::kError,
     "cannot start the thread of the log: {problem}; a slow disk will delay heartbeats",
     "Lines are written by the daemon itself. Check the limit of processes (TasksMax, ulimit -u)."},
    {"logd-away", Severity::kWarning,
     "the logging daemon does not answer ({problem}): writing directly, next attempt in {retry} ms",
     "use_logd is in force, but ha_logd does not run. Lines go to logfile, debugfile and syslog, "
     "or "
     "to syslog facility daemon if ha.cf names none. Start ha_logd, or set `use_logd off`."},
    {"logd-stalled", Severity::kWarning,
     "the logging daemon at {target} does not read: writing directly until it does",
     "ha_logd is stopped or its disk hangs. Nothing is lost and nothing waits for it."},
    {"logd-back", Severity::kInfo,
     "the logging daemon at {target} takes lines again; {count} messages were written directly",
     "They stand in logfile, debugfile or syslog, not in the files of ha_logd."},
});

}  // namespace hb::io
