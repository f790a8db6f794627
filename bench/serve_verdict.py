"""What the bench of dashboards says: milliseconds of every question, and whether the goals were met."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from bench.serve_readers import DUCKDB, POSTGRESQL, Answers

#: 95 of 100 answers on the bundled marts come within so many milliseconds at so many readers.
P95_MS = 20.0
GOAL_READERS = 4
_SHARES = (0.5, 0.95, 0.99)


@dataclass(frozen=True)
class Measured:
    """What so many readers of one engine got from one set of marts, with or without publishing going on."""

    marts: str
    readers: int
    engine: str
    publishing: bool
    answers: Answers

    def milliseconds(self, query: str, share: float) -> float:
        """Milliseconds within which `share` of the answers to `query` came; infinite where none came."""
        return quantile(self.answers.seconds.get(query, []), share)


@dataclass(frozen=True)
class Goal:
    """A goal, whether it was met (None: it could not be measured), and the figures that say so."""

    what: str
    met: bool | None
    figures: str


def quantile(seconds: Sequence[float], share: float) -> float:
    """Milliseconds within which `share` of `seconds` lie; infinite for none, so that it misses every goal."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("inf")


def verdict(found: Sequence[Measured]) -> list[Goal]:
    """Every goal of docs/serving/speed.md, judged by what was found."""
    quiet = {(one.marts, one.readers, one.engine): one for one in found if not one.publishing}
    bundled = quiet.get(("bundled", GOAL_READERS, DUCKDB))
    goals = [_under(bundled)] if bundled else [Goal("bundled marts", None, f"not measured at {GOAL_READERS} readers")]
    large = {readers: one for (marts, readers, engine), one in quiet.items() if (marts, engine) == ("large", DUCKDB)}
    pairs = [
        (one, other)
        for readers, one in large.items()
        if (other := quiet.get(("large", readers, POSTGRESQL))) is not None
    ]
    if not pairs:
        goals.append(Goal("large marts: ahead of PostgreSQL", None, "not measured: the package postgresql is missing"))
    goals += [_ahead(query, pairs) for query in (pairs[0][0].answers.seconds if pairs else ())]
    errors = [error for one in found for error in one.answers.errors]
    goals.append(Goal("no errors, publishing or not", not errors, f"{len(errors)} errors {errors[:1] or ''}".strip()))
    return goals


def _under(bundled: Measured) -> Goal:
    slowest = max(bundled.answers.seconds, key=lambda query: bundled.milliseconds(query, 0.95))
    worst = bundled.milliseconds(slowest, 0.95)
    return Goal(
        f"bundled marts, {GOAL_READERS} readers: p95 of every question under {P95_MS:.0f} ms",
        worst < P95_MS,
        f"slowest {slowest}, {worst:.1f} ms",
    )


def _ahead(query: str, pairs: Sequence[tuple[Measured, Measured]]) -> Goal:
    """Ahead: median and p95 are both lower, at every number of readers."""
    figures, met = [], True
    for ours, theirs in pairs:
        ratios = [theirs.milliseconds(query, share) / ours.milliseconds(query, share) for share in (0.5, 0.95)]
        met = met and min(ratios) > 1
        figures.append(f"{ours.readers} readers p50 {ratios[0]:.2f}, p95 {ratios[1]:.2f}")
    return Goal(f"large marts, {query}: ahead of PostgreSQL", met, "times faster: " + "; ".join(figures))


def print_table(one: Measured) -> None:
    """The milliseconds of every question."""
    state = "while publishing" if one.publishing else "quiet"
    count = sum(len(seconds) for seconds in one.answers.seconds.values())
    print(
        f"\n{one.marts}, {one.engine}, {one.readers} readers, {state}: {count:,} answers, {len(one.answers.errors)} "
        f"errors, releases opened {one.answers.releases}, load {os.getloadavg()[0]:.1f}, CPU of the readers "
        f"{1000 * one.answers.cpu_seconds / max(count, 1):.2f} ms an answer\n"
        f"  {'question':18}{'answers':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}"
    )
    for query, seconds in one.answers.seconds.items():
        print(f"  {query:18}{len(seconds):9,}" + "".join(f"{quantile(seconds, share):9.2f}" for share in _SHARES))
    everything = [second for seconds in one.answers.seconds.values() for second in seconds]
    print(f"  {'all':18}{count:9,}" + "".join(f"{quantile(everything, share):9.2f}" for share in _SHARES), flush=True)


def print_verdict(goals: Sequence[Goal]) -> None:
    """A line for every goal: met, missed or not measured."""
    print("\nverdict")
    for goal in goals:
        word = {True: "met", False: "missed", None: "not measured"}[goal.met]
        print(f"  {word:13}{goal.what}: {goal.figures}")
