#!/usr/bin/env python3
"""Makes fuzzing seeds of the recorded packets.

usage: seeds_from_vectors.py VECTORS DIRECTORY

Writes DIRECTORY/packet and DIRECTORY/fifo. The first byte of a packet seed says how the rest becomes
a packet (see packet_fuzzer.cpp). The committed corpus is a choice of these, small and of each kind.
"""

import argparse
import json
import pathlib

END = b"%%%\n"


def packet_seeds(row, packet):
    """The packet itself, and what of it is to be signed anew."""
    yield "raw", b"0" + packet
    if row["format"] == "classic":
        lines = [l for l in packet.split(b"\n") if l and not l.startswith((b"auth=", b">>>", b"<<<"))]
        yield "lines", b"2" + b"".join(line + b"\n" for line in lines)
    elif END in packet:
        body = packet[: packet.rindex(END) + len(END)]
        yield "body", b"1" + body
        if "decompressed" not in row:
            yield "packed", b"3" + body
    for field in row["fields"]:
        if field["name"] == "_compressed_payload":
            algorithm = row.get("decompressed", {}).get("algorithm", "zlib")
            mode = b"5" if algorithm == "bz2" else b"4"
            yield "stream", mode + bytes.fromhex(field["hex"])


def fifo_seed(row):
    """The message as a script would write it; none if it has other fields than strings."""
    own = [f for f in row["fields"] if f["name"] not in
           ("src", "srcuuid", "destuuid", "seq", "hg", "ts", "ld", "ttl", "auth")]
    if not own or any(f["type"] != "string" or "value" not in f for f in own):
        return None
    lines = [f["name"] + "=" + f["value"].replace("\n", "\x13") for f in own]
    return (">>>\n" + "\n".join(lines) + "\n<<<\n").encode("latin-1")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vectors", type=pathlib.Path)
    parser.add_argument("directory", type=pathlib.Path)
    arguments = parser.parse_args()

    packets = arguments.directory / "packet"
    fifo = arguments.directory / "fifo"
    for folder in (packets, fifo):
        folder.mkdir(parents=True, exist_ok=True)
    for line in arguments.vectors.read_text().splitlines():
        row = json.loads(line)
        for suffix, seed in packet_seeds(row, bytes.fromhex(row["hex"])):
            (packets / f"{row['name'][:40]}-{suffix}").write_bytes(seed)
        text = fifo_seed(row)
        if text:
            (fifo / row["name"][:40]).write_bytes(text)


if __name__ == "__main__":
    main()
