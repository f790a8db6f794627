"""Faults: the pipeline killed, its disk full, its files damaged, two of it at once; and what is left afterwards.

make bench BENCH=faults                          every point, every fault, 200 random kills; some three hours of CPU
.venv/bin/python -m bench.faults --short         one home killed at every named point in turn, two minutes
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from bench.fault_kills import Bench, Outcome, kill_at_random, kill_each, kill_in_turn, undisturbed
from bench.fault_machine import Machine, undisturbed_run, warm
from bench.fault_places import FIRST, LATER, copy_home, place
from bench.fault_points import POINTS, preload
from ingestion.survey.identifiers import KEY_VARIABLE
from warehouse.home import Home

PARTS = ("points", "random", "machine")


def short(bench: Bench) -> list[Outcome]:
    """A first run undisturbed, and one in another home killed at the named points in turn."""
    expected, _ = undisturbed(bench, _first(bench, "undisturbed"))
    points = tuple(point for point in POINTS if point.in_short)
    return kill_in_turn(bench, _first(bench, "killed"), FIRST, expected, points)


def _first(bench: Bench, name: str) -> Home:
    home = Home(bench.folder / name)
    home.make()
    place(home, FIRST)
    return home


def long(bench: Bench, parts: list[str], kills: int, seed: int, only: str = "") -> list[Outcome]:
    """Kills on a first run and on a later one, then the faults of the machine."""
    fresh = _first(bench, "fresh")
    base = copy_home(fresh, bench.folder / "base")
    expected_first, seconds_first = undisturbed(bench, base)
    place(base, LATER)
    whole = copy_home(base, bench.folder / "whole")
    expected, seconds = undisturbed(bench, whole)
    documents = FIRST + LATER
    print(f"undisturbed: first run {seconds_first:.1f} CPU s, later run {seconds:.1f} CPU s", flush=True)
    outcomes = []
    if "points" in parts:
        points = tuple(point for point in POINTS if only in point.name)
        outcomes += kill_each(bench, base, documents, expected, points)
    if "random" in parts:
        one = kill_at_random(bench, fresh, FIRST, expected_first, kills=kills // 4, seconds=seconds_first, seed=seed)
        one.fault += ", first run"
        other = kill_at_random(
            bench, base, documents, expected, kills=kills - kills // 4, seconds=seconds, seed=seed + 1
        )
        other.fault += ", later run"
        outcomes += [one, other]
    if "machine" in parts:
        warm(base, bench.folder)
        outcomes += Machine(bench, base, documents, undisturbed_run(base, bench.folder)).all_faults(only)
    return outcomes


def show(outcomes: list[Outcome]) -> bool:
    """Print the table; whether nothing was lost and nothing was half."""
    print(f"\n{'fault':52}{'times':>6}{'compared':>9}{'losses':>7}{'half':>5}  exit  CPU s  message")
    for outcome in outcomes:
        print(
            f"{outcome.fault[:51]:52}{outcome.times:>6}{outcome.reruns:>9}{outcome.losses:>7}{outcome.half_states:>5}"
            f"  {outcome.exit_code:>4}{outcome.cpu_seconds:>7.1f}  {outcome.message}"
        )
        for note in outcome.notes:
            print(f"    {note}")
    return all(outcome.is_good for outcome in outcomes)


def main() -> None:
    """Cause the faults and print what they led to; exit code 1 when one led to anything it should not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=PARTS)
    parser.add_argument("--only", default="", help="only points and machine faults with this in their name")
    parser.add_argument("--folder", type=Path, help="where to work; by default a folder that is removed afterwards")
    given = parser.parse_args()
    # Respondents' keys come of a secret of the installation; here all homes are one.
    os.environ[KEY_VARIABLE] = "08" * 32
    preload()
    with tempfile.TemporaryDirectory(prefix="reform-faults-") as made:
        folder = (given.folder or Path(made)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        # Data tests only read; the short form and the random kills spend their time on what writes.
        bench = Bench(folder, with_tests=False)
        outcomes = short(bench) if given.short else long(bench, given.parts, given.kills, given.seed, given.only)
        print(f"CPU seconds of all runs: {bench.cpu_seconds:.0f}")
    raise SystemExit(0 if show(outcomes) else 1)


if __name__ == "__main__":
    main()
