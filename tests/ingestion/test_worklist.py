"""The work list: what people see in it, and what becomes of their decisions, on documents that were really ingested."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import Workbook, load_workbook

from ingestion.archive import archived_files
from ingestion.steps import archive_landing, audit_parsed, load_audited, parse_pending
from ingestion.worklist.layout import FIELDS, LIST_SHEET
from ingestion.worklist.reading import read_list
from ingestion.worklist.replay import Replay, replay
from ingestion.worklist.rows import known_unit_names, waiting_rows
from ingestion.worklist.writing import write_list
from tests.ingestion.annex_files import write_workbook
from warehouse.connection import reader
from warehouse.errors import EnvironmentBroken, Refused
from warehouse.home import Home

TODAY = date(2026, 11, 23)
#: Three of sixteen rows wait: an unknown name that looks like a formula, a text for a score, a score above the maximum.
ROWS: list[list[object]] = [
    [1, "=HYPERLINK(1)", "92,18", 1],
    [2, "Hải Phòng", "91.87a", 2],
    [3, "Bắc Ninh", "900,5", None],
    *[
        [number, name, f"{91 - number},5", number]
        for number, name in enumerate(
            ("Hà Nội", "Đà Nẵng", "Cần Thơ", "Thái Nguyên", "Nghệ An", "Hà Tĩnh", "Quảng Trị", "Lào Cai", "Cao Bằng",
             "Lạng Sơn", "Sơn La", "Điện Biên", "Lai Châu"),
            start=4,
        )
    ],
]  # fmt: skip
REASON = {"reason_vi": "Đã hỏi lại", "source": "công văn 12/VP", "decided_by": "Nguyễn Văn A"}


def ingest(home: Home) -> None:
    """What the DAG `ingest_indices` does, step by step."""
    for step in (archive_landing, parse_pending, audit_parsed, load_audited):
        step(home)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("loaded"))
    home.make()
    (home.landing / "annex").mkdir()
    path = home.landing / "annex" / "phu_luc.xlsx"
    write_workbook(
        path, [["Phụ lục 7"], ["Chỉ số cải cách hành chính năm 2022"], ["STT", "Tỉnh, thành phố", "Điểm", "Xếp hạng"]]
    )
    book = load_workbook(path)
    for row in ROWS:
        book.active.append(row)
        book.active.cell(book.active.max_row, 2).data_type = "s"
    book.save(path)
    ingest(home)
    return home


@pytest.fixture
def worklist(loaded: Home, tmp_path: Path) -> tuple[Home, Path]:
    """A home of its own with three rows that wait, and their list."""
    home = Home(tmp_path / "home")
    shutil.copytree(loaded.root, home.root)
    path = tmp_path / "list.xlsx"
    write_list(path, waiting_rows(home), units=known_unit_names())
    return home, path


def decide(path: Path, rule: str, **entered: Any) -> None:
    """Fill in the line of `rule` as a person would."""
    book = load_workbook(path)
    sheet = book[LIST_SHEET]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for line in range(3, sheet.max_row + 1):
        if f"({rule})" in str(sheet.cell(line, columns["rule"]).value):
            for name, value in entered.items():
                sheet.cell(line, columns[name]).value = value
    book.save(path)


def replayed(home: Home, path: Path) -> Replay:
    return replay(home, read_list(path), decided_on=TODAY)


def figures(home: Home) -> dict[str, float]:
    with reader(home.build_database) as connection:
        return dict(connection.execute("select unit_code, value from raw.figure").fetchall())


def override(new_value: object) -> dict[str, Any]:
    return {"decision": "sửa · override", "new_value": new_value, **REASON}


def test_every_waiting_row_stands_in_the_list_with_the_part_that_is_wrong(worklist: tuple[Home, Path]) -> None:
    sheet = load_workbook(worklist[1])[LIST_SHEET]
    names = [cell.value for cell in sheet[1]]
    lines = [dict(zip(names, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(min_row=3)]
    assert {(line["unit"], line["field"]) for line in lines} == {
        ("=HYPERLINK(1)", FIELDS["unit"]),
        ("Hải Phòng", FIELDS["value"]),
        ("Bắc Ninh", FIELDS["value"]),
    }


def test_the_bad_cell_is_marked_and_no_other(worklist: tuple[Home, Path]) -> None:
    sheet = load_workbook(worklist[1])[LIST_SHEET]
    names = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=3):
        marked = [names[cell.column - 1] for cell in row if cell.fill.fgColor.rgb == "00F4B6B0"]
        assert marked == ["unit" if row[names.index("unit")].value == "=HYPERLINK(1)" else "value"]


def test_text_that_looks_like_a_formula_is_text(worklist: tuple[Home, Path]) -> None:
    sheet = load_workbook(worklist[1])[LIST_SHEET]
    cells = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert cells
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)


def test_decisions_and_parts_are_offered_to_choose_from(worklist: tuple[Home, Path]) -> None:
    sheet = load_workbook(worklist[1])[LIST_SHEET]
    offered = {str(one.formula1) for one in sheet.data_validations.dataValidation}
    assert any("override" in choices for choices in offered)
    assert any("rank" in choices for choices in offered)
    assert any("Đơn vị" in choices for choices in offered)


def test_what_passes_is_loaded_with_its_correction_and_waits_no_longer(worklist: tuple[Home, Path]) -> None:
    home, path = worklist
    decide(path, "not_a_number", **override("91,87"))
    decide(path, "name_unresolved", **override("Quảng Ninh"))
    result = replayed(home, path)
    assert (len(result.accepted), result.returned) == (2, {})
    ingest(home)
    assert figures(home)["hai_phong"] == 91.87
    assert figures(home)["quang_ninh"] == 92.18
    assert {row.rule_id for row in waiting_rows(home)} == {"value_out_of_range"}


def test_what_does_not_pass_is_returned_with_the_rule_and_stays_waiting(worklist: tuple[Home, Path]) -> None:
    home, path = worklist
    decide(path, "value_out_of_range", **override("905"))
    result = replayed(home, path)
    (reason,) = result.returned.values()
    assert "value_out_of_range" in reason
    assert result.corrections_file is None


def test_a_decision_that_would_set_another_row_aside_is_returned(worklist: tuple[Home, Path]) -> None:
    home, path = worklist
    decide(path, "name_unresolved", **override("Hà Nội"))
    (reason,) = replayed(home, path).returned.values()
    assert "duplicated_unit" in reason


def test_one_bad_decision_does_not_hold_up_the_others(worklist: tuple[Home, Path]) -> None:
    home, path = worklist
    decide(path, "value_out_of_range", **override("905"))
    decide(path, "not_a_number", **override("91,87"))
    result = replayed(home, path)
    assert (len(result.accepted), len(result.returned)) == (1, 1)


def test_a_dropped_row_waits_no_longer_and_is_no_figure(worklist: tuple[Home, Path]) -> None:
    home, path = worklist
    decide(path, "not_a_number", decision="bỏ", **REASON)
    before = figures(home)
    assert replayed(home, path).returned == {}
    ingest(home)
    assert figures(home) == before
    assert {row.rule_id for row in waiting_rows(home)} == {"name_unresolved", "value_out_of_range"}


def test_scaling_mends_a_score_printed_ten_times_too_large(worklist: tuple[Home, Path]) -> None:
    home, path = worklist
    decide(path, "value_out_of_range", decision="nhân · scale", new_value=0.1, **REASON)
    assert replayed(home, path).returned == {}
    ingest(home)
    assert figures(home)["bac_ninh"] == pytest.approx(90.05)


def test_replaying_a_list_twice_changes_nothing(worklist: tuple[Home, Path]) -> None:
    home, path = worklist
    decide(path, "not_a_number", **override("91,87"))
    replayed(home, path)
    ingest(home)
    files, before = sorted(home.corrections.iterdir()), figures(home)
    again = replayed(home, path)
    ingest(home)
    assert (again.accepted, len(again.done), again.returned) == ([], 1, {})
    assert (sorted(home.corrections.iterdir()), figures(home)) == (files, before)


def test_a_replay_cut_short_before_the_load_is_finished_by_the_next(worklist: tuple[Home, Path]) -> None:
    home, path = worklist
    decide(path, "not_a_number", **override("91,87"))
    replayed(home, path)
    again = replayed(home, path)
    assert (again.accepted, len(again.standing)) == ([], 1)


def test_a_decision_about_a_row_that_no_longer_waits_is_returned(worklist: tuple[Home, Path]) -> None:
    home, path = worklist
    decide(path, "not_a_number", **override("91,87"))
    connection = duckdb.connect(str(home.build_database))
    connection.execute("delete from raw.quarantine where rule_id = 'not_a_number'")
    connection.close()
    (reason,) = replayed(home, path).returned.values()
    assert "no longer waits" in reason


@pytest.mark.parametrize(
    ("entered", "missing"),
    [
        (override("91") | {"decided_by": " "}, "who decided"),
        (override("91") | {"source": None}, "where it is seen"),
        (override(None), "what is right is missing"),
        (override("91") | {"decision": "perhaps"}, "none of those offered"),
        (override("91") | {"field": "?"}, "which part"),
        ({"decision": "scale", "new_value": "lots", **REASON}, "scale needs a number"),
        (override("x" * 2001), "longer than"),
    ],
)
def test_a_decision_that_lacks_something_is_returned_with_what(
    entered: dict[str, Any], missing: str, worklist: tuple[Home, Path]
) -> None:
    home, path = worklist
    decide(path, "not_a_number", **entered)
    (reason,) = replayed(home, path).returned.values()
    assert missing in reason


def test_columns_may_be_moved_and_lines_sorted(worklist: tuple[Home, Path], tmp_path: Path) -> None:
    home, path = worklist
    decide(path, "not_a_number", **override("91,87"))
    rows = [list(row) for row in load_workbook(path)[LIST_SHEET].iter_rows(values_only=True)]
    moved = Workbook()
    moved.active.title = LIST_SHEET
    for row in [rows[0], rows[1], *reversed(rows[2:])]:
        moved.active.append(list(reversed(row)))
    for row in moved.active.iter_rows():
        for cell in row:
            cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    moved.save(tmp_path / "moved.xlsx")
    assert len(replayed(home, tmp_path / "moved.xlsx").accepted) == 1


def test_the_archived_file_is_never_touched(worklist: tuple[Home, Path]) -> None:
    home, path = worklist
    before = [archived.path.read_bytes() for archived in archived_files(home)]
    decide(path, "not_a_number", **override("91,87"))
    replayed(home, path)
    assert [archived.path.read_bytes() for archived in archived_files(home)] == before


def test_a_workbook_that_is_no_list_is_refused(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "other.xlsx", [["key", "decision"]], sheet="Trang 1")
    with pytest.raises(Refused, match="not_a_work_list"):
        read_list(path)


def test_a_list_with_a_line_twice_is_refused(worklist: tuple[Home, Path]) -> None:
    _, path = worklist
    decide(path, "not_a_number", **override("91,87"))
    book = load_workbook(path)
    sheet = book[LIST_SHEET]
    sheet.append([cell.value for cell in next(row for row in sheet.iter_rows(min_row=3) if row[13].value)])
    book.save(path)
    with pytest.raises(Refused, match="a line twice"):
        read_list(path)


def test_returned_lines_keep_what_was_entered_and_say_why(worklist: tuple[Home, Path], tmp_path: Path) -> None:
    home, path = worklist
    decide(path, "value_out_of_range", **override("905"))
    entered = {line.key: line.entered for line in read_list(path)}
    result = replayed(home, path)
    rows = [row for row in waiting_rows(home) if row.key in result.returned]
    filled_in = {key: entered[key] | {"result": reason} for key, reason in result.returned.items()}
    write_list(tmp_path / "returned.xlsx", rows, units=[], filled_in=filled_in)
    (line,) = read_list(tmp_path / "returned.xlsx")
    assert line.entered["new_value"] == "905"


def test_a_broken_corrections_file_stops_the_replay_before_anything(worklist: tuple[Home, Path]) -> None:
    home, path = worklist
    decide(path, "not_a_number", **override("91,87"))
    (home.corrections / "own.yml").write_text("- id: 1", "utf-8")
    with pytest.raises(EnvironmentBroken, match=r"own\.yml"):
        replayed(home, path)
