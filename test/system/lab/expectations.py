"""What is expected of each flavour, in one table: bounds for the values that tests measure.

The rows are the acceptance scenarios of the resource manager (R1...), measured with keepalive
200 ms, deadtime 1 s, initdead 3 s. Times are seconds,
on a machine that has nothing else to do. The column of 3.0.6 was recorded from it,
defects included, so that the lab can be checked against it; ours is the goal. With both flavours
in a cluster either may show, so the bounds are then the union of the two, where there is no
column for the mixture.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


_TABLE: dict[str, dict[str, tuple[float, float]]] = {
    # what is measured                     3.0.6          ours
    # Both start: 3.0.6 waits 10 s in case somebody else has resources.
    "R1 start to address":                {"3.0.6": (9.5, 13.0), "ours": (0.0, 3.5)},
    "R1 start to both local":             {"3.0.6": (9.5, 13.5), "ours": (0.0, 4.0)},
    # Alone: the absent peer is dead after initdead.
    "R2 start to address":                {"3.0.6": (3.0, 5.0), "ours": (3.0, 4.5)},
    "R2 start to all":                    {"3.0.6": (12.0, 15.5), "ours": (3.0, 5.0)},
    # The second starts 6 s later.
    "R3 second's start to none":          {"3.0.6": (0.2, 10.0), "ours": (0.0, 2.5)},
    "R4 outage of a crash":               {"3.0.6": (0.9, 2.2), "ours": (0.75, 1.8)},
    "R4 gratuitous ARP":                  {"3.0.6": (6, 10), "ours": (5, 40)},
    "outage of a restart":                {"3.0.6": (0.0, 2.0), "ours": (0.0, 1.5)},
    "outage of an upgrade":               {"3.0.6": (0.0, 1.5), "ours": (0.0, 1.0)},
    "R5 return to none and all":          {"3.0.6": (0.1, 3.0), "ours": (0.0, 3.0)},
    "R6 return to both local":            {"3.0.6": (0.3, 4.5), "ours": (0.0, 4.5)},
    "R6 outage of the failback":          {"3.0.6": (0.02, 1.2), "ours": (0.0, 0.6)},
    "R7 standby":                         {"3.0.6": (0.1, 3.5), "ours": (0.0, 2.0)},
    "R7 outage of a standby":             {"3.0.6": (0.02, 1.5), "ours": (0.0, 0.6)},
    "R8 takeover":                        {"3.0.6": (0.1, 3.5), "ours": (0.0, 2.0)},
    # 3.0.6 moves everything on `hb_takeover failback` even when nothing is to be moved.
    "R9 groups that move":                {"3.0.6": (1, 1), "ours": (0, 0)},
    "R10 transition without a peer":      {"3.0.6": (9.0, 13.0), "ours": (0.0, 13.0)},
    "R12 outage of a graceful stop":      {"3.0.6": (0.02, 1.5), "ours": (0.0, 0.8)},
    "R12 stop to gone":                   {"3.0.6": (1.5, 6.0), "ours": (0.0, 5.0)},
    "R13 nodes with the service":         {"3.0.6": (0, 0), "ours": (1, 1)},
    "R15 stop attempts":                  {"3.0.6": (11, 11), "ours": (11, 11)},
    "R15 others' processes killed":       {"3.0.6": (1, 1), "ours": (0, 0)},
    "R16 stop attempts":                  {"3.0.6": (3, 3), "ours": (3, 3)},
    "R17 service starts":                 {"3.0.6": (0, 0), "ours": (1, 1)},
    "R19 group runs":                     {"3.0.6": (0, 0), "ours": (1, 1)},
    "R22 double service after the heal":  {"3.0.6": (0.5, 4.5), "ours": (0.0, 1.0)},
    # 3.0.6 restarts itself, ours stays: with failback the group then comes home once more.
    "R22 outage after the heal":          {"3.0.6": (8.0, 20.0), "ours": (0.0, 0.1),
                                           "mixed": (0.0, 1.5)},
    "R23 double service after resume":    {"3.0.6": (0.5, 4.5), "ours": (0.0, 1.0)},
    "R23 outage":                         {"3.0.6": (0.0, 0.1), "ours": (0.0, 0.1)},
    "R26 resets before the takeover":     {"3.0.6": (0, 0), "ours": (1, 99)},
    "R27 starts its service":             {"3.0.6": (0, 0), "ours": (1, 1)},
    "R27 start to address":               {"3.0.6": (0.0, 0.0), "ours": (0.0, 2.0)},
    "R28 start to address":               {"3.0.6": (0.2, 2.5), "ours": (0.0, 2.5)},
    "R28 outage of the return":           {"3.0.6": (0.02, 2.0), "ours": (0.0, 1.0)},
    "R29 SIGTERM to gone":                {"3.0.6": (3.0, 9.0), "ours": (0.0, 5.0)},
    "R31 IPaddr2 packets":                {"3.0.6": (10, 10), "ours": (10, 40)},
    "R31 IPaddr2 seconds":                {"3.0.6": (0.7, 1.4), "ours": (0.3, 120.0)},
    "R31 IPaddr packets":                 {"3.0.6": (20, 20), "ours": (20, 40)},
    "R31 IPaddr seconds":                 {"3.0.6": (4.0, 6.0), "ours": (0.3, 120.0)},
    # The restarted holder of a foreign group takes only its own groups, and nobody takes the rest.
    # From the cut to the log line: deadping 1.5 s since the last answer, at most one keepalive before.
    "R30 death of a ping node":           {"3.0.6": (1.25, 2.1), "ours": (1.25, 1.6)},
    # 3.0.6 waits for each ping node, here until initdead is over.
    "A36 start beside a dead ping node":  {"3.0.6": (8.0, 13.0), "ours": (0.0, 3.0)},
    "R33 nodes with the group":           {"3.0.6": (0, 0), "ours": (1, 1)},
    "R33 restart to service":             {"3.0.6": (0.0, 0.0), "ours": (0.0, 4.0)},
    # The killed daemon's address is still up; the next daemon gives it up, or its peer does.
    "double service after a restart":     {"3.0.6": (0.0, 8.0), "ours": (0.0, 1.0)},
    "outage beside a killed daemon":      {"3.0.6": (0.0, 1.5), "ours": (0.0, 0.1)},
    "outage of a restarted daemon":       {"3.0.6": (0.0, 5.0), "ours": (0.0, 0.5)},
    "outage of a move on a bad network":   {"3.0.6": (0.0, 4.0), "ours": (0.0, 2.0)},
    # Packets that were held back arrive after the crash, or were the last for a while before it.
    "outage of a crash behind a bad network": {"3.0.6": (0.9, 2.8), "ours": (0.25, 2.4)},
    # Released here and not yet taken there when one of them dies: a deadtime of 0.5 s passes.
    "outage of a killed move":            {"3.0.6": (0.0, 5.0), "ours": (0.0, 2.5)},
    # A killed daemon leaves its address until it is restarted, which takes a second here.
    "double service of a killed move":    {"3.0.6": (0.0, 5.0), "ours": (0.0, 2.0)},
    # A holder that announced six seconds is silent for 2.8: it must not be taken over.
    "R34 double service":                 {"3.0.6": (0.2, 60.0), "ours": (0.0, 0.0)},
}


def expected(what: str, flavours: set[str]) -> Bounds:
    """Bounds for a value when these flavours take part."""
    row = _TABLE[what]
    if len(flavours) > 1 and "mixed" in row:
        return Bounds(*row["mixed"])
    columns = [row[flavour] for flavour in flavours]
    return Bounds(min(low for low, _ in columns), max(high for _, high in columns))
