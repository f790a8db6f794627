"""What the suites of the marts are written with: a blocking rule of ours, and the rules every mart has."""

from __future__ import annotations

from expectations.rules import Category, Native, Rule

REASONS = (
    "method_changed",
    "scale_changed",
    "definition_changed",
    "boundary_changed",
    "population_changed",
    "break_suspected",
    "previous_missing",
    "suppressed",
)

KEY = "concat_ws(' ', unit_code, indicator_code, data_year, boundary)"


def mart_rule(
    rule_id: str,
    category: Category,
    text_vi: str,
    text_en: str,
    failing_rows: str,
    *,
    source: str = "design: the BI contract",
    native: Native | None = None,
    threshold: float | None = None,
) -> Rule:
    """A rule of a mart: it blocks the release, and the data engineer mends the model or the reference table."""
    return Rule(
        rule_id=rule_id,
        severity="block",
        owner="data_engineer",
        category=category,
        text_vi=text_vi,
        text_en=text_en,
        rule_source=source,
        failing_rows=failing_rows,
        native=native,
        threshold=threshold,
        fix_vi="sửa mô hình hoặc bảng tham chiếu nêu ở đây rồi chạy lại `reform build`",
        fix_en="correct the model or reference table named here, then run `reform build` again",
    )


def grain(*columns: str) -> Rule:
    """The key of the mart is not doubled."""
    names = ", ".join(columns)
    return mart_rule(
        "grain_unique",
        "uniqueness",
        "khóa của bảng bị lặp",
        "the key of the table is doubled",
        f"select concat_ws(' ', {names}) as place, cast(copies as varchar) || ' rows' as found, 'one row' as expected "
        f"from (select {names}, count(*) over (partition by {names}) as copies from subject) where copies > 1",
        native=Native("unique_together", columns) if len(columns) > 1 else None,
    )


def named(key: str) -> Rule:
    """Every row has a name in Vietnamese and in English."""
    return mart_rule(
        "named_in_both_languages",
        "completeness",
        "thiếu tên tiếng Việt hoặc tiếng Anh",
        "a name in Vietnamese or English is missing",
        f"select {key} as place, concat_ws(' / ', name_vi, name_en) as found, 'a name in both languages' as expected "
        "from subject where coalesce(trim(name_vi), '') = '' or coalesce(trim(name_en), '') = ''",
    )
