"""A bounded run of the soak: one cluster and the first of its faults, for seeds that stay."""

from __future__ import annotations

from lab.soak import Results, Round, run_rounds
from lab.programs import observer_program
from lab.suite import Lab, claim


@claim(kind="all", over=[{"seed": 1}], budget=170)
@claim(kind="same", over=[{"seed": 2422}], budget=170)
def faults_drawn_by_a_seed_end_with_one_server(lab: Lab) -> None:
    seed = lab.parameters["seed"]
    results = Results()

    def make(number: int) -> Round:
        root = lab.root / f"round{number}"
        root.mkdir()
        made = Round(seed, number, lab.pair, root, observer_program(lab.root), lab.note)
        lab.clusters.append(made.cluster)
        return made

    run_rounds(make, 1, 50, results, lambda *_: None)
    lab.note(results.summary())
    assert results.events and not results.violations, results.violations
