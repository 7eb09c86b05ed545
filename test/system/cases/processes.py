"""The daemon and the programs beside it: clients that it keeps running, what watches it, its limits."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from lab.cluster import ADDRESS, Cluster
from lab.host import HEARTBEAT, Host, LogFile
from lab.namespaces import wait_until
from lab.suite import Lab, claim

_NOTES = "/var/log/clients"  # a file for each client: instant, word, pid

# A client that does what its second argument says and tells what happens to it.
_CLIENT = f"""\
#!/bin/sh
name=$1 how=$2
note() {{ echo "$(date +%s.%N) $1 $$" >> {_NOTES}/$name; }}
note start
case $how in
exit) exit "$3" ;;
run) trap 'note term; exit 0' TERM ;;
stubborn) trap 'note term' TERM ;;
tree)
  trap 'note term' TERM
  setsid sh -c 'trap "" TERM; setsid sh -c "echo 0 hidden \\$\\$ >> {_NOTES}/'$name'; \
exec sleep 1000" & exit'
  ;;
tell)
  {{ id -u; id -g; id -G; pwd; readlink /proc/$$/fd/0; ls /proc/self/fd | tr '\\n' ' '; echo
     ps -o pgid=,pid= -p $$; ps -o cls= -p $$; ulimit -c; umask; env | sort; }} > {_NOTES}/$name.told 2>&1
  ;;
esac
while :; do sleep 0.05; done
"""


def prepare(cluster: Cluster) -> None:
    for node in cluster.nodes:
        node.add_script("/etc/ha.d/client", _CLIENT)
        node.space.shell(f"mkdir -p {_NOTES}; chmod 1777 {_NOTES}")


def notes(node: Host, name: str, word: str) -> list[tuple[float, int]]:
    """When the client noted this, and its pid."""
    file = node.path(f"{_NOTES}/{name}")
    lines = file.read_text().splitlines() if file.exists() else []
    return [(float(line.split()[0]), int(line.split()[2]))
            for line in lines if line.split()[1] == word]


def wait_notes(node: Host, name: str, word: str, count: int = 1, timeout: float = 15) -> None:
    wait_until(lambda: len(notes(node, name, word)) >= count, timeout,
               f"client {name} of {node.name} notes {word} {count} times")


def lives(node: Host, pid: int) -> bool:
    return node.space.run(["grep", "-qs", "^State:[[:space:]]*[^ZX]",
                           f"/proc/{pid}/status"]).returncode == 0


def told(node: Host, name: str) -> list[str]:
    file = node.path(f"{_NOTES}/{name}.told")
    wait_until(lambda: file.exists() and "HA_warntime" in file.read_text(), 15, "the client tells")
    return file.read_text().splitlines()


@claim(kind="ours", budget=120)
def clients_live_and_end_as_their_lines_say(lab: Lab) -> None:  # A26, A27, A28, A29
    run = "/etc/ha.d/client"
    cluster = lab.cluster(extra=["env CLIENTSTOPMAX=2 COLOUR=blue", "cluster lab",
                                 f"respawn hacluster {run} surroundings tell",
                                 f"respawn root {run} hundred exit 100",
                                 f"respawn root {run} fast exit 1",
                                 f"respawn root {run} first run",
                                 f"respawn root {run} second run",
                                 f"respawn root {run} third stubborn"])
    prepare(cluster)
    cluster.start_settled()
    node = cluster.node1

    uid, gid, groups, directory, null, descriptors, ids, scheduler, core, umask, *rest = told(
        node, "surroundings")
    passwd = node.space.shell("id -u hacluster; id -g hacluster; id -G hacluster").split("\n")
    assert [uid, gid, groups] == passwd[:3], (uid, gid, groups, passwd)
    assert directory == "/var/lib/heartbeat/cores/root", directory
    assert null == "/dev/null" and descriptors.split() == ["0", "1", "2", "3"], descriptors  # 3: of ls
    group, pid = ids.split()
    assert group == pid, "it leads its process group"
    assert scheduler.strip() == "TS", scheduler
    assert core == "unlimited" and umask == "0022", (core, umask)
    variables = dict(line.split("=", 1) for line in rest if "=" in line)
    for name, value in {"HA_COLOUR": "blue", "HA_cluster": "lab", "HA_deadtime": "1",
                        "HA_CURHOST": "node1", "HA_record_config_changes": "on",
                        "HA_enable_config_writes": "on", "HA_DIR": "/etc/ha.d/"}.items():
        assert variables.get(name) == value, (name, variables.get(name))

    node.log.wait("respawning too fast", 20)
    starts = [at for at, _ in notes(node, "fast", "start")]
    lab.note(f"eleven starts in {starts[-1] - starts[0]:.1f} s")
    assert len(starts) == 11 and 9.5 < starts[-1] - starts[0] < 16, starts
    assert len(notes(node, "hundred", "start")) == 1
    assert node.log.has("exited with return code 100")

    pids = [notes(node, name, "start")[0][1] for name in ("first", "second", "third")]
    mark, dead = node.log.mark(), cluster.node2.log.mark()
    seconds = node.stop()
    lab.note(f"stopped in {seconds:.1f} s")
    assert 2 <= seconds < 8, seconds
    text = node.log.text(mark)
    order = re.findall(r'(relinquished|Stopping client "\S+ \w+|shutdown complete)', text)
    assert order == ["relinquished", *(f'Stopping client "{run} {name}' for name in
                                       ("third", "second", "first", "surroundings")),
                     "shutdown complete"], order
    killed = node.log.lines("has not ended 2 s after SIGTERM", mark)
    assert len(killed) == 1 and "third" in killed[0], killed
    assert not any(lives(node, pid) for pid in pids)
    first, second = notes(node, "first", "term"), notes(node, "second", "term")
    assert len(first) == len(second) == 1 and first[0][0] > second[0][0]
    # The clients took longer than deadtime; the node told that it lives meanwhile.
    assert not cluster.node2.log.has("node node1: is dead", dead)


@dataclass(frozen=True)
class Signal:
    """A signal to the daemon, and what comes of it: a line of the debug log, or nothing."""

    name: str
    line: str = ""


# Spec: ha-cf 11.1, but for TERM and QUIT, which end the daemon.
_SIGNALS = [
    Signal("INT"),
    Signal("PIPE"),
    Signal("TTIN"),
    Signal("TTOU"),
    Signal("CHLD"),
    Signal("WINCH"),
    Signal("CONT"),
    Signal("ALRM", "ERROR: Unexpected alarm"),
    Signal("HUP", "info: Configuration unchanged"),
    Signal("USR1", r"debug: debug now set to 1 \[pid \d+\]"),
    Signal("USR2", r"debug: debug now set to 0 \[pid \d+\]"),
    Signal("USR2", r"debug: debug now set to 0 \[pid \d+\]"),
]


@claim(kind="all", budget=120)
def each_signal_does_what_it_is_for(lab: Lab) -> None:
    cluster = lab.cluster(haresources=[f"node1 IPaddr2::{ADDRESS}/24/eth0 service::web"])
    cluster.start_settled()
    node = cluster.node1
    pid = node.main_pid()
    debug = LogFile(node.path("/var/log/ha-debug"))
    for signal in _SIGNALS:
        mark = debug.mark()
        node.signal(signal.name)
        if signal.line:
            debug.wait(signal.line, 5, mark)
        else:
            time.sleep(0.5)
            assert not debug.text(mark), f"{signal.name}: {debug.text(mark)}"
        assert node.main_pid() == pid and node.is_running(), signal.name
    assert not cluster.node2.log.has("is dead"), cluster.node2.log.lines("is dead")
    assert cluster.observer.owners(ADDRESS) == {"node1"}

    # TERM: all is released, and once is enough.
    cluster.misbehave("web", "stop", "sleep 2", node)
    mark = node.log.mark()
    node.signal("TERM")
    node.log.wait("Heartbeat shutdown in progress", 5, mark)
    node.signal("TERM")
    node.log.wait("Heartbeat shutdown already underway", 5, mark)
    node.log.wait("Heartbeat shutdown complete", 20, mark)
    wait_until(lambda: cluster.service_on("web") == ["node2"], 15, "node2 serves")
    assert cluster.observer.owners(ADDRESS) == {"node2"}
    assert len(cluster.service_calls(node, "web", "stop")) == 1

    # QUIT: as by an error of its own, for a core file; nothing is released.
    survivor = cluster.node2
    mark = survivor.log.mark()
    survivor.signal("QUIT")
    wait_until(lambda: not survivor.is_running(), 5, "the daemon has ended")
    assert not survivor.log.has("shutdown", mark), survivor.log.text(mark)
    assert cluster.service_on("web") == ["node2"]


@claim(kind="ours")
def nothing_outlives_a_killed_daemon(lab: Lab) -> None:  # A32
    cluster = lab.cluster(extra=["respawn hacluster /etc/ha.d/client a tree",
                                 "respawn root /etc/ha.d/client b stubborn"])
    prepare(cluster)
    cluster.start_settled()
    node = cluster.node1
    wait_notes(node, "a", "hidden")
    pids = [notes(node, "a", "start")[0][1], notes(node, "a", "hidden")[0][1],
            notes(node, "b", "start")[0][1]]
    assert all(lives(node, pid) for pid in pids), pids
    node.signal("KILL")
    began = time.monotonic()
    wait_until(lambda: not any(lives(node, pid) for pid in pids), 5, f"{pids} are gone")
    lab.note(f"gone after {time.monotonic() - began:.2f} s")
    assert not [line for line in node.processes() if "hb_keeper" in line and "<defunct>" not in line]


@claim(kind="ours")
def a_client_that_ends_is_followed_whatever_ended_it(lab: Lab) -> None:
    cluster = lab.cluster(extra=["respawn hacluster /etc/ha.d/client a run"])
    prepare(cluster)
    cluster.start_settled()
    node = cluster.node1
    wait_notes(node, "a", "start")
    client = notes(node, "a", "start")[0][1]
    node.space.shell(f"kill -SEGV {client}")
    wait_notes(node, "a", "start", 2)
    # Its keeper is killed: the client goes with it, and another follows.
    client = notes(node, "a", "start")[1][1]
    keeper = node.space.shell(f"ps -o ppid= -p {client}").strip()
    node.space.shell(f"kill -KILL {keeper}")
    wait_notes(node, "a", "start", 3)
    assert not lives(node, client)
    assert node.is_running()


@claim(kind="ours")
def a_failing_failfast_client_resets_the_machine(lab: Lab) -> None:  # A30
    cluster = lab.cluster(extra=["failfast root /etc/ha.d/client a run"])
    prepare(cluster)
    cluster.start_settled()
    node = cluster.node1
    wait_notes(node, "a", "start")
    at = time.monotonic()
    node.space.shell(f"kill -KILL {notes(node, 'a', 'start')[0][1]}")
    wait_until(lambda: "reboot -nf" in node.stub_calls(), 10, "the machine is reset")
    assert node.log.has(r"EMERG: Rebooting system\.  Reason: /etc/ha\.d/client a run")
    # A stop of the other node resets nothing.
    node.crash()
    cluster.observer.wait_takeover(ADDRESS, at, "node2", 10)
    cluster.node2.stop()
    assert cluster.node2.stub_calls() == []


@claim(kind="ours")
def a_reload_touches_only_the_clients_that_changed(lab: Lab) -> None:
    run = "/etc/ha.d/client"
    cluster = lab.cluster(extra=[f"respawn root {run} kept run", f"respawn root {run} gone run",
                                 f"respawn root {run} changed run"])
    prepare(cluster)
    cluster.start_settled()
    node = cluster.node1
    for name in ("kept", "gone", "changed"):
        wait_notes(node, name, "start")
    ha_cf = node.path("/etc/ha.d/ha.cf")
    ha_cf.write_text(ha_cf.read_text().replace(f"respawn root {run} gone run\n", "")
                     .replace("changed run", "changed run again") + f"respawn root {run} new run\n")
    result = node.space.run([HEARTBEAT, "-r"])
    assert result.returncode == 0, result
    wait_notes(node, "new", "start")
    wait_notes(node, "changed", "start", 2)
    wait_notes(node, "gone", "term")
    assert len(notes(node, "kept", "start")) == 1 and not notes(node, "kept", "term")
    ended = notes(node, "changed", "term")[0][0]
    assert notes(node, "changed", "start")[1][0] >= ended, "both ran at once"


@claim(kind="ours")
def a_program_of_the_suite_is_found_where_it_is_here(lab: Lab) -> None:
    cluster = lab.cluster(extra=["respawn root /usr/lib64/heartbeat/probe a run"])
    prepare(cluster)
    for node in cluster.nodes:
        node.provide("lib/heartbeat/probe", _CLIENT)
    check = cluster.node1.space.run([HEARTBEAT, "--check"])
    assert check.returncode == 0, check
    assert "/usr/lib64/heartbeat/probe is /usr/lib/heartbeat/probe on this machine" in check.stdout, \
        check.stdout
    cluster.start_settled()
    wait_notes(cluster.node1, "a", "start")


def limits(node: Host, what: str) -> str:
    pid = node.main_pid()
    return node.space.shell(f"grep '{what}' /proc/{pid}/limits | cut -c27-46").strip()


def status(node: Host, what: str) -> int:
    pid = node.main_pid()
    return int(node.space.shell(f"sed -n 's/^{what}:[[:space:]]*\\([0-9]*\\).*/\\1/p' "
                                f"/proc/{pid}/status"))


def scheduling(node: Host) -> str:
    """Class and priority of the daemon, as `FF 50` or `TS -`."""
    return " ".join(node.space.shell(f"ps -o cls=,rtprio= -p {node.main_pid()}").split())


def directory(node: Host) -> str:
    return node.space.shell(f"readlink /proc/{node.main_pid()}/cwd").strip()


@claim(kind="ours")
def the_process_is_as_ha_cf_says(lab: Lab) -> None:  # A34, A35
    shared = ["realtime on", "use_apphbd off"]
    cluster = lab.cluster(per_node={
        "node1": {"extra": [*shared, "rtprio 50", "memreserve 30000", "coredumps on",
                            "coreroot /var/lib/heartbeat/elsewhere"]},
        "node2": {"extra": [*shared, "memreserve 100", "coredumps off"]}})
    first, second = cluster.nodes
    first.start()
    result = second.space.run([HEARTBEAT, "-l"])
    assert result.returncode == 0, result
    cluster.wait_owner(ADDRESS, first, 20)

    assert scheduling(first) == "FF 50", scheduling(first)
    assert scheduling(second) == "TS -", scheduling(second)
    assert status(first, "VmLck") > 0
    assert status(second, "VmLck") == 0
    lab.note(f"resident: {status(first, 'VmRSS')} KiB, {status(second, 'VmRSS')} KiB")
    assert status(first, "VmRSS") >= status(second, "VmRSS") + 20000
    assert limits(first, "Max core file size") == "unlimited"
    told_apart = Path("/proc/sys/kernel/core_uses_pid").read_text() != "0\n" or \
        re.search("^[|]|%[pPiIt]", Path("/proc/sys/kernel/core_pattern").read_text())
    for node, dumps in ((first, True), (second, False)):
        assert node.log.has("Core dumps could be lost") == (dumps and not told_apart), node.name
    assert limits(second, "Max core file size") == "0"
    for node, root in ((first, "/var/lib/heartbeat/elsewhere"), (second, "/var/lib/heartbeat/cores")):
        assert directory(node) == root + "/root", directory(node)

    # The same by a reload, without a restart.
    pid, resident = first.main_pid(), status(first, "VmRSS")
    ha_cf = first.path("/etc/ha.d/ha.cf")
    ha_cf.write_text(ha_cf.read_text().replace("rtprio 50", "rtprio 60")
                     .replace("memreserve 30000", "memreserve 60000")
                     .replace("coredumps on", "coredumps off").replace("elsewhere", "there"))
    assert first.space.run([HEARTBEAT, "-r"]).returncode == 0
    wait_until(lambda: scheduling(first) == "FF 60", 10, f"another priority, {scheduling(first)}")
    wait_until(lambda: status(first, "VmRSS") > resident + 20000, 10, "more memory")
    assert limits(first, "Max core file size") == "0"
    assert directory(first) == "/var/lib/heartbeat/there/root", directory(first)
    ha_cf.write_text(ha_cf.read_text().replace("realtime on", "realtime off"))
    assert first.space.run([HEARTBEAT, "-r"]).returncode == 0
    wait_until(lambda: scheduling(first) == "TS -", 10, f"no priority, {scheduling(first)}")
    assert status(first, "VmLck") == 0
    assert first.main_pid() == pid and first.is_running()


@claim(kind="ours")
def a_watchdog_is_tickled_until_the_last_resource_is_released(lab: Lab) -> None:  # A33
    device = "/var/log/watchdog"
    cluster = lab.cluster(extra=[f"watchdog {device}"],
                          haresources=[f"node1 IPaddr2::{ADDRESS}/24/eth0 service::slow"])
    cluster.misbehave("slow", "stop", "sleep 3")
    for node in cluster.nodes:
        node.write(device, "")
    cluster.start_settled()
    node = cluster.node1
    file = node.path(device)
    assert node.log.has("set the timeout of watchdog /var/log/watchdog to 2 s: ")
    before = len(file.read_bytes())
    time.sleep(2)
    written = len(file.read_bytes()) - before
    lab.note(f"{written} bytes in 2 s with keepalive 200 ms")
    assert 7 <= written <= 13 and set(file.read_bytes()) == {0}
    stopping = node.begin_stop()
    node.log.wait("Heartbeat shutdown in progress", 5)
    time.sleep(0.5)
    before = len(file.read_bytes())
    time.sleep(1.5)
    assert len(file.read_bytes()) - before >= 5 and b"V" not in file.read_bytes()
    assert stopping.wait(20) == 0
    assert file.read_bytes().rstrip(b"\0").endswith(b"V") and file.read_bytes().endswith(b"V")
    # The other one is killed: it stays armed.
    cluster.node2.signal("KILL")
    assert b"V" not in cluster.node2.path(device).read_bytes()


@claim(kind="ours")
def apphbd_of_the_suite_watches_the_daemon(lab: Lab) -> None:
    cluster = lab.cluster(extra=["use_apphbd on"])
    node = cluster.node1
    # The original's program, beside our tree, which hides it on this host.
    shutil.copy2(Path("/usr/libexec/heartbeat/apphbd"), node.path("/var/log/apphbd"))
    node.write("/var/log/apphbd.cf", "debug_level 1\nlogfile /var/log/apphbd.log\n"
                                     "debugfile /var/log/apphbd.log\nrealtime no\n")
    node.space.shell("/var/log/apphbd -c /var/log/apphbd.cf")
    log = node.path("/var/log/apphbd.log")

    def said(what: str) -> bool:
        return log.exists() and re.search(what, log.read_text(errors="replace")) is not None

    wait_until(lambda: node.path("/run/heartbeat/apphb.comm").exists(), 5, "apphbd listens")
    cluster.start_settled()
    node.log.wait("Registered with apphbd as heartbeat/master_control_process: interval 1000 ms, late after 600 ms", 10)
    cluster.node2.log.wait("Not registered with apphbd: /run/heartbeat/apphb.comm: ", 10)
    time.sleep(2.5)
    assert not said("failed to heartbeat"), log.read_text(errors="replace")
    node.signal("STOP")
    wait_until(lambda: said(r"'heartbeat' / 'master_control_process'.*failed to heartbeat"), 5, "apphbd notices")
    node.signal("CONT")
    wait_until(lambda: said(r"'heartbeat' / 'master_control_process'.*resumed heartbeats"), 5, "apphbd notices its return")
    assert node.stop() < 10
