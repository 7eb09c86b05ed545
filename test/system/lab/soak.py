"""A cluster under faults drawn by a seed, one after the other, with a check after each.

A round is a cluster of its own: settings and a list of faults, all drawn from the seed and the number
of the round, whatever the daemons do. So a round can be repeated alone, though real daemons on a real
kernel will not take every step at the same instant again.
"""

from __future__ import annotations

import random
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .aftermath import assert_sound
from .cluster import ADDRESS, SECOND, Cluster, Settings
from .host import HEARTBEAT, Flavour, Host
from .namespaces import LabError
from .network import Distortion
from .pressure import CpuPressure
from .programs import Clock
from .starvation import starve
from .tracing import Step, Tracer, traced_start

_FALSE_ALARM = r"is dead|returning after partition"
_HELD_UP = r"This host was held up for (\d+) ms"
_FAULTS_IN_A_ROUND = 10
_LEAST_FAULTS = 2  # however late it is, so that a slow machine proves something, too
_WORTH_A_ROUND = 15  # seconds; with less left, none is begun


@dataclass(frozen=True)
class Allowed:
    """What a fault may cost, in seconds."""

    outage: float = 0.0
    double: float = 0.0
    quiet: bool = False  # nobody may be declared dead, no daemon may end


QUIET = Allowed(quiet=True)


@dataclass
class Done:
    """What a fault was, and what it may cost; two servers count from `healed` on."""

    what: str
    allowed: Allowed
    healed: float = 0.0
    held_up: float = 0.0  # seconds for which the fault itself kept a daemon from running


class Stage:
    """What a fault is handed: the cluster, and chance."""

    def __init__(self, cluster: Cluster, clocks: list[Clock], chance: random.Random) -> None:
        self.cluster = cluster
        self.chance = chance
        self._clocks = clocks
        self.deadtime = float(cluster.settings.deadtime)
        self.all_ours = all(node.flavour.is_ours for node in cluster.nodes)
        owners = cluster.observer.owners(ADDRESS)
        self.owner = cluster.node(next(iter(owners)))  # it may share the service with the other one
        self.other = cluster.other(self.owner)

    def either(self) -> Host:
        return self.chance.choice((self.owner, self.other))

    def serves(self, node: Host) -> bool:
        return any(node.name in self.cluster.observer.owners(address)
                   for address in self.cluster.settings.addresses)

    def role(self, node: Host) -> str:
        return f"{node.name}, {'which serves' if self.serves(node) else 'which does not'}"

    def move_all(self) -> None:
        """The owner goes standby, and the other one has everything in the end."""
        self.cluster.command(self.owner, "hb_standby")
        for address in self.cluster.settings.addresses:
            self.cluster.wait_owner(address, self.other, 15)

    def wait(self, least: float, most: float) -> float:
        """Lets some deadtimes pass, drawn between these; returns how many."""
        deadtimes = round(self.chance.uniform(least, most), 2)
        time.sleep(deadtimes * self.deadtime)
        return deadtimes

    def slower(self, ours: float, old: float) -> float:
        """A bound that is another one as soon as a 3.0.6 takes part."""
        return ours if self.all_ours else old

    def home(self, outage: float) -> float:
        """A bound, where groups may go home to a node that is back."""
        if self.cluster.settings.auto_failback != "on":
            return outage
        return max(outage, self.slower(0.6, 2.0))

    def clock(self, node: Host) -> Clock:
        return self._clocks[self.cluster.nodes.index(node)]


Fault = Callable[[Stage], Done]


@dataclass(frozen=True)
class Kind:
    run: Fault
    weight: int
    with_old: bool  # whether a 3.0.6 survives it, too

    @property
    def name(self) -> str:
        return self.run.__name__.replace("_", " ")


_KINDS: list[Kind] = []


def fault(weight: int = 2, *, with_old: bool = False) -> Callable[[Fault], Fault]:
    def register(run: Fault) -> Fault:
        _KINDS.append(Kind(run, weight, with_old))
        return run
    return register


# --- the faults -----------------------------------------------------------------------------------


@fault(4, with_old=True)
def crash(stage: Stage) -> Done:
    victim = stage.either()
    role, served = stage.role(victim), stage.serves(victim)
    victim.crash()
    # A 3.0.6 leaves the groups of a peer unserved that is back before it was missed.
    off = stage.wait(stage.slower(0.1, 2.0), 3.5)
    victim.power_on()
    stage.cluster.start(victim)
    outage = stage.deadtime + stage.slower(0.8, 1.5) if served else stage.home(0.0)
    return Done(f"power off for {off} deadtimes: {role}", Allowed(outage=outage))


@fault(1)
def crash_of_both(stage: Stage) -> Done:
    for node in stage.cluster.nodes:
        node.crash()
    off = stage.wait(0.5, 2.0)
    for node in stage.cluster.nodes:
        node.power_on()
    stage.cluster.start()
    return Done(f"power off for {off} deadtimes: both", Allowed(outage=off * stage.deadtime + 5))


@fault(3)
def kill_of_a_daemon(stage: Stage) -> Done:
    victim = stage.either()
    role = stage.role(victim)
    victim.signal("KILL")
    down = stage.wait(0.0, 3.0)
    back = time.monotonic()
    stage.cluster.start(victim)
    return Done(f"daemon killed for {down} deadtimes: {role}",
                Allowed(outage=0.5, double=1.0), back)


@fault(3, with_old=True)
def short_pause(stage: Stage) -> Done:
    victim = stage.either()
    victim.signal("STOP")
    paused = stage.wait(0.1, 0.55)
    victim.signal("CONT")
    return Done(f"daemon stopped for {paused} deadtimes: {stage.role(victim)}", QUIET,
                held_up=paused * stage.deadtime)


@fault(3)
def long_pause(stage: Stage) -> Done:
    victims = stage.chance.choice(([stage.owner], [stage.other], stage.cluster.nodes))
    for victim in victims:
        victim.signal("STOP")
    paused = stage.wait(1.5, 5.0)
    resumed = time.monotonic()
    for victim in victims:
        victim.signal("CONT")
    return Done(f"stopped for {paused} deadtimes: {' and '.join(v.name for v in victims)}",
                Allowed(outage=stage.home(0.1), double=1.0), resumed, paused * stage.deadtime)


def _part(stage: Stage, network: int | None = None) -> None:
    for first, second in ((stage.owner, stage.other), (stage.other, stage.owner)):
        stage.cluster.switch.cut_one_way(first.name, second.name, network)


def _heal(stage: Stage) -> float:
    """Ends a cut; returns when."""
    healed = time.monotonic()
    stage.cluster.switch.clear()
    if not stage.all_ours:
        time.sleep(10)  # some seconds later a 3.0.6 restarts itself
    return healed


@fault(3, with_old=True)
def cut_of_one_link(stage: Stage) -> Done:
    network = stage.chance.randrange(2)
    _part(stage, network)
    cut = stage.wait(0.5, 3.0)
    stage.cluster.switch.clear()
    return Done(f"link {network} cut for {cut} deadtimes", QUIET)


@fault(2)
def flapping_links(stage: Stage) -> Done:
    turns = stage.chance.randint(3, 8)
    for turn in range(turns):
        _part(stage, turn % 2)
        stage.wait(0.2, 0.5)
        stage.cluster.switch.clear()
        stage.wait(0.25, 0.4)
    return Done(f"links cut in turn, {turns} times", QUIET)


@fault(3, with_old=True)
def partition(stage: Stage) -> Done:
    _part(stage)
    cut = stage.wait(1.5, 4.0)
    healed = _heal(stage)
    return Done(f"nothing gets through for {cut} deadtimes",
                Allowed(outage=stage.slower(stage.home(0.1), 20.0),
                        double=stage.slower(1.0, 5.0)), healed)


@fault(2, with_old=True)
def one_way_cut(stage: Stage) -> Done:
    deaf = stage.either()
    stage.cluster.switch.cut_one_way(stage.cluster.other(deaf).name, deaf.name)
    cut = stage.wait(1.5, 4.0)
    healed = _heal(stage)
    return Done(f"deaf for {cut} deadtimes: {stage.role(deaf)}",
                Allowed(outage=stage.slower(stage.home(0.1), 20.0),
                        double=stage.slower(1.0, 5.0)), healed)


@fault(2, with_old=True)
def loss(stage: Stage) -> Done:
    percent = stage.chance.randint(5, 20)
    stage.cluster.switch.lose(percent, "node1", "node2")
    lasted = stage.wait(2.0, 4.0)
    stage.cluster.switch.clear()
    return Done(f"{percent} % lost on each link for {lasted} deadtimes", QUIET)


@fault(3)
def bad_network(stage: Stage) -> Done:
    chance, scale = stage.chance, stage.deadtime * 1000
    how = Distortion(most_ms=round(scale * chance.uniform(0.01, 0.15)),
                     hold=round(chance.uniform(0, 0.3), 2), hold_ms=round(scale * 0.3),
                     lose=round(chance.uniform(0, 0.1), 2), double=round(chance.uniform(0, 0.5), 2),
                     damage=round(chance.uniform(0, 0.1), 2), seed=chance.randrange(1 << 30))
    stage.cluster.switch.distort("node1", "node2", how)
    stage.wait(1.0, 2.0)
    stage.move_all()
    stage.wait(0.5, 2.0)
    stage.cluster.switch.clear()
    return Done(f"standby across {how}", Allowed(outage=2.0, quiet=True))


@fault(2, with_old=True)
def standby(stage: Stage) -> Done:
    stage.move_all()
    return Done(f"{stage.owner.name} goes standby",
                Allowed(outage=stage.slower(0.6, 2.0), quiet=True))


@fault(2)
def crash_within_a_move(stage: Stage) -> Done:
    victim = stage.either()
    stage.other.tool("hb_takeover")
    moved = round(stage.chance.uniform(0, 0.06), 3)
    time.sleep(moved)
    victim.crash()
    off = stage.wait(0.1, 3.0)
    victim.power_on()
    stage.cluster.start(victim)
    return Done(f"takeover, and after {moved * 1000:.0f} ms power off for {off} deadtimes: "
                f"{victim.name}", Allowed(outage=stage.deadtime + 1.0, double=0.5))


@fault(2, with_old=True)
def graceful_restart(stage: Stage) -> Done:
    victim = stage.either()
    role, served = stage.role(victim), stage.serves(victim)
    victim.stop(60)
    stage.cluster.start(victim)
    return Done(f"stopped and started: {role}",
                Allowed(outage=stage.slower(0.8, 2.0) if served else stage.home(0.0)))


@fault(1)
def loss_of_an_interface(stage: Stage) -> Done:
    victim = stage.either()
    victim.lose_interface(1)
    gone = stage.wait(0.3, 2.0)
    victim.regain_interface(1)
    return Done(f"eth1 gone for {gone} deadtimes: {stage.role(victim)}", QUIET)


@fault(1, with_old=True)
def jump_of_the_clock(stage: Stage) -> Done:
    victim, days = stage.either(), round(stage.chance.gauss(0, 1000), 3)
    stage.clock(victim).set(wall=days * 86400)
    stage.wait(0.5, 1.5)
    stage.clock(victim).set()
    return Done(f"wall clock {days:+g} days and back: {stage.role(victim)}", QUIET)


@fault(1)
def sleep_of_a_machine(stage: Stage) -> Done:
    victim = stage.either()
    role = stage.role(victim)
    victim.signal("STOP")
    victim.cut()
    slept = stage.wait(1.2, 4.0)
    minutes = stage.chance.randint(1, 600)
    stage.clock(victim).sleep(minutes * 60)
    victim.restore()
    resumed = time.monotonic()
    victim.signal("CONT")
    return Done(f"suspended for {slept} deadtimes, {minutes} min by its clock: {role}",
                Allowed(outage=stage.deadtime + 0.8, double=1.0), resumed, minutes * 60 + 60)


@fault(2)
def starvation(stage: Stage) -> Done:
    victims = stage.chance.choice(([stage.owner], [stage.other], stage.cluster.nodes))
    seconds = round(stage.deadtime * stage.chance.uniform(1.5, 4.0), 2)
    starve(victims, stage.cluster.third, seconds)
    fed = time.monotonic()
    realtime = stage.cluster.settings.realtime and not any(
        node.log.has("Running without realtime") for node in victims)
    # Without it, a daemon may be too slow to be believed alive.
    allowed = QUIET if realtime else Allowed(outage=1.0, double=1.0)
    return Done(f"starved for {seconds} s {'in spite of' if realtime else 'without'} realtime: "
                f"{' and '.join(victim.name for victim in victims)}", allowed, fed,
                0.0 if realtime else seconds)


def _fill_disks(nodes: list[Host]) -> None:
    for node in nodes:
        node.space.shell("dd if=/dev/zero of=/var/lib/heartbeat/filler bs=1k 2>/dev/null || true")


def _free_disks(nodes: list[Host]) -> None:
    for node in nodes:
        node.space.shell("rm /var/lib/heartbeat/filler")


@fault(1)
def full_disk(stage: Stage) -> Done:
    _fill_disks(stage.cluster.nodes)
    stage.move_all()
    _free_disks(stage.cluster.nodes)
    return Done("standby with full disks", Allowed(outage=0.6, quiet=True))


@fault(1)
def full_disk_at_a_start(stage: Stage) -> Done:
    victim = stage.either()
    role, served = stage.role(victim), stage.serves(victim)
    victim.stop(60)
    _fill_disks([victim])
    refused = victim.space.run([HEARTBEAT], timeout=30, env=victim.environment).returncode != 0
    _free_disks([victim])
    if refused:
        stage.cluster.start(victim)
    return Done(f"started with a full disk, {'in vain' if refused else 'none the less'}: {role}",
                Allowed(outage=0.8 if served else stage.home(0.0)))


@fault(2)
def kill_at_a_step_of_a_start(stage: Stage) -> Done:
    victim = stage.either()
    role = stage.role(victim)
    victim.stop(60)
    step = Step(stage.chance.choice(("mkdir", "rename", "unlink", "bind", "fsync", "write",
                                     "socket", "sendto")), stage.chance.randint(1, 6))
    traced_start(victim, 0.7, f"-o /dev/null {step.trap}")
    back = time.monotonic()
    stage.cluster.start(victim)
    # It may have been handed its groups already, which then wait for its next start.
    return Done(f"killed at {step.call} {step.number} of its start, or soon after: {role}",
                Allowed(outage=stage.deadtime + 1.5, double=1.0), back)


@fault(2)
def kill_at_a_step_of_a_move(stage: Stage) -> Done:
    victim = stage.either()
    step = Step(stage.chance.choice(("openat", "write", "writev", "sendmsg")),
                stage.chance.randint(1, 8))
    machine = stage.chance.random() < 0.5
    tracer = Tracer(victim, f"-o /dev/null {step.trap}")
    stage.other.tool("hb_takeover")
    time.sleep(0.5)
    killed = tracer.has_killed()
    back = time.monotonic()
    if killed:
        if machine:
            victim.crash()
        stage.wait(0.1, 3.0)
        if machine:
            victim.power_on()
        back = time.monotonic()
        stage.cluster.start(victim)
    else:
        tracer.detach()
    fate = f"then {'its machine, too' if machine else 'started again'}" if killed else "not reached"
    return Done(f"killed at {step.call} {step.number} of a move, {fate}: {victim.name}",
                Allowed(outage=stage.deadtime + 1.5, double=1.0), back)


@fault(1)
def crowd(stage: Stage) -> Done:
    victim = stage.either()
    source = Path(__file__).parent.parent / "cases/crowd.py"
    victim.write("/var/log/crowd.py", source.read_text())
    victim.space.shell("python3 -I /var/log/crowd.py 500 1.5")
    return Done(f"500 writers of the FIFO: {stage.role(victim)}", QUIET)


@fault(1)  # a 3.0.6 restarts itself for it
def reload(stage: Stage) -> Done:
    victim = stage.either()
    victim.signal("HUP")
    stage.wait(0.1, 1.0)
    return Done(f"configuration read again: {stage.role(victim)}", QUIET)


# --- a round --------------------------------------------------------------------------------------


@dataclass
class Event:
    """A fault that was applied, and what was seen of it."""

    kind: str
    outage: float
    double: float
    held_up: float = 0.0  # seconds for which a daemon says that it did not run, beside the fault


@dataclass
class Results:
    events: list[Event] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """Faults by kind with the outages seen, in milliseconds, and the violations."""
        lines = [f"{'fault':24} {'times':>5} {'outage: median':>15} {'longest':>8} {'two served':>11}"]
        for kind in sorted({event.kind for event in self.events}):
            of_kind = [event for event in self.events if event.kind == kind]
            outages = [event.outage * 1000 for event in of_kind]
            lines.append(f"{kind:24} {len(of_kind):5} {statistics.median(outages):12.0f} ms "
                         f"{max(outages):5.0f} ms "
                         f"{max(event.double for event in of_kind) * 1000:8.0f} ms")
        return "\n".join([*lines, *(f"VIOLATION {text}" for text in self.violations),
                          f"{len(self.events)} faults, {len(self.violations)} violations; "
                          f"beside {sum(event.held_up > 0 for event in self.events)} of the faults "
                          "a daemon was held up by the machine"])


class Round:
    """One cluster and its faults."""

    def __init__(self, seed: int, number: int, pair: tuple[Flavour, Flavour], root: Path,
                 program: Path, say: Callable[[str], None]) -> None:
        self._name = f"{seed}.{number}"
        self._say = say
        settings = self._settings(random.Random(self._name), pair)
        self._say(f"round {number}: {'+'.join(flavour.name for flavour in pair)}, "
                  f"{len(settings.groups)} groups, "
                  f"{settings.medium}, {settings.method}, {settings.msgfmt}, keepalive "
                  f"{settings.keepalive}, deadtime {settings.deadtime} s, failback "
                  f"{settings.auto_failback}, realtime {'on' if settings.realtime else 'off'}")
        self._all_ours = all(flavour.is_ours for flavour in pair)
        self.cluster = Cluster(root, pair, settings, program)
        self._clocks = [Clock(node, root) for node in self.cluster.nodes]

    @staticmethod
    def _settings(chance: random.Random, pair: tuple[Flavour, Flavour]) -> Settings:
        all_ours = all(flavour.is_ours for flavour in pair)
        deadtime = chance.choice((1, 1, 2))
        groups = [f"node1 IPaddr2::{ADDRESS}/24/eth0 service::web",
                  f"node2 service::database IPaddr2::{SECOND}/24/eth0",
                  "node1 service::batch", "node2 service::mail service::list"]
        return Settings(
            medium=chance.choice(("bcast", "mcast", "ucast", "bcast+ucast", "mcast+bcast")),
            method=chance.choice(("crc", "md5", "sha1")),
            # A 3.0.6 does not understand its own scripts in the other form.
            msgfmt=chance.choice(("classic", "netstring")) if all_ours else "classic",
            keepalive=chance.choice(("100ms", "200ms")), warntime="700ms",
            deadtime=str(deadtime), initdead=str(3 * deadtime),
            auto_failback=chance.choice(("on", "off")),
            realtime=chance.random() < 0.5, closely=True,
            haresources=groups[:chance.choice((2, 3, 4))], addresses=[ADDRESS, SECOND])

    def run(self, results: Results, until: float) -> bool:
        """Applies its faults, as long as there is time; false after a violation."""
        for node in self.cluster.nodes:
            node.space.shell("mount -t tmpfs -o size=512k none /var/lib/heartbeat; "
                             "mkdir -p /var/lib/heartbeat/cores/root")
        self.cluster.start()
        self._rest()
        for index in range(_FAULTS_IN_A_ROUND):
            if index >= _LEAST_FAULTS and time.monotonic() > until:
                break
            if not self._one(index, results):
                return False
        return True

    def _rest(self) -> None:
        assert_sound(self.cluster, 30 if self._all_ours else 60, words=self._all_ours)
        if not self._all_ours:  # it announces a longer deadtime at first
            self.cluster.wait_past_start()

    def _one(self, index: int, results: Results) -> bool:
        chance = random.Random(f"{self._name}.{index}")
        kinds = [kind for kind in _KINDS if self._all_ours or kind.with_old]
        kind = chance.choices(kinds, [kind.weight for kind in kinds])[0]
        pressure = CpuPressure()
        before = [(node, node.log.mark(), node.main_pid()) for node in self.cluster.nodes]
        at = time.monotonic()
        self._what = kind.name
        try:
            done = kind.run(Stage(self.cluster, self._clocks, chance))
            self._what = done.what
            time.sleep(0.5)
            self._rest()
            event = self._measure(kind, done, at, before)
            results.events.append(event)
            complaint = self._judge(done.allowed, event, before, 1 + pressure.share())
        except AssertionError as error:
            complaint = str(error)
            event = Event(kind.name, 0.0, 0.0)
        self._say(f"{at - self.cluster.began:7.1f} s  {self._what}: no answer for "
                  f"{event.outage * 1000:.0f} ms, two for {event.double * 1000:.0f} ms; "
                  f"{self._served()}{self._beside(event)}")
        if complaint:
            results.violations.append(f"in round {self._name}, {self._what}: {complaint}")
            self._say(f"           VIOLATION: {complaint}")
        return not complaint

    def _served(self) -> str:
        owners = [self.cluster.observer.owners(address)
                  for address in self.cluster.settings.addresses]
        return "served by " + " and ".join("+".join(sorted(each)) or "nobody" for each in owners)

    @staticmethod
    def _beside(event: Event) -> str:
        return f"; held up by the machine for {event.held_up:.2f} s" if event.held_up else ""

    def _measure(self, kind: Kind, done: Done, at: float,
                 before: list[tuple[Host, int, int | None]]) -> Event:
        observer, addresses = self.cluster.observer, self.cluster.settings.addresses
        outages = [outage.ms / 1000 for address in addresses
                   for outage in observer.outages(address, at)]
        doubles = [observer.longest_double(address, max(at, done.healed)) for address in addresses]
        lapses = [int(re.search(_HELD_UP, line).group(1)) / 1000
                  for node, mark, _ in before for line in node.log.lines(_HELD_UP, mark)]
        beside = [lapse for lapse in lapses if lapse > done.held_up + 0.1]
        return Event(kind.name, max(outages, default=0.0), max(doubles), max(beside, default=0.0))

    def _judge(self, allowed: Allowed, event: Event, before: list[tuple[Host, int, int | None]],
               stretch: float) -> str | None:
        """What is wrong, if anything.

        Bounds are stretched on a machine that is short of CPU. And where a daemon itself says that
        the machine held it up, so long more may be lost; if that was most of a deadtime, its peer
        was right to miss it.
        """
        if event.outage > allowed.outage * stretch + event.held_up:
            return f"nobody answered for {event.outage:.3f} s, allowed are {allowed.outage:g}"
        if event.double > allowed.double * stretch + event.held_up:
            return f"two answered for {event.double:.3f} s, allowed are {allowed.double:g}"
        settings = self.cluster.settings
        silent = event.held_up + float(settings.keepalive.removesuffix("ms")) / 1000
        excused = event.held_up > 0 and silent > 0.8 * float(settings.deadtime)
        for node, mark, pid in before:
            alarms = node.log.lines(_FALSE_ALARM, mark)
            if allowed.quiet and alarms and not excused:
                return f"a false alarm on {node.name}: {alarms}"
            if allowed.quiet and node.main_pid() != pid:
                return f"the daemon of {node.name} has been replaced"
            if wrong := node.log.lines(r"\bASSERT|assertion|Segmentation|Sanitizer", mark):
                return f"{node.name} says: {wrong}"
        return None


def run_rounds(make: Callable[[int], Round], first: int, seconds: float, results: Results,
               failed: Callable[[Round, int], None], *, rounds: int | None = None) -> None:
    """Round after round, so many or until the time is over.

    `failed` sees those with violations before they go.
    """
    until = time.monotonic() + seconds
    number = first
    while number == first or until - time.monotonic() > _WORTH_A_ROUND:
        current = make(number)
        try:
            if not current.run(results, until):
                failed(current, number)
        except (AssertionError, LabError) as error:
            results.violations.append(f"round {number} did not begin: {error}")
            failed(current, number)
        finally:
            current.cluster.close()
        number += 1
        if rounds is not None and number - first == rounds:
            return
