"""Acceptance of configuration, command line, signals and reload: A1 to A25, A37 to A39, A42.

The others: A26 to A30 and A32 to A35 with the processes, A36 with the ping nodes, A40 with
membership, A41 as R27. A31 does not apply: there are no read and write children.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from lab.cluster import ADDRESS, Cluster
from lab.host import HEARTBEAT, Host
from lab.namespaces import wait_until
from lab.suite import Lab, claim

from .acceptance import outage


@dataclass(frozen=True)
class Start:
    """A start (or another command) with files that were edited, and how it must end.

    add      lines put in front of ha.cf; `replace` are (pattern, text) in it
    code     exit code of 3.0.6 and of ours
    said     what ours says on its output, in the log, or both
    """

    row: str
    add: str = ""
    replace: tuple[tuple[str, str], ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    mode: int = 0o600
    arguments: tuple[str, ...] = ()
    code: tuple[int, int] = (0, 0)
    said: str = ""


_NO_LOG = ((r"(?m)^(logfile|debugfile|logfacility) .*\n", ""),)
_STARTS = [
    Start("A1 -V", arguments=("-V",), said=r"\d+\.\d+"),
    Start("A1 -D", arguments=("-D",), said="keepalive +1000ms"),
    Start("A1 -Z", arguments=("-Z",), code=(2, 2)),
    *(Start(f"{arguments[0]} without its action", arguments=arguments, code=(2, 2), said=r"go(es)? with -")
      for arguments in (("--json",), ("--diff",), ("--config", "/etc/ha.d"), ("--timeout", "5"),
                        ("-r", "--timeout", "5"), ("-k", "--json"))),
    Start("A2 empty", replace=((r"[\s\S]*", ""),), code=(6, 6),
          said="No heartbeat media defined[\\s\\S]*no nodes defined[\\s\\S]*not in configuration"),
    Start("A3 unknown directive", add="foo bar", code=(6, 6),
          said=r"ha\.cf:1:1: .*Illegal directive \[foo\]"),
    Start("A4 keepalive 2s", add="deadtime 10", replace=((r"keepalive .*", "keepalive 2s"),
                                                         (r"(?m)^deadtime 1$", "deadtime 10"),
                                                         (r"initdead .*", "initdead 10")),
          code=(6, 0)),
    Start("A5 deadtime 10 ms", add="deadtime 10 ms", code=(6, 6), said=r"ha\.cf:1:13: .*not a time"),
    Start("A6 Node", replace=((r"(?m)^node ", "Node "),), code=(6, 6),
          said=r"Illegal directive \[Node\].*perhaps \"node\""),
    Start("A7 deadtime too small", replace=((r"keepalive .*", "keepalive 1"),
                                            (r"(?m)^deadtime .*", "deadtime 2")), code=(6, 6),
          said="too small compared to keepalive"),
    Start("A8 initdead 9999ms", replace=((r"initdead .*", "initdead 9999ms"),),
          said="Initial dead time.*may be too small"),
    Start("A9 initdead below deadtime", replace=((r"(?m)^deadtime .*", "deadtime 5"),
                                                 (r"initdead .*", "initdead 4")), code=(6, 6),
          said="smaller than deadtime"),
    *(Start(f"A10 authkeys {mode:o}", mode=mode, code=(6, 6), said="Bad permissions on keyfile")
      for mode in (0o644, 0o640, 0o604)),
    *(Start(f"A10 authkeys {mode:o}", mode=mode) for mode in (0o600, 0o400, 0o700)),
    Start("A10 authkeys 620", mode=0o620, code=(0, 6), said="Bad permissions on keyfile"),
    Start("A11 auth below its key", files={"authkeys": "1 sha1 x\nauth 1\n"}, code=(6, 0)),
    Start("A12 ucast alone", add="ucast", code=(139, 6), said="ucast has no arguments"),
    Start("A12 mcast alone", add="mcast", code=(139, 6), said="mcast has no arguments"),
    Start("A13 crm_daemon_dir", add="crm_daemon_dir /x", code=(6, 0)),
    Start("A14 autojoin with haresources", add="crm off\nautojoin any", code=(6, 6),
          said="autojoin cannot be used with haresources"),
    Start("A15 no log at all", add="use_logd off", replace=_NO_LOG, code=(6, 6),
          said="nothing could be logged"),
    Start("A16 group of no node", files={"haresources": "nobody 10.77.0.100\n"}, code=(6, 6),
          said="Bad nodename in"),
    Start("A42 six thousand characters", add="node " + " ".join(f"extra{i:03}" for i in range(90)) +
          " #" + "x" * 6000, code=(6, 0)),
]


def put(node: Host, start: Start, good: dict[str, str]) -> None:
    texts = dict(good)
    for pattern, text in start.replace:
        texts["ha.cf"] = re.sub(pattern, lambda _, text=text: text, texts["ha.cf"], count=1)
    if start.replace == _NO_LOG:
        texts["ha.cf"] = re.sub(*_NO_LOG[0], texts["ha.cf"])
    texts["ha.cf"] = (start.add + "\n" if start.add else "") + texts["ha.cf"]
    texts |= start.files
    for name, text in texts.items():
        node.write(f"/etc/ha.d/{name}", text, start.mode if name == "authkeys" else 0o644)


@claim(budget=120)
def starts_end_as_the_files_deserve(lab: Lab) -> None:  # A1 to A16, A42
    cluster = lab.cluster()
    node = cluster.node1
    good = {name: node.path(f"/etc/ha.d/{name}").read_text()
            for name in ("ha.cf", "authkeys", "haresources")}
    wrong = []
    for start in _STARTS:
        put(node, start, good)
        mark = node.log.mark()
        result = node.space.run([HEARTBEAT, *start.arguments], timeout=30)
        code = result.returncode if result.returncode >= 0 else 128 - result.returncode
        said = result.stdout + result.stderr + node.log.text(mark)
        if code != start.code[node.flavour.is_ours]:
            wrong.append(f"{start.row}: exit {code}, not {start.code[node.flavour.is_ours]}: {said}")
        elif node.flavour.is_ours and not re.search(start.said, said):
            wrong.append(f"{start.row}: `{start.said}` is not in: {said}")
        if code != 0 and node.is_running():
            wrong.append(f"{start.row}: exit {code}, and it runs")
        node.space.kill_all()
        node.path("/run/heartbeat.pid").unlink(missing_ok=True)
    assert not wrong, "\n".join(wrong)
    lab.note(f"{len(_STARTS)} starts")


def status(node: Host) -> int:
    return node.space.run([HEARTBEAT, "-s"]).returncode


@claim(kind="ours")
def the_command_tells_and_starts_one_daemon(lab: Lab) -> None:  # A17, A18, A19, A39
    cluster = lab.cluster(haresources=["mynode service::web"], nodes=("mynode", "node2"))
    node = cluster.node1
    node.write("/etc/ha.d/nodeinfo", "MyNode\n")
    assert status(node) == 3
    other = node.space.run(["setpriv", "--reuid=hacluster", "--regid=haclient", "--clear-groups",
                            HEARTBEAT])
    assert other.returncode == 4, other
    node.start()
    pid = node.main_pid()
    assert status(node) == 0
    again = node.space.run([HEARTBEAT])
    assert again.returncode == 0 and f"already running [pid {pid}]" in again.stderr, again
    assert node.main_pid() == pid
    for options, code, said in ((["-R"], 1, f"the daemon is pid {pid}"),
                                (["-R", "-C", "all"], 1, f"the daemon is pid {pid}"),
                                (["-C", "all"], 2, "-C goes with -R"),
                                (["-R", "-C", "most"], 2, "-C")):
        result = node.space.run([HEARTBEAT, *options])
        assert result.returncode == code and said in result.stderr, (options, result)
    assert node.main_pid() == pid
    told = node.space.run([HEARTBEAT, "-s"]).stdout
    assert "is running on node1 [mynode]" in told, told
    wait_until(lambda: cluster.service_on("web") == ["node1"], 15, "mynode serves")
    cluster.misbehave("web", "stop", "sleep 2")
    impatient = node.space.run([HEARTBEAT, "-k", "--timeout", "0.5"])
    assert impatient.returncode == 1 and "it goes on stopping" in impatient.stderr, impatient
    node.stop()
    assert status(node) == 3, "the pid file stays"
    assert node.space.run([HEARTBEAT, "-R"]).returncode == 6


# --- reload ------------------------------------------------------------------------------------


def settled(lab: Lab, **settings) -> Cluster:
    cluster = lab.cluster(**settings)
    cluster.start_settled()
    return cluster


def assert_untouched(cluster: Cluster, pids: list[int | None], at: float) -> None:
    assert [node.main_pid() for node in cluster.nodes] == pids, "a daemon was restarted"
    assert all(node.is_running() for node in cluster.nodes)
    assert outage(cluster, at) == 0 and cluster.observer.owners(ADDRESS) == {"node1"}
    for node in cluster.nodes:
        assert not node.log.has("is dead|Late heartbeat|Heartbeat restart"), \
            node.log.lines("is dead|Late heartbeat|Heartbeat restart")


@claim(kind="ours")
def a_reload_disturbs_nothing_and_broken_files_change_nothing(lab: Lab) -> None:  # A20 to A22, A24
    cluster = settled(lab)
    node = cluster.node1
    pids, at = [each.main_pid() for each in cluster.nodes], time.monotonic()
    good = {name: node.path(f"/etc/ha.d/{name}").read_text() for name in ("ha.cf", "authkeys")}

    mark = node.log.mark()
    node.space.shell("touch /etc/ha.d/ha.cf")  # A20: the contents count, not the date
    assert node.space.run([HEARTBEAT, "-r"]).returncode == 0
    node.log.wait("Configuration unchanged", 5, mark)

    for name, text in (("ha.cf", "nonsense\n"), ("authkeys", "1 sha256 x\n")):
        mark = node.log.mark()
        node.write(f"/etc/ha.d/{name}", text + good[name], 0o600)
        assert node.space.run([HEARTBEAT, "-r"]).returncode == 1, name  # A21
        assert not node.log.has("Rereading", mark), "it was signalled with broken files"
        node.signal("HUP")  # A22, A24
        node.log.wait(f"ERROR: .*{name}", 5, mark)
        node.log.wait("is not changed", 5, mark)
        node.write(f"/etc/ha.d/{name}", good[name], 0o600)
    time.sleep(1.5)  # more than deadtime: the keys are still those of the other node
    assert_untouched(cluster, pids, at)


@claim(kind="all")  # node by node, which 3.0.6 cannot do: reload.keys_rotate_node_by_node
def keys_are_changed_at_once_while_the_cluster_runs(lab: Lab) -> None:  # A23
    cluster = settled(lab)
    pids, at = [node.main_pid() for node in cluster.nodes], time.monotonic()
    for node in cluster.nodes:
        node.write("/etc/ha.d/authkeys", "auth 2\n1 sha1 a\n2 md5 fresh-key\n", 0o600)
        node.signal("HUP")
    for node in cluster.nodes:
        node.log.wait("Rereading authentication file", 5)
    time.sleep(1.5)
    assert_untouched(cluster, pids, at)


@claim(kind="ours")
def signals_change_the_debug_level(lab: Lab) -> None:  # A25
    cluster = lab.cluster(haresources=["node1 service::web"])
    node = cluster.node1
    cluster.start(node)
    debugfile = node.path("/var/log/ha-debug")
    for name, level in (("USR1", 1), ("USR1", 2), ("USR2", 1), ("USR2", 0), ("USR2", 0)):
        before = debugfile.stat().st_size
        node.signal(name)

        def told(before: int = before, level: int = level) -> bool:
            return f"debug now set to {level} [pid " in debugfile.read_text()[before:]

        wait_until(told, 5, f"SIG{name}: debug level {level}")


# --- messages of the administrator -------------------------------------------------------------


_HEADER = r"[0-9a-f]+ [0-9a-f]{8} [0-9a-f]{8} \d+ \d+\.\d\d .*"


@claim(kind="all", budget=120)
def scripts_know_the_state_of_the_node_and_what_it_logs(lab: Lab) -> None:
    cluster = lab.cluster(haresources=["node1 service::web"])
    for node in cluster.nodes:
        node.options = ["-d", "-d"]
        node.add_script("/etc/ha.d/rc.d/status", "#!/bin/sh\n(echo; env) >> /var/log/told\n")
    cluster.start()
    for node in cluster.nodes:
        other = cluster.other(node)
        node.log.wait(f"Status update for node {other.name}: status active", 20)
        told = node.path("/var/log/told")

        def news(told: Path = told, name: str = other.name) -> list[dict[str, str]]:
            events = told.read_text().split("\n\n") if told.exists() else []
            found = [dict(line.split("=", 1) for line in event.splitlines() if "=" in line)
                     for event in events]
            return [each for each in found
                    if each.get("HA_src") == name and each.get("HA_st") == "active"]

        wait_until(news, 10, f"{node.name} tells its script that {other.name} is active")
        environment = news()[0]
        assert environment["HA_debug"] == "2", environment
        assert environment["HA_LOGFACILITY"] == "", environment
        assert environment["HA_OSTATUS"] in ("up", "active"), environment
        assert re.fullmatch(_HEADER, " ".join(environment.get(f"HA_{name}", "") for name in
                                              ("seq", "hg", "ts", "ttl", "ld"))), environment


@claim(kind="ours")
def a_message_of_ones_own_runs_its_script_with_fields_but_not_more(lab: Lab) -> None:  # A37, A38
    cluster = lab.cluster(haresources=["node1 service::web"])
    for node in cluster.nodes:
        node.add_script("/etc/ha.d/rc.d/mytype", "#!/bin/sh\nenv > /var/log/told.new\n"
                        "mv /var/log/told.new /var/log/told\n")
        node.add_script("/var/log/trap", "#!/bin/sh\necho trapped >> /var/log/trapped\n")
    cluster.start()
    for node in cluster.nodes:
        node.log.wait("Local status now set to: 'active'", 15)
    cluster.node1.space.run(
        ["sh", "-c", "cat > /var/lib/heartbeat/fifo"], check=True,
        stdin=">>>\nt=mytype\nfoo=bar\nFUNCS=/var/log/trap\nauth=1 x\nDIR=/var/log\n<<<\n")
    for node in cluster.nodes:
        told = node.path("/var/log/told")
        wait_until(told.exists, 10, f"{node.name} has run rc.d/mytype")
        environment = dict(line.split("=", 1) for line in told.read_text().splitlines()
                           if "=" in line)
        assert environment.get("HA_src") == "node1" and environment.get("HA_t") == "mytype", \
            environment
        assert environment.get("HA_FUNCS") == "/etc/ha.d/shellfuncs", environment
        assert environment.get("HA_DIR") == "/etc/ha.d/" and "HA_auth" not in environment
        assert environment.get("HA_OSTATUS") == "active", environment
        assert re.fullmatch(_HEADER, " ".join(environment.get(f"HA_{name}", "") for name in
                                              ("seq", "hg", "ts", "ttl", "ld"))), environment
        assert not node.path("/var/log/trapped").exists(), "a message named what root runs"
