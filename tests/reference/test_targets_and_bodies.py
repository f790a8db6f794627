"""Targets, what measures them, and the bodies that answer for a field: nothing is measured and excused at once."""

from __future__ import annotations

import csv

import pytest

from warehouse.home import REFERENCE_DIR


def rows(table: str) -> list[dict[str, str]]:
    with (REFERENCE_DIR / f"{table}.csv").open(encoding="utf-8", newline="") as reading:
        return list(csv.DictReader(reading))


TARGETS = {row["target_code"]: row for row in rows("reform_target")}
LINKS = rows("target_indicator")


def test_every_target_is_measured_or_says_why_not() -> None:
    measured = {link["target_code"] for link in LINKS}
    wrong = [
        code
        for code, row in TARGETS.items()
        if {bool(row["not_measured_vi"]), bool(row["not_measured_en"])} != {code not in measured}
    ]
    assert wrong == []


def test_links_lead_from_a_target_to_an_indicator() -> None:
    indicators = {row["indicator_code"] for row in rows("indicator")}
    assert [
        link for link in LINKS if link["target_code"] not in TARGETS or link["indicator_code"] not in indicators
    ] == []


def test_indicator_that_measures_a_target_has_its_unit() -> None:
    units = {row["indicator_code"]: row["measure_unit"] for row in rows("indicator")}
    assert [
        link
        for link in LINKS
        if TARGETS[link["target_code"]]["target_kind"] != "rank_max"
        and units[link["indicator_code"]] != TARGETS[link["target_code"]]["measure_unit"]
    ] == []


def test_target_is_due_after_it_was_set() -> None:
    assert [row for row in TARGETS.values() if int(row["due_year"]) <= int(row["set_year"])] == []


def test_kinds_are_those_of_the_rule() -> None:
    assert {row["target_kind"] for row in TARGETS.values()} <= {"min", "max", "rank_max"}
    assert {link["measure_fit"] for link in LINKS} <= {"same", "nearest"}


@pytest.mark.parametrize(
    ("target", "is_strict"), [("R30C-SAT-01", "true"), ("P2630-SAT-01", "false"), ("R76-SAT-01", "false")]
)
def test_above_is_kept_apart_from_at_least(target: str, is_strict: str) -> None:
    assert TARGETS[target]["is_strict"] == is_strict


def test_responsible_bodies_are_units_that_exist_when_they_take_over() -> None:
    units = {row["unit_code"]: row for row in rows("unit")}
    indicators = {row["indicator_code"] for row in rows("indicator")}
    wrong = [
        row
        for row in rows("responsible_body")
        if row["indicator_code"] not in indicators
        or row["unit_type"] not in {"province", "ministry"}
        or row["body_code"] not in units
        or row["body_vi"] != units[row["body_code"]]["name_vi"]
        or not (units[row["body_code"]]["valid_from"] or "0") <= row["valid_from"]
        or units[row["body_code"]]["valid_to"]
    ]
    assert wrong == []


def test_procedure_control_passed_from_the_government_office_to_justice() -> None:
    bodies = [
        (row["valid_from"], row["body_code"])
        for row in rows("responsible_body")
        if (row["indicator_code"], row["unit_type"]) == ("PAR_INDEX.F3", "province")
    ]
    assert bodies == [("2025-03-01", "m_government_office"), ("2026-01-10", "m_justice")]
