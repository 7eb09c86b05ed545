"""Packets that nobody should believe."""

from __future__ import annotations

import time
from pathlib import Path

from lab.cluster import ADDRESS
from lab.host import HEARTBEAT, Host
from lab.suite import Lab, claim

from .acceptance import outage

_FLOOD = Path(__file__).parent / "flood.py"
_SECONDS = 8

_MEMORY_GROWTH_KIB = 4096
_LOG_GROWTH_BYTES = 256 * 1024


def resident_kib(node: Host) -> int:
    """Memory of the daemon's main process."""
    status = node.space.run(["cat", f"/proc/{node.main_pid()}/status"]).stdout
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


@claim(kind="ours", budget=120)  # one packet of the flood ends 3.0.6
def a_flood_of_bad_packets_changes_nothing(lab: Lab) -> None:
    cluster = lab.cluster()
    cluster.start_settled()
    pids = [node.main_pid() for node in cluster.nodes]
    memory = [resident_kib(node) for node in cluster.nodes]
    marks = [node.log.mark() for node in cluster.nodes]
    at = time.monotonic()
    cluster.third.write("/var/log/flood.py", _FLOOD.read_text())
    result = cluster.third.space.run(
        ["python3", "-I", "/var/log/flood.py", "50000", str(_SECONDS)], timeout=60)
    lab.note(result.stdout.strip())
    assert result.returncode == 0, result
    time.sleep(1)
    for node, pid, before, mark in zip(cluster.nodes, pids, memory, marks):
        assert node.main_pid() == pid and node.is_running(), f"{node.name} did not survive"
        growth = resident_kib(node) - before
        lab.note(f"{node.name}: {growth:+} KiB, {node.log.mark() - mark} bytes of log")
        assert growth < _MEMORY_GROWTH_KIB, f"{node.name} grew by {growth} KiB"
        assert node.log.mark() - mark < _LOG_GROWTH_BYTES, f"{node.name} logs without bound"
        assert not node.log.has("is dead|Late heartbeat|Heartbeat restart", mark), \
            node.log.lines("is dead|Late heartbeat|Heartbeat restart", mark)
    assert outage(cluster, at) == 0
    cluster.command(cluster.node1, "hb_standby")
    cluster.wait_owner(ADDRESS, cluster.node2, 10)
    cluster.wait_holding("none", "all", 10)
    lab.expect_single_owner()


@claim(kind="ours")
def a_full_or_unwritable_state_directory_is_a_clear_error_at_the_start(lab: Lab) -> None:
    cluster = lab.cluster()
    node = cluster.node1
    for trouble in ("mount -t tmpfs -o size=16k none /var/lib/heartbeat; "
                    "mkdir -p /var/lib/heartbeat/cores/root; "
                    "dd if=/dev/zero of=/var/lib/heartbeat/filler bs=1k 2>/dev/null || true",
                    "mount -t tmpfs -o ro none /var/lib/heartbeat"):
        node.space.shell(trouble)
        result = node.space.run([HEARTBEAT], timeout=20)
        said = result.stdout + result.stderr + node.log.text()
        lab.note(f"exit {result.returncode}: {result.stderr.strip().splitlines()[-1:]}")
        assert result.returncode != 0, "it started"
        assert "/var/lib/heartbeat" in said, said
        assert not any("heartbeat" in each for each in node.processes()), node.processes()
        node.space.shell("umount /var/lib/heartbeat")
    node.start()  # and without the trouble it does
    cluster.wait_owner(ADDRESS, node, 10)


@claim(kind="ours")
def a_disk_that_fills_up_later_stops_nothing(lab: Lab) -> None:
    cluster = lab.cluster()
    for node in cluster.nodes:
        node.space.shell("mount -t tmpfs -o size=256k none /var/log; "
                         "mount -t tmpfs -o size=256k none /var/lib/heartbeat; "
                         "mkdir -p /var/lib/heartbeat/cores/root")
    cluster.start()
    cluster.wait_owner(ADDRESS, cluster.node1, 20)
    cluster.wait_past_start()
    for node in cluster.nodes:
        node.space.shell("for d in /var/log /var/lib/heartbeat; do "
                         "dd if=/dev/zero of=$d/filler bs=1k 2>/dev/null || true; done")
    at = cluster.node1.crash()
    cluster.observer.wait_takeover(ADDRESS, at, "node2", 10)
    lab.check("R4 outage of a crash", outage(cluster, at))
    lab.expect_single_owner()
