"""Clusters over serial lines alone: pairs of both flavours, and rows and rings of three."""

from __future__ import annotations

import time
from contextlib import contextmanager

from lab.cluster import Cluster
from lab.host import Host
from lab.line import SerialLine, row
from lab.namespaces import wait_until
from lab.suite import Lab, claim, product

from .directives import inject

_NO_NETWORK = {"networks": (), "haresources": []}


def _serial(baud: int, devices: list[str]) -> list[str]:
    return [f"baud {baud}", *(f"serial {device}" for device in devices)]


def _members(nodes: list[Host], timeout: float) -> None:
    """Waits until each has said that it is active, and that each other one is."""
    for node in nodes:
        node.log.wait("Comm_now_up|status now set to: 'active'", timeout)
        for other in nodes:
            if other is not node:
                node.log.wait(f"Status update for node {other.name}: status active", timeout)


def _nobody_died(nodes: list[Host], cut: bool = False) -> None:
    """… and every packet came whole, unless a line was cut, and mended, in the midst of one."""
    complaints = ["is dead", "returning after partition"]
    if not cut:
        complaints += ["bad packet", "Packet on .* dropped"]
    for node in nodes:
        for complaint in complaints:
            assert not node.log.has(complaint), node.log.lines(complaint)[:3]


@claim(kind="all", over=product(baud=[9600, 115200]), budget=90)
def two_nodes_meet_over_one_line_and_miss_each_other_when_it_is_cut(lab: Lab) -> None:
    baud = lab.parameters["baud"]
    lines, devices = row(2, baud)
    cluster = lab.cluster(**_NO_NETWORK, keepalive="500ms", warntime="2", deadtime="4", initdead="8",
                          per_node={f"node{i + 1}": {"extra": _serial(baud, devices[i])}
                                    for i in (0, 1)})
    cluster.start()
    _members(cluster.nodes, 20)
    for node, device in zip(cluster.nodes, (devices[0][0], devices[1][0])):
        node.log.wait(f"Link {cluster.other(node).name}:{device} up", 5)
    cluster.wait_past_start()
    time.sleep(3)
    _nobody_died(cluster.nodes)
    lines[0].cut()
    for node in cluster.nodes:
        node.log.wait(f"node {cluster.other(node).name}: is dead", 10)
    lab.note(f"carried {lines[0].carried} bytes at {baud} baud")


@claim(kind="ours", budget=90)
@claim(kind="mixed", budget=90)
def text_of_eight_bits_arrives_over_a_line_of_seven(lab: Lab) -> None:
    _, devices = row(2, 115200)
    cluster = lab.cluster(**_NO_NETWORK, keepalive="500ms", warntime="2", deadtime="4", initdead="8",
                          per_node={f"node{i + 1}": {"extra": _serial(115200, devices[i])}
                                    for i in (0, 1)})
    for node in cluster.nodes:
        node.add_script("/etc/ha.d/rc.d/marker", '#!/bin/sh\necho "$HA_info" >> /var/log/marks\n')
    cluster.start()
    _members(cluster.nodes, 20)
    sender = next(node for node in cluster.nodes if node.flavour.is_ours)
    inject(sender, t="marker", info="größe")
    inject(sender, t="marker", info="plain")
    marks = cluster.other(sender).path("/var/log/marks")
    wait_until(lambda: marks.exists() and marks.read_text() == "größe\nplain\n", 10,
               "both texts arrive, whole")
    _nobody_died(cluster.nodes)


def _third(lab: Lab, cluster: Cluster, devices: list[list[str]], baud: int, middle, ends) -> list[Host]:
    """The cluster's two nodes and one more, each with its devices; node2 is in the middle."""
    node1, node2 = cluster.nodes
    node3 = Host("node3", 3, cluster.switch, lab.root / "node3", ends)
    nodes = [node1, node2, node3]
    for node, wanted, own in zip(nodes, (None, middle, ends), devices):
        if wanted is not None and node.flavour is not wanted:
            node.install(wanted)
        cluster.settings.nodes = ("node1", "node2", "node3")
        cluster.settings.extra = _serial(baud, own)
        node.write("/etc/ha.d/ha.cf", cluster.settings.ha_cf(node, nodes))
        node.write("/etc/ha.d/authkeys", cluster.settings.authkeys(), 0o600)
    return nodes


@contextmanager
def _three(lab: Lab, ring: bool):
    """Three nodes in a row or ring of lines; ours in the middle, the pair's flavours at the ends."""
    baud = 115200
    lines, devices = row(3, baud, ring=ring)
    cluster = lab.cluster(**_NO_NETWORK, keepalive="500ms", warntime="2", deadtime="4", initdead="8")
    ours = next(flavour for flavour in lab.pair if flavour.is_ours)
    nodes = _third(lab, cluster, devices, baud, ours, lab.pair[1])
    try:
        for node in nodes:
            node.options = ["-M"]
            node.start()
        yield nodes, lines, devices
    except AssertionError:
        lab.note("--- node3\n" + nodes[2].log.text()[-4000:])
        raise
    finally:
        nodes[2].close()


@claim(kind="mixed", budget=90)
@claim(kind="ours", budget=90)
def the_ends_of_a_row_hear_each_other_through_the_middle(lab: Lab) -> None:
    with _three(lab, ring=False) as (nodes, lines, devices):
        _members(nodes, 30)
        nodes[0].log.wait(f"Link node3:{devices[0][0]} up", 5)
        time.sleep(4)
        _nobody_died(nodes)
        lines[1].cut()
        nodes[0].log.wait("node node3: is dead", 10)
        assert not nodes[0].log.has("node node2: is dead")


@claim(kind="ours", budget=90)
def a_ring_survives_each_of_its_lines(lab: Lab) -> None:
    with _three(lab, ring=True) as (nodes, lines, devices):
        _members(nodes, 30)
        for node, own in zip(nodes, devices):
            for other in nodes:
                if other is not node:
                    for device in own:
                        node.log.wait(f"Link {other.name}:{device} up", 10)
        for line in lines:
            line.cut()
            time.sleep(6)  # more than a deadtime
            line.mend()
            time.sleep(1)
        _nobody_died(nodes, cut=True)


@claim(kind="ours", budget=90)
def a_port_that_goes_and_returns_is_waited_for(lab: Lab) -> None:
    lines, devices = row(2)
    cluster = lab.cluster(networks=(1,), haresources=[], keepalive="500ms", warntime="2",
                          deadtime="4", initdead="8",
                          per_node={f"node{i + 1}": {"extra": [f"serial /etc/ha.d/line{i + 1}"]}
                                    for i in (0, 1)})
    for node, own in zip(cluster.nodes, devices):
        _plug(node, own[0])
    cluster.start()
    _members(cluster.nodes, 20)
    for node in cluster.nodes:
        node.log.wait(f"Link {cluster.other(node).name}:/etc/ha.d/line.* up", 5)
    lines[0].close()
    for node in cluster.nodes:
        node.log.wait("waiting for the device", 5)
        node.log.wait(f"Link {cluster.other(node).name}:/etc/ha.d/line.* dead", 5)
    marks = [node.log.mark() for node in cluster.nodes]
    line = SerialLine()
    for node, end in zip(cluster.nodes, line.ends):
        _plug(node, end)
    for node, mark in zip(cluster.nodes, marks):
        node.log.wait(f"Link {cluster.other(node).name}:/etc/ha.d/line.* up", 10, mark)
    _nobody_died(cluster.nodes)
    wait_until(lambda: all(line.carried), 5, "both ends speak")


def _plug(node: Host, device: str) -> None:
    """An adapter's name, which stays the same whatever the kernel calls the device now."""
    name = node.path(f"/etc/ha.d/line{node.number}")
    name.unlink(missing_ok=True)
    name.symlink_to(device)
