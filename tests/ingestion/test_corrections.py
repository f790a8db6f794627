"""Corrections between reading and audit: what each action does, and that a cell which changed is never corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ingestion.corrections import correct_batch, correct_batches
from tests.warehouse.batches import loadable
from warehouse.corrections import CorrectedFigure, Correction
from warehouse.errors import Refused
from warehouse.figures import ParsedBatch


def batch_of(
    *rows: dict[str, Any], content: bytes = b"one", received_at: str = "2026-01-01T00:00:00+00:00"
) -> ParsedBatch:
    return loadable(content, *rows, received_at=received_at).batch


def correction(action: str, old: str = "50", *, new: str | None = None, **fields: Any) -> Correction:
    figure = CorrectedFigure(
        document="pci:2010",
        place=fields.pop("place", "S!B2"),
        unit=fields.pop("unit", "Hà Nội"),
        indicator="PCI",
        expected_old_value=old,
        new_value=new,
    )
    known: dict[str, Any] = {
        "id": "test-one",
        "source": "pci",
        "status": "confirmed",
        "action": action,
        "field": "value",
        "reason_vi": "vì",
        "reason_en": "because",
        "source_url": "https://example.org",
        "decided_by": "somebody",
        "decided_on": date(2026, 11, 23),
        "figures": (figure,),
    }
    return Correction.model_validate(known | fields)


def corrected(wanted: Correction, **row: Any) -> dict[str, Any]:
    found: dict[str, Any] = correct_batch(batch_of(row), [wanted]).figures.to_pylist()[0]
    return found


def test_an_override_is_used_and_the_text_of_the_cell_stays() -> None:
    row = corrected(correction("override", new="51,5"))
    assert (row["value"], row["value_text"], row["correction_id"]) == (51.5, "50", "test-one")


def test_an_override_of_the_year_gives_a_figure_without_one_its_year() -> None:
    row = corrected(correction("override", "", new="2012", field="year"), data_year=None, parse_issue="year_missing")
    assert (row["data_year"], row["parse_issue"]) == (2012, None)


def test_an_override_of_the_year_to_one_its_unit_was_not_in_says_so() -> None:
    wanted = correction("override", "2010", new="2025", field="year", unit="Yên Bái")
    row = corrected(wanted, unit_text="Yên Bái", unit_code="yen_bai", data_year=2010)
    assert (row["unit_code"], row["parse_issue"]) == (None, "unit_of_another_time")


def test_an_override_of_the_unit_resolves_the_name_given() -> None:
    wanted = correction("override", "Hà Nôi 1", new="Hải Phòng", field="unit", unit="Hà Nôi 1")
    row = corrected(wanted, unit_text="Hà Nôi 1", unit_code=None, parse_issue="name_unresolved")
    assert (row["unit_code"], row["unit_text"], row["parse_issue"]) == ("hai_phong", "Hà Nôi 1", None)


def test_an_override_of_a_rank_is_a_whole_number() -> None:
    assert corrected(correction("override", "7", new="6", field="rank"), rank=7, rank_text="7")["rank"] == 6


def test_scaling_multiplies_the_value() -> None:
    assert corrected(correction("scale", factor=0.1))["value"] == pytest.approx(5.0)


def test_a_rank_printed_in_the_score_column_moves_to_the_rank() -> None:
    row = corrected(correction("move_to_rank"))
    assert (row["rank"], row["rank_locator"], row["value"], row["value_locator"]) == (50, "S!B2", None, None)


def test_a_flag_keeps_the_figure_and_marks_it() -> None:
    row = corrected(correction("flag"))
    assert (row["value"], row["figure_status"]) == (50.0, "suspect")


def test_a_dropped_figure_stays_for_the_audit_to_count() -> None:
    assert corrected(correction("drop"))["figure_status"] == "dropped"


@pytest.mark.parametrize("status", ["proposed", "retired"])
def test_only_a_confirmed_correction_is_applied(status: str) -> None:
    assert corrected(correction("override", new="51", status=status))["value"] == 50.0


def test_what_was_done_is_told_with_the_old_and_the_new_text() -> None:
    (told,) = correct_batch(batch_of({}), [correction("override", new="51,5")]).corrections
    assert (told.old_text, told.new_text, told.place, told.row_id) == ("50", "51,5", "S!B2", 1)


def test_two_corrections_of_one_figure_are_applied_in_the_order_given() -> None:
    batch = correct_batch(
        batch_of({}), [correction("override", new="500"), correction("scale", id="two-two", factor=0.1)]
    )
    assert batch.figures.to_pylist()[0]["value"] == pytest.approx(50.0)
    assert [one.correction_id for one in batch.corrections] == ["test-one", "two-two"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (correction("drop", "49"), "'50'"),
        (correction("drop", unit="Hà Giang"), "the unit 'Hà Nội', not 'Hà Giang'"),
        (correction("drop", place="S!Z9"), "no figure of PCI at S!Z9"),
    ],
    ids=["value", "unit", "place"],
)
def test_a_correction_that_no_longer_fits_refuses_the_document(wanted: Correction, found: str) -> None:
    with pytest.raises(Refused) as caught:
        correct_batch(batch_of({}), [wanted])
    (refusal,) = caught.value.refusals
    assert (refusal.rule, refusal.found) == ("correction_no_longer_applies", f"{found} (correction test-one)")


@pytest.mark.parametrize(("new", "field"), [("fifty", "value"), ("6,5", "rank"), ("12", "year"), ("Atlantis", "unit")])
def test_an_override_by_nonsense_is_refused(new: str, field: str) -> None:
    old = {"value": "50", "rank": "7", "year": "2010", "unit": "Hà Nội"}[field]
    with pytest.raises(Refused, match="correction_makes_no_sense"):
        corrected(correction("override", old, new=new, field=field), rank=7, rank_text="7")


def test_of_two_documents_of_one_key_only_the_later_one_must_fit() -> None:
    earlier = batch_of({"value_text": "49", "value": 49.0})
    later = batch_of({}, content=b"two", received_at="2026-02-01T00:00:00+00:00")
    outcomes = [outcome for _, outcome in correct_batches([later, earlier], [correction("drop")])]
    assert not any(isinstance(outcome, Refused) for outcome in outcomes)


def test_a_later_document_whose_cell_the_provider_mended_is_refused() -> None:
    later = batch_of({"value_text": "49", "value": 49.0}, content=b"two", received_at="2026-02-01T00:00:00+00:00")
    outcomes = {
        batch.batch_id: outcome for batch, outcome in correct_batches([batch_of({}), later], [correction("drop")])
    }
    assert isinstance(outcomes[later.batch_id], Refused)


def test_a_document_of_another_key_is_left_alone() -> None:
    other = replace(batch_of({}), source_key="pci:2011")
    assert correct_batch(other, [correction("drop")]) is other
