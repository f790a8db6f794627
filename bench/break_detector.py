"""How much of what is planted the detector of breaks finds, and how often it cries wolf.

It runs the SQL dbt compiles from the models, unchanged, on DuckDB in memory: no second copy of the method is measured.
Real panels come from a release (`--release`, or the current one of REFORM_HOME); without one that part is left out with
the reason, unless CI is set. Simulated panels always run, with fixed seeds that were not used to choose the thresholds.
Run it from the project's root: `python -m bench.break_detector`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from bench.break_panels import Panel, fit, read_fit, real_panels, simulated, write_fit
from bench.break_planting import FIFTH, KINDS, QUARTER, Plant, plant, spots_of
from warehouse.build import run_dbt
from warehouse.home import Home

MODELS = ("int_break_panel", "int_break_signal", "int_break_swap", "int_break_detected")
SEED = 20261123
_COPIES_AT_ONCE = 60
#: What a person had set aside by hand before this detector was made, by another criterion (three times the usual change
#: and nine tenths of the provinces the same way). Kept as it was, so that a reading written since cannot flatter.
SUSPECTED_BEFORE = frozenset(
    (f"{index}.{part}", year)
    for index, parts in {
        "PAPI": "SC11 2019, SC11 2022, SC12 2016, SC31 2016, SC31 2018, SC32 2018, SC32 2021, SC3_PIB 2016, SC44 2018, "
        "SC51 2016, SC62 2020, SC62 2021, SC64 2018, SC64 2021, SC71 2019, SC73 2022, SC83 2020",
        "PCI": "BUSINESS_SUPPORT 2008, BUSINESS_SUPPORT 2011, BUSINESS_SUPPORT 2013, ENTRY_COSTS 2010, "
        "ENTRY_COSTS 2011, LEGAL_INSTITUTIONS 2012, LEGAL_INSTITUTIONS 2013, TIME_COSTS 2007",
    }.items()
    for part, year in ((words.split()[0], int(words.split()[1])) for words in parts.split(", "))
)

Found = frozenset[tuple[str, str, int]]


@dataclass(frozen=True)
class Count:
    """So many of so many."""

    hits: int
    of: int

    def __str__(self) -> str:
        return f"{self.hits:>5} of {self.of:>6}  {self.share:7.2%}"

    @property
    def share(self) -> float:
        """Hits as a share; 0 of 0 is 0."""
        return self.hits / self.of if self.of else 0.0


def compiled_models(folder: Path) -> dict[str, str]:
    """The SQL of the models as dbt compiles it, in the order they depend on each other."""
    home = Home(folder)
    home.make()
    run_dbt(home, "compile", "--select", *MODELS)
    found = {path.stem: path.read_text("utf-8") for path in (home.dbt_target / "compiled").rglob("int_break_*.sql")}
    return {model: found[model] for model in MODELS}


def detect(models: dict[str, str], copies: Sequence[tuple[str, Panel]]) -> Found:
    """Copy, indicator and year of all the detector finds; each copy is judged as an index of its own."""
    found: set[tuple[str, str, int]] = set()
    for start in range(0, len(copies), _COPIES_AT_ONCE):
        part = copies[start : start + _COPIES_AT_ONCE]
        with duckdb.connect() as connection:
            connection.execute("attach ':memory:' as warehouse")
            for schema in ("staging", "intermediate"):
                connection.execute(f"create schema warehouse.{schema}")
            tables = {
                "intermediate.int_indicator_value": pa.concat_tables(_values(*copy) for copy in part),
                "staging.stg_indicator": pa.concat_tables(_indicators(*copy) for copy in part),
                "intermediate.int_break_known": pa.concat_tables(_known(*copy) for copy in part),
            }
            for name, rows in tables.items():
                connection.register("arriving", rows)
                connection.execute(f"create table warehouse.{name} as select * from arriving")
                connection.unregister("arriving")
            for model, sql in models.items():
                connection.execute(f"create table warehouse.intermediate.{model} as {sql}")
            rows = connection.execute(
                "select indicator_code, data_year from warehouse.intermediate.int_break_detected"
            ).fetchall()
        found.update((code.partition("#")[2], code.partition("#")[0], year) for code, year in rows)
    return frozenset(found)


def _values(copy: str, panel: Panel) -> pa.Table:
    indicator, year, unit = np.nonzero(np.isfinite(panel.values))
    maxima = panel.maxima[indicator, year]
    return pa.table(
        {
            "indicator_code": _words(indicator, [f"{code}#{copy}" for code in panel.indicators]),
            "data_year": pa.array(np.array(panel.years)[year], pa.int32()),
            "unit_code": _words(unit, [f"unit_{place}" for place in range(panel.values.shape[2])]),
            "value": pa.array(panel.values[indicator, year, unit]),
            "max_value": pa.array(maxima, mask=~np.isfinite(maxima)),
            "boundary": _words(np.zeros_like(unit), ["published"]),
            "unit_type": _words(np.zeros_like(unit), ["province"]),
        }
    )


def _words(places: np.ndarray, words: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), words).cast(pa.string())


def _indicators(copy: str, panel: Panel) -> pa.Table:
    count = len(panel.indicators)
    return pa.table(
        {
            "indicator_code": [f"{code}#{copy}" for code in panel.indicators],
            "index_code": [f"{panel.index_code}#{copy}"] * count,
            "parent_code": [f"{code}#{copy}" for code in panel.parents],
            "indicator_level": ["component"] * count,
            "total_rule": ["none"] * count,
        }
    )


def _known(copy: str, panel: Panel) -> pa.Table:
    known = sorted(panel.known)
    return pa.table(
        {
            "indicator_code": pa.array([f"{code}#{copy}" for code, _ in known], pa.string()),
            "first_year": pa.array([year for _, year in known], pa.int32()),
            "reason": pa.array(["method_changed"] * len(known), pa.string()),
        }
    )


# -- planted ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Planted:
    """What was planted, and which of it the detector found."""

    plants: tuple[Plant, ...]
    found: Found

    def count(self, *, least: float = 0.0, below: float = 2.0, **wanted: object) -> Count:
        """Recall among the plants of magnitudes from `least` to `below` whose attributes are these."""
        among = [
            item
            for item in self.plants
            if least <= item.magnitude < below and all(getattr(item, name) == value for name, value in wanted.items())
        ]
        return Count(sum((item.copy, item.indicator_code, item.data_year) in self.found for item in among), len(among))


def plant_everywhere(
    models: dict[str, str], panels: Iterable[Panel], seed: int, *, small: bool = False, kinds: Sequence[str] = KINDS
) -> Planted:
    """Plant each kind once in every undisturbed indicator-year of the panels, and let the detector look."""
    random = np.random.default_rng(seed)
    copies: list[tuple[str, Panel]] = []
    plants: list[Plant] = []
    for number, panel in enumerate(panels):
        for kind in kinds:
            for group, spots in enumerate(spots_of(panel, random)):
                copy = f"{seed}_{number}_{kind}_{group}"
                changed, planted = plant(panel, kind, spots, copy, random, small=small)
                if planted:
                    copies.append((copy, changed))
                    plants.extend(planted)
    return Planted(tuple(plants), detect(models, copies))


def simulated_panels(count: int, seed: int) -> list[Panel]:
    """So many panels of each index in which nothing breaks."""
    random = np.random.default_rng(seed)
    fitted = read_fit()
    return [simulated(index_code, rows, random) for _ in range(count) for index_code, rows in fitted.items()]


# -- undisturbed -----------------------------------------------------------------------------------------------------


def alarms(models: dict[str, str], panels: Sequence[Panel]) -> dict[str, Count]:
    """False alarms by index: detections among the undisturbed indicator-years of panels nothing was planted in."""
    found = detect(models, [(str(number), panel) for number, panel in enumerate(panels)])
    counts = {index: Count(0, 0) for index in sorted({panel.index_code for panel in panels})}
    for number, panel in enumerate(panels):
        judged = [(panel.indicators[place], panel.years[year]) for place, year in np.argwhere(panel.judged)]
        hits = sum((str(number), *spot) in found for spot in judged)
        before = counts[panel.index_code]
        counts[panel.index_code] = Count(before.hits + hits, before.of + len(judged))
    return counts


def one_year_left_out(panels: Sequence[Panel]) -> list[Panel]:
    """Every panel as often as it has years, each time without one: what is usual must not hang on a single year."""
    shortened = []
    for panel in panels:
        for gone in range(len(panel.years)):
            values, judged = panel.values.copy(), panel.judged.copy()
            values[:, gone] = np.nan
            judged[:, gone : gone + 2] = False
            shortened.append(replace(panel, values=values, judged=judged))
    return shortened


def total(counts: Iterable[Count]) -> Count:
    """All of them together."""
    listed = list(counts)
    return Count(sum(count.hits for count in listed), sum(count.of for count in listed))


# -- printing --------------------------------------------------------------------------------------------------------


def _print_planted(title: str, planted: Planted) -> None:
    indices = sorted({item.index_code for item in planted.plants})
    print(f"\n{title}\n  {'':<28}" + "".join(f"{index:>26}" for index in indices) + f"{'together':>26}")
    for kind in KINDS:
        _print_row(f"{kind}, from a fifth", planted, indices, kind=kind, least=FIFTH)
    _print_row("all, from a quarter", planted, indices, least=QUARTER)
    _print_row("all, from a fifth", planted, indices, least=FIFTH)
    _print_row("below a fifth", planted, indices, below=FIFTH)


def _print_row(label: str, planted: Planted, indices: Sequence[str], **wanted: object) -> None:
    counts = [*(planted.count(index_code=index, **wanted) for index in indices), planted.count(**wanted)]
    print(f"  {label:<28}" + "".join(f"{count!s:>26}" for count in counts))


def _print_sizes(planted: Planted) -> None:
    print("\nrescaled and shifted, by size (real and simulated)")
    for kind in ("rescaled", "shifted"):
        sizes = sorted({item.size for item in planted.plants if item.kind == kind}, key=lambda size: (len(size), size))
        print(f"  {kind}: " + ", ".join(f"{size} {planted.count(kind=kind, size=size).share:.0%}" for size in sizes))


def _print_alarms(title: str, counts: dict[str, Count]) -> None:
    print(f"  {title:<44}" + "".join(f"{index:>6} {count}" for index, count in counts.items()))
    print(f"  {'':<44}{'both':>6} {total(counts.values())}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; exit code 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--release", type=Path, default=Home.from_environment().current / "warehouse.duckdb")
    parser.add_argument("--panels", type=int, default=40, help="simulated panels of each index without a break")
    parser.add_argument("--planted-panels", type=int, default=2, help="simulated panels of each index to plant in")
    parser.add_argument("--fit", action="store_true", help="write bench/break_fit.csv from the release and stop")
    options = parser.parse_args(arguments)
    real = _real(options.release)
    if options.fit:
        write_fit(fit(real))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        models = compiled_models(Path(folder))
    calm = simulated_panels(options.panels, SEED)
    sound = alarms(models, calm)
    measured = {"simulated": plant_everywhere(models, simulated_panels(options.planted_panels, SEED + 1), SEED + 2)}
    faint = [plant_everywhere(models, simulated_panels(1, SEED + 3), SEED + 4, small=True, kinds=KINDS[:3])]
    if real:
        measured["real"] = plant_everywhere(models, real, SEED + 5)
        faint.append(plant_everywhere(models, real, SEED + 6, small=True, kinds=KINDS[:3]))
    for name, planted in measured.items():
        _print_planted(f"recall, planted in {name} panels", planted)
    everything = total(planted.count(least=QUARTER) for planted in measured.values())
    print(f"\nrecall overall, from a quarter: {everything}")
    print(f"recall overall, from a fifth:   {total(planted.count(least=FIFTH) for planted in measured.values())}")
    _print_sizes(Planted(tuple(p for m in (*measured.values(), *faint) for p in m.plants), _all(measured, faint)))
    print("\nfalse alarms in undisturbed indicator-years")
    _print_alarms("simulated, truth known", sound)
    if real:
        _print_alarms("real, but for what was set aside before", alarms(models, real))
        _print_alarms("the same, each year left out in turn", alarms(models, one_year_left_out(real)))
    is_met = everything.share >= 0.95 and total(sound.values()).share <= 0.02
    return 0 if is_met else 1


def _all(measured: dict[str, Planted], faint: list[Planted]) -> Found:
    return frozenset().union(*(planted.found for planted in (*measured.values(), *faint)))


def _real(release: Path) -> list[Panel]:
    if release.exists():
        return real_panels(release, SUSPECTED_BEFORE)
    reason = f"no release at {release}: `make run` with the real files beside the project makes one"
    if os.environ.get("CI"):
        raise SystemExit(reason)
    print(f"real panels left out: {reason}", file=sys.stderr)
    return []


if __name__ == "__main__":
    sys.exit(main())
