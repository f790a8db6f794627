"""How many corrupted documents are caught before anything of them is published.

    .venv/bin/python -m bench.mutations                     200 mutations of the real inputs, about ten minutes
    .venv/bin/python -m bench.mutations --count 400 --seed 3 --json found.json

Each mutation writes one corrupted copy of a document and takes it the way of the pipeline: archive, parse, corrections,
audit, in a home where every other document of a good release has been loaded, but not the document itself: it arrives
for the first time. The family of the document is drawn first, then the document, then what happens to it. A mutation
that leaves every figure read as it was is drawn again. What the audit lets through is loaded, the marts are built, and
conflicts between sources and the suites of the marts are looked at (`--no-marts` leaves that out).

Caught is: refused, blocked, a row of the corrupted place in quarantine, a warning at the corrupted place, or a conflict
between sources shown in `data_quality`. What an unchanged document brings up anyway does not count.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.mutation_books import FAMILIES, Book, family_of, open_book, to_bytes
from bench.mutation_kinds import BYTES_KINDS, KINDS
from bench.mutation_path import Good, Verdict, finished_home, judge_document, mart_findings, without_document

#: How often another kind or document is drawn before a mutation is given up (a document may have nothing to change).
_MOST_DRAWS = 60
#: A change a reader of two decimals does not see.
_UNSEEN = 0.005


@dataclass(frozen=True)
class Trial:
    """One mutation and what became of it; `caught_by` is empty for a miss, `reason` then says why nothing could."""

    family: str
    file_name: str
    kind: str
    words: str
    outcome: str  # refused, blocked, quarantined, warned, conflict or missed
    caught_by: tuple[str, ...]
    changed: int
    reason: str = ""


@dataclass
class _Drawn:
    kind: str
    words: str
    data: bytes
    file_name: str


def draw(book: Book, data: bytes, rng: random.Random) -> _Drawn | None:
    """A mutation of a book, whose own bytes are `data`; None where the kind drawn finds nothing to change."""
    kind = rng.choice([*KINDS, *BYTES_KINDS])
    if kind in BYTES_KINDS:
        made = kind(data, book.family, rng)  # type: ignore[arg-type,call-arg]
        return None if made is None else _Drawn(kind.__name__, made[1], made[0], book.file_name)  # type: ignore[arg-type]
    words = kind(book, rng)  # type: ignore[call-arg,arg-type]
    return None if words is None else _Drawn(kind.__name__, str(words), to_bytes(book), book.file_name)


class Mutations:
    """Draws and judges; holds the good home and what is known of each document."""

    def __init__(self, home_folder: Path, good: Good, *, with_marts: bool, in_full: bool = False) -> None:
        self._folder = home_folder
        self._in_full = in_full
        self._good = good
        self._with_marts = with_marts
        self._unchanged: dict[str, Verdict] = {}
        self._by_family: dict[str, list[str]] = defaultdict(list)
        for sha, (batch, _) in good.documents.items():
            family = family_of(batch, Path(batch.document.file_name).suffix)
            if family:
                self._by_family[family].append(sha)
        self.without_effect = 0
        self.not_same_when_unchanged: list[str] = []

    def trial(self, rng: random.Random) -> Trial:
        """One mutation that changes a figure, judged."""
        for _ in range(_MOST_DRAWS):
            family = rng.choice(FAMILIES)
            if not self._by_family[family]:
                continue
            sha = rng.choice(sorted(self._by_family[family]))
            unchanged = self._as_unchanged(family, sha)
            if unchanged is None:
                continue
            batch, path = self._good.documents[sha]
            book = open_book(family, batch, path)
            drawn = draw(book, to_bytes(open_book(family, batch, path)), rng)
            if drawn is None:
                continue
            home = without_document(self._good, sha, self._folder)
            verdict = judge_document(home, batch.document.source, drawn.file_name, drawn.data, in_full=self._in_full)
            changed = verdict.changed_from(unchanged)
            if not verdict.refusals and not changed:
                self.without_effect += 1
                continue
            return self._judged(family, sha, drawn, verdict, unchanged, changed)
        raise SystemExit("no document could be changed")

    def _as_unchanged(self, family: str, sha: str) -> Verdict | None:
        """What an unchanged copy, written again, brings up; None where it does not read as the original does."""
        if sha not in self._unchanged:
            batch, path = self._good.documents[sha]
            home = without_document(self._good, sha, self._folder)
            data = to_bytes(open_book(family, batch, path))
            verdict = judge_document(home, batch.document.source, batch.document.file_name, data)
            if verdict.refusals or verdict.figures != self._good.figures(sha):
                self.not_same_when_unchanged.append(batch.document.file_name)
                self._by_family[family].remove(sha)
                return None
            self._unchanged[sha] = verdict
        return self._unchanged.get(sha)

    def _judged(
        self, family: str, sha: str, drawn: _Drawn, verdict: Verdict, unchanged: Verdict, changed: set[str]
    ) -> Trial:
        outcome, rules = verdict.outcome(unchanged, changed)
        if outcome == "missed" and self._with_marts:
            found = mart_findings(self._good, sha, verdict, self._folder)
            if found:
                outcome, rules = "conflict", tuple(sorted(found))
        reason = self._reason(drawn, verdict, unchanged, changed) if outcome == "missed" else ""
        return Trial(family, drawn.file_name, drawn.kind, drawn.words, outcome, rules, len(changed), reason)

    def _reason(self, drawn: _Drawn, verdict: Verdict, unchanged: Verdict, changed: set[str]) -> str:
        """Why a miss is one."""
        gaps = [
            abs(verdict.figures[key][0] - unchanged.figures[key][0])
            for key in changed
            if key in verdict.figures and key in unchanged.figures
            if verdict.figures[key][0] is not None and unchanged.figures[key][0] is not None
        ]
        if gaps and max(gaps) < _UNSEEN:
            return "smaller than what two decimals show"
        if drawn.kind in {"swap_units", "swap_scores"}:
            return "two plausible figures in each other's place, in a table without totals or ranks"
        if gaps:
            return f"within what the years beside it allow (largest change {max(gaps):.3g})"
        return "see the words of the mutation"


def report(trials: list[Trial], mutations: Mutations, seconds: float) -> float:
    """Print the table by kind, the misses, and the share caught, which is returned."""
    outcomes = ("refused", "blocked", "quarantined", "warned", "conflict", "missed")
    print(f"{'kind':20}{'n':>5}" + "".join(f"{outcome:>13}" for outcome in outcomes))
    for kind in sorted({trial.kind for trial in trials}):
        of_kind = Counter(trial.outcome for trial in trials if trial.kind == kind)
        print(f"{kind:20}{sum(of_kind.values()):>5}" + "".join(f"{of_kind[one] or '':>13}" for one in outcomes))
    total = Counter(trial.outcome for trial in trials)
    print(f"{'all':20}{len(trials):>5}" + "".join(f"{total[one] or '':>13}" for one in outcomes))
    for family in FAMILIES:
        of_family = [trial for trial in trials if trial.family == family]
        caught = sum(trial.outcome != "missed" for trial in of_family)
        print(f"  {family}: {caught} of {len(of_family)} caught")
    print(
        "rules: "
        + ", ".join(f"{rule} {n}" for rule, n in Counter(r for t in trials for r in t.caught_by).most_common())
    )
    for trial in trials:
        if trial.outcome == "missed":
            print(f"missed: {trial.kind} in {trial.file_name}: {trial.words}; {trial.reason}")
    share = 1 - total["missed"] / len(trials)
    print(f"{mutations.without_effect} mutations changed no figure and were drawn again")
    if mutations.not_same_when_unchanged:
        print(f"left out, for they do not read the same when written again: {mutations.not_same_when_unchanged}")
    print(f"caught before publishing: {share:.1%} of {len(trials)}, in {seconds:.0f} s")
    return share


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-marts", action="store_true", help="only the audit of what is to be loaded")
    parser.add_argument("--in-full", action="store_true", help="with Great Expectations for every document (slower)")
    parser.add_argument("--json", type=Path, help="write every mutation and what became of it")
    parser.add_argument("--folder", type=Path, help="keep the good home here and use it again")
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutations_") as temporary:
        folder = options.folder or Path(temporary)
        good = finished_home(folder)
        good.print_warnings()
        mutations = Mutations(folder, good, with_marts=not options.no_marts, in_full=options.in_full)
        rng = random.Random(options.seed)
        trials = []
        for number in range(options.count):
            trials.append(mutations.trial(random.Random(rng.randrange(2**32))))
            if sys.stderr.isatty():
                print(f"\r{number + 1} of {options.count}", end="", file=sys.stderr)
        share = report(trials, mutations, time.monotonic() - started)
    if options.json:
        options.json.write_text(json.dumps([asdict(trial) for trial in trials], ensure_ascii=False, indent=1), "utf-8")
    return 0 if share >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main())
