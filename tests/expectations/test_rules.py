"""Every rule on figures: one input passes, one fails for exactly that reason."""

from __future__ import annotations

import re

import pytest

from expectations.judging import Failure
from expectations.rules import Rule
from expectations.suites import DATASET_SUITES
from expectations.suites.marts import MART_SUITES
from expectations.suites.papi import PAPI_WORKBOOK
from expectations.suites.scores import RANK_CONTRADICTS_SCORES
from tests.expectations.batches import batch, provinces, row
from tests.expectations.cases import CASES, Case
from tests.expectations.conftest import Find
from warehouse.figures import ParsedBatch

#: Any batch of the tests that is not about completeness has a source_key nobody recorded; that only warns.
_UNRECORDED = "no_expectation_on_record"

_ALL_RULES: list[tuple[str, Rule]] = [
    (suite.name, rule) for suite in (*DATASET_SUITES.values(), *MART_SUITES) for rule in suite.rules
]


def _without_unrecorded(case: Case, rules: set[str]) -> set[str]:
    return rules if case.rule_id == _UNRECORDED else rules - {_UNRECORDED}


@pytest.fixture(scope="module")
def found(find: Find) -> dict[str, list[Failure]]:
    """What breaks a rule in the inputs of all cases: staged together, as the batches of a run are."""
    together = {item.batch_id: item for case in CASES for item in (case.passing(), case.failing(), *case.beside())}
    return find(list(together.values()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule_id)
def test_good_input_passes_and_bad_input_fails_for_exactly_that_reason(
    case: Case, found: dict[str, list[Failure]]
) -> None:
    good, bad = found.get(case.passing().batch_id, []), found.get(case.failing().batch_id, [])
    assert _without_unrecorded(case, {failure.rule_id for failure in good}) == set()
    assert _without_unrecorded(case, {failure.rule_id for failure in bad}) == {case.rule_id}
    assert tuple(failure.row_id for failure in bad if failure.rule_id == case.rule_id) == case.bad_rows
    assert all(failure.found and failure.expected for failure in bad)


def test_every_rule_of_a_dataset_has_a_case() -> None:
    rules = {rule.rule_id for suite in DATASET_SUITES.values() for rule in suite.rules}
    assert rules == {case.rule_id for case in CASES}


@pytest.mark.parametrize(("suite", "rule"), _ALL_RULES, ids=lambda item: getattr(item, "rule_id", item))
def test_rule_says_who_does_what_in_both_languages(suite: str, rule: Rule) -> None:
    texts = (rule.text_vi, rule.text_en, rule.fix_vi, rule.fix_en, rule.rule_source)
    assert all(text.strip() for text in texts), suite


@pytest.mark.parametrize(("suite", "rule"), _ALL_RULES, ids=lambda item: getattr(item, "rule_id", item))
def test_query_means_the_same_to_great_expectations_and_to_duckdb(suite: str, rule: Rule) -> None:
    # Braces are placeholders to Great Expectations, and a colon before a word is a parameter to SQLAlchemy.
    assert not re.search(r"[{}]|:\w", rule.failing_rows), suite


def test_swapped_scores_implicate_the_two_swapped_rows_only(find: Find) -> None:
    scores = [70.0, 69.0, 68.0, 67.0, 66.0, 65.0]
    scores[1], scores[4] = scores[4], scores[1]
    swapped = batch(
        *(
            row(unit, value=score, rank=rank)
            for rank, (unit, score) in enumerate(zip(provinces(), scores, strict=False), start=1)
        )
    )
    failures = find([swapped])[swapped.batch_id]
    assert [item.row_id for item in failures if item.rule_id == RANK_CONTRADICTS_SCORES.rule_id] == [2, 5]


def test_equal_ranks_with_unequal_scores_contradict(find: Find) -> None:
    tied = batch(row(value=70.0, rank=1), row("ben_tre", value=60.0, rank=1))
    assert RANK_CONTRADICTS_SCORES.rule_id in {item.rule_id for item in find([tied])[tied.batch_id]}


def test_suspect_row_does_not_send_a_printed_row_into_quarantine(find: Find) -> None:
    rows = batch(row(value=81.0, rank=1, figure_status="suspect"), row("ben_tre", value=83.9, rank=2), dataset="annex")
    failed = {(item.rule_id, item.row_id) for item in find([rows])[rows.batch_id]}
    assert ("suspect_rank_contradicts_scores", 1) in failed
    assert not {item for item in failed if item[0] == "rank_contradicts_scores"}


@pytest.mark.parametrize(
    ("wrong", "implicated"), [("PAPI.D1", {"PAPI.D1"}), ("PAPI", {"PAPI"}), ("PAPI.SC11", {"PAPI.SC11", "PAPI.SC12"})]
)
def test_sums_implicate_the_cell_that_is_wrong(wrong: str, implicated: set[str], find: Find) -> None:
    values = {
        "PAPI": 10.0,
        "PAPI.D1": 4.0,
        "PAPI.D2": 6.0,
        "PAPI.SC11": 1.8,
        "PAPI.SC12": 2.2,
        "PAPI.SC22": 3.0,
        "PAPI.SC23": 3.0,
    }
    values[wrong] += 0.2
    parts = batch(
        *(row(indicator_code=code, data_year=2012, value=value) for code, value in values.items()),
        dataset=PAPI_WORKBOOK.name,
    )
    failed = {
        list(values)[item.row_id - 1] for item in find([parts])[parts.batch_id] if item.rule_id == "components_add_up"
    }
    assert failed == implicated


def test_copied_year_blocks_the_later_year_when_both_arrive_together(find: Find) -> None:
    def year(data_year: int, key: str) -> ParsedBatch:
        return batch(
            *(row(unit, data_year=data_year, value=50.0 + index) for index, unit in enumerate(provinces()[:20])),
            source_key=key,
        )

    earlier, later = year(2009, "t:2009"), year(2010, "t:2010")
    found = find([later, earlier])
    blocked = {batch_id for batch_id, items in found.items() if any(item.rule_id == "copied_year" for item in items)}
    assert blocked == {later.batch_id}
