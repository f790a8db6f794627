"""The stand-in: the shape public scripts show, the same answer to the same question, all of it marked as made up."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ingestion.portal.catalogue import services
from ingestion.portal.standin import Fault, StandIn, figures
from ingestion.portal.unit_ids import portal_units, unit_names_on
from ingestion.resolver import default_resolver
from tests.ingestion.portal.asking import MONTHLY, SCORE, asking

_IDS = {unit.unit_code: unit.portal_id for unit in portal_units()}


def number(text: str) -> float:
    """A printed number: with a comma, or in groups of three, the marks are Vietnamese."""
    is_grouped = "." in text and len(text.rsplit(".", 1)[-1]) == 3
    return float(text.replace(".", "").replace(",", ".") if "," in text or is_grouped else text)


def answered(
    service: str, year: int, month: int = 0, unit: str = "0", today: date = date(2025, 10, 15)
) -> list[dict[str, Any]]:
    params = services()[service].base_params(year, month) | {"p_tinh_id": _IDS.get(unit, "0")}
    content = StandIn(today=today).answer(params)
    return list(content["data"] if isinstance(content, dict) else content)


def test_every_answer_says_it_is_synthetic() -> None:
    with asking() as portal:
        assert portal.client.ask({"service": SCORE, "p_nam": "2025"}, "score").is_synthetic


@pytest.mark.parametrize("service", sorted(services()))
def test_every_service_answers_with_rows_of_text(service: str) -> None:
    rows = answered(service, 2025, 9 if services()[service].period_kind == "month" else 0, "lao_cai_2025")
    assert rows
    assert {type(value) for row in rows for value in row.values()} == {str}


def test_the_same_question_has_the_same_answer_and_another_week_another_score() -> None:
    first, again = answered(SCORE, 2025), answered(SCORE, 2025)
    later = answered(SCORE, 2025, today=date(2025, 10, 22))
    assert first == again != later


def test_one_provinces_printed_parts_do_not_add_up_to_its_printed_total() -> None:
    [row] = [row for row in answered(SCORE, 2025) if row["TEN"] == "Tỉnh Sơn La"]
    parts = [number(row[part]) for part in figures.PARTS]
    assert (round(sum(parts), 2), number(row["TONG_SCORE"])) == (83.63, 86.94)


def test_no_part_is_above_its_maximum_and_every_other_total_adds_up() -> None:
    rows = [row for row in answered(SCORE, 2025) if row["TEN"] != "Tỉnh Sơn La"]
    assert all(number(row[part]) <= most for row in rows for part, most in figures.PARTS.items())
    assert all(
        abs(sum(number(row[part]) for part in figures.PARTS) - number(row["TONG_SCORE"])) < 0.006 for row in rows
    )


@pytest.mark.parametrize("day", [date(2024, 12, 31), date(2025, 6, 30), date(2025, 10, 15)])
def test_every_name_is_one_the_reference_tables_know_on_that_day(day: date) -> None:
    resolver = default_resolver()
    names = unit_names_on(day)
    assert {
        code: resolver.resolve_on(name, unit_type="province", day=day).unit_code for code, name in names.items()
    } == {code: code for code in names}


def test_the_maxima_tell_provision_from_payment() -> None:
    """Only with values above 10 can a reader see that CLGQ is the part of 12 points."""
    rows = answered(SCORE, 2025)
    assert max(number(row["CLGQ"]) for row in rows) > 10 >= max(number(row["TTTT"]) for row in rows)


@pytest.mark.parametrize(("year", "month", "units"), [(2024, 1, 63), (2025, 6, 63), (2025, 7, 34), (2025, 12, 34)])
def test_each_month_has_the_units_of_its_map(year: int, month: int, units: int) -> None:
    end = date(2026, 1, 31)
    answers = [code for code in _IDS if answered(MONTHLY, year, month, code, today=end)]
    assert len({_IDS[code] for code in answers}) == units


def test_the_ways_of_filing_add_up_to_the_dossiers() -> None:
    [row] = answered(MONTHLY, 2025, 3, "ha_noi_2008")
    ways = ("HTN_TRUCTIEP", "HTN_BUUCHINH", "HTN_TRUCTUYEN", "HTN_TRUCTUYEN_KHONGCHUAN")
    assert sum(number(row[f"{way}_TOTAL"]) for way in ways) == number(row["HS_TOTAL"])


def test_a_year_is_the_sum_of_its_months() -> None:
    [year] = answered("report_by_year_sum_service", 2024, 0, "ha_noi_2008")
    months = [number(answered(MONTHLY, 2024, month, "ha_noi_2008")[0]["HS_TOTAL"]) for month in range(1, 13)]
    assert number(year["HS_TOTAL"]) == sum(months)


@pytest.mark.parametrize(
    ("unit", "month", "expected"),
    [
        # As fct_dossier_month has them: dossiers, online in full, paid online, returned on time, returned late.
        ("thua_thien_hue", 8, (119, 63, 85, 94, 28)),
        ("thua_thien_hue", 9, (119, 51, 81, 96, 17)),
        ("lao_cai_2025", 8, (119, 58, 75, 91, 23)),
        ("lao_cai_2025", 9, (119, 63, 77, 85, 24 + 3)),
    ],
)
def test_counts_agree_with_the_dossiers_but_for_the_planted_three(
    unit: str, month: int, expected: tuple[int, ...]
) -> None:
    [row] = answered(MONTHLY, 2025, month, unit)
    fields = ("HS_TOTAL", "HTN_TRUCTUYEN_TOTAL", "GDTT_TOTAL", "HTDH", "HTQH")
    assert tuple(number(row[field]) for field in fields) == expected


def test_a_month_that_is_still_to_come_has_no_rows() -> None:
    assert answered(MONTHLY, 2025, 11, "ha_noi_2008") == []


def test_a_fault_nobody_described_is_refused() -> None:
    with pytest.raises(ValueError, match="no fault"):
        Fault("nothing")  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "change"), [("missing_field", -1), ("renamed_field", 0), ("extra_field", 1)])
def test_drift_changes_the_fields_and_is_handed_on_as_it_came(kind: Any, change: int) -> None:
    usual = answered(SCORE, 2025)[0]
    with asking(Fault(kind)) as portal:
        drifted = portal.rows()[0]
    assert len(drifted) - len(usual) == change
    assert drifted.keys() != usual.keys()
