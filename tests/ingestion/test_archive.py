"""The archive keeps bytes as received, once, under their hash."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from pathlib import Path

from ingestion.archive import archive_file, archived_files
from ingestion.landing.at_rest import is_document
from ingestion.refusals import refused_in_run
from ingestion.steps import archive_landing, land
from warehouse.home import Home


def test_bytes_are_kept_as_received_under_their_hash(home: Home, tmp_path: Path) -> None:
    sent = tmp_path / "a.csv"
    sent.write_bytes(b"\xff\x00 any bytes")
    archived = archive_file(home, "papi", sent, received_from="test")
    assert archived.path.read_bytes() == sent.read_bytes()
    assert archived.document.sha256 == hashlib.sha256(sent.read_bytes()).hexdigest()


def test_the_same_bytes_again_are_one_document(home: Home, tmp_path: Path) -> None:
    sent = tmp_path / "a.csv"
    sent.write_bytes(b"x")
    first = archive_file(home, "papi", sent, received_from="test")
    assert archive_file(home, "papi", sent, received_from="test") == first
    assert len(archived_files(home)) == 1


def test_a_refused_file_sent_again_to_the_right_source_is_read_as_that_source(home: Home, tmp_path: Path) -> None:
    sent = tmp_path / "a.csv"
    sent.write_bytes(b"x")
    first = archive_file(home, "pci", sent, received_from="test")
    again = archive_file(home, "papi", sent, received_from="test", refused={first.document.sha256})
    assert again.document.source == "papi"


def test_a_copy_sent_as_another_year_is_refused_and_not_passed_over(home: Home) -> None:
    folder = home.landing / "papi"
    folder.mkdir()
    (folder / "papi_2022.csv").write_bytes(b"x")
    (folder / "papi_2023.csv").write_bytes(b"x")
    assert archive_landing(home)["refused"] == ["papi_2023.csv"]
    assert "the very bytes of papi/papi_2022.csv" in refused_in_run(home)[0]
    assert [item.document.file_name for item in archived_files(home)] == ["papi_2022.csv"]


def test_archived_bytes_cannot_be_written_by_accident(home: Home, tmp_path: Path) -> None:
    sent = tmp_path / "a.csv"
    sent.write_bytes(b"x")
    assert archive_file(home, "pci", sent, received_from="test").path.stat().st_mode & 0o222 == 0


def test_a_file_name_in_decomposed_letters_is_stored_composed(home: Home, tmp_path: Path) -> None:
    sent = tmp_path / unicodedata.normalize("NFD", "Phụ lục.csv")
    sent.write_bytes(b"x")
    assert archive_file(home, "annex", sent, received_from="t").document.file_name == "Phụ lục.csv"


def test_landing_is_emptied_only_of_documents(home: Home) -> None:
    folder = home.landing / "papi"
    folder.mkdir()
    (folder / "papi_2011.csv").write_bytes(b"x")
    (folder / "papi_2012.csv.partial").write_bytes(b"half")
    (folder / "link.csv").symlink_to("/etc/hostname")
    assert archive_landing(home)["archived"] == ["papi_2011.csv"]
    assert sorted(path.name for path in folder.iterdir()) == ["link.csv", "papi_2012.csv.partial"]


def test_a_pipe_in_the_landing_folder_is_not_a_document(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert not is_document(tmp_path / "pipe.csv")


def test_landing_a_folder_twice_lands_nothing_the_second_time(home: Home, tmp_path: Path) -> None:
    (tmp_path / "in" / "papi").mkdir(parents=True)
    (tmp_path / "in" / "papi" / "papi_2011.csv").write_bytes(b"x")
    assert land(home, [tmp_path / "in"]) == {"landed": 1}
    archive_landing(home)
    assert land(home, [tmp_path / "in"]) == {"landed": 0}


def test_what_a_killed_copy_left_goes_when_it_is_too_old_to_be_under_way(home: Home, tmp_path: Path) -> None:
    incoming = home.archive / ".incoming"
    incoming.mkdir(parents=True)
    for name in ("killed", "under_way"):
        (incoming / name).write_bytes(b"half")
    os.utime(incoming / "killed", (0, 0))
    sent = tmp_path / "a.csv"
    sent.write_bytes(b"x")
    archive_file(home, "papi", sent, received_from="test")
    assert [path.name for path in incoming.iterdir()] == ["under_way"]
