"""System calls of a daemon, by strace: which it makes, and a kill as it enters one of them.

A step is a system call that changes something outside the process: a file, a socket, an address, a
line of the log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .host import HEARTBEAT, Host
from .namespaces import wait_until

START_CALLS = ("mkdir,rename,unlink,unlinkat,rmdir,mknodat,mknod,bind,chmod,fchmod,fsync,write,"
               "socket,setsockopt,sendto,sendmsg,setrlimit,prctl,kill,chdir,"
               "sched_setscheduler,mlockall,link,linkat,symlink")
# Not what a daemon at rest does all the time. Each line of the log is a step, too.
MOVE_CALLS = "openat,write,writev,rename,unlink,sendmsg,bind"

TRACE = "/var/log/strace"


@dataclass(frozen=True)
class Step:
    """The so-many-th call of that name."""

    call: str
    number: int

    @property
    def trap(self) -> str:
        """Options of the tracer that kill who enters it."""
        return f"-e trace={self.call} -e inject={self.call}:signal=KILL:when={self.number}"


def steps_in(trace: str) -> list[Step]:
    """What a tracer has written, in the order of the first thread that got so far."""
    seen: dict[str, int] = {}  # by thread and call
    steps: dict[Step, None] = {}
    for line in trace.splitlines():
        if found := re.match(r"(\d+ +)?(\w+)\(", line):
            key = found.group(0)
            seen[key] = seen.get(key, 0) + 1
            steps.setdefault(Step(found.group(2), seen[key]))
    return list(steps)


def traced_start(node: Host, seconds: float, options: str) -> None:
    """Starts the daemon under a tracer, and ends both after so long, if they still run."""
    node.space.shell(
        f"timeout -s KILL {seconds} strace -qqq {options} {HEARTBEAT} -f >/dev/null 2>&1 || true; "
        "kill -9 $(pidof strace heartbeat) 2>/dev/null || true; "
        "while pidof strace heartbeat >/dev/null; do sleep 0.01; done")  # or a start finds it running


class Tracer:
    """A tracer on a running daemon, from now on."""

    def __init__(self, node: Host, options: str) -> None:
        self._node = node
        self.pid = node.main_pid()
        node.space.popen(["strace", "-qqq", "-f", "-p", str(self.pid), *options.split()])
        wait_until(lambda: self._is_attached() or self.has_killed(), 5, "the tracer is attached")

    def has_killed(self) -> bool:
        return self._node.space.run(["kill", "-0", str(self.pid)]).returncode != 0

    def detach(self) -> None:
        self._node.space.shell("kill $(pidof strace) 2>/dev/null || true")
        wait_until(lambda: not self._is_attached(), 5, "the tracer is gone")

    def _is_attached(self) -> bool:
        status = self._node.space.run(["cat", f"/proc/{self.pid}/status"]).stdout
        return re.search(r"TracerPid:\t[1-9]", status) is not None
