"""Hostile and broken input for every reader: nothing may come of it but figures or a clean refusal.

    .venv/bin/python -m bench.fuzz_readers                     10,000 inputs a reader, some hours of one core
    .venv/bin/python -m bench.fuzz_readers --reader pdf --count 2000 --seed 7 --keep DIR

Half of the inputs are grids, records and tables that Hypothesis draws, half are bytes that atheris mutates from real
files, led by the coverage of our own readers. What is called is the parser of the source, without the net that
`parse_document` spans under it: a library's exception that our reader lets through counts as a fault. Every input is
read in a worker process with a watchdog of 10 seconds; more than 1 GB of memory is a fault, and 2 GB more of addresses
are not to be had. An input that fails is kept in the folder `--keep`; when it killed its worker, it is read once
more by itself, and a new worker goes on.
"""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

READERS = ("csv", "xls", "xlsx", "pdf")
SECONDS_AN_INPUT = 10
GIGABYTE = 1 << 30
#: Deaths of a worker after which a reader's run is given up: each is a fault to mend, and more of them say no more.
MOST_DEATHS = 20
#: Names of the made files (some layouts take their year from it), and what a mutated file is taken for, in turn.
_NAMES = {
    "csv": ("papi_2018.csv",),
    "xls": ("PCI.xls", "PCI_2005.xls", "PCI_2007.xls"),
    "xlsx": ("book.xlsx", "book_2012.xlsx"),
    "pdf": ("annex.pdf",),
}
_SOURCES = {"csv": ("papi",), "xls": ("pci",), "xlsx": ("annex", "pci", "papi"), "pdf": ("annex",)}


class Watch:
    """Reads one input after the other under guard, and keeps count; `progress` is what survives the process."""

    def __init__(self, reader: str, folder: Path) -> None:
        self._reader = reader
        self._input = folder / "input"
        self._progress = folder / "progress.json"
        self._folder = folder
        self.outcomes: Counter[str] = Counter()
        self.faults: list[str] = []
        self.slowest = 0.0
        self._base = _peak()

    def read(self, source: str, data: bytes) -> None:
        """Parse `data` as a document of `source` and note what came of it."""
        from ingestion.parse import PARSERS
        from warehouse.errors import Refused

        self._input.write_bytes(data)
        (self._folder / "source").write_text(source, "utf-8")
        started = time.monotonic()
        faulthandler.dump_traceback_later(SECONDS_AN_INPUT, exit=True)
        try:
            PARSERS[source](_document(self._reader, data), self._input)
            self.outcomes["figures"] += 1
        except Refused as refused:
            self.outcomes[refused.refusals[0].rule] += 1
            if "MemoryError" in refused.refusals[0].found:
                self._fault(f"{source}: memory ran out, {refused.refusals[0].found}", data)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            self._fault(f"{source}: {type(error).__name__}: {error} in {where.name}, line {where.lineno}"[:300], data)
        finally:
            faulthandler.cancel_dump_traceback_later()
        self.slowest = max(self.slowest, time.monotonic() - started)
        if _peak() - self._base > GIGABYTE:
            self._fault(f"{source}: memory rose to {_peak() / GIGABYTE:.2f} GB", data)
            self._base = _peak()
        if sum(self.outcomes.values()) % 20 == 0:
            self.save()

    def _fault(self, words: str, data: bytes) -> None:
        self.outcomes["FAULT"] += 1
        kept = self._folder / f"fault_{hashlib.sha256(data).hexdigest()[:12]}.{self._reader}"
        kept.write_bytes(data)
        self.faults.append(f"{words} ({kept.name})")

    def save(self) -> None:
        """Write down the counts."""
        counts = {"outcomes": self.outcomes, "faults": self.faults, "slowest": self.slowest, "peak": _peak()}
        self._progress.write_text(json.dumps(counts), "utf-8")


def _peak() -> int:
    """Bytes this process, or a process a reader started, has held at most."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) * 1024


def _document(reader: str, data: bytes) -> object:
    from warehouse.figures import SourceDocument

    digest = hashlib.sha256(data).hexdigest()
    return SourceDocument(
        source_document_id=f"doc_{digest[:16]}",
        sha256=digest,
        source="fuzz",
        file_name=_NAMES[reader][int(digest[:8], 16) % len(_NAMES[reader])],
        size_bytes=len(data),
        media_type="application/octet-stream",
        received_at="2026-01-01T00:00:00+00:00",
        received_from="fuzz",
    )


# -- in a worker ------------------------------------------------------------------------------------------------------


def by_hypothesis(watch: Watch, reader: str, count: int, seed: int) -> None:
    """`count` inputs of the reader's strategy."""
    import hypothesis

    from bench.fuzz_inputs import INPUTS

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(INPUTS[reader]())
    def run(drawn: tuple[str, bytes]) -> None:
        if sum(watch.outcomes.values()) < count:
            watch.read(*drawn)

    while sum(watch.outcomes.values()) < count:  # Hypothesis may stop early when it believes to have seen everything
        before = sum(watch.outcomes.values())
        run()
        if sum(watch.outcomes.values()) == before:
            return


def by_atheris(watch: Watch, reader: str, count: int, seed: int, corpus: Path) -> None:
    """`count` inputs that atheris makes of the corpus; leaves the process when they are read."""
    import atheris

    with atheris.instrument_imports(include=["ingestion"], enable_loader_override=False):
        import ingestion.parse  # noqa: F401
    _warm(reader)
    from bench.fuzz_inputs import MAX_BYTES, mutated_package

    def one_input(data: bytes) -> None:
        if not data or sum(watch.outcomes.values()) >= count:
            return
        sources = _SOURCES[reader]
        watch.read(sources[sum(watch.outcomes.values()) % len(sources)], data)
        if sum(watch.outcomes.values()) >= count:
            watch.save()
            os._exit(0)

    def mutator(data: bytes, max_size: int, mutation_seed: int) -> bytes:
        return mutated_package(data, atheris.Mutate, mutation_seed)[:max_size]

    arguments = ["fuzz", str(corpus), f"-seed={seed}", f"-max_len={MAX_BYTES}", "-rss_limit_mb=0", "-verbosity=0"]
    options = {"custom_mutator": mutator} if reader == "xlsx" else {}
    atheris.Setup(arguments, one_input, **options)
    atheris.Fuzz()


def _warm(reader: str) -> None:
    """Read the seeds once, so that no input waits for an import."""
    from bench.fuzz_inputs import seeds
    from ingestion.parse import PARSERS
    from warehouse.errors import Refused

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seed"
        for source in _SOURCES[reader]:
            for data in seeds(reader)[:2]:
                path.write_bytes(data)
                try:
                    PARSERS[source](_document(reader, data), path)
                except Refused:
                    continue


def child(options: argparse.Namespace) -> None:
    """One worker: the whole count, unless an input ends the process."""
    folder = Path(options.keep)
    if options.child != "atheris":  # which must instrument our modules while they are imported
        _warm(options.reader)
    watch = Watch(options.reader, folder)
    held = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (held + 2 * GIGABYTE, held + 2 * GIGABYTE))
    if options.child == "replay":
        watch.read((folder / "source").read_text("utf-8"), (folder / "input").read_bytes())
    elif options.child == "hypothesis":
        by_hypothesis(watch, options.reader, options.count, options.seed)
    else:
        by_atheris(watch, options.reader, options.count, options.seed, folder / "corpus")
    watch.save()


# -- the driver -------------------------------------------------------------------------------------------------------


def fuzz(reader: str, count: int, seed: int, keep: Path) -> dict[str, object]:
    """`count` inputs for `reader`, half of each kind; what came of them."""
    total: Counter[str] = Counter()
    faults: list[str] = []
    slowest = peak = 0.0
    cpu_before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for kind, share in (("hypothesis", count - count // 2), ("atheris", count // 2)):
        done = deaths = 0
        while done < share and deaths < MOST_DEATHS:
            folder = keep / f"{reader}_{kind}_{deaths}"
            found, ended = _worker(kind, reader, share - done, seed + deaths, folder)
            total.update(found["outcomes"])
            faults += [f"{kind}: {words}" for words in found["faults"]]
            slowest, peak = max(slowest, found["slowest"]), max(peak, found["peak"])
            done += sum(found["outcomes"].values())
            if ended is not None:
                deaths += 1
                done += 1
                again = _replay(reader, folder)
                total["FAULT" if again else "not repeated"] += 1
            if ended is not None and again:
                faults.append(f"{kind}: {ended}; the input is {folder / 'input'}")
            elif not found["outcomes"]:
                break
    cpu_after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "inputs": sum(total.values()),
        "figures": total["figures"],
        "refused": sum(number for rule, number in total.items() if rule not in {"figures", "FAULT", "not repeated"}),
        "faults": faults,
        "slowest_s": round(slowest, 2),
        "peak_mb": round(peak / 1e6),
        "cpu_s": round(cpu_after.ru_utime + cpu_after.ru_stime - cpu_before.ru_utime - cpu_before.ru_stime),
        "rules": dict(total.most_common()),
    }


def _worker(kind: str, reader: str, count: int, seed: int, folder: Path) -> tuple[dict, str | None]:
    """Run one worker; its counts, and how it died, if it did."""
    from bench.fuzz_inputs import seeds

    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds(reader)):
        (corpus / f"seed_{number}").write_bytes(data)
    command = [sys.executable, "-m", "bench.fuzz_readers", "--child", kind, "--reader", reader]
    command += ["--count", str(count), "--seed", str(seed), "--keep", str(folder)]
    with (folder / "output").open("wb") as output:
        ended = subprocess.run(command, stdout=output, stderr=output, check=False)
    progress = folder / "progress.json"
    empty = {"outcomes": {}, "faults": [], "slowest": 0.0, "peak": 0}
    found = json.loads(progress.read_text("utf-8")) if progress.exists() else empty
    if ended.returncode == 0:
        return found, None
    last = (folder / "output").read_text("utf-8", "replace")
    reason = f"longer than {SECONDS_AN_INPUT} s" if "Timeout (" in last else f"the worker ended with {ended.returncode}"
    return found, f"{reason}: {' / '.join(last.strip().splitlines()[-3:])[:300]}"


def _replay(reader: str, folder: Path) -> bool:
    """Whether the input that ended a worker ends another one: a machine that stood still is no fault of a reader."""
    command = [sys.executable, "-m", "bench.fuzz_readers", "--child", "replay", "--reader", reader]
    done = subprocess.run([*command, "--keep", str(folder)], capture_output=True, check=False)
    return done.returncode != 0


def report(results: dict[str, dict]) -> bool:
    """Print the table and every fault; whether there was none."""
    heads = f"{'reader':8}{'inputs':>8}{'figures':>9}{'refused':>9}"
    print(f"{heads}{'faults':>8}{'slowest s':>11}{'peak MB':>9}{'CPU s':>8}")
    for reader, found in results.items():
        print(
            f"{reader:8}{found['inputs']:>8,}{found['figures']:>9,}{found['refused']:>9,}{len(found['faults']):>8}"
            f"{found['slowest_s']:>11}{found['peak_mb']:>9,}{found['cpu_s']:>8,}"
        )
    for reader, found in results.items():
        print(f"{reader}: " + ", ".join(f"{rule} {number}" for rule, number in found["rules"].items()))
        for fault in found["faults"][:20]:
            print(f"  FAULT {fault}")
    return not any(found["faults"] for found in results.values())


def main(run: Callable[..., dict[str, object]] = fuzz) -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", choices=READERS, action="append", help="only this one (may be repeated)")
    parser.add_argument("--count", type=int, default=10_000, help="inputs a reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="folder for the inputs that fail (default: a new temporary one)")
    parser.add_argument("--child", choices=("hypothesis", "atheris", "replay"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        options.reader = options.reader[0]
        child(options)
        return 0
    keep = Path(options.keep or tempfile.mkdtemp(prefix="fuzz_"))
    results = {}
    for reader in options.reader or READERS:
        results[reader] = run(reader, options.count, options.seed, keep)
        report({reader: results[reader]})
    print()
    return 0 if report(results) else 1


if __name__ == "__main__":
    sys.exit(main())
