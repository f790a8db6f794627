"""Synthetic exports of dossiers: made by us, deterministic by seed, with the faults real exports have.

    .venv/bin/python -m bench.dossier_exports FOLDER     writes the bundled files of data/input/dossiers again

No person, dossier or figure in them exists. The file names end in `_synthetic`, and the loader marks what comes from
such a file `is_synthetic` wherever it goes. A dossier's facts follow from its month, its number and the seed alone, so
a later export shows the same dossier in a later state. Planted: mixed forms of dates, Excel's serial dates, cells that
are no dates, words nobody knows, dates in the wrong order, a dossier printed twice, late corrections, and columns of
personal data (`PLANTED_PHONE` stands in every file).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

#: A phone number nobody has (the range is not assigned), to be looked for where it must not be.
PLANTED_PHONE = "0999123457"

_FIELDS = (
    "Đất đai", "Hộ tịch", "Thành lập và hoạt động của doanh nghiệp", "Giấy phép lái xe", "Bảo trợ xã hội", "Chứng thực",
    "Hoạt động xây dựng", "Môi trường", "Lý lịch tư pháp", "An toàn thực phẩm",
)  # fmt: skip
_WARDS = ("Phường Ba Đình", "Xã Mỹ Đức", "Phường Hồng Bàng", "Xã Yên Bình", "Phường Cam Đường", "Đặc khu Cát Hải")
_SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi")
_GIVEN = ("An", "Bình", "Chi", "Dũng", "Hà", "Hương", "Khánh", "Linh", "Minh", "Ngọc", "Phúc", "Quân")


@dataclass(frozen=True)
class Export:
    """One export: a unit's dossiers of one month and the later states of those of the month before."""

    unit_name: str
    unit_number: int
    month: date
    per_month: int
    seed: int = 7

    @property
    def id_prefix(self) -> str:
        """What the unit's dossier codes begin with."""
        return f"000.00.{self.unit_number:02d}.H{self.unit_number:02d}"


def write_export(path: Path, export: Export, *, with_personal: bool = True) -> int:
    """Write `export` as CSV, or as Parquet when the name says so, and return its rows."""
    months = [_months_before(export.month, 1), export.month]
    made = " union all ".join(f"({_dossiers(export, month)})" for month in months)
    shown = _shown(export, with_personal=with_personal)
    how = "format parquet" if path.suffix == ".parquet" else "header, delimiter ','"
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.execute("set memory_limit = '1GB'")
        query = f"with dossier as ({made}) select {shown} from dossier cross join range(2) as printed (again) "
        query += f"where ({_is_in(export)}) and (again = 0 or serial % 1999 = 11)"
        done = connection.execute(f"copy ({query}) to '{path}' ({how})").fetchone()
    return int(done[0]) if done else 0


def _months_before(month: date, count: int) -> date:
    index = month.year * 12 + month.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def _dossiers(export: Export, month: date) -> str:
    """The dossiers filed in `month`, with everything that will become of them."""
    mixed = f"hash(serial * 1000003 + {export.seed * 8191 + export.unit_number * 127 + month.toordinal()})"
    return f"""
        select *, filed + to_minutes(cast(20 + h % 200 as bigint)) as received,
               filed + to_days(cast(3 + (h >> 7) % 18 as integer)) as due,
               filed
               + to_minutes(cast(60 + (h >> 17) % case when (h >> 13) % 10 < 7 then 7000 else 43000 end
                                  as bigint)) as returned
        from (select serial, {mixed} as h, date '{month}' as filed_month,
                     date '{month}' + to_days(cast(({mixed} >> 23) % 28 as integer))
                     + to_minutes(cast(450 + ({mixed} >> 29) % 560 as bigint)) as filed
              from range({export.per_month}) as numbers (serial))"""


def _is_in(export: Export) -> str:
    """Of the month itself all, of the month before what was returned since and what was corrected late."""
    month = export.month
    return f"filed_month = date '{month}' or returned >= timestamp '{month}' or serial % 499 = 7"


def _written(moment: str, bad: str) -> str:
    """A date as portals write it: six forms, Excel's serial number, and now and then no date at all."""
    return f"""case when {bad} then 'chưa rõ' when {moment} is null then null else case (h >> 31) % 16
        when 0 then strftime({moment}, '%-d-%-m-%Y %-H:%M')
        when 1 then strftime({moment}, '%d/%m/%Y %H:%M:%S')
        when 2 then strftime({moment}, '%Y-%m-%dT%H:%M:%S')
        when 3 then cast(round(epoch({moment} - timestamp '1899-12-30') / 86400.0, 5) as varchar)
        when 4 then strftime({moment}, '%d/%m/%Y')
        when 5 then strftime({moment}, '%d/%m/%Y %H:%M')
        when 6 then strftime({moment}, '%d/%m/%Y %H:%M')
        else strftime({moment}, '%Y-%m-%d %H:%M') end end"""


def _one_of(words: Sequence[str], bits: int) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"[{listed}][1 + cast((h >> {bits}) % {len(words)} as bigint)]"


def _shown(export: Export, *, with_personal: bool) -> str:
    month_end = _months_before(export.month, -1)
    seen = f"case when returned < timestamp '{month_end}' then returned end"
    corrected = f"(serial % 499 = 7 and filed_month < date '{export.month}')"
    columns = {
        "Mã hồ sơ": f"'{export.id_prefix}-' || strftime(filed_month, '%y%m') || '-' "
        "|| lpad(cast(serial as varchar), 7, '0')",
        "Mã thủ tục": "'1.' || lpad(cast((h >> 3) % 12000 as varchar), 6, '0')",
        "Lĩnh vực": _one_of(_FIELDS, 5),
        "Cấp thực hiện": _one_of(("Cấp tỉnh", "Cấp xã", "Cấp xã", "Cấp xã"), 9),
        "Đơn vị": f"'{export.unit_name}'",
        "Phường/Xã": _one_of(_WARDS, 11),
        "Ngày nộp": _written("filed", "serial % 9973 = 5"),
        "Ngày tiếp nhận": _written("case when serial % 4999 = 3 then filed + to_days(400) else received end",
                                   "serial % 9973 = 6"),
        "Ngày hẹn trả": _written("case when serial % 3989 = 4 then filed - to_days(9) else due end",
                                 "serial % 1009 = 2"),
        "Ngày trả kết quả": _written(f"case when serial % 4001 = 9 then filed - to_days(2) else {seen} end",
                                     "serial % 1511 = 8"),
        "Hình thức nộp": "case when serial % 7001 = 12 then 'Qua Zalo' else "
        + _one_of(("Trực tuyến toàn trình",) * 3 + ("Trực tuyến một phần", "Trực tiếp", "Bưu chính công ích"), 15)
        + " end",
        "Thanh toán trực tuyến": _one_of(("Có", "Không", "x"), 19),
        "Số hóa": _one_of(("Có", "Có", "Không"), 21),
        "Kết quả": f"case when {seen} is null then 'Đang xử lý' else "
        + _one_of(("Đã trả kết quả",) * 6 + ("Từ chối", "Rút hồ sơ"), 25) + " end",
        "Đánh giá": f"case when {corrected} then '1' "
        "when (h >> 27) % 5 = 0 then cast(1 + (h >> 33) % 5 as varchar) end",
        "Phản ánh, kiến nghị": "case when (h >> 37) % 211 = 0 then 'Có' else 'Không' end",
    }  # fmt: skip
    if with_personal:
        columns |= {
            "Họ và tên": f"{_one_of(_SURNAMES, 6)} || ' Văn ' || {_one_of(_GIVEN, 8)}",
            "Số điện thoại": f"case when serial % 97 = 1 then '{PLANTED_PHONE}' "
            "else '0999' || lpad(cast((h >> 12) % 1000000 as varchar), 6, '0') end",
            "Số CCCD": "'000' || lpad(cast(h % 1000000000 as varchar), 9, '0')",
            "Email": "'nguoi.dan' || cast(h % 9999 as varchar) || '@example.invalid'",
            "Địa chỉ": "'Số ' || cast(h % 300 as varchar) || ', ngõ ' || cast((h >> 9) % 90 as varchar)",
        }
    return ", ".join(f'{expression} as "{name}"' for name, expression in columns.items())


def write_bundled(folder: Path) -> None:
    """The small exports that come with the project: two provinces, two months."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name, slug in ((2, "Tỉnh Lào Cai", "lao_cai"), (46, "Thành phố Huế", "hue")):
        for month in (date(2025, 8, 1), date(2025, 9, 1)):
            path = folder / f"dossiers_{slug}_{month:%Y-%m}_synthetic.csv"
            write_export(path, Export(name, number, month, per_month=120))


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    write_bundled(parser.parse_args().folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
