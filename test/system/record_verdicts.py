#!/usr/bin/env python3
"""Asks the real 3.0.6 what it thinks of the configurations in test/vectors/config/found.

    record_verdicts.py > test/vectors/config/found/verdicts-3.0.6.json

Each directory is put into /etc/ha.d of a machine of the lab (eth0, eth1, a serial line that is
/dev/null in disguise), its `nodeinfo` names the node, and the daemon is started: what its command
returns, and the errors and warnings it prints, are the verdict. Then the machine is killed.
"""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from lab.host import HEARTBEAT, ORIGINAL, Host  # noqa: E402
from lab.namespaces import scratch  # noqa: E402
from lab.network import Switch  # noqa: E402

FOUND = Path(__file__).resolve().parents[1] / "vectors/config/found"
CONFIGURATION = ("ha.cf", "authkeys", "haresources", "nodeinfo")

# A serial line that opens; the machine's own /dev stays as it is.
_DEVICES = """
mkdir -p /run/lab/dev && mount -t tmpfs lab /run/lab/dev
for name in null zero full random urandom tty; do cp -a /dev/$name /run/lab/dev/; done
mknod /run/lab/dev/ttyS0 c 1 3
mount --rbind /run/lab/dev /dev
"""


# What depends on the machine that records, not on the files.
_OF_THE_MACHINE = re.compile(r"[Cc]ore ?dumps|core_pattern|core_uses_pid|No route to host|logging daemon failed")


def said(stderr: str) -> list[str]:
    """Errors and warnings, without their date, host and pid; repeated ones once."""
    lines = []
    for line in stderr.splitlines():
        found = re.search(r"\b(ERROR|CRIT|WARN): (.*)", line)
        text = f"{found[1]}: {found[2]}" if found else None
        if text is None and not re.search(r": \[\d+\]: (info|debug|notice): ", line) and line.strip():
            text = line.strip()
        if text and text not in lines and not _OF_THE_MACHINE.search(text):
            lines.append(text)
    return lines


def verdict(host: Host, directory: Path) -> dict:
    for name in CONFIGURATION:
        inside = host.path(f"/etc/ha.d/{name}")
        if inside.exists():
            inside.unlink()
    for file in sorted(directory.iterdir()):
        if file.name != "about":
            host.write(f"/etc/ha.d/{file.name}", file.read_bytes().decode(),
                       0o600 if file.name == "authkeys" else 0o644)
    result = host.space.run([HEARTBEAT], timeout=200)
    host.space.kill_all()
    host.path("/run/heartbeat.pid").unlink(missing_ok=True)
    return {"accepted": result.returncode == 0, "exit": result.returncode,
            "said": said(result.stderr)}


def main() -> int:
    host = Host("lab", 1, Switch(), scratch() / "lab", ORIGINAL)
    host.space.shell(_DEVICES)
    verdicts = {}
    for directory in sorted(path for path in FOUND.iterdir() if path.is_dir()):
        verdicts[directory.name] = verdict(host, directory)
        print(directory.name, verdicts[directory.name]["exit"], file=sys.stderr)
    json.dump(verdicts, sys.stdout, indent=1, ensure_ascii=False)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
