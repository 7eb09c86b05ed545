"""A rolling upgrade, and the way back, with the service up throughout."""

from __future__ import annotations

import time

from lab.cluster import ADDRESS
from lab.host import ORIGINAL, Host
from lab.suite import Lab, claim

from .acceptance import outage


@claim(budget=240)
def a_rolling_upgrade_and_the_way_back_keep_the_service_up(lab: Lab) -> None:
    new = lab.pair[0]
    lab.pair = (ORIGINAL, ORIGINAL)
    cluster = lab.cluster()
    began = time.monotonic()
    cluster.start_settled()

    def exchange(node: Host, flavour) -> None:
        """Stops one node, exchanges its package, starts it again and gives it everything."""
        other = cluster.other(node)
        at = time.monotonic()
        node.stop()
        node.install(flavour)
        cluster.start(node)
        words = ("none", "all") if node is cluster.node1 else ("all", "none")
        cluster.wait_owner(ADDRESS, other, 10)
        cluster.wait_settled(30)
        cluster.wait_holding(*words, 30)
        cluster.command(node, "hb_takeover")
        cluster.wait_owner(ADDRESS, node, 10)
        cluster.wait_holding(*reversed(words), 15)
        flavours = "+".join(each.flavour.name for each in cluster.nodes)
        gaps = [f"{o.ms:.0f}" for o in cluster.observer.outages(ADDRESS, at)]
        lab.note(f"{node.name} is {flavour.name} now ({flavours}): outages {' '.join(gaps)} ms")
        lab.check("outage of an upgrade", outage(cluster, at))

    for flavour in (new, ORIGINAL):
        exchange(cluster.node1, flavour)
        exchange(cluster.node2, flavour)
    lab.note(f"{time.monotonic() - began:.0f} s in all")
    lab.expect_single_owner()
