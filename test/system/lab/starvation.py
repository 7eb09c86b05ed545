"""Daemons that do not get the processor."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .host import Host

_HOGS = 4
_LEAST = 19  # niceness


@dataclass(frozen=True)
class _Claim:
    """What a daemon was entitled to before."""

    pid: int
    processors: str  # a mask, as taskset writes it
    session: int | None  # niceness of its session, where the kernel schedules by sessions


def _claim_of(node: Host) -> _Claim:
    pid = node.main_pid()
    mask = node.space.shell(f"taskset -p {pid}").rpartition(":")[2].strip()
    session = node.space.shell(f"cat /proc/{pid}/autogroup 2>/dev/null || true")
    found = re.search(r"nice (-?\d+)", session)
    return _Claim(pid, mask, int(found.group(1)) if found else None)


def _entitle(node: Host, claim: _Claim, policy: str) -> None:
    """Gives the daemon that claim, if it still lives; threads with realtime keep it."""
    script = (f"taskset -a -p {claim.processors} {claim.pid}; "
              f"for thread in $(ls /proc/{claim.pid}/task); do case $(chrt -p $thread) in "
              f"*SCHED_OTHER* | *SCHED_IDLE*) chrt --{policy} -p 0 $thread ;; esac; done")
    if claim.session is not None:
        script += f"; echo {claim.session} > /proc/{claim.pid}/autogroup"
    node.space.run(["sh", "-c", script])


def starve(victims: list[Host], where: Host, seconds: float) -> None:
    """Busy programs on the one processor that these daemons may use, with the least claim on it.

    A daemon with realtime goes before all of them none the less. `where` runs the programs.
    """
    before = [(node, _claim_of(node)) for node in victims]
    for node, claim in before:
        _entitle(node, _Claim(claim.pid, "1", None if claim.session is None else _LEAST),
                 "idle")
    hogs = [where.space.popen(["taskset", "1", "timeout", f"{seconds}", "sh", "-c",
                               "while :; do :; done"]) for _ in range(_HOGS)]
    for hog in hogs:
        hog.wait(seconds + 60)
    for node, claim in before:
        _entitle(node, claim, "other")
