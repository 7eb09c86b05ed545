"""A machine of the lab: its private files, the flavour of Heartbeat installed on it, its daemon."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .namespaces import LabError, Namespace, wait_until
from .network import Port, Switch, ipv6_address

HEARTBEAT = "/usr/libexec/heartbeat/heartbeat"
SHARE = "/usr/share/heartbeat"
LOG = "/var/log/ha.log"

# What a package ships in /etc/ha.d and an upgrade replaces; the rest is the administrator's.
_SHIPPED = ("README.config", "harc", "shellfuncs", "rc.d", "resource.d")
_PRIVATE = {"etc": "/etc/ha.d", "init": "/etc/init.d", "lib": "/var/lib/heartbeat", "run": "/run", "log": "/var/log"}
_RUN_DIRECTORIES = ("heartbeat", "heartbeat/ccm", "heartbeat/crm", "heartbeat/dopd",
                    "heartbeat/rsctmp", "resource-agents", "lock", "lab")


@dataclass(frozen=True)
class Flavour:
    """An implementation to install: the machine's own Debian package, or an install tree."""

    name: str
    tree: Path | None = None  # None: what the machine has installed

    @property
    def is_ours(self) -> bool:
        return self.tree is not None


ORIGINAL = Flavour("3.0.6")


class LogFile:
    """The log of a host, read from outside. A mark is a position to look from."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def mark(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def text(self, since: int = 0) -> str:
        if not self.path.exists():
            return ""
        with self.path.open("rb") as file:
            file.seek(since)
            return file.read().decode(errors="replace")

    def lines(self, pattern: str, since: int = 0) -> list[str]:
        return [line for line in self.text(since).splitlines() if re.search(pattern, line)]

    def has(self, pattern: str, since: int = 0) -> bool:
        return re.search(pattern, self.text(since)) is not None

    def wait(self, pattern: str, timeout: float, since: int = 0) -> None:
        wait_until(lambda: self.has(pattern, since), timeout, f"`{pattern}` in {self.path}")


class Host:
    """One machine. Its files live below `root` and outlast a crash and a change of flavour."""

    def __init__(self, name: str, number: int, switch: Switch, root: Path,
                 flavour: Flavour = ORIGINAL) -> None:
        self.name = name
        self.number = number
        self.flavour = flavour
        self._switch = switch
        self._root = root
        self._scripts: dict[str, str] = {}
        self.environment: dict[str, str] = {}  # of the daemon, beside the usual
        self.options: list[str] = []  # of the daemon's command line
        self.at_boot: list[Callable[[], object]] = []  # what a booting machine starts by itself
        self.space = Namespace(name)
        self.ports: list[Port] = [
            switch.connect(self.space, name, network, number, self._address(network) + "/24")
            for network in (0, 1)]
        self.log = LogFile(self.path(LOG))
        self._lay_out()
        self.install(flavour)

    # --- files -------------------------------------------------------------------------------

    def path(self, inside: str) -> Path:
        """Where a private file of this host is found from outside."""
        for ours, theirs in _PRIVATE.items():
            if inside == theirs or inside.startswith(theirs + "/"):
                return self._root / ours / inside[len(theirs):].lstrip("/")
        raise LabError(f"{inside} is not private to the host")

    def write(self, inside: str, text: str, mode: int = 0o644) -> None:
        path = self.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def add_script(self, inside: str, text: str) -> None:
        """Writes an executable file that stays when the package below it is exchanged."""
        self._scripts[inside] = text
        self.write(inside, text, 0o755)

    def install(self, flavour: Flavour) -> None:
        """Exchanges the installed package; configuration and state stay. The daemon must be down."""
        self.flavour = flavour
        etc = self._root / "etc"
        shipped_from = (flavour.tree or Path("/")) / "etc/ha.d"
        for name in _SHIPPED:
            target, source = etc / name, shipped_from / name
            if not source.exists():
                source = Path("/etc/ha.d") / name if name == "shellfuncs" else source
            if target.is_dir():
                shutil.rmtree(target)
            elif target.exists():
                target.unlink()
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True)
            elif source.exists():
                shutil.copy2(source, target)
        for inside, text in self._scripts.items():
            self.write(inside, text, 0o755)
        layers = [str(self._root / "stubs")]
        hide = ""
        if flavour.tree is not None:
            layers.append(str(flavour.tree / "usr"))
            for directory in ("libexec/heartbeat", "share/heartbeat"):
                hide += f"mount --bind {flavour.tree}/usr/{directory} /usr/{directory}; "
        # Everything below /usr comes from layers, so nothing of the machine is written.
        self.space.shell(
            "cd /; while mountpoint -q /usr/libexec/heartbeat; do umount -l /usr/libexec/heartbeat; done; "
            "while mountpoint -q /usr/share/heartbeat; do umount -l /usr/share/heartbeat; done; "
            "while grep -q '^lab /usr ' /proc/self/mounts; do umount -l /usr; done; "
            f"mount -t overlay lab -o ro,lowerdir={':'.join(layers)}:/usr /usr; {hide}")

    def provide(self, path: str, text: str) -> None:
        """Puts an executable file below /usr."""
        file = self._root / "stubs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)
        self.install(self.flavour)

    def stub_calls(self) -> list[str]:
        notes = self.path("/var/log/stubs")
        return notes.read_text().splitlines() if notes.exists() else []

    # --- power and cables --------------------------------------------------------------------

    def crash(self) -> float:
        """Power fails: cables are dead and every process is gone. Returns the instant (monotonic)."""
        self.cut()
        at = time.monotonic()
        self.space.kill_all()
        return at

    def power_on(self) -> None:
        """Comes back after a crash as a booted machine: disks as they were, addresses and /run new."""
        run = self._root / "run"
        for entry in list(run.iterdir()):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        self._make_run()
        for port in self.ports:
            self.space.shell(f"ip addr flush dev {port.interface}; "
                             f"ip addr add {self._address(port.network)}/24 brd + "
                             f"dev {port.interface}; "
                             f"ip addr add {ipv6_address(port.network, self.number)}/64 "
                             f"dev {port.interface} nodad")
        self.restore()
        for service in self.at_boot:
            service()

    def cut(self, network: int | None = None) -> None:
        self._switch.cut(self.name, network)

    def restore(self, network: int | None = None) -> None:
        self._switch.restore(self.name, network)

    def lose_interface(self, network: int) -> None:
        """The interface itself goes, as when its driver or a USB plug is pulled."""
        self._switch.remove(self.ports[network])

    def regain_interface(self, network: int) -> None:
        """It is there again, under its name and with the host's address."""
        self.ports[network] = self._switch.connect(
            self.space, self.name, network, self.number, self._address(network) + "/24")

    # --- the daemon --------------------------------------------------------------------------

    def start(self) -> None:
        """Starts the daemon and returns once its command has; does not wait for the cluster."""
        result = self.space.run([HEARTBEAT, *self.options], timeout=30, env=self.environment)
        if result.returncode != 0:
            raise AssertionError(
                f"{self.name}: heartbeat exits {result.returncode} at start: {result.stderr}")

    def begin_stop(self) -> subprocess.Popen:
        """Asks for a graceful stop and returns the waiting command."""
        return self.space.popen([HEARTBEAT, "-k"])

    def stop(self, timeout: float = 30) -> float:
        """Stops gracefully; returns how long it took in seconds."""
        began = time.monotonic()
        process = self.begin_stop()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name}: `heartbeat -k` took over {timeout} s") from None
        return time.monotonic() - began

    def main_pid(self) -> int | None:
        """Pid of the daemon as seen inside; None without a pid file."""
        try:
            return int(self.path("/run/heartbeat.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def is_up(self) -> bool:
        """Whether the machine itself lives: a reset that goes through ends its namespaces."""
        return self.space.run(["true"]).returncode == 0

    def is_running(self) -> bool:
        pid = self.main_pid()
        return pid is not None and self.space.run(["kill", "-0", str(pid)]).returncode == 0

    def signal(self, name: str) -> None:
        """Sends a signal to the daemon's main process alone; KILL returns when that is gone."""
        pid = self.main_pid()
        self.space.shell(f"kill -{name} {pid}")
        if name == "KILL":
            alive = ["grep", "-qs", "^State:[[:space:]]*[^ZX]", f"/proc/{pid}/status"]
            wait_until(lambda: self.space.run(alive).returncode != 0, 5, f"process {pid} is gone")

    def rscstatus(self) -> str | None:
        """What `cl_status rscstatus` says; None when no daemon answers its clients."""
        result = self.space.run(["cl_status", "rscstatus"])
        return result.stdout.strip() if result.returncode == 0 else None

    def tool(self, name: str, *arguments: str) -> subprocess.CompletedProcess:
        """Runs one of the administrator's commands of /usr/share/heartbeat."""
        return self.space.run([f"{SHARE}/{name}", *arguments], timeout=15)

    # --- what is seen inside -----------------------------------------------------------------

    def addresses(self) -> set[str]:
        listing = self.space.run(["ip", "-4", "-o", "addr", "show"]).stdout
        return {line.split()[3].split("/")[0] for line in listing.splitlines()}

    def processes(self) -> list[str]:
        """Command lines of everything that runs inside."""
        return self.space.run(["ps", "axo", "args"]).stdout.splitlines()[1:]

    def close(self) -> None:
        self.space.close()

    # --- private -----------------------------------------------------------------------------

    def _address(self, network: int) -> str:
        return f"10.{77 + network}.0.{self.number}"

    def _lay_out(self) -> None:
        for name in (*_PRIVATE, "stubs", "points/etc/ha.d", "points/etc/init.d",
                     "points/lib/heartbeat"):
            (self._root / name).mkdir(parents=True, exist_ok=True)
            (self._root / name).chmod(0o755)
        # Directories alone: a uuid shared by two nodes would make them one.
        (self._root / "lib/cores/root").mkdir(parents=True, exist_ok=True)
        self._make_run()
        # A daemon in despair resets its machine: here that is only noted.
        for program in ("sbin/reboot", "sbin/init", "sbin/halt"):
            self._write_stub(program)
        # A machine without the package lacks the directories to mount on; they come from a layer.
        points = self._root / "points"
        self.space.shell(
            f"mount -t overlay lab -o ro,lowerdir='{points}/etc:/etc' /etc; "
            f"mount -t overlay lab -o ro,lowerdir='{points}/lib:/var/lib' /var/lib; " +
            "; ".join(f"mount --bind {self._root / ours} {theirs}"
                      for ours, theirs in _PRIVATE.items()))

    def _make_run(self) -> None:
        for name in _RUN_DIRECTORIES:
            directory = self._root / "run" / name
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(0o755)
        for name in ("heartbeat", "heartbeat/ccm", "heartbeat/crm", "heartbeat/dopd"):
            try:
                shutil.chown(self._root / "run" / name, "hacluster", "haclient")
            except LookupError:
                return  # no such user: only the packages's clients would miss it

    def _write_stub(self, path: str) -> None:
        stub = self._root / "stubs" / path
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text('#!/bin/sh\necho "$(basename "$0") $*" >> /var/log/stubs\n')
        stub.chmod(0o755)
