"""What must be true once all faults are over and the cluster has settled."""

from __future__ import annotations

import re
import time

from .cluster import Cluster
from .host import HEARTBEAT, Host

_LOOKS = 4
_BETWEEN_LOOKS = 0.4  # seconds

# What runs in a host of the lab beside its daemon: init, our looks at it, and what clients ask.
_OF_THE_LAB = re.compile(r"python3 -I -S -c|ps axo|/proc/self/fd/\d+ --answer|^sh -|^\[")
_WHOLE = (("all", "none"), ("none", "all"), ("local", "local"), ("foreign", "foreign"))


def assert_sound(cluster: Cluster, timeout: float = 20, *, words: bool = True) -> None:
    """Waits until the cluster is at rest: several looks in a row that find all well and unmoved.

    Each address is answered by one node, the same every time, by ARP and to clients, and what is
    grouped with it runs there and nowhere else; both daemons run, answer, and agree on who holds
    what; no process and no address is left over. That things move once more meanwhile is no error
    here: a 3.0.6 restarts itself after a partition. Whoever forbids it asks the observer for
    outages. Without `words` what the nodes say that they hold is not asked: a 3.0.6 may remain in
    transition for good after some faults.
    """
    deadline = time.monotonic() + timeout
    found: list[str] = []  # what was wrong, each time that it was something else
    looks = 0
    before: dict[str, set[str]] = {}
    while looks < _LOOKS:
        owners = _owners(cluster)
        complaint = _complaint(cluster, words) or _strays(cluster)
        if not complaint and looks > 0 and owners != before:
            complaint = f"owners changed from {before} to {owners}"
        if complaint:
            looks = 0
            if found[-1:] != [complaint]:
                found.append(complaint)
            assert time.monotonic() < deadline, f"not sound within {timeout:g} s: {found[-5:]}"
        else:
            looks += 1
        before = owners
        time.sleep(_BETWEEN_LOOKS if looks else 0.05)


def _owners(cluster: Cluster) -> dict[str, set[str]]:
    return {address: cluster.observer.owners(address) for address in cluster.settings.addresses}


def _complaint(cluster: Cluster, words: bool) -> str | None:
    for address, owners in _owners(cluster).items():
        if len(owners) != 1:
            return f"{address} is answered by {sorted(owners) or 'nobody'}"
        if cluster.client and (served := cluster.client.owners(address)) != owners:
            return f"{address} is answered by {sorted(owners)}, and clients reach {sorted(served)}"
        holders = {node.name for node in cluster.nodes if address in node.addresses()}
        if holders != owners:
            return f"{address} is answered by {sorted(owners)}, but is up on {sorted(holders)}"
    for group in cluster.settings.groups:
        for service in group.services:
            runs_on = cluster.service_on(service)
            if len(runs_on) != 1:
                return f"{service} runs on {runs_on or 'no node'}"
            if group.address and cluster.observer.owners(group.address) != set(runs_on):
                return f"{service} runs on {runs_on}, {group.address} is elsewhere"
    for node in cluster.nodes:
        if not node.is_running():
            return f"the daemon of {node.name} does not run"
        if (code := node.space.run([HEARTBEAT, "-s"]).returncode) != 0:
            return f"`heartbeat -s` on {node.name} exits {code}"
    if words and (held := tuple(map(cluster.holding, cluster.nodes))) not in _WHOLE:
        return f"the nodes hold {held}"
    return None


def _strays(cluster: Cluster) -> str | None:
    for node in cluster.nodes:
        if strays := stray_processes(node):
            return f"left over on {node.name}: {strays}"
    return None


def stray_processes(node: Host) -> list[str]:
    """Processes that belong neither to the running daemon nor to the lab."""
    main = node.main_pid()
    parents: dict[int, int] = {}
    commands: dict[int, str] = {}
    for line in node.space.run(["ps", "axo", "pid,ppid,args"]).stdout.splitlines()[1:]:
        pid, parent, command = line.split(None, 2)
        parents[int(pid)], commands[int(pid)] = int(parent), command

    def is_of_daemon(pid: int) -> bool:
        while pid not in (0, main):
            pid = parents.get(pid, 0)
        return pid == main

    return [command for pid, command in commands.items()
            if not is_of_daemon(pid) and not _OF_THE_LAB.search(command)]
