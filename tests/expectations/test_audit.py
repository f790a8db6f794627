"""The audit of batches: severities have consequences, and Great Expectations must agree with the query."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from expectations.audit import audit_batches, reconcile
from expectations.audit_files import CHECK_SCHEMA, read_audited, read_loadable, write_audited
from expectations.gx_runner import SuiteRun
from expectations.judging import QUARANTINE_SCHEMA, AuditedBatch, Failure, judge
from expectations.suites import DATASET_SUITES
from expectations.suites.pci import PCI
from tests.expectations.batches import batch, provinces, row
from tests.expectations.cases import CASES
from warehouse.connection import writer
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home
from warehouse.load import LoadableBatch, load_batches


def _waits(row_id: int, rule_id: str = "not_a_number") -> Failure:
    return Failure(rule_id, row_id, "n/a", "a number", f"Sheet1!C{row_id + 1}")


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory, reference: Path) -> tuple[Home, list[AuditedBatch]]:
    """Every bad input of the cases, judged in one run."""
    home = Home(tmp_path_factory.mktemp("home"))
    home.make()
    together = {item.batch_id: item for case in CASES for item in (case.failing(), *case.beside())}
    return home, audit_batches(list(together.values()), home, reference_dir=reference)


def test_great_expectations_counts_what_the_queries_name(audited: tuple[Home, list[AuditedBatch]]) -> None:
    # audit_batches raises when the two differ; here every rule has a row to differ on.
    failed = {check.rule_id for item in audited[1] for check in item.checks if check.rows_failed}
    assert failed >= {case.rule_id for case in CASES}


def test_check_outcomes_follow_the_severity(audited: tuple[Home, list[AuditedBatch]]) -> None:
    outcomes = {(check.severity, check.outcome) for item in audited[1] for check in item.checks if check.rows_failed}
    assert outcomes == {("block", "blocked"), ("quarantine", "quarantined"), ("warn", "warned")}


def test_blocked_batch_lets_nothing_in(audited: tuple[Home, list[AuditedBatch]]) -> None:
    blocked = [item for item in audited[1] if item.refusals]
    assert blocked
    assert all(item.accepted.num_rows == 0 for item in blocked)


def test_refusal_names_file_place_rule_found_and_expected(audited: tuple[Home, list[AuditedBatch]]) -> None:
    refusal = next(refusal for item in audited[1] for refusal in item.refusals if refusal.rule == "copied_year")
    assert refusal.file_name.endswith(".xlsx")
    assert refusal.place == "Sheet1!C22"
    assert refusal.found == "PCI 2010 equals 2009 in 20 of 20 units"
    assert refusal.expected == "the values of 2010"
    assert refusal.action


def test_nothing_is_left_of_the_private_database(audited: tuple[Home, list[AuditedBatch]]) -> None:
    assert not list(audited[0].staging.glob("audit.duckdb*"))


def test_quarantined_row_is_left_out_and_the_rest_accepted() -> None:
    good_and_bad = batch(row(), row("ben_tre"))
    verdict = judge(good_and_bad, PCI, [_waits(2)])
    assert verdict.accepted["row_id"].to_pylist() == [1]
    assert verdict.quarantined.to_pylist()[0]["rule_id"] == "not_a_number"
    assert not verdict.refusals


def test_row_that_breaks_two_rules_has_two_lines_and_is_left_out_once() -> None:
    verdict = judge(batch(row(), row("ben_tre")), PCI, [_waits(2), _waits(2, "name_unresolved")])
    assert [line["rule_id"] for line in verdict.quarantined.to_pylist()] == ["not_a_number", "name_unresolved"]
    assert verdict.accepted["row_id"].to_pylist() == [1]


def test_quarantine_line_carries_what_its_owner_needs() -> None:
    line = judge(batch(row()), PCI, [_waits(1)]).quarantined.to_pylist()[0]
    rule = PCI.rule("not_a_number")
    assert (line["found"], line["expected"], line["owner"]) == ("n/a", "a number", rule.owner)
    assert line["suggested_fix"] == rule.suggested_fix
    assert line["value_locator"] == "Sheet1!C2"


@pytest.mark.parametrize(("bad", "is_refused"), [(4, False), (5, True)])
def test_threshold_needs_both_the_share_and_the_least_number(bad: int, is_refused: bool) -> None:
    twenty_rows = batch(*(row(unit) for unit in provinces()[:20]))
    verdict = judge(twenty_rows, PCI, [_waits(row_id) for row_id in range(1, bad + 1)])
    assert bool(verdict.refusals) is is_refused


def test_share_under_the_threshold_does_not_block() -> None:
    fifty_rows = batch(*(row(unit) for unit in provinces()[:50]))
    assert not judge(fifty_rows, PCI, [_waits(row_id) for row_id in range(1, 11)]).refusals


def test_too_many_bad_rows_are_refused_in_words() -> None:
    ten_rows = batch(*(row(unit) for unit in provinces()[:10]))
    (refusal,) = judge(ten_rows, PCI, [_waits(row_id) for row_id in range(1, 7)]).refusals
    assert refusal.rule == "too_many_bad_rows"
    assert refusal.found == "6 of 10 rows (not_a_number in 6 rows, first Sheet1!C2: 'n/a')"
    assert refusal.expected == "at most 20% of the rows"


def test_difference_between_the_two_counts_stops_the_load() -> None:
    counts = {(PCI.name, rule.rule_id): 0 for rule in PCI.rules}
    run = SuiteRun(PCI, 10, {rule.rule_id: 0 for rule in PCI.rules} | {"not_a_number": 1}, "")
    with pytest.raises(EnvironmentBroken, match=r"names 0 failing rows and Great Expectations counts 1"):
        reconcile(run, counts)


def test_dataset_without_a_suite_is_not_waved_through(home: Home) -> None:
    with pytest.raises(EnvironmentBroken, match="no suite judges"):
        audit_batches([batch(row(), dataset="horoscope")], home)


def test_no_batches_need_no_audit(home: Home) -> None:
    assert audit_batches([], home) == []


def test_audited_batch_survives_its_files(tmp_path: Path) -> None:
    verdict = judge(batch(row(), row("ben_tre")), PCI, [_waits(2)])
    write_audited(tmp_path / "audited", verdict)
    again = read_audited(tmp_path / "audited")
    assert again.accepted.equals(verdict.accepted)
    assert again.quarantined.equals(verdict.quarantined)
    assert (again.checks, again.refusals) == (verdict.checks, verdict.refusals)


def test_killed_write_leaves_no_half_of_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = judge(batch(row()), PCI, [])

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_text", killed)
    with pytest.raises(KeyboardInterrupt):
        write_audited(tmp_path / "audited", verdict)
    assert not (tmp_path / "audited").exists()


def test_refused_batch_cannot_be_loaded(tmp_path: Path) -> None:
    refused = judge(batch(row()), PCI, [Failure("copied_year", 1, "2009", "2010", "C2")])
    write_audited(tmp_path / "audited", refused)
    with pytest.raises(ValueError, match="must not be loaded"):
        read_loadable(tmp_path / "audited")


def test_what_the_audit_hands_over_fits_the_raw_tables(tmp_path: Path, home: Home) -> None:
    write_audited(tmp_path / "audited", judge(batch(row(), row("ben_tre")), PCI, [_waits(2)]))
    loadable = read_loadable(tmp_path / "audited")
    assert loadable.quarantined.schema == QUARANTINE_SCHEMA
    assert loadable.checks.schema == CHECK_SCHEMA
    (loaded,) = load_batches(home, [loadable], reading_version=lambda _: "test")
    assert (loaded.figures, loaded.quarantined) == (1, 1)


def test_loaded_year_is_recognised_in_a_copy_that_comes_later(home: Home, reference: Path) -> None:
    def year(data_year: int, key: str) -> list[AuditedBatch]:
        rows = [row(unit, data_year=data_year, value=50.0 + index) for index, unit in enumerate(provinces()[:20])]
        return audit_batches([batch(*rows, source_key=key)], home, reference_dir=reference)

    (later,) = year(2010, "t:2010")
    load_batches(
        home,
        [LoadableBatch(later.batch, later.accepted, later.quarantined, CHECK_SCHEMA.empty_table())],
        reading_version=lambda _: "test",
    )
    (earlier,) = year(2009, "t:2009")
    assert [refusal.rule for refusal in earlier.refusals] == ["copied_year"]


def test_build_database_that_another_process_writes_is_waited_for(
    home: Home, reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writer(home) as connection:
        connection.execute("create schema raw")
        # This process holds the file for writing, so it cannot be opened for reading.
        with pytest.raises(EnvironmentBroken):
            audit_batches([batch(row())], home, reference_dir=reference)


def test_suites_are_named_as_their_datasets() -> None:
    assert {name: suite.table for name, suite in DATASET_SUITES.items()} == {
        name: f"figure_{name}" for name in DATASET_SUITES
    }


def test_real_files_pass_except_for_what_is_known(shared_data: Path, home: Home) -> None:
    from ingestion.archive import archive_file
    from ingestion.parse import parse_document

    names = [("pci", "PCI_2007.xls"), ("papi", "papi_2012.csv"), ("papi", "PAPI_2011-2016.xlsx")]
    batches = []
    for source, name in names:
        archived = archive_file(home, source, shared_data / source / name, received_from=os.fspath(shared_data))
        batches.append(parse_document(archived.document, archived.path))
    set_aside = []
    for item in audit_batches(batches, home):
        assert not item.refusals, item.batch.document.file_name
        set_aside += [(row["rule_id"], row["unit_code"], row["value"]) for row in item.quarantined.to_pylist()]
    # PAPI's workbook prints the index of 2014 as 0 for the two provinces that were not surveyed.
    assert sorted(set_aside) == [("score_without_parts", "bac_giang", 0.0), ("score_without_parts", "dong_thap", 0.0)]
