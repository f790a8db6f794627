"""What a run tells the person who started it to ask next is there to be asked."""

from __future__ import annotations

from dataclasses import replace

from cli.summary import example_of
from tests.warehouse.marts import Figure, build
from warehouse.connection import writer
from warehouse.home import Home

_MONTHS = """
    create table marts.metric_portal_change as
    select 'lao_cai_2025' as unit_code, 'PORTAL.HS_TOTAL' as indicator_code, data_month,
        'published' as boundary, 1 as value
    from (values (date '2025-08-01'), (date '2025-09-01')) as months(data_month)
"""


def test_the_example_is_the_newest_figure_that_has_a_change(home: Home) -> None:
    broken = Figure(data_year=2013, is_comparable=False, change=None)
    build(home, Figure(data_year=2011), Figure(data_year=2012), broken, replace(broken, boundary="2025"))
    assert example_of(home.build_database) == ["ha_noi", "PCI", "2012"]


def test_without_figures_of_indices_the_example_is_a_month_of_the_portal(home: Home) -> None:
    build(home)
    with writer(home) as connection:
        connection.execute(_MONTHS)
    assert example_of(home.build_database) == ["lao_cai_2025", "PORTAL.HS_TOTAL", "2025-09"]


def test_a_release_without_either_has_no_example(home: Home) -> None:
    build(home)
    assert example_of(home.build_database) == []
