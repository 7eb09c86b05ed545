"""Values, medians, ratios, aims."""

from __future__ import annotations

import json
import os
import platform
import statistics
from dataclasses import dataclass, field
from pathlib import Path

OURS = "ours"
ORIGINAL = "3.0.6"


@dataclass(frozen=True)
class Aim:
    """What we want of our median: at most this, absolutely or relative to that of 3.0.6."""

    most: float
    relative: bool = False

    def text(self, unit: str) -> str:
        return f"≤ {self.most:g} × 3.0.6" if self.relative else f"≤ {self.most:g} {unit}"

    def is_met(self, ours: float, original: float | None) -> bool | None:
        if not self.relative:
            return ours <= self.most
        return None if original is None else ours <= self.most * original


@dataclass
class Quantity:
    """One thing that is measured, for each flavour any number of times."""

    name: str
    unit: str
    aims: list[Aim]
    values: dict[str, list[float]] = field(default_factory=lambda: {OURS: [], ORIGINAL: []})

    def median(self, flavour: str) -> float | None:
        return statistics.median(self.values[flavour]) if self.values[flavour] else None

    def ratio(self) -> float | None:
        ours, original = self.median(OURS), self.median(ORIGINAL)
        return ours / original if ours is not None and original else None

    def verdicts(self) -> list[tuple[Aim, bool | None]]:
        ours = self.median(OURS)
        return [(aim, None if ours is None else aim.is_met(ours, self.median(ORIGINAL)))
                for aim in self.aims]


class Report:
    """Collects values in the order in which they were first spoken of."""

    def __init__(self) -> None:
        self._quantities: dict[str, Quantity] = {}

    def quantity(self, name: str, unit: str, *aims: Aim) -> Quantity:
        return self._quantities.setdefault(name, Quantity(name, unit, list(aims)))

    def table(self) -> str:
        head = ("", "unit", "ours", "(range)", "3.0.6", "(range)", "ratio", "aim")
        rows = [head, *(self._row(quantity) for quantity in self._quantities.values())]
        widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
        lines = ["  ".join(cell.ljust(width) if i in (0, 1, 7) else cell.rjust(width)
                           for i, (cell, width) in enumerate(zip(row, widths))).rstrip()
                 for row in rows]
        return "\n".join([f"medians, on {machine()['cpus']} × {machine()['processor']}, "
                          f"Linux {machine()['kernel']}", *lines])

    def json(self) -> str:
        return json.dumps({
            "machine": machine(),
            "quantities": [{
                "name": quantity.name,
                "unit": quantity.unit,
                "values": quantity.values,
                "median": {flavour: quantity.median(flavour) for flavour in quantity.values},
                "ratio": quantity.ratio(),
                "aims": [{"text": aim.text(quantity.unit), "met": met}
                         for aim, met in quantity.verdicts()],
            } for quantity in self._quantities.values()],
        }, indent=2)

    @staticmethod
    def _row(quantity: Quantity) -> tuple[str, ...]:
        cells = [quantity.name, quantity.unit]
        for flavour in (OURS, ORIGINAL):
            values = quantity.values[flavour]
            cells.append(f"{quantity.median(flavour):.4g}" if values else "-")
            cells.append(f"{min(values):.4g}..{max(values):.4g}" if len(values) > 1 else "")
        ratio = quantity.ratio()
        cells.append("-" if ratio is None or ratio <= 0 else f"{ratio:.2f}")
        words = {True: "met", False: "MISSED", None: "not known"}
        cells.append(", ".join(f"{aim.text(quantity.unit)}: {words[met]}"
                               for aim, met in quantity.verdicts()))
        return tuple(cells)


def machine() -> dict[str, str | int | None]:
    info = Path("/proc/cpuinfo").read_text()
    model = next((line.partition(":")[2].strip() for line in info.splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"cpus": os.cpu_count(), "processor": model, "kernel": platform.release()}
