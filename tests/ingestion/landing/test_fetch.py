"""Fetching from real places: the bytes that lie there, once, under safe names, and nothing there is changed."""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.landing.fetch import Report, fetch_landing, new_files
from ingestion.landing.settings import LandingSettings
from ingestion.steps import archive_landing
from tests.ingestion.landing.places import PLACES, Place, apply, folder_files, nfd
from warehouse.errors import EnvironmentBroken, Misused, Refused
from warehouse.home import Home

#: A name as people send it: marks, spaces, and signs that mean something in an address.
NAME = "Phụ lục #1 – 100%25 tỉnh? (bản 2).xlsx"


@pytest.fixture(params=sorted(PLACES))
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    folder = tmp_path / "place"
    folder.mkdir()
    with PLACES[request.param](folder) as found:
        apply(found, monkeypatch)
        yield found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The quickest place, where the kind of place does not matter."""
    root = tmp_path / "place"
    root.mkdir()
    with PLACES["folder"](root) as found:
        apply(found, monkeypatch)
        yield found


def fetch(home: Home) -> Report:
    return fetch_landing(home, LandingSettings.from_environment())


def test_what_lies_there_is_landed_byte_for_byte_under_its_name_in_nfc(home: Home, place: Place) -> None:
    place.put(f"annex/{nfd(NAME)}", b"1" * 70_000)
    place.put("dossiers/2025/hồ sơ.csv", b"a,b\n")
    place.put("readme.txt", b"not for us")
    report = fetch(home)
    assert sorted(report["fetched"]) == [f"annex/{NAME}", "dossiers/hồ sơ.csv"]
    assert folder_files(home.landing) == {f"annex/{NAME}": b"1" * 70_000, "dossiers/hồ sơ.csv": b"a,b\n"}
    assert all(unicodedata.is_normalized("NFC", path) for path in folder_files(home.landing))


def test_a_file_is_fetched_once_and_again_when_it_is_another(home: Home, place: Place) -> None:
    place.put("pci/PCI_2012.xlsx", b"first")
    assert fetch(home)["fetched"] == ["pci/PCI_2012.xlsx"]
    archive_landing(home)
    assert fetch(home)["fetched"] == []
    time.sleep(1.1)  # what some servers say of time has no more than seconds
    place.put("pci/PCI_2012.xlsx", b"second")
    assert fetch(home)["fetched"] == ["pci/PCI_2012.xlsx"]


def test_nothing_is_changed_or_deleted_there(home: Home, place: Place) -> None:
    place.put("pci/PCI_2012.xlsx", b"bytes")
    place.put("pci/PCI_2012.xlsx.partial", b"half")
    before = place.lying()
    fetch(home)
    archive_landing(home)
    fetch(home)
    assert place.lying() == before


def test_a_file_still_being_written_waits(home: Home, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFORM_LANDING_SETTLE_SECONDS", "1.5")
    place.put("annex/done.xlsx", b"whole")
    place.put("annex/growing.xlsx", b"1")

    is_fetched = threading.Event()

    def write() -> None:
        # For as long as it is looked at: a busy machine may look for the first time later than any one moment.
        size = 1
        while not is_fetched.wait(0.3):
            size += 1
            place.put("annex/growing.xlsx", b"1" * size)

    writer = threading.Thread(target=write)
    writer.start()
    report = fetch(home)
    is_fetched.set()
    writer.join()
    assert (report["fetched"], report["waiting"]) == (["annex/done.xlsx"], ["annex/growing.xlsx"])
    assert fetch(home)["fetched"] == ["annex/growing.xlsx"]


def test_a_server_that_is_gone_or_refuses_us_is_told_without_the_password(
    home: Home, place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if "PASSWORD_FILE" not in "".join(place.environment):
        monkeypatch.setenv("REFORM_LANDING_URL", (tmp_path / "nowhere").as_uri())
    elif place.environment["REFORM_LANDING_URL"].startswith("s3"):
        monkeypatch.setenv("REFORM_LANDING_URL", "s3://not-our-bucket/x")
    else:
        wrong = tmp_path / "wrong"
        wrong.write_text("not the password")
        monkeypatch.setenv("REFORM_LANDING_PASSWORD_FILE", str(wrong))
    with pytest.raises(EnvironmentBroken, match="cannot be read") as told:
        fetch(home)
    assert "not the password" not in str(told.value)
    assert place.password not in str(told.value)


def test_an_sftp_server_with_another_key_is_not_spoken_to(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncssh

    folder = tmp_path / "place"
    folder.mkdir()
    with PLACES["sftp"](folder) as place:
        place.put("pci/PCI_2012.xlsx", b"bytes")
        apply(place, monkeypatch)
        known = Path(place.environment["REFORM_LANDING_KNOWN_HOSTS_FILE"])
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        known.write_text(f"{known.read_text('utf-8').split(' ')[0]} {other}")
        with pytest.raises(EnvironmentBroken, match="HostKeyNotVerifiable"):
            fetch(home)


@pytest.mark.parametrize("name", ["a\\b.xlsx", "a\nb.xlsx", "x\u202exslx.exe", " a.xlsx", "ạ" * 120 + ".xlsx"])
def test_a_hostile_name_is_refused_once_and_the_others_are_taken(home: Home, folder: Place, name: str) -> None:
    folder.put(f"pci/{name}", b"bytes") if len(name) < 100 else None
    folder.put("pci/good.xlsx", b"good")
    if len(name) >= 100:
        from ingestion.landing.names import safe_name

        assert safe_name(name) is None
        return
    first, second = fetch(home), fetch(home)
    assert first["fetched"] == ["pci/good.xlsx"]
    assert (len(first["refused"]), second["refused"]) == (1, [])
    assert "landing_name" in first["refused"][0]


@pytest.mark.parametrize("key", ["pci/../../../escaped.xlsx", "pci//twice.xlsx", "pci/..\\escaped.xlsx", "../up.xlsx"])
def test_a_key_that_climbs_out_stays_where_it_is(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    folder = tmp_path / "place"
    folder.mkdir()
    with PLACES["s3"](folder) as place:
        apply(place, monkeypatch)
        place.put(key, b"bytes")
        place.put("pci/good.xlsx", b"good")
        assert fetch(home)["fetched"] == ["pci/good.xlsx"]
    assert [path for path in tmp_path.rglob("*.xlsx") if path != home.landing / "pci" / "good.xlsx"] == []


def test_a_link_is_not_followed(home: Home, folder: Place, tmp_path: Path) -> None:
    folder.put("pci/good.xlsx", b"good")
    (tmp_path / "secret.xlsx").write_bytes(b"secret")
    (tmp_path / "place" / "pci" / "link.xlsx").symlink_to(tmp_path / "secret.xlsx")
    assert fetch(home)["fetched"] == ["pci/good.xlsx"]


def test_a_file_larger_than_its_source_can_have_is_refused_unread(home: Home, folder: Place, tmp_path: Path) -> None:
    folder.put("pci/huge.xlsx", b"")
    with (tmp_path / "place" / "pci" / "huge.xlsx").open("r+b") as stream:
        stream.truncate(300 * 1024**2)
    report = fetch(home)
    assert "landing_too_large" in report["refused"][0]
    assert folder_files(home.landing) == {}


def test_more_files_than_anybody_sends_are_a_mistake(
    home: Home, folder: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFORM_LANDING_MAX_FILES", "3")
    for number in range(5):
        folder.put(f"pci/{number}.xlsx", b"x")
    with pytest.raises(Refused, match="landing_too_many"):
        fetch(home)


def test_a_file_of_that_name_in_the_landing_folder_is_never_overwritten(home: Home, folder: Place) -> None:
    (home.landing / "pci").mkdir(parents=True)
    (home.landing / "pci" / "PCI_2012.xlsx").write_bytes(b"ours")
    folder.put("pci/PCI_2012.xlsx", b"theirs")
    assert fetch(home)["waiting"] == ["pci/PCI_2012.xlsx"]
    assert (home.landing / "pci" / "PCI_2012.xlsx").read_bytes() == b"ours"


def test_without_its_memory_a_fetch_lands_nothing_the_archive_has(home: Home, folder: Place) -> None:
    folder.put("pci/PCI_2012.xlsx", b"bytes")
    fetch(home)
    archive_landing(home)
    for ledger in (home.build / "landing").glob("*.json"):
        ledger.unlink()
    report = fetch(home)
    assert (report["fetched"], report["known"]) == ([], ["pci/PCI_2012.xlsx"])


def test_the_watch_sees_what_a_fetch_would_take(home: Home, place: Place) -> None:
    place.put("pci/PCI_2012.xlsx", b"bytes")
    settings = LandingSettings.from_environment()
    assert settings is not None
    assert [path.rsplit("/", 1)[-1] for path in new_files(settings, home)] == ["PCI_2012.xlsx"]
    fetch(home)
    assert new_files(settings, home) == {}


def test_without_an_address_it_says_which_setting_is_missing(home: Home) -> None:
    with pytest.raises(Misused, match="REFORM_LANDING_URL"):
        fetch_landing(home, None)
