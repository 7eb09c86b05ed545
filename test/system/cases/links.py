"""Faults of links and of the network between: cuts, loss, lateness, interfaces that go and return."""

from __future__ import annotations

import time

from lab.aftermath import assert_sound
from lab.cluster import ADDRESS, Cluster
from lab.namespaces import wait_until
from lab.network import Distortion
from lab.suite import Lab, claim, product

from .acceptance import outage, since
from .faults import doubled
from .pauses import Quiet


@claim(kind="mixed", over=product(medium=["bcast+ucast"]), budget=150)
@claim(kind="same", over=product(medium=["bcast", "bcast+ucast", "ucast"]), budget=150)
def links_cut_one_after_the_other_are_told_and_kill_nobody(lab: Lab) -> None:
    cluster = lab.cluster(closely=True, **lab.parameters)
    cluster.start_settled()
    cluster.wait_past_start()
    quiet = Quiet(cluster)
    # The clients' network is the first one, so it is cut between the nodes, not at their ports.
    for network in (1, 0):
        marks = [(node, node.log.mark()) for node in cluster.nodes]
        cluster.switch.cut_one_way("node1", "node2", network)
        cluster.switch.cut_one_way("node2", "node1", network)
        for node, mark in marks:
            node.log.wait(f"Link {cluster.other(node).name}:eth{network} dead", 6, mark)
        time.sleep(1.5)
        cluster.switch.clear()
        for node, mark in marks:
            node.log.wait(f"Link {cluster.other(node).name}:eth{network} up", 5, mark)
    assert_sound(cluster)
    quiet.check()


@claim(kind="ours", over=product(medium=["bcast", "ucast"]), budget=150)
def the_link_of_a_pulled_cable_is_dead_once_and_stays_so_until_it_is_back(lab: Lab) -> None:
    """What waited in a socket when the cable was pulled must not raise the link again."""
    cluster = lab.cluster(**lab.parameters)
    cluster.start_settled()
    node = cluster.node2
    link = f"Link {cluster.other(node).name}:eth1"
    for turn in range(5):
        time.sleep(0.5 + 0.04 * turn)  # at another instant between two heartbeats
        mark = node.log.mark()
        node.cut(1)
        node.log.wait(f"{link} dead", 0.9, mark)  # before the deadtime
        time.sleep(1.6)  # past the deadtime
        told = node.log.lines(link, mark)
        assert len(told) == 1, told
        assert len(node.log.lines("no carrier", mark)) == 1, node.log.text(mark)
        node.restore(1)
        node.log.wait(f"{link} up", 5, mark)
        assert len(node.log.lines(link, mark)) == 2, node.log.lines(link, mark)
    assert_sound(cluster)
    for each in cluster.nodes:
        assert not each.log.has("is dead"), each.log.lines("is dead")


@claim(kind="ours", budget=150)
def links_that_flap_in_turn_kill_nobody(lab: Lab) -> None:
    cluster = lab.cluster(closely=True, medium="bcast+ucast")
    cluster.start_settled()
    quiet = Quiet(cluster)
    for turn in range(12):
        cluster.node2.cut(turn % 2)
        time.sleep(0.35)
        cluster.node2.restore(turn % 2)
        time.sleep(0.25)  # a keepalive, so that each link is heard of between
    assert_sound(cluster)
    quiet.check()


@claim(kind="ours", over=product(failback=["off", "on"]), budget=150)
def all_links_cut_at_once_end_with_one_server_after_each_heal(lab: Lab) -> None:
    cluster = lab.cluster(closely=True, medium="bcast+ucast",
                          auto_failback=lab.parameters["failback"])
    cluster.start_settled()
    for node in (cluster.node1, cluster.node2):
        marks = [(each, each.log.mark()) for each in cluster.nodes]
        node.cut()
        for each, mark in marks:
            each.log.wait(f"node {cluster.other(each).name}: is dead", 5, mark)
        time.sleep(1)
        node.restore()
        healed = time.monotonic()
        time.sleep(1)
        assert_sound(cluster)
        lab.check("R22 double service after the heal", doubled(lab, cluster, healed))
        lab.check("R22 outage after the heal", outage(cluster, healed))


@claim(kind="mixed", over=product(deaf=["node1"]), budget=150)
@claim(kind="same", over=product(deaf=["node1", "node2"]), budget=150)
def a_node_that_hears_nothing_ends_up_with_one_server(lab: Lab) -> None:
    """Cut one way: the deaf node takes everything, the other hears that and gives way."""
    cluster = lab.cluster(closely=True)
    deaf = cluster.node(lab.parameters["deaf"])
    other = cluster.other(deaf)
    cluster.start_settled()
    cluster.wait_past_start()
    at = time.monotonic()
    cluster.switch.cut_one_way(other.name, deaf.name)
    deaf.log.wait(f"node {other.name}: is dead", 6)
    time.sleep(3)
    if lab.all_ours:
        assert not other.log.has(f"node {deaf.name}: is dead"), "the one who hears buried the other"
        assert cluster.observer.owners(ADDRESS) == {deaf.name}, \
            f"during the cut: {cluster.observer.owners(ADDRESS)}"
        lab.check("R22 double service after the heal", doubled(lab, cluster, at))
    cluster.switch.clear()
    healed = time.monotonic()
    time.sleep(2)
    assert_sound(cluster, 60)
    lab.check("R22 double service after the heal", doubled(lab, cluster, healed))
    lab.check("R22 outage after the heal", outage(cluster, healed))


@claim(kind="all", over=product(medium=["bcast+ucast"]), budget=150)
def a_quarter_lost_on_both_links_kills_nobody(lab: Lab) -> None:
    # Within a deadtime nine heartbeats would have to be lost, each by both links: once in 16^9.
    cluster = lab.cluster(closely=True, keepalive="100ms", **lab.parameters)
    cluster.start_settled()
    cluster.wait_past_start()
    quiet = Quiet(cluster)
    cluster.switch.lose(25, "node1", "node2")
    time.sleep(8)
    lab.note(f"{cluster.switch.dropped()} packets lost")
    assert cluster.switch.dropped() > 40, "the loss is not real"
    cluster.switch.clear()
    assert_sound(cluster)
    quiet.check()


_NETWORKS = {
    "slow": Distortion(least_ms=80, most_ms=80, double=0.3),
    "disordered": Distortion(most_ms=40, hold=0.3, hold_ms=450, damage=0.1),
    "mangled": Distortion(most_ms=100, hold=0.2, hold_ms=300, lose=0.1, double=0.5, damage=0.1),
}


# Of two reports that overtook one another, 3.0.6 may believe the older one and remain in transition;
# a damaged packet may end it.
@claim(kind="mixed", over=[{"network": "slow"}], budget=150)
@claim(kind="same", over=product(network=_NETWORKS), budget=150)
def a_bad_network_in_between_kills_nobody_and_moves_what_is_asked(lab: Lab) -> None:
    network = lab.parameters["network"]
    cluster = lab.cluster(closely=True, medium="bcast+ucast", keepalive="100ms")
    cluster.start_settled()
    cluster.wait_past_start()
    quiet = Quiet(cluster)
    cluster.switch.distort("node1", "node2", _NETWORKS[network])
    time.sleep(3)
    for tool, owner, words in (("hb_standby", cluster.node2, ("none", "all")),
                               ("hb_takeover", cluster.node1, ("all", "none"))):
        at = cluster.command(cluster.node1, tool)
        cluster.wait_owner(ADDRESS, owner, 15)
        cluster.wait_holding(*words, 20)
        lab.check("outage of a move on a bad network", outage(cluster, at))
    time.sleep(2)
    did = cluster.switch.clear()
    lab.note(f"the relay: {did}")
    assert did["carried"] > 60 and (did["overtaken"] > 10 or network == "slow"), did
    assert_sound(cluster)
    quiet.check(longest_outage=None)


@claim(kind="ours", budget=150)
def a_crash_behind_a_bad_network_is_taken_over(lab: Lab) -> None:
    cluster = lab.cluster(closely=True, medium="bcast+ucast")
    cluster.start_settled()
    cluster.switch.distort("node1", "node2", _NETWORKS["disordered"])
    time.sleep(2)
    at = cluster.node1.crash()
    cluster.observer.wait_takeover(ADDRESS, at, "node2", 10)
    # The last packet before the crash may still be on its way.
    lab.check("outage of a crash behind a bad network", outage(cluster, at))
    cluster.node1.power_on()
    cluster.start(cluster.node1)
    time.sleep(2)
    assert_sound(cluster)
    cluster.switch.clear()
    lab.expect_single_owner()


@claim(kind="ours", over=product(medium=["bcast", "mcast+ucast"]), budget=150)
def an_interface_that_vanishes_and_returns_is_used_again(lab: Lab) -> None:
    cluster = lab.cluster(closely=True, **lab.parameters)
    cluster.start_settled()
    quiet = Quiet(cluster)
    pids = [node.main_pid() for node in cluster.nodes]
    for node in cluster.nodes:
        other = cluster.other(node)
        marks = [(each, each.log.mark()) for each in cluster.nodes]
        node.lose_interface(1)
        for each, mark in marks:
            each.log.wait(f"Link {cluster.other(each).name}:eth1 dead", 6, mark)
        time.sleep(1)
        marks = [(each, each.log.mark()) for each in cluster.nodes]
        node.regain_interface(1)
        back = time.monotonic()
        for each, mark in marks:
            each.log.wait(f"Link {cluster.other(each).name}:eth1 up", 6, mark)
        lab.note(f"{node.name}: heard again after {since(back):.2f} s ({other.name} watches)")
    assert [node.main_pid() for node in cluster.nodes] == pids
    assert_sound(cluster)
    quiet.check()
    # The link that returned is worth something: it alone keeps both alive.
    _only_second_link(cluster)
    quiet.check()


def _only_second_link(cluster: Cluster) -> None:
    cluster.switch.cut_one_way("node1", "node2", 0)
    cluster.switch.cut_one_way("node2", "node1", 0)
    for node in cluster.nodes:
        node.log.wait(f"Link {cluster.other(node).name}:eth0 dead", 6)
    time.sleep(2)
    cluster.switch.clear()


@claim(kind="ours", budget=150)
def a_server_whose_only_way_to_its_clients_vanishes_serves_when_it_returns(lab: Lab) -> None:
    """The kernel takes the service address away with its interface; the links know nothing of it."""
    cluster = lab.cluster(closely=True)
    cluster.start_settled()
    pid = cluster.node1.main_pid()
    cluster.node1.lose_interface(0)
    wait_until(lambda: not cluster.observer.owners(ADDRESS), 5, "nobody answers")
    time.sleep(1.5)
    cluster.node1.regain_interface(0)
    back = time.monotonic()
    cluster.wait_owner(ADDRESS, cluster.node1, 5)
    lab.note(f"served again {since(back):.2f} s after the return")
    assert cluster.node1.log.has(f"Address {ADDRESS}")
    assert cluster.node1.main_pid() == pid
    assert_sound(cluster)
