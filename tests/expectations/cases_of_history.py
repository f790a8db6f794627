"""Batches with a year beside them, for the rules that hold a table against its neighbouring years."""

from __future__ import annotations

import random
import struct

from tests.expectations.batches import Row, batch, provinces, row
from warehouse.figures import ParsedBatch

_PARTS = [f"PAPI.SC{number}" for number in (11, 12, 13, 14, 22, 23, 31, 32, 33, 41, 42, 43, 44, 51, 53, 61, 62, 71)]
_UNITS = 30


def _scores(data_year: int) -> dict[tuple[str, str], float]:
    """Provinces that keep their character: what they scored, a little moved each year; by unit and indicator."""
    character, mood = random.Random(1), random.Random(data_year)
    return {
        (unit, code): 1.0 + 0.02 * level + character.uniform(-0.3, 0.3) + mood.gauss(0, 0.1)
        for level, code in enumerate(_PARTS)
        for unit in provinces()[:_UNITS]
    }


def _table(data_year: int, scores: dict[tuple[str, str], float]) -> ParsedBatch:
    rows: list[Row] = [
        row(unit, indicator_code=code, data_year=data_year, value=round(value, 4))
        for (unit, code), value in scores.items()
    ]
    return batch(*rows, dataset="papi_csv", source_key=f"test:history:{data_year}")


def year_before() -> tuple[ParsedBatch, ...]:
    """The year the others are held against."""
    return (_table(2018, _scores(2018)),)


def year_after() -> ParsedBatch:
    """A year as it should be."""
    return _table(2019, _scores(2019))


def with_a_jump() -> ParsedBatch:
    """One score leaps."""
    scores = _scores(2019)
    scores[provinces()[3], _PARTS[0]] += 1.2
    return _table(2019, scores)


def with_provinces_exchanged() -> ParsedBatch:
    """Two provinces bear each other's names."""
    scores = _scores(2019)
    first, second = provinces()[4], provinces()[9]
    for code in _PARTS:
        scores[first, code], scores[second, code] = scores[second, code], scores[first, code]
    return _table(2019, scores)


def with_columns_exchanged() -> ParsedBatch:
    """Two columns bear each other's headers."""
    scores = _scores(2019)
    for unit in provinces()[:_UNITS]:
        first, second = (unit, _PARTS[0]), (unit, _PARTS[-1])
        scores[first], scores[second] = scores[second], scores[first]
    return _table(2019, scores)


def with_a_column_slid() -> ParsedBatch:
    """The scores of one column stand a row too low, the last of them on top."""
    scores = _scores(2019)
    keys = [(unit, _PARTS[5]) for unit in provinces()[:_UNITS]]
    moved = [scores[key] for key in keys]
    scores.update(zip(keys, moved[-1:] + moved[:-1], strict=True))
    return _table(2019, scores)


def of_single_precision(last: float | None = None) -> ParsedBatch:
    """A file of numbers as the survey's programme writes them; `last` takes the place of the last one."""
    drawn = random.Random(7)
    values = [struct.unpack("f", struct.pack("f", drawn.uniform(0.5, 2.0)))[0] for _ in range(2 * 60)]
    if last is not None:
        values[-1] = last
    keys = [(unit, code) for code in ("PAPI.SC11", "PAPI.SC12") for unit in provinces()[:60]]
    rows = [
        row(unit, indicator_code=code, data_year=2021, value=round(value, 9))
        for (unit, code), value in zip(keys, values, strict=True)
    ]
    return batch(*rows, dataset="papi_csv", source_key="test:single")
