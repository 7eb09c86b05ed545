"""The switch between the hosts: one bridge a network, one port a host and network."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from .namespaces import LabError, Namespace

# Only what the nodes say to each other suffers; the observer's questions are never lost.
_TABLE = "hb_lab"


def ipv6_address(network: int, number: int) -> str:
    """Of host `number`, which has one in each network beside its IPv4 address."""
    return f"fd77:{network}::{number}"


@dataclass(frozen=True)
class Port:
    """One end of a cable: the interface of a host, and the switch's name of its port."""

    host: str
    network: int
    interface: str  # inside the host
    mac: str

    @property
    def name(self) -> str:
        return f"{self.host}.{self.network}"


@dataclass(frozen=True)
class Distortion:
    """What a bad network does to packets; shares are of 1, drawn anew for each packet."""

    least_ms: float = 0  # each is late by something between these two
    most_ms: float = 0
    hold: float = 0  # this share is held back for hold_ms more
    hold_ms: float = 0
    lose: float = 0
    double: float = 0
    damage: float = 0
    seed: int = 1


class Switch:
    """Bridges in a network namespace of their own; cables can be cut and made lossy, each way."""

    def __init__(self, networks: int = 2) -> None:
        self._space = Namespace("switch")
        self._ports: list[Port] = []
        self._drops: list[str] = []
        self._relays: list[subprocess.Popen] = []
        for network in range(networks):
            self._space.shell(
                f"ip link add br{network} type bridge forward_delay 0 stp_state 0 mcast_snooping 0; "
                f"ip link set br{network} up")

    def connect(self, space: Namespace, host: str, network: int, number: int,
                address: str) -> Port:
        """Lays a cable: `eth<network>` of the host, with this address, to bridge `network`."""
        port = Port(host, network, f"eth{network}", f"02:77:00:00:{network:02x}:{number:02x}")
        self._space.network_shell(
            f"ip link add {port.name} type veth peer name {port.interface} netns {space.pid}; "
            f"ip link set {port.name} master br{network} up")
        space.shell(
            f"ip link set {port.interface} address {port.mac} up; "
            f"ip addr add {address} brd + dev {port.interface}; "
            f"ip addr add {ipv6_address(network, number)}/64 dev {port.interface} nodad")
        self._ports.append(port)
        return port

    def cut(self, host: str, network: int | None = None) -> None:
        """Unplugs the cables of a host: all, or the one of a network."""
        self._set(host, network, "down")

    def restore(self, host: str, network: int | None = None) -> None:
        self._set(host, network, "up")

    def remove(self, port: Port) -> None:
        """Takes a port and the interface at its other end away, until it is connected anew."""
        self._ports.remove(port)
        self._space.shell(f"ip link del {port.name}")

    def cut_one_way(self, sender: str, receiver: str, network: int | None = None) -> None:
        """Nothing that `sender` says reaches `receiver` any more; the other direction stays."""
        self._drops += [f"iifname {a} oifname {b} drop"
                        for a, b in self._pairs(sender, receiver, network)]
        self._apply()

    def lose(self, percent: int, first: str, second: str, network: int | None = None) -> None:
        """Loses that share of the packets between two hosts, in both directions, by chance."""
        for pairs in (self._pairs(first, second, network), self._pairs(second, first, network)):
            self._drops += [f"iifname {a} oifname {b} numgen random mod 100 < {percent} counter drop"
                            for a, b in pairs]
        self._apply()

    def distort(self, first: str, second: str, how: Distortion, network: int | None = None) -> None:
        """From now on a relay carries what the daemons of two hosts say to each other."""
        pairs = self._pairs(first, second, network)
        relay = self._space.popen(
            ["python3", "-I", str(Path(__file__).parent / "relay.py"), json.dumps(asdict(how)),
             *(",".join(pair) for pair in pairs)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if (said := relay.stdout.readline()) != "ready\n":
            raise LabError("the relay says: " + said + relay.stdout.read())
        self._relays.append(relay)
        self._drops += [f"iifname {a} oifname {b} udp dport 694 drop"
                        for pair in pairs for a, b in (pair, reversed(pair))]
        self._apply()

    def clear(self) -> dict[str, int]:
        """Ends all one-way cuts, losses and distortions; returns what the relays did, if any."""
        self._drops.clear()
        self._apply()
        did: dict[str, int] = {}
        for relay in self._relays:
            out, _ = relay.communicate("", timeout=10)
            if relay.returncode != 0:
                raise LabError("the relay has ended: " + out)
            for what, number in json.loads(out).items():
                did[what] = did.get(what, 0) + number
        self._relays.clear()
        return did

    def dropped(self) -> int:
        """How many packets the losses have taken so far."""
        listing = self._space.run(["nft", "list", "table", "bridge", _TABLE]).stdout
        words = listing.split()
        return sum(int(words[i + 1]) for i, word in enumerate(words) if word == "packets")

    def close(self) -> None:
        for relay in self._relays:
            relay.kill()
            relay.communicate()
        self._space.close()

    def _set(self, host: str, network: int | None, state: str) -> None:
        commands = [f"ip link set {port.name} {state}" for port in self._ports
                    if port.host == host and network in (None, port.network)]
        self._space.shell("; ".join(commands))

    def _pairs(self, sender: str, receiver: str,
               network: int | None = None) -> list[tuple[str, str]]:
        return [(a.name, b.name) for a in self._ports for b in self._ports
                if a.host == sender and b.host == receiver and a.network == b.network and
                network in (None, a.network)]

    def _apply(self) -> None:
        rules = "\n".join(f"  {rule}" for rule in self._drops)
        self._space.run(["nft", "-f", "-"], check=True, stdin=(
            f"table bridge {_TABLE}\ndelete table bridge {_TABLE}\n"
            f"table bridge {_TABLE} {{ chain forward {{\n"
            f"  type filter hook forward priority 0;\n{rules}\n}}\n}}\n"))
