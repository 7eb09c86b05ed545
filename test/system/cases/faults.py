"""Faults of the network and of single nodes: loss, partition, stalls, half-finished releases."""

from __future__ import annotations

import time

from lab.cluster import ADDRESS
from lab.namespaces import wait_until
from lab.suite import Lab, claim, product

from .acceptance import outage, since

# A fencing device that only notes whom it was told to reset.
_DEVICE = """\
#!/bin/sh
case $1 in
gethosts) echo $hostlist ;;
reset) echo "$(date +%s.%N) reset $2" >> /var/log/resets ;;
getconfignames) echo hostlist ;;
getinfo-devid|getinfo-devname|getinfo-devdescr|getinfo-devurl) echo lab ;;
getinfo-xml) echo '<parameters><parameter name="hostlist" unique="1"><content type="string"/></parameter></parameters>' ;;
esac
exit 0
"""


def doubled(lab: Lab, cluster, at: float) -> float:
    """Longest double service in seconds, counted from `at`."""
    return cluster.observer.longest_double(ADDRESS, at)


@claim(kind="all", over=product(medium=["bcast", "mcast", "ucast"]), budget=150)
def a_tenth_of_the_packets_lost_kills_nobody(lab: Lab) -> None:
    cluster = lab.cluster(medium=lab.parameters["medium"])
    cluster.start_settled()
    marks = [(node, node.log.mark()) for node in cluster.nodes]
    at = time.monotonic()
    cluster.switch.lose(10, "node1", "node2")
    time.sleep(62)
    lab.note(f"{cluster.switch.dropped()} packets lost")
    assert cluster.switch.dropped() > 50, "the loss is not real"
    for node, mark in marks:
        assert not node.log.has("is dead|returning after partition", mark), \
            f"{node.name} declared somebody dead"
    assert outage(cluster, at) == 0
    lab.expect_single_owner()
    cluster.switch.clear()
    # What was lost has been made good: the cluster still works.
    cluster.command(cluster.node1, "hb_standby")
    cluster.wait_holding("none", "all", 10)
    lab.expect_single_owner()


@claim(kind="all", over=product(failback=["off", "on"]), budget=120)
def a_healed_partition_leaves_one_server(lab: Lab) -> None:  # R22
    cluster = lab.cluster(auto_failback=lab.parameters["failback"])
    cluster.start_settled()
    cut = time.monotonic()
    cluster.node2.cut()
    time.sleep(6)
    assert ADDRESS in cluster.node1.addresses(), "the owner gave up during the partition"
    assert ADDRESS in cluster.node2.addresses(), "the other side did not take over"
    cluster.node2.restore()
    healed = time.monotonic()
    wait_until(lambda: len(cluster.observer.owners(ADDRESS)) == 2 or since(healed) > 1, 2, "")
    wait_until(lambda: len(cluster.observer.owners(ADDRESS)) < 2, 15, "one side yields")
    lab.check("R22 double service after the heal", doubled(lab, cluster, healed))
    cluster.wait_settled(40)
    time.sleep(6 if lab.all_ours else 20)
    cluster.wait_settled(40)
    lab.note(f"cut to heal {healed - cut:.1f} s")
    lab.check("R22 outage after the heal", outage(cluster, healed))
    assert len(cluster.observer.owners(ADDRESS)) == 1
    words = sorted(cluster.holding(node) for node in cluster.nodes)
    lab.note(f"afterwards: {words}")
    assert words in (["all", "none"], ["local", "none"], ["local", "local"])
    assert doubled(lab, cluster, healed + 5) == 0, "two servers again"


@claim(kind="all", budget=120)
def a_suspended_owner_yields_when_it_wakes_up(lab: Lab) -> None:  # R23
    cluster = lab.cluster()
    cluster.start_settled()
    at = time.monotonic()
    cluster.node1.signal("STOP")
    wait_until(lambda: ADDRESS in cluster.node2.addresses(), 4, "node2 takes over")
    time.sleep(max(0.0, 3 - since(at)))
    cluster.node1.signal("CONT")
    resumed = time.monotonic()
    wait_until(lambda: len(cluster.observer.owners(ADDRESS)) < 2, 15, "one side yields")
    time.sleep(5)
    cluster.wait_settled(30)
    time.sleep(5)
    cluster.wait_settled(30)
    lab.check("R23 double service after resume", doubled(lab, cluster, resumed))
    lab.check("R23 outage", outage(cluster, at))
    assert len(cluster.observer.owners(ADDRESS)) == 1


@claim(budget=120)
def a_holder_that_announced_a_long_deadtime_may_be_silent(lab: Lab) -> None:  # R34
    cluster = lab.cluster(per_node={"node1": {"deadtime": "6", "initdead": "7"}})
    cluster.start_settled()
    time.sleep(7)
    at = time.monotonic()
    cluster.node1.signal("STOP")
    time.sleep(2.8)
    cluster.node1.signal("CONT")
    time.sleep(6)
    lab.check("R34 double service", doubled(lab, cluster, at))


@claim(kind="all", budget=120)
def a_node_that_dies_while_releasing_is_reset_before_the_takeover(lab: Lab) -> None:  # R26
    cluster = lab.cluster(
        haresources=[f"node1 IPaddr2::{ADDRESS}/24/eth0 service::web"],
        extra=["stonith_host * external/lab node1 node2"])
    for node in cluster.nodes:
        node.provide("lib/stonith/plugins/external/lab", _DEVICE)
    cluster.misbehave("web", "stop", "sleep 30", cluster.node1)
    cluster.start_settled()
    stopping = cluster.node1.begin_stop()
    time.sleep(3)
    cluster.node1.cut()
    cut = time.monotonic()
    wait_until(lambda: ADDRESS in cluster.node2.addresses(), 15, "node2 takes over")
    lab.note(f"takeover {since(cut):.1f} s after the cut")
    notes = cluster.node2.path("/var/log/resets")
    resets = notes.read_text().splitlines() if notes.exists() else []
    lab.count("R26 resets before the takeover", len(resets))
    assert all(line.endswith("reset node1") for line in resets), resets
    stopping.kill()
