"""Which of several sources is used, and which totals are sums, worked out from the observations with plain Python."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tests.e2e.golden.methodology import Methodology

Chosen = dict[tuple[str, str, int], tuple[float | None, int, int, str]]  # value, status, precedence, unit_type
_STATUS = {"printed": 1, "derived": 2, "suspect": 3}


def choose(observations: list[dict[str, Any]], precedence: dict[str, int]) -> Chosen:
    """The best observation of each unit, indicator and year: printed before derived, then the class of publisher."""
    best: dict[tuple[str, str, int], tuple[Any, ...]] = {}
    for row in observations:
        if row["is_superseded"]:
            continue
        key = (row["unit_code"], row["indicator_code"], row["data_year"])
        published = row["published_at"].toordinal() if row["published_at"] else 0
        order = (
            row["value"] is None, _STATUS[row["figure_status"]], precedence[row["publisher_class"]],
            row["media_type"] == "application/pdf", -published, row["source_document_id"], row["row_id"],
        )  # fmt: skip
        if key not in best or order < best[key][0]:
            best[key] = (order, row)
    return {
        key: (row["value"], _STATUS[row["figure_status"]], precedence[row["publisher_class"]], row["unit_type"])
        for key, (_, row) in best.items()
    }


def with_sums(chosen: Chosen, methodology: Methodology) -> Chosen:
    """Totals that are sums of their parts: where none is printed, or a suspect one, or one from a weaker publisher."""
    done = dict(chosen)
    totals = [code for code, row in methodology.indicators.items() if row["total_rule"] == "sum_of_children"]
    for total in sorted(totals, key=lambda code: -len(list(methodology.totals_above(code)))):
        parts_of: dict[tuple[str, int], list[tuple[float | None, int, int, str]]] = defaultdict(list)
        for (unit, code, year), value in done.items():
            if methodology.indicators[code]["parent_code"] == total and methodology.exists(code, year):
                parts_of[unit, year].append(value)
        for (unit, year), parts in parts_of.items():
            expected = sum(1 for part in methodology.children(total) if methodology.exists(part, year))
            given = [part for part in parts if part[0] is not None]
            if len(given) != expected:
                continue
            status = max(2, *(part[1] for part in given))
            weakest = max(part[2] for part in given)
            printed = done.get((unit, total, year))
            if printed is None or printed[0] is None or (
                status < 3 and (printed[1] == 3 or printed[2] > weakest)
            ):  # fmt: skip
                done[unit, total, year] = (sum(float(part[0] or 0) for part in given), status, weakest, given[0][3])
    return done
