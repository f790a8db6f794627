"""From export to wave: nothing before acceptance, one result from every format, identifiers in the archive alone."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
import yaml

from bench.survey_exports import frame_of, long_frame
from bench.survey_generator import BLANK, NOT_ASKED, Wave
from ingestion.backfill import Stretch
from ingestion.survey import steps
from ingestion.survey.identifiers import KEY_VARIABLE
from ingestion.survey.wave_files import wave_folder
from tests.ingestion.survey.conftest import load, small_wave, write_statistics, write_table
from tests.ingestion.survey.test_encodings import as_tcvn3
from warehouse.errors import EnvironmentBroken, Misused, Refused
from warehouse.home import BUNDLED_INPUT_DIR, Home


def answers_of(home: Home, wave_id: str = "sipas_2024") -> pl.DataFrame:
    return pl.read_parquet(wave_folder(home, wave_id) / "answers.parquet", hive_partitioning=False)


def respondents_of(home: Home, wave_id: str = "sipas_2024") -> pl.DataFrame:
    return pl.read_parquet(wave_folder(home, wave_id) / "respondents.parquet", hive_partitioning=False)


def quarantined_of(home: Home, wave_id: str = "sipas_2024") -> pl.DataFrame:
    return pl.read_parquet(wave_folder(home, wave_id) / "quarantined.parquet", hive_partitioning=False)


def test_nothing_is_loaded_before_a_person_accepts_the_mapping(home: Home, wave: Wave, tmp_path: Path) -> None:
    report = steps.ingest_files(home, [write_statistics(wave, tmp_path / "sipas_2024_synthetic.sav")])
    assert report["loaded"] == []
    assert not wave_folder(home, "sipas_2024").exists()
    assert "mapping_not_accepted" in report["proposed"][0]["refusals"][0].sentence()
    assert [mapping.status for mapping in steps.proposed_mappings(home).values()] == ["proposed"]


def test_an_accepted_mapping_keeps_who_accepted_it_and_loads_later_exports_of_its_shape(
    home: Home, wave: Wave, tmp_path: Path
) -> None:
    load(home, write_statistics(wave, tmp_path / "sipas_2024_synthetic.sav"))
    accepted = next((home.root / "survey" / "mappings").glob("*.yml"))
    assert yaml.safe_load(accepted.read_text("utf-8"))["accepted_by"] == "Trần Thị Kiểm"
    again = write_statistics(small_wave(seed=8), tmp_path / "sipas_2024_corrected_synthetic.sav")
    report = steps.ingest_files(home, [again])
    assert [item["is_new"] for item in report["loaded"]] == [True]


def test_ingesting_twice_changes_nothing(home: Home, wave: Wave, tmp_path: Path) -> None:
    path = write_statistics(wave, tmp_path / "sipas_2024_synthetic.sav")
    load(home, path)
    before = _bytes_in(wave_folder(home, "sipas_2024"))
    assert steps.ingest_files(home, [path])["loaded"][0]["is_new"] is False
    assert _bytes_in(wave_folder(home, "sipas_2024")) == before


def _bytes_in(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_order_of_questions_does_not_count(loaded: Home, home: Home, wave: Wave, tmp_path: Path) -> None:
    frame = frame_of(wave)
    load(home, write_statistics(wave, tmp_path / "sipas_2024_synthetic.sav", frame[list(frame.columns)[::-1]]))
    assert answers_of(home).equals(answers_of(loaded))


def test_a_renamed_column_is_found_by_its_label_and_listed_for_a_person(
    loaded: Home, home: Home, wave: Wave, tmp_path: Path
) -> None:
    path = tmp_path / "sipas_2024_synthetic.sav"
    write_statistics(wave, path)
    content = path.read_bytes()
    assert b"a1_3" in content
    path.write_bytes(content.replace(b"A1_3", b"ZZ_9").replace(b"a1_3", b"zz_9"))
    report = steps.ingest_files(home, [path])
    mapping = next(iter(steps.proposed_mappings(home).values()))
    assert mapping.columns["POL.EDU"] == "zz_9"
    assert ("column_renamed", "zz_9") in {(item.kind, item.column) for item in mapping.differences}
    steps.accept(home, Path(report["proposed"][0]["mapping"]), "x")
    assert answers_of(home).equals(answers_of(loaded))


@pytest.mark.parametrize("suffix", ["zsav", "dta", "xlsx", "csv"])
def test_every_format_gives_the_same_answers(suffix: str, loaded: Home, home: Home, wave: Wave, tmp_path: Path) -> None:
    path = tmp_path / f"sipas_2024_synthetic.{suffix}"
    load(home, (write_table if suffix in {"xlsx", "csv"} else write_statistics)(wave, path))
    assert answers_of(home).equals(answers_of(loaded))


def test_a_long_export_gives_the_same_answers(loaded: Home, home: Home, wave: Wave, tmp_path: Path) -> None:
    path = tmp_path / "sipas_2024_synthetic.csv"
    load(home, write_table(wave, path, long_frame(wave)))
    assert answers_of(home).equals(answers_of(loaded))


def test_a_long_export_with_a_doubled_answer_is_refused(home: Home, wave: Wave, tmp_path: Path) -> None:
    path = tmp_path / "sipas_2024_synthetic.csv"
    frame = long_frame(wave)
    write_table(wave, path, pd.concat([frame, frame.tail(1)]))
    report = steps.ingest_files(home, [path])
    refused = steps.accept(home, Path(report["proposed"][0]["mapping"]), "x")["refused"]
    assert refused[0]["refusals"][0].rule == "survey_long_duplicate"


def test_the_tables_hold_what_was_drawn(loaded: Home, wave: Wave) -> None:
    by_question = answers_of(loaded).partition_by("question_code", as_dict=True)
    for code, drawn in wave.answers.items():
        found = by_question[(code,)]["answer_code"].fill_null(BLANK).to_numpy()
        # In a multiple-response set, a blank item beside answered ones is an item not chosen.
        known = drawn >= 0 if code.startswith("NEED.") else np.full(drawn.shape, True)
        np.testing.assert_array_equal(found[known], np.where(drawn < 0, BLANK, drawn)[known], err_msg=code)
    states = by_question[("SER.ACC.1",)]["answer_state"].to_numpy() == "not_applicable"
    np.testing.assert_array_equal(states, wave.answers["SER.ACC.1"] == NOT_ASKED)
    respondents = respondents_of(loaded)
    assert respondents["unit_code"].to_list() == [wave.units[unit] for unit in wave.unit]
    np.testing.assert_array_equal(respondents["weight"].to_numpy(), wave.weight)
    assert respondents["urban_rural"].to_list() == ["urban" if urban else "rural" for urban in wave.urban]


def test_everything_is_marked_synthetic(loaded: Home) -> None:
    folder = wave_folder(loaded, "sipas_2024")
    for name in ("answers", "respondents", "quarantined"):
        frame = pl.read_parquet(folder / f"{name}.parquet", hive_partitioning=False)
        assert frame["is_synthetic"].all()
    assert json.loads((folder / "wave.json").read_text("utf-8"))["is_synthetic"] is True
    assert "Synthetic data" in (folder / "quality.html").read_text("utf-8")


def test_duckdb_reads_the_shares_out_of_the_lake(loaded: Home, wave: Wave) -> None:
    folder = wave_folder(loaded, "sipas_2024")
    found = (
        duckdb.connect()
        .execute(
            f"""select sum(weight * is_satisfied::int) / sum(weight) from '{folder}/answers.parquet' as a
            join '{folder}/respondents.parquet' as r using (respondent_no)
            where a.question_code = 'POL.ECON' and a.answer_state = 'answered'"""
        )
        .fetchone()
    )
    satisfied = wave.satisfied("POL.ECON")
    known = ~np.isnan(satisfied)
    assert found is not None
    assert found[0] == pytest.approx(np.average(satisfied[known], weights=wave.weight[known]))


def test_answers_outside_the_scale_are_set_aside_by_respondent_and_question(
    home: Home, wave: Wave, tmp_path: Path
) -> None:
    frame = frame_of(wave)
    frame.loc[3, "a1_1"] = 7.0
    frame.loc[5, "trong_so"] = -1.0
    frame.loc[8, "gioi_tinh"] = 4.0
    load(home, write_statistics(wave, tmp_path / "sipas_2024_synthetic.sav", frame))
    found = quarantined_of(home).select("respondent_no", "question_code", "found", "rule", "locator").rows()
    assert sorted(found) == [
        (4, "POL.ECON", "7", "outside_scale", "respondent 4, column a1_1"),
        (6, "weight", "-1", "weight_invalid", "respondent 6, column trong_so"),
        (9, "sex", "4", "outside_scale", "respondent 9, column gioi_tinh"),
    ]
    answer = answers_of(home).filter(pl.col("question_code") == "POL.ECON")[3]
    assert answer["answer_state"].item() == "quarantined"
    assert answer["answer_code"].item() is None
    assert respondents_of(home)["exclusion_reasons"][5] == "weight_invalid"


def test_an_answer_to_a_question_that_was_not_to_be_asked_is_set_aside(home: Home, wave: Wave, tmp_path: Path) -> None:
    frame = frame_of(wave)
    row = int(np.flatnonzero(wave.answers["USED_SERVICE"] == 2)[0])
    frame.loc[row, "b1_1"] = 5.0
    load(home, write_statistics(wave, tmp_path / "sipas_2024_synthetic.sav", frame))
    found = quarantined_of(home).select("respondent_no", "question_code", "rule").rows()
    assert found == [(row + 1, "SER.ACC.1", "answered_against_filter")]


def test_a_province_nobody_knows_is_set_aside_with_the_nearest_names(home: Home, wave: Wave, tmp_path: Path) -> None:
    frame = frame_of(wave)
    frame.loc[frame["tinh"] == "Quảng Ninh", "tinh"] = "Quảng Ninhh"
    load(home, write_statistics(wave, tmp_path / "sipas_2024_synthetic.sav", frame))
    found = quarantined_of(home)
    assert set(found["rule"]) == {"unit_unresolved"}
    assert "Quảng Ninh [quang_ninh]" in found["expected"][0]
    assert respondents_of(home)["is_excluded"].sum() >= found.height


def test_wordings_in_place_of_codes_are_read(loaded: Home, home: Home, wave: Wave, tmp_path: Path) -> None:
    frame = frame_of(wave).astype(object)
    words = {1.0: "Rất không hài lòng", 2.0: "Không hài lòng", 3.0: "Bình thường", 4.0: "Hài lòng", 5.0: "Rất hài lòng"}
    for name in frame.columns:
        if name.startswith(("a1_", "b1_")):
            frame[name] = [words.get(value, value) for value in frame[name]]
    load(home, write_table(wave, tmp_path / "sipas_2024_synthetic.xlsx", frame))
    assert answers_of(home).equals(answers_of(loaded))


def test_a_scale_coded_the_other_way_round_is_read_by_its_wordings(home: Home, wave: Wave, tmp_path: Path) -> None:
    import pyreadstat

    frame = frame_of(wave)
    frame["a1_1"] = frame["a1_1"].map(lambda value: 6 - value if 1 <= value <= 5 else value)
    labels = {1: "Rất hài lòng", 2: "Hài lòng", 3: "Bình thường", 4: "Không hài lòng", 5: "Rất không hài lòng"}
    path = tmp_path / "sipas_2024_synthetic.sav"
    pyreadstat.write_sav(frame, path, variable_value_labels={"a1_1": labels}, missing_ranges={"a1_1": [99]})
    report = steps.ingest_files(home, [path])
    mapping = next(iter(steps.proposed_mappings(home).values()))
    assert "scale_changed" in {item.kind for item in mapping.differences}
    steps.accept(home, Path(report["proposed"][0]["mapping"]), "x")
    found = answers_of(home).filter(pl.col("question_code") == "POL.ECON")["answer_code"].fill_null(BLANK)
    np.testing.assert_array_equal(
        found.to_numpy(), np.where(wave.answers["POL.ECON"] < 0, BLANK, wave.answers["POL.ECON"])
    )


def test_a_multiple_response_set_in_one_cell_is_taken_apart(home: Home, wave: Wave, tmp_path: Path) -> None:
    frame = frame_of(wave).drop(columns=[f"d1_{number}" for number in range(1, 11)])
    frame["d1"] = ["1;3"] * (len(frame) - 2) + ["12", None]
    load(home, write_table(wave, tmp_path / "sipas_2024_synthetic.csv", frame))
    items = answers_of(home).filter(pl.col("question_code").is_in(["NEED.1", "NEED.2", "NEED.3"]))
    assert items.filter(pl.col("respondent_no") == 1)["answer_code"].to_list() == [1, 0, 1]
    assert items.filter(pl.col("respondent_no") == len(frame))["answer_state"].unique().to_list() == ["not_answered"]
    assert quarantined_of(home).select("question_code", "found").rows() == [("NEEDS", "12")]


def test_tcvn3_in_a_workbook_is_read(loaded: Home, home: Home, wave: Wave, tmp_path: Path) -> None:
    frame = frame_of(wave, with_identifiers=False)
    frame["tinh"] = [as_tcvn3(name) for name in frame["tinh"]]
    load(home, write_table(wave, tmp_path / "sipas_2024_synthetic.xlsx", frame))
    assert respondents_of(home)["unit_code"].to_list() == respondents_of(loaded)["unit_code"].to_list()


def test_identifiers_are_in_the_archive_and_nowhere_else(home: Home, wave: Wave, tmp_path: Path) -> None:
    frame = frame_of(wave)
    frame["ghi_chu"] = [f"Gọi lại bà Lành số 0987{number:06d}" for number in range(len(frame))]
    frame["a1_2"] = frame["a1_2"].astype(object)
    frame.loc[0, "a1_2"] = "0912345678"
    frame.loc[1, "a1_2"] = "Bà Trần Thị Lành"
    load(home, write_table(wave, tmp_path / "sipas_2024_synthetic.csv", frame))
    secrets = ["0900000007", "Giả Lập", "P0000003", "0987000004", "0912345678", "Lành", "1003.0"]
    for path in (item for item in home.root.rglob("*") if item.is_file()):
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content += pl.read_parquet(path, hive_partitioning=False).write_csv().encode()
        if home.archive in path.parents:
            continue
        assert [text for text in secrets if text.encode() in content] == [], path
    assert b"0900000007" in next((home.archive / "survey").glob("*/*/content")).read_bytes()


def test_the_archive_of_surveys_is_its_owners_alone(loaded: Home) -> None:
    folder = loaded.archive / "survey"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")] if path.is_dir()}
    assert modes == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()} == {0o400}
    assert stat.S_IMODE((loaded.root / "secrets" / "survey.key").stat().st_mode) == 0o600


def test_another_key_gives_other_keys(
    loaded: Home, home: Home, wave: Wave, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "ab" * 32)
    load(home, write_statistics(wave, tmp_path / "sipas_2024_synthetic.sav"))
    assert set(respondents_of(home)["respondent_key"]).isdisjoint(respondents_of(loaded)["respondent_key"])
    assert not (home.root / "secrets" / "survey.key").exists()


def test_a_key_others_may_read_stops_the_load(home: Home, wave: Wave, tmp_path: Path) -> None:
    folder = home.root / "secrets"
    folder.mkdir()
    (folder / "survey.key").write_text("ab" * 32, "ascii")
    (folder / "survey.key").chmod(0o644)
    with pytest.raises(EnvironmentBroken, match="chmod 600"):
        load(home, write_statistics(wave, tmp_path / "sipas_2024_synthetic.sav"))


@pytest.mark.parametrize(
    ("change", "problem"),
    [({"unit": None}, "`unit` has no column"), ({"POL.ECON": "no_such"}, "has no column 'no_such'"),
     ({"POL.ECON": "ho_ten"}, "identifies persons"), ({"POL.ECON": "a1_2"}, "used twice"),
     ({"NO.SUCH": "a1_1"}, "no field or question")],
)  # fmt: skip
def test_a_mapping_that_cannot_be_meant_is_not_accepted(
    change: dict[str, str | None], problem: str, home: Home, wave: Wave, tmp_path: Path
) -> None:
    report = steps.ingest_files(home, [write_statistics(wave, tmp_path / "sipas_2024_synthetic.sav")])
    path = Path(report["proposed"][0]["mapping"])
    content = yaml.safe_load(path.read_text("utf-8"))
    content["columns"] = {key: value for key, value in (content["columns"] | change).items() if value}
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    with pytest.raises(Refused, match=problem):
        steps.accept(home, path, "x")
    assert not wave_folder(home, "sipas_2024").exists()


def test_nobody_cannot_accept(home: Home, wave: Wave, tmp_path: Path) -> None:
    report = steps.ingest_files(home, [write_statistics(wave, tmp_path / "sipas_2024_synthetic.sav")])
    with pytest.raises(Misused, match="--by"):
        steps.accept(home, Path(report["proposed"][0]["mapping"]), " ")


def test_a_year_that_is_not_said_is_asked_for(home: Home, wave: Wave, tmp_path: Path) -> None:
    path = write_statistics(wave, tmp_path / "export_synthetic.sav")
    assert steps.ingest_files(home, [path])["refused"][0]["refusals"][0].rule == "survey_year_unclear"
    assert steps.ingest_files(home, [path], steps.Given(2024))["proposed"]


def test_a_year_without_a_code_book_is_refused(home: Home, wave: Wave, tmp_path: Path) -> None:
    path = write_statistics(wave, tmp_path / "sipas_2009_synthetic.sav")
    assert steps.ingest_files(home, [path])["refused"][0]["refusals"][0].rule == "survey_no_code_book"


def test_the_bundled_exports_load_under_the_mappings_of_the_project(home: Home) -> None:
    files = sorted((BUNDLED_INPUT_DIR / "survey").glob("*_synthetic.*"))
    report = steps.ingest_files(home, files)
    waves = ["sipas_2020", "sipas_2021", "sipas_2022", "sipas_2024"]
    assert [item["wave"]["wave_id"] for item in report["loaded"]] == waves
    assert all(item["wave"]["is_synthetic"] for item in report["loaded"])


def test_what_lies_in_the_landing_folder_is_taken_in(home: Home, wave: Wave) -> None:
    folder = home.landing / "survey"
    folder.mkdir(parents=True)
    path = write_statistics(wave, folder / "sipas_2024_synthetic.sav")
    assert steps.ingest_landing(home)["proposed"]
    assert not path.exists()


def test_a_year_is_read_again_from_the_archive_and_comes_out_the_same(home: Home, wave: Wave, tmp_path: Path) -> None:
    load(home, write_statistics(wave, tmp_path / "sipas_2024_synthetic.sav"))
    before = answers_of(home)
    (portion,) = steps.plan_again(home, Stretch.of("survey", "2023", "2024"))
    assert portion["name"] == "sipas_2024_synthetic.sav"
    assert [item["is_new"] for item in steps.ingest_again(home, portion["keys"])["loaded"]] == [True]
    assert answers_of(home).equals(before)
    assert steps.plan_again(home, Stretch.of("survey", "2022")) == []


def test_what_a_killed_run_left_between_archive_and_lake_is_removed(home: Home, wave: Wave, tmp_path: Path) -> None:
    left = home.build / "survey" / "tmpkilled"
    left.mkdir(parents=True)
    (left / "copy.csv").write_text("0900000007", "utf-8")
    os.utime(left, (0, 0))
    load(home, write_statistics(wave, tmp_path / "sipas_2024_synthetic.sav"))
    assert list((home.build / "survey").iterdir()) == []


def test_an_export_archived_by_a_killed_run_is_read_by_the_next(home: Home) -> None:
    bundled = BUNDLED_INPUT_DIR / "survey" / "sipas_2020_synthetic.csv"
    landed = home.landing / "survey" / bundled.name
    landed.parent.mkdir(parents=True)
    landed.write_bytes(bundled.read_bytes())
    steps.archive_export(home, landed, received_from="landing/survey")
    assert [item["wave"]["wave_id"] for item in steps.ingest_landing(home)["loaded"]] == ["sipas_2020"]
    assert not landed.exists()


def test_a_wave_a_killed_run_left_half_written_is_removed(home: Home, wave: Wave, tmp_path: Path) -> None:
    half = wave_folder(home, "sipas_2024").with_name(".wave=sipas_2024.1.partial")
    half.mkdir(parents=True)
    load(home, write_statistics(wave, tmp_path / "sipas_2024_synthetic.sav"))
    assert not half.exists()
