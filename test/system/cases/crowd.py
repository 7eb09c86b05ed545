"""A crowd at the daemon's local doors; runs inside a node, as root.

    crowd.py CLIENTS SECONDS

Opens the FIFO that often and writes to it from everywhere at once: halves of messages, junk, lines
without end, messages that nobody knows. Does the same to each listening socket of the daemon. Prints
what it did.
"""

import os
import random
import resource
import socket
import stat
import sys
import time
from pathlib import Path

FIFO = "/var/lib/heartbeat/fifo"
SOCKETS = Path("/run/heartbeat")
PIECES = [
    b">>>\nt=ask_resources\nrsc_hold=al",
    b">>>\n",
    b"<<<\n",
    b"t=status\nst=dead\nsrc=node2\n",
    b">>>\nt=nonsense\nx=y\n<<<\n",
    b">>>\nt=ask_resources\nrsc_hold=nobody-knows\ninfo=me\n<<<\n",
    b">>>\nt=status\nst=dead\nsrc=node2\n<<<\n",
    b">>>\n=\n\n===\n<<<\n",
    b"x" * 4000,
    b"\0\xff" * 600 + b"\n",
]


def listening_sockets() -> list[str]:
    paths = (path for path in SOCKETS.rglob("*") if stat.S_ISSOCK(path.lstat().st_mode))
    return [str(path) for path in paths]


def writers_of_the_fifo(count: int) -> list[int]:
    return [os.open(FIFO, os.O_WRONLY | os.O_NONBLOCK) for _ in range(count)]


def clients_of(path: str, count: int) -> list[int]:
    made = []
    for _ in range(count):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.setblocking(False)
        try:
            client.connect(path)
        except OSError:
            client.close()  # the queue is full, or it does not want us: both are its right
        else:
            made.append(client.detach())
    return made


def main() -> int:
    count, seconds = int(sys.argv[1]), float(sys.argv[2])
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
    doors = writers_of_the_fifo(count)
    for path in listening_sockets():
        doors += clients_of(path, count)
    chance = random.Random(7)
    end = time.monotonic() + seconds
    written = full = 0
    while time.monotonic() < end:
        try:
            written += os.write(chance.choice(doors), chance.choice(PIECES))
        except BlockingIOError:
            full += 1
            time.sleep(0.0005)
        except OSError:
            pass  # it has sent us away
    print(f"{len(doors)} clients wrote {written} bytes; found it full {full} times")
    return 0


if __name__ == "__main__":
    sys.exit(main())
