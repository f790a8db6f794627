"""A synthetic wave as the files an office would send: .sav, .zsav, .dta, .xlsx, .csv; wide or long.

    .venv/bin/python -m bench.survey_exports        writes the bundled exports of data/input/survey again

Each file says in its name, its file label and a column of its own that it is synthetic. Names, phones and addresses in
it are made up, to show that they go no further than the archive.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat

from bench.survey_generator import BLANK, NOT_ASKED, Wave, WaveParameters, draw
from warehouse.home import BUNDLED_INPUT_DIR, REFERENCE_DIR

LABEL = "SYNTHETIC - du lieu gia lap, not answers of citizens"
#: Codes of the export for a question that was not asked, and for one refused.
NOT_APPLICABLE, REFUSED = 97, 99
_FAMILIES = ("Nguyễn Văn", "Trần Thị", "Lê Minh", "Phạm Ngọc")


def frame_of(wave: Wave, *, with_identifiers: bool = True) -> pd.DataFrame:
    """The wave as an export: one row a respondent, columns named as the code book lists them first."""
    rows = len(wave.unit)
    names = {row["unit_code"]: row["name_vi"] for row in _units()}
    fields = wave.book.fields
    data: dict[str, Any] = {
        fields["respondent_id"].names[0]: np.array([f"P{number:07d}" for number in range(rows)]),
        fields["unit"].names[0]: np.array([names[code] for code in wave.units], object)[wave.unit],
        fields["urban_rural"].names[0]: np.where(wave.urban, 1.0, 2.0),
        fields["cluster"].names[0]: wave.cluster.astype(float),
        fields["weight"].names[0]: wave.weight,
        fields["interviewer"].names[0]: wave.interviewer.astype(float) + 1000,
        fields["interview_minutes"].names[0]: wave.minutes,
        fields["interview_date"].names[0]: [
            date(wave.parameters.data_year, 9, 1) + timedelta(int(day)) for day in wave.day
        ],
        fields["age"].names[0]: wave.age.astype(float),
        "is_synthetic": np.ones(rows),
    }
    data |= {fields[name].names[0]: codes.astype(float) for name, codes in wave.groups.items()}
    if with_identifiers:
        data["ho_ten"] = [f"{_FAMILIES[number % 4]} Giả Lập {chr(65 + number % 26)}{number}" for number in range(rows)]
        data["dien_thoai"] = [f"0900{number:06d}" for number in range(rows)]
    for code, codes in wave.answers.items():
        column = codes.astype(float)
        column[codes == NOT_ASKED] = NOT_APPLICABLE
        blank = codes == BLANK
        column[blank] = np.where((wave.age + wave.day)[blank] % 2 == 0, REFUSED, np.nan)
        data[wave.book.question(code).names[0]] = column
    return pd.DataFrame(data)


def write_statistics(wave: Wave, path: Path, frame: pd.DataFrame | None = None) -> Path:
    """A .sav, .zsav or .dta with labels; in SPSS files 99 is declared user-missing."""
    frame = frame_of(wave) if frame is None else frame
    questions = {question.names[0]: question for question in wave.book.questions}
    labels = {name: question.text_vi for name, question in questions.items()}
    labels |= {field.names[0]: field.labels[0] for field in wave.book.fields.values() if field.labels}
    values: dict[str, dict[int | float, str]] = {}
    for name, question in questions.items():
        scale = wave.book.scale_of(question)
        values[name] = {code: answer.vi for code, answer in scale.codes.items()}
        values[name] |= {NOT_APPLICABLE: "Không áp dụng", REFUSED: "Từ chối trả lời"}
    for field in wave.book.fields.values():
        if field.codes:
            values[field.names[0]] = {code: answer.vi for code, answer in field.codes.items()}
    columns = [labels.get(name, "") for name in frame.columns]
    values = {name: texts for name, texts in values.items() if name in frame.columns}
    if path.suffix == ".dta":
        pyreadstat.write_dta(frame, path, file_label=LABEL, column_labels=columns, variable_value_labels=values)
        return path
    missing = {name: [REFUSED] for name in questions if name in frame.columns}
    packed = {"compress": True} if path.suffix == ".zsav" else {"row_compress": True}
    pyreadstat.write_sav(
        frame,
        path,
        file_label=LABEL,
        column_labels=columns,
        variable_value_labels=values,
        missing_ranges=missing,
        **packed,
    )
    return path


def write_table(wave: Wave, path: Path, frame: pd.DataFrame | None = None, *, encoding: str = "utf-8") -> Path:
    """A .csv or .xlsx: codes as numbers, nothing labelled."""
    frame = frame_of(wave) if frame is None else frame
    plain = pd.DataFrame({name: pd.Series(list(map(_plain, frame[name])), dtype=object) for name in frame.columns})
    if path.suffix == ".xlsx":
        import openpyxl

        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("SYNTHETIC")
        sheet.append(list(plain.columns))
        for row in plain.itertuples(index=False):
            sheet.append(list(row))
        book.save(path)
        return path
    with path.open("w", encoding=encoding, newline="") as writing:
        writer = csv.writer(writing)
        writer.writerow(plain.columns)
        writer.writerows(["" if value is None else value for value in row] for row in plain.itertuples(index=False))
    return path


def _plain(value: Any) -> Any:
    """A cell: nothing for what is missing, whole numbers without a decimal point."""
    if pd.isna(value):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def long_frame(wave: Wave) -> pd.DataFrame:
    """One row a respondent and question."""
    wide = frame_of(wave, with_identifiers=False)
    questions = [question.names[0] for question in wave.book.questions]
    keep = [name for name in wide.columns if name not in questions]
    return wide.melt(id_vars=keep, value_vars=questions, var_name="cau_hoi", value_name="tra_loi")


def bundle(folder: Path = BUNDLED_INPUT_DIR / "survey") -> list[Path]:
    """The exports the project brings: four waves of three provinces, 600 respondents each.

    2020 and 2021 ask alike, 2022 asks other people, 2023 is missing: a change, a break, and nothing to compare with.
    """
    folder.mkdir(parents=True, exist_ok=True)
    common: dict[str, Any] = {
        "respondents": 600, "clusters_a_unit": 8, "straight_liner_share": 0.02, "speeder_share": 0.02,
        "duplicate_share": 0.01, "impossible_age_share": 0.005,
    }  # fmt: skip
    units = ("ba_ria_vung_tau", "hai_phong", "quang_ninh")
    written = []
    for year in (2020, 2021):
        wave = draw(WaveParameters(data_year=year, units=units, **common), 1)
        written.append(write_table(wave, folder / f"sipas_{year}_synthetic.csv"))
    for year, asked in ((2022, units), (2024, ("hai_phong", "quang_ninh", "thai_nguyen"))):
        wave = draw(WaveParameters(data_year=year, units=asked, **common), 1)
        written.append(write_statistics(wave, folder / f"sipas_{year}_synthetic.sav"))
    return written


def _units() -> list[dict[str, str]]:
    with (REFERENCE_DIR / "unit.csv").open(encoding="utf-8", newline="") as reading:
        return list(csv.DictReader(reading))


if __name__ == "__main__":
    for written in bundle():
        print(f"{written.name}: {written.stat().st_size:,} bytes")
