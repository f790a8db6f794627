"""Exports into the lake: forms of cells, later states, idempotence, kills, refusals."""

# ruff: noqa: DTZ001 (exports hold local times without a zone)
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from bench.dossier_exports import Export, write_export
from ingestion.backfill import Stretch
from ingestion.dossiers import steps
from tests.ingestion.dossiers.exports import USUAL, aside, export, file_hashes, ingest, lake
from warehouse.connection import reader
from warehouse.home import PROJECT_ROOT, Home
from warehouse.lake_compaction import compact


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("03/09/2025", datetime(2025, 9, 3)),
        ("2025-09-03 08:15", datetime(2025, 9, 3, 8, 15)),
        ("2025-09-03T08:15:30", datetime(2025, 9, 3, 8, 15, 30)),
        ("3-9-2025 8:15", datetime(2025, 9, 3, 8, 15)),
        ("13-9-2025 8:15", datetime(2025, 9, 13, 8, 15)),
        ("3/9/2025 8:15", datetime(2025, 9, 3, 8, 15)),
        ("03/09/2025 08:15:30", datetime(2025, 9, 3, 8, 15, 30)),
        (" 03/09/2025 ", datetime(2025, 9, 3)),
        ("45903.34", datetime(2025, 9, 3, 8, 9, 36)),
        ("45903,34", datetime(2025, 9, 3, 8, 9, 36)),
        ("45903", datetime(2025, 9, 3)),
    ],
)
def test_every_form_of_date_is_read(home: Home, tmp_path: Path, printed: str, meant: datetime) -> None:
    ingest(home, export(tmp_path, "a_2025-09.csv", {"filed_at": printed}))
    assert lake(home, "filed_at") == [(meant,)]


@pytest.mark.parametrize("printed", ["09/13/2025", "2025-02-30", "chưa rõ", "2025", "2025-09-03 08:15+07", "99999999"])
def test_a_cell_that_is_no_date_is_empty_and_set_aside(home: Home, tmp_path: Path, printed: str) -> None:
    ingest(home, export(tmp_path, "a_2025-09.csv", {}, {"returned_at": printed}))
    assert lake(home, "returned_at", "where source_row = 2") == [(None,)]
    assert aside(home, "row_number, column_name, rule_id") == [(2, "returned_at", "cell_unreadable")]


def test_later_state_wins_whichever_came_first(home: Home, tmp_path: Path) -> None:
    august = export(tmp_path, "a_2025-08.csv", {"returned_at": "", "result": "Đang xử lý"})
    september = export(tmp_path, "a_2025-09.csv", {})
    other = Home(tmp_path / "other")
    other.make()
    assert ingest(home, august)["new"] == 1
    assert ingest(home, september)["updated"] == 1
    ingest(other, september)
    assert ingest(other, august)["outdated"] == 1
    assert lake(home, "result, export_month") == lake(other, "result, export_month")
    assert lake(home, "result, export_month") == [("returned", date(2025, 9, 1))]


def test_corrected_month_of_filing_moves_the_dossier(home: Home, tmp_path: Path) -> None:
    ingest(home, export(tmp_path, "a_2025-08.csv", {"filed_at": "2025-08-30 08:00"}))
    ingest(home, export(tmp_path, "a_2025-09.csv", {"filed_at": "2025-07-30 08:00"}))
    assert lake(home, "year, month, unit") == [(2025, 7, "lao_cai_2025")]


def test_dossier_of_a_merged_province_is_known_again_under_the_new_one(home: Home, tmp_path: Path) -> None:
    ingest(home, export(tmp_path, "a_2025-06.csv", {"unit": "Yên Bái", "filed_at": "2025-06-20", "returned_at": ""}))
    ingest(home, export(tmp_path, "a_2025-09.csv", {"unit": "Lào Cai"}))
    assert lake(home, "unit_code, unit") == [("lao_cai_2025", "lao_cai_2025")]


def test_dossier_printed_twice_counts_once_and_its_last_row_is_used(home: Home, tmp_path: Path) -> None:
    same = {"dossier_id": "H22-1"}
    ingest(home, export(tmp_path, "a_2025-09.csv", {**same, "rating": "2"}, {**same, "rating": "4"}))
    assert lake(home, "rating") == [(4,)]
    assert aside(home, "row_number, rule_id") == [(1, "dossier_doubled")]


def test_known_month_again_changes_no_byte(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "lc_2025-09_synthetic.csv"
    write_export(path, Export("Tỉnh Lào Cai", 2, date(2025, 9, 1), 300))
    ingest(home, path)
    before = file_hashes(home)
    started = time.process_time()
    assert ingest(home, path)["loaded"] == []
    assert time.process_time() - started < 2
    assert file_hashes(home) == before


def test_the_same_rows_are_the_same_bytes_however_they_came(home: Home, tmp_path: Path) -> None:
    files = [tmp_path / f"lc_2025-0{month}_synthetic.csv" for month in (8, 9)]
    for path in files:
        write_export(path, Export("Tỉnh Lào Cai", 2, date(2025, int(path.name[9]), 1), 300))
    ingest(home, *files)
    expected = file_hashes(home)
    shutil.rmtree(home.root / "lake/dossiers/_manifests")
    steps.load_exports(home)
    assert file_hashes(home) == expected


def test_a_month_is_read_again_from_the_archive_and_no_other(home: Home, tmp_path: Path) -> None:
    files = [tmp_path / f"lc_2025-0{month}_synthetic.csv" for month in (8, 9)]
    for path in files:
        write_export(path, Export("Tỉnh Lào Cai", 2, date(2025, int(path.name[9]), 1), 100))
    ingest(home, *files)
    before = sorted(lake(home))
    (portion,) = steps.plan_loads(home, Stretch.of("dossiers", "2025-08"))
    assert portion["name"] == files[0].name
    assert steps.load_exports(home, portion["keys"], again=True)["loaded"] == [files[0].name]
    assert sorted(lake(home)) == before


def test_a_compacted_month_takes_later_states_and_reads_of_the_same_export_as_a_loaded_one_does(
    home: Home, tmp_path: Path
) -> None:
    rows = [{"returned_at": "", "result": "Đang xử lý"}, {}, {"unit": "Hà Nội"}]
    july = export(tmp_path, "a_2025-07.csv", *rows)
    ingest(home, july)
    assert [month.files_after for month in compact(home, every=True)] == [1]
    ingest(home, export(tmp_path, "a_2025-08.csv", {}, columns=[*USUAL, "received_at"]))
    shown = "unit, dossier_id, result, export_month"
    expected = [
        ("ha_noi_2008", "H22-2509-0003", "returned", date(2025, 7, 1)),
        ("lao_cai_2025", "H22-2509-0001", "returned", date(2025, 8, 1)),
        ("lao_cai_2025", "H22-2509-0002", "returned", date(2025, 7, 1)),
    ]
    assert lake(home, shown, "order by all") == expected
    measured = steps.measure_exports(home)["months"]
    (portion,) = steps.plan_loads(home, Stretch.of("dossiers", "2025-07"))
    assert steps.load_exports(home, portion["keys"], again=True)["outdated"] == 1
    assert lake(home, shown, "order by all") == expected
    with reader(home.build_database) as connection:
        before = connection.execute("from raw.dossier_month order by all").fetchall()
    compact(home, every=True)
    home.build_database.unlink()
    assert steps.measure_exports(home)["months"] == measured
    with reader(home.build_database) as connection:
        assert connection.execute("from raw.dossier_month order by all").fetchall() == before


def test_killed_at_any_moment_and_run_again_gives_the_same_bytes(home: Home, tmp_path: Path) -> None:
    files = [tmp_path / f"lc_2025-0{month}_synthetic.csv" for month in (8, 9)]
    for path in files:
        write_export(path, Export("Tỉnh Lào Cai", 2, date(2025, int(path.name[9]), 1), 300))
    whole = ingest(home, *files)
    assert len(whole["loaded"]) == 2
    expected = file_hashes(home)
    script = (
        "from pathlib import Path; import sys; from ingestion.dossiers import steps; from warehouse.home import Home; "
    )
    script += "print('ready', flush=True); steps.load_exports(Home(Path(sys.argv[1])))"
    for folder in ("lake/dossiers", "lake/dossiers_rejected"):
        shutil.rmtree(home.root / folder)
    for delay in (0.1, 3.0, 5.0, 5.6, 6.2, 7.0):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(home.root)], cwd=PROJECT_ROOT, stdout=subprocess.PIPE
        )
        assert process.stdout
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
    steps.load_exports(home)
    assert file_hashes(home) == expected


def test_parquet_is_read_as_csv_is(home: Home, tmp_path: Path) -> None:
    path = export(tmp_path, "a_2025-09.csv", {}, {"filed_at": "45903.34"})
    parquet = tmp_path / "b_2025-09.parquet"
    duckdb.sql(f"copy (select * from read_csv('{path}', all_varchar = true)) to '{parquet}'")
    other = Home(tmp_path / "other")
    other.make()
    ingest(home, path)
    ingest(other, parquet)
    shown = "* exclude (source_document_id, document_received_at)"
    assert lake(other, shown) == lake(home, shown)


def test_zoned_timestamps_of_parquet_become_local_time(home: Home, tmp_path: Path) -> None:
    path = export(tmp_path, "a_2025-09.csv", {})
    parquet = tmp_path / "b_2025-09.parquet"
    zoned = "select * replace (timestamptz '2025-09-03 01:15:00+00' as \"Ngày nộp\")"
    duckdb.sql(f"copy ({zoned} from read_csv('{path}', all_varchar = true)) to '{parquet}'")
    ingest(home, parquet)
    assert lake(home, "filed_at") == [(datetime(2025, 9, 3, 8, 15),)]


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("a_2025-09.csv", b"", "no_rows"),
        ("a_2025-09.csv", b"\x00\x01\x02binary", "not_text"),
        ("a_2025-09.csv", "Mã hồ sơ".encode()[:5] + b"\xff\xfe", "not_utf8"),
        ("a_2025-09.csv", "Họ tên,0999123457,Xã Yên Bình\nA,B,C\n".encode(), "no_header"),
        ("a_2025-09.parquet", b"PAR1 cut off", "parquet_damaged"),
        ("a_2025-09.csv", "Mã hồ sơ,Đơn vị,Ngày nộp,Ngày hẹn trả\nH1,Lào Cai,1,1\n".encode(), "missing_heading"),
        ("a_2025-09.csv", "Mã hồ sơ,Đơn vị,Ngày nộp,Ngày hẹn trả,Ngày trả,Bí danh\nH1,a\n".encode(), "unknown_heading"),
        ("a_2025-09.csv", "Mã hồ sơ,Đơn vị,Ngày nộp,Ngày hẹn trả,Ngày trả\nH1,a,1,1,1,x,y\n".encode(), "odd_lines"),
        ("a_2025-09.csv", "Mã hồ sơ,Đơn vị,Ngày nộp,Ngày hẹn trả,Ngày trả\n".encode(), "no_rows"),
    ],
)  # fmt: skip
def test_file_that_is_no_export_is_refused_and_the_lake_stays(
    home: Home, tmp_path: Path, name: str, content: bytes, rule: str
) -> None:
    ingest(home, export(tmp_path, "good_2025-08.csv", {}))
    before = file_hashes(home)
    (tmp_path / name).write_bytes(content)
    refused = ingest(home, tmp_path / name)["refused"]
    assert f"rule: {rule} ·" in refused[0]
    assert file_hashes(home) == before


def test_export_without_a_month_is_refused(home: Home, tmp_path: Path) -> None:
    assert "export_month_unclear" in ingest(home, export(tmp_path, "ho_so.csv", {}))["refused"][0]


def test_file_of_mostly_bad_rows_is_refused_as_a_whole(home: Home, tmp_path: Path) -> None:
    rows = [{"unit": "Xứ Không Tên"} if number % 3 else {} for number in range(30)]
    assert "too_many_bad_rows" in ingest(home, export(tmp_path, "a_2025-09.csv", *rows))["refused"][0]
    assert not list((home.lake / "dossiers").rglob("*.parquet"))


def test_column_under_a_wrong_heading_is_refused(home: Home, tmp_path: Path) -> None:
    rows = [{"way_of_filing": "Đất đai"}] * 30
    assert "column_unreadable" in ingest(home, export(tmp_path, "a_2025-09.csv", *rows))["refused"][0]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"filed_at": ""}, "filed_at_missing"),
        ({"dossier_id": "x y"}, "dossier_id_missing"),
        ({"unit": "Xứ Không Tên"}, "unit_unknown"),
        ({"filed_at": "2099-01-01"}, "date_in_future"),
    ],
)
def test_row_that_cannot_be_placed_is_left_out_and_set_aside(
    home: Home, tmp_path: Path, change: dict[str, str], rule: str
) -> None:
    report = ingest(home, export(tmp_path, "a_2025-09.csv", {}, {}, change))
    assert (report["left_out"], len(lake(home))) == (1, 2)
    assert (3, rule, "quarantine") in aside(home, "row_number, rule_id, severity")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"due_at": "2025-09-01"}, "due_before_filed"),
        ({"returned_at": "2025-09-01"}, "returned_before_filed"),
        ({"due_at": ""}, "due_at_missing"),
        ({"received_at": "2025-09-02"}, "received_before_filed"),
        ({"filed_at": "2012-03-05"}, "filed_long_ago"),
    ],
)
def test_contradiction_enters_and_is_set_aside(home: Home, tmp_path: Path, change: dict[str, str], rule: str) -> None:
    report = ingest(home, export(tmp_path, "a_2025-09.csv", {}, change, columns=[*USUAL, "received_at"]))
    assert (report["left_out"], len(lake(home))) == (0, 2)
    assert aside(home, "row_number, rule_id") == [(2, rule)]


def test_hostile_names_and_cells_are_only_text(home: Home, tmp_path: Path) -> None:
    name = "'); drop table staged; --_2025-09.csv"
    hostile = "'); drop table kept; -- {batch} :x"
    report = ingest(home, export(tmp_path, name, {}, {"ward": hostile, "field": '=cmd|"/c"!A1', "rating": "';--"}))
    assert report["loaded"] == [name]
    assert lake(home, "ward", "where source_row = 2") == [(hostile,)]


def test_memory_does_not_grow_with_the_number_of_files(tmp_path: Path) -> None:
    peaks = [_peak(tmp_path, files) for files in (1, 4)]
    assert peaks[1] < 1.15 * peaks[0]


def _peak(tmp_path: Path, files: int) -> float:
    home = Home(tmp_path / f"home{files}")
    home.make()
    folder = home.landing / "dossiers"
    folder.mkdir()
    for month in range(1, files + 1):
        write_export(folder / f"lc_2025-{month:02}_synthetic.csv", Export("Lào Cai", 2, date(2025, month, 1), 40_000))
    script = "import resource, sys; from pathlib import Path; from ingestion.dossiers import steps; "
    script += "from warehouse.home import Home; home = Home(Path(sys.argv[1])); steps.archive_exports(home); "
    script += "steps.load_exports(home); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    command = [sys.executable, "-c", script, str(home.root)]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True, env=dict(os.environ))
    return float(done.stdout.splitlines()[0])
