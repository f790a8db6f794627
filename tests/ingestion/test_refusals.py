"""A refusal is news once, waits until its owner acts, and goes when the file is mended or withdrawn."""

from __future__ import annotations

from ingestion.refusals import (
    clear_refusals,
    dismiss,
    record_refusals,
    refused_documents,
    refused_in_run,
    settled_documents,
    start_run,
)
from tests.warehouse.batches import document
from warehouse.errors import Refusal
from warehouse.home import Home

WHY = Refusal(file_name="bad.xlsx", rule="file_empty", found="0 bytes", expected="a workbook")


def test_a_refusal_is_news_only_in_its_own_run(home: Home) -> None:
    start_run(home)
    record_refusals(home, document(b"x", name="bad.xlsx"), [WHY], reading_version="v")
    assert len(refused_in_run(home)) == 1
    start_run(home)
    assert refused_in_run(home) == []
    assert len(refused_documents(home)) == 1


def test_a_mended_file_of_the_same_name_clears_the_refusal(home: Home) -> None:
    record_refusals(home, document(b"x", name="bad.xlsx"), [WHY], reading_version="v")
    clear_refusals(home, document(b"mended", name="bad.xlsx"))
    assert refused_documents(home) == []


def test_a_withdrawn_file_waits_no_longer_and_stays_settled(home: Home) -> None:
    sent = document(b"x", name="bad.xlsx")
    record_refusals(home, sent, [WHY], reading_version="v")
    assert dismiss(home, "bad.xlsx") == 1
    assert refused_documents(home) == []
    assert settled_documents(home) == {sent.sha256: "dismissed"}


def test_withdrawing_a_file_nobody_refused_says_so(home: Home) -> None:
    assert dismiss(home, "other.xlsx") == 0
