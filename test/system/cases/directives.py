"""Every directive of ha.cf, by its effect on a daemon that runs.

DIRECTIVES names for each where it is observed: a claim below, or one of another module. The list
is held against docs/directives.md, which is made from the daemon's own table, so that no directive
can come without its test, nor lose it.
"""

from __future__ import annotations

import re
import statistics
import time
from pathlib import Path

from lab.capture import Capture, Packet
from lab.cluster import ADDRESS, Cluster
from lab.host import HEARTBEAT, Host
from lab.namespaces import wait_until
from lab.suite import Lab, claim, registered

_PAGE = Path(__file__).resolve().parents[3] / "docs/directives.md"
_NO_EFFECT_YET = "Directives without effect yet"
_REFUSED = "Refused directives"  # all observed by old_and_foreign_words_are_told_apart

# directive -> the claim that observes it
DIRECTIVES: dict[str, str] = {
    "hopfudge": "packets_are_as_ha_cf_says",
    "keepalive": "packets_are_as_ha_cf_says",
    "deadtime": "packets_are_as_ha_cf_says",
    "udpport": "packets_are_as_ha_cf_says",
    "bcast": "packets_are_as_ha_cf_says",
    "ucast": "packets_are_as_ha_cf_says",
    "mcast": "packets_are_as_ha_cf_says",
    "node": "packets_are_as_ha_cf_says",
    "ucast6": "mixed.nodes_join_and_each_takes_over_from_the_other",
    "mcast6": "mixed.nodes_join_and_each_takes_over_from_the_other",
    "tcp": "media.a_cluster_over_tcp_alone_takes_over_and_takes_back",
    "serial": "serial.two_nodes_meet_over_one_line_and_miss_each_other_when_it_is_cut",
    "baud": "serial.two_nodes_meet_over_one_line_and_miss_each_other_when_it_is_cut",
    "use_logd": "logging.a_daemon_logs_through_a_logging_daemon_of_either_make",
    "conn_logd_time": "logging.a_daemon_logs_through_a_logging_daemon_of_either_make",
    "msgfmt": "messages_have_the_form_that_ha_cf_says",
    "compression": "messages_have_the_form_that_ha_cf_says",
    "compression_threshold": "messages_have_the_form_that_ha_cf_says",
    "traditional_compression": "messages_have_the_form_that_ha_cf_says",
    "initdead": "times_are_those_of_ha_cf",
    "warntime": "times_are_those_of_ha_cf",
    "max_rexmit_delay": "a_lost_packet_is_asked_for_within_max_rexmit_delay",
    "logfile": "logs_go_where_ha_cf_says",
    "debugfile": "logs_go_where_ha_cf_says",
    "debug": "logs_go_where_ha_cf_says",
    "logfacility": "logs_go_where_ha_cf_says",
    "syslogmsgfmt": "logs_go_where_ha_cf_says",
    "log_badpack": "logs_go_where_ha_cf_says",
    "auto_failback": "acceptance.with_failback_the_returning_owner_gets_its_own_group_back",
    "nice_failback": "old_and_foreign_words_are_told_apart",
    "normalpoll": "old_and_foreign_words_are_told_apart",
    "realtime": "processes.the_process_is_as_ha_cf_says",
    "rtprio": "processes.the_process_is_as_ha_cf_says",
    "memreserve": "processes.the_process_is_as_ha_cf_says",
    "coredumps": "processes.the_process_is_as_ha_cf_says",
    "coreroot": "processes.the_process_is_as_ha_cf_says",
    "watchdog": "processes.a_watchdog_is_tickled_until_the_last_resource_is_released",
    "use_apphbd": "processes.apphbd_of_the_suite_watches_the_daemon",
    "respawn": "processes.clients_live_and_end_as_their_lines_say",
    "failfast": "processes.a_failing_failfast_client_resets_the_machine",
    "ping": "pings.a_ping_node_that_goes_and_returns_is_told_as_ever",
    "ping6": "pings.a_ping_node_that_goes_and_returns_is_told_as_ever",
    "deadping": "pings.a_ping_node_is_dead_deadping_after_its_last_answer",
    "ping_group": "pings.a_group_lives_as_long_as_one_of_its_hosts_answers",
    "hbaping": "pings.a_fibre_channel_card_is_a_ping_node",
    "stonith": "fencing.a_reset_that_fails_twice_is_tried_again",
    "stonith_host": "fencing.a_crashed_owner_is_reset_before_its_address_is_taken",
    "autojoin": "membership.nodes_join_by_being_heard_and_are_remembered",
    "pacemaker": "old_and_foreign_words_are_told_apart",
    "hbgenmethod": "identity_comes_from_where_ha_cf_says",
    "uuidfrom": "identity_comes_from_where_ha_cf_says",
    "cluster": "scripts_are_told_what_ha_cf_says",
    "env": "scripts_are_told_what_ha_cf_says",
    "quorum_server": "scripts_are_told_what_ha_cf_says",
    "crm_daemon_dir": "scripts_are_told_what_ha_cf_says",
    "crmd_spawns_pengine": "scripts_are_told_what_ha_cf_says",
    "record_config_changes": "scripts_are_told_what_ha_cf_says",
    "record_pengine_inputs": "scripts_are_told_what_ha_cf_says",
    "enable_config_writes": "scripts_are_told_what_ha_cf_says",
    "apiauth": "rights_of_clients_are_in_force",
}

# Effective or not, these are recorded for scripts, and nothing else is to be seen of them here.
_TOLD_TO_SCRIPTS = {
    "cluster": "web", "quorum_server": "qs.example.net", "crm_daemon_dir": "/opt/crm",
    "crmd_spawns_pengine": "no", "record_config_changes": "off", "record_pengine_inputs": "off",
    "enable_config_writes": "off", "deadtime": "1500ms", "hopfudge": "2",
}


def known_directives() -> dict[str, str]:
    """Name -> heading below which it stands in docs/directives.md."""
    heading, known = "", {}
    for line in _PAGE.read_text().splitlines():
        if line.startswith("## "):
            heading = line[3:]
        elif found := re.match(r"\| `(\w+)` \|", line):
            known[found[1]] = heading
    return known


@claim(kind="ours")
def no_directive_is_without_its_test(lab: Lab) -> None:
    known = known_directives()
    assert len(known) > 50, f"{_PAGE} is not read"
    waiting = {name for name, heading in known.items() if heading in (_NO_EFFECT_YET, _REFUSED)}
    missing = sorted(set(known) - set(DIRECTIVES) - waiting)
    assert not missing, f"take effect and are observed nowhere: {missing}"
    assert not set(DIRECTIVES) - set(known), set(DIRECTIVES) - set(known)
    claims = registered()
    for name, where in DIRECTIVES.items():
        full = where if "." in where else f"directives.{where}"
        assert full in claims, f"{name}: there is no claim {full}"
    lab.note(f"{len(DIRECTIVES)} of {len(known)} directives, {len(waiting)} without effect yet")


def inject(node: Host, **fields: str) -> None:
    """Broadcasts a message of the administrator's own through the FIFO."""
    lines = "".join(f"{name}={value}\n" for name, value in fields.items())
    node.space.run(["sh", "-c", "cat > /var/lib/heartbeat/fifo"], stdin=f">>>\n{lines}<<<\n",
                   check=True)


def up(cluster: Cluster, *nodes: Host) -> None:
    for node in nodes or cluster.nodes:
        node.log.wait("Local status now set to: 'active'", 15)


# --- the wire ----------------------------------------------------------------------------------


@claim(kind="ours")
def packets_are_as_ha_cf_says(lab: Lab) -> None:
    cluster = lab.cluster(keepalive="100ms", deadtime="1700ms", haresources=["node1 service::web"],
                          per_node={"node1": {"extra": ["hopfudge 5"]}})
    media = ["udpport 5694", "bcast eth0", "ucast eth1 10.78.0.2", "mcast eth0 239.0.0.9 6694 3 0"]
    for node in cluster.nodes:  # the lab's own media lines go
        text = node.path("/etc/ha.d/ha.cf").read_text()
        text = re.sub(r"(?m)^(udpport|bcast|ucast|mcast) .*\n", "", text)
        node.write("/etc/ha.d/ha.cf", "\n".join(media).replace(
            "10.78.0.2", f"10.78.0.{3 - node.number}") + "\n" + text)
    capture = Capture(cluster.node2)
    cluster.start()
    up(cluster)
    time.sleep(1.5)
    sent = [packet for packet in capture.stop() if packet.source.endswith(".0.1")]
    by_target = {(p.target, p.port): p for p in sent}
    assert {("10.77.0.255", 5694), ("10.78.0.2", 5694), ("239.0.0.9", 6694)} <= set(by_target), \
        sorted(by_target)
    assert by_target[("239.0.0.9", 6694)].ttl == 3, by_target[("239.0.0.9", 6694)]
    statuses = [p for p in sent if p.port == 5694 and p.target == "10.77.0.255" and
                p.fields.get("t") == "status" and p.fields.get("st") == "active"]
    intervals = [b.at - a.at for a, b in zip(statuses, statuses[1:])]
    lab.note(f"interval {statistics.median(intervals):.3f} s of {len(intervals)}")
    assert 0.08 < statistics.median(intervals) < 0.13, intervals
    last = statuses[-1].fields
    assert int(last["dt"], 16) == 1700, last
    assert int(last["ttl"], 16) == 5 + 2, last  # hopfudge and the number of nodes
    assert last["src"] == "node1", last
    for link in ("eth0", "eth1"):
        cluster.node2.log.wait(f"Link node1:{link} up", 5)


@claim(kind="ours")
def messages_have_the_form_that_ha_cf_says(lab: Lab) -> None:
    compress = ["traditional_compression yes"]
    cluster = lab.cluster(haresources=["node1 service::web"], per_node={
        "node1": {"msgfmt": "netstring",
                  "extra": [*compress, "compression bz2", "compression_threshold 1"]},
        "node2": {"extra": [*compress, "compression zlib", "compression_threshold 8"]}})
    capture = Capture(cluster.node2)
    cluster.start()
    up(cluster)
    for node in cluster.nodes:
        inject(node, t="marker", text="compress me " * 250)
    time.sleep(1)
    sent = [p for p in capture.stop() if p.target == "10.77.0.255"]
    first = [p for p in sent if p.source.endswith(".0.1")]
    second = [p for p in sent if p.source.endswith(".0.2")]
    # By UDP both forms look alike, but that a classic message is signed inside once more.
    inside = [[b"(0)auth=" in p.data for p in sent if p.fields.get("t") == "status"]
              for sent in (first, second)]
    assert inside[0] and not any(inside[0]), "node1 speaks netstring"
    assert inside[1] and all(inside[1]), "node2 speaks classic"

    def compressed(packets: list[Packet]) -> list[Packet]:
        return [p for p in packets if b"_compressed_payload" in p.data]

    assert any(b"bz2" in p.data and b"BZh" in p.data for p in compressed(first)), "bz2 above 1 KiB"
    assert not compressed(second), "3 KB are below a threshold of 8"
    assert any(b"compress me compress me" in p.data for p in second)


@claim(kind="ours")
def a_lost_packet_is_asked_for_within_max_rexmit_delay(lab: Lab) -> None:
    delays = {}
    for limit in (60, 2500):
        cluster = lab.cluster(haresources=["node1 service::web"], networks=(0,),
                              extra=[f"max_rexmit_delay {limit}"])
        capture = Capture(cluster.node2)
        cluster.start()
        up(cluster)
        seen = []
        for _ in range(4):
            cluster.switch.cut_one_way("node1", "node2")
            for _ in range(3):
                inject(cluster.node1, t="marker", text="lost")
            time.sleep(0.3)
            cluster.switch.clear()
            cluster.switch.restore("node1")
            time.sleep(limit / 1000 + 0.5)
        packets = [p for p in capture.stop()]
        gaps = [p.at for p in packets if p.source.endswith(".0.1")]
        for request in (p for p in packets if p.source.endswith(".0.2") and
                        p.fields.get("t") == "NS_rexmit"):
            before = [at for at in gaps if at < request.at]
            later = [b for a, b in zip(gaps, gaps[1:]) if b - a > 0.25 and b < request.at]
            if before and later:
                seen.append(request.at - later[-1])
        lab.note(f"{limit} ms: {[round(each, 3) for each in seen]}")
        assert seen, "nothing was asked for"
        delays[limit] = seen
        cluster.stop()
    assert min(delays[60]) < 0.12, delays
    assert max(delays[2500]) > 0.12, delays


@claim(kind="ours")
def times_are_those_of_ha_cf(lab: Lab) -> None:
    cluster = lab.cluster(initdead="5", warntime="500ms", deadtime="2",
                          haresources=["node1 service::web"])
    at = time.monotonic()
    cluster.start(cluster.node1)
    cluster.node1.log.wait("node node2: is dead", 12)  # which was never heard
    waited = time.monotonic() - at
    lab.note(f"initdead 5 s: dead after {waited:.2f} s")
    assert 4.8 < waited < 6.5, waited
    cluster.start(cluster.node2)
    up(cluster)
    time.sleep(1)
    mark = cluster.node1.log.mark()
    cluster.node2.signal("STOP")
    time.sleep(0.9)
    cluster.node2.signal("CONT")
    cluster.node1.log.wait("Late heartbeat: Node node2: interval", 5, mark)
    assert not cluster.node1.log.has("node node2: is dead", mark), "warntime is not deadtime"


# --- logs --------------------------------------------------------------------------------------

_SYSLOG = """
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
with open("/var/log/syslog-heard", "ab", 0) as file:
    while True:
        file.write(s.recv(65536).rstrip(b"\\0\\n") + b"\\n")
"""

# A /dev of its own, so that /dev/log is this host's.
_OWN_DEV = """
mkdir -p /run/lab/dev && mount -t tmpfs lab /run/lab/dev
for name in null zero full random urandom tty; do cp -a /dev/$name /run/lab/dev/; done
mount --bind /run/lab/dev /dev
"""


@claim(kind="ours")
def logs_go_where_ha_cf_says(lab: Lab) -> None:
    cluster = lab.cluster(haresources=["node1 service::web"], per_node={
        "node1": {"extra": ["debug 1", "logfacility local3"]},
        "node2": {"extra": ["syslogmsgfmt off", "log_badpack off"]}})
    node1, node2 = cluster.nodes
    node1.space.shell(_OWN_DEV)
    node1.write("/var/log/syslog.py", _SYSLOG)
    node1.space.popen(["python3", "-I", "/var/log/syslog.py"])
    wait_until(lambda: node1.space.run(["test", "-S", "/dev/log"]).returncode == 0, 5, "/dev/log")
    cluster.start()
    up(cluster)
    bad = ('import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); '
           's.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1); '
           's.sendto(b">>>\\nt=status\\nst=dead\\nsrc=node1\\nauth=1 deadbeef\\n<<<\\n", '
           '("10.77.0.255", 694))')
    marks = [node.log.mark() for node in cluster.nodes]
    cluster.third.space.run(["python3", "-I", "-c", bad], check=True)
    time.sleep(1)
    # Where: the files, and syslog with facility and severity (local3 is 19).
    debugfile = node1.path("/var/log/ha-debug").read_text()
    assert " debug: " in debugfile and " info: " in debugfile
    assert " debug: " not in node1.log.text(), "logfile is for everything but debug"
    heard = node1.path("/var/log/syslog-heard").read_text()
    assert re.search(rf"(?m)^<{19 * 8 + 6}>.*info: ", heard), heard[:500]
    assert " debug: " not in node2.path("/var/log/ha-debug").read_text(), "debug is 0 there"
    # How: `Mmm DD HH:MM:SS host heartbeat: [pid]: …` or `heartbeat[pid]: date …`.
    assert re.match(r"[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d node1 heartbeat: \[\d+\]: \w+: ",
                    node1.log.text()), node1.log.text()[:100]
    later = node2.log.lines("Local status now set to: 'active'")[0]
    assert re.match(r"heartbeat\[\d+\]: \d{4}/\d\d/\d\d_\d\d:\d\d:\d\d \w+: ", later), later
    # A packet with a wrong signature is told unless log_badpack is off.
    told = [bool(node.log.text(mark).strip()) and node.log.has("10.77.0.9|auth|sign|digest", mark)
            for node, mark in zip(cluster.nodes, marks)]
    assert told == [True, False], [node.log.text(mark) for node, mark in zip(cluster.nodes, marks)]


# --- identity ----------------------------------------------------------------------------------


@claim(kind="ours")
def identity_comes_from_where_ha_cf_says(lab: Lab) -> None:
    cluster = lab.cluster(haresources=["node1 service::web"], per_node={
        "node1": {"extra": ["hbgenmethod time", "uuidfrom nodename"]}})
    began = int(time.time())
    cluster.start()
    up(cluster)
    node1, node2 = cluster.nodes
    generation = int(re.search(r"Heartbeat generation: (\d+)", node1.log.text())[1])
    assert began <= generation <= began + 10, generation
    assert not node1.path("/var/lib/heartbeat/hb_generation").exists(), "the clock is enough"
    assert not node1.path("/var/lib/heartbeat/hb_uuid").exists(), "the name is enough"
    assert node2.path("/var/lib/heartbeat/hb_generation").stat().st_size == 16
    assert node2.path("/var/lib/heartbeat/hb_uuid").stat().st_size == 16


# --- scripts -----------------------------------------------------------------------------------


@claim(kind="ours")
def scripts_are_told_what_ha_cf_says(lab: Lab) -> None:
    cluster = lab.cluster(haresources=["node1 service::web"], deadtime=_TOLD_TO_SCRIPTS["deadtime"],
                          extra=["env COLOUR=blue SHAPE=round",
                                 *(f"{name} {value}" for name, value in _TOLD_TO_SCRIPTS.items()
                                   if name != "deadtime")])
    for node in cluster.nodes:
        node.add_script("/etc/ha.d/rc.d/marker", "#!/bin/sh\nenv > /var/log/told.new\n"
                        "mv /var/log/told.new /var/log/told\n")
    cluster.start()
    up(cluster)
    inject(cluster.node1, t="marker", text="x")
    for node in cluster.nodes:
        told = node.path("/var/log/told")
        wait_until(told.exists, 10, "the script has run")
        environment = dict(line.split("=", 1) for line in told.read_text().splitlines()
                           if "=" in line)
        wanted = {**_TOLD_TO_SCRIPTS, "COLOUR": "blue", "SHAPE": "round", "CURHOST": node.name,
                  "keepalive": "200ms", "pacemaker": "false", "udpport": "694"}
        assert {name: environment.get(f"HA_{name}") for name in wanted} == wanted, environment


@claim(kind="ours")
def rights_of_clients_are_in_force(lab: Lab) -> None:
    cluster = lab.cluster(extra=["apiauth viewer uid=root"])
    node = cluster.node1
    cluster.start(node)
    text = node.path("/etc/ha.d/ha.cf").read_text()
    node.write("/etc/ha.d/ha.cf", text.replace("viewer uid=root", "viewer gid=haclient"))
    result = node.space.run([HEARTBEAT, "--check", "--diff"])
    assert result.returncode == 0, result
    assert "apiauth viewer: uid=root -> gid=haclient (applied in place: rights" in result.stdout, \
        result.stdout


@claim(kind="ours")
def old_and_foreign_words_are_told_apart(lab: Lab) -> None:
    cluster = lab.cluster()
    node = cluster.node1
    good = node.path("/etc/ha.d/ha.cf").read_text()
    for name in (name for name, heading in known_directives().items() if heading == _REFUSED):
        node.write("/etc/ha.d/ha.cf", f"{name} x\n{good}")
        result = node.space.run([HEARTBEAT, "--check"])
        assert result.returncode == 6 and f"Illegal directive [{name}]" in result.stdout, result
        result = node.space.run([HEARTBEAT])
        assert result.returncode == 6 and not node.is_running(), result
    node.write("/etc/ha.d/ha.cf", f"crm respawn\n{good}")  # of which no daemon is installed
    result = node.space.run([HEARTBEAT, "--check"])
    assert result.returncode == 6 and "ha.cf:1:5: error: pacemaker" in result.stdout, result
    # The old words are told and understood: nice_failback on is auto_failback off.
    text = re.sub(r"(?m)^auto_failback .*\n", "", good)
    for each in cluster.nodes:
        each.write("/etc/ha.d/ha.cf", f"normalpoll on\nnice_failback on\n{text}")
    cluster.start_settled()
    for name in ("nice_failback is obsolete", "normalpoll is obsolete"):
        assert node.log.has(name), name
    at = node.crash()
    cluster.observer.wait_takeover(ADDRESS, at, "node2", 10)
    node.power_on()
    cluster.start(node)
    cluster.wait_holding("none", "all", 15)
