"""The switch between the hosts: one bridge a network, one port a host and network."""

from __future__ import annotations

from dataclasses import dataclass

from .namespaces import Namespace

# Only what the nodes say to each other suffers; the observer's questions are never lost.
_TABLE = "hb_lab"


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


class Switch:
    """Bridges in a network namespace of their own; cables can be cut and made lossy, each way."""

    def __init__(self, networks: int = 2) -> None:
        self._space = Namespace("switch")
        self._ports: list[Port] = []
        self._drops: list[str] = []
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
            f"ip addr add {address} brd + dev {port.interface}")
        self._ports.append(port)
        return port

    def cut(self, host: str, network: int | None = None) -> None:
        """Unplugs the cables of a host: all, or the one of a network."""
        self._set(host, network, "down")

    def restore(self, host: str, network: int | None = None) -> None:
        self._set(host, network, "up")

    def cut_one_way(self, sender: str, receiver: str) -> None:
        """Nothing that `sender` says reaches `receiver` any more; the other direction stays."""
        self._drops += [f"iifname {a} oifname {b} drop" for a, b in self._pairs(sender, receiver)]
        self._apply()

    def lose(self, percent: int, first: str, second: str) -> None:
        """Loses that share of the packets between two hosts, in both directions, by chance."""
        for pairs in (self._pairs(first, second), self._pairs(second, first)):
            self._drops += [f"iifname {a} oifname {b} numgen random mod 100 < {percent} counter drop"
                            for a, b in pairs]
        self._apply()

    def clear(self) -> None:
        """Ends all one-way cuts and losses."""
        self._drops.clear()
        self._apply()

    def dropped(self) -> int:
        """How many packets the losses have taken so far."""
        listing = self._space.run(["nft", "list", "table", "bridge", _TABLE]).stdout
        words = listing.split()
        return sum(int(words[i + 1]) for i, word in enumerate(words) if word == "packets")

    def close(self) -> None:
        self._space.close()

    def _set(self, host: str, network: int | None, state: str) -> None:
        commands = [f"ip link set {port.name} {state}" for port in self._ports
                    if port.host == host and network in (None, port.network)]
        self._space.shell("; ".join(commands))

    def _pairs(self, sender: str, receiver: str) -> list[tuple[str, str]]:
        return [(a.name, b.name) for a in self._ports for b in self._ports
                if a.host == sender and b.host == receiver and a.network == b.network]

    def _apply(self) -> None:
        rules = "\n".join(f"  {rule}" for rule in self._drops)
        self._space.run(["nft", "-f", "-"], check=True, stdin=(
            f"table bridge {_TABLE}\ndelete table bridge {_TABLE}\n"
            f"table bridge {_TABLE} {{ chain forward {{\n"
            f"  type filter hook forward priority 0;\n{rules}\n}}\n}}\n"))
