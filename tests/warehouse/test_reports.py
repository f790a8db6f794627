"""Reports of a unit: the same bytes every time, text that stays text, one page, formats there are."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from docx.shared import Mm
from pypdf import PdfReader

from warehouse.errors import Misused
from warehouse.reports.content import Report
from warehouse.reports.write import FORMATS, _write, write_report
from warehouse.unit_names import FormerName

_MOMENT = datetime(2026, 11, 29, 1, 2, 3, tzinfo=UTC)
_FORMULA = '=HYPERLINK("http://x","y")'

_COLUMNS = (
    *("indicator_code", "name_vi", "index_code", "indicator_level", "measure_unit", "data_year", "boundary", "value"),
    *("value_basis", "figure_status", "max_value", "value_pct", "rank", "rank_out_of", "correction_id"),
    *("has_conflict", "is_synthetic", "weight_basis", "source_document_id", "locator", "previous_year", "change"),
    *("is_comparable", "not_comparable_reason", "reason_text_vi", "previous_weight_basis", "verdict", "rank_all"),
    *("peer_count_all", "gap_to_best_all", "best_units_all_vi", "rank_among_own_criteria", "evidence_vi"),
    *("responsible_body_name_vi", "display_order"),
)


def _figure(**changed: Any) -> dict[str, Any]:
    row = dict.fromkeys(_COLUMNS) | {
        "indicator_code": "PCI", "name_vi": "Năng lực cạnh tranh", "index_code": "PCI", "data_year": 2012,
        "boundary": "published", "value": 63.42, "rank": 2, "rank_out_of": 63, "change": 1.2, "is_comparable": True,
    }  # fmt: skip
    return row | changed


def _report() -> Report:
    points = [
        _figure(indicator_code=f"PCI.P{at}", name_vi=f"Tiêu chí {at}", verdict="strength", rank_all=at,
                peer_count_all=63, gap_to_best_all=-0.5, evidence_vi=_FORMULA)
        for at in range(1, 5)
    ]  # fmt: skip
    total = _figure(name_vi=_FORMULA)
    document = {
        "source_document_id": "doc", "file_name": "PCI_2012.xlsx", "name_vi": "PCI", "publisher": "VCCI",
        "sha256": "a" * 64, "received_at": _MOMENT, "is_synthetic": False,
    }  # fmt: skip
    return Report(
        unit_code="an_giang",
        unit={"name_vi": "An Giang", "unit_type": "province", "admin_type": "province"},
        release_id="r1",
        published_at=_MOMENT,
        totals=(total,),
        strong=tuple(points),
        weak=tuple(points),
        points_year=2012,
        figures=(total, *points),
        documents=(document,),
        sources_shown=(document,),
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    paths = _write(_report(), tmp_path_factory.mktemp("reports"), FORMATS)
    return {path.suffix[1:]: path for path in paths}


@pytest.mark.parametrize("kind", list(FORMATS))
def test_a_report_is_the_same_bytes_every_time(written: dict[str, Path], tmp_path: Path, kind: str) -> None:
    again = _write(_report(), tmp_path, [kind])[0]
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(written[kind].read_bytes()).digest()


def test_a_report_gives_the_present_name_and_beside_it_the_one_before(tmp_path: Path) -> None:
    former = (FormerName(("Thừa Thiên Huế", "Thua Thien-Hue"), "TT-Huế", date(2024, 12, 31)),)
    unit = {"name_vi": "Huế", "unit_type": "province", "admin_type": "municipality"}
    report = replace(_report(), unit_code="thua_thien_hue", unit=unit, former=former)
    letter = docx.Document(str(_write(report, tmp_path, ["docx"])[0]))
    assert any("của Huế (đến 31/12/2024: Thừa Thiên Huế)" in line.text for line in letter.paragraphs)
    assert report.office == ("ỦY BAN NHÂN DÂN", "THÀNH PHỐ HUẾ")


@pytest.mark.parametrize("kind", ["xlsx", "docx"])
def test_no_member_of_an_archive_tells_the_time_of_writing(written: dict[str, Path], kind: str) -> None:
    with zipfile.ZipFile(written[kind]) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-11-29T01:02:03Z" in archive.read("docProps/core.xml")


def test_text_of_a_source_is_no_formula(written: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(written["xlsx"])
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == _FORMULA for cell in cells)
    assert all(cell.data_type != "f" for cell in cells)


def test_the_letter_has_the_page_the_decree_asks_for(written: dict[str, Path]) -> None:
    section = docx.Document(str(written["docx"])).sections[0]
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(margin / Mm(1)) for margin in margins] == [20, 20, 30, 15]


def test_the_letter_is_one_page_with_its_own_letters(written: dict[str, Path]) -> None:
    document = PdfReader(written["pdf"])
    page = document.pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    names = {str(font["/BaseFont"]) for font in fonts}
    assert len(document.pages) == 1
    assert any("Tinos" in name for name in names)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in page.extract_text()


def test_a_format_there_is_none_of_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misused, match="xlsx, docx, pdf"):
        write_report(tmp_path / "no.duckdb", ["an_giang"], tmp_path, "r1", _MOMENT, ["odt"])
