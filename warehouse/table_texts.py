"""What the tables the release step writes itself say of themselves, in the slots every mart's description has.

The marts dbt builds have theirs in `dbt_project/models/marts/_*.yml`.
"""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.release_tables import COMMENT_SEPARATOR

#: Column: type, English, Vietnamese.
Columns = dict[str, tuple[str, str, str]]


@dataclass(frozen=True)
class Slots:
    """One language's half of a description: what a row is, what to know first, units, formula, legal source."""

    grain: str
    read_first: str
    units: str
    formula: str
    legal_source: str
    question: str


@dataclass(frozen=True)
class TableText:
    """Both halves, and the example query that answers their question."""

    en: Slots
    vi: Slots
    query: str

    def comment(self) -> str:
        """The comment of the table, as `dbt` writes it for the others."""
        query = f"```sql\n{self.query}\n```"
        english = (
            f"Grain: {self.en.grain}\n\nRead this before you use it: {self.en.read_first}\n\nUnits: {self.en.units}\n\n"
            f"Formula: {self.en.formula}\n\nLegal source: {self.en.legal_source}\n\nExample: {self.en.question}\n\n"
        )
        vietnamese = (
            f"Mỗi dòng là {self.vi.grain}\n\nĐọc trước khi dùng: {self.vi.read_first}\n\n"
            f"Đơn vị tính: {self.vi.units}\n\nCông thức: {self.vi.formula}\n\n"
            f"Căn cứ pháp lý: {self.vi.legal_source}\n\nVí dụ: {self.vi.question}\n\n"
        )
        return f"{english}{query}\n\n{COMMENT_SEPARATOR} {vietnamese}{query}"


METRIC_VINTAGE = TableText(
    Slots(
        "one unit, indicator, year, map and first release in which the figure stood so.",
        "a figure has as many rows as it had forms, so filter before you add up. What stands: `is_current`. What "
        "stood at a time X (UTC): `from_published_at <= X and (to_published_at > X or to_published_at is null)`, "
        "which is also `from marts.as_of(X)`. Times are those of publishing: while an earlier release was rolled "
        "back to, readers saw that one; `reform trace --as-of` and `releases/switches.jsonl` know. A figure no "
        "release has any more has no row with `is_current`. The method is in docs/decisions/0009.",
        "`value` and `change` in `dim_indicator.measure_unit`, times in UTC.",
        "none: what each release said, row by row.",
        "that of the figure (`fct_indicator_value`).",
        "what was restated, and from what to what?",
    ),
    Slots(
        "một đơn vị, chỉ tiêu, năm, bản đồ và bản phát hành đầu tiên có số liệu đúng như vậy.",
        "một số liệu có bao nhiêu lần thay đổi thì có bấy nhiêu dòng, nên cần lọc trước khi cộng. Số đang có hiệu "
        "lực: `is_current`. Số có hiệu lực tại thời điểm X (giờ UTC): `from_published_at <= X and (to_published_at > "
        "X or to_published_at is null)`, tương đương `from marts.as_of(X)`. Thời gian tính theo lúc phát hành: khi "
        "đã quay về một bản phát hành trước, người đọc thấy bản đó; `reform trace --as-of` và "
        "`releases/switches.jsonl` ghi lại điều này. Số liệu không còn trong bản phát hành nào thì không có dòng "
        "`is_current`. Cách làm nêu ở docs/decisions/0009.",
        "`value` và `change` theo `dim_indicator.measure_unit`, thời gian theo giờ UTC.",
        "không có: lời của từng bản phát hành, theo từng dòng.",
        "căn cứ của chính số liệu (`fct_indicator_value`).",
        "số liệu nào được công bố lại, từ bao nhiêu thành bao nhiêu?",
    ),
    """select unit_code, indicator_code, data_year, value, from_release_id, to_release_id, revision_kind
from marts.metric_vintage
where boundary = 'published' and revision_kind is not null
order by from_published_at desc""",
)

DATA_QUALITY_STANDING = TableText(
    Slots(
        "one warning, or one rule for which rows of a document wait.",
        "it is counted over the releases of this installation, and a release is made only when something changed. To "
        "live with a warning, give the reason in data/reference/accepted_warning.csv.",
        "rows and releases.",
        "`release_count` = releases in a row that have it, this one included.",
        "none: the rules are in docs/rules.md with the source of each.",
        "what asks for a decision, and whose?",
    ),
    Slots(
        "một cảnh báo, hoặc một quy tắc mà các dòng của một tài liệu đang chờ.",
        "tính theo các bản phát hành của nơi cài đặt này, và chỉ có bản mới khi có thay đổi. Muốn chấp nhận một cảnh "
        "báo thì ghi lý do vào data/reference/accepted_warning.csv.",
        "số dòng và số bản phát hành.",
        "`release_count` = số bản phát hành liên tiếp có cảnh báo này, kể cả bản này.",
        "không có: các quy tắc ở docs/rules.md, kèm nguồn của từng quy tắc.",
        "việc gì cần quyết định, của ai?",
    ),
    """select owner, suite, rule_id, file_name, subject, rows_failed, release_count, needs_decision
from marts.data_quality_standing
where not is_accepted
order by needs_decision desc, release_count desc""",
)

DATA_QUALITY_TREND = TableText(
    Slots(
        "one measure of one release.",
        "counts of valid documents only; releases from before this table existed are not in it.",
        "counts of what `measure` names.",
        "a count of rows of the marts of that release.",
        "none.",
        "how did rows that wait and figures in doubt move from release to release?",
    ),
    Slots(
        "một đại lượng của một bản phát hành.",
        "chỉ đếm tài liệu còn hiệu lực; không có các bản phát hành trước khi có bảng này.",
        "số lượng của đại lượng nêu ở `measure`.",
        "số dòng trong các bảng của bản phát hành đó.",
        "không có.",
        "số dòng đang chờ và số liệu đáng ngờ thay đổi thế nào qua các bản phát hành?",
    ),
    """select published_at, release_id, measure, "count"
from marts.data_quality_trend
where measure in ('waiting_rows', 'suspect_figures')
order by published_at, measure""",
)

DICTIONARY = TableText(
    Slots(
        "one column of one table of this release.",
        "what a table says of itself stands in each of its rows; take `column_position = 1` for one row a table. A "
        "test with outcome warned left its rows in the mart. `table_row_count` and `last_received_at` are of this "
        "installation.",
        "counts of tests and rows, times in UTC.",
        "`test_count` counts the tests of dbt that name the column; those of the whole table are on its page.",
        "none.",
        "which columns hold a rank, and where do they come from?",
    ),
    Slots(
        "một cột của một bảng trong bản phát hành này.",
        "những gì một bảng nói về chính nó lặp lại ở mọi dòng của bảng; lấy `column_position = 1` để có một dòng mỗi "
        "bảng. Phép kiểm tra có kết quả warned vẫn để các dòng đó trong bảng. `table_row_count` và "
        "`last_received_at` là của nơi cài đặt này.",
        "số phép kiểm tra và số dòng, thời gian theo giờ UTC.",
        "`test_count` đếm các phép kiểm tra của dbt có nêu tên cột; phép kiểm tra của cả bảng ở trang của bảng.",
        "không có.",
        "những cột nào là thứ hạng, lấy từ đâu?",
    ),
    """select table_name, column_name, description_vi, raw_tables, test_outcome
from marts.dictionary
where column_name like '%rank%'
order by table_name, column_position""",
)

#: The tables the release step writes itself.
OWN_TABLES = {
    "metric_vintage": METRIC_VINTAGE,
    "data_quality_standing": DATA_QUALITY_STANDING,
    "data_quality_trend": DATA_QUALITY_TREND,
    "dictionary": DICTIONARY,
}
