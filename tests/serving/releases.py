"""Small releases, made as real ones are: a build of made-up marts, the tests dbt would have, and a publish."""

from __future__ import annotations

import json
from pathlib import Path

from tests.warehouse.marts import Figure, build
from warehouse.connection import writer
from warehouse.home import Home
from warehouse.release import publish

KEY = ["unit_code", "indicator_code", "data_year", "boundary"]

#: Names a byte-wise order gets wrong, one with a sign PostgreSQL and CSV quote, one a spreadsheet would compute.
UNITS = {
    "dak_lak": "Đắk Lắk",
    "ca_mau": "Cà Mau",
    "an_giang": "An Giang",
    "duong": "Dương",
    "ha_noi": 'Hà "Nội", \n thủ đô',
    "formula": "=HYPERLINK(1)",
}


def make_release(home: Home, *figures: Figure, units: dict[str, str] | None = None) -> Path:
    """A release of `figures` with a `dim_unit` they refer to and a table of every type a mart may have."""
    build(home, *(figures or (Figure(),)))
    with writer(home) as connection:
        connection.execute("create or replace table marts.dim_unit (unit_code varchar, name_vi varchar)")
        for code, text in (UNITS if units is None else units).items():
            connection.execute("insert into marts.dim_unit values (?, ?)", [code, text])
        connection.execute(
            "create or replace table marts.every_type as select * from (values "
            "(true, 7, 9007199254740993::bigint, 0.1::double, 1234.50::decimal(10, 2), 'chữ', date '1890-05-19', "
            "timestamp '2026-11-23 18:22:16.373887'), (false, null, null, null, null, '', null, null)) "
            "as t (truth, small, large, fraction, money, words, day, moment)"
        )
        connection.execute(
            "comment on table marts.dim_unit is 'Grain: one unit. — Tiếng Việt: Mỗi dòng là một đơn vị.'"
        )
        connection.execute(
            "comment on column marts.dim_unit.name_vi is 'The name; it''s so. — Tiếng Việt: Tên đơn vị.'"
        )
    home.dbt_target.mkdir(exist_ok=True)
    (home.dbt_target / "manifest.json").write_text(json.dumps(_manifest()), "utf-8")
    publish(home)
    return home.current.resolve()


def _manifest() -> dict[str, object]:
    grains = {"dim_unit": ["unit_code"], "fct_indicator_value": KEY, "metric_yoy": KEY}
    nodes: dict[str, object] = {f"model.{table}": {"resource_type": "model", "name": table} for table in grains}
    for table, columns in grains.items():
        nodes[f"test.grain.{table}"] = _test(table, "grain", {"columns": columns})
    arguments = {"column_name": "unit_code", "to": "ref('dim_unit')", "field": "unit_code"}
    nodes["test.unit"] = _test("fct_indicator_value", "relationships", arguments)
    return {"nodes": nodes}


def _test(table: str, kind: str, arguments: dict[str, object]) -> dict[str, object]:
    return {
        "resource_type": "test", "attached_node": f"model.{table}", "config": {"where": None},
        "test_metadata": {"name": kind, "kwargs": arguments},
    }  # fmt: skip
