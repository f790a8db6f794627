"""Write `docs/breaks.md`: every break the detector finds in a release made from the real files, with its reading.

Run it by `make breaks` after a build of all of PAPI and PCI was published.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

import duckdb

from warehouse.home import PROJECT_ROOT, Home

TARGET = PROJECT_ROOT / "docs" / "breaks.md"
_HEAD = """# Breaks nobody announced

Made by `make breaks` from a release of all real PAPI and PCI files. How they are found, and how well:
[decision 8](decisions/0008-break-detector.md). The readings are
`data/reference/methodology/break_review.csv`; a person changes a verdict there. *suspected*: the change is not printed;
*cleared*: it is printed; *none*: nobody has looked yet, and it is not printed.

**Tóm tắt.** Trang này liệt kê mọi điểm gãy chuỗi mà không nguồn nào công bố, do bộ phát hiện tìm ra trong toàn bộ số
liệu PAPI và PCI, kèm nhận định. *suspected*: đã xem, không công bố mức thay đổi; *cleared*: xác nhận là thay đổi thật,
có công bố; *none*: chưa ai xem, không công bố. Muốn đổi kết luận thì sửa `break_review.csv` nêu trên.

No source read here explains any of them. A reading says what the figures look like, not what happened.

Figures of a row: median of the provinces before and after; median of their own changes (and what is usual in other
years); provinces that moved that way; rank correlation of the provinces with the year before (and the usual one);
spread between the quartiles, as a multiple of the year before.
"""
_SHOCK = """
## Order lost in a whole survey

The median rank correlation of an index' components with the year before. In PAPI it falls in 2021 nearly all over and
is back in 2022, which compares well with 2021: the provinces keep a new order, as with a new sample. No source read
here says so. It is common to the survey, so the detector does not hold it against single indicators, and their changes
are printed: read a province's own change from 2020 to 2021 with care.

(Năm 2021 thứ tự các tỉnh thay đổi ở gần như mọi nội dung PAPI rồi giữ nguyên năm 2022, như khi đổi mẫu điều tra; chưa
có nguồn giải thích. Cần thận trọng với thay đổi của từng tỉnh từ 2020 sang 2021.)

| index | year | components | rank correlation |
|---|---|---|---|
"""
_CRITERIA = {
    "common_move": "common move",
    "undone": "moves and comes back",
    "redefined": "another quantity",
    "swapped": "exchanged",
}
_DETECTED = """
select d.index_code, d.indicator_code, d.name_en, d.name_vi, d.data_year, d.criterion, d.review_verdict,
       d.median_before, d.median_after, d.median_change, d.usual_change, d.share_same_way, d.provinces_compared,
       d.order_correlation, d.usual_order_correlation, d.spread_ratio,
       coalesce(d.reading_en, ''), coalesce(d.reading_vi, '')
from marts.dim_break_detection as d
where d.is_detected and d.criterion <> 'components'
order by d.index_code, d.indicator_code, d.data_year
"""
_MEDIANS = """
select indicator_code, data_year, median(value)
from marts.fct_indicator_value
where boundary = 'published' and unit_type = 'province' and value is not null
group by indicator_code, data_year
having count(*) >= 20
order by data_year
"""
_TOTALS = """
select indicator_code, data_year, name_en, related_codes, text_en
from marts.dim_break_detection
where is_detected and criterion = 'components'
order by indicator_code, data_year
"""
_STALE = """
select indicator_code, data_year, review_verdict from marts.dim_break_detection where not is_detected
order by indicator_code, data_year
"""
#: Median over the components of an index of the rank correlation with the year before.
_ORDER = """
with component as (
    select v.index_code, v.indicator_code, v.data_year, v.unit_code, v.value
    from marts.fct_indicator_value as v join marts.dim_indicator as i using (indicator_code)
    where v.boundary = 'published' and v.unit_type = 'province' and v.value is not null and i.parent_code is not null
      and v.index_code in ('PAPI', 'PCI')
      and v.indicator_code not in (select parent_code from marts.dim_indicator where parent_code is not null)
),
place as (
    select now.index_code, now.indicator_code, now.data_year,
           rank() over (partition by now.indicator_code, now.data_year order by now.value) as now_place,
           rank() over (partition by now.indicator_code, now.data_year order by before.value) as before_place
    from component as now
    join component as before
      on before.indicator_code = now.indicator_code and before.unit_code = now.unit_code
     and before.data_year = now.data_year - 1
),
correlation as (
    select index_code, indicator_code, data_year, corr(now_place, before_place) as order_correlation
    from place group by index_code, indicator_code, data_year having count(*) >= 20
)
select index_code, data_year, count(*), median(order_correlation)
from correlation group by index_code, data_year order by index_code, data_year
"""


def _figures(row: tuple[object, ...]) -> str:
    before, after, change, usual, share, provinces, order, usual_order, spread = row
    sign = "−" if change < 0 else "+"  # type: ignore[operator]
    return (
        f"{before:.2f} → {after:.2f} | {sign}{abs(change):.3f} ({usual:.3f}) | {share:.0%} of {provinces} "  # type: ignore[arg-type]
        f"| {order:.2f} ({usual_order:.2f}) | × {spread:.2f}"
    )


def _indicators(connection: duckdb.DuckDBPyConnection) -> str:
    medians: dict[str, list[str]] = {}
    for code, year, median in connection.execute(_MEDIANS).fetchall():
        medians.setdefault(code, []).append(f"{year}: {median:.2f}")
    text = ""
    for (code, name_en, name_vi), rows in groupby(
        connection.execute(_DETECTED).fetchall(), key=lambda row: (row[1], row[2], row[3])
    ):
        text += (
            f"\n### {code} · {name_en} · {name_vi}\n\nMedian of the provinces: {', '.join(medians[code])}.\n\n"
            "| year | verdict | looks like | median | change (usual) | same way | order (usual) | spread |\n"
            "|---|---|---|---|---|---|---|---|\n"
        )
        readings = ""
        for row in rows:
            year, criterion, verdict = row[4], row[5], row[6]
            text += f"| {year} | {verdict} | {_CRITERIA[criterion]} | {_figures(row[7:16])} |\n"
            readings += f"\n* **{year}**: {row[16] or 'Not read yet.'}\n  *{row[17] or 'Chưa ai xem.'}*\n"
        text += readings
    return text


def page(connection: duckdb.DuckDBPyConnection) -> str:
    """The whole page, from an open release."""
    text = _HEAD + "\n## What is found, indicator by indicator\n" + _indicators(connection)
    text += "\n## Sums that hold them\n\nA sum is withheld where its suspected parts alone move it more than usual.\n"
    text += "(Tổng bị giữ lại khi riêng các thành phần đáng ngờ đã chuyển nó hơn mức thường năm.)\n\n"
    text += "| sum | year | in figures |\n|---|---|---|\n"
    for code, year, name, _, words in connection.execute(_TOTALS).fetchall():
        text += f"| {code} · {name} | {year} | {words} |\n"
    text += _SHOCK
    for index, year, components, order in connection.execute(_ORDER).fetchall():
        text += f"| {index} | {year} | {components} | {order:.2f} |\n"
    stale = connection.execute(_STALE).fetchall()
    if stale:
        text += "\n## Readings that no longer have a detection\n\n"
        text += "".join(f"* {code} {year}: {verdict}\n" for code, year, verdict in stale)
    return text


def main(arguments: list[str]) -> None:
    """Write the page from the release given, or from the current one."""
    database = Path(arguments[0]) if arguments else Home.from_environment().current / "warehouse.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        TARGET.write_text(page(connection), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
