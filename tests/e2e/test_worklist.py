"""What waits after the real run, decided in a workbook and replayed by the command people type."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook

from ingestion.worklist.layout import LIST_SHEET
from tests.e2e.conftest import reform
from warehouse.home import Home

pytestmark = pytest.mark.e2e


def test_a_decision_about_the_year_reaches_the_release_and_a_bad_one_comes_back(
    main_job: tuple[Home, dict[str, Any]], tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(main_job[0].root, home.root, symlinks=True)
    path = tmp_path / "list.xlsx"
    assert reform(home, "quarantine", "export", path).returncode == 0
    book = load_workbook(path)
    columns = {cell.value: cell.column for cell in book[LIST_SHEET][1]}
    wanted = {"decision": "override", "reason_en": "asked", "source": "letter 12", "decided_by": "A"}
    for line, year in ((3, "2025"), (4, "20x5")):
        for name, value in (wanted | {"new_value": year}).items():
            book[LIST_SHEET].cell(line, columns[name]).value = value
    book.save(path)
    done = reform(home, "quarantine", "replay", path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 decisions kept as corrections, 0 stood already, 1 returned" in done.stdout
    assert (tmp_path / "list.returned.xlsx").is_file()
    connection = duckdb.connect(str(home.current / "warehouse.duckdb"), read_only=True)
    found = connection.execute(
        "select count(*) from marts.fct_indicator_value "
        "where correction_id like 'worklist-%' and boundary = 'published'"
    ).fetchall()
    connection.close()
    assert found == [(1,)]
