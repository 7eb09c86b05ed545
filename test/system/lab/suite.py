"""Registration, selection and running of tests.

A test is a function whose name is a claim. It is registered by `@claim`, for pairs of flavours
and for sets of parameters, and is handed a `Lab`, which makes its clusters and takes them down.
Each instance runs in a process of its own, so any number can run side by side.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .cluster import ADDRESS, Cluster, Settings
from .expectations import Bounds, expected
from .host import ORIGINAL, Flavour
from .namespaces import LabError, die_with_parent, scratch
from .pressure import CpuPressure
from .programs import observer_program

Pair = tuple[Flavour, Flavour]

EXIT_FAILED = 1
EXIT_LAB_BROKEN = 3

_SPACING = 0.5  # seconds between the starts of two tests


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    ours: Path | None = None  # install tree of our implementation
    flavours: tuple[str, str] | None = None  # this pair instead of what the tests ask for

    def flavour(self, name: str) -> Flavour:
        if name == ORIGINAL.name:
            return ORIGINAL
        if self.ours is None:
            raise SystemExit("flavour `ours` needs --ours DESTDIR")
        return Flavour("ours", self.ours.resolve())

    def pairs(self, kind: str) -> list[Pair]:
        """Pairs to run a test of this kind with.

        `same` is twice ours, or twice the original as long as there is nothing of ours; `mixed` is
        each in each role; `all` is both; `ours` is for what the original would not survive.
        """
        if self.flavours is not None:
            chosen = set(self.flavours)
            if (kind == "ours" and ORIGINAL.name in chosen) or \
                    (kind == "mixed" and ORIGINAL.name not in chosen):
                return []
            return [(self.flavour(self.flavours[0]), self.flavour(self.flavours[1]))]
        if self.ours is None:
            return [(ORIGINAL, ORIGINAL)] if kind != "ours" else []
        ours = self.flavour("ours")
        same = [(ours, ours)]
        mixed = [(ours, ORIGINAL), (ORIGINAL, ours)]
        return {"ours": same, "same": same, "mixed": mixed, "all": same + mixed}[kind]


@dataclass(frozen=True)
class Claim:
    """A registered test function."""

    function: Callable[["Lab"], None]
    kind: str
    over: tuple[dict, ...]
    budget: float


@dataclass(frozen=True)
class Instance:
    """One run of a test: function, pair of flavours, parameters."""

    claim: Claim
    pair: Pair
    parameters: dict

    @property
    def name(self) -> str:
        function = self.claim.function
        words = ["+".join(flavour.name for flavour in self.pair),
                 *(str(value) for value in self.parameters.values())]
        return f"{function.__module__.split('.')[-1]}.{function.__name__}[{' '.join(words)}]"


_CLAIMS: list[Claim] = []


def claim(*, kind: str = "same", over: Iterable[dict] = ({},), budget: float = 90):
    """Registers a test.

    kind     which pairs of flavours it runs with, see Options.pairs
    over     one instance for each set of parameters
    budget   seconds after which it is killed
    """
    def register(function: Callable[["Lab"], None]) -> Callable[["Lab"], None]:
        _CLAIMS.append(Claim(function, kind, tuple(over), budget))
        return function
    return register


def registered() -> set[str]:
    """`module.function` of every test there is."""
    return {f"{c.function.__module__.split('.')[-1]}.{c.function.__name__}" for c in _CLAIMS}


def product(**axes: Iterable) -> list[dict]:
    """All combinations of the values of some parameters."""
    return [dict(zip(axes, values)) for values in itertools.product(*axes.values())]


def instances(options: Options, pattern: str = "") -> list[Instance]:
    return [instance
            for registered in _CLAIMS
            for pair in options.pairs(registered.kind)
            for parameters in registered.over
            if re.search(pattern, (instance := Instance(registered, pair, parameters)).name)]


class Lab:
    """What a test is handed."""

    def __init__(self, pair: Pair, parameters: dict) -> None:
        self.pair = pair
        self.parameters = parameters
        self.root = scratch()
        self.clusters: list[Cluster] = []
        self._pressure = CpuPressure()

    @property
    def all_ours(self) -> bool:
        return all(flavour.is_ours for flavour in self.pair)

    def cluster(self, *, per_node: dict[str, dict] | None = None, **settings) -> Cluster:
        """A cluster with these settings (see Settings); nothing is started."""
        root = self.root / f"cluster{len(self.clusters) + 1}"
        root.mkdir()
        made = Cluster(root, self.pair, Settings(**settings), observer_program(self.root),
                       per_node or {})
        self.clusters.append(made)
        return made

    def bounds(self, what: str) -> Bounds:
        """What the table of expectations says for the flavours that take part."""
        return expected(what, {flavour.name for flavour in self.pair})

    def check(self, what: str, seconds: float) -> None:
        """Claims that a measured time lies within the bounds of the table.

        On a machine that is short of CPU everything comes later, ours as well as 3.0.6; the upper
        bound is stretched by the share of the time in which somebody had to wait for a CPU.
        """
        bounds = self.bounds(what)
        high = bounds.high * (1 + self._pressure.share())
        self.note(f"{what}: {seconds:.2f} s (expected {bounds}, on this machine up to {high:.2f})")
        assert bounds.low <= seconds <= high, \
            f"{what}: {seconds:.2f} s, expected {bounds} (up to {high:.2f} on this machine)"

    def count(self, what: str, number: int) -> None:
        """Claims that a number lies within the bounds of the table."""
        bounds = self.bounds(what)
        self.note(f"{what}: {number} (expected {bounds})")
        assert bounds.low <= number <= bounds.high, f"{what}: {number}, expected {bounds}"

    def note(self, text: str) -> None:
        """Adds a line to the record of the test; shown also when it passes, if asked for."""
        print(text, flush=True)

    def expect_single_owner(self, address: str = ADDRESS, since: float = 0) -> None:
        """Claims that no two nodes have answered for the address at once."""
        for cluster in self.clusters:
            doubles = cluster.observer.doubles(address, since)
            assert not doubles, f"{address} was answered by two nodes at once: {doubles}"

    def close(self) -> None:
        for cluster in self.clusters:
            cluster.close()


class Stopped(BaseException):
    """The test was told to end, for example because its time is over."""


def _stop(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def run_here(instance: Instance, keep: Path | None) -> int:
    """Runs one instance in this process; returns its exit code. Reports on stdout."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    lab = Lab(instance.pair, instance.parameters)
    code = 0
    try:
        instance.claim.function(lab)
    except AssertionError as error:
        code = EXIT_FAILED
        print(f"FAILED: {error}\n{traceback.format_exc()}")
    except (LabError, subprocess.SubprocessError, OSError, Stopped):
        code = EXIT_LAB_BROKEN
        print(f"LAB BROKEN:\n{traceback.format_exc()}")
    finally:
        if code != 0:
            for cluster in lab.clusters:
                print(cluster.report())
        if keep is not None and (code != 0 or os.environ.get("HB_LAB_KEEP_ALL")):
            shutil.copytree(lab.root, keep, ignore=uncopyable, dirs_exist_ok=True)
        lab.close()
    return code


def uncopyable(directory: str, names: list[str]) -> list[str]:
    """Sockets and FIFOs stay behind."""
    return [name for name in names
            if not (path := Path(directory, name)).is_dir() and not path.is_file()]


@dataclass
class _Running:
    instance: Instance
    process: subprocess.Popen
    output: Path
    started: float = field(default_factory=time.monotonic)
    killed: bool = False

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def enforce_budget(self) -> None:
        """Asks a test whose time is over to end with its report, and soon after makes it."""
        over = self.seconds - self.instance.claim.budget
        if over > 0 and not self.killed:
            self.killed = True
            self.process.terminate()
        elif over > 20:
            self.process.kill()


class Runner:
    """Runs instances side by side, each by calling this program again for one of them."""

    def __init__(self, program: list[str], jobs: int, keep: Path | None, verbose: bool) -> None:
        self._program = program
        self._jobs = jobs
        self._own_directory = keep is None
        self._keep = keep or Path(tempfile.mkdtemp(prefix="hb-system-tests."))
        self._keep.mkdir(parents=True, exist_ok=True)
        # Once for all the tests, which find it in their environment.
        os.environ["HB_OBSERVER"] = str(observer_program(scratch()))
        self._verbose = verbose
        self._running: list[_Running] = []
        self._last_start = 0.0
        self._done = 0
        self._failed: list[str] = []

    def run(self, todo: list[Instance]) -> int:
        """Runs all; prints one line each and a summary; returns the exit code."""
        waiting = sorted(todo, key=lambda instance: -instance.claim.budget)
        began = time.monotonic()
        try:
            while waiting or self._running:
                # One at a time, so that the busy moments of the tests do not fall together.
                if (waiting and len(self._running) < self._jobs and
                        time.monotonic() - self._last_start > _SPACING):
                    self._start(waiting.pop(0))
                time.sleep(0.05)
                self._collect(len(todo))
        finally:
            for running in self._running:
                running.process.terminate()
            for running in self._running:
                running.process.wait()
            if self._own_directory and not self._failed:
                shutil.rmtree(self._keep, ignore_errors=True)
        self._summary(time.monotonic() - began)
        return 1 if self._failed else 0

    def _start(self, instance: Instance) -> None:
        self._last_start = time.monotonic()
        output = self._keep / (re.sub(r"[^\w.+]+", "-", instance.name).strip("-") + ".log")
        with output.open("w") as file:
            process = subprocess.Popen(
                [*self._program, "--one", instance.name, "--keep", str(output.with_suffix(""))],
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=die_with_parent)
        self._running.append(_Running(instance, process, output))

    def _collect(self, total: int) -> None:
        for running in list(self._running):
            code = running.process.poll()
            if code is None:
                running.enforce_budget()
                continue
            self._running.remove(running)
            self._done += 1
            self._print(running, code, total)

    def _print(self, running: _Running, code: int, total: int) -> None:
        word = ("ok" if code == 0 else "TIMEOUT" if running.killed else
                "FAILED" if code == EXIT_FAILED else "BROKEN")
        print(f"[{self._done:3}/{total}] {word:7} {running.seconds:6.1f} s  "
              f"{running.instance.name}", flush=True)
        text = running.output.read_text(errors="replace")
        if code != 0:
            self._failed.append(running.instance.name)
            print(text, flush=True)
        else:
            if self._verbose:
                print("".join(f"    {line}\n" for line in text.splitlines()), end="", flush=True)
            if not running.output.with_suffix("").exists():
                running.output.unlink()

    def _summary(self, seconds: float) -> None:
        for name in self._failed:
            print(f"failed: {name}")
        if self._failed:
            print(f"files of the failed tests: {self._keep}")
        print(f"{self._done - len(self._failed)} passed, {len(self._failed)} failed "
              f"({seconds:.0f} s)")
