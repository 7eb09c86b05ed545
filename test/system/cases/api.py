"""Clients of the 3.0.6 daemon while its peer is another: their messages must keep flowing."""

from __future__ import annotations

import subprocess
from pathlib import Path

from lab.cluster import ADDRESS
from lab.suite import Lab, claim

_CLIENT = Path(__file__).parent / "ordered_client.py"
_RUN = ["python3", "-I", "/var/log/ordered_client.py"]


@claim(kind="mixed", budget=120)
def ordered_messages_of_a_client_keep_flowing(lab: Lab) -> None:
    # 3.0.6 stops reading from its clients once 250 of its packets are unacknowledged.
    cluster = lab.cluster(extra=["apiauth flowtest uid=root"])
    cluster.start_settled()
    sender = next(node for node in cluster.nodes if not node.flavour.is_ours)
    receiver = cluster.other(sender)
    for node in cluster.nodes:
        node.write("/var/log/ordered_client.py", _CLIENT.read_text())
    listening = None
    if not receiver.flavour.is_ours:
        listening = receiver.space.popen([*_RUN, "receive", "700"], stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT,
                                         text=True)
        first = listening.stdout.readline()
        assert first == "ready\n", first + listening.stdout.read()
    result = sender.space.run([*_RUN, "send", "700"])
    lab.note(f"{sender.name}: {result.stdout.strip()}{result.stderr.strip()}")
    assert result.returncode == 0, "the messages stopped flowing"
    if listening is not None:
        out, _ = listening.communicate(timeout=45)
        lab.note(f"{receiver.name}: {out.strip()}")
        assert listening.returncode == 0, "not all arrived, or not in order"
    lab.expect_single_owner(ADDRESS)
