"""The third host: who answers for a service address, when, and for how long nobody does."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .namespaces import LabError, wait_until
from .host import Host

def _run_program(host: Host, program: Path, arguments: list[str], **options) -> subprocess.Popen:
    """Runs the observer's program inside a host, wherever it lies outside."""
    # It is reached by its descriptor: its directory may be hidden inside the host.
    executable = os.open(program, os.O_RDONLY)
    try:
        return host.space.popen([f"/proc/self/fd/{executable}", *arguments],
                                pass_fds=[executable], **options)
    finally:
        os.close(executable)


def answer_udp(host: Host, program: Path) -> subprocess.Popen:
    """Lets a host tell its name to those who ask it by UDP, until its power fails."""
    return _run_program(host, program, ["--answer", host.name, "--realtime"])


@dataclass
class Answering:
    """An interval during which one node answered for the address; times are time.monotonic()."""

    node: str
    start: float
    end: float | None  # None: it still answers


@dataclass(frozen=True)
class Outage:
    """An interval during which nobody answered."""

    start: float
    end: float | None
    before: str
    after: str | None

    @property
    def ms(self) -> float:
        return ((self.end or time.monotonic()) - self.start) * 1000


@dataclass(frozen=True)
class Gratuitous:
    at: float
    node: str
    kind: str  # request or reply


class Observer:
    """Runs the prober inside a host, and reads what it has seen so far at every question."""

    def __init__(self, host: Host, program: Path, addresses: list[str], nodes: list[Host], *,
                 means: str = "arp", spacing_us: int = 2000, patience: int = 5,
                 realtime: bool = False) -> None:
        """Asks by `arp`: every owner answers; or as a client does, by `echo` or `udp`.

        For `udp` the nodes have to run answer_udp(). `patience`: so many questions in a row may
        stay unanswered without making an outage.
        """
        self._names = {port.mac: node.name for node in nodes for port in node.ports}
        self._answering: dict[str, list[Answering]] = {address: [] for address in addresses}
        self._gratuitous: dict[str, list[Gratuitous]] = {address: [] for address in addresses}
        self._ready = False
        self._rest = ""
        inside = f"/var/log/observer-{means}"
        output = host.path(inside).open("w")
        self._log = host.path(inside).open()
        self._process = _run_program(
            host, program, ["--spacing-us", str(spacing_us), "--patience", str(patience),
                            *([] if means == "arp" else [f"--{means}"]),
                            *(["--realtime"] if realtime else []), *addresses],
            stdout=output, stderr=subprocess.STDOUT)
        output.close()
        wait_until(self._has_begun, 5, "the observer has begun")

    def owners(self, address: str) -> set[str]:
        """Who answers now, as far as the last few milliseconds can tell."""
        self._read()
        return {a.node for a in self._answering[address] if a.end is None}

    def timeline(self, address: str, since: float = 0) -> list[Answering]:
        """The intervals of all nodes that were not over at `since`, in order of their start."""
        self._read()
        return sorted((a for a in self._answering[address] if a.end is None or a.end >= since),
                      key=lambda a: a.start)

    def doubles(self, address: str, since: float = 0) -> list[tuple[str, str, float]]:
        """Each time that two nodes answered at once: both names and for how many milliseconds."""
        now = time.monotonic()
        line = self.timeline(address, since)
        found = []
        for index, first in enumerate(line):
            for second in line[index + 1:]:
                overlap = min(first.end or now, second.end or now) - second.start
                if first.node != second.node and overlap > 0:
                    found.append((first.node, second.node, overlap * 1000))
        return found

    def longest_double(self, address: str, since: float) -> float:
        """Longest time in seconds that two nodes answered at once, counted from `since`."""
        now = time.monotonic()
        line = self.timeline(address, since)
        longest = 0.0
        for index, first in enumerate(line):
            for second in line[index + 1:]:
                if first.node != second.node:
                    start = max(first.start, second.start, since)
                    longest = max(longest, min(first.end or now, second.end or now) - start)
        return longest

    def outages(self, address: str, since: float = 0) -> list[Outage]:
        """Each time that nobody answered, from the first answer ever to now."""
        line = self.timeline(address)
        found = []
        covered: float | None = None
        last = ""
        for interval in line:
            if covered is not None and interval.start > covered and interval.start >= since:
                found.append(Outage(covered, interval.start, last, interval.node))
            end = interval.end if interval.end is not None else float("inf")
            if covered is None or end > covered:
                covered, last = end, interval.node
        if covered is not None and covered != float("inf"):
            found.append(Outage(covered, None, last, None))
        return found

    def wait_takeover(self, address: str, at: float, new_owner: str, timeout: float) -> None:
        """Waits until `new_owner` answers alone, and began to after `at`."""
        wait_until(lambda: self.owners(address) == {new_owner} and
                   any(a.node == new_owner and a.start >= at for a in self.timeline(address)),
                   timeout, f"{new_owner} alone answers for {address}")

    def gratuitous(self, address: str, node: str, since: float = 0) -> list[Gratuitous]:
        self._read()
        return [g for g in self._gratuitous[address] if g.node == node and g.at >= since]

    def dump(self) -> str:
        """All that was seen, for the log of a failed test; times relative to the first event."""
        self._read()
        lines = []
        for address, line in self._answering.items():
            for a in sorted(line, key=lambda a: a.start):
                end = f"{a.end:.3f}" if a.end is not None else "now"
                lines.append(f"{address}: {a.node} {a.start:.3f} .. {end}")
            lines += [f"{address}: {g.node} {g.at:.3f} gratuitous {g.kind}"
                      for g in self._gratuitous[address]]
        return "\n".join(lines)

    def _has_begun(self) -> bool:
        self._read()
        if self._process.poll() is not None:
            raise LabError("the observer has ended: " + self._rest)
        return self._ready

    def _read(self) -> None:
        self._rest += self._log.read()
        *lines, self._rest = self._rest.split("\n")
        for line in lines:
            self._take(line.split())

    def _take(self, words: list[str]) -> None:
        match words:
            case ["ready", _]:
                self._ready = True
            case ["up", at, address, mac]:
                self._answering[address].append(Answering(self._name(mac), int(at) / 1e9, None))
            case ["down", at, address, mac]:
                for interval in self._answering[address]:
                    if interval.end is None and interval.node == self._name(mac):
                        interval.end = int(at) / 1e9
            case ["garp", at, address, mac, kind]:
                self._gratuitous[address].append(Gratuitous(int(at) / 1e9, self._name(mac), kind))
            case _:
                raise LabError("the observer says: " + " ".join(words))

    def _name(self, mac: str) -> str:
        return self._names.get(mac, mac)
