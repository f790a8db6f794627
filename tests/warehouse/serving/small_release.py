"""A release of a few figures, made as every release is, and servers over it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import uvicorn

from tests.warehouse.marts import Figure, build
from warehouse.connection import writer
from warehouse.home import Home
from warehouse.release import publish
from warehouse.serving.app import create_app
from warehouse.serving.settings import ServingSettings

#: What a spreadsheet would run, what CSV must quote, and what is not Latin.
FORMULA, AWKWARD = '=HYPERLINK("http://x","y")', 'Huế, "cố đô"\r\n(đến 2025)'
_BROKEN = {"change": None, "is_comparable": False, "not_comparable_reason": "method_changed"}

_MORE_MARTS = """
    create or replace table marts.dim_unit as
    select * from (values
        ('ha_noi', 'province', 'Hà Nội', 'Hanoi', null, date '2008-08-01', true),
        ('hue', 'province', $awkward, 'Hue', '', null, false),
        ('hue_2025', 'province', 'Huế', $formula, null, date '2025-01-01', true)
    ) as t(unit_code, unit_type, name_vi, name_en, note, valid_from, is_current);
    create or replace table marts.bridge_unit_lineage as
    select 'hue' as predecessor_code, 'hue_2025' as successor_code, date '2025-01-01' as effective_date, 1.0 as weight,
        'renamed' as weight_basis, 'Huế' as predecessor_name_vi, 'Hue' as predecessor_name_en,
        'Huế' as successor_name_vi, 'Hue' as successor_name_en, 'https://example.org' as source_url;
    create or replace table marts.dim_indicator as
    select * from (values ('PCI', 'PCI', null, 'total', 1), ('PCI.ENTRY_COSTS', 'PCI', 'PCI', 'part', 2))
        as t(indicator_code, index_code, parent_code, indicator_level, display_order);
    create or replace table marts.dim_indicator_break as
    select 'PCI' as indicator_code, 2013 as first_year, 'method_changed' as reason;
    create or replace table marts.fct_observation as
    select unit_code, indicator_code, data_year, value, rank, source_document_id, locator, true as is_chosen,
        false as is_superseded, 'only_source' as choice_reason, 'b_1' as batch_id
    from marts.fct_indicator_value where boundary = 'published';
    alter table marts.dim_source_document add column reader varchar default 'test';
    alter table marts.dim_source_document add column received_at timestamp default timestamp '2026-01-02 03:04:05.678';
    alter table marts.dim_source_document add column received_from varchar default 'test';
    alter table marts.dim_source_document add column loaded_at timestamp;
    alter table marts.fct_indicator_value add column value_basis varchar default 'published';
    alter table marts.fct_indicator_value add column max_value double default 'nan';
    alter table marts.fct_indicator_value add column is_synthetic boolean default false;
    alter table marts.metric_yoy add column previous_year integer default 2011;
    comment on table marts.fct_indicator_value is 'Grain: one figure. — Tiếng Việt: Mỗi dòng là một số liệu.';
    comment on column marts.fct_indicator_value.value is 'The figure. — Tiếng Việt: Giá trị.'
"""


def publish_small(home: Home, value: float = 50.0) -> str:
    """Publish a release with figures of three units over seven years, PCI of ha_noi 2012 being `value`; its id."""
    figures = [
        Figure(
            unit_code=unit,
            indicator_code=indicator,
            data_year=year,
            value=value + index,
            rank=None if year == 2013 else 1,
            **(_BROKEN if year == 2013 else {}),
        )
        for index, (unit, indicator, year) in enumerate(
            (unit, indicator, year)
            for year in range(2012, 2019)
            for unit in ("ha_noi", "hue")
            for indicator in ("PCI", "PCI.ENTRY_COSTS")
        )
    ]
    build(home, *figures, Figure(boundary="2025", value=-1.5))
    with writer(home) as connection:
        for statement in _MORE_MARTS.split(";"):
            used = {
                name: text for name, text in (("awkward", AWKWARD), ("formula", FORMULA)) if f"${name}" in statement
            }
            connection.execute(statement, used or None)
    return publish(home).release_id


def mart_rows(home: Home, table: str, columns: str = "*", suffix: str = "") -> list[tuple[object, ...]]:
    """Rows of a mart of the current release, read from its file."""
    with duckdb.connect(str(home.current / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(f"select {columns} from marts.{table} {suffix}").fetchall()


@contextmanager
def served(home: Home, settings: ServingSettings | None = None) -> Iterator[str]:
    """The real server over `home`, in a thread of this process; its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = create_app(home, settings or ServingSettings())
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
