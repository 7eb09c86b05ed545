"""Daemons that are killed at one step after the other of their start and of a takeover.

The steps are listed by a tracer in a run that is left alone; then the daemon is run again for each of
them, and killed as it enters that call.
"""

from __future__ import annotations

import re
import time

from lab.aftermath import assert_sound
from lab.cluster import ADDRESS, Cluster
from lab.host import Host
from lab.suite import Lab, claim, product
from lab.tracing import MOVE_CALLS, START_CALLS, TRACE, Step, Tracer, steps_in, traced_start

from .acceptance import outage, since
from .faults import doubled


def generation(node: Host) -> int:
    text = node.path("/var/lib/heartbeat/hb_generation").read_text().strip()
    assert re.fullmatch(r"\d+", text), f"hb_generation holds {text!r}"
    return int(text)


@claim(kind="ours", budget=150)
def a_start_that_is_killed_at_any_step_can_be_repeated(lab: Lab) -> None:
    cluster = lab.cluster(closely=True, keepalive="100ms", realtime=True)
    cluster.start(cluster.node2)
    cluster.wait_owner(ADDRESS, cluster.node2, 10)
    began = time.monotonic()
    node = cluster.node1
    traced_start(node, 2, f"-o {TRACE} -e trace={START_CALLS}")
    steps = steps_in(node.path(TRACE).read_text())
    assert len(steps) > 50, "the tracer does not see what the daemon does"
    last = 0
    for step in steps:
        traced_start(node, 0.7, f"-o /dev/null {step.trap}")
        if node.path("/var/lib/heartbeat/hb_generation").exists():
            now = generation(node)
            assert now >= last, f"{step}: generation {now} after {last}"
            last = now
    lab.note(f"killed {len(steps)} times in {since(began):.1f} s")
    cluster.start(node)
    assert_sound(cluster, 30)
    assert generation(node) > last
    # The address never left the node that had it all the time.
    assert outage(cluster, began) == 0 and not cluster.observer.doubles(ADDRESS, began)
    assert not list(node.path("/var/lib/heartbeat").glob("*.tmp*")), "temporary files are left"


def steps_of_a_move(cluster: Cluster, giver: Host, taker: Host, watched: Host) -> list[Step]:
    tracer = Tracer(watched, f"-o {TRACE} -e trace={MOVE_CALLS}")
    assert taker.tool("hb_takeover").returncode == 0
    cluster.wait_owner(ADDRESS, taker, 10)
    time.sleep(0.4)
    tracer.detach()
    assert_sound(cluster)
    return steps_in(watched.path(TRACE).read_text())


@claim(kind="ours", over=product(killed=["giver", "taker"]), budget=240)
def a_move_that_is_killed_at_any_step_ends_with_one_server(lab: Lab) -> None:
    cluster = lab.cluster(closely=True, keepalive="100ms", deadtime="500ms", warntime="300ms",
                          initdead="1")
    cluster.start()
    cluster.wait_owner(ADDRESS, cluster.node1, 10)
    assert_sound(cluster)
    outages, doubles, missed = [], [], 0
    steps: list[Step] = []
    index = -1  # the first move is left alone, to learn the steps
    while index < len(steps):
        giver = cluster.node(next(iter(cluster.observer.owners(ADDRESS))))
        taker = cluster.other(giver)
        victim = giver if lab.parameters["killed"] == "giver" else taker
        if index < 0:
            steps = steps_of_a_move(cluster, giver, taker, victim)
            # Both log files are written, one after the other: every second line is enough.
            steps = [step for step in steps if step.call != "writev" or step.number % 2 == 1]
            index = 0
            continue
        at = time.monotonic()
        tracer = Tracer(victim, f"-o /dev/null {steps[index].trap}")
        # The command itself may see its daemon die.
        assert taker.tool("hb_takeover").returncode == 0 or tracer.has_killed()
        time.sleep(0.4)
        if tracer.has_killed():
            bring_back(cluster, victim, machine=index % 2 == 0, missed=index % 4 < 2)
        else:  # what a node does in a move depends on how it came by what it has
            tracer.detach()
            missed += 1
        assert_sound(cluster)
        outages.append(outage(cluster, at))
        doubles.append(doubled(lab, cluster, at))
        index += 1
    lab.check("outage of a killed move", max(outages))
    lab.check("double service of a killed move", max(doubles))
    lab.note(f"{len(steps)} steps, {missed} of them not taken: "
             f"{' '.join(f'{step.call}:{step.number}' for step in steps)}")
    assert len(steps) - missed > 6, "the tracer does not see what the daemon does"


def bring_back(cluster: Cluster, victim: Host, *, machine: bool, missed: bool) -> None:
    """Starts what was killed, the daemon or all of its machine: before or after it was missed."""
    if machine:
        victim.crash()
    if missed:
        time.sleep(1)
    if machine:
        victim.power_on()
    cluster.start(victim)
