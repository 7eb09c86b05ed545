"""A changed configuration comes into force while the daemon runs, and the service does not notice."""

from __future__ import annotations

import re
import time

from lab.cluster import ADDRESS, SECOND, Cluster
from lab.host import HEARTBEAT, Host, LogFile
from lab.namespaces import wait_until
from lab.suite import Lab, claim

_HA_CF = "/etc/ha.d/ha.cf"


def edit(node: Host, pattern: str, replacement: str, file: str = _HA_CF) -> None:
    path = node.path(file)
    text, count = re.subn(pattern, replacement, path.read_text(), flags=re.M)
    assert count > 0, f"{pattern} is not in {file}"
    path.write_text(text)


def append(node: Host, line: str, file: str = _HA_CF) -> None:
    path = node.path(file)
    path.write_text(path.read_text() + line + "\n")


def reload(node: Host) -> None:
    mark = node.log.mark()
    result = node.space.run([HEARTBEAT, "-r"])
    assert result.returncode == 0, result
    node.log.wait("Rereading configuration files", 5, mark)


def expect_undisturbed(cluster: Cluster, since: float, pids: list[int | None]) -> None:
    """Nobody died, restarted or lost the address since that instant."""
    assert [node.main_pid() for node in cluster.nodes] == pids
    for node in cluster.nodes:
        assert not node.log.has(r"is dead|restart on node|returning after partition"), node.name
    cluster.wait_owner(ADDRESS, cluster.node1, 1)


@claim(kind="ours", budget=90)
def times_change_in_place(lab: Lab) -> None:
    cluster = lab.cluster()
    cluster.start_settled()
    began, pids = time.monotonic(), [node.main_pid() for node in cluster.nodes]
    for node in cluster.nodes:
        edit(node, "^keepalive .*", "keepalive 50ms")
        edit(node, "^warntime .*", "warntime 150ms")
        edit(node, "^deadtime .*", "deadtime 300ms")
        reload(node)
        node.log.wait(r"Configuration: deadtime: 1 -> 300ms", 5)
    time.sleep(1.5)  # under the new times the old keepalive would be a death
    expect_undisturbed(cluster, began, pids)
    at = cluster.node1.crash()
    cluster.observer.wait_takeover(ADDRESS, at, "node2", 5)
    took = time.monotonic() - at
    assert took < 0.9, f"took over after {took:.3f} s with a deadtime of 0.3 s"


@claim(kind="ours", budget=90)
def a_file_with_an_error_changes_nothing(lab: Lab) -> None:
    cluster = lab.cluster()
    cluster.start_settled()
    node, pids = cluster.node1, [node.main_pid() for node in cluster.nodes]
    edit(node, "^keepalive .*", "keepalive 2 parsecs")
    append(node, "bcast eth7")
    result = node.space.run([HEARTBEAT, "-r"])
    assert result.returncode == 1, result
    mark = node.log.mark()
    node.signal("HUP")
    node.log.wait("The configuration is not changed", 5, mark)
    time.sleep(1.5)
    expect_undisturbed(cluster, 0, pids)


@claim(kind="ours", budget=120)
def links_come_and_go_without_a_heartbeat_lost(lab: Lab) -> None:
    cluster = lab.cluster(medium="bcast+ucast")
    cluster.start_settled()
    pids = [node.main_pid() for node in cluster.nodes]
    for node in cluster.nodes:  # the second network changes its kind, the first stays
        other = cluster.other(node)
        edit(node, rf"^ucast eth1 10.78.0.{other.number}$", "bcast eth1")
        reload(node)
        node.log.wait("bcast eth1: heartbeat started on eth1", 5)
        node.log.wait("ucast eth1: closed", 5)
    for node in cluster.nodes:
        mark = node.log.mark()
        node.log.wait(f"Link {cluster.other(node).name}:eth1 up", 10, 0)
        assert not node.log.has("is dead", mark)
    expect_undisturbed(cluster, 0, pids)
    for node in cluster.nodes:  # and then it goes; what is left must carry
        edit(node, r"^bcast eth1$\n", "")
        reload(node)
        node.log.wait("bcast eth1: closed", 5)
    time.sleep(1.5)
    expect_undisturbed(cluster, 0, pids)


@claim(kind="ours", budget=120)
def groups_are_started_and_released_and_the_others_not_touched(lab: Lab) -> None:
    cluster = lab.cluster(haresources=[f"node1 IPaddr2::{ADDRESS}/24/eth0 service::kept"],
                          addresses=[ADDRESS, SECOND])
    cluster.start_settled()
    file = "/etc/ha.d/haresources"
    for node in cluster.nodes:
        append(node, f"node2 IPaddr2::{SECOND}/24/eth0 service::new", file)
    for node in cluster.nodes:
        reload(node)
    cluster.wait_owner(SECOND, cluster.node2, 10)
    for node in cluster.nodes:
        edit(node, rf"^node2 .*{SECOND}.*\n", "", file)
    for node in cluster.nodes:
        reload(node)
    wait_until(lambda: all(SECOND not in node.addresses() for node in cluster.nodes), 10,
               f"{SECOND} is released")
    assert cluster.service_on("kept") == ["node1"]
    assert len(cluster.service_calls(cluster.node1, "kept", "start")) == 1
    lab.expect_single_owner()


@claim(kind="ours", budget=90)
def groups_that_were_read_meanwhile_are_brought_into_force_by_a_reload(lab: Lab) -> None:
    """A death, of a ping node too, makes the daemon read haresources for the moves that may follow."""
    cluster = lab.cluster(haresources=[f"node1 IPaddr2::{ADDRESS}/24/eth0 service::old"],
                          extra=["ping 10.77.0.9", "deadping 500ms"])
    cluster.start_settled()
    file = "/etc/ha.d/haresources"
    marks = {node: node.log.mark() for node in cluster.nodes}
    for node in cluster.nodes:
        node.log.wait("Status update for node 10.77.0.9: status ping", 5)
        edit(node, " service::old", " service::new", file)
    cluster.third.space.shell("sysctl -qw net.ipv4.icmp_echo_ignore_all=1")
    for node, mark in marks.items():
        node.log.wait("node 10.77.0.9: is dead", 5, mark)
        node.log.wait("haresources has changed: 1 resource groups, which count from the next move on", 5, mark)
        said = node.space.run([HEARTBEAT, "--check", "--diff"])
        assert said.returncode == 0 and "service::new" in said.stdout, said
    assert cluster.service_on("old") == ["node1"] and cluster.service_on("new") == []
    for node in cluster.nodes:
        reload(node)
    wait_until(lambda: cluster.service_on("new") == ["node1"] and not cluster.service_on("old"), 10,
               "the new service runs, the old one does not")
    assert cluster.node1.space.run([HEARTBEAT, "--check", "--diff"]).stdout.endswith("no change\n")
    lab.expect_single_owner()


@claim(kind="ours", budget=60)
def a_level_that_was_set_by_a_signal_stays(lab: Lab) -> None:
    cluster = lab.cluster()
    node = cluster.node1
    cluster.start(node)
    debug = LogFile(node.path("/var/log/ha-debug"))

    def raise_to(level: int) -> None:
        mark = debug.mark()
        node.signal("USR1")
        debug.wait(f"debug now set to {level}", 5, mark)

    raise_to(1)
    raise_to(2)
    edit(node, "^keepalive .*", "keepalive 150ms")
    reload(node)
    node.log.wait("Configuration: keepalive", 5)
    raise_to(3)
    append(node, "debug 1")
    reload(node)
    node.log.wait("Configuration: debug", 5)
    raise_to(2)


@claim(kind="mixed", budget=120)
def keys_rotate_node_by_node(lab: Lab) -> None:
    """Between the first and the last changed node a 3.0.6 takes a key's method from the packet and
    the secret from its own sending key, so with it in the mix both keys have one secret."""
    cluster = lab.cluster()
    cluster.start_settled()
    pids = {node.name: node.main_pid() for node in cluster.nodes if node.flavour.is_ours}
    secret = " a secret of the lab"
    for text in (f"auth 1\n1 sha1{secret}\n2 md5{secret}\n", f"auth 2\n1 sha1{secret}\n2 md5{secret}\n",
                 f"auth 2\n2 md5{secret}\n"):
        for node in cluster.nodes:
            marks = [n.log.mark() for n in cluster.nodes]
            time.sleep(1.1)  # 3.0.6 sees a change by a whole second of the time of writing
            node.write("/etc/ha.d/authkeys", text, 0o600)
            node.signal("HUP")
            time.sleep(1.3)  # beyond deadtime
            for other, mark in zip(cluster.nodes, marks, strict=True):
                assert not other.log.has("is dead", mark), (node.name, text, other.log.text(mark))
    assert pids == {n.name: n.main_pid() for n in cluster.nodes if n.flavour.is_ours}
    lab.expect_single_owner()


@claim(kind="ours", budget=120)
def keys_with_secrets_of_their_own_rotate_among_ours(lab: Lab) -> None:
    cluster = lab.cluster()
    cluster.start_settled()
    for text in ("auth 1\n1 sha1 a secret of the lab\n2 sha1 another secret\n",
                 "auth 2\n1 sha1 a secret of the lab\n2 sha1 another secret\n",
                 "auth 2\n2 sha1 another secret\n"):
        for node in cluster.nodes:
            marks = [n.log.mark() for n in cluster.nodes]
            node.write("/etc/ha.d/authkeys", text, 0o600)
            reload(node)
            time.sleep(1.3)
            for other, mark in zip(cluster.nodes, marks, strict=True):
                assert not other.log.has("is dead|dropped", mark), other.log.text(mark)
    lab.expect_single_owner()
    for node in cluster.nodes:
        assert not node.log.has("another secret"), "a secret is in the log"


@claim(kind="ours", budget=90)
def a_living_node_cannot_be_taken_out(lab: Lab) -> None:
    cluster = lab.cluster()
    cluster.start_settled()
    node = cluster.node2
    edit(node, "^node .*", "node node2")
    edit(node, "^node1 ", "node2 ", "/etc/ha.d/haresources")
    mark = node.log.mark()
    node.signal("HUP")
    node.log.wait("Node node1 has gone from .* but may be alive", 5, mark)
    cluster.wait_owner(ADDRESS, cluster.node1, 2)


@claim(kind="ours", budget=90)
def different_files_are_told(lab: Lab) -> None:
    cluster = lab.cluster(addresses=[ADDRESS, SECOND])
    cluster.start_settled()
    for node in cluster.nodes:
        assert not node.log.has("have different")
    append(cluster.node1, f"node2 IPaddr2::{SECOND}/24/eth0", "/etc/ha.d/haresources")
    reload(cluster.node1)
    for node in cluster.nodes:
        node.log.wait("Nodes node[12] and node[12] have different haresources: make them equal", 5)


@claim(kind="ours", budget=90)
def what_cannot_change_is_said_and_stays(lab: Lab) -> None:
    cluster = lab.cluster()
    cluster.start_settled()
    node = cluster.node1
    append(node, "hbgenmethod time")
    for _ in range(2):  # said each time, as long as it is so
        mark = node.log.mark()
        reload(node)
        node.log.wait("Configuration: hbgenmethod.*restart", 5, mark)


@claim(kind="ours", budget=60)
def an_interface_that_is_gone_for_a_moment_stops_no_reload(lab: Lab) -> None:
    cluster = lab.cluster(networks=(0,), deadtime="10", warntime="5", initdead="10")
    cluster.start_settled()
    pids = [node.main_pid() for node in cluster.nodes]
    node = cluster.node2
    node.space.shell("ip link set eth0 down; ip link set eth0 name away0")
    edit(node, "^keepalive .*", "keepalive 300ms")
    assert node.space.run([HEARTBEAT, "--check"]).returncode == 6, "it could not start so"
    assert node.space.run([HEARTBEAT, "--check", "--diff"]).returncode == 0
    reload(node)
    node.log.wait("Configuration: keepalive: 200ms -> 300ms", 5)
    assert node.log.has(r"WARN: /etc/ha\.d/ha\.cf:\d+:7: bcast: there is no such interface at present")
    mark = node.log.mark()
    node.space.shell("ip link set away0 name eth0; ip link set eth0 up")
    node.log.wait("Link node1:eth0 up", 10, mark)
    assert [node.main_pid() for node in cluster.nodes] == pids
    for node in cluster.nodes:
        assert not node.log.has("is dead|restart on node"), node.name
