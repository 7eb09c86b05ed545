"""What of the lab is not Python: the observer, the clock that can be set, the card of a vendor."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

from .host import Host
from .namespaces import LabError

_SOURCES = Path(__file__).parent.parent


def _compile(source: str, program: Path, *options: str) -> Path:
    """Builds one of our sources, a second of work, unless that was done before."""
    if not program.exists():
        compiler = os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++")
        if compiler is None:
            raise LabError(f"no C++ compiler for {source}")
        subprocess.run([compiler, "-std=c++20", "-O2", *options, str(_SOURCES / source),
                        "-o", str(program)], check=True)
    return program


def observer_program(scratch: Path) -> Path:
    """The compiled observer: $HB_OBSERVER, else one built on the spot."""
    given = os.environ.get("HB_OBSERVER")
    if given and os.access(given, os.X_OK):
        return Path(given)
    return _compile("observer.cpp", scratch / "hb_observer")


def least_program(scratch: Path) -> Path:
    """The compiled measure of what a heartbeat costs at least."""
    return _compile("../bench/least.cpp", scratch / "hb_least")


def steps_program(scratch: Path) -> Path:
    """The compiled tracer of single instructions."""
    return _compile("../bench/steps.cpp", scratch / "hb_steps")


class HbaCard:
    """A Fibre Channel card of one host, known to the HBAAPI library by the host's own hba.conf."""

    NAME = "lab-card-0"
    _DIRECTORY = "/var/log"

    def __init__(self, host: Host, scratch: Path) -> None:
        shutil.copy2(_compile("hba_vendor.cpp", scratch / "hba_vendor.so", "-fPIC", "-shared"),
                     host.path(f"{self._DIRECTORY}/vendor.so"))
        self._state = host.path(f"{self._DIRECTORY}/state")
        self.set("ok")
        host.write(f"{self._DIRECTORY}/hba.conf", f"org.example.lab {self._DIRECTORY}/vendor.so\n")
        host.space.shell(f"mount --bind {self._DIRECTORY}/hba.conf /etc/hba.conf")

    def set(self, state: str) -> None:
        """What the card does from now on, a word of hba_vendor.cpp."""
        fresh = self._state.with_suffix(".new")
        fresh.write_text(state)
        fresh.rename(self._state)


class Clock:
    """The wall clock of one host, as its daemon sees it. To be made before the daemon starts."""

    _LIBRARY = "/var/log/clock.so"
    _OFFSETS = "/var/log/clock"

    def __init__(self, host: Host, scratch: Path) -> None:
        shutil.copy2(_compile("clock.cpp", scratch / "hb_clock.so", "-fPIC", "-shared"),
                     host.path(self._LIBRARY))
        self._file = host.path(self._OFFSETS)
        self._slept = 0.0
        self.set()
        host.environment = {"LD_PRELOAD": self._LIBRARY, "HB_LAB_CLOCK": self._OFFSETS}

    def set(self, *, wall: float = 0, boot: float | None = None) -> None:
        """Jumps: so many seconds from now on between the daemon's clocks and those of the machine.

        `boot` is the clock that counts while a machine sleeps; no real one ever goes back, so
        without a value it stays as it is.
        """
        if boot is not None:
            self._slept = boot
        offsets = struct.pack("=qq", int(wall * 1e9), int(self._slept * 1e9))
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(offsets)  # in place: the file is mapped

    def sleep(self, seconds: float) -> None:
        """The machine has slept for so long, once more."""
        self.set(boot=self._slept + seconds)
