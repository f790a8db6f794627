"""What the bundled annexes say: `annex_figures.csv` grouped into documents, sections and rows of words.

Grain of `annex_figures.csv`: one figure as one source printed it. Where sources print different figures for one unit,
indicator and year, the second goes to annex 2 and the third to annex 3, so that no annex contradicts itself.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

HEADERS = ("STT", "Đơn vị", "Chỉ tiêu", "Điểm số", "Đơn vị tính", "Thứ hạng", "Tình trạng", "Nguồn", "Ghi chú")
SECTION_TITLES = {
    "province": "Tỉnh, thành phố",
    "ministry": "Bộ, cơ quan ngang bộ",
    "region": "Vùng",
    "national": "Toàn quốc",
}
_INDEX_TITLES = {
    "PAR_INDEX": "Chỉ số cải cách hành chính (PAR INDEX)",
    "SIPAS": "Chỉ số hài lòng của người dân đối với sự phục vụ của cơ quan hành chính nhà nước (SIPAS)",
    "DTI": "Chỉ số đánh giá mức độ chuyển đổi số (DTI)",
    "QD766": "Bộ chỉ số phục vụ người dân, doanh nghiệp theo Quyết định 766/QĐ-TTg",
    "PCI": "Chỉ số năng lực cạnh tranh cấp tỉnh (PCI)",
    "PAPI": "Chỉ số hiệu quả quản trị và hành chính công cấp tỉnh (PAPI)",
}
_STATUS = {"printed": "công bố", "derived": "suy ra", "suspect": "nghi ngờ"}
_MEASURE = {"percent": "%", "points": "điểm", "index_0_1": "chỉ số 0-1"}
_COMPILED = "Số liệu do báo chí và các bộ công bố, tổng hợp kèm nguồn từng dòng"

Row = tuple[int | str, ...]


@dataclass(frozen=True)
class Section:
    """One table: the units of one kind. `rows` hold what is printed, in the order of `HEADERS`."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class AnnexDocument:
    """One annex of one index and year; `stem` is the file name without its suffix."""

    stem: str
    headings: tuple[str, ...]
    sections: tuple[Section, ...]


def read_annexes(figures: Path) -> list[AnnexDocument]:
    """All annexes that `figures` (the bundled CSV) makes, in its order."""
    documents: dict[tuple[str, str, int], list[dict[str, str]]] = {}
    seen: Counter[tuple[str, ...]] = Counter()
    with figures.open(encoding="utf-8", newline="") as reading:
        for figure in csv.DictReader(reading):
            identity = (figure["indicator_code"], figure["data_year"], figure["unit_type"], figure["unit_text"])
            seen[identity] += 1
            documents.setdefault((figure["index_code"], figure["data_year"], seen[identity]), []).append(figure)
    return [_annex(*key, rows) for key, rows in documents.items()]


def _annex(index_code: str, data_year: str, number: int, figures: list[dict[str, str]]) -> AnnexDocument:
    title = _INDEX_TITLES[index_code] + (f" năm {data_year}" if data_year else "")
    headings = [f"PHỤ LỤC {number}", title, f"Năm số liệu: {data_year or 'không rõ'}"]
    geographies = {figure["geography_version"] for figure in figures if figure["geography_version"]}
    headings += [f"Địa giới hành chính: {version} tỉnh, thành phố" for version in sorted(geographies)]
    headings.append(_COMPILED)
    if number > 1:
        headings.append(f"Các số liệu nguồn khác in khác với Phụ lục {number - 1}")
    sections = []
    for unit_type, section_title in SECTION_TITLES.items():
        of_type = [figure for figure in figures if figure["unit_type"] == unit_type]
        if of_type:
            sections.append(Section(section_title, tuple(_row(at, figure) for at, figure in enumerate(of_type, 1))))
    stem = f"{index_code}_{data_year or 'khong_ro_nam'}_phu_luc_{number}"
    return AnnexDocument(stem, tuple(headings), tuple(sections))


def _row(number: int, figure: dict[str, str]) -> Row:
    return (
        number,
        figure["unit_text"],
        figure["indicator_text"],
        figure["value"].replace(".", ","),
        _MEASURE[figure["measure_unit"]],
        int(figure["rank"]) if figure["rank"] else "",
        _STATUS[figure["figure_status"]],
        figure["source_url"],
        figure["note"],
    )
