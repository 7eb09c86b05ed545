"""A log daemon of the system, as far as a test needs one: syslog's socket, or the journal's two.

    log_sink.py syslog SOCKET FILE        writes each datagram as one line
    log_sink.py deaf SOCKET               never reads
    log_sink.py journal DIRECTORY FILE    listens at DIRECTORY/socket and DIRECTORY/dev-log
"""

import os
import select
import signal
import socket
import sys


def bound(path: str) -> socket.socket:
    if os.path.lexists(path):
        os.unlink(path)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.bind(path)
    os.chmod(path, 0o666)
    return made


def main() -> None:
    kind, place = sys.argv[1:3]
    if kind == "deaf":
        silent = bound(place)  # noqa: F841  (it must stay open)
        signal.pause()
    names = [place] if kind == "syslog" else [f"{place}/socket", f"{place}/dev-log"]
    sockets = {bound(name): os.path.basename(name) for name in names}
    with open(sys.argv[3], "ab", buffering=0) as file:
        while True:
            for ready in select.select(list(sockets), [], [])[0]:
                datagram = ready.recv(65536)
                if kind == "syslog":
                    file.write(datagram + b"\n")
                else:
                    file.write(b"== " + sockets[ready].encode() + b"\n" + datagram + b"\n")


main()
