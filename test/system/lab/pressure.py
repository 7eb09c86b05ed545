"""How busy the machine is, so that times can be judged fairly."""

from __future__ import annotations

import time
from pathlib import Path


class CpuPressure:
    """How short of CPU the machine has been since this was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._before = self._waited()

    def share(self) -> float:
        """Share of the time in which at least one task waited for a CPU; 0 where nobody counts it."""
        elapsed = max(time.monotonic() - self._began, 0.001)
        return min((self._waited() - self._before) / elapsed, 1.0)

    @staticmethod
    def _waited() -> float:
        """Seconds since boot, of /proc/pressure/cpu."""
        try:
            first = Path("/proc/pressure/cpu").read_text().splitlines()[0]
        except OSError:
            return 0.0
        return int(first.rpartition("total=")[2]) / 1e6
