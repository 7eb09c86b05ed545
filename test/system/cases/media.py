"""Media of our own, peers by name, interfaces that are not there yet, and links without carrier."""

from __future__ import annotations

import subprocess
import time

from lab.aftermath import assert_sound
from lab.host import HEARTBEAT, Host
from lab.suite import Lab, claim, product

from .acceptance import crash_and_return


@claim(kind="ours", over=product(medium=["tcp", "tcp6"]), budget=120)
def a_cluster_over_tcp_alone_takes_over_and_takes_back(lab: Lab) -> None:
    cluster = lab.cluster(**lab.parameters)
    cluster.start_settled()
    for node in cluster.nodes:
        node.log.wait(f"Link {cluster.other(node).name}:eth1 up", 10)
    before = [(node, node.log.mark()) for node in cluster.nodes]
    crash_and_return(lab, cluster)
    for node, mark in before:  # it returned by its first link; the second may need a second SYN
        node.log.wait(f"Link {cluster.other(node).name}:eth1 up", 10, mark)
    marks = [(node, node.log.mark()) for node in cluster.nodes]
    cluster.node1.cut(1)
    for node, mark in marks:
        node.log.wait(f"Link {cluster.other(node).name}:eth1 dead", 6, mark)
    cluster.node1.restore(1)
    for node, mark in marks:
        node.log.wait(f"Link {cluster.other(node).name}:eth1 up", 10, mark)
        assert not node.log.has("is dead", mark)
    assert_sound(cluster)


@claim(kind="mixed", budget=90)
def a_peer_that_does_not_know_tcp_is_named_and_reached_by_the_other_medium(lab: Lab) -> None:
    ours = next(f"node{i}" for i in (1, 2) if lab.pair[i - 1].is_ours)
    other = 3 - int(ours[-1])
    cluster = lab.cluster(networks=(0,), per_node={ours: {"extra": [f"tcp eth1 10.78.0.{other}"]}})
    cluster.start_settled()
    node = cluster.node(ours)
    node.log.wait(f"Node node{other} does not know the medium tcp", 5)
    node.log.wait(f"10.78.0.{other}:694 refuses connections.*3.0.6 does not know tcp", 5)
    assert not node.log.has("is dead")


@claim(kind="ours", budget=90)
def a_peer_by_name_is_found_when_its_name_can_be_looked_up(lab: Lab) -> None:
    cluster = lab.cluster(
        networks=(1,), haresources=[], keepalive="500ms", warntime="2", deadtime="4", initdead="8",
        per_node={f"node{i}": {"extra": [f"ucast eth0 peer{3 - i}.lab"]} for i in (1, 2)})
    for node in cluster.nodes:
        own_hosts(node)
    began = time.monotonic()
    cluster.start()
    assert time.monotonic() - began < 5, "the start waits for a name"
    for node in cluster.nodes:
        node.log.wait("peer..lab does not resolve now", 20)
        node.log.wait(f"Link {cluster.other(node).name}:eth1 up", 10)
        assert not node.log.has(f"Link {cluster.other(node).name}:eth0 up")
    for node in cluster.nodes:
        set_hosts(node, "127.0.0.1 localhost\n10.77.0.1 peer1.lab\n10.77.0.2 peer2.lab\n")
    for node in cluster.nodes:
        node.log.wait("peer..lab resolves now", 20)
        node.log.wait(f"Link {cluster.other(node).name}:eth0 up", 10)
        assert not node.log.has("is dead")


def own_hosts(node: Host) -> None:
    """A file of names of its own, which knows none yet."""
    set_hosts(node, "127.0.0.1 localhost\n")
    node.space.shell("mount --bind /etc/ha.d/hosts /etc/hosts")


def set_hosts(node: Host, text: str) -> None:
    """In place, since the file is mounted."""
    path = node.path("/etc/ha.d/hosts")
    with path.open("w") as file:
        file.write(text)


@claim(kind="ours", budget=90)
def an_interface_that_is_missing_at_the_start_is_waited_for(lab: Lab) -> None:
    cluster = lab.cluster(haresources=[], medium="bcast+mcast6")
    cluster.node2.lose_interface(0)
    cluster.start()
    for node in cluster.nodes:
        node.log.wait(f"Link {cluster.other(node).name}:eth1 up", 10)
    cluster.node2.log.wait("bcast eth0: .*eth0", 5)
    marks = [(node, node.log.mark()) for node in cluster.nodes]
    cluster.node2.regain_interface(0)
    for node, mark in marks:
        node.log.wait(f"Link {cluster.other(node).name}:eth0 up", 5, mark)
    # Renamed away it is missing, too, and found again under its name.
    cluster.node2.space.shell("ip link set eth0 down; ip link set eth0 name old0; "
                              "ip link set old0 up")
    cluster.node2.log.wait("bcast eth0: waiting: ", 5)
    cluster.node1.log.wait("Link node2:eth0 dead", 8)
    mark = cluster.node1.log.mark()
    cluster.node2.space.shell("ip link set old0 down; ip link set old0 name eth0; "
                              "ip link set eth0 up")
    cluster.node1.log.wait("Link node2:eth0 up", 8, mark)
    for node in cluster.nodes:
        assert not node.log.has("is dead")


@claim(kind="ours", budget=90)
def a_link_without_carrier_is_dead_at_once(lab: Lab) -> None:
    cluster = lab.cluster(haresources=[], keepalive="500ms", warntime="2", deadtime="6",
                          initdead="8")
    cluster.start()
    node = cluster.node1
    node.log.wait("Link node2:eth1 up", 10)
    mark, at = node.log.mark(), time.monotonic()
    node.cut(1)
    node.log.wait("Link node2:eth1 dead", 5, mark)
    took = time.monotonic() - at
    lab.note(f"told after {took:.2f} s")
    assert took < 3, f"{took:.2f} s: by silence, not by carrier"
    node.log.wait("eth1: no carrier", 2, mark)
    node.restore(1)
    node.log.wait("Link node2:eth1 up", 5, mark)


@claim(kind="ours", over=product(medium=["ucast+bcast", "ucast6+mcast"]), budget=90)
def an_interface_that_loses_its_address_is_told_and_used_again(lab: Lab) -> None:
    cluster = lab.cluster(haresources=[], **lab.parameters)
    cluster.start()
    node = cluster.node1
    for network in (0, 1):
        node.log.wait(f"Link node2:eth{network} up", 10)
    for network in (0, 1):
        link = f"eth{network}"
        family = "-6" if lab.parameters["medium"].split("+")[network].endswith("6") else "-4"
        address = node.space.shell(
            f"ip {family} -o addr show dev {link} scope global").split()[3]
        mark, at = node.log.mark(), time.monotonic()
        node.space.shell(f"ip {family} addr flush dev {link}")
        node.log.wait(f"Link node2:{link} dead", 5, mark)
        assert time.monotonic() - at < 0.9, "by silence, not by the loss"
        assert len(node.log.lines(f"{link}: waiting: IPv. address of {link}", mark)) == 1
        time.sleep(1.2)
        assert not node.log.has(f"Link node2:{link} up", mark)
        node.space.shell(f"ip addr add {address} " +
                         ("nodad" if family == "-6" else "brd +") + f" dev {link}")
        node.log.wait(f"{link}: open", 3, mark)
        node.log.wait(f"Link node2:{link} up", 5, mark)
    for each in cluster.nodes:
        assert not each.log.has("is dead"), each.log.lines("is dead")


def take_port(node: Host, interface: str) -> subprocess.Popen:
    """A foreign program has the port, on one interface or, without a name, on all, until its input
    ends."""
    program = ("import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
               f"s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'{interface}'); "
               "s.bind(('0.0.0.0', 694)); print('taken', flush=True); sys.stdin.read()")
    process = node.space.popen(["python3", "-I", "-c", program], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "taken\n"
    return process


@claim(kind="ours", budget=90)
def a_port_that_is_taken_is_named_and_waited_for_if_another_medium_works(lab: Lab) -> None:
    cluster = lab.cluster(haresources=[], medium="bcast+ucast")
    node, taken = cluster.node2, "bind 0.0.0.0:694: Address already in use"
    thief = take_port(node, "")
    began = time.monotonic()
    refused = node.space.run([HEARTBEAT], timeout=20)
    assert refused.returncode == 1 and time.monotonic() - began < 3, refused
    for medium in ("bcast eth0", "ucast eth1"):
        assert node.log.has(f"{medium}: {taken}"), node.log.text()
    thief.communicate()
    thief, mark = take_port(node, "eth0"), node.log.mark()
    cluster.start()
    node.log.wait(f"bcast eth0: waiting: {taken}", 5, mark)
    for each in cluster.nodes:
        each.log.wait(f"Link {cluster.other(each).name}:eth1 up", 10)
    thief.communicate()
    node.log.wait("bcast eth0: open", 3, mark)
    for each in cluster.nodes:
        each.log.wait(f"Link {cluster.other(each).name}:eth0 up", 5)
    assert len(node.log.lines(taken, mark)) == 2, node.log.lines(taken, mark)
