"""A stretch of time is read again, and nothing of any other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ingestion import steps
from ingestion.archive import archived_files
from ingestion.backfill import Stretch
from ingestion.pending import plan_reading, read_documents
from warehouse.errors import Misused
from warehouse.home import BUNDLED_INPUT_DIR, Home

NAMES = ("SIPAS_2022_phu_luc_1.xlsx", "SIPAS_2023_phu_luc_1.xlsx", "SIPAS_2024_phu_luc_1.xlsx")


@pytest.fixture
def archived(home: Home) -> Home:
    """Three annexes and a file nobody could read, all in the archive."""
    for name in NAMES:
        steps.land_files(home, "annex", [BUNDLED_INPUT_DIR / "annex" / name])
    (home.landing / "pci").mkdir(parents=True)
    (home.landing / "pci" / "PCI_2023.xlsx").write_bytes(b"PK not a workbook")
    steps.archive_landing(home)
    return home


def planned(home: Home, stretch: Stretch) -> list[str]:
    return [portion["name"] for portion in plan_reading(home, stretch)]


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2019", None, ("2019-01", "2019-12")),
        ("2019", "2021", ("2019-01", "2021-12")),
        ("2025-03", None, ("2025-03", "2025-03")),
        ("2024-11", "2025", ("2024-11", "2025-12")),
    ],
)
def test_both_ends_belong_to_it(first: str, last: str | None, months: tuple[str, str]) -> None:
    stretch = Stretch.of("pci", first, last)
    assert (stretch.first_month, stretch.last_month) == months


@pytest.mark.parametrize(("first", "last"), [("2021", "2019"), ("19", None), ("2025-13", None), ("2025-W03", None)])
def test_what_is_no_stretch_is_refused(first: str, last: str | None) -> None:
    with pytest.raises(Misused):
        Stretch.of("pci", first, last)


def test_a_run_that_is_told_nothing_does_what_is_pending() -> None:
    assert Stretch.from_params({"source": None, "from": None, "to": None}, ["pci", "papi"]) is None


@pytest.mark.parametrize(
    "told", [{"from": "2019"}, {"source": "pci"}, {"source": "moon", "from": "2019"}, {"to": "2019"}]
)
def test_a_run_that_is_told_half_is_refused(told: dict[str, str]) -> None:
    with pytest.raises(Misused, match="source"):
        Stretch.from_params(told, ["pci", "papi"])


def test_the_documents_of_its_years_are_read_and_no_other(archived: Home) -> None:
    assert planned(archived, Stretch.of("annex", "2023", "2024")) == [f"annex/{name}" for name in NAMES[1:]]


def test_a_document_that_was_never_read_belongs_by_the_year_in_its_name(archived: Home) -> None:
    assert planned(archived, Stretch.of("pci", "2023")) == ["pci/PCI_2023.xlsx"]
    assert planned(archived, Stretch.of("pci", "2022")) == []


def test_what_is_read_again_leaves_the_other_years_rows_as_they_were(archived: Home) -> None:
    import duckdb

    def rows(years: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(archived.build_database), read_only=True) as connection:
            return connection.execute(
                f"select batch_id, loaded_at from raw.batch where data_years in ({years}) order by all"
            ).fetchall()

    for step in (steps.parse_pending, steps.audit_parsed, steps.load_audited):
        step(archived)
    before = rows("'2022', '2024'")
    (portion,) = plan_reading(archived, Stretch.of("annex", "2023"))
    assert portion["name"] == f"annex/{NAMES[1]}"
    assert len(read_documents(archived, portion["keys"])["read"]) == 1
    assert before
    assert rows("'2022', '2024'") == before


def test_what_lies_in_the_landing_folder_stays_there(archived: Home, tmp_path: Path) -> None:
    shutil.copyfile(BUNDLED_INPUT_DIR / "annex" / NAMES[0], archived.landing / "annex" / "new.xlsx")
    steps.begin_again(archived)
    plan_reading(archived, Stretch.of("annex", "2023"))
    assert (archived.landing / "annex" / "new.xlsx").exists()
    assert len(archived_files(archived)) == 4
