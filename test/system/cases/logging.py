"""Where lines go, by which daemon, and that nothing about a log can delay a heartbeat."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

from lab.cluster import ADDRESS, Cluster
from lab.host import HEARTBEAT, LOG, Host, LogFile
from lab.namespaces import wait_until
from lab.suite import Lab, claim, product

from .pauses import Quiet
from .reload import append

_SINK = Path(__file__).parent / "log_sink.py"
_SOCKET = "/var/lib/heartbeat/log_daemon"
_LOGD_CF = "/etc/ha.d/logd.cf"
_DEBUG = "/var/log/ha-debug"
_PROGRAMS = {"ha_logd": "/usr/lib/heartbeat/ha_logd", "ha_logger": "/usr/sbin/ha_logger"}
_LINE = r"(?m)^\w{3} \d\d \d\d:\d\d:\d\d node\d heartbeat: \[\d+\]: (info|WARN|debug|ERROR): "


class Logd:
    """A logging daemon on a host, ours or cluster-glue's, and the `ha_logger` that came with it."""

    def __init__(self, lab: Lab, node: Host, make: str, config: str = "") -> None:
        self._node = node
        self.log = LogFile(node.path("/var/log/logd.log"))
        self.program, self.logger = (self._find(lab, make, name) for name in _PROGRAMS)
        node.write(_LOGD_CF, config or "logfile /var/log/logd.log\ndebugfile /var/log/logd.debug\n"
                                       "logfacility none\n")

    def _find(self, lab: Lab, make: str, name: str) -> str:
        if make == "ours":
            tree = next(flavour.tree for flavour in lab.pair if flavour.is_ours)
            return f"{tree}{_PROGRAMS[name]}"
        # Our package would hide it where it belongs.
        shutil.copy2(_PROGRAMS[name], self._node.path(f"/var/log/glue-{name}"))
        return f"/var/log/glue-{name}"

    def start(self) -> None:
        result = self._node.space.run([self.program, "-d", "-c", _LOGD_CF])
        assert result.returncode == 0, result
        listening = ["sh", "-c", f"ss -xlH | grep -q {_SOCKET}"]
        wait_until(lambda: self._node.space.run(listening).returncode == 0, 5, "it listens")

    def signal(self, name: str) -> None:
        self._node.space.shell(f"p=$(cat /run/logd.pid); kill -{name} $p $(pgrep -P $p || true)")

    def say(self, *words: str, stdin: str | None = None) -> int:
        return self._node.space.run([self.logger, *words], stdin=stdin).returncode


def lone_daemon(lab: Lab, *extra: str) -> tuple[Cluster, Host]:
    cluster = lab.cluster(initdead="1", extra=list(extra))
    return cluster, cluster.node1


def own_dev(node: Host) -> None:
    """Gives the host a /dev of its own, where it may have a /dev/log."""
    node.space.shell(
        "mkdir -p /run/olddev; mount --bind /dev /run/olddev; mount -t tmpfs dev /dev; "
        "for n in null zero full random urandom tty; do touch /dev/$n; "
        "mount --bind /run/olddev/$n /dev/$n; done; ln -s /proc/self/fd /dev/fd")


def sink(node: Host, *arguments: str) -> None:
    node.write("/var/log/log_sink.py", _SINK.read_text())
    node.space.popen(["python3", "-I", "/var/log/log_sink.py", *arguments])
    place = arguments[1] if arguments[0] != "journal" else f"{arguments[1]}/dev-log"
    wait_until(lambda: node.space.run(["test", "-S", place]).returncode == 0, 5, f"{place} is there")


def slow_disk(node: Host, pid: int) -> None:
    """From now on each write of the thread that writes the log takes half a minute."""
    thread = node.space.shell(
        f"for t in /proc/{pid}/task/*; do grep -q hb-log $t/comm && basename $t; done; true").strip()
    assert thread, "there is no thread that writes the log"
    node.space.popen(["strace", "-qqq", "-o", "/dev/null", "-p", thread,
                      "-e", "trace=writev,write,sendto",
                      "-e", "inject=writev,write,sendto:delay_enter=30000000"])
    traced = ["grep", "-q", "TracerPid:.[1-9]", f"/proc/{pid}/task/{thread}/status"]
    wait_until(lambda: node.space.run(traced).returncode == 0, 5, "the disk is slow")


@claim(kind="ours", over=product(logd=["ours", "cluster-glue"]), budget=60)
def a_daemon_logs_through_a_logging_daemon_of_either_make(lab: Lab) -> None:
    cluster, node = lone_daemon(lab, "use_logd on", "conn_logd_time 1")
    logd = Logd(lab, node, lab.parameters["logd"])
    logd.start()
    cluster.start(node)
    logd.log.wait("Comm_now_up", 15)
    assert logd.log.has(_LINE + "Configuration validated. Starting heartbeat")
    assert not node.log.text(), f"twice: {node.log.text()[:300]}"

    logd.signal("KILL")
    node.signal("USR1")
    node.log.wait("the logging daemon does not answer", 3)
    assert LogFile(node.path(_DEBUG)).has("debug now set to 1")

    logd.start()
    mark = logd.log.mark()

    def is_back() -> bool:
        node.signal("USR1")
        return logd.log.has("takes lines again; [0-9]+ messages were written directly", mark)
    wait_until(is_back, 10, "the logging daemon is found again", interval=0.3)
    here = node.log.mark()
    node.signal("HUP")
    logd.log.wait("Rereading configuration files", 3, mark)
    time.sleep(0.2)
    assert not node.log.text(here), "lines go to both places"
    node.stop()
    logd.log.wait("Heartbeat shutdown complete", 3, mark)


@claim(kind="mixed", budget=60)
def the_original_logs_through_our_logging_daemon(lab: Lab) -> None:
    cluster, _ = lone_daemon(lab, "use_logd on")
    node = next(each for each in cluster.nodes if not each.flavour.is_ours)
    logd = Logd(lab, node, "ours")
    logd.start()
    cluster.start(node)
    logd.log.wait("Comm_now_up", 15)
    assert logd.log.has(_LINE + "Configuration validated. Starting heartbeat 3.0.6")
    # Each ha_logger with each daemon.
    theirs = Logd(lab, node, "cluster-glue")
    assert theirs.say("-t", "glue", "hello world", "two") == 0
    assert theirs.say("-D", "ha-debug", "only for the debug file") == 0
    logd.log.wait(r"(?m) node\d glue: \[\d+\]: hello world$", 3)
    logd.log.wait(r"(?m)glue: \[\d+\]: two$", 3)
    debug = LogFile(node.path("/var/log/logd.debug"))
    debug.wait("cluster: .*only for the debug file", 3)
    assert not logd.log.has("only for the debug file")
    assert logd.say("-t", "mine", "hello") == 0
    logd.log.wait("(?m)mine: .*: hello$", 3)
    node.stop()
    logd.log.wait("Heartbeat shutdown complete", 3)
    logd.signal("TERM")
    wait_until(lambda: not node.path("/run/logd.pid").exists(), 5, "it ends")
    theirs.start()
    assert logd.say("-t", "mine", "to theirs", "and more") == 0
    assert logd.say(stdin="from a pipe\nin two lines\n") == 0
    for text in ("mine: .*: to theirs$", "and more$", "cluster: .*: from a pipe$", "in two lines$"):
        theirs.log.wait("(?m)" + text, 3)
    node.space.run([theirs.program, "-k"])


@claim(kind="ours", over=product(trouble=["disk", "fifo", "full", "logd", "syslog"]), budget=90)
def a_log_that_hangs_delays_no_heartbeat_and_no_stop(lab: Lab) -> None:
    trouble = lab.parameters["trouble"]
    extra = {"disk": [], "fifo": ["logfile /var/log/pipe", "debugfile /var/log/pipe"],
             "full": ["logfile /var/log/full/a", "debugfile /var/log/full/b"],
             "logd": ["logfile /dev/null", "debugfile /dev/null", "use_logd on"],
             "syslog": ["logfacility local0"]}[trouble]
    cluster = lab.cluster(per_node={"node1": {"extra": extra}})
    node = cluster.node1
    match trouble:
        case "fifo":
            node.space.shell("mkfifo /var/log/pipe")
            node.space.popen(["sh", "-c", "exec 3<>/var/log/pipe; exec sleep 300"])
        case "full":
            node.space.shell("mkdir /var/log/full; mount -t tmpfs -o size=64k none /var/log/full")
        case "syslog":
            own_dev(node)
            sink(node, "deaf", "/dev/log")
        case "logd":
            logd = Logd(lab, node, "ours")
            logd.start()
    cluster.start()
    cluster.wait_owner(ADDRESS, node, 20)
    cluster.node2.log.wait("remote resource transition completed", 20)
    if trouble == "full":
        node.space.shell("dd if=/dev/zero of=/var/log/full/filler bs=1k 2>/dev/null || true")
    if trouble == "logd":
        logd.signal("STOP")
    if trouble == "disk":
        slow_disk(node, node.main_pid())
    mark = cluster.node2.log.mark()
    quiet = Quiet(cluster)
    pid = node.main_pid()
    node.space.shell(f"for i in $(seq 400); do kill -HUP {pid}; kill -USR1 {pid}; kill -USR2 {pid}; "
                     "sleep 0.01; done")
    quiet.check()
    late = cluster.node2.log.lines("Late heartbeat", mark)
    assert not late, late
    assert node.is_running()
    lab.note(f"{node.stop(15):.1f} s to stop")
    cluster.wait_owner(ADDRESS, cluster.node2, 5)
    if trouble == "logd":
        logd.signal("CONT")
        logd.log.wait("Rereading configuration files", 5)


@claim(kind="ours", budget=60)
def every_log_directive_acts_on_a_running_daemon(lab: Lab) -> None:
    cluster, node = lone_daemon(lab)
    own_dev(node)
    sink(node, "syslog", "/dev/log", "/var/log/from-syslog")
    syslog = LogFile(node.path("/var/log/from-syslog"))
    debug = LogFile(node.path(_DEBUG))
    cluster.start(node)
    node.log.wait("Comm_now_up", 15)

    # debug, SIGUSR1, SIGUSR2; debugfile and logfile (A25)
    for name, level in (("USR1", 1), ("USR1", 2), ("USR2", 1), ("USR2", 0), ("USR2", 0)):
        mark = debug.mark()
        node.signal(name)
        debug.wait(rf"(?m)debug: debug now set to {level} \[pid {node.main_pid()}\]$", 3, mark)
    assert not node.log.has("debug: "), "logfile has debug messages"
    assert debug.has("info: Comm_now_up"), "debugfile has not everything"

    def reload(*lines: str) -> int:
        """Sets these directives in place of the log directives; returns a mark in the log."""
        text = node.path("/etc/ha.d/ha.cf").read_text()
        text = re.sub(r"^(logfile|debugfile|logfacility|debug|syslogmsgfmt)\b.*\n", "", text,
                      flags=re.M)
        node.write("/etc/ha.d/ha.cf", "\n".join([*lines, text]))
        mark = node.log.mark()
        node.signal("HUP")
        time.sleep(0.3)  # or another one now would be the same signal
        return mark

    files = [f"logfile {LOG}", f"debugfile {_DEBUG}"]
    # rotation: at once by SIGHUP, and within a second without
    node.path(LOG).rename(node.path("/var/log/ha.log.1"))
    reload(*files)
    node.log.wait("Rereading configuration files", 3)
    node.path(_DEBUG).unlink()
    time.sleep(1.1)
    node.signal("USR1")
    debug.wait("debug now set to", 3)

    # another form, another file
    mark = reload(*files, "syslogmsgfmt off")
    node.signal("HUP")
    node.log.wait(r"(?m)^heartbeat\[\d+\]: \d{4}/\d\d/\d\d_\d\d:\d\d:\d\d info: ", 3, mark)
    other = LogFile(node.path("/var/log/other"))
    reload("logfile /var/log/other")
    node.signal("HUP")
    other.wait(_LINE + "Rereading configuration files", 3)

    # facilities
    assert not syslog.text()
    for facility, number in (("local3", 19), ("daemon", 3), ("kern", 0)):
        mark = syslog.mark()
        reload(*files, f"logfacility {facility}")
        node.signal("HUP")
        syslog.wait(rf"(?m)^<{number * 8 + 6}>\w{{3}} [ \d]\d \d\d:\d\d:\d\d heartbeat: "
                    r"\[\d+\]: info: Rereading", 3, mark)
    reload(*files, "logfacility none")
    time.sleep(0.3)
    mark = syslog.mark()
    node.signal("HUP")
    time.sleep(0.3)
    assert not syslog.text(mark), syslog.text(mark)
    reload(*files, "debug 1")
    node.signal("USR2")
    debug.wait("debug now set to 0", 3)
    # no place named and no logging daemon: syslog facility daemon, and it is told
    mark = syslog.mark()
    reload()
    node.signal("HUP")
    syslog.wait(r"(?m)^<30>.*Rereading", 3, mark)
    assert syslog.has("(?m)^<28>.*the logging daemon does not answer", mark)
    node.stop()


@claim(kind="ours", budget=60)
def the_journal_gets_fields(lab: Lab) -> None:
    cluster = lab.cluster(initdead="2", per_node={"node1": {"extra": ["logfacility local0"]}})
    node = cluster.node1
    own_dev(node)
    node.space.shell("mkdir -p /run/systemd/journal; ln -s /run/systemd/journal/dev-log /dev/log")
    sink(node, "journal", "/run/systemd/journal", "/var/log/journal")
    journal = LogFile(node.path("/var/log/journal"))
    cluster.start()
    cluster.wait_owner(ADDRESS, node, 20)
    wait_until(lambda: "HB_ID=group-taken\n" in journal.text(), 10, "a group is told of")
    entries = [dict(line.split("=", 1) for line in entry.splitlines()[1:] if "=" in line)
               for entry in journal.text().split("== ")[1:]]
    assert "== dev-log" not in journal.text(), "it spoke syslog to the journal"
    up = next(entry for entry in entries if entry.get("HB_ID") == "link-up")
    assert up["HB_PEER"] in ("node1", "node2") and up["HB_LINK"].startswith("eth"), up
    assert up["MESSAGE"] == f"info: Link {up['HB_PEER']}:{up['HB_LINK']} up.", up
    assert (up["PRIORITY"], up["SYSLOG_FACILITY"], up["SYSLOG_IDENTIFIER"]) == \
        ("6", "16", "heartbeat"), up
    assert re.fullmatch("[0-9a-f]{32}", up["MESSAGE_ID"])
    group = next(entry for entry in entries if entry.get("HB_ID") == "group-taken")
    assert group["HB_GROUP"], group
    assert all("HB_ID" in entry for entry in entries), "a line without an id"


@claim(kind="ours", budget=90)
def every_line_of_a_cluster_can_be_explained(lab: Lab) -> None:
    cluster = lab.cluster(extra=["debug 1"])
    cluster.start_settled()
    cluster.command(cluster.node1, "hb_standby")
    cluster.wait_owner(ADDRESS, cluster.node2, 10)
    at = cluster.node2.crash()
    cluster.observer.wait_takeover(ADDRESS, at, "node1", 10)
    cluster.node1.signal("HUP")
    cluster.node1.stop()
    lines = {re.sub(r"\d+", "1", line): line
             for node in cluster.nodes
             for line in LogFile(node.path(_DEBUG)).text().splitlines()
             if re.match(_LINE, line)}
    assert len(lines) > 25, lines
    unknown = [line for line in lines.values()
               if cluster.node1.space.run([HEARTBEAT, "explain", line]).returncode != 0]
    # What a script or a medium said has no words of the table's own.
    passed_on = r"info: \S+::\S+: |(bcast|mcast|ucast) \S+: "
    unknown = [line for line in unknown if not re.search(passed_on, line)]
    assert not unknown, unknown
    run = cluster.node1.space.run
    append(cluster.node1, "foo bar")
    refused = run([HEARTBEAT]).stderr
    finding = re.search(r"(?m)^.* ERROR: (/etc/ha\.d/ha\.cf:\d+:1: Illegal directive .*)$", refused)
    assert finding, refused
    explained = run([HEARTBEAT, "explain", finding[0]])
    assert explained.returncode == 0 and explained.stdout.startswith("config-error"), explained
    assert finding[1] in " ".join(explained.stdout.split()), explained
    assert "node-dead" in run([HEARTBEAT, "explain"]).stdout
    explained = run([HEARTBEAT, "explain", "node-dead"])
    assert explained.returncode == 0 and "Its resources are taken over" in " ".join(explained.stdout.split())
    wrong = run([HEARTBEAT, "explain", "nodedead"])
    assert wrong.returncode == 1 and "node-dead" in wrong.stderr, wrong


@claim(kind="ours", budget=60)
def the_logging_daemon_answers_to_its_options(lab: Lab) -> None:
    _, node = lone_daemon(lab)
    logd = Logd(lab, node, "ours")
    run = node.space.run
    program = logd.program

    def outcome(*options: str) -> tuple[int, str]:
        result = run([program, *options])
        return result.returncode, result.stdout + result.stderr

    assert outcome("-s") == (3, "logging daemon is stopped.\n")
    assert outcome("-k") == (0, "ha_logd already stopped.\n")
    assert outcome("-h")[0] == 1 and outcome("-x")[0] == 1
    assert run([logd.logger, "x"]).stderr == "logd is not running"
    logd.start()
    pid = node.path("/run/logd.pid").read_text().strip()
    assert outcome("-s") == (0, f"logging daemon is running [pid = {pid}].\n")
    assert outcome("-d", "-c", _LOGD_CF) == (0, f"{program}: already running [pid {pid}].\n")
    # rotation
    assert logd.say("before") == 0
    logd.log.wait("(?m)cluster: .*: before$", 3)
    logd.log.path.rename(node.path("/var/log/logd.log.1"))
    logd.signal("HUP")
    logd.log.wait("logd: .*SIGHUP received, re-opened log files", 3)
    # a wrong configuration is no reason to stop
    config = node.path(_LOGD_CF).read_text()
    node.write(_LOGD_CF, config + "foo bar\n")
    logd.signal("HUP")
    logd.log.wait("Illegal directive", 3)
    assert logd.say("after") == 0
    logd.log.wait("(?m)after$", 3)
    assert outcome("-k") == (0, "")
    assert outcome("-s")[0] == 3
    for options in (["-c", _LOGD_CF], ["-d", "-c", _LOGD_CF]):
        code, text = outcome(*options)
        assert code == 6 and f"{_LOGD_CF}:4:1: error: Illegal directive" in text, (code, text)
    node.write("/run/logd.pid", "      99999\n")
    assert outcome("-s") == (1, "logging daemon is stopped: /run/logd.pid exists.\n")


@claim(kind="ours", budget=60)
def a_burst_is_written_whole_and_a_stuck_disk_stops_no_client(lab: Lab) -> None:
    _, node = lone_daemon(lab)
    logd = Logd(lab, node, "ours")
    logd.start()
    lines = "".join(f"line {i}\n" for i in range(30000))
    assert logd.say(stdin=lines) == 0
    logd.log.wait("(?m)line 29999$", 10)
    assert logd.log.text().count(": line ") == 30000, "lines of a burst are lost"
    node.space.run([logd.program, "-k"])

    logd.start()
    slow_disk(node, int(node.path("/run/logd.pid").read_text()))
    began = time.monotonic()
    assert logd.say(stdin=lines) == 0
    lab.note(f"30000 lines taken in {time.monotonic() - began:.1f} s")
    assert time.monotonic() - began < 10
    assert logd.say("one more") == 0
    began = time.monotonic()
    node.space.run([logd.program, "-k"], timeout=10)
    lab.note(f"stopped in {time.monotonic() - began:.1f} s")
