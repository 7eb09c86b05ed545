#!/usr/bin/env python3
"""Writes the seeds of receive_fuzzer: stories in its notation.

usage: seeds_of_plays.py DIRECTORY

The numbers are those of the repertoire in receive_fuzzer.cpp; a story that no longer says what its
name says is still a seed.
"""

import argparse
import pathlib

# The repertoire, in the order of receive_fuzzer.cpp.
WORDS = ["active", "active-old", "init", "up", "active-longer", "dead", "ping", "reqnodes", "repnodes",
         "addnode", "delnode", "setweight", "setsite", "query", "respond", "starting"]
WORDS += [f"{hold}/{stable}" for hold in ("none", "local", "foreign", "all") for stable in "01"]
WORDS += ["standby", "shutdown", "returned", "mach_down"]
for hold in ("local", "foreign", "all"):
    WORDS += [f"{hold}-me", f"{hold}-other", f"{hold}-done", f"take-{hold}"]
for group in "123":
    WORDS += [f"request-{group}", f"reply-{group}"]
WORDS += ["shutdone", "stonith", "client", "ack", "rexmit", "rexmit-any", "nak"]

TIMES = ["1us", "1ms", "10ms", "60ms", "200ms", "500ms", "1100ms", "3s", "11s", "16s"]
SPEAKERS = {"bob": 0, "cyd": 1, "ada": 2, "eve": 3}
NUMBERS = {"new-life": 0, "old-life": 1, "same": 2, "gap": 3, "missing": 4, "far": 5, "any": 6}
OFF, ON, LEGACY = 0, 1, 2
THREE, UNMANAGED, LEFT_RUNNING = 4, 8, 32


def say(word, who="bob", numbers=None, argument=b"", spoil=b""):
    how = 8 | 16 | (32 if numbers else 0) | (64 if spoil else 0)
    about = b"\x01" if word in ("ack", "rexmit", "nak") else b"\0\0\0\0\0\0\0\x01" * 2 if word == "rexmit-any" else b""
    chosen = bytes([NUMBERS[numbers]]) + argument if numbers else b""
    return bytes([0, SPEAKERS[who], WORDS.index(word), how]) + about + chosen + spoil


def wait(time):
    return bytes([8, TIMES.index(time)])


def lapse(time):
    return bytes([9, TIMES.index(time)])


def agents(every, result):
    return bytes([10, every, ["failed", "not-found", "timed-out", "running", "hang"].index(result)])


def text(lines):
    return b"\x07" + lines.encode() + b"\0"


def local(lines):
    return b"\x0c" + lines.encode() + b"\0"


def operator(choice):
    return bytes([13, choice])


AGAIN = bytes([11, 0])
BEATS = bytes([15, 0, 20, 0])
GAPPY_BEATS = bytes([15, 0, 20, 3])
STOP, STANDBY_ALL, TAKEOVER_LOCAL = operator(0), operator(8 | 1), operator(2)
CHANGE, CHANGE_AT_ONCE = operator(16 | 3), operator(128 | 64 | 3)

JOIN = say("init") + say("up") + say("active") + wait("10ms") + say("repnodes") + say("starting")
JOIN_OLD = JOIN.replace(say("active"), say("active-old"))
SETTLED = JOIN + say("none/0") + say("local/1") + wait("200ms")
ALONE = wait("3s") + wait("200ms")


def stories():
    yield "alone", OFF, ALONE
    yield "joins", OFF, SETTLED + BEATS
    yield "joins-with-failback", ON, ALONE + JOIN + say("none/0") + say("none/1") + say("foreign-other") + wait("500ms") + say("foreign-done")
    yield "partner-dies", OFF, SETTLED + wait("1100ms")
    yield "partner-restarts", OFF, SETTLED + say("init", numbers="new-life") + JOIN
    yield "partner-returns", OFF, SETTLED + wait("1100ms") + say("active") + say("all/1") + wait("11s")
    yield "old-partner-returns", OFF, JOIN_OLD + say("local/1") + wait("1100ms") + say("active-old") + say("all/1") + BEATS + wait("11s")
    yield "partner-leaves", OFF, SETTLED + say("shutdown") + say("shutdone") + wait("1100ms")
    yield "keeping-restart", OFF, SETTLED + say("active-longer") + say("init", numbers="new-life")
    yield "standby-given", OFF, SETTLED + STANDBY_ALL + say("all-other") + wait("500ms") + say("all-done") + say("all/1")
    yield "standby-taken", OFF, SETTLED + say("local-me") + say("standby") + say("local-done") + wait("500ms")
    yield "takeover-asked", OFF, SETTLED + TAKEOVER_LOCAL + say("take-all") + say("all-other") + wait("500ms")
    yield "start-fails", OFF, JOIN + agents(2, "failed") + say("local/1") + wait("500ms") + say("local-other") + wait("3s")
    yield "stop-hangs", OFF, SETTLED + agents(1, "hang") + STOP + wait("16s")
    yield "stop-fails", OFF, SETTLED + agents(1, "failed") + STOP + wait("11s")
    yield "stops", OFF, SETTLED + STOP + wait("500ms") + say("all/1")
    yield "lapse", OFF, SETTLED + lapse("3s") + wait("10ms") + say("active") + say("all/1") + wait("500ms")
    yield "gaps", OFF, SETTLED + GAPPY_BEATS + say("nak") + say("active", numbers="missing", argument=b"\x02") + wait("500ms")
    yield "far-ahead", OFF, SETTLED + say("active", numbers="far") + say("active", numbers="any", argument=b"\xff" * 8) + wait("500ms")
    yield "replays", OFF, SETTLED + AGAIN + say("all/1", numbers="old-life") + say("active", numbers="same")
    yield "asks-again", OFF, SETTLED + say("rexmit") + say("rexmit-any") + say("ack") + say("rexmit")
    yield "legacy-asks", LEGACY, JOIN + wait("200ms") + say("reply-1") + wait("200ms") + say("request-1") + wait("200ms")
    yield "legacy-alone", LEGACY, ALONE + say("active-old") + say("request-2") + say("request-1") + wait("500ms")
    yield "three-nodes", OFF | THREE, SETTLED + say("active", who="cyd") + say("all/1", who="cyd") + wait("1100ms")
    yield "strangers", OFF, SETTLED + say("active", who="eve") + say("all/1", who="ada")
    yield "unmanaged", OFF | UNMANAGED, SETTLED + STOP + wait("500ms")
    yield "left-running", OFF | LEFT_RUNNING, SETTLED
    yield "groups-change", OFF, SETTLED + CHANGE + CHANGE_AT_ONCE + wait("500ms") + STANDBY_ALL
    yield "spoilt", OFF, SETTLED + say("all/1", spoil=b"\x01\x00") + say("active", spoil=b"\x01\x06junk\0") + say("local-me", spoil=b"\x02\x03")
    yield "free-text", OFF, SETTLED + text("t=status\nst=active\ndt=-1\nprotocol=x\nsrc=bob\nseq=40\nhg=7\nts=1\n")
    yield "local-words", OFF, SETTLED + local("t=hb_takeover\nrsc_hold=failback\n") + local("t=mine\nx=1\n")
    yield "control-types", OFF, SETTLED + b"".join(say(w) for w in WORDS[6:15]) + say("client") + say("stonith")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    directory = parser.parse_args().directory
    directory.mkdir(parents=True, exist_ok=True)
    for name, settings, play in stories():
        (directory / name).write_bytes(bytes([settings]) + play)


if __name__ == "__main__":
    main()
