"""One set of namespaces, kept alive by a holder process, and commands that run inside it.

Cleaning up needs no code of ours to run: the holder dies with this process (PR_SET_PDEATHSIG), it is
init of its PID namespace, so every process inside dies with it, and the kernel then takes down the
network and the mounts that nobody refers to any more. Only files are left, see `scratch`.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)

# Init of the namespace: reaps what daemons leave behind (a zombie would look alive to `heartbeat -k`).
_INIT = """
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD, signal.SIGHUP, signal.SIGINT])
os.write(1, b"ready")
while True:
    signal.sigwait([signal.SIGCHLD])
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
"""

_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C",
    "HOME": "/root",
}

_SCRATCH_PREFIX = "hb-lab."


class LabError(Exception):
    """The lab itself failed: a command that prepares or inspects, never a claim of a test."""


def die_with_parent() -> None:
    """Asks the kernel to kill this process when its parent thread ends; for `preexec_fn`."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def scratch() -> Path:
    """Makes the directory of this process for files of its hosts; it is removed at exit.

    Directories of runs that were killed are swept first: their names carry the pid of their owner.
    """
    base = Path(tempfile.gettempdir())
    for old in base.glob(_SCRATCH_PREFIX + "*"):
        owner = old.name.removeprefix(_SCRATCH_PREFIX).split(".")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            shutil.rmtree(old, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"{_SCRATCH_PREFIX}{os.getpid()}.", dir=base))
    made.chmod(0o755)  # daemons drop privileges and still have to reach their files
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


class Namespace:
    """Network, mount, PID, UTS and IPC namespaces of one host (or of the switch)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--mount-proc",
             "--propagation", "private", "--kill-child",
             "python3", "-I", "-S", "-c", _INIT],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=_ENVIRONMENT, cwd="/", start_new_session=True, preexec_fn=die_with_parent)
        if os.read(self._holder.stdout.fileno(), 5) != b"ready":
            raise LabError(f"{name}: no namespaces: {self._holder.stderr.read().decode()}")
        children = Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children")
        self.pid = int(children.read_text().split()[0])
        # A daemon that resets its machine must not find the switch of the real one.
        self.shell("[ ! -e /proc/sysrq-trigger ] || mount --bind /dev/null /proc/sysrq-trigger; "
                   f"hostname {name}; ip link set lo up; "
                   "sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_ra=0 "
                   "2>/dev/null || true")

    def popen(self, argv: list[str], **options) -> subprocess.Popen:
        """Starts a command inside; it dies with this process."""
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        environment = _ENVIRONMENT | options.pop("env", {})
        return subprocess.Popen(
            ["nsenter", "-t", str(self.pid), "-n", "-m", "-u", "-i", "-p", "--wd=/", "--", *argv],
            env=environment, preexec_fn=die_with_parent, **options)

    def run(self, argv: list[str], *, check: bool = False, timeout: float = 60,
            stdin: str | None = None,
            env: dict[str, str] | None = None) -> subprocess.CompletedProcess:
        """Runs a command inside to its end and returns its output as text."""
        process = self.popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, env=env or {})
        try:
            out, err = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise LabError(f"{self.name}: `{' '.join(argv)}` took more than {timeout} s") from None
        if check and process.returncode != 0:
            raise LabError(f"{self.name}: `{' '.join(argv)}` exits {process.returncode}: {out}{err}")
        return subprocess.CompletedProcess(argv, process.returncode, out, err)

    def shell(self, script: str, **options) -> str:
        """Runs a shell script inside, stopping at its first error; returns its output."""
        return self.run(["sh", "-ec", script], check=True, **options).stdout

    def network_shell(self, script: str) -> None:
        """Like shell(), but enters only the network: pids in it are those of this process."""
        subprocess.run(["nsenter", "-t", str(self.pid), "-n", "--", "sh", "-ec", script],
                       check=True, env=_ENVIRONMENT, stdin=subprocess.DEVNULL, timeout=60)

    def network_popen(self, argv: list[str]) -> subprocess.Popen:
        """Starts a command that enters only the network; its pid is the one that is returned."""
        return subprocess.Popen(["nsenter", "-t", str(self.pid), "-n", "--", *argv],
                                env=_ENVIRONMENT, stdin=subprocess.DEVNULL,
                                preexec_fn=die_with_parent)

    def kill_all(self) -> None:
        """Kills every process inside except init: the machine has lost its power."""
        self.run(["sh", "-c", "kill -9 -1"], timeout=10)

    def close(self) -> None:
        if self._holder.poll() is None:
            self._holder.kill()
            self._holder.wait()
        self._holder.stdout.close()
        self._holder.stderr.close()


def wait_until(condition, timeout: float, what: str, *, interval: float = 0.02):
    """Polls `condition` until it gives something true, and returns that.

    Raises AssertionError naming `what` after `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {timeout:g} s: {what}")
        time.sleep(interval)
