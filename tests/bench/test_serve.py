"""The bench of dashboards asks both engines the same, counts what goes wrong, and says so when a goal is missed."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from bench.postgresql_server import is_installed
from bench.serve import SHORT, as_home, drawn, main, measure, publishing
from bench.serve_large import COLUMNS, Scale, copies, make_large
from bench.serve_queries import QUERIES, Query, same_rows
from bench.serve_readers import DUCKDB, POSTGRESQL, Answers, Engines, crowd
from bench.serve_verdict import Goal, Measured, print_verdict, quantile, verdict
from tests.bench.dashboard_release import KEYS, make_dashboard_release


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with the marts the questions read."""
    return make_dashboard_release(tmp_path_factory.mktemp("serve"))


@pytest.fixture(scope="module")
def large(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, twenty times larger."""
    target = tmp_path_factory.mktemp("large") / release.name
    make_large(release, target, SHORT.scale)
    return target


def needs_postgresql() -> None:
    """Skip without the distribution's server, fail under CI."""
    if not is_installed():
        if os.environ.get("CI"):
            pytest.fail("the Debian package postgresql is not installed, and with CI set nothing skips")
        pytest.skip("the Debian package postgresql is not installed: tests/system_packages.py does it as root")


def measured(engine: str, milliseconds: float, marts: str = "large", readers: int = 4, *errors: str) -> Measured:
    """Two questions, each answered ten times in so many milliseconds."""
    seconds = {question: [milliseconds / 1000] * 10 for question in ("one", "two")}
    return Measured(marts, readers, engine, False, Answers(seconds, list(errors)))


def said(goals: list[Goal]) -> dict[str, bool | None]:
    """What was judged of each goal, by the beginning of its name."""
    return {goal.what.split(":")[0]: goal.met for goal in goals}


def test_the_large_marts_hold_every_row_as_often_as_is_said(release: Path, large: Path) -> None:
    with (
        duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as small,
        duckdb.connect(str(large / "warehouse.duckdb"), read_only=True) as enlarged,
    ):
        for table, (units, indices) in copies(SHORT.scale).items():
            rows = [c.execute(f"select count(*) from marts.{table}").fetchall()[0][0] for c in (small, enlarged)]
            assert rows[1] == rows[0] * units * indices, table


def test_the_keys_of_the_marts_hold_in_the_large_ones(large: Path) -> None:
    with duckdb.connect(str(large / "warehouse.duckdb"), read_only=True) as connection:
        for table, key in KEYS.items():
            twice = f"select 1 from marts.{table} group by {', '.join(key)} having count(*) > 1"
            assert connection.execute(twice).fetchall() == [], table


def test_the_full_form_makes_a_thousand_times_as_many_figures() -> None:
    assert Scale().times == 1000


def test_every_question_reads_columns_the_large_marts_keep_and_has_an_answer_for_all_it_draws(large: Path) -> None:
    asked = drawn(large / "warehouse.duckdb", QUERIES)
    with duckdb.connect(str(large / "warehouse.duckdb"), read_only=True) as connection:
        for query in QUERIES:
            assert set(query.tables) <= set(COLUMNS)
            assert asked.parameters[query.name], query.name
            for parameters in asked.parameters[query.name]:
                assert connection.execute(query.sql, parameters).fetchall(), (query.name, parameters)


def test_there_are_ten_questions() -> None:
    assert len({query.name for query in QUERIES}) == 10


def test_both_engines_answer_the_large_marts_with_the_same_rows_and_are_measured(large: Path, tmp_path: Path) -> None:
    needs_postgresql()
    # `measure` compares the answers to every question before anything is timed, and raises where two differ.
    found = list(measure("large", large, tmp_path, type(SHORT)((2,), 0.3, SHORT.scale)))
    assert [(one.engine, one.publishing) for one in found] == [(DUCKDB, False), (POSTGRESQL, False), (DUCKDB, True)]
    assert [one.answers.errors for one in found] == [[], [], []]


def test_an_answer_that_differs_between_the_engines_stops_the_bench(large: Path, tmp_path: Path) -> None:
    needs_postgresql()
    # The engines divide whole numbers differently, so this question must be found out.
    odd = Query("odd", "", "select 7 / $two as share from marts.dim_unit limit 1", "select 2 as two")
    with pytest.raises(RuntimeError, match="odd"):
        list(measure("large", large, tmp_path, type(SHORT)((1,), 0.1, SHORT.scale, (odd,))))


def test_the_short_form_prints_percentiles_and_a_verdict(
    release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--short", "--release", str(release), "--folder", str(tmp_path), "--seconds", "0.3"]) == 0
    printed = capsys.readouterr().out
    assert "p50 ms   p95 ms   p99 ms" in printed
    assert all(f"  {query.name} " in printed for query in QUERIES)
    lines = printed.split("\nverdict\n")[1].splitlines()
    assert all(line.split()[0] in {"met", "missed", "not"} for line in lines)
    if is_installed():
        assert sum("ahead of PostgreSQL" in line for line in lines) == 10


def test_without_a_release_it_says_what_is_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--release", str(tmp_path)]) == 3
    assert "make run" in capsys.readouterr().err


def test_readers_follow_current_while_releases_are_switched(release: Path, tmp_path: Path) -> None:
    home = as_home(release, tmp_path)
    asked = drawn(release / "warehouse.duckdb", QUERIES)
    with crowd(2, Engines(home.root, {"threads": "1"}), asked) as reading, publishing(home, 0.2):
        answers = reading.ask(DUCKDB, 2.0)
    assert (answers.errors, answers.releases > 2) == ([], True)


def test_what_a_reader_cannot_answer_is_counted_as_an_error(release: Path, tmp_path: Path) -> None:
    home = as_home(release, tmp_path)
    broken = Query("broken", "", "select nothing from marts.dim_unit", "select 1 as one")
    asked = drawn(release / "warehouse.duckdb", [broken])
    with crowd(1, Engines(home.root, {}), asked) as reading:
        answers = reading.ask(DUCKDB, 0.2)
    assert answers.errors
    assert not answers.seconds["broken"]


def test_a_question_is_ahead_only_where_median_and_p95_are_at_every_number_of_readers() -> None:
    found = [measured(DUCKDB, 2), measured(POSTGRESQL, 3), measured(DUCKDB, 9, "large", 16)]
    assert said(verdict([*found, measured(POSTGRESQL, 10, "large", 16)]))["large marts, one"] is True
    assert said(verdict([*found, measured(POSTGRESQL, 8, "large", 16)]))["large marts, one"] is False


def test_one_slow_answer_in_ten_misses_the_goal_although_the_median_is_ahead() -> None:
    slow = measured(DUCKDB, 1)
    slow.answers.seconds["two"][-1] = 1.0
    judged = said(verdict([slow, measured(POSTGRESQL, 2)]))
    assert (judged["large marts, one"], judged["large marts, two"]) == (True, False)


@pytest.mark.parametrize(("milliseconds", "met"), [(19.9, True), (20.1, False)])
def test_the_bundled_marts_have_twenty_milliseconds(milliseconds: float, met: bool) -> None:
    assert verdict([measured(DUCKDB, milliseconds, "bundled")])[0].met is met


def test_an_error_misses_the_goal_of_none() -> None:
    assert verdict([measured(DUCKDB, 1, "large", 4, "one: IOException")])[-1].met is False


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert [goal.met for goal in verdict([])] == [None, None, True]


def test_a_question_nobody_answered_is_missed() -> None:
    ours, theirs = measured(DUCKDB, 1), measured(POSTGRESQL, 2)
    ours.answers.seconds["one"].clear()
    assert said(verdict([ours, theirs]))["large marts, one"] is False


def test_a_missed_goal_is_printed_as_missed(capsys: pytest.CaptureFixture[str]) -> None:
    print_verdict([Goal("a goal", False, "3 ms"), Goal("another", None, "not here")])
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "  missed       a goal: 3 ms",
        "  not measured another: not here",
    ]


def test_a_quantile_is_the_answer_so_many_were_as_quick_as() -> None:
    assert [quantile([0.004, 0.001, 0.002, 0.003], share) for share in (0.5, 0.95)] == [3.0, 4.0]


@pytest.mark.parametrize(
    ("some", "others", "same"),
    [
        ([(1, "a")], [(Decimal("1"), "a")], True),
        ([(0.1 + 0.2,)], [(0.3,)], True),
        ([(1.0,)], [(1.0001,)], False),
        ([(1,), (2,)], [(2,), (1,)], False),
        ([(None,)], [(0,)], False),
        ([(1,)], [(1,), (1,)], False),
    ],
)
def test_rows_are_the_same_in_order_and_to_the_twelfth_digit(
    some: list[tuple[object, ...]], others: list[tuple[object, ...]], same: bool
) -> None:
    assert same_rows(some, others) is same
