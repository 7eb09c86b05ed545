#!/usr/bin/env python3
"""Shows a service address that survives: two nodes and a client, in namespaces of this machine.

Starts both daemons from real files, kills the active node, lets it return, asks it to go standby,
stops one gracefully; prints what happens when, and how long the client had no answer. Needs root.
Nothing of the machine is touched, and nothing is left behind, also when it is interrupted.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from lab.cluster import ADDRESS, Cluster, Settings  # noqa: E402
from lab.host import ORIGINAL, Flavour, Host  # noqa: E402
from lab.namespaces import LabError, scratch  # noqa: E402
from lab.observer import Observer  # noqa: E402
from lab.programs import observer_program  # noqa: E402

# 3.0.6 looks at its peers every 250 ms only, so there shorter times would gain nothing.
_FAST = {"keepalive": "50ms", "warntime": "100ms", "deadtime": "200ms", "initdead": "1"}
_SLOW = {"keepalive": "200ms", "warntime": "600ms", "deadtime": "1", "initdead": "3"}

_PATIENCE = 2  # pings in a row that may get lost before the client speaks of an outage

# What a reader wants to see of the logs.
_TELLING = re.compile(
    r"(node \S+: is dead|Resources being acquired from|mach_down takeover complete\."
    r"|Heartbeat restart on node|Cluster node \S+ returning|wants to go standby"
    r"|Standby resource acquisition done|Received shutdown notice|Heartbeat shutdown complete"
    r"|Status update for node \S+: status active|Both machines own)")


class Style:
    """Colour on a terminal, plain text elsewhere."""

    def __init__(self) -> None:
        self._on = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def bold(self, text: str) -> str:
        return self._wrap("1", text)

    def dim(self, text: str) -> str:
        return self._wrap("2", text)

    def good(self, text: str) -> str:
        return self._wrap("32", text)

    def bad(self, text: str) -> str:
        return self._wrap("31", text)

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._on else text


@dataclass
class Result:
    """One event and what the client saw of it."""

    event: str
    outage_ms: float
    served_by: str


class Timeline:
    """Prints events with the seconds since the start, those of the logs as they are written."""

    def __init__(self, nodes: list[Host], style: Style) -> None:
        self._began = time.monotonic()
        self._style = style
        self._positions = {node.name: 0 for node in nodes}
        self._nodes = nodes

    def title(self, text: str) -> None:
        self.follow()
        print(f"\n{self._style.bold(text)}", flush=True)

    def say(self, text: str, at: float | None = None) -> None:
        seconds = (at or time.monotonic()) - self._began
        print(f"{seconds:9.3f} s  {text}", flush=True)

    def follow(self) -> None:
        """Prints the telling lines that the daemons have logged since the last call."""
        for node in self._nodes:
            text = node.log.text(self._positions[node.name])
            complete = text.rfind("\n") + 1
            self._positions[node.name] += len(text[:complete].encode())
            for line in text[:complete].splitlines():
                if found := _TELLING.search(line):
                    said = line[found.start():].strip()
                    self.say(self._style.dim(f"{node.name} logs: {said}"))


class Demo:
    def __init__(self, cluster: Cluster, client: Observer, style: Style) -> None:
        self._cluster = cluster
        self._client = client
        self._style = style
        self._timeline = Timeline(cluster.nodes, style)
        self._results: list[Result] = []

    def run(self) -> bool:
        """The whole play; true when the service was always on exactly one node."""
        first, second = self._cluster.nodes
        self._event("both nodes start", lambda: self._cluster.start(), first, counts=False)
        self._event("node1, the active node, crashes: processes killed, cables cut",
                    first.crash, second)
        self._event("node1 returns, and by failback gets its group", lambda: self._return(first),
                    first)
        self._event("hb_standby on node1",
                    lambda: self._cluster.command(first, "hb_standby"), second)
        self._event("node2, now active, is stopped gracefully", second.begin_stop, first)
        return self._report()

    def _return(self, node: Host) -> None:
        node.power_on()
        node.start()

    def _event(self, title: str, action: Callable[[], object], owner: Host, *,
               counts: bool = True) -> None:
        """Lets something happen, waits until `owner` serves and all is quiet, says what was lost."""
        self._timeline.title(title)
        at = time.monotonic()
        self._timeline.say("now")
        action()
        self._wait_for(owner)
        serving = [a for a in self._cluster.observer.timeline(ADDRESS) if a.node == owner.name][-1]
        self._timeline.say(f"{owner.name} answers for {ADDRESS}", serving.start)
        self._settle(2.0)
        if not counts:
            return
        lost = max((o.ms for o in self._client.outages(ADDRESS, at)), default=0.0)
        self._results.append(Result(title, lost, owner.name))
        self._timeline.say(self._style.good(f"the client had no answer for {in_words(lost)}"))

    def _wait_for(self, owner: Host) -> None:
        deadline = time.monotonic() + 30
        while self._cluster.observer.owners(ADDRESS) != {owner.name}:
            self._timeline.follow()
            if time.monotonic() > deadline:
                raise AssertionError(f"{owner.name} does not answer for {ADDRESS}")
            time.sleep(0.005)

    def _settle(self, seconds: float) -> None:
        """Lets a moment pass, and then as long as the nodes are still at work."""
        quiet = time.monotonic() + seconds
        deadline = quiet + 20
        while time.monotonic() < quiet or (time.monotonic() < deadline and self._busy()):
            self._timeline.follow()
            time.sleep(0.02)

    def _busy(self) -> bool:
        return any(self._cluster.holding(node) in ("transition", "?")
                   for node in self._cluster.nodes if node.is_running())

    def _report(self) -> bool:
        doubles = self._cluster.observer.doubles(ADDRESS)
        print(f"\n{self._style.bold('What the client saw')}")
        for result in self._results:
            print(f"  {in_words(result.outage_ms):>14} without an answer  {result.event}")
        if doubles:
            print(self._style.bad(f"  two nodes answered at once: {doubles}"))
        else:
            print(self._style.good("  never did two nodes answer at once"))
        return not doubles


def in_words(outage_ms: float) -> str:
    """`157 ms`; what is shorter than the client can tell is said to be so."""
    return f"{outage_ms:.0f} ms" if outage_ms > 0 else f"less than {_PATIENCE + 1} ms"


def version(host: Host) -> str:
    said = host.space.run(["/usr/libexec/heartbeat/heartbeat", "-V"]).stdout.split()
    return said[0] if said else "?"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", type=Path, metavar="DESTDIR", help="our install tree")
    parser.add_argument("--flavour", choices=("ours", "3.0.6"), default="ours",
                        help="3.0.6 shows the installed original instead, for comparison")
    given = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("namespaces need root")
    if given.flavour == "ours" and given.ours is None:
        parser.error("--ours DESTDIR is needed (./dev demo gives it)")
    flavour = ORIGINAL if given.flavour == "3.0.6" else Flavour("ours", given.ours.resolve())
    timing = _SLOW if flavour is ORIGINAL else _FAST

    # An ordinary exit runs what cleans up; what is killed takes its namespaces with it anyway.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    style = Style()
    root = scratch()
    program = observer_program(root)
    settings = Settings(auto_failback="on", **timing)
    with Cluster(root, (flavour, flavour), settings, program) as cluster:
        client = Observer(cluster.third, program, [ADDRESS], cluster.nodes, means="echo",
                          spacing_us=1000, patience=_PATIENCE)
        print(style.bold(f"Heartbeat {version(cluster.node1)}: two nodes and a client, "
                         "each in namespaces of its own"))
        print(f"keepalive {settings.keepalive}, deadtime {settings.deadtime}, two links; "
              f"the address {ADDRESS} belongs to node1; the client pings it every millisecond")
        try:
            return 0 if Demo(cluster, client, style).run() else 1
        except (AssertionError, LabError) as error:
            print(style.bad(f"\nit went wrong: {error}\n") + cluster.report(30))
            return 1


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # even where a shell had it ignored
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\ninterrupted; everything is taken down")
        sys.exit(130)
