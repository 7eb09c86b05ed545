"""When a packet has arrived at a host, by the kernel's clock."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import threading

from lab.host import Host

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000
_SO_TIMESTAMPNS = 35
_ETH_P_IP = 0x0800
_UDP = 17
_HEARTBEAT_PORT = 694


class Tap:
    """Listens on an interface of a host for heartbeats that come in."""

    def __init__(self, host: Host, interface: str = "eth0") -> None:
        self._socket = _inside_network(host, lambda: _packet_socket(interface))

    def last_from(self, sender: str) -> float | None:
        """When the last heartbeat from this address came (seconds of the wall clock)."""
        last = None
        while (arrival := self._next()) is not None:
            at, source = arrival
            if source == sender:
                last = at
        return last

    def close(self) -> None:
        self._socket.close()

    def _next(self) -> tuple[float, str] | None:
        """Arrival and source of the next packet, (0, "") if it is no heartbeat; None when none waits."""
        try:
            data, ancillary, _, where = self._socket.recvmsg(64, 64)
        except BlockingIOError:
            return None
        arrived = next((struct.unpack("qq", value[:16]) for level, kind, value in ancillary
                        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS), None)
        header = (data[0] & 15) * 4
        port = struct.unpack("!H", data[header + 2:header + 4])[0] if len(data) > header + 4 else 0
        if (where[2] == socket.PACKET_OUTGOING or data[9] != _UDP or port != _HEARTBEAT_PORT or
                arrived is None):
            return 0.0, ""
        return arrived[0] + arrived[1] / 1e9, socket.inet_ntoa(data[12:16])


def _packet_socket(interface: str) -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_IP))
    made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    made.bind((interface, _ETH_P_IP))
    made.setblocking(False)
    return made


def _inside_network(host: Host, make):
    """Calls `make` with the network of the host, in a thread of its own that never leaves it."""
    result: list = []

    def work() -> None:
        try:
            with open(f"/proc/{host.space.pid}/ns/net") as network:
                if _LIBC.setns(network.fileno(), _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            result.append(make())
        except OSError as error:
            result.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if isinstance(result[0], OSError):
        raise result[0]
    return result[0]
