"""Serial lines between hosts: two pseudo-terminals each, and a thread that carries the bytes.

A pseudo-terminal carries as fast as it is written to; the thread carries no faster than the line's
baud, so what a daemon writes ahead of its time stays in the terminal, as in a real port's buffer.
"""

from __future__ import annotations

import os
import pty
import select
import threading
import time
import tty

_BITS_PER_BYTE = 10
_CHUNK = 64  # bytes carried at once


class SerialLine:
    """One line; `ends` are the devices of its two ends, for `serial` in ha.cf."""

    def __init__(self, baud: int = 19200) -> None:
        self._byte_time = _BITS_PER_BYTE / baud
        self._masters: list[int] = []
        self._slaves: list[int] = []
        for _ in range(2):
            master, slave = pty.openpty()
            tty.setraw(slave)  # no echo before a daemon comes
            os.set_blocking(master, False)
            self._masters.append(master)
            self._slaves.append(slave)
        self.ends = tuple(os.ttyname(slave) for slave in self._slaves)
        self.carried = [0, 0]  # bytes, by the end that sent them
        self._cut = threading.Event()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._carry, args=(end,), daemon=True)
                         for end in (0, 1)]
        for thread in self._threads:
            thread.start()

    def cut(self) -> None:
        """What is sent from now on is lost, both ways."""
        self._cut.set()

    def mend(self) -> None:
        self._cut.clear()

    def close(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        for end in (*self._masters, *self._slaves):
            os.close(end)

    def _carry(self, end: int) -> None:
        source, target = self._masters[end], self._masters[1 - end]
        while not self._over.is_set():
            if not select.select([source], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(source, _CHUNK)
            except OSError:
                time.sleep(0.05)  # nobody has the other end open just now
                continue
            time.sleep(len(data) * self._byte_time)
            if self._cut.is_set():
                continue
            self.carried[end] += len(data)
            try:
                os.write(target, data)
            except BlockingIOError:
                pass  # nobody reads there: lost, as on a real line


def row(hosts: int, baud: int = 19200, *, ring: bool = False) -> tuple[list[SerialLine],
                                                                       list[list[str]]]:
    """Lines from each host to the next (in a ring from the last to the first), and each one's devices."""
    devices: list[list[str]] = [[] for _ in range(hosts)]
    lines = []
    for host in range(hosts if ring else hosts - 1):
        line = SerialLine(baud)
        devices[host].append(line.ends[0])
        devices[(host + 1) % hosts].append(line.ends[1])
        lines.append(line)
    return lines, devices
