"""The measurements: clusters of each flavour, and what is done with them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab.cluster import ADDRESS, Cluster, Settings
from lab.host import ORIGINAL as ORIGINAL_FLAVOUR
from lab.host import Flavour, Host
from lab.namespaces import wait_until
from lab.programs import least_program, observer_program

from .deathwatch import LineWatch
from .processes import cpu_seconds, daemon_pids, datagrams_sent, memory_kb
from .report import ORIGINAL, OURS, Aim, Report
from .wire import Tap

_SETTLING = 2  # seconds of rest before anything is measured
_ATTEMPTS = 3  # crashes for each that is wanted, where the machine is too busy for some


@dataclass
class BenchSettings(Settings):
    """One broadcast network, sha1, a bare address; realtime as asked."""

    networks: tuple[int, ...] = (0,)
    realtime: bool = False
    haresources: list[str] = field(default_factory=lambda: [f"node1 {ADDRESS}"])

    def ha_cf(self, node: Host, peers: list[Host]) -> str:
        wanted = f"realtime {'on' if self.realtime else 'off'}"
        return super().ha_cf(node, peers).replace("realtime off", wanted)


@dataclass(frozen=True)
class Pace:
    """Times of ha.cf."""

    keepalive: str
    warntime: str
    deadtime: str
    initdead: str
    keepalive_seconds: float
    deadtime_seconds: float

    @property
    def name(self) -> str:
        return f"{self.keepalive}/{self.deadtime}"

    def settings(self) -> dict[str, str]:
        return {"keepalive": self.keepalive, "warntime": self.warntime, "deadtime": self.deadtime,
                "initdead": self.initdead}


FAST = Pace("20ms", "60ms", "100ms", "3", 0.02, 0.1)
# 3.0.6 knows no unit "s".
DEFAULTS = Pace("1", "10", "30", "30", 1, 30)
# Processor and memory: the rhythm of FAST, but a busy machine must not cause false deaths meanwhile.
_PATIENT = Pace("20ms", "1", "3", "3", 0.02, 3)


class BenchLab:
    """Makes clusters of either flavour, and says what is being done."""

    def __init__(self, root: Path, ours: Path, report: Report) -> None:
        self.report = report
        self._root = root
        self._flavours = {OURS: Flavour(OURS, ours), ORIGINAL: ORIGINAL_FLAVOUR}
        self._made = 0

    @contextmanager
    def cluster(self, name: str, pace: Pace, *, realtime: bool) -> Iterator[Cluster]:
        """A running, settled cluster of two nodes of this flavour."""
        with self._hosts(name, pace, realtime=realtime) as made:
            made.start_settled(60)
            time.sleep(_SETTLING)
            yield made

    @contextmanager
    def least(self, pace: Pace) -> Iterator[dict[Host, int]]:
        """Two hosts with no daemon, but what does the least at each heartbeat: its pid on each."""
        program = least_program(self._root)
        with self._hosts(OURS, pace, realtime=False) as made:
            started = {node: node.space.network_popen(
                [str(program), "eth0", "10.77.0.255", str(round(pace.keepalive_seconds * 1000))])
                for node in made.nodes}
            time.sleep(_SETTLING)
            yield {node: process.pid for node, process in started.items()}
            for process in started.values():
                process.kill()
                process.wait()

    @contextmanager
    def _hosts(self, name: str, pace: Pace, *, realtime: bool) -> Iterator[Cluster]:
        self._made += 1
        root = self._root / f"cluster{self._made}"
        root.mkdir()
        flavour = self._flavours[name]
        settings = BenchSettings(realtime=realtime, **pace.settings())
        with Cluster(root, (flavour, flavour), settings, observer_program(self._root)) as made:
            yield made

    @contextmanager
    def both(self, pace: Pace, *, realtime: bool) -> Iterator[dict[str, Cluster]]:
        """One of each flavour, running side by side, so that both see the same machine."""
        with self.cluster(OURS, pace, realtime=realtime) as ours, \
             self.cluster(ORIGINAL, pace, realtime=realtime) as original:
            yield {OURS: ours, ORIGINAL: original}

    @staticmethod
    def say(text: str) -> None:
        print(text, flush=True)


def processor(lab: BenchLab, windows: int, seconds: float) -> None:
    """Processor time of all processes of a daemon for 1,000 heartbeats sent and as many received.

    Beside it, in the column of ours, what a program takes that does nothing else (least.cpp).
    """
    quantity = lab.report.quantity("CPU for 1,000 heartbeats", "ms", Aim(0.25, relative=True),
                                   Aim(40))
    least = lab.report.quantity("waking, receiving, sending alone", "ms")
    with lab.both(_PATIENT, realtime=False) as clusters, lab.least(_PATIENT) as bare:
        daemons = [(quantity.values[name], node, daemon_pids(node))
                   for name, cluster in clusters.items() for node in cluster.nodes]
        daemons += [(least.values[OURS], node, [pid]) for node, pid in bare.items()]
        for window in range(windows):
            before = [(cpu_seconds(pids), datagrams_sent(node)) for _, node, pids in daemons]
            time.sleep(seconds)
            for (values, node, pids), (cpu, sent) in zip(daemons, before):
                used, heartbeats = cpu_seconds(pids) - cpu, datagrams_sent(node) - sent
                values.append(used * 1e6 / heartbeats)
            lab.say(f"cpu, {window + 1} of {windows}: " + "; ".join(
                f"{name} {quantity.median(name):.1f} ms" for name in clusters) +
                f"; the least {least.median(OURS):.1f} ms")


def memory(lab: BenchLab) -> None:
    """Resident memory of all processes of a daemon, with and without realtime (locked memory)."""
    for realtime in (False, True):
        word = "on" if realtime else "off"
        rss = lab.report.quantity(f"memory, realtime {word}, Rss", "MB", Aim(1, relative=True))
        pss = lab.report.quantity(f"memory, realtime {word}, Pss", "MB", Aim(1, relative=True))
        with lab.both(_PATIENT, realtime=realtime) as clusters:
            for name, cluster in clusters.items():
                for node in cluster.nodes:
                    sums = memory_kb(daemon_pids(node))
                    rss.values[name].append(sums["Rss"] / 1000)
                    pss.values[name].append(sums["Pss"] / 1000)
                lab.say(f"memory, realtime {word}: {name} Rss {rss.median(name):.1f} MB, "
                        f"Pss {pss.median(name):.1f} MB")


def crashes(lab: BenchLab, pace: Pace, count: int) -> None:
    """Crashes of the active node: when the survivor declares it dead, and when it answers instead."""
    for name in (OURS, ORIGINAL):
        with lab.cluster(name, pace, realtime=True) as cluster:
            taken = 0
            for _ in range(count * _ATTEMPTS):
                if taken == count:
                    break
                if _one_crash(lab, name, cluster, pace):
                    taken += 1


def _one_crash(lab: BenchLab, name: str, cluster: Cluster, pace: Pace) -> bool:
    """One crash, and the return of the crashed node. False: it did not go as planned, no value."""
    beyond = lab.report.quantity(f"declared dead after deadtime, {pace.name}", "ms", Aim(5))
    answer = lab.report.quantity(f"crash to answering address, {pace.name}", "ms",
                                 Aim(pace.deadtime_seconds * 1000 + 20))
    active = next(node for node in cluster.nodes
                  if {node.name} == cluster.observer.owners(ADDRESS))
    survivor = cluster.other(active)
    tap = Tap(survivor)
    time.sleep(3 * pace.keepalive_seconds)  # so that the last heartbeat before the crash is seen
    watch = LineWatch(survivor.log, f"node {active.name}: is dead", pace.deadtime_seconds + 10)
    crashed = _kill_at_once(active)
    active.crash()
    dead, heard = watch.result(), tap.last_from(f"10.77.0.{active.number}")
    tap.close()
    if dead is None or heard is None or dead < heard:
        lab.say(f"crash, {name}: discarded (heard {heard}, declared dead {dead})")
    else:
        cluster.observer.wait_takeover(ADDRESS, crashed, survivor.name, 10)
        answered = next(interval.start for interval in cluster.observer.timeline(ADDRESS, crashed)
                        if interval.node == survivor.name and interval.start >= crashed)
        beyond.values[name].append((dead - heard - pace.deadtime_seconds) * 1000)
        answer.values[name].append((answered - crashed) * 1000)
        lab.say(f"crash {pace.name}, {name}: declared dead {beyond.values[name][-1]:.1f} ms after "
                f"deadtime, the address answers {answer.values[name][-1]:.1f} ms after the crash")
    _return(cluster, active, survivor)
    return dead is not None and heard is not None and dead >= heard


def _kill_at_once(node: Host) -> float:
    """The daemon says nothing any more from the returned instant (monotonic) on."""
    pids = daemon_pids(node)
    at = time.monotonic()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return at


def _return(cluster: Cluster, crashed: Host, survivor: Host) -> None:
    """The crashed node comes back, and the resources stay where they are."""
    mark = survivor.log.mark()
    crashed.power_on()
    crashed.start()
    wait_until(lambda: survivor.log.has(f"Status update for node {crashed.name}: status active",
                                        mark), 60, f"{crashed.name} is active again")
    cluster.wait_settled(60)
    time.sleep(_SETTLING)
