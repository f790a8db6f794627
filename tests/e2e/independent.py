"""What the real PCI and PAPI files say, computed without any code of ours and with other libraries.

Positions are written down by hand from looking at each workbook: xlrd reads the XLS files, openpyxl the XLSX files,
polars the CSV files. Nothing here imports the project's parsers, layouts or names.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import openpyxl
import polars as pl
import xlrd

Figures = dict[tuple[str, str, int], float]  # (unit_code, indicator_code, data_year) -> value

_NINE = (
    "ENTRY_COSTS",
    "LAND_ACCESS",
    "TRANSPARENCY",
    "TIME_COSTS",
    "INFORMAL_CHARGES",
    "PROACTIVITY",
    "BUSINESS_SUPPORT",
    "LABOR_TRAINING",
    "LEGAL_INSTITUTIONS",
)
_TEN = (*_NINE[:5], "POLICY_BIAS", *_NINE[5:])
_OF_2005 = (*_NINE[:5], "POLICY_IMPLEMENTATION", "POLICY_BIAS", "PROACTIVITY", "BUSINESS_SUPPORT")

# year -> (sheet, first row, last row, [(province column, value column, code)]), all 0-based
_PCI: dict[int, tuple[int, int, int, list[tuple[int, int, str]]]] = {
    2005: (1, 2, 43, [(0, 5 + i, p) for i, p in enumerate(_OF_2005)] + [(0, 14, "PCI")]),
    2006: (1, 2, 65, [(1, 2 + i, p) for i, p in enumerate(_TEN)] + [(1, 12, "PCI")]),
    2007: (1, 1, 64, [(0, 4 + i, p) for i, p in enumerate(_TEN)] + [(0, 14, "UNWEIGHTED"), (0, 15, "PCI")]),
    2008: (0, 2, 65, [(1 + 2 * i, 2 + 2 * i, p) for i, p in enumerate((*_TEN, "UNWEIGHTED", "PCI"))]),
    2009: (0, 3, 65, [(2, 3 + i, p) for i, p in enumerate(_NINE)] + [(2, 12, "PCI")]),
    2010: (0, 1, 63, [(1 + 2 * i, 2 + 2 * i, p) for i, p in enumerate((*_NINE, "UNWEIGHTED", "PCI"))]),
    2011: (0, 1, 63, [(1 + 2 * i, 2 + 2 * i, p) for i, p in enumerate((*_NINE, "PCI"))]),
    2012: (0, 1, 63, [(1 + 2 * i, 2 + 2 * i, p) for i, p in enumerate((*_NINE, "PCI"))]),
    2013: (0, 1, 63, [(1 + 2 * i, 2 + 2 * i, p) for i, p in enumerate((*_TEN, "PCI"))]),
}

_SHORT = {
    "tphcm": "ho_chi_minh",
    "hcmc": "ho_chi_minh",
    "tphochiminh": "ho_chi_minh",
    "tthue": "thua_thien_hue",
    "hochiminhcity": "ho_chi_minh",
    "hochiminh": "ho_chi_minh",
    "brvt": "ba_ria_vung_tau",
    "baccan": "bac_kan",
    "hanoi": "ha_noi",
    "danang": "da_nang",
    "cantho": "can_tho",
    "daclak": "dak_lak",
    "dacnong": "dak_nong",
    "dacklak": "dak_lak",
    "thuathienhue": "thua_thien_hue",
    "thuathien": "thua_thien_hue",
}


def _code(name: str, year: int, slugs: dict[str, str]) -> str:
    ascii_name = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    key = re.sub(r"[^a-z]", "", "".join(c for c in ascii_name if not unicodedata.combining(c)).lower())
    code = _SHORT.get(key) or slugs[key]
    # Hà Nội took in Hà Tây on 2008-08-01; PCI 2008 still lists the two.
    return "ha_noi_2008" if code == "ha_noi" and year >= 2009 else code


def slugs_of(unit_codes: list[str]) -> dict[str, str]:
    """Unit codes without a year, by their letters."""
    return {code.replace("_", ""): code for code in unit_codes if not code[-1].isdigit()}


def pci_figures(folder: Path, slugs: dict[str, str]) -> Figures:
    """Every total and sub-index of PCI 2005-2013."""
    found: Figures = {}
    for year, (sheet, first, last, columns) in _PCI.items():
        path = next(folder.glob(f"PCI_{year}.*"))
        if path.suffix == ".xls":
            rows = [xlrd.open_workbook(path).sheet_by_index(sheet).row_values(r) for r in range(first, last + 1)]
        else:
            book = openpyxl.load_workbook(path, data_only=True)
            rows = [list(r) for r in book.worksheets[sheet].iter_rows(values_only=True)][first : last + 1]
        for row in rows:
            for province, value, part in columns:
                code = "PCI" if part == "PCI" else f"PCI.{part}"
                found[_code(str(row[province]).strip(), year, slugs), code, year] = float(row[value])
    return found


def _papi_code(column: str, year: int) -> str:
    """What the column means that year (the workbook's headers against the CSV's codes), by hand."""
    if year <= 2017:
        moved = {"SC21": "SC22", "SC22": "SC23", "SC23": "SC24"}
        if year <= 2015:
            moved |= {"SC32": "SC3_PIB", "SC33": "SC3_CIB"}
        else:
            moved |= {"SC33": "SC3_PIB"}
        column = moved.get(column, column)
    return f"PAPI.{column}"


def papi_figures(folder: Path, slugs: dict[str, str]) -> Figures:
    """Every sub-dimension of PAPI 2011-2022, and dimensions and totals where all their parts are there."""
    names = dict(pl.read_csv(folder / "codebook_provinces.csv").iter_rows())
    found: Figures = {}
    for year in range(2011, 2023):
        table = pl.read_csv(folder / f"papi_{year}.csv", infer_schema_length=None)
        columns = [c for c in table.columns if c != "Province" and table[c].null_count() < table.height]
        for row in table.iter_rows(named=True):
            unit = _code(names[row["Province"]], year, slugs)
            total, whole = 0.0, True
            for dimension in sorted({column[2] for column in columns}):
                parts = [row[column] for column in columns if column[2] == dimension]
                if any(part is None for part in parts):
                    whole = False
                    continue
                found[unit, f"PAPI.D{dimension}", year] = sum(parts)
                total += sum(parts)
            if whole:
                found[unit, "PAPI", year] = total
            for column in columns:
                if row[column] is not None:
                    found[unit, _papi_code(column, year), year] = row[column]
    return found


def papi_printed_sums(folder: Path, slugs: dict[str, str]) -> Figures:
    """Dimensions and totals as the workbook of 2011-2016 prints them, where it prints any of their parts."""
    found: Figures = {}
    book = openpyxl.load_workbook(folder / "PAPI_2011-2016.xlsx", data_only=True)
    columns = {3: "PAPI.D1", 8: "PAPI.D2", 12: "PAPI.D3", 16: "PAPI.D4", 21: "PAPI.D5", 26: "PAPI.D6", 31: "PAPI"}
    for year, sheet in zip(range(2011, 2017), book.worksheets, strict=True):
        for row in sheet.iter_rows(min_row=3, values_only=True):
            if row[0] in {None, 999} or row[4] is None:  # blank, "highest", or a province nobody surveyed
                continue
            for column, code in columns.items():
                found[_code(str(row[2]), year, slugs), code, year] = float(row[column])
    return found
