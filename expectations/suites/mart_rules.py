"""What the suites of the marts share: the shape of their rules, the rule of the grain, the name of a row."""

from __future__ import annotations

from expectations.rules import Category, Native, Rule

#: One row of a mart of values, as a refusal names it.
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
    """A rule that blocks the release. `failing_rows` reads `subject` (the mart) and gives place, found and expected."""
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
    """The key a mart promises occurs once."""
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
