"""Figures of units that exist, made up by us: each follows from its service, unit and period alone.

Shapes, names of fields and number forms are those public scripts show; no figure is real. Three things are planted: one
province whose printed parts do not add up to its printed total (as really happened), a printed rate that is not that of
its counts, and counts that do not agree with the dossiers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from ingestion.portal.standin.dossier_counts import dossier_counts

#: The six parts of the score of Decision 766 and the most each can be. CLGQ is the provision of services online (12),
#: TTTT the payments online (10).
PARTS = {"CKMB": 18, "TDGQ": 20, "CLGQ": 12, "TTTT": 10, "MDHL": 18, "MDSH": 22}
_PART_NAMES = {
    "CKMB": "Công khai, minh bạch",
    "TDGQ": "Tiến độ giải quyết",
    "CLGQ": "Cung cấp dịch vụ công trực tuyến",
    "TTTT": "Thanh toán trực tuyến",
    "MDHL": "Mức độ hài lòng",
    "MDSH": "Mức độ số hóa",
}
#: What one province printed in 2025: the parts add up to 83.63, the total says 86.94.
SON_LA = {"CKMB": 15.3, "TDGQ": 16.39, "CLGQ": 9.1, "TTTT": 5.21, "MDHL": 17.88, "MDSH": 19.75}
SON_LA_TOTAL = 86.94
#: Unit and month whose printed on-time share is 4 points above that of its counts.
WRONG_RATE = ("dong_nai", "2025-03")
#: Unit, month and by how many the portal counts more late dossiers than the dossiers themselves show.
DISAGREEMENT = ("lao_cai_2025", "2025-09", 3)

FIRST_MONTH, LAST_MONTH = (2024, 1), (2025, 12)
_WAYS = ("HTN_TRUCTIEP", "HTN_BUUCHINH", "HTN_TRUCTUYEN", "HTN_TRUCTUYEN_KHONGCHUAN")


#: Code -> id and name.
Units = Mapping[str, tuple[str, str]]


def drawn(*key: object) -> float:
    """A number in [0, 1) that follows from `key`."""
    return int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:7], "big") / 2**56


@dataclass(frozen=True)
class Month:
    """The counts of one unit and month, in the portal's own names."""

    counts: Mapping[str, int]

    def plus(self, other: Month) -> Month:
        """Both together."""
        return Month({name: count + other.counts[name] for name, count in self.counts.items()})


@lru_cache(maxsize=4096)
def month_of(unit_code: str, year: int, month: int) -> Month:
    """The counts of a unit in a month."""
    key = (unit_code, year, month)
    ways: tuple[int, ...]
    known = dossier_counts().get((unit_code, f"{year}-{month:02d}"))
    if known is not None:
        total, ways, on_time, late, paid = known.dossiers, known.ways, known.on_time, known.late, known.paid_online
    else:
        size = 4_000 + 46_000 * drawn("size", unit_code) ** 2
        growth = 1 + 0.012 * ((year - 2024) * 12 + month - 1)
        total = round(size * growth * (0.9 + 0.2 * drawn("volume", *key)) * (0.75 if month == 2 else 1))
        ways = _split(total, (0.28, 0.02, 0.62, 0.08), key)
        closed = round(total * (0.93 + 0.06 * drawn("closed", *key)))
        late = round(closed * (0.01 + 0.08 * drawn("late", unit_code) + 0.01 * drawn("late", *key)))
        on_time = closed - late
        paid = round(total * (0.3 + 0.3 * drawn("paid", *key)))
    if key == (DISAGREEMENT[0], *map(int, DISAGREEMENT[1].split("-"))):
        late += DISAGREEMENT[2]
    pending = round(total * (0.1 + 0.1 * drawn("pending", *key)))
    overdue = round(pending * 0.1 * drawn("overdue", *key))
    petitions = round(total * 0.004)
    nationally = round(paid * (0.5 + 0.3 * drawn("national", *key)))
    counts = {
        "HS_TOTAL": total,
        "DB_TOTAL": round(total * (0.9 + 0.1 * drawn("synchronised", *key))),
        **{f"{name}_TOTAL": count for name, count in zip(_WAYS, ways, strict=True)},
        "HTDH": on_time,
        "HTQH": late,
        "DXLTH": pending - overdue,
        "DXLQH": overdue,
        "GDTT_TOTAL": paid,
        "GDTTQG": nationally,
        "GDTTDP": paid - nationally,
        "NTTDXLTH": petitions - petitions // 20,
        "NTTDXLQH": petitions // 20,
        "TNTK_TOTAL": round(total * 0.4),
        "NTTQG_TOTAL": petitions,
        "TNKTCS_TOTAL": round(total * 0.05),
    }
    return Month(counts)


def month_row(unit_code: str, year: int, month: int) -> dict[str, str]:
    """The row of a unit and month as the portal prints it."""
    raised = 4.0 if (unit_code, f"{year}-{month:02d}") == WRONG_RATE else 0.0
    return _printed(unit_code, month_of(unit_code, year, month), raised)


def year_row(unit_code: str, year: int, last_month: int) -> dict[str, str] | None:
    """The row of a unit and a year up to `last_month`; None where there is nothing yet."""
    months = [month_of(unit_code, year, month) for month in range(1, last_month + 1)]
    if not months:
        return None
    whole = months[0]
    for month in months[1:]:
        whole = whole.plus(month)
    return _printed(unit_code, whole, 0.0)


def score_of(unit_code: str, year: int, week: str) -> dict[str, float]:
    """The parts of the rolling score of a unit, as they stand in `week`."""
    if unit_code == "son_la":
        return dict(SON_LA)
    return {
        part: round(
            most * min(0.8 + 0.19 * drawn(part, unit_code, year) + 0.02 * (drawn(part, unit_code, week) - 0.5), 1), 2
        )
        for part, most in PARTS.items()
    }


def score_rows(units: Units, year: int, week: str) -> list[dict[str, str]]:
    """The ranked rows of all `units`."""
    parts = {code: score_of(code, year, week) for code in units}
    totals = {code: SON_LA_TOTAL if code == "son_la" else round(sum(parts[code].values()), 2) for code in units}
    ranked = sorted(units, key=lambda code: (-totals[code], code))
    return [
        {
            "ID": units[code][0],
            "TEN": units[code][1],
            "MA_COQUAN": f"H{int(units[code][0]) % 100:02d}",
            "CAPDONVIID": "1",
            "ROW_STT": str(rank),
            **{part: _number(parts[code][part], code) for part in ("CKMB", "TDGQ", "TTTT", "CLGQ", "MDHL", "MDSH")},
            "TONG_SCORE": _number(totals[code], code),
        }
        for rank, code in enumerate(ranked, start=1)
    ]


def trend_rows(unit_code: str, year: int, last_month: int) -> list[dict[str, str]]:
    """The score by month of a year."""
    return [
        {"MONTH": str(month), "TB_SCORE": _number(sum(score_of(unit_code, year, f"m{month}").values()), unit_code)}
        for month in range(1, last_month + 1)
    ]


def part_rows(unit_code: str, year: int, today: date) -> list[dict[str, str]]:
    """The parts of the score with their maxima."""
    score = score_of(unit_code, year, today.strftime("%G-W%V"))
    return [
        {
            "CODE": part,
            "DESCRIPTION": _PART_NAMES[part],
            "SCORE": _number(score[part], unit_code),
            "MAX_SCORE": str(most),
            "TB_SCORE": _number(most * (0.7 + 0.1 * drawn("mean", part, year)), unit_code),
        }
        for part, most in PARTS.items()
    ]


def undocumented_rows(
    service: str, units: Mapping[str, tuple[str, str]], year: int, month: int
) -> list[dict[str, Any]]:
    """Rows of the services of which nobody has described the fields: plausible, and to be read by nobody."""
    if service == "report_sum_xuonghuongdiem_tonghop_service":
        return [{"MONTH": str(number), "TB_SCORE": _number(70 + 10 * drawn(service, year, number), "")}
                for number in range(1, 13)]  # fmt: skip
    return [
        {
            "ID": identity,
            "TEN": name,
            "TILE": _number(40 + 60 * drawn(service, code, year, month), code),
            "TONG": str(round(100 + 1900 * drawn("count", service, code, year, month))),
        }
        for code, (identity, name) in units.items()
    ]


def _printed(unit_code: str, month: Month, raised: float) -> dict[str, str]:
    """Counts as text, with the shares the portal prints beside them."""
    counts = month.counts
    closed = counts["HTDH"] + counts["HTQH"]
    rates = {name: _share(counts[f"{name}_TOTAL"], counts["HS_TOTAL"]) for name in _WAYS}
    rates["TILE"] = min(_share(counts["HTDH"], closed) + raised, 100.0)
    rates["TILE_DB"] = _share(counts["DB_TOTAL"], counts["HS_TOTAL"])
    row = {name: _count(count, unit_code) for name, count in counts.items()}
    row.update({name: _number(rate, unit_code) for name, rate in rates.items()})
    return row


def _share(count: int, of: int) -> float:
    return round(100 * count / of, 2) if of else 0.0


def _style(unit_code: str) -> int:
    """How a unit's figures are printed: 0 plain, 1 with Vietnamese marks, 2 with a fraction that is none."""
    return int(drawn("style", unit_code) * 3)


def _count(count: int, unit_code: str) -> str:
    style = _style(unit_code)
    if style == 0:
        return str(count)
    grouped = f"{count:,}".replace(",", ".")
    return grouped if style == 1 else f"{grouped},0"


def _number(value: float, unit_code: str) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text if _style(unit_code) == 0 else text.replace(".", ",")


def _split(total: int, weights: tuple[float, ...], key: tuple[object, ...]) -> tuple[int, ...]:
    parts = [round(total * weight * (0.9 + 0.1 * drawn("way", number, *key))) for number, weight in enumerate(weights)]
    return (total - sum(parts[1:]), *parts[1:])
