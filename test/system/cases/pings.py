"""Ping nodes: real ICMP to the third host, what each flavour tells of it, and a Fibre Channel card."""

from __future__ import annotations

import re
import subprocess
import time

from lab.cluster import ADDRESS, Cluster
from lab.host import Host
from lab.namespaces import wait_until
from lab.programs import HbaCard
from lab.suite import Lab, claim, product

from .acceptance import since
from .media import own_hosts, set_hosts
from .reload import edit

_DEADPING = "1500ms"

# Notes what the scripts of rc.d are told of nodes and links; the peer's own news are left out.
_RECORDER = """\
#!/bin/sh
who=$HA_src$HA_node
case $who in node1|node2) exit 0 ;; esac
echo "${0##*/} $who st=$HA_st info=$HA_info ifname=$HA_ifname" >> /var/log/ping-events
"""

# The third host under each of its names, and the line that declares it.
_KINDS = {
    "ping": ("10.77.0.9", "ping 10.77.0.9"),
    "ping6": ("fd00:77::9", "ping6 fd00:77::9"),
    "ping_group": ("gates", "ping_group gates 10.77.0.9 10.78.0.9"),
}


def _cluster(lab: Lab, *lines: str, **settings) -> Cluster:
    cluster = lab.cluster(extra=[f"deadping {_DEADPING}", *lines], **settings)
    for host in (*cluster.nodes, cluster.third):
        host.space.shell(f"ip addr add fd00:77::{host.number}/64 dev eth0 nodad")
    for node in cluster.nodes:
        # 3.0.6 looks for a script of the very type, NS_st, and then runs the one in lower case.
        for event in ("status", "ifstat", "ns_st", "NS_st"):
            node.add_script(f"/etc/ha.d/rc.d/{event}", _RECORDER)
    return cluster


def _answer(host: Host, answers: bool) -> float:
    """Lets a host answer pings or not; the rest of its network stays. Returns the instant."""
    ignore = int(not answers)
    host.space.shell(f"sysctl -qw net.ipv4.icmp_echo_ignore_all={ignore} "
                     f"net.ipv6.icmp.echo_ignore_all={ignore}")
    return time.monotonic()


def _events(node: Host) -> list[str]:
    notes = node.path("/var/log/ping-events")
    return notes.read_text().splitlines() if notes.exists() else []


def _up(name: str, kind: str) -> list[str]:
    return [f"ifstat {name} st=up info= ifname={name}",
            f"ns_st {name} st=ping info={kind} ifname="]


def _dead(name: str) -> list[str]:
    return [f"status {name} st=dead info=ping ifname=",
            f"ifstat {name} st=dead info= ifname={name}"]


@claim(kind="all", over=product(ping=_KINDS), budget=120)
def a_ping_node_that_goes_and_returns_is_told_as_ever(lab: Lab) -> None:
    kind = lab.parameters["ping"]
    name, line = _KINDS[kind]
    cluster = _cluster(lab, line)
    cluster.start_settled()
    marks = {node: node.log.mark() for node in cluster.nodes}
    for node in cluster.nodes:
        node.log.wait(f"Link {name}:{name} up", 5)
        node.log.wait(f"Status update for node {name}: status ping", 5)

    gone = _answer(cluster.third, False)
    for node in cluster.nodes:
        node.log.wait(f"node {name}: is dead", 5, marks[node])
        node.log.wait(f"Link {name}:{name} dead", 5, marks[node])
    lab.note(f"both know after {since(gone):.2f} s")
    back = _answer(cluster.third, True)
    for node in cluster.nodes:
        node.log.wait(f"Link {name}:{name} up", 5, marks[node])
        node.log.wait(f"Status update for node {name}: status ping", 5, marks[node])
    lab.note(f"and after {since(back):.2f} s that it is back")

    told = [*_up(name, kind), *_dead(name), *_up(name, kind)]
    for node in cluster.nodes:
        wait_until(lambda: _events(node).count(told[-1]) >= 2, 5, f"rc.d of {node.name} is told")
        # 3.0.6 tells of a death, too, whenever the answer before is longer ago than deadtime.
        events = _events(node) if node.flavour.is_ours else [
            event for i, event in enumerate(_events(node))
            if not (event == _dead(name)[0] and _events(node)[i + 1:i + 2] == [told[1]])]
        assert events == told, (node.name, events)
    # Nothing else has moved, and nobody has taken the ping node for a peer.
    assert cluster.observer.owners(ADDRESS) == {"node1"}
    for node in cluster.nodes:
        assert not node.log.has(f"node {cluster.other(node).name}: is dead"), node.name
        assert not node.log.has("bad packet|dropped|ERROR"), node.log.lines("dropped|ERROR")[:3]


@claim(kind="all", budget=120)
def a_ping_node_is_dead_deadping_after_its_last_answer(lab: Lab) -> None:
    cluster = _cluster(lab, "ping 10.77.0.9")
    cluster.start_settled()
    for turn in range(3):
        marks = {node: node.log.mark() for node in cluster.nodes}
        at = _answer(cluster.third, False)
        for node in sorted(cluster.nodes, key=lambda node: not node.flavour.is_ours):
            node.log.wait("node 10.77.0.9: is dead", 5, marks[node])
            if node.flavour.is_ours or turn == 0:
                lab.check("R30 death of a ping node", since(at))
        _answer(cluster.third, True)
        for node in cluster.nodes:
            node.log.wait("Status update for node 10.77.0.9: status ping", 5, marks[node])


@claim(kind="ours", budget=90)
def a_ping_node_by_name_is_asked_as_soon_as_the_name_can_be_looked_up(lab: Lab) -> None:
    cluster = _cluster(lab, "ping gate.lab", "ping6 gate6.lab", "ping_group gates gate.lab none.lab")
    for node in cluster.nodes:
        own_hosts(node)
    began = time.monotonic()
    cluster.start()
    assert time.monotonic() - began < 5, "the start waits for a name"
    node, names = cluster.node1, ("gate.lab", "gate6.lab", "gates")
    node.log.wait("ping gate.lab: gate.lab does not resolve now", 20)
    for name in names:
        node.log.wait(f"node {name}: is dead", 20)
    for each in cluster.nodes:
        set_hosts(each, "127.0.0.1 localhost\n10.77.0.9 gate.lab\nfd00:77::9 gate6.lab\n")
    for name in names:
        node.log.wait(f"Status update for node {name}: status ping", 20)
    node.log.wait("ping6 gate6.lab: gate6.lab resolves now", 1)
    assert not node.log.has("none.lab resolves now")


@claim(kind="ours", budget=90)
def a_group_lives_as_long_as_one_of_its_hosts_answers(lab: Lab) -> None:
    cluster = _cluster(lab, "ping_group gates 10.77.0.9 10.78.0.9")
    cluster.start_settled()
    node = cluster.node1
    node.log.wait("Status update for node gates: status ping", 5)
    cluster.third.space.shell("ip addr del 10.78.0.9/24 dev eth1")
    time.sleep(2.5)
    assert not node.log.has("node gates: is dead")
    cluster.third.space.shell("ip addr add 10.78.0.9/24 brd + dev eth1")
    cluster.third.space.shell("ip addr del 10.77.0.9/24 dev eth0")
    time.sleep(2.5)
    assert not node.log.has("node gates: is dead")
    cluster.third.space.shell("ip addr del 10.78.0.9/24 dev eth1")
    node.log.wait("node gates: is dead", 4)


@claim(kind="same", budget=90)
def a_ping_node_that_is_not_there_does_not_delay_the_start(lab: Lab) -> None:
    cluster = _cluster(lab, "ping 10.77.0.77", "ping6 fd00:77::77",
                       "ping_group gates 10.77.0.78 198.51.100.1", initdead="10")
    began = cluster.start()
    for node in cluster.nodes:
        node.log.wait("Comm_now_up", 15)
    lab.check("A36 start beside a dead ping node", since(began))
    for node in cluster.nodes:
        for name in ("10.77.0.77", "fd00:77::77", "gates"):
            node.log.wait(f"node {name}: is dead", 15)


@claim(kind="ours", budget=90)
def what_others_send_back_keeps_no_ping_node_alive(lab: Lab) -> None:
    """Somebody answers in its place: with our number, an older text, from another address, by UDP."""
    cluster = _cluster(lab, "ping 10.77.0.9")
    cluster.start_settled()
    node = cluster.node1
    node.log.wait("Status update for node 10.77.0.9: status ping", 5)
    _answer(cluster.third, False)
    forger = cluster.third.space.popen(["python3", "-I", "-c", _FORGER, "10.77.0.1"])
    try:
        node.log.wait("node 10.77.0.9: is dead", 3)
        mark = node.log.mark()
        time.sleep(2)
        assert not node.log.has("Status update for node 10.77.0.9", mark)
        node.log.wait("Ping status in the name of node 10.77.0.9 on link eth0 ignored", 5)
    finally:
        forger.kill()
        forger.wait()


@claim(kind="all", budget=120)
def ping_nodes_come_and_go_by_reload(lab: Lab) -> None:
    """Ours in place; 3.0.6 executes itself anew and keeps its resources (client tools see it there)."""
    cluster = _cluster(lab, "ping 10.77.0.9")
    cluster.start_settled()
    for node in cluster.nodes:
        node.log.wait("Status update for node 10.77.0.9: status ping", 5)
    pids = {node.name: node.main_pid() for node in cluster.nodes}

    _reload_all(cluster, r"^ping 10.77.0.9$", "ping 10.77.0.9\nping_group gates 10.78.0.9 10.77.0.77")
    _expect_answering(cluster, "10.77.0.9", "gates")
    assert _questions(cluster.third, "10.77.0.9", 1) > 0
    for node in cluster.nodes:
        if node.flavour.is_ours:  # what stays was not touched
            assert _events(node)[len(_up("10.77.0.9", "ping")):] == _up("gates", "ping_group"), \
                _events(node)

    marks = _reload_all(cluster, r"^ping 10.77.0.9$\n", "")
    _expect_answering(cluster, "gates")
    # The one that is gone is asked no more, and its silence means nothing.
    assert _questions(cluster.third, "10.77.0.9", 2) == 0
    for node, mark in marks.items():
        assert not node.log.has("10.77.0.9: is dead|10.77.0.9:10.77.0.9 dead", mark), node.name

    # deadping changes with them, and is in force at once.
    _reload_all(cluster, r"^deadping .*", "deadping 3500ms")
    _expect_answering(cluster, "gates")
    marks = {node: node.log.mark() for node in cluster.nodes}  # 3.0.6 may miss one while it starts
    gone = _answer(cluster.third, False)
    for node in cluster.nodes:
        node.log.wait("node gates: is dead", 10, marks[node])
        assert 2.5 < since(gone) < 8, since(gone)
    for node in cluster.nodes:
        assert not node.log.has(f"node {cluster.other(node).name}: is dead"), node.name
        assert not node.flavour.is_ours or node.main_pid() == pids[node.name]
    assert cluster.observer.owners(ADDRESS) == {"node1"}
    lab.expect_single_owner(ADDRESS)


# Counts the questions to one address in so many seconds.
_LISTENER = """
import socket, sys, time
heard = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x800))
end, count = time.monotonic() + float(sys.argv[2]), 0
while (left := end - time.monotonic()) > 0:
    heard.settimeout(left)
    try:
        packet = heard.recv(9000)
    except TimeoutError:
        break
    ihl = (packet[0] & 15) * 4
    count += packet[9] == 1 and packet[ihl] == 8 and packet[16:20] == socket.inet_aton(sys.argv[1])
print(count)
"""


def _questions(host: Host, address: str, seconds: float) -> int:
    heard = host.space.run(["python3", "-I", "-c", _LISTENER, address, str(seconds)], timeout=20)
    return int(heard.stdout)


def _reload_all(cluster: Cluster, pattern: str, replacement: str) -> dict[Host, int]:
    """Changes ha.cf of each node, one after the other. Returns where its log stood before."""
    marks = {}
    for node in cluster.nodes:
        marks[node] = node.log.mark()
        if not node.flavour.is_ours:
            time.sleep(1.1)  # it sees a change by a whole second of the time of writing
        edit(node, pattern, replacement)
        node.signal("HUP")
        if node.flavour.is_ours:
            node.log.wait("Configuration: ", 5, marks[node])
        else:
            node.log.wait("Comm_now_up", 20, marks[node])
    return marks


def _expect_answering(cluster: Cluster, *names: str) -> None:
    """These are the ping nodes, and all of them answer."""
    for node in cluster.nodes:
        if node.flavour.is_ours:
            for name in names:
                wait_until(lambda: _last_word(node, name) == "ping", 10, f"{node.name} hears {name}")
            continue
        wait_until(lambda: all(_cl_status(node, "nodestatus", name) == "ping" for name in names), 10,
                   f"clients of {node.name} see {names}")
        listed = set(_cl_status(node, "listnodes").split())
        assert listed == {"node1", "node2", *names}, listed
        for name in names:
            assert _cl_status(node, "nodetype", name) == "ping"


def _last_word(node: Host, name: str) -> str | None:
    told = [event for event in _events(node) if event.split()[1] == name and "ifstat" not in event]
    return re.search(r"st=(\w*)", told[-1])[1] if told else None


def _cl_status(node: Host, *arguments: str) -> str:
    return node.space.run(["cl_status", *arguments]).stdout.strip()


# Hears the questions, and answers each with the text of the first one; the text goes by UDP as well.
_FORGER = """
import socket, sys
target = sys.argv[1]
heard = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x800))
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

def checksum(data):
    data += b"\\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return (~total & 0xffff).to_bytes(2, "big")

def reply(head, text):
    body = b"\\0\\0" + b"\\0\\0" + head + text
    return body[:2] + checksum(body) + body[4:]

first = None
while True:
    packet = heard.recv(9000)
    ihl = (packet[0] & 15) * 4
    if packet[9] != 1 or packet[ihl] != 8 or packet[12:16] != socket.inet_aton(target):
        continue
    head, text = packet[ihl + 4:ihl + 8], packet[ihl + 8:]
    if first is None:
        first = text
        continue
    if text != first:
        raw.sendto(reply(head, first), (target, 0))  # right number, old text
    raw.sendto(reply(bytes((head[0] ^ 1, *head[1:])), text), (target, 0))  # another's number
    udp.sendto(text, (target, 694))
"""


@claim(kind="ours", budget=90)
def a_fibre_channel_card_is_a_ping_node(lab: Lab) -> None:
    cluster = _cluster(lab, f"hbaping {HbaCard.NAME}")
    cards = [HbaCard(node, lab.root) for node in cluster.nodes]
    cluster.start_settled()
    name, node = HbaCard.NAME, cluster.node1
    node.log.wait(f"Status update for node {name}: status ping", 5)
    for state, reason in (("down", "no answer in time"), ("hangs", ""), ("crashes", "has ended")):
        mark, at = node.log.mark(), time.monotonic()
        cards[0].set(state)
        node.log.wait(f"node {name}: is dead", 5, mark)
        lab.note(f"{state}: dead after {since(at):.2f} s")
        if reason:
            node.log.wait(f"hbaping {name}: no answer: .*{reason}", 5, mark)
        cards[0].set("ok")
        if state == "hangs":  # the call does not come back; a kill stands for a day of patience
            node.space.shell("pkill -9 hba_inquiry")
        node.log.wait(f"Status update for node {name}: status ping", 10, mark)
    assert not cluster.node2.log.has(f"node {name}: is dead"), "the other card is another card"
    assert cluster.observer.owners(ADDRESS) == {"node1"}
    node.stop()
    assert not [line for line in node.processes() if "hba_inquiry" in line]
