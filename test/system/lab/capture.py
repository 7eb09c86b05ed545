"""What passes over a host's wires: every UDP packet that its interfaces see, with its addresses."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .host import Host
from .namespaces import wait_until

# Runs inside the host; one JSON line a packet. Only whole datagrams: the lab sends no fragments
# that anybody looks at.
_SNIFFER = """
import base64, json, socket, struct, time
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
print("{}", flush=True)
while True:
    frame, link = raw.recvfrom(65535)
    if link[0] == "lo" or frame[12:14] != b"\\x08\\x00" or frame[23] != 17:
        continue
    head = 14 + (frame[14] & 15) * 4
    sport, dport, size = struct.unpack("!HHH", frame[head:head + 6])
    print(json.dumps({"at": time.monotonic(), "interface": link[0], "ttl": frame[22],
                      "source": socket.inet_ntoa(frame[26:30]),
                      "target": socket.inet_ntoa(frame[30:34]), "port": dport,
                      "data": base64.b64encode(frame[head + 8:head + size]).decode()}), flush=True)
"""


@dataclass(frozen=True)
class Packet:
    """One datagram, and the fields of its message as far as they stand there in the clear."""

    at: float  # monotonic clock, seconds
    interface: str
    ttl: int
    source: str
    target: str
    port: int
    data: bytes

    @property
    def fields(self) -> dict[str, str]:
        found: dict[str, str] = {}
        text = self.data.decode(errors="replace")
        if "###\n" in text:  # `5:(0)a=b,`
            for name, value in re.findall(r"\d+:\(0\)(\w+)=(.*?),\n?(?=\d+:|%%%)", text, re.S):
                found.setdefault(name, value)
        for name, value in re.findall(r"^(\w+)=(.*)$", text, re.M):
            found.setdefault(name, value)
        return found


class Capture:
    """Listens from its making to its stop()."""

    def __init__(self, host: Host) -> None:
        inside = "/var/log/capture"
        host.write("/var/log/capture.py", _SNIFFER)
        self._file: Path = host.path(inside)
        with self._file.open("wb") as file:
            self._process = host.space.popen(["python3", "-I", "/var/log/capture.py"], stdout=file,
                                             stderr=subprocess.STDOUT)
        wait_until(lambda: self._file.stat().st_size > 0, 10, "the capture has begun")

    def packets(self) -> list[Packet]:
        """Those seen so far."""
        packets = []
        for line in self._file.read_text().splitlines()[1:]:
            if not line.endswith("}"):
                continue  # still being written
            seen = json.loads(line)
            packets.append(Packet(**{**seen, "data": base64.b64decode(seen["data"])}))
        return packets

    def stop(self) -> list[Packet]:
        self._process.terminate()
        self._process.wait(5)
        return self.packets()
