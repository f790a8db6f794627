"""The way back of a number, when a figure stands on two maps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli.trace_view import print_trace
from tests.warehouse.marts import Figure, build
from warehouse.connection import writer
from warehouse.home import Home
from warehouse.release import publish
from warehouse.trace import trace_figure


def test_the_map_of_the_source_goes_first_and_the_other_map_is_shown_with_its_own_change(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = {"is_comparable": False, "change": None, "not_comparable_reason": "boundary_changed"}
    build(home, Figure(boundary="2025", value=60.0, change=2.0), replace(Figure(), **broken))
    with writer(home) as connection:
        connection.execute(
            """
            create or replace table marts.fct_observation as
            select 'ha_noi' as unit_code, 'PCI' as indicator_code, 2012 as data_year, 50.0 as value, 1 as rank,
                'doc_a' as source_document_id, 'S!A1' as locator, true as is_chosen, false as is_superseded,
                'only_source' as choice_reason, 'b_1' as batch_id;
            alter table marts.dim_source_document add column reader varchar default 'test';
            alter table marts.dim_source_document add column received_at timestamp;
            alter table marts.dim_source_document add column received_from varchar;
            alter table marts.dim_source_document add column loaded_at timestamp;
            create table marts.dim_indicator as
            select 'PCI' as indicator_code, cast(null as varchar) as parent_code, 1 as display_order;
            alter table marts.fct_indicator_value add column value_basis varchar default 'published';
            alter table marts.fct_indicator_value add column max_value double;
            alter table marts.metric_yoy add column previous_year integer default 2011;
            create table marts.dim_correction as
            select 'misprint' as correction_id, 'override' as correction_action, 'value' as corrected_field,
                '5,0' as expected_old_value, '50' as new_value, null::double as factor, 'vì' as reason_vi,
                'comma' as reason_en,
                'https://example.org' as source_url, 'somebody' as decided_by, date '2026-11-23' as decided_on,
                'x.xlsx' as file_name, 'S!A1' as locator, 'b_1' as batch_id, 1 as row_id, true as is_applied,
                'ha_noi' as unit_code, 'PCI' as indicator_code, 2012 as data_year
            """
        )
    database = home.releases / publish(home).release_id / "warehouse.duckdb"
    found = trace_figure(database, ("ha_noi",), "PCI", 2012)
    assert found is not None
    assert (found["value"]["boundary"], found["change"]["is_comparable"]) == ("published", False)
    assert [(other["value"]["value"], other["change"]["change"]) for other in found["on_other_maps"]] == [(60.0, 2.0)]
    print_trace(found, "release")
    shown = capsys.readouterr().out
    assert "on the map 2025: ha_noi 60.0" in shown
    assert "corrected (misprint): value printed as '5,0', 50 is used instead" in shown
