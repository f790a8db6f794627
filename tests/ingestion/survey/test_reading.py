"""Every format read back says what was written: labels, missing values, dates, texts. Hostile files are refused."""

from __future__ import annotations

import random
import struct
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyreadstat
import pytest

from ingestion.survey.export import ExportShape
from ingestion.survey.reading import encoding_of, read_columns, read_shape
from tests.ingestion.survey.test_encodings import as_windows_1258
from warehouse.errors import Refused

FRAME = pd.DataFrame(
    {
        "q1": [1.0, 2.0, 9.0, 98.0, None],
        "q2": [5.0, 4.0, 3.0, 2.0, 1.0],
        "tinh": ["Thừa Thiên Huế", "Hà Nội", "", "Đắk Lắk", "Cà Mau"],
        "ngay": [date(2024, 9, day) for day in range(1, 6)],
        "w": [1.25, 1e10, -3.0, 0.0, 1 / 3],
    }
)
LABELS = ["Mức độ hài lòng", "Câu hai", "Tỉnh, thành phố", "Ngày phỏng vấn", "Trọng số"]


def written(folder: Path, suffix: str) -> Path:
    path = folder / f"x.{suffix}"
    if suffix == "dta":
        pyreadstat.write_dta(FRAME, path, column_labels=LABELS, variable_value_labels={"q1": {1: "Rất tệ"}})
    else:
        packed = {"compress": True} if suffix == "zsav" else {"row_compress": True}
        pyreadstat.write_sav(
            FRAME, path, column_labels=LABELS, variable_value_labels={"q1": {1: "Rất tệ", 9: "Không biết"}},
            missing_ranges={"q1": [9, {"lo": 97, "hi": 99}]}, **packed,
        )  # fmt: skip
    return path


def columns_of(path: Path, shape: ExportShape, folder: Path) -> pl.DataFrame:
    folder.mkdir()
    parts = read_columns(path, path.name, shape, [item.name for item in shape.variables], folder)
    return pl.concat([pl.read_ipc(part) for part in parts], how="horizontal").select(
        [item.name for item in shape.variables]
    )


@pytest.mark.parametrize("suffix", ["sav", "zsav", "dta"])
def test_labels_dates_texts_and_numbers_come_back(suffix: str, tmp_path: Path) -> None:
    path = written(tmp_path, suffix)
    raw = read_shape(path, path.name)
    shape = raw.decoded(lambda text: text.encode("latin-1").decode("utf-8"))
    assert encoding_of(raw, path.name) == "utf-8"
    assert [item.label for item in shape.variables] == LABELS
    assert [item.kind for item in shape.variables] == ["number", "number", "text", "date", "number"]
    assert shape.variable("q1").value_labels[0] == (1.0, "Rất tệ")
    data = columns_of(path, raw, tmp_path / "out")
    assert data["ngay"].to_list() == list(FRAME["ngay"])
    assert data["w"].to_list() == list(FRAME["w"])
    assert [text.encode("latin-1").decode() for text in data["tinh"].to_list()] == list(FRAME["tinh"])


@pytest.mark.parametrize("suffix", ["sav", "zsav"])
def test_user_missing_values_come_back_as_their_code_beside_the_ranges(suffix: str, tmp_path: Path) -> None:
    path = written(tmp_path, suffix)
    shape = read_shape(path, path.name)
    assert shape.variable("q1").missing == ((9.0, 9.0), (97.0, 99.0))
    assert columns_of(path, shape, tmp_path / "out")["q1"].to_list() == [1.0, 2.0, 9.0, 98.0, None]


def test_stata_tagged_missings_come_back_as_codes_declared_missing(tmp_path: Path) -> None:
    frame = pd.DataFrame({"q1": [1, 2, "a", "c"]})
    path = tmp_path / "x.dta"
    pyreadstat.write_dta(frame, path, missing_user_values={"q1": ["a", "c"]})
    shape = read_shape(path, path.name)
    assert columns_of(path, shape, tmp_path / "out")["q1"].to_list() == [1.0, 2.0, -1001.0, -1003.0]
    assert shape.variable("q1").missing == ((-1026.0, -1001.0),)


def test_a_portable_file_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "x.por"
    pyreadstat.write_por(
        pd.DataFrame({"Q1": [1.0, 2.0, None], "T": ["Ha Noi", "x", ""]}), path, column_labels=["a", "b"]
    )
    shape = read_shape(path, path.name)
    data = columns_of(path, shape, tmp_path / "out")
    assert data["Q1"].to_list() == [1.0, 2.0, None]
    assert [item.label for item in shape.variables] == ["a", "b"]


def test_both_libraries_agree_on_every_number_and_date(tmp_path: Path) -> None:
    path = written(tmp_path, "sav")
    theirs, meta = pyreadstat.read_sav(str(path), user_missing=True)
    shape = read_shape(path, path.name)
    ours = columns_of(path, shape, tmp_path / "out")
    for name in ("q1", "q2", "w"):
        np.testing.assert_array_equal(ours[name].cast(pl.Float64).to_numpy(), theirs[name].to_numpy())
    assert ours["ngay"].to_list() == theirs["ngay"].to_list()
    assert {name: [(item["lo"], item["hi"]) for item in ranges] for name, ranges in meta.missing_ranges.items()} == {
        "q1": [(97.0, 99.0), (9.0, 9.0)]
    }


def with_encoding(path: Path, name: bytes, replaced: dict[bytes, bytes]) -> None:
    """Make the .sav one of another encoding: its encoding record, and texts of the same length."""
    content = path.read_bytes()
    record = struct.pack("<iiii", 7, 20, 1, 5) + b"UTF-8"
    assert content.count(record) == 1
    content = content.replace(record, struct.pack("<iiii", 7, 20, 1, len(name)) + name)
    for old, new in replaced.items():
        assert old in content
        content = content.replace(old, new.ljust(len(old)))
    path.write_bytes(content)


@pytest.mark.parametrize("declared", [b"windows-1258", b"windows-1252", b"UTF-8"])
def test_texts_keep_their_last_letter_whatever_encoding_the_file_declares(declared: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.sav"
    label, place, second = "Mức độ hài lòng chung", "Thừa Thiên Huế", "Đồng bằng, huyện lỵ"
    frame = pd.DataFrame({"q1": [1.0, 2.0], "tinh": ["P" * 24, "S" * 24]})
    pyreadstat.write_sav(frame, path, column_labels=["L" * 28, "x"])
    texts = {b"L" * 28: label, b"P" * 24: place, b"S" * 24: second}
    with_encoding(path, declared, {old: as_windows_1258(text) for old, text in texts.items()})
    raw = read_shape(path, path.name)
    assert encoding_of(raw, path.name) == "windows-1258"
    data = columns_of(path, raw, tmp_path / "out")
    decoded = [text.encode("latin-1").decode("cp1258").rstrip() for text in data["tinh"].to_list()]
    assert [pd.Series(decoded).str.normalize("NFC").tolist(), raw.variables[0].name] == [[place, second], "q1"]


def test_declared_multiple_response_sets_come_back(tmp_path: Path) -> None:
    path = tmp_path / "x.sav"
    pyreadstat.write_sav(pd.DataFrame({"d1": [1.0, 0.0], "d2": [0.0, 1.0]}), path)
    content = path.read_bytes()
    text = b"$needs=D1 1 5 Needs d1 d2\n"
    end = content.index(struct.pack("<ii", 999, 0))
    path.write_bytes(content[:end] + struct.pack("<iiii", 7, 7, 1, len(text)) + text + content[end:])
    declared = read_shape(path, path.name).sets
    assert [(item.columns, item.counted_value) for item in declared] == [(("d1", "d2"), 1.0)]


def test_a_workbook_comes_back_as_texts(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["q1", "tinh", "ngay"], [4, "Thừa Thiên Huế", date(2024, 9, 1)], [None, "Hà Nội", None]):
        sheet.append(row)
    book.save(path)
    shape = read_shape(path, path.name)
    data = columns_of(path, shape, tmp_path / "out")
    assert data.rows() == [("4", "Thừa Thiên Huế", "2024-09-01"), (None, "Hà Nội", None)]


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe")])
def test_a_csv_comes_back_with_any_mark_and_delimiter(encoding: str, mark: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(mark + 'q1;tinh\n4;Thừa Thiên Huế\n;"a;b"\n'.encode(encoding))
    shape = read_shape(path, path.name)
    assert [item.name for item in shape.variables] == ["q1", "tinh"]
    assert shape.rows == 2
    decode = (lambda text: text.encode("latin-1").decode()) if shape.is_bytes else (lambda text: text)
    assert [decode(text) for text in columns_of(path, shape, tmp_path / "out")["tinh"]] == ["Thừa Thiên Huế", "a;b"]


@pytest.mark.parametrize("suffix", ["sav", "zsav", "dta"])
def test_a_truncated_file_is_refused_or_shorter_but_never_a_crash(suffix: str, tmp_path: Path) -> None:
    content = written(tmp_path, suffix).read_bytes()
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(content[: len(content) * 3 // 4])
    with pytest.raises(Refused, match="survey_file_damaged"):
        columns_of(cut, read_shape(cut, cut.name), tmp_path / "out")


def test_random_bytes_inside_a_file_end_in_a_reading_or_a_refusal(tmp_path: Path) -> None:
    content = bytearray(written(tmp_path, "sav").read_bytes())
    chance = random.Random(3)
    for turn in range(6):
        damaged = bytearray(content)
        for _ in range(20):
            damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
        path = tmp_path / f"d{turn}.sav"
        path.write_bytes(damaged)
        try:
            columns_of(path, read_shape(path, path.name), tmp_path / f"out{turn}")
        except Refused:
            continue


def test_a_million_declared_variables_are_refused(tmp_path: Path) -> None:
    header = b"$FL2" + b"@(#) SPSS DATA FILE".ljust(60) + struct.pack("<iiiii", 2, 1_000_000, 0, 0, 1)
    header += struct.pack("<d", 100.0) + b"01 Jan 2412:00:00" + b" " * 64 + b"\0" * 3
    variable = struct.pack("<iiiiii", 2, 0, 0, 0, 0x050802, 0x050802)
    path = tmp_path / "wide.sav"
    names = (b"V%07d" % number for number in range(1_000_000))
    path.write_bytes(header + b"".join(variable + name for name in names) + struct.pack("<ii", 999, 0) + b"\0" * 64)
    with pytest.raises(Refused, match=r"survey_too_wide|survey_reader_limit|survey_file_damaged"):
        read_shape(path, path.name)


def test_a_workbook_of_formulas_without_results_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["q1", "tinh"])
    sheet.append(["=1+1", "Hà Nội"])
    book.save(path)
    with pytest.raises(Refused, match="formula_without_value"):
        read_shape(path, path.name)


def test_a_web_page_under_the_name_of_an_export_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.sav"
    path.write_text("<!doctype html><p>404", "utf-8")
    with pytest.raises(Refused, match="survey_format_unknown"):
        read_shape(path, path.name)


def test_columns_that_hold_identifiers_are_told_by_their_values(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = [
        f"{number},0912 345 {number:03d},a{number}@example.org,Nguyễn Văn Tên{chr(97 + number)}" for number in range(9)
    ]
    path.write_text("\n".join(["q1,c2,c3,c4", *rows]), "utf-8")
    looks = [item.looks_like for item in read_shape(path, path.name).variables]
    assert looks[:3] == ["", "phone", "email"]
