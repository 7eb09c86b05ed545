"""Two nodes, an observer and the switch between them, configured as a test asks."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from .host import LOG, Flavour, Host
from .namespaces import wait_until
from .network import Switch, ipv6_address
from .observer import Observer, answer_udp
from .programs import observer_program

ADDRESS = "10.77.0.100"  # the service address of node1's group
SECOND = "10.77.0.101"  # and of node2's, where a test has two groups

NODES = ("node1", "node2")

# A resource that tells on itself: every call is noted with its arguments, and a file
# /etc/ha.d/lab/<name>.<operation> holds shell code that makes it behave badly.
_SERVICE = """\
#!/bin/sh
name=$1
for operation; do :; done
echo "$(date +%s.%N) $operation [$*] $#" >> "/var/log/service-$name"
if [ -e "/etc/ha.d/lab/$name.$operation" ]; then . "/etc/ha.d/lab/$name.$operation"; fi
case $operation in
start) touch "/run/lab/$name" ;;
stop) rm -f "/run/lab/$name" ;;
status) if [ -e "/run/lab/$name" ]; then echo running; else echo stopped; fi ;;
esac
"""


_SETTLED = ("none", "local", "foreign", "all")
# By the last a 3.0.6 tells that it has lost what its script wrote into its FIFO.
_REFUSED = (r"ignored\. +Other side is in flux|ignored\. +local resources in flux|new request from"
            r"|Message with zero fields")


@dataclass(frozen=True)
class Group:
    """What one line of haresources keeps together: an address, services of our script, or both."""

    address: str | None
    services: tuple[str, ...]

    @classmethod
    def of_line(cls, line: str) -> "Group":
        resources = [word.split("::") for word in line.split()[1:]]
        addresses = [words[1].split("/")[0] for words in resources
                     if words[0].startswith("IPaddr")]
        return cls(addresses[0] if addresses else None,
                   tuple(words[1] for words in resources if words[0] == "service"))


@dataclass
class Settings:
    """What ha.cf, authkeys and haresources say; the defaults are the base of all acceptance tests."""

    # bcast, mcast, ucast, mcast6 or ucast6; bcast+ucast: the first on eth0, the other on eth1
    medium: str = "bcast"
    networks: tuple[int, ...] = (0, 1)
    method: str = "sha1"  # crc, md5 or sha1
    msgfmt: str = "classic"
    keepalive: str = "200ms"
    warntime: str = "600ms"
    deadtime: str = "1"
    initdead: str = "3"
    auto_failback: str = "off"
    nodes: tuple[str, ...] = NODES
    extra: list[str] = field(default_factory=list)
    haresources: list[str] = field(
        default_factory=lambda: [f"node1 IPaddr2::{ADDRESS}/24/eth0"])
    addresses: list[str] = field(default_factory=lambda: [ADDRESS])
    realtime: bool = False
    # Each address is asked for every millisecond, by ARP and by UDP as its clients would.
    closely: bool = False

    @property
    def groups(self) -> list[Group]:
        return [Group.of_line(line) for line in self.haresources]

    def media(self, node: Host, peers: list[Host]) -> list[str]:
        kinds = self.medium.split("+")
        if len(kinds) == 1:
            kinds *= len(self.networks)
        return [line for kind, network in zip(kinds, self.networks, strict=True)
                for line in self._medium(kind, network, node, peers)]

    @staticmethod
    def _medium(kind: str, network: int, node: Host, peers: list[Host]) -> list[str]:
        match kind:
            case "bcast":
                return [f"bcast eth{network}"]
            case "mcast":
                return [f"mcast eth{network} 239.0.0.{77 + network} 694 1 0"]
            case "ucast":
                return [f"ucast eth{network} 10.{77 + network}.0.{peer.number}"
                        for peer in peers if peer is not node]
            case "mcast6":
                return [f"mcast6 eth{network} ff05::{77 + network} 694 1 0"]
            case "ucast6":
                return [f"ucast6 eth{network} {ipv6_address(network, peer.number)}"
                        for peer in peers if peer is not node]
            case "tcp":
                return [f"tcp eth{network} 10.{77 + network}.0.{peer.number}" for peer in peers]
            case "tcp6":
                return [f"tcp eth{network} {ipv6_address(network, peer.number)}" for peer in peers]
        raise ValueError(f"no medium {kind}")

    def ha_cf(self, node: Host, peers: list[Host]) -> str:
        return "\n".join([
            f"logfile {LOG}", "debugfile /var/log/ha-debug", "logfacility none", "udpport 694",
            f"keepalive {self.keepalive}", f"warntime {self.warntime}",
            f"deadtime {self.deadtime}", f"initdead {self.initdead}", f"msgfmt {self.msgfmt}",
            *self.media(node, peers), f"auto_failback {self.auto_failback}",
            "node " + " ".join(self.nodes), f"realtime {'on' if self.realtime else 'off'}",
            *self.extra, ""])

    def authkeys(self) -> str:
        key = "" if self.method == "crc" else " a secret of the lab"
        return f"auth 1\n1 {self.method}{key}\n"


class Cluster:
    """Node1, node2, the observer. Leaving it as a context takes everything down."""

    def __init__(self, root: Path, flavours: tuple[Flavour, ...], settings: Settings,
                 program: Path | None = None, per_node: dict[str, dict] | None = None) -> None:
        self.settings = settings
        self._per_node = per_node or {}  # node name -> settings that differ there
        self.began = self._started = time.monotonic()
        self.switch = Switch()
        self.nodes = [Host(name, number, self.switch, root / name, flavour)
                      for number, (name, flavour) in enumerate(zip(NODES, flavours), start=1)]
        self.third = Host("observer", 9, self.switch, root / "observer")
        self.configure()
        program = program or observer_program(root)
        close = {"spacing_us": 1000, "patience": 10, "realtime": True} if settings.closely else {}
        self.observer = Observer(self.third, program, settings.addresses, self.nodes, **close)
        self.client: Observer | None = None  # only if asked for `closely`
        if settings.closely:
            self._open_to_clients(program, close)

    def _open_to_clients(self, program: Path, close: dict) -> None:
        for node in self.nodes:
            node.at_boot.append(partial(answer_udp, node, program))
            answer_udp(node, program)
        self.client = Observer(self.third, program, self.settings.addresses, self.nodes,
                               means="udp", **close)

    @property
    def node1(self) -> Host:
        return self.nodes[0]

    @property
    def node2(self) -> Host:
        return self.nodes[1]

    def node(self, name: str) -> Host:
        return next(node for node in self.nodes if node.name == name)

    def other(self, node: Host) -> Host:
        return self.nodes[1 - self.nodes.index(node)]

    def configure(self) -> None:
        """Writes the three files of all nodes."""
        for node in self.nodes:
            settings = replace(self.settings, **self._per_node.get(node.name, {}))
            node.write("/etc/ha.d/ha.cf", settings.ha_cf(node, self.nodes))
            node.write("/etc/ha.d/authkeys", self.settings.authkeys(), 0o600)
            node.write("/etc/ha.d/haresources", "\n".join(self.settings.haresources) + "\n")
            node.add_script("/etc/ha.d/resource.d/service", _SERVICE)

    def start(self, *nodes: Host) -> float:
        """Starts the daemons of all (or these) nodes at once; returns the instant."""
        at = self._started = time.monotonic()
        with ThreadPoolExecutor() as pool:  # list() re-raises what went wrong
            list(pool.map(Host.start, nodes or self.nodes))
        return at

    def start_settled(self, timeout: float = 30) -> None:
        """Starts both and waits until each local group is where it belongs and all is quiet."""
        self.start()
        self.wait_owner(ADDRESS, self.node1, timeout)
        self.wait_settled(timeout)
        self.wait_past_start()

    def wait_past_start(self) -> None:
        """Waits until the five seconds are over in which a 3.0.6 announces a longer dead time."""
        if all(node.flavour.is_ours for node in self.nodes):
            return
        time.sleep(max(0.0, self._started + 5.5 - time.monotonic()))

    def stop(self) -> None:
        for process in [node.begin_stop() for node in self.nodes if node.is_running()]:
            process.wait(60)

    # --- conditions --------------------------------------------------------------------------

    def wait_owner(self, address: str, node: Host | None, timeout: float) -> None:
        """Waits until exactly this node answers for the address (None: nobody)."""
        wanted = {node.name} if node else set()
        wait_until(lambda: self.observer.owners(address) == wanted, timeout,
                   f"{address} answered by {wanted or 'nobody'}, "
                   f"not {self.observer.owners(address)}")

    def holding(self, node: Host) -> str:
        """What the node holds: none, local, foreign, all; or transition while it is at work.

        It is asked by cl_status. A daemon that serves no clients yet tells it in its log.
        """
        word = node.rscstatus()
        if word is not None or not node.flavour.is_ours:
            return word or "?"
        life = node.log.text().rpartition("Configuration validated")[2]
        told = re.findall(r"Resource status: (\w+)", life)
        return told[-1] if told and node.is_running() else "transition"

    def wait_holding(self, first: str, second: str, timeout: float) -> None:
        """Waits until node1 holds this and node2 that; `any` matches every settled state."""
        wanted = (first, second)

        def matches() -> bool:
            return all(word == want or (want == "any" and word in _SETTLED)
                       for word, want in zip(map(self.holding, self.nodes), wanted))

        wait_until(matches, timeout,
                   f"node1 holding {first} and node2 {second}, not "
                   f"{[self.holding(node) for node in self.nodes]}")

    def wait_settled(self, timeout: float) -> None:
        """Waits until no running node is in transition, so that requests are welcome."""
        wait_until(lambda: all(self.holding(node) in _SETTLED
                               for node in self.nodes if node.is_running()), timeout,
                   f"no transition, now {[self.holding(node) for node in self.nodes]}")

    def command(self, node: Host, tool: str, *arguments: str, timeout: float = 15) -> float:
        """Runs hb_standby or hb_takeover, again while it is refused; returns when it was first run."""
        at = time.monotonic()
        deadline = at + timeout
        while True:
            marks = [(each, each.log.mark()) for each in self.nodes]
            result = node.tool(tool, *arguments)
            assert result.returncode == 0, f"{tool} exits {result.returncode}: {result.stderr}"
            time.sleep(0.3 if all(each.flavour.is_ours for each in self.nodes) else 1)
            refused = any(each.log.has(_REFUSED, mark) for each, mark in marks)
            if not refused or time.monotonic() > deadline:
                assert not refused, f"{tool} was refused for {timeout} s"
                return at
            time.sleep(0.3)

    # --- services of the `service` script ------------------------------------------------------

    def service_on(self, name: str) -> list[str]:
        """Names of the nodes on which the service runs."""
        return [node.name for node in self.nodes if node.path(f"/run/lab/{name}").exists()]

    def service_calls(self, node: Host, name: str, operation: str) -> list[float]:
        """When the service was told to start, stop or tell its status (seconds of the wall clock)."""
        notes = node.path(f"/var/log/service-{name}")
        lines = notes.read_text().splitlines() if notes.exists() else []
        return [float(line.split()[0]) for line in lines if line.split()[1] == operation]

    def misbehave(self, name: str, operation: str, code: str, *nodes: Host) -> None:
        """Makes the service run this shell code first, on all or on these nodes."""
        for node in nodes or self.nodes:
            node.write(f"/etc/ha.d/lab/{name}.{operation}", code + "\n")

    # --- the end -------------------------------------------------------------------------------

    def report(self, tail: int = 80) -> str:
        """What happened, for the reader of a failed test."""
        parts = [f"--- observer (seconds of the monotonic clock, begun {self.began:.3f})",
                 self.observer.dump()]
        for node in self.nodes:
            lines = node.log.text().splitlines()[-tail:]
            parts += [f"--- {node.name} ({node.flavour.name}), last {tail} lines of its log", *lines]
        return "\n".join(parts)

    def close(self) -> None:
        for host in (*self.nodes, self.third):
            host.close()
        self.switch.close()

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

