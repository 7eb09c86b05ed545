"""Carries the cluster's packets between two ports of the switch, badly; runs beside the switch.

    relay.py PARAMETERS PORT,PORT...

The switch itself no longer forwards those packets (Switch.distort), so what arrives came through
here: each later by some time, so that they overtake one another, some not at all, twice, or damaged.
PARAMETERS is a JSON object with the fields of network.Distortion. Ends with its standard input, and
prints, as JSON, what it did.
"""

import heapq
import json
import random
import select
import socket
import sys
import time

ETH_P_ALL = 3
PORT = 694
PAYLOAD = 42  # bytes of Ethernet, IPv4 (without options) and UDP headers


def is_of_cluster(frame: bytes) -> bool:
    return (len(frame) > PAYLOAD and frame[12:14] == b"\x08\x00" and frame[14] == 0x45 and
            frame[23] == socket.IPPROTO_UDP and int.from_bytes(frame[36:38], "big") == PORT)


class Relay:
    def __init__(self, parameters: dict, pairs: list[tuple[str, str]]) -> None:
        self._is = parameters
        self._chance = random.Random(parameters["seed"])
        self._to: dict[socket.socket, socket.socket] = {}
        for pair in pairs:
            first, second = map(self._open, pair)
            self._to |= {first: second, second: first}
        self._waiting: list[tuple[float, int, socket.socket, bytes]] = []
        self._arrived = 0
        self._last_out: dict[socket.socket, int] = {}  # number of the latest arrival that went there
        self._did = dict.fromkeys(("carried", "lost", "doubled", "damaged", "overtaken"), 0)

    def run(self) -> None:
        print("ready", flush=True)
        while True:
            left = max(self._waiting[0][0] - time.monotonic(), 0) if self._waiting else None
            for ready in select.select([sys.stdin, *self._to], [], [], left)[0]:
                if ready is sys.stdin:
                    print(json.dumps(self._did), flush=True)
                    return
                self._take(ready)
            while self._waiting and self._waiting[0][0] <= time.monotonic():
                self._carry(*heapq.heappop(self._waiting)[1:])

    @staticmethod
    def _open(name: str) -> socket.socket:
        port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        port.bind((name, ETH_P_ALL))
        return port

    def _take(self, port: socket.socket) -> None:
        try:
            frame, address = port.recvfrom(65536)
        except OSError:
            return  # the cable was cut just now; once it is back, packets come again
        if address[2] == socket.PACKET_OUTGOING or not is_of_cluster(frame):
            return
        # The sender left the checksum to its network card; none at all is a correct one too.
        frame = frame[:40] + b"\0\0" + frame[42:]
        if self._happens("lose"):
            self._did["lost"] += 1
            return
        if self._happens("damage"):
            self._did["damaged"] += 1
            where = self._chance.randrange(PAYLOAD, len(frame))
            frame = frame[:where] + bytes([frame[where] ^ 0x55]) + frame[where + 1:]
        self._put_off(port, frame)
        if self._happens("double"):
            self._did["doubled"] += 1
            self._put_off(port, frame)

    def _put_off(self, port: socket.socket, frame: bytes) -> None:
        delay = self._chance.uniform(self._is["least_ms"], self._is["most_ms"])
        if self._happens("hold"):
            delay += self._is["hold_ms"]
        self._arrived += 1
        heapq.heappush(self._waiting,
                       (time.monotonic() + delay / 1000, self._arrived, self._to[port], frame))

    def _carry(self, number: int, port: socket.socket, frame: bytes) -> None:
        if number < self._last_out.get(port, 0):
            self._did["overtaken"] += 1
        self._last_out[port] = max(number, self._last_out.get(port, 0))
        self._did["carried"] += 1
        try:
            port.send(frame)
        except OSError:
            pass  # the cable is cut: the packet is lost, as it would be

    def _happens(self, what: str) -> bool:
        return self._chance.random() < self._is[what]


if __name__ == "__main__":
    Relay(json.loads(sys.argv[1]), [tuple(pair.split(",")) for pair in sys.argv[2:]]).run()
