"""`heartbeat --check` on mistakes of the kind that people make.

The same files and words as in the unit tests (test/vectors/config), but asked of the program, on a
machine that is made to look like that of src/config/fake_world.h.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from lab.host import HEARTBEAT, Host
from lab.suite import Lab, claim

_VECTORS = Path(__file__).resolve().parents[2] / "vectors/config"

_GOOD = {
    "ha.cf": "node node1 node2\nbcast eth0\nlogfacility local0\nauto_failback on\n",
    "authkeys": "auth 1\n1 sha1 secret\n",
    "haresources": "node1 10.0.0.100 apache\n",
}

_MACHINE = """
mkdir -p /run/lab/dev && mount -t tmpfs lab /run/lab/dev
for name in null zero full random urandom tty; do cp -a /dev/$name /run/lab/dev/; done
mknod /run/lab/dev/ttyS0 c 1 3; mknod /run/lab/dev/watchdog c 1 3
mount --bind /run/lab/dev /dev
ip addr add 10.0.0.1/32 dev lo; ip addr add 10.1.0.1/32 dev lo
printf '127.0.0.1 localhost\\n10.0.0.1 node1\\n10.0.0.2 node2\\n10.0.0.254 router\\n' > /run/lab/hosts
mount --bind /run/lab/hosts /etc/hosts
"""


@dataclass
class Case:
    """One case of a transcript: files with their mode and owner, and what is said of them."""

    name: str
    files: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)


def cases(name: str) -> list[Case]:
    found: list[Case] = []
    for block in re.split(r"(?m)^== ", (_VECTORS / name).read_text())[1:]:
        title, _, rest = block.partition("\n")
        case = Case(title)
        for section in re.split(r"(?m)^-- ", rest)[1:]:
            header, _, text = section.partition("\n")
            file, *words = header.split()
            if file == "expect":
                case.said = [line for line in text.splitlines() if line and line[0] != " "]
                continue
            mode = int(words[0], 8) if words else 0o600 if file == "authkeys" else 0o644
            text += _GOOD["ha.cf"] if file == "ha.cf+" else ""
            case.files[file.rstrip("+")] = (text, mode, int(words[1]) if len(words) > 1 else 0)
        found.append(case)
    return found


def errors_and_warnings(lines: list[str]) -> list[str]:
    return [line for line in lines if ": info: " not in line and " has no effect yet: " not in line]


def check(node: Host, case: Case) -> tuple[int, dict]:
    for file, text in _GOOD.items():
        text, mode, owner = case.files.get(file, (text, 0o600 if file == "authkeys" else 0o644, 0))
        node.write(f"/etc/ha.d/{file}", text, mode)
        node.space.shell(f"chown {owner}:0 /etc/ha.d/{file}")
    result = node.space.run([HEARTBEAT, "--check", "--json"])
    return result.returncode, json.loads(result.stdout)


@claim(kind="ours")
def check_finds_every_planted_mistake(lab: Lab) -> None:
    cluster = lab.cluster()
    node = cluster.node1
    node.space.shell(_MACHINE)
    node.provide("lib/heartbeat/ipfail", "#!/bin/sh\nexit 100\n")
    node.write("/etc/ha.d/rps.cf", "# power switch\n/dev/ttyS1 node1 1\n", 0o600)
    for script in ("/etc/ha.d/resource.d/Filesystem", "/etc/init.d/apache"):
        node.add_script(script, "#!/bin/sh\n")
    wrong: list[str] = []
    planted = cases("mistakes.txt")
    for case in planted + cases("harmless.txt"):
        code, report = check(node, case)
        said = [re.sub(r"/etc/ha\.d/(ha\.cf|authkeys|haresources)", r"\1", each["text"])
                for each in report["diagnostics"]]
        if errors_and_warnings(said) != errors_and_warnings(case.said):
            wrong.append(f"{case.name}: {said}, not {case.said}")
        if (code == 0) != report["valid"] or report["valid"] == any(": error: " in s for s in said):
            wrong.append(f"{case.name}: exit {code}, {report}")
        for each in report["diagnostics"]:
            if each["severity"] != "info" and not each["file"]:
                wrong.append(f"{case.name}: no file in {each}")
    assert not wrong, "\n".join(wrong)
    assert len(planted) >= 40
    lab.note(f"{len(planted)} planted, all found")


@claim(kind="ours")
def check_tells_what_a_reload_would_change(lab: Lab) -> None:
    cluster = lab.cluster(haresources=["node1 service::web"])
    node = cluster.node1

    def ask(*options: str) -> tuple[int, str, str]:
        result = node.space.run([HEARTBEAT, "--check", *options])
        return result.returncode, result.stdout, result.stderr

    code, _, said = ask("--diff")
    assert code == 3 and "no daemon runs" in said, (code, said)
    cluster.start(node)
    code, out, _ = ask("--diff")
    assert code == 0 and out.endswith("no change\n"), (code, out)

    node.space.shell("mkdir -p /run/lab/old && cp -p /etc/ha.d/ha.cf /etc/ha.d/authkeys "
                     "/etc/ha.d/haresources /run/lab/old/")
    text = node.path("/etc/ha.d/ha.cf").read_text()
    node.write("/etc/ha.d/ha.cf", re.sub(r"keepalive \w+", "keepalive 100ms", text) +
               "hbgenmethod time\n")
    node.write("/etc/ha.d/authkeys", "auth 2\n1 sha1 hushed\n2 md5 silent\n", 0o600)
    expected = [("hbgenmethod", "", "restart"), ("keepalive", "", "timers"), ("key", "1", "keys"),
                ("key", "2", "keys"), ("auth", "", "keys")]
    for options in (["--diff"], ["--diff", "/run/lab/old"]):
        code, out, said = ask("--json", *options)
        assert code == 0, (out, said)
        difference = json.loads(out)["difference"]
        changes = [(c["directive"], c["subject"], c["impact"]) for c in difference["changes"]]
        assert sorted(changes) == sorted(expected), changes
        assert difference["restart"] is True
        assert "hushed" not in out and "silent" not in out and "secret of the lab" not in out
    # Files that wait in a directory, against those in force; and an error in them.
    assert ask("--diff", "--config", "/run/lab/old")[1].endswith("no change\n")
    node.space.shell("echo nonsense >> /run/lab/old/ha.cf")
    assert ask("--diff", "--config", "/run/lab/old")[0] == 6
    assert ask("--diff", "/run/lab/old")[0] == 6
    assert ask("--config", "/nonexistent")[0] == 6

    # In force after a reload: the restart that it needs is still told.
    node.path("/etc/ha.d/ha.cf").write_text(text)
    mark = node.log.mark()
    assert node.space.run([HEARTBEAT, "-r"]).returncode == 0
    node.log.wait("Rereading authentication file", 5, mark)
    code, out, _ = ask("--diff")
    assert code == 0 and out.endswith("no change\n"), out
    mode = node.space.shell("stat -c '%a %U' /run/heartbeat/in-force").split()
    assert mode == ["600", "root"], mode
