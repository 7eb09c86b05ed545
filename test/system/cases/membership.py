"""Who belongs to a cluster without resources: joining, hostcache, the administrator's commands."""

from __future__ import annotations

import re
import time

from lab.cluster import ADDRESS, Cluster
from lab.host import HEARTBEAT, Host
from lab.namespaces import wait_until
from lab.suite import Lab, claim

_HOSTCACHE = "/var/lib/heartbeat/hostcache"
_DELHOSTCACHE = "/var/lib/heartbeat/delhostcache"
_GENERATION = "/var/lib/heartbeat/hb_generation"
_UUID = "/var/lib/heartbeat/hb_uuid"
_LINE = r"(?m)^%s\t[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\t%s\t%s$"


def without_resources(lab: Lab, **settings) -> Cluster:
    cluster = lab.cluster(auto_failback="off", **settings)
    for node in cluster.nodes:
        node.options = ["-M"]
    return cluster


def cached(node: Host, file: str = _HOSTCACHE) -> str:
    path = node.path(file)
    return path.read_text() if path.exists() else ""


def knows(node: Host, name: str, weight: str = "100", site: str = "") -> bool:
    return re.search(_LINE % (name, weight, site), cached(node)) is not None


def wait_members(cluster: Cluster) -> None:
    for node in cluster.nodes:
        node.log.wait("Comm_now_up|Local status now set to: 'active'", 15)
    for node in cluster.nodes:
        other = cluster.other(node)
        node.log.wait(f"Status update for node {other.name}: status active", 15)


@claim(kind="all", budget=120)
def nodes_join_by_being_heard_and_are_remembered(lab: Lab) -> None:  # A40
    cluster = without_resources(lab, nodes=(), extra=["autojoin any"])
    for node in cluster.nodes:  # no node line at all
        ha_cf = node.path("/etc/ha.d/ha.cf")
        ha_cf.write_text(re.sub(r"(?m)^node *$\n", "", ha_cf.read_text()))
    cluster.start()
    wait_members(cluster)
    for node in cluster.nodes:
        wait_until(lambda node=node: knows(node, "node1") and knows(node, "node2"), 10,
                   f"hostcache of {node.name} names both")
    # A change of weight and site on one is known to both.
    for node in cluster.nodes:
        assert cluster.node1.tool("hb_setweight", "node2", "7").returncode == 0
        assert cluster.node1.tool("hb_setsite", "node2", "north").returncode == 0
    for node in cluster.nodes:
        wait_until(lambda node=node: knows(node, "node2", "7", "north"), 10,
                   f"{node.name} knows weight and site")


@claim(kind="all", budget=120)
def a_deleted_node_is_forgotten_when_it_is_dead(lab: Lab) -> None:
    cluster = without_resources(lab, extra=["autojoin other"])
    cluster.start()
    wait_members(cluster)
    deleter = next(node for node in cluster.nodes if node.flavour.is_ours)
    victim = cluster.other(deleter)
    wait_until(lambda: knows(deleter, victim.name), 10, "hostcache names both")
    mark = deleter.log.mark()
    deleter.tool("hb_delnode", victim.name)
    deleter.log.wait(f"hb_delnode refused because of node {victim.name}", 5, mark)
    assert victim.is_running() and knows(deleter, victim.name)
    victim.stop()
    deleter.log.wait(f"node {victim.name}: is dead", 15, mark)
    deleter.tool("hb_delnode", victim.name)
    wait_until(lambda: victim.name not in cached(deleter)
               and victim.name in cached(deleter, _DELHOSTCACHE), 10,
               f"{victim.name} has gone from the hostcache to the deleted ones")


@claim(kind="mixed", budget=90)
def nodes_are_added_and_deleted_on_all_by_the_word_of_one(lab: Lab) -> None:
    cluster = without_resources(lab, extra=["autojoin other"])
    cluster.start()
    wait_members(cluster)
    # One that was never there can be deleted when all have found that it is dead; 3.0.6 refuses
    # while another one is dead, too.
    for commander, name in zip(cluster.nodes, ("node3", "node4")):
        other = cluster.other(commander)
        assert commander.tool("hb_addnode", name).returncode == 0
        for node in cluster.nodes:
            wait_until(lambda node=node: knows(node, name), 10,
                       f"{node.name} knows {name} by the word of {commander.name}")
            node.log.wait(f"node {name}: is dead", 15)
        assert other.tool("hb_delnode", name).returncode == 0
        for node in cluster.nodes:
            wait_until(lambda node=node: name in cached(node, _DELHOSTCACHE), 10,
                       f"{node.name} has deleted {name} by the word of {other.name}")
            node.log.wait(rf"Node {name} deleted|Removing node \[{name}\]", 5)
            if node.flavour.is_ours:  # 3.0.6 leaves it in its hostcache, too
                wait_until(lambda node=node: not knows(node, name), 5, f"{name} is forgotten")
    for node in cluster.nodes:
        other = cluster.other(node)
        assert node.is_running() and knows(node, other.name)
        assert not node.log.has(f"node {other.name}: is dead")


@claim(kind="ours", budget=90)
def a_damaged_hostcache_costs_nobody_his_place(lab: Lab) -> None:
    cluster = without_resources(lab, extra=["autojoin other"])
    cluster.start()
    wait_members(cluster)
    node = cluster.node1
    wait_until(lambda: knows(node, "node2"), 10, "hostcache names both")
    generation = int(node.path("/var/lib/heartbeat/hb_generation").read_text())
    node.stop()
    node.path(_HOSTCACHE).write_bytes(cached(node).encode() + b"zoe\tno uuid\n\0\0\0")
    mark = node.log.mark()
    node.start()
    node.log.wait("hostcache: line 3: expected a uuid", 10, mark)
    node.log.wait("Comm_now_up", 15, mark)
    assert int(node.path("/var/lib/heartbeat/hb_generation").read_text()) == generation + 1
    wait_until(lambda: "zoe" not in cached(node) and knows(node, "node2"), 10, "written anew")


@claim(kind="ours", budget=120)
def a_damaged_generation_costs_nobody_his_place(lab: Lab) -> None:
    cluster = lab.cluster(haresources=[f"node1 IPaddr2::{ADDRESS}/24/eth0"])
    cluster.start_settled()
    node = cluster.node1
    file = node.path(_GENERATION)
    assert re.fullmatch(r" *\d+\n", file.read_text())
    damages = {"torn": lambda text: text[:10], "without its newline": lambda text: text[:15],
               "of far in the future": lambda _: "99999999999999999\n"}
    for name, damage in damages.items():
        last = int(file.read_text())
        node.stop()
        # More than a start a second, and the clock would be behind the number.
        wait_until(lambda last=last: time.time() > last + 1, 5, "the clock has passed the number")
        file.write_text(damage(file.read_text()))
        mark, peers_mark = node.log.mark(), cluster.node2.log.mark()
        node.start()
        node.log.wait(f"WARN: {_GENERATION} holds no generation", 10, mark)
        assert last < int(file.read_text()) < last + 10_000, f"{name}: {file.read_text()} after {last}"
        assert len(file.read_text()) == 16
        cluster.node2.log.wait("Status update for node node1: status active", 15, peers_mark)
        assert not cluster.node2.log.has("old generation", peers_mark), name
        cluster.wait_settled(15)
        cluster.command(node, "hb_takeover", "all")  # what it says is heard
        cluster.wait_owner(ADDRESS, node, 15)


@claim(kind="ours", budget=120)
def a_damaged_uuid_is_told_and_found_again(lab: Lab) -> None:
    cluster = without_resources(lab, extra=["autojoin other"])
    cluster.start()
    wait_members(cluster)
    node = cluster.node1
    wait_until(lambda: knows(node, "node1") and knows(node, "node2"), 10, "hostcache names both")
    file = node.path(_UUID)
    uuid = file.read_bytes()
    text = re.search(r"(?m)^node1\t(\S+)", cached(node))[1].encode()
    for damaged in (text + b"\n", uuid[:7], b"", bytes(16)):
        node.stop()
        file.write_bytes(damaged)
        mark, peers_mark = node.log.mark(), cluster.node2.log.mark()
        node.start()
        node.log.wait(f"WARN: {_UUID} holds no uuid - taking {text.decode()} from {_HOSTCACHE}", 10,
                      mark)
        cluster.node2.log.wait("Status update for node node1: status active", 15, peers_mark)
        assert file.read_bytes() == uuid, file.read_bytes()
        assert not cluster.node2.log.has("uuid", peers_mark), cluster.node2.log.lines("uuid")
    # Nobody remembers.
    node.stop()
    file.write_bytes(uuid[:7])
    node.path(_HOSTCACHE).unlink()
    mark, peers_mark = node.log.mark(), cluster.node2.log.mark()
    node.start()
    node.log.wait(f"WARN: {_UUID} holds no uuid - generated ", 10, mark)
    cluster.node2.log.wait("Status update for node node1: status active", 15, peers_mark)
    assert len(file.read_bytes()) == 16 and file.read_bytes() not in (uuid, bytes(16))


@claim(kind="ours")
def a_reload_checks_the_files_as_the_daemon_was_started(lab: Lab) -> None:
    cluster = without_resources(lab, extra=["autojoin any"])
    node = cluster.node1
    cluster.start(node)
    node.log.wait("Local status now set to: 'active'", 15)
    ha_cf = node.path("/etc/ha.d/ha.cf")
    ha_cf.write_text(ha_cf.read_text().replace("warntime 600ms", "warntime 700ms"))
    mark = node.log.mark()
    result = node.space.run([HEARTBEAT, "-r"])  # no -M: what systemctl reload does
    assert result.returncode == 0, result.stderr
    node.log.wait("Configuration: warntime: 600ms -> 700ms", 5, mark)
    # Its errors are errors still.
    ha_cf.write_text(ha_cf.read_text() + "foo bar\n")
    result = node.space.run([HEARTBEAT, "-r"])
    assert result.returncode == 1 and "left as it is" in result.stderr, result
    assert node.is_running()


@claim(kind="ours", budget=90)
def a_copied_disk_is_named_instead_of_flapping(lab: Lab) -> None:
    cluster = lab.cluster()
    uuid = b"0123456789abcdef"
    for node in cluster.nodes:
        node.path("/var/lib/heartbeat/hb_uuid").write_bytes(uuid)
    cluster.start_settled()
    for node in cluster.nodes:
        node.log.wait("Nodes node1 and node2 have the same uuid|"
                      "Nodes node2 and node1 have the same uuid", 10)
    lab.expect_single_owner()
    for node in cluster.nodes:
        assert len(node.log.lines("have the same uuid")) == 1, node.log.lines("same uuid")
        assert not node.log.has("is dead"), node.log.lines("is dead")
