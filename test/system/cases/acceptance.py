"""Acceptance of the resource manager: the rows R1 to R34 that need no fault of the network."""

from __future__ import annotations

import re
import time

from lab.cluster import ADDRESS, SECOND, Cluster
from lab.namespaces import wait_until
from lab.suite import Lab, claim

TWO_GROUPS = {
    "haresources": [f"node1 IPaddr2::{ADDRESS}/24/eth0", f"node2 IPaddr2::{SECOND}/24/eth0"],
    "addresses": [ADDRESS, SECOND],
}


def since(at: float) -> float:
    return time.monotonic() - at


def outage(cluster: Cluster, at: float, address: str = ADDRESS) -> float:
    """Longest time in seconds during which nobody answered, of those that began after `at`."""
    return max((o.ms for o in cluster.observer.outages(address, at)), default=0.0) / 1000


def crash_and_return(lab: Lab, cluster: Cluster) -> None:
    """node1 dies with all it holds, node2 takes over in time, node1 comes back to hold nothing."""
    crashed = cluster.node1.crash()
    cluster.observer.wait_takeover(ADDRESS, crashed, "node2", 10)
    lab.check("R4 outage of a crash", outage(cluster, crashed))
    cluster.node1.power_on()
    back = cluster.start(cluster.node1)
    cluster.wait_holding("none", "all", 20)
    lab.check("R5 return to none and all", since(back))


@claim(kind="all")
def both_starting_together_take_their_own_groups(lab: Lab) -> None:  # R1
    cluster = lab.cluster()
    at = cluster.start()
    cluster.wait_owner(ADDRESS, cluster.node1, 20)
    lab.check("R1 start to address", since(at))
    cluster.wait_holding("local", "any", 10)
    lab.check("R1 start to both local", since(at))
    assert cluster.node2.addresses() & {ADDRESS} == set()
    lab.expect_single_owner()


@claim(kind="all")
def a_node_alone_takes_everything_and_keeps_it_from_a_late_peer(lab: Lab) -> None:  # R2, R3
    cluster = lab.cluster()
    at = cluster.start(cluster.node1)
    cluster.wait_owner(ADDRESS, cluster.node1, 10)
    lab.check("R2 start to address", since(at))
    if cluster.node1.flavour.is_ours:  # it need not wait for anybody
        wait_until(lambda: cluster.holding(cluster.node1) == "all", 10, "node1 holds all")
        lab.check("R2 start to all", since(at))
    time.sleep(max(0.0, 6 - since(at)))
    joined = cluster.start(cluster.node2)
    cluster.wait_holding("all", "none", 20)
    lab.check("R3 second's start to none", since(joined))
    if not cluster.node1.flavour.is_ours:
        lab.check("R2 start to all", since(at))
    assert outage(cluster, at) == 0, "the address did not stay"
    lab.expect_single_owner()


@claim(kind="all")
def a_crash_is_taken_over_and_the_returning_owner_waits(lab: Lab) -> None:  # R4, R5
    cluster = lab.cluster()
    cluster.start_settled()
    at = cluster.node1.crash()
    cluster.observer.wait_takeover(ADDRESS, at, "node2", 10)
    lab.check("R4 outage of a crash", outage(cluster, at))
    time.sleep(1.2)
    lab.count("R4 gratuitous ARP", len(cluster.observer.gratuitous(ADDRESS, "node2", at)))
    cluster.node1.power_on()
    back = cluster.start(cluster.node1)
    cluster.wait_holding("none", "all", 15)
    lab.check("R5 return to none and all", since(back))
    time.sleep(2)
    assert outage(cluster, back) == 0, "the address moved when its owner came back"
    lab.expect_single_owner()


@claim(kind="all")
def with_failback_the_returning_owner_gets_its_own_group_back(lab: Lab) -> None:  # R6
    cluster = lab.cluster(auto_failback="on", **TWO_GROUPS)
    cluster.start()
    cluster.wait_holding("local", "local", 30)
    cluster.wait_owner(SECOND, cluster.node2, 5)
    cluster.wait_past_start()
    at = cluster.node1.crash()
    cluster.observer.wait_takeover(ADDRESS, at, "node2", 10)
    cluster.node1.power_on()
    back = cluster.start(cluster.node1)
    cluster.wait_owner(ADDRESS, cluster.node1, 15)
    cluster.wait_holding("local", "local", 10)
    lab.check("R6 return to both local", since(back))
    lab.check("R6 outage of the failback", outage(cluster, back))
    assert outage(cluster, at, SECOND) == 0, "the other group was disturbed"
    for address in (ADDRESS, SECOND):
        lab.expect_single_owner(address)


@claim(kind="all")
def standby_and_takeover_move_everything(lab: Lab) -> None:  # R7, R8
    cluster = lab.cluster()
    cluster.start_settled()
    for tool, words, owner, row in (
            ("hb_standby", ("none", "all"), cluster.node2, "R7 standby"),
            ("hb_takeover", ("all", "none"), cluster.node1, "R8 takeover")):
        at = cluster.command(cluster.node1, tool)
        cluster.wait_owner(ADDRESS, owner, 10)
        cluster.wait_holding(*words, 10)
        lab.check(row, since(at))
        lab.check("R7 outage of a standby", outage(cluster, at))
    lab.expect_single_owner()


@claim(kind="all", budget=120)
def standby_and_takeover_by_halves_move_what_they_say(lab: Lab) -> None:
    cluster = lab.cluster(**TWO_GROUPS)
    cluster.start()
    cluster.wait_holding("local", "local", 30)
    for node, tool, what, words in (
            (cluster.node1, "hb_standby", "foreign", ("local", "local")),
            (cluster.node1, "hb_standby", "local", ("none", "all")),
            (cluster.node1, "hb_takeover", "local", ("local", "local")),
            (cluster.node1, "hb_takeover", "foreign", ("all", "none")),
            (cluster.node1, "hb_standby", "failback", ("local", "local")),
            (cluster.node2, "hb_standby", "local", ("all", "none")),
            (cluster.node2, "hb_takeover", "local", ("local", "local")),
            (cluster.node2, "hb_standby", "all", ("all", "none")),
            (cluster.node1, "hb_standby", "foreign", ("local", "local"))):
        cluster.command(node, tool, what)
        cluster.wait_settled(10)
        cluster.wait_holding(*words, 10)
        owner = {"local": cluster.node1, "all": cluster.node1, "none": cluster.node2}[words[0]]
        cluster.wait_owner(ADDRESS, owner, 5)
        lab.note(f"{tool} {what} on {node.name}: {words}")
    for address in (ADDRESS, SECOND):
        lab.expect_single_owner(address)


@claim()
def takeover_of_what_fails_back_moves_nothing_when_all_is_at_home(lab: Lab) -> None:  # R9
    cluster = lab.cluster(**TWO_GROUPS)
    cluster.start()
    cluster.wait_holding("local", "local", 30)
    at = cluster.command(cluster.node2, "hb_takeover", "failback")
    time.sleep(3)
    cluster.wait_settled(10)
    moved = [a for a in cluster.observer.timeline(ADDRESS) if a.node == "node2" and a.start > at]
    lab.count("R9 groups that move", len(moved))


@claim()
def standby_without_a_peer_changes_nothing(lab: Lab) -> None:  # R10
    cluster = lab.cluster()
    cluster.start_settled()
    cluster.node2.crash()
    cluster.node1.log.wait("Dead node node2 gave up resources|node node2: is dead", 10)
    wait_until(lambda: cluster.holding(cluster.node1) == "all", 15, "node1 holds all")
    at = time.monotonic()
    cluster.node1.tool("hb_standby")
    time.sleep(0.5)
    wait_until(lambda: cluster.holding(cluster.node1) == "all", 15, "node1 holds all again")
    lab.check("R10 transition without a peer", since(at))
    time.sleep(1)
    assert outage(cluster, at) == 0, "the address went away"
    assert cluster.observer.owners(ADDRESS) == {"node1"}


@claim()
def standby_while_resources_are_in_flux_is_refused(lab: Lab) -> None:  # R11
    cluster = lab.cluster(haresources=[f"node1 IPaddr2::{ADDRESS}/24/eth0 service::web"])
    cluster.misbehave("web", "start", "sleep 3")
    cluster.start()
    # For ours that is while services start; for 3.0.6 its first ten seconds, and not afterwards.
    if lab.all_ours:
        cluster.wait_owner(ADDRESS, cluster.node1, 20)
    else:
        cluster.node1.log.wait("Local status now set to: 'active'", 5)
    cluster.node1.tool("hb_standby")
    cluster.node1.log.wait("ignored", 5)
    cluster.wait_owner(ADDRESS, cluster.node1, 20)
    wait_until(lambda: cluster.service_on("web"), 10, "the service runs")
    cluster.wait_settled(20)
    time.sleep(1)
    assert cluster.observer.owners(ADDRESS) == {"node1"}
    assert cluster.service_on("web") == ["node1"]


@claim(kind="all")
def a_graceful_stop_hands_everything_over(lab: Lab) -> None:  # R12
    cluster = lab.cluster()
    cluster.start_settled()
    at = time.monotonic()
    lab.check("R12 stop to gone", cluster.node1.stop())
    cluster.wait_owner(ADDRESS, cluster.node2, 5)
    lab.check("R12 outage of a graceful stop", outage(cluster, at))
    assert cluster.node1.log.has("Heartbeat shutdown complete")
    assert ADDRESS not in cluster.node1.addresses()
    cluster.node2.log.wait("Dead node node1 gave up resources", 5)
    back = cluster.start(cluster.node1)
    cluster.wait_holding("none", "all", 15)
    time.sleep(1)
    assert outage(cluster, back) == 0, "the address moved when its owner came back"
    lab.expect_single_owner()


@claim(budget=120)
def a_service_that_fails_to_start_moves_to_the_peer(lab: Lab) -> None:  # R13
    cluster = lab.cluster(haresources=[f"node1 IPaddr2::{ADDRESS}/24/eth0 service::web"])
    cluster.misbehave("web", "start", "exit 7", cluster.node1)
    at = cluster.start()
    wait_until(lambda: cluster.service_calls(cluster.node1, "web", "start"), 20, "start was tried")
    failed = time.monotonic()
    if lab.all_ours:
        wait_until(lambda: cluster.service_on("web") == ["node2"], 5, "the service is on node2")
        cluster.wait_owner(ADDRESS, cluster.node2, 5)
        time.sleep(3)
    else:
        time.sleep(36)  # 3.0.6 waits 30 s and then gives away the wrong half
    lab.note(f"start to failure {failed - at:.1f} s; service on {cluster.service_on('web')}")
    lab.count("R13 nodes with the service", len(cluster.service_on("web")))
    if not cluster.service_on("web"):
        assert not cluster.observer.owners(ADDRESS), "the address stayed without its service"


@claim(over=[{"attempts": "default"}, {"attempts": "two"}], budget=120)
def a_failing_stop_is_retried_and_then_the_machine_is_reset(lab: Lab) -> None:  # R15, R16
    few = lab.parameters["attempts"] == "two"
    cluster = lab.cluster(haresources=["node1 service::web"], addresses=[ADDRESS],
                          extra=["env STOPRETRYMAX=2"] if few else [])
    # A process of somebody else, with a name that 3.0.6 kills wherever it finds it.
    cluster.node1.space.shell("cp /bin/sleep /run/lab/ccm")
    bystander = cluster.node1.space.popen(["/run/lab/ccm", "600"])
    cluster.start()
    wait_until(lambda: cluster.service_on("web") == ["node1"], 20, "the service runs")
    cluster.wait_settled(20)
    cluster.misbehave("web", "stop", "exit 9", cluster.node1)
    cluster.misbehave("web", "status", "echo running; exit 0", cluster.node1)
    stops = len(cluster.service_calls(cluster.node1, "web", "stop"))
    cluster.command(cluster.node1, "hb_standby")
    wait_until(lambda: not cluster.node1.is_up() or
               any("reboot" in call for call in cluster.node1.stub_calls()), 30,
               "node1 resets itself")
    calls = cluster.service_calls(cluster.node1, "web", "stop")[stops:]
    spacing = [b - a for a, b in zip(calls, calls[1:])]
    lab.note(f"spacing of the attempts: {min(spacing):.2f} to {max(spacing):.2f} s")
    lab.count("R16 stop attempts" if few else "R15 stop attempts", len(calls))
    time.sleep(0.5)
    killed = cluster.node1.is_up() and bystander.poll() is not None
    lab.count("R15 others' processes killed", int(killed))


@claim()
def an_address_that_is_already_there_does_not_hide_the_service_behind_it(lab: Lab) -> None:  # R17
    cluster = lab.cluster(haresources=[f"node1 IPaddr2::{ADDRESS}/24/eth0 service::web"])
    cluster.node1.space.shell(f"ip addr add {ADDRESS}/24 brd 10.77.0.255 dev eth0")
    cluster.start()
    cluster.wait_settled(20)
    time.sleep(2)
    lab.count("R17 service starts", len(cluster.service_calls(cluster.node1, "web", "start")))
    cluster.wait_owner(ADDRESS, cluster.node1, 5)


@claim()
def continued_lines_and_arguments_reach_the_script(lab: Lab) -> None:  # R18
    cluster = lab.cluster(haresources=["NODE1 \\", "  service::web::x::y"])
    cluster.start()
    wait_until(lambda: cluster.service_calls(cluster.node1, "web", "start"), 20, "a start")
    notes = cluster.node1.path("/var/log/service-web").read_text()
    assert re.search(r" start \[web x y start\] 4\n", notes), notes


@claim()
def a_comment_on_a_continued_line_is_one(lab: Lab) -> None:  # R19
    cluster = lab.cluster(haresources=["node1 service::web \\", "  service::db # the second"])
    cluster.start()
    wait_until(lambda: cluster.service_calls(cluster.node1, "db", "start"), 20, "a start")
    time.sleep(2)
    runs = (cluster.service_on("web") == cluster.service_on("db") == ["node1"] and
            not cluster.node1.log.has("Giving up resources"))
    lab.count("R19 group runs", int(runs))


@claim()
def scripts_are_found_in_both_places_and_ours_come_first(lab: Lab) -> None:  # R20
    cluster = lab.cluster(haresources=[f"node1 IPaddr2::{ADDRESS}/24/eth0 only both"])
    script = "#!/bin/sh\necho $0 $* >> /var/log/calls\n[ $1 != status ] || echo stopped\n"
    for node in cluster.nodes:
        for path in ("/etc/init.d/only", "/etc/init.d/both", "/etc/ha.d/resource.d/both"):
            node.add_script(path, script)
    cluster.start_settled()
    calls = cluster.node1.path("/var/log/calls")
    wait_until(lambda: calls.exists() and "both start" in calls.read_text(), 5, "both are started")
    starts = [re.sub("/+", "/", line) for line in calls.read_text().splitlines()
              if line.endswith(" start")]
    assert starts == ["/etc/init.d/only start", "/etc/ha.d/resource.d/both start"], starts


@claim()
def an_administrators_own_ipaddr2_and_a_script_in_a_folder_are_run(lab: Lab) -> None:
    cluster = lab.cluster(haresources=[
        f"node1 IPaddr2::{ADDRESS}/24/eth0::arp IPaddr2::vip.example.com sub/web::x hook"],
        addresses=[ADDRESS])
    script = ("#!/bin/sh\nfor last; do :; done\n[ $last != status ] || { echo stopped; exit 0; }\n"
              "echo $0 $* >> /var/log/calls\n")
    for node in cluster.nodes:
        node.add_script("/etc/ha.d/resource.d/IPaddr2", script)
        node.add_script("/etc/ha.d/resource.d/sub/web", script)
        node.add_script("/etc/ha.d/resource.d/hook",
                        script + "echo $(command -v hb_standby) $HOME $HA_BIN $HA_FIFO $OCF_AGENTS"
                        " $HA_RCDIR $HA_RESOURCEDIR >> /var/log/calls\n")
    cluster.start()
    calls = cluster.node1.path("/var/log/calls")
    wait_until(lambda: calls.exists() and "hb_standby" in calls.read_text(), 30, "all are started")
    lines = [re.sub("/+", "/", line) for line in calls.read_text().splitlines()]
    assert lines == [f"/etc/ha.d/resource.d/IPaddr2 {ADDRESS}/24/eth0 arp start",
                     "/etc/ha.d/resource.d/IPaddr2 vip.example.com start",
                     "/etc/ha.d/resource.d/sub/web x start", "/etc/ha.d/resource.d/hook start",
                     "/usr/share/heartbeat/hb_standby /root /usr/libexec/heartbeat "
                     "/var/lib/heartbeat/fifo /usr/lib/ocf/resource.d/heartbeat/ "
                     "/etc/ha.d/rc.d /etc/ha.d/resource.d"], lines


@claim()
def what_hardly_was_meant_in_an_address_configures_the_same(lab: Lab) -> None:
    cluster = lab.cluster(haresources=[
        "node1 IPaddr2::10.77.0.111/24//10.77.0.254 IPaddr2::10.77.0.112/24/eth0/10.77.0.255/more "
        "IPaddr2::10.77.0.113/24/eth0//10.77.0.253 IPaddr2::10.77.0.114///"], addresses=[ADDRESS])
    cluster.start()
    wait_until(lambda: "10.77.0.114" in cluster.node1.addresses(), 30, "the last is there")
    shown = cluster.node1.space.shell("ip -o -4 addr show dev eth0")
    found = dict(re.findall(r"inet (10\.77\.0\.11\d/\d+) brd (\S+)", shown))
    assert found == {"10.77.0.111/24": "10.77.0.254", "10.77.0.112/24": "10.77.0.255",
                     "10.77.0.113/24": "10.77.0.253", "10.77.0.114/24": "10.77.0.255"}, shown


@claim()
def what_a_status_prints_decides_whether_the_service_is_started(lab: Lab) -> None:  # R21
    printed = {"a": ("a is not running", 1), "b": ("b is Not Running", 1), "c": ("running", 0),
               "d": ("Running", 0), "e": ("OK", 0), "f": ("it is NOT OK", 0), "g": ("", 1),
               "h": ("stopped", 1), "i": ("Active: active (running)", 0), "j": ("unused", 1)}
    services = " ".join(f"service::{name}" for name in printed)
    cluster = lab.cluster(haresources=[f"node1 IPaddr2::{ADDRESS}/24/eth0 {services}"])
    for name, (text, _) in printed.items():
        cluster.misbehave(name, "status", f"echo '{text}'; exit 0")
    cluster.start_settled()
    wait_until(lambda: cluster.service_calls(cluster.node1, "j", "start"), 10, "the last is started")
    starts = {name: len(cluster.service_calls(cluster.node1, name, "start")) for name in printed}
    assert starts == {name: count for name, (_, count) in printed.items()}, starts


@claim()
def a_cluster_of_one_serves_and_stops(lab: Lab) -> None:  # R27
    cluster = lab.cluster(nodes=("node1",))
    at = cluster.start(cluster.node1)
    if not lab.all_ours:
        time.sleep(16)
    else:
        cluster.wait_owner(ADDRESS, cluster.node1, 10)
    lab.count("R27 starts its service", len(cluster.observer.owners(ADDRESS)))
    if cluster.observer.owners(ADDRESS):
        first = cluster.observer.timeline(ADDRESS)[0].start
        lab.check("R27 start to address", first - at)
        lab.check("R12 stop to gone", cluster.node1.stop())
        assert ADDRESS not in cluster.node1.addresses()


@claim(kind="all")
def legacy_failback_always_brings_the_groups_home(lab: Lab) -> None:  # R28
    cluster = lab.cluster(auto_failback="legacy")
    at = cluster.start()
    cluster.wait_owner(ADDRESS, cluster.node1, 10)
    lab.check("R28 start to address", since(at))
    cluster.wait_past_start()
    crashed = cluster.node1.crash()
    cluster.observer.wait_takeover(ADDRESS, crashed, "node2", 10)
    lab.check("R4 outage of a crash", outage(cluster, crashed))
    time.sleep(2)
    cluster.node1.power_on()
    back = cluster.start(cluster.node1)
    cluster.wait_owner(ADDRESS, cluster.node1, 15)
    lab.check("R28 outage of the return", outage(cluster, back))
    lab.expect_single_owner()


@claim()
def a_stop_right_after_the_start_ends_soon(lab: Lab) -> None:  # R29
    cluster = lab.cluster()
    cluster.start(cluster.node1)
    time.sleep(0.4)
    lab.check("R29 SIGTERM to gone", cluster.node1.stop())
    assert ADDRESS not in cluster.node1.addresses()


@claim(over=[{"agent": "IPaddr2"}, {"agent": "IPaddr"}])
def a_new_owner_tells_the_network_so(lab: Lab) -> None:  # R31
    agent = lab.parameters["agent"]
    cluster = lab.cluster(haresources=[f"node1 {agent}::{ADDRESS}/24/eth0"])
    cluster.start_settled()
    time.sleep(6)
    seen = cluster.observer.gratuitous(ADDRESS, "node1")
    kinds = {g.kind for g in seen}
    lab.note(f"{len(seen)} packets in {seen[-1].at - seen[0].at:.2f} s, {sorted(kinds)}")
    assert kinds == {"request", "reply"}, kinds
    lab.count(f"R31 {agent} packets", len(seen))
    lab.check(f"R31 {agent} seconds", seen[-1].at - seen[0].at)
    began = next(a.start for a in cluster.observer.timeline(ADDRESS) if a.node == "node1")
    assert seen[0].at - began < 0.25, "the first packet comes late"


@claim()
def a_group_added_while_running_is_moved_too(lab: Lab) -> None:  # R32
    cluster = lab.cluster(addresses=[ADDRESS, SECOND])
    cluster.start_settled()
    cluster.settings.haresources.append(f"node1 IPaddr2::{SECOND}/24/eth0")
    cluster.configure()
    time.sleep(0.5)
    cluster.command(cluster.node1, "hb_standby")
    cluster.wait_holding("none", "all", 10)
    cluster.wait_owner(ADDRESS, cluster.node2, 5)
    cluster.wait_owner(SECOND, cluster.node2, 5)


@claim()
def a_holder_that_restarts_within_the_deadtime_leaves_nothing_unserved(lab: Lab) -> None:  # R33
    # A service rather than an address: an address would be left behind by the crash.
    cluster = lab.cluster(haresources=["node1 service::web"], addresses=[ADDRESS])
    cluster.start()
    cluster.wait_settled(30)
    cluster.command(cluster.node1, "hb_standby")
    cluster.wait_holding("none", "all", 10)
    time.sleep(5)
    cluster.node2.space.kill_all()
    cluster.node2.path("/run/lab/web").unlink()
    at = cluster.start(cluster.node2)
    if lab.all_ours:
        wait_until(lambda: cluster.service_on("web"), 10, "somebody runs the service")
        lab.check("R33 restart to service", since(at))
        time.sleep(3)
    else:
        time.sleep(15)
    lab.count("R33 nodes with the group", len(cluster.service_on("web")))
