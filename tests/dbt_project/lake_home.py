"""A home with the bundled exports of dossiers and small ones, each about one rule of the measures, built on DuckDB."""

from __future__ import annotations

from pathlib import Path

from ingestion.dossiers import steps
from tests.ingestion.dossiers.exports import USUAL, export, ingest
from warehouse.build import run_dbt
from warehouse.connection import writer
from warehouse.home import BUNDLED_INPUT_DIR, Home
from warehouse.lake_months import lake_to_read
from warehouse.raw_schema import ensure_raw_schema
from warehouse.reference import load_reference

#: Filing, return and the working minutes between them.
WORKING_TIMES = (
    ("2025-09-03 07:30", "2025-09-03 17:00", 450),
    ("2025-09-03 11:00", "2025-09-03 14:00", 60),
    ("2025-09-03 18:00", "2025-09-03 22:00", 0),
    ("2025-09-05 16:00", "2025-09-08 08:00", 90),
    # Friday 24 January 16:00 before Tết 2025: offices open again on Monday 3 February.
    ("2025-01-24 16:00", "2025-02-03 08:30", 120),
    # The Saturday that was worked for Friday 2 May 2025.
    ("2025-04-26 07:30", "2025-04-26 17:00", 450),
    ("2025-05-02 07:30", "2025-05-02 17:00", 0),
    # A date of return without a time is some time of that day.
    ("2025-09-03 08:00", "2025-09-03", 0),
    # The calendar begins in 2010.
    ("2009-12-01 08:00", "2010-01-05 08:00", None),
)
#: Limit, return and whether that is late.
LIMITS = (
    ("2025-09-10 10:00", "2025-09-10 10:00", False),
    ("2025-09-10 10:00", "2025-09-10 10:01", True),
    ("2025-09-10", "2025-09-10 16:59", False),
    ("2025-09-10", "2025-09-10 19:00", False),
    ("2025-09-10", "2025-09-11 07:31", True),
    # Saturday is a day off: the limit ends with Monday.
    ("2025-09-13 09:00", "2025-09-15 16:00", False),
    ("2025-09-13", "2025-09-16 08:00", True),
    # In the middle of Tết: the limit ends with Monday 3 February.
    ("2025-01-29", "2025-02-03 17:00", False),
)
MODELS = ("build", "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious", "--select")
LAKE_MODELS = (*MODELS, "+fct_dossier_month", "+dim_unit", "+dim_indicator")


def write_exports(folder: Path) -> list[Path]:
    """The small exports; their units are not those of the bundled ones, or their data are not synthetic."""
    counted = [
        {},
        {"returned_at": "2025-09-11 08:00"},
        {"due_at": ""},
        {"returned_at": "2025-09-01"},
        {"returned_at": "", "result": "Đang xử lý"},
        {"way_of_filing": "Trực tiếp", "returned_at": "2025-10-02 08:00"},
    ]
    paced = [
        {"filed_at": "2025-09-08 07:30", "returned_at": f"2025-09-08 08:{number:02}",
         "field": "A" if number < 3 else "B"}
        for number in range(10)
    ]  # fmt: skip
    timed = [
        {"filed_at": filed, "returned_at": returned, "due_at": "2025-09-30", "field": f"W{number}"}
        for number, (filed, returned, _) in enumerate(WORKING_TIMES)
    ]
    limited = [
        {"filed_at": "2025-01-02 08:00", "due_at": due, "returned_at": returned, "field": f"L{number}"}
        for number, (due, returned, _) in enumerate(LIMITS)
    ]
    pending = {"unit": "Yên Bái", "filed_at": "2025-06-20", "returned_at": "", "result": ""}
    by_unit = {"Cao Bằng": counted, "Điện Biên": paced, "Lai Châu": [{}, {"filed_at": "2025-08-20"}],
               "Lạng Sơn": timed, "Quảng Ninh": limited}  # fmt: skip
    made = [
        export(folder, f"u{number}_2025-09.csv", *({"unit": unit, **row} for row in rows))
        for number, (unit, rows) in enumerate(by_unit.items())
    ]
    return [
        *made,
        export(folder, "a_2025-06.csv", pending),
        export(folder, "a_2025-09.csv", {"dossier_id": "H22-9"}),
        export(folder, "b_2025-09.csv", {"unit": "Sơn La"}),
        export(folder, "b_2025-09_synthetic.csv", {"unit": "Sơn La", "dossier_id": "H22-8"}),
    ]


def build_lake_home(home: Home, exports: Path) -> None:
    """Ingest the exports and build what reads the lake, with one month of the portal to compare with."""
    home.make()
    with writer(home) as connection:
        ensure_raw_schema(connection)
        load_reference(connection)
    refused = ingest(home, *sorted((BUNDLED_INPUT_DIR / "dossiers").glob("*.csv")), *write_exports(exports))["refused"]
    assert not refused
    steps.measure_exports(home)
    with lake_to_read(home):
        run_dbt(home, *LAKE_MODELS, "+fct_portal_month", "tag:engine")
    with writer(home) as connection:
        connection.execute(
            "insert into marts.fct_portal_month by name select unit_code, data_month, is_synthetic, "
            "'published' as boundary, dossiers as dossiers, dossiers as filed_online, returned_on_time, "
            "returned_late + 1 as returned_late, 90.5 as on_time_rate_pct, 'portal_standin' as source, 'd' as "
            "source_document_id, 'b' as batch_id, timestamp '2026-01-02 03:04:05' as fetched_at "
            "from marts.fct_dossier_month where breakdown = 'unit'"
        )
    run_dbt(home, *MODELS, "metric_portal_agreement")


def next_month(home: Home, folder: Path) -> None:
    """Ingest October of a unit: a new dossier, and the return of one of September."""
    late = {"filed_at": "2025-09-03 08:15", "returned_at": "2025-10-06 09:00", "dossier_id": "H22-2509-0005"}
    new = {"filed_at": "2025-10-01 08:15", "returned_at": "2025-10-07 09:00", "dossier_id": "H22-2510-0001"}
    rows = [{**USUAL, **row, "unit": "Cao Bằng"} for row in (late, new)]
    ingest(home, export(folder, "c_2025-10.csv", *rows))
    steps.measure_exports(home)
