"""`respondents.csv` as a wave of the lake."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl

HERE = Path(__file__).parent
QUESTIONS = ("q1", "q2", "q3")


def read(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as reading:
        return list(csv.DictReader(reading))


def write_wave(folder: Path, rows: list[dict[str, str]] | None = None) -> Path:
    """Write respondents and answers as the lake has them; returns the folder."""
    rows = read("respondents.csv") if rows is None else rows
    folder.mkdir(parents=True, exist_ok=True)
    columns = ("interviewer_key", "age_group", "urban_rural", "education", "job", "ethnicity")
    pl.DataFrame(
        [
            {
                "respondent_no": number,
                "unit_code": row["unit_code"],
                "stratum": row["stratum"],
                "cluster": row["cluster"],
                "weight": float(row["weight"]),
                "sex": row["sex"],
                "is_excluded": row.get("is_excluded") == "1",
            }
            for number, row in enumerate(rows, 1)
        ]
    ).with_columns(pl.lit(None, pl.String).alias(name) for name in columns).write_parquet(
        folder / "respondents.parquet"
    )
    pl.DataFrame(
        [
            {
                "question_code": question,
                "respondent_no": number,
                "answer_code": int(row[question]) if row[question] else None,
                "is_satisfied": row[question] in {"4", "5"} if row[question] else None,
            }
            for question in QUESTIONS
            for number, row in enumerate(rows, 1)
        ]
    ).write_parquet(folder / "answers.parquet")
    return folder
