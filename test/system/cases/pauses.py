"""Daemons that are killed, stopped, starved or whose clocks jump."""

from __future__ import annotations

import time

from lab.aftermath import assert_sound
from lab.cluster import ADDRESS, Cluster
from lab.host import Host
from lab.namespaces import wait_until
from lab.programs import Clock
from lab.starvation import starve
from lab.suite import Lab, claim, product

from .acceptance import outage, since
from .faults import doubled

_FALSE_ALARM = r"is dead|returning after partition"
# 3.0.6 says this in the middle of an orderly move, too, when reports overtake one another.
_OUR_FALSE_ALARM = _FALSE_ALARM + "|Both machines own"


class Quiet:
    """Claims that from now on no node has declared another dead and no client was left alone."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._marks = [(node, node.log.mark()) for node in cluster.nodes]
        self._began = time.monotonic()

    def check(self, longest_outage: float | None = 0) -> None:
        """`longest_outage`: None where services were moved, which has bounds of its own."""
        for node, mark in self._marks:
            pattern = _OUR_FALSE_ALARM if node.flavour.is_ours else _FALSE_ALARM
            alarms = node.log.lines(pattern, mark)
            assert not alarms, f"{node.name}: {alarms}"
        lost = outage(self._cluster, self._began)
        assert longest_outage is None or lost <= longest_outage, \
            f"nobody answered for {lost:.3f} s"
        doubles = self._cluster.observer.doubles(ADDRESS, self._began)
        assert not doubles, f"two answered: {doubles}"


@claim(kind="ours", budget=120)  # what a killed 3.0.6 leaves behind, its next daemon leaves too
def a_killed_daemon_that_is_restarted_leaves_one_server(lab: Lab) -> None:
    # Only the daemon dies: its address stays, and answers, until the next daemon gives it up.
    cluster = lab.cluster(closely=True, medium="bcast+ucast")
    cluster.start_settled()
    at = time.monotonic()
    cluster.node1.signal("KILL")
    wait_until(lambda: ADDRESS in cluster.node2.addresses(), 5, "node2 takes over")
    taken = since(at)
    back = cluster.start(cluster.node1)
    wait_until(lambda: cluster.observer.owners(ADDRESS) == {"node2"}, 15, "node1 gives way")
    lab.note(f"taken over after {taken:.2f} s")
    lab.check("double service after a restart", doubled(lab, cluster, back))
    lab.check("outage beside a killed daemon", outage(cluster, at))
    assert_sound(cluster, 30)


@claim(kind="ours", budget=120)
def a_daemon_killed_and_restarted_within_the_deadtime_leaves_one_server(lab: Lab) -> None:
    cluster = lab.cluster(closely=True)
    cluster.start_settled()
    for victim in (cluster.node1, cluster.node2, cluster.node1):
        at = time.monotonic()
        victim.signal("KILL")
        cluster.start(victim)
        time.sleep(1)
        assert_sound(cluster, 20)
        lab.note(f"{victim.name} killed; served by {cluster.observer.owners(ADDRESS)}")
        lab.check("outage of a restarted daemon", outage(cluster, at))
        lab.check("double service after a restart", doubled(lab, cluster, at))


@claim(kind="all", budget=120)
def a_pause_shorter_than_the_deadtime_is_no_death(lab: Lab) -> None:
    cluster = lab.cluster(closely=True, medium="bcast+ucast")
    cluster.start_settled()
    cluster.wait_past_start()
    quiet = Quiet(cluster)
    for seconds in (0.2, 0.6):
        for node in cluster.nodes:
            # The last heartbeat before the pause may be a keepalive old, the next one due at once.
            pause(node, seconds)
            time.sleep(0.4)
    assert_sound(cluster)
    quiet.check()


def pause(node: Host, seconds: float) -> None:
    """Stops the daemon's main process for so long, by a timer that is not ours to be late."""
    node.space.shell(f"kill -STOP {node.main_pid()}; sleep {seconds}; kill -CONT {node.main_pid()}")


@claim(kind="ours", over=product(paused=["node1", "node2", "both"]), budget=120)
def after_a_pause_of_many_deadtimes_one_serves(lab: Lab) -> None:
    cluster = lab.cluster(closely=True, medium="bcast+ucast")
    cluster.start_settled()
    paused = [node for node in cluster.nodes if lab.parameters["paused"] in (node.name, "both")]
    for seconds in (2, 5):
        at = time.monotonic()
        for node in paused:
            node.signal("STOP")
        time.sleep(seconds)
        resumed = time.monotonic()
        for node in paused:
            node.signal("CONT")
        time.sleep(1)
        assert_sound(cluster)
        lab.note(f"{seconds} s: served by {cluster.observer.owners(ADDRESS)}")
        lab.check("R23 double service after resume", doubled(lab, cluster, resumed))
        lab.check("R23 outage", outage(cluster, at))
    if len(paused) == 2:
        for node in cluster.nodes:
            assert node.log.has("This host was held up"), f"{node.name} did not notice"


def seconds_waited(node: Host) -> float:
    """How long the daemon's main thread was ready to run, and others ran."""
    return int(node.space.shell(f"cat /proc/{node.main_pid()}/schedstat").split()[1]) / 1e9


@claim(kind="ours", over=product(realtime=["on", "off"]), budget=120)
def a_starved_processor_is_no_death_of_others(lab: Lab) -> None:
    """Busy programs on the processor of both daemons, which have the least claim on it."""
    realtime = lab.parameters["realtime"] == "on"
    cluster = lab.cluster(closely=True, realtime=realtime)
    cluster.start_settled()
    quiet = Quiet(cluster)
    marks = [(node, node.log.mark()) for node in cluster.nodes]
    waited = [-seconds_waited(node) for node in cluster.nodes]
    began = time.monotonic()
    starve(cluster.nodes, cluster.third, 6)
    assert_sound(cluster)
    told = [line for node, mark in marks for line in node.log.lines("held up|Late", mark)]
    waited = [before + seconds_waited(node) for before, node in zip(waited, cluster.nodes)]
    lab.note(f"{since(began):.1f} s, of which the daemons waited {waited[0]:.2f} and "
             f"{waited[1]:.2f} s for the processor; told of it: {len(told)}")
    if not realtime:  # then it may be too slow to be believed alive, but must not serve twice
        lab.check("R23 double service after resume", doubled(lab, cluster, began))
    elif not any(node.log.has("Running without realtime") for node in cluster.nodes):
        assert not told, told
        quiet.check()


@claim(kind="all", budget=120)
def jumps_of_the_wall_clock_change_nothing(lab: Lab) -> None:
    cluster = lab.cluster(closely=True)
    clocks = [Clock(node, lab.root) for node in cluster.nodes]
    cluster.start_settled()
    cluster.wait_past_start()
    quiet = Quiet(cluster)
    day = 86400
    for first, second in ((day, 0), (-2 * day, 0), (0, 3600), (-30 * 365 * day, 10 * 365 * day),
                          (-0.4, 0.4), (0, 0)):
        clocks[0].set(wall=first)
        clocks[1].set(wall=second)
        time.sleep(1.2)
    assert_sound(cluster)
    quiet.check()


@claim(kind="ours", budget=120)
def a_clock_set_back_before_a_start_makes_no_old_generation(lab: Lab) -> None:
    cluster = lab.cluster()
    clock = Clock(cluster.node2, lab.root)
    cluster.start_settled()
    clock.set(wall=-400 * 86400)
    cluster.node2.stop()
    mark = cluster.node1.log.mark()
    cluster.start(cluster.node2)
    cluster.node1.log.wait("Heartbeat restart on node node2", 5, mark)
    assert_sound(cluster)
    assert not cluster.node1.log.has("old generation", mark)


@claim(kind="ours", over=product(slept=["node1", "node2"]), budget=120)
def a_machine_that_slept_asks_before_it_serves_on(lab: Lab) -> None:
    """The clock that counts sleep jumps by a minute, and the packets of that minute never came."""
    cluster = lab.cluster(closely=True)
    slept = cluster.node(lab.parameters["slept"])
    clock = Clock(slept, lab.root)
    cluster.start_settled()
    at = time.monotonic()
    slept.signal("STOP")
    slept.cut()
    wait_until(lambda: cluster.node2.log.has("is dead") or cluster.node1.log.has("is dead"), 5,
               "the other one notices")
    time.sleep(1)
    clock.set(boot=60)
    slept.restore()
    resumed = time.monotonic()
    slept.signal("CONT")
    time.sleep(1)
    assert_sound(cluster)
    assert slept.log.has("This host was held up for 6\\d\\d\\d\\d ms"), slept.log.lines("held up")
    assert not slept.log.has("is dead"), "it blamed the other for its own sleep"
    lab.check("R23 double service after resume", doubled(lab, cluster, resumed))
    if slept is cluster.node2:
        assert outage(cluster, at) == 0
