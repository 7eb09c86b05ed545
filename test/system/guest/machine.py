"""A machine of its own for the daemon: Debian's kernel in QEMU, with an initramfs made on the spot.

Nothing of it needs a privilege, a disk or a network. A boot takes two or three seconds of a processor.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import stat
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

_DAEMON = "usr/libexec/heartbeat"
_BUSYBOX = "/bin/busybox"
_MODULES = ("watchdog", "softdog", "i6300esb")

_INIT = """\
#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /run /tmp /var/log /var/lib/heartbeat /sbin /usr/sbin
/bin/busybox --install -s /bin
export PATH=/bin:/sbin:/usr/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
hostname guest
ip link set lo up
heartbeat=/usr/libexec/heartbeat/heartbeat
say() { echo "@@ $*" > /dev/console; }
fail() { say "failed: $*"; tail -n 20 /var/log/ha.log > /dev/console; poweroff -f; }
wait_log() {
  for _ in $(seq 300); do
    if grep -q "$1" /var/log/ha.log 2>/dev/null; then return; fi
    sleep 0.1
  done
  fail "no '$1' in the log"
}
. /scenario
say end
poweroff -f
"""

_HA_CF = """\
logfile /var/log/ha.log
logfacility none
keepalive 500ms
deadtime 3
initdead 10
auto_failback off
bcast lo
node guest
watchdog /dev/watchdog
"""

_SLOW = """\
#!/bin/sh
case $1 in
start) touch /run/slow ;;
stop) sleep 7; rm -f /run/slow ;;
status) if [ -e /run/slow ]; then echo running; else echo stopped; fi ;;
esac
"""


@dataclass
class Archive:
    """A cpio archive of the form that the kernel unpacks as its first file system."""

    data: bytearray = field(default_factory=bytearray)
    _made: set[str] = field(default_factory=set)

    def add(self, path: str, mode: int, data: bytes = b"", device: tuple[int, int] = (0, 0)) -> None:
        path = path.lstrip("/")
        parent = str(Path(path).parent)
        if parent not in (".", "") and parent not in self._made:
            self.add(parent, stat.S_IFDIR | 0o755)
        self._made.add(path)
        name = path.encode() + b"\0"
        numbers = (len(self._made), mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name), 0)
        header = b"070701" + b"".join(b"%08x" % number for number in numbers)
        self.data += header + name
        self.data += bytes(-len(self.data) % 4)
        self.data += data
        self.data += bytes(-len(self.data) % 4)

    def add_file(self, path: str, source: Path, mode: int = 0o755) -> None:
        self.add(path, stat.S_IFREG | mode, source.read_bytes())

    def add_text(self, path: str, text: str, mode: int = 0o644) -> None:
        self.add(path, stat.S_IFREG | mode, text.encode())

    def finish(self) -> bytes:
        self.add("TRAILER!!!", 0)
        return bytes(self.data)


def libraries(program: Path) -> list[Path]:
    """The shared libraries of a program and its loader, by the paths at which they are looked for."""
    listing = subprocess.run(["ldd", str(program)], check=True, capture_output=True, text=True).stdout
    return [Path(path) for path in re.findall(r"(/\S+) \(0x", listing)]


class Image:
    """What a guest boots: kernel and file system; only the scenario differs from guest to guest."""

    def __init__(self, tree: Path, kernel: Path, scratch: Path) -> None:
        self._scratch = scratch
        self.kernel = next(kernel.glob("boot/vmlinuz-*"))
        release = self.kernel.name.removeprefix("vmlinuz-")
        base = Archive()
        base.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
        base.add_file(_BUSYBOX, Path(_BUSYBOX))
        base.add_text("init", _INIT, 0o755)
        found: dict[Path, None] = {}
        for name in ("heartbeat", "hb_keeper"):
            stripped = scratch / name
            shutil.copy2(tree / _DAEMON / name, stripped)
            subprocess.run(["strip", str(stripped)], check=True)
            base.add_file(f"{_DAEMON}/{name}", stripped)
            found |= dict.fromkeys(libraries(stripped))
        # Not in Debian's busybox.
        chrt = Path("/usr/bin/chrt")
        base.add_file("usr/bin/chrt", chrt)
        found |= dict.fromkeys(libraries(chrt))
        for library in found:
            base.add_file(str(library), library)
        base.add_file(f"{_DAEMON}/load-watchdog", tree / _DAEMON / "load-watchdog")
        base.add_file("etc/init.d/heartbeat", tree / "etc/init.d/heartbeat")
        modules = f"lib/modules/{release}"
        for name in _MODULES:
            base.add_file(f"{modules}/{name}.ko", next(kernel.rglob(f"{name}.ko")), 0o644)
        base.add_text(f"{modules}/modules.dep", "watchdog.ko:\n" + "".join(
            f"{name}.ko: watchdog.ko\n" for name in _MODULES[1:]))
        base.add_text("etc/passwd", "root:x:0:0:root:/:/bin/sh\nhacluster:x:102:106::/:/bin/false\n")
        base.add_text("etc/group", "root:x:0:\nhaclient:x:106:\n")
        base.add_text("etc/ha.d/ha.cf", _HA_CF)
        base.add_text("etc/ha.d/authkeys", "auth 1\n1 sha1 of a guest\n", 0o600)
        base.add_text("etc/ha.d/haresources", "guest slow\n")
        base.add_text("etc/ha.d/resource.d/slow", _SLOW, 0o755)
        self._base = base

    def with_scenario(self, name: str, script: str) -> Path:
        archive = Archive(bytearray(self._base.data), set(self._base._made))
        archive.add_text("scenario", script)
        path = self._scratch / f"{name}.cpio"
        path.write_bytes(archive.finish())
        return path


class Guest:
    """One boot, from power on to its end: a reset or a shutdown, whichever it asks for."""

    def __init__(self, image: Image, name: str, script: str, scratch: Path) -> None:
        self._console = scratch / f"{name}.console"
        control = scratch / f"{name}.qmp"
        self._machine = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", "tcg", "-machine", "q35", "-cpu", "max", "-smp", "1", "-m", "256",
             "-nodefaults", "-display", "none", "-no-reboot", "-device", "i6300esb",
             "-serial", f"file:{self._console}", "-qmp", f"unix:{control},server=on,wait=on",
             "-kernel", str(image.kernel), "-initrd", str(image.with_scenario(name, script)),
             # panic=0: a panic must not look like a reset by the watchdog.
             "-append", "console=ttyS0 quiet panic=0 tsc=reliable"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._control = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + 20
        while True:
            try:
                self._control.connect(str(control))
                break
            except OSError:
                if self._machine.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"no QEMU: {self._machine.stderr.read().decode()}") from None
                time.sleep(0.02)
        self._control.sendall(b'{"execute":"qmp_capabilities"}\n')
        self._pending = b""

    def console(self) -> str:
        return self._console.read_text(errors="replace") if self._console.exists() else ""

    def said(self, word: str) -> bool:
        return re.search(rf"^@@ {word}", self.console(), re.M) is not None

    def wait_said(self, word: str, timeout: float) -> float:
        """Returns the instant; raises AssertionError when the guest does not say it."""
        deadline = time.monotonic() + timeout
        while not self.said(word):
            assert not self.said("failed") and self._machine.poll() is None, \
                f"the guest ended before it said `{word}`"
            assert time.monotonic() < deadline, f"the guest does not say `{word}`"
            time.sleep(0.02)
        return time.monotonic()

    def wait_end(self, timeout: float) -> str:
        """`guest-reset` or `guest-shutdown`; `none` if it goes on."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            self._control.settimeout(left)
            try:
                received = self._control.recv(65536)
            except TimeoutError:
                break
            if not received:
                break
            *lines, self._pending = (self._pending + received).split(b"\n")
            for line in lines:
                event = json.loads(line)
                if event.get("event") == "SHUTDOWN":
                    return event["data"]["reason"]
        return "none"

    def close(self) -> None:
        self._control.close()
        self._machine.kill()
        self._machine.wait()
        self._machine.stderr.close()
