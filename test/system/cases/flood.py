"""Floods the cluster with packets that nobody should believe; runs inside the observer.

    flood.py PACKETS_PER_SECOND SECONDS

Listens for a second, then sends random bytes, packets cut short, replayed, damaged and wrongly
signed, and such as are malformed on purpose, to the broadcast address; prints how many went out.
"""

import random
import re
import socket
import sys
import time

PORT = 694
TARGET = ("10.77.0.255", PORT)
BATCH = 50  # packets sent between two looks at the clock
VARIETY = 4000

# Malformed in ways that a careless parser does not survive.
CRAFTED = [
    b"###\n3:abc,%%%\n",
    b"###\n99999999999999999999:(0)t=status,%%%\n",
    b"###\n-1:(0)t=status,%%%\n",
    b"###\n7:(9)t=st,%%%\n",
    b"###\n6:(2)a=#,%%%\n",
    b"###\n" + b"8:(2)a=###\n," * 400 + b"%%%\n",
    b"###\n",
    b">>>\n<<<\n",
    b">>>\nt=status\n=\n<<<\n",
    b">>>\nt=status\nst=dead\nsrc=node1\nauth=1 deadbeef\n<<<\n",
    b">>>\n(1)x=!!!!\n(3)l=5:a,\n(7)y=z\n<<<\n",
    b"",
    b"\0" * 1400,
]


def listen(seconds: float) -> list[bytes]:
    heard = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("", PORT))
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            receiver.settimeout(left)
            try:
                heard.append(receiver.recv(65536))
            except TimeoutError:
                break
    return heard


def spoil(packet: bytes, chance: random.Random) -> bytes:
    match chance.randrange(5):
        case 0:
            return packet[:chance.randrange(len(packet))]
        case 1:
            return packet  # a replay
        case 2:
            damaged = bytearray(packet)
            for _ in range(chance.randint(1, 8)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            return bytes(damaged)
        case 3:  # a claim that is not covered by the signature
            return re.sub(rb"st=(active|up|init)", b"st=dead", packet)
        case _:
            return chance.randbytes(chance.randrange(1, 1400))


def main() -> int:
    rate, seconds = int(sys.argv[1]), float(sys.argv[2])
    heard = listen(1.0)
    if not heard:
        print("nothing heard of the cluster")
        return 1
    chance = random.Random(20)
    packets = CRAFTED + [spoil(chance.choice(heard), chance) for _ in range(VARIETY)]
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    began = time.monotonic()
    sent = 0
    while (elapsed := time.monotonic() - began) < seconds:
        if sent > elapsed * rate:
            time.sleep(0.0005)
            continue
        for _ in range(BATCH):
            try:
                sender.sendto(packets[sent % len(packets)], socket.MSG_DONTWAIT, TARGET)
            except BlockingIOError:
                pass
            sent += 1
    print(f"{sent / elapsed:.0f} packets a second, {len(heard)} heard before")
    return 0


if __name__ == "__main__":
    sys.exit(main())
