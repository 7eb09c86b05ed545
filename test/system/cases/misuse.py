"""What goes on beside the daemon: crowds at its doors, disks that fill up and are emptied again."""

from __future__ import annotations

import time
from pathlib import Path

from lab.aftermath import assert_sound
from lab.cluster import ADDRESS
from lab.host import Host
from lab.suite import Lab, claim

from .acceptance import outage
from .hostile import resident_kib
from .pauses import Quiet

_CROWD = Path(__file__).parent / "crowd.py"
_CLIENTS = 3000
_SECONDS = 6

_MEMORY_GROWTH_KIB = 8192
_LOG_GROWTH_BYTES = 256 * 1024


def descriptors(node: Host) -> int:
    return int(node.space.shell(f"ls /proc/{node.main_pid()}/fd | wc -l"))


@claim(kind="ours", budget=120)
def a_crowd_at_the_local_doors_changes_nothing(lab: Lab) -> None:
    cluster = lab.cluster(closely=True)
    cluster.start_settled()
    node = cluster.node1
    quiet = Quiet(cluster)
    pid, memory, mark = node.main_pid(), resident_kib(node), node.log.mark()
    opened = descriptors(node)
    node.write("/var/log/crowd.py", _CROWD.read_text())
    result = node.space.run(
        ["python3", "-I", "/var/log/crowd.py", str(_CLIENTS), str(_SECONDS)], timeout=60)
    lab.note(result.stdout.strip())
    assert result.returncode == 0, result
    growth = resident_kib(node) - memory
    lab.note(f"{growth:+} KiB, {node.log.mark() - mark} bytes of log")
    assert node.main_pid() == pid and node.is_running()
    assert growth < _MEMORY_GROWTH_KIB, f"it grew by {growth} KiB"
    assert node.log.mark() - mark < _LOG_GROWTH_BYTES, "it logs without bound"
    assert_sound(cluster)
    assert descriptors(node) <= opened + 2, "it keeps descriptors of those who left"
    quiet.check()
    # What the crowd left half said in the FIFO does not swallow the next command.
    cluster.command(node, "hb_standby")
    cluster.wait_owner(ADDRESS, cluster.node2, 10)
    cluster.wait_holding("none", "all", 10)
    assert_sound(cluster)


def moves_in_log(node: Host) -> int:
    # The log lies on a disk that only the host sees.
    return int(node.space.run(["grep", "-c", "wants to go standby", "/var/log/ha.log"]).stdout)


@claim(kind="ours", budget=120)
def a_full_disk_stops_no_move_and_emptied_again_it_is_used(lab: Lab) -> None:
    cluster = lab.cluster(closely=True)
    for node in cluster.nodes:
        node.space.shell("mount -t tmpfs -o size=512k none /var/log; "
                         "mount -t tmpfs -o size=512k none /var/lib/heartbeat; "
                         "mkdir -p /var/lib/heartbeat/cores/root")
    cluster.start()
    cluster.wait_owner(ADDRESS, cluster.node1, 20)
    cluster.wait_past_start()
    quiet = Quiet(cluster)
    for node in cluster.nodes:
        node.space.shell("for d in /var/log /var/lib/heartbeat; do "
                         "dd if=/dev/zero of=$d/filler bs=1k 2>/dev/null || true; done")
    at = time.monotonic()
    for tool, owner in (("hb_standby", cluster.node2), ("hb_takeover", cluster.node1)):
        assert cluster.node1.tool(tool).returncode == 0
        cluster.wait_owner(ADDRESS, owner, 10)
    for node in cluster.nodes:
        node.space.shell("rm -f /var/log/filler /var/lib/heartbeat/filler")
    before = [moves_in_log(node) for node in cluster.nodes]
    assert cluster.node1.tool("hb_standby").returncode == 0
    cluster.wait_owner(ADDRESS, cluster.node2, 10)
    quiet.check(longest_outage=None)
    lab.check("R7 outage of a standby", outage(cluster, at))
    after = [moves_in_log(node) for node in cluster.nodes]
    assert all(a > b for a, b in zip(after, before)), f"their logs tell of {before}, {after} moves"
    # A restart finds its state as it was, and counts on.
    cluster.node1.stop()
    cluster.start(cluster.node1)
    cluster.wait_owner(ADDRESS, cluster.node2, 10)
    generation = cluster.node1.space.run(["cat", "/var/lib/heartbeat/hb_generation"]).stdout.strip()
    assert generation.isdigit(), generation
