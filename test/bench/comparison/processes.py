"""What the processes of a daemon use, seen from outside its namespaces."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from lab.host import Host

_DAEMON = "heartbeat"  # base name of the executable of all its processes, in both flavours


def daemon_pids(host: Host) -> list[int]:
    """Pids, as this process sees them, of all processes of the daemon; its first process first."""
    inside = os.readlink(f"/proc/{host.space.pid}/ns/pid")
    return sorted(pid for pid in _all_pids() if _is_daemon(pid, inside))


def cpu_seconds(pids: list[int]) -> float:
    """User and system time of all threads so far, by the scheduler's nanoseconds."""
    return sum(int(task.read_text().split()[0])
               for pid in pids for task in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def memory_kb(pids: list[int]) -> dict[str, int]:
    """Sums over the processes: `Rss` counts shared pages in each of them, `Pss` its share of them."""
    sums = {"Rss": 0, "Pss": 0}
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name = line.partition(":")[0]
            if name in sums:
                sums[name] += int(line.split()[1])
    return sums


def datagrams_sent(host: Host) -> int:
    """UDP datagrams that the host has sent so far; only its daemon sends any."""
    lines = Path(f"/proc/{host.space.pid}/net/snmp").read_text().splitlines()
    names, values = [line.split() for line in lines if line.startswith("Udp:")]
    return int(values[names.index("OutDatagrams")])


def _all_pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _is_daemon(pid: int, namespace: str) -> bool:
    try:
        executable = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
        return (os.path.basename(executable) == _DAEMON and
                os.readlink(f"/proc/{pid}/ns/pid") == namespace)
    except OSError:
        return False  # it has ended meanwhile, or is a thread of the kernel
