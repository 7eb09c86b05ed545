"""Nothing of a dead node is taken before a device, or a human, says that it is down."""

from __future__ import annotations

import subprocess
import time

from lab.cluster import ADDRESS, Cluster
from lab.host import HEARTBEAT, Host
from lab.namespaces import wait_until
from lab.suite import Lab, claim

_SECRET = "correct-horse"
_NOTES = "/var/log/device"
_BEHAVIOUR = "/etc/ha.d/lab/device"  # shell code that runs at each reset

# A plugin that tells on itself.
_PLUGIN = f"""\
#!/bin/sh
echo "$(date +%s.%N) $* hostlist=$hostlist arg2=$arg2" >> {_NOTES}
case $1 in
getconfignames) echo hostlist arg2 ;;
gethosts) echo "$hostlist" ;;
getinfo-*) echo ratest ;;
reset) if [ -e {_BEHAVIOUR} ]; then . {_BEHAVIOUR}; fi ;;
esac
exit 0
"""
_RATEST = "stonith_host * external/ratest node1,node2 p2 and more"

# An agent of the other kind: everything comes by standard input.
_AGENT = f"""\
#!/bin/sh
input=$(cat)
echo "$(date +%s.%N)" $input >> {_NOTES}
case $input in
action=metadata*) echo '<parameter name="plug" required="1">' ;;
action=list*) echo node1,; echo node2, ;;
action=reboot*) if [ -e {_BEHAVIOUR} ]; then . {_BEHAVIOUR}; fi ;;
action=monitor*) ;;
*) exit 1 ;;
esac
"""


def _cluster(lab: Lab, *devices: str, owner: str = "node1", **settings: object) -> Cluster:
    """One group, of this owner, and these devices on both nodes."""
    settings.setdefault("haresources", [f"{owner} IPaddr2::{ADDRESS}/24/eth0"])
    cluster = lab.cluster(extra=list(devices), **settings)
    for node in cluster.nodes:
        node.provide("lib/stonith/plugins/external/ratest", _PLUGIN)
        node.provide("sbin/fence_lab", _AGENT)
    return cluster


def _settle(cluster: Cluster, owner: Host) -> None:
    cluster.start()
    cluster.wait_owner(ADDRESS, owner, 20)
    cluster.wait_settled(30)
    cluster.wait_past_start()


def _ours_shoots(lab: Lab) -> tuple[str, str]:
    """Victim and shooter, so that the shooter is ours."""
    return ("node1", "node2") if lab.pair[1].is_ours else ("node2", "node1")


def _behave(node: Host, code: str) -> None:
    node.write(_BEHAVIOUR, code + "\n")


def _notes(node: Host, *words: str) -> list[str]:
    """What the device of this node was told, as far as it holds all these words."""
    path = node.path(_NOTES)
    lines = path.read_text().splitlines() if path.exists() else []
    return [line for line in lines if all(word in line.split() for word in words)]


def _instants(notes: list[str]) -> list[float]:
    return [float(note.split()[0]) for note in notes]


@claim(kind="all", budget=60)
def a_crashed_owner_is_reset_before_its_address_is_taken(lab: Lab) -> None:  # S16
    cluster = _cluster(lab, _RATEST, "env FENCEDELAY=0")
    cluster.start_settled()
    for node in cluster.nodes:  # at the start, and when communication is up
        wait_until(lambda node=node: len(_notes(node, "status")) >= 2, 5, "two checks")
        assert not _notes(node, "reset"), "somebody was reset without need"
    taker = cluster.node2
    _behave(taker, "sleep 1; echo $(date +%s.%N) done >> /var/log/device")
    cluster.node1.crash()
    # Deadtime, which a 3.0.6 stretches, and the second of the reset; no delay before it.
    wait_until(lambda: ADDRESS in taker.addresses(), 5, "node2 takes over")
    assert len(_notes(taker, "reset", "node1")) == 1
    assert _notes(taker, "done"), "taken before the reset was done"
    assert "hostlist=node1,node2 arg2=p2 and more" in _notes(taker, "reset")[0]
    for line in (r"Resetting node node1 with \[", "node node1 now reset",
                 "Resources being acquired from node1"):
        assert taker.log.has(line), line
    lab.expect_single_owner()


@claim(kind="all", budget=90)
def a_reset_that_fails_twice_is_tried_again(lab: Lab) -> None:  # S19
    cluster = _cluster(lab, "stonith external/ratest /etc/ha.d/ratest.cf")
    for node in cluster.nodes:
        node.write("/etc/ha.d/ratest.cf", "# of the lab\n\nnode1,node2 p2 and more\n", 0o600)
    cluster.start_settled()
    taker = cluster.node2
    _behave(taker, f"[ $(grep -c ' reset ' {_NOTES}) -ge 3 ] || exit 5")
    cluster.node1.crash()
    wait_until(lambda: ADDRESS in taker.addresses(), 30, "node2 takes over")
    resets = _notes(taker, "reset", "node1")
    assert "hostlist=node1,node2 arg2=p2 and more" in resets[0], resets
    times = _instants(resets)
    assert len(times) == 3, times
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    lab.note(f"resets {gaps} s apart")
    assert all(4.9 < gap < 10 for gap in gaps), gaps
    assert len(taker.log.lines(r"STONITH of node1 failed\.  Retrying")) == 2
    lab.expect_single_owner()


@claim(kind="all", budget=90)
def a_victim_that_returns_is_not_shot(lab: Lab) -> None:  # S20
    victim, shooter = _ours_shoots(lab)
    cluster = _cluster(lab, _RATEST, owner=victim)
    returning, shooting = cluster.node(victim), cluster.node(shooter)
    _settle(cluster, returning)
    _behave(shooting, "exit 5")
    returning.crash()
    shooting.log.wait(f"STONITH of {victim} failed", 15)
    returning.power_on()
    cluster.start(returning)
    shooting.log.wait(f"STONITH of {victim} is not needed", 20)
    resets = _notes(shooting, "reset")
    cluster.wait_owner(ADDRESS, returning, 25)
    time.sleep(6)  # a retry would be due five seconds after the last one
    assert _notes(shooting, "reset") == resets
    lab.expect_single_owner()


@claim(kind="all", budget=90)
def an_agent_that_hangs_is_killed_and_tried_again(lab: Lab) -> None:  # S21, S22, S23
    victim, shooter = _ours_shoots(lab)
    device = f"fence_lab ip=10.77.0.9 password={_SECRET} timeout=2"
    # A 3.0.6 does not know such a device; it has another one.
    cluster = _cluster(lab, owner=victim)
    for node in cluster.nodes:
        extra = f"stonith_host * {device}" if node.flavour.is_ours else _RATEST
        node.write("/etc/ha.d/ha.cf",
                   cluster.settings.ha_cf(node, cluster.nodes) + extra + "\n", 0o600)
    shooting = cluster.node(shooter)
    _settle(cluster, cluster.node(victim))
    _behave(shooting, "[ -e /run/lab/second ] || { touch /run/lab/second; sleep 300 & wait; }; "
                      "echo Unknown option >&2")
    cluster.node(victim).crash()
    wait_until(lambda: _notes(shooting, "action=reboot"), 10, "a reset")
    running = shooting.processes()
    assert any("sleep 300" in line for line in running), running
    assert not any(_SECRET in line for line in running), "the password is in an argument"
    shooting.log.wait(r"Host \w+ not reset! \(fence_lab: time limit", 10)
    assert not any("sleep 300" in line for line in shooting.processes()), "its child lives on"
    wait_until(lambda: ADDRESS in shooting.addresses(), 15, "the takeover")
    resets = _notes(shooting, "action=reboot")
    assert len(resets) == 2, resets
    assert resets[0].split()[1:] == ["action=reboot", f"nodename={victim}", f"plug={victim}",
                                     "ip=10.77.0.9", f"password={_SECRET}"], resets[0]
    for log in (shooting.log.text(), shooting.path("/var/log/ha-debug").read_text()):
        assert _SECRET not in log, "the password is in a log"
    lab.expect_single_owner()


@claim(budget=60)
def an_operator_confirms_what_no_device_can_reset(lab: Lab) -> None:
    cluster = _cluster(lab, _RATEST)
    cluster.start_settled()
    taker = cluster.node2
    _behave(taker, "sleep 300")
    cluster.node1.crash()
    wait_until(lambda: bool(_notes(taker, "reset")), 10, "a reset")
    assert taker.tool("hb_fence_confirm").returncode == 1
    assert taker.tool("hb_fence_confirm", "node2").returncode == 0
    taker.log.wait("Confirmation that node node2 is down ignored", 5)
    assert ADDRESS not in taker.addresses()
    assert taker.tool("hb_fence_confirm", "node1").returncode == 0
    cluster.wait_owner(ADDRESS, taker, 5)
    wait_until(lambda: not any("sleep 300" in line for line in taker.processes()), 8,
               "the device is stopped")
    lab.expect_single_owner()


@claim(kind="all", budget=60)
def a_human_is_a_device_too(lab: Lab) -> None:  # S11, S12
    victim, shooter = _ours_shoots(lab)
    cluster = _cluster(lab, "stonith_host * meatware node1 node2", owner=victim)
    shooting = cluster.node(shooter)
    _settle(cluster, cluster.node(victim))
    cluster.node(victim).crash()
    shooting.log.wait(f"OPERATOR INTERVENTION REQUIRED to reset {victim}", 10)
    fifo = shooting.path(f"/run/meatware.{victim}")
    wait_until(fifo.exists, 5, "meatware asks")

    def answer(word: str) -> int:
        command: subprocess.CompletedProcess = shooting.space.run(
            ["meatclient", "-c", victim], stdin=f"{word}\n", timeout=10)
        return command.returncode

    assert answer("n") == 3
    shooting.log.wait(f"STONITH of {victim} failed", 5)
    assert ADDRESS not in shooting.addresses()
    asked = "heartbeat: .*OPERATOR INTERVENTION"  # the plugin writes such a line too
    wait_until(lambda: len(shooting.log.lines(asked)) == 2, 15, "it asks again")
    wait_until(lambda: answer("y") == 0, 10, "a reader of the answer")
    cluster.wait_owner(ADDRESS, shooting, 5)
    lab.expect_single_owner()


@claim(budget=60)
def who_starts_alone_resets_the_absent_one_first(lab: Lab) -> None:
    cluster = _cluster(lab, _RATEST)
    alone = cluster.node1
    _behave(alone, "sleep 1; echo $(date +%s.%N) done >> /var/log/device")
    cluster.start(alone)
    cluster.wait_owner(ADDRESS, alone, 20)
    assert len(_notes(alone, "reset", "node2")) == 1
    assert _notes(alone, "done"), "taken before the reset was done"


@claim(budget=60)
def a_device_added_by_a_reload_is_in_force(lab: Lab) -> None:
    cluster = _cluster(lab)
    cluster.start_settled()
    taker = cluster.node2
    assert not _notes(taker)
    # The first of them is node2's own, whose reset would hit whoever asks; the second fails.
    devices = ["stonith_host * external/ratest node2 own",
               f"stonith_host * fence_lab password={_SECRET} retries=0 host_list=node1",
               "stonith_host * external/ratest node1 last"]
    text = taker.path("/etc/ha.d/ha.cf").read_text() + "\n".join(devices) + "\n"
    taker.write("/etc/ha.d/ha.cf", text, 0o600)
    assert taker.space.run([HEARTBEAT, "-r"]).returncode == 0
    wait_until(lambda: len(_notes(taker, "status")) == 2, 10, "the check of the new devices")
    _behave(taker, 'case $input in action=reboot*) exit 1 ;; esac')
    cluster.node1.crash()
    cluster.wait_owner(ADDRESS, taker, 10)
    assert len(_notes(taker, "action=reboot")) == 1
    resets = _notes(taker, "reset")
    assert len(resets) == 1 and resets[0].endswith("reset node1 hostlist=node1 arg2=last"), resets
    assert _SECRET not in taker.log.text()
    lab.expect_single_owner()


@claim(kind="ours", budget=30)
def a_device_that_others_may_change_is_not_run(lab: Lab) -> None:  # S2
    cluster = _cluster(lab, _RATEST)
    alone = cluster.node1
    plugin = alone._root / "stubs/lib/stonith/plugins/external/ratest"
    plugin.chmod(0o775)
    cluster.start(alone)
    alone.log.wait("STONITH device external/ratest is refused", 10)
    alone.log.wait(r"STONITH of node2 failed\.  Retrying", 10)
    assert not _notes(alone)
    assert ADDRESS not in alone.addresses()
