"""File names, cell texts and keys of work lists are data, whatever they spell, all the way to the figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from ingestion.steps import archive_landing, audit_parsed, land_files, load_audited, parse_pending
from ingestion.worklist.layout import LIST_SHEET
from ingestion.worklist.reading import read_list
from ingestion.worklist.replay import replay
from ingestion.worklist.rows import known_unit_names, waiting_rows
from ingestion.worklist.writing import write_list
from tests.ingestion.annex_files import write_workbook
from tests.ingestion.dossiers import exports
from tests.ingestion.test_worklist import REASON, ROWS, TODAY
from warehouse.connection import reader
from warehouse.errors import ReformError, Refused
from warehouse.home import Home
from warehouse.release import switch

HOSTILE_TEXTS = [
    "'; drop schema raw cascade; --",
    "\"); copy raw.batch to 'stolen.csv'; --",
    "$(touch stolen)`touch stolen`",
    "{{ 7 * 7 }}{% raw %}",
    "<img src=x onerror=alert(1)>",
]
#: Names of one annex each: two of them hold what a shell, and what SQL, would run.
HOSTILE_NAMES = ["$(touch stolen);`touch stolen` '; drop table raw.batch; --.xlsx", "--config=stolen <b>&amp;.xlsx"]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two annexes whose names and unit names are hostile, in a home whose own path holds quotes."""
    home = Home(tmp_path_factory.mktemp("hostile") / 'it\'s "home"; --')
    home.make()
    folder = home.landing / "annex"
    folder.mkdir()
    for number, name in enumerate(HOSTILE_NAMES):
        title = [["Phụ lục 7"], [f"Chỉ số cải cách hành chính năm {2022 - number}"]]
        path = write_workbook(folder / name, [*title, ["STT", "Tỉnh, thành phố", "Điểm", "Xếp hạng"]])
        book = load_workbook(path)
        for place, row in enumerate([*ROWS[3:], *(["", text, "50,5", None] for text in HOSTILE_TEXTS)], 1):
            book.active.append([place, *row[1:]])
        book.save(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("here"))
        for step in (archive_landing, parse_pending, audit_parsed, load_audited):
            step(home)
        assert list(Path().iterdir()) == []
    return home


def test_hostile_names_and_texts_are_kept_as_they_are_and_nothing_runs(loaded: Home) -> None:
    with reader(loaded.build_database) as connection:
        names = {row[0] for row in connection.execute("select file_name from raw.source_document").fetchall()}
        units = {row[0] for row in connection.execute("select unit_code from raw.figure").fetchall()}
    assert names == set(HOSTILE_NAMES)
    assert set(HOSTILE_TEXTS) == {row.unit for row in waiting_rows(loaded)}
    assert {"ha_noi_2008", "da_nang"} <= units
    assert not list(loaded.root.parent.rglob("stolen*"))


def test_keys_and_names_of_a_returned_work_list_lead_nowhere(loaded: Home, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    rows = waiting_rows(loaded)
    write_list(path, rows, units=known_unit_names())
    book = load_workbook(path)
    sheet = book[LIST_SHEET]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for line, key in enumerate(["../../../etc/passwd", "'; drop table raw.batch; --", "/etc/passwd"], 3):
        sheet.cell(line, columns["key"]).value = key
        for name, value in {"decision": "bỏ", **REASON}.items():
            sheet.cell(line, columns[name]).value = value
    book.save(path)
    before = sorted(loaded.root.rglob("*"))
    try:
        result = replay(loaded, read_list(path), decided_on=TODAY)
        assert not result.accepted
    except Refused:
        pass
    assert sorted(loaded.root.rglob("*")) == before
    assert len(waiting_rows(loaded)) == len(rows)


@pytest.mark.parametrize("release_id", ["../outside", "/etc", "..", "", "a/../../outside", "r1\x00"])
def test_a_release_id_leads_to_no_other_folder(home: Home, release_id: str) -> None:
    outside = home.root / "outside"
    outside.mkdir()
    (outside / "manifest.json").write_text("{}")
    with pytest.raises(ReformError):
        switch(home, release_id)
    assert not home.current.is_symlink()


def test_a_dossier_export_with_a_hostile_name_and_hostile_cells_is_data(home: Home, tmp_path: Path) -> None:
    name = "dossiers_lao_cai_2025-09 '; drop table x; --$(touch stolen).csv"
    rows = [{"ward": text, "field": text} for text in HOSTILE_TEXTS]
    exports.ingest(home, exports.export(tmp_path / "sent", name, *rows))
    assert {row[0] for row in exports.lake(home, "field")} == set(HOSTILE_TEXTS)


def test_a_file_is_landed_under_its_own_name_only(home: Home, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "escaped.xlsx").write_bytes(b"x")
    land_files(home, "annex", [tmp_path / "a" / ".." / "escaped.xlsx"])
    landed = [found.relative_to(home.landing).as_posix() for found in home.landing.rglob("*.xlsx")]
    assert landed == ["annex/escaped.xlsx"]
