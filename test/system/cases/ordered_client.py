"""A client of the cluster daemon that sends or receives ordered messages; runs inside a host.

    ordered_client.py send N      broadcasts N messages and waits for its own copies, in order
    ordered_client.py receive N   waits for N messages of another node and puts them in order

Speaks the local protocol by itself: frames of an 8-byte header (length, magic) and a text of
`name=value` lines. Exits 0 when all came, each once, within 40 s.
"""

import os
import select
import socket
import struct
import sys
import time

SOCKET = "/run/heartbeat/register"
MAGIC = 0xABCD
NAME = "flowtest"
WINDOW = 10  # messages under way
PAUSE = 0.01  # seconds between two rounds: the receiver's queue must not run over either


class Client:
    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(SOCKET)
        self._in = b""
        self._out = b""
        self.send(t="hbapi-req", reqtype="signon", dest=os.uname().nodename,
                  pid=str(os.getpid()), from_id=NAME, uid=str(os.geteuid()),
                  gid=str(os.getegid()))
        while True:
            for message in self.exchange(5):
                if message.get("reqtype") == "signon":
                    if message["result"] != "OK":
                        raise SystemExit(f"refused: {message}")
                    self.node = message["node"]
                    return

    def send(self, **fields: str) -> None:
        body = (">>>\n" + "".join(f"{k}={v}\n" for k, v in fields.items()) + "<<<\n\0").encode()
        self._out += struct.pack("=iI", len(body), MAGIC) + body

    @property
    def unsent(self) -> int:
        """Bytes that the daemon has not taken yet."""
        return len(self._out)

    def exchange(self, timeout: float) -> list[dict[str, str]]:
        """Writes and reads what is possible; waits at most this long for something to read."""
        writes = [self._socket] if self._out else []
        readable, writable, _ = select.select([self._socket], writes, [], timeout)
        if writable:
            self._out = self._out[self._socket.send(self._out[:65536], socket.MSG_DONTWAIT):]
        if readable:
            data = self._socket.recv(65536)
            if not data:
                raise SystemExit("the daemon has closed the connection")
            self._in += data
        return list(self._frames())

    def _frames(self):
        while len(self._in) >= 8:
            length, magic = struct.unpack("=iI", self._in[:8])
            if magic != MAGIC:
                raise SystemExit("bad frame")
            if len(self._in) < 8 + length:
                return
            body, self._in = self._in[8:8 + length], self._in[8 + length:]
            lines = body.rstrip(b"\0").decode(errors="replace").splitlines()
            yield dict(line.split("=", 1) for line in lines if "=" in line)


def main() -> int:
    verb, count = sys.argv[1], int(sys.argv[2])
    client = Client()
    began = time.monotonic()
    if verb == "receive":
        print("ready", flush=True)
    sent = 0
    due = 1  # the next number to be delivered
    waiting: set[int] = set()  # came early: what was lost on the way is sent again, and comes later
    slowest = 0.0
    last = began
    while due <= count and time.monotonic() - began < 40:
        # The daemon drops a client that has more than 64 messages to read, its own copies included.
        while verb == "send" and sent < min(count, due + WINDOW):
            sent += 1
            client.send(t="flow", oseq=f"{sent:x}")
        time.sleep(PAUSE if verb == "send" else 0)
        for message in client.exchange(1):
            if message.get("t") != "flow" or (message["src"] == client.node) != (verb == "send"):
                continue
            number = int(message["oseq"], 16)
            if number < due or number in waiting:
                print(f"{number} came twice")
                return 1
            waiting.add(number)
            while due in waiting:
                waiting.remove(due)
                due += 1
            slowest, last = max(slowest, time.monotonic() - last), time.monotonic()
    print(f"{verb}: {due - 1} of {count} in order in {last - began:.2f} s, longest pause "
          f"{slowest:.2f} s, {client.unsent} bytes not taken")
    return 0 if due > count else 1


if __name__ == "__main__":
    sys.exit(main())
